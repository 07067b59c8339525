#include "tests/sim/plan.h"

#include "engine/base/arith.h"
#include "engine/core/losses.h"
#include "engine/sim/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60000)
#define NOISE_MS ((int64_t)30000)
#define TIMEOUT_MS 5000
#define TIMEOUT_MS_LONG 180000 /* several intervals */
#define TIMEOUT_MS_PAIR 1000
#define FAMILIES_MIN 3
#define FAMILIES_MAX 8
#define GIANT_SERVERS INT32_MAX
#define DRAIN_MS_MAX (120 * MINUTE_MS)
#define BOOT_MS_MAX (10 * MINUTE_MS) /* boot_timeout of all policies */

enum lane {
    LANE_PLAN = 1,
    LANE_SITE,
    LANE_POLICY,
    LANE_DEMAND,
    LANE_INCIDENT,
    LANE_NOISE,
    LANE_BARE,
    LANE_RESTART,
    LANE_DRAIN,
    LANE_GROWTH,
    LANE_STUCK,
    LANE_TURNOVER,
    LANE_RATE_LIMIT,
    LANE_STATE = LANE_RATE_LIMIT + 3, /* stored seeds keep their runs */
    LANE_WORLD,
    LANE_MOVE,
    LANE_FULL_LOSS,
};

static const struct family_row {
    const char *name;
    int32_t permille;
} family_rows[] = {
#define FAMILY(id, name, permille, meaning) { name, permille },
#include "tests/sim/families.def"
#undef FAMILY
};

const char *family_name(enum family family)
{
    return family_rows[family].name;
}

/* --- demand ---------------------------------------------------------------------------------------- */

static int64_t between(int64_t low, int64_t high, int64_t part, int64_t whole)
{
    return low + (high - low) * part / whole;
}

static int64_t shape_at(const struct demand_plan *demand, int64_t at_ms)
{
    int64_t low = demand->low;
    int64_t high = demand->high;
    int64_t period = demand->period_ms;
    int64_t position = (at_ms + demand->phase_ms) % period;
    switch (demand->shape) {
    case DEMAND_STEADY:
        return high;
    case DEMAND_DAY:
        return between(low, high, labs(2 * position - period), period);
    case DEMAND_STEP:
        return at_ms < period ? low : high;
    case DEMAND_SPIKE:
        return position < period / 8 ? high : low;
    case DEMAND_SAW:
        return between(low, high, position, period);
    case DEMAND_TO_ZERO:
        return position < period / 2 ? 0 : high;
    }
    return low;
}

int64_t demand_at(const struct plan_site *site, int64_t at_ms)
{
    int64_t servers = shape_at(&site->demand, at_ms);
    if (site->demand.noise > 0)
        servers += draw_below(site->key, LANE_NOISE, (uint64_t)(at_ms / NOISE_MS),
                              2 * site->demand.noise + 1) -
                   site->demand.noise;
    return max_i64(0, servers);
}

/* --- deployments ----------------------------------------------------------------------------------- */

static int64_t pick(struct random *random, const int64_t *values, size_t count)
{
    return values[random_below(random, (int64_t)count)];
}
#define PICK(random, ...)                                                                          \
    pick(random, (const int64_t[]){ __VA_ARGS__ },                                                 \
         sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

static bool one_in(struct random *random, int64_t count)
{
    return random_below(random, count) == 0;
}

static struct step_limit draw_step(struct random *random)
{
    if (one_in(random, 2))
        return (struct step_limit){ 0 };
    if (one_in(random, 3))
        return (struct step_limit){ STEP_SHARE,
                                    (int32_t)PICK(random, 10000000, 100000000, 250000001) };
    return (struct step_limit){ STEP_HOSTS, (int32_t)(1 + random_below(random, 8)) };
}

static void look_ahead(struct random *random, struct policy *policy)
{
    *policy = policy_default;
    policy->scale_down_window_ms = PICK(random, 0, 300000, 600000);
    if (one_in(random, 2))
        policy->lookahead_ms = 1000 + random_below(random, 600000);
    if (one_in(random, 3))
        policy->surge_reserve_ppb = 0;
    if (one_in(random, 3))
        policy->saturation_step_ppb = 0;
    policy->outage_hold_ms = PICK(random, 0, 600000, 1800000);
    policy->min_free_servers =
        (int32_t)PICK(random, 0, 0, MIN_FREE_AUTO, 1 + random_below(random, 40));
}

/* In a lane of its own: the other values of a seed stay as they were. */
static void draw_growth(const struct plan_site *site, size_t number, struct policy *policy)
{
    struct random random = draw(site->key, LANE_GROWTH, number);
    struct step_limit *limit = &policy->max_growth_per_hour;
    if (one_in(&random, 2))
        return;
    if (one_in(&random, 2))
        *limit = (struct step_limit){ STEP_HOSTS, PICK(&random, 1, 3, 10, 100) };
    else
        *limit = (struct step_limit){ STEP_SHARE, PICK(&random, SHARE_PERCENT, SHARE_WHOLE / 3,
                                                       7 * (int64_t)SHARE_WHOLE) };
}

static void draw_policy(const struct plan_site *site, size_t number, struct policy *policy)
{
    struct random random = draw(site->key, LANE_POLICY, number);
    *policy = policy_formula;
    policy->scale_down_window_ms = PICK(&random, 0, 60000, 300000, 300000);
    if (one_in(&random, 4))
        look_ahead(&random, policy);
    else if (one_in(&random, 5))
        policy->min_free_servers = (int32_t)PICK(&random, MIN_FREE_AUTO, 1, 7, 30);
    policy->min_hosts = (int32_t)PICK(&random, 0, 1, 1, 1, 2, 5);
    if (one_in(&random, 3))
        policy->max_hosts =
            (int32_t)(policy->min_hosts + 1 + random_below(&random, 2 * (int64_t)site->hosts + 12));
    policy->max_step_up = draw_step(&random);
    policy->max_step_down = draw_step(&random);
    policy->cooldown_up_ms = PICK(&random, 0, 0, 0, 45000, 120000);
    policy->cooldown_down_ms = PICK(&random, 0, 0, 0, 45000, 300000);
    if (one_in(&random, 2))
        policy->confirm_timeout_ms = policy->boot_timeout_ms;
    draw_growth(site, number, policy);
    policy->target_free_ppb =
        one_in(&random, 6) ? (int32_t)PICK(&random, 0, 50000000, 333333333) : TARGET_FROM_API;
    policy->drain_timeout_ms = site->drain_ms > BOOT_MS_MAX / 2 ? DRAIN_MS_MAX + BOOT_MS_MAX : 0;
    policy->is_paused = one_in(&random, 20);
    policy->is_bare = draw_below(site->key, LANE_BARE, number, 8) == 0;
}

static void draw_demand(struct plan_site *site, const struct plan *plan)
{
    struct random random = draw(site->key, LANE_DEMAND, 0);
    int64_t most = (int64_t)site->hosts * site->servers_per_host;
    most = max_i64(
        1, PICK(&random, most, most, most / 2, most / 4, 2 * most + site->servers_per_host));
    /* The server count of a status is limited. */
    int64_t most_busy =
        mul_div(GIANT_SERVERS / 8, SHARE_WHOLE - site->target_free_ppb, SHARE_WHOLE);
    site->demand = (struct demand_plan){
        .shape = (enum demand_shape)random_below(&random, DEMAND_SHAPES),
        .low = min_i64(most_busy, random_below(&random, most / 2 + 1)),
        .high = min_i64(most_busy, most),
        .period_ms = 10 * MINUTE_MS + random_below(&random, plan->fault_ms),
        .phase_ms = random_below(&random, 24 * 60 * MINUTE_MS),
        .noise = one_in(&random, 2) ? 0 : random_below(&random, most / 32 + 2),
    };
}

/*
 * Sessions of up to two hours. While statuses are late, stale or of others, scales are late, or the program restarts, the
 * model cannot tell what they hide: then draining hosts serve.
 */
static void draw_drain(const struct plan *plan, struct plan_site *site)
{
    struct random random = draw(site->key, LANE_DRAIN, 0);
    bool is_blurred = plan->permille[FAMILY_STALE] || plan->permille[FAMILY_SWAP] ||
                      plan->permille[FAMILY_SLOW] || plan->permille[FAMILY_RESTART] ||
                      plan->permille[FAMILY_LATE] || plan->permille[FAMILY_BELATED] ||
                      plan->permille[FAMILY_MOVED];
    int64_t most_ms = PICK(&random, 300000, 300000, DRAIN_MS_MAX);
    site->drain_ms = 10000 + random_below(&random, most_ms);
    if (is_blurred)
        return;
    site->drain_report = plan->drain_report;
    site->is_drain_uncounted = one_in(&random, 2);
    site->drain_busy_percent = (int32_t)random_below(&random, 80);
}

/* Restarts are shorter than half of a session, and much shorter than boot_timeout. */
static void draw_turnover(struct plan_site *site)
{
    struct random random = draw(site->key, LANE_TURNOVER, 0);
    int64_t session_ms = PICK(&random, 60000, 120000, 300000, 1800000);
    site->turnover = (struct turnover){
        .session_ms = session_ms,
        .restart_ms = 10000 + random_below(&random, min_i64(session_ms / 2, 60000) - 10000),
        .key = site->key,
    };
}

static void draw_full_loss(struct plan_site *site)
{
    struct random random = draw(site->key, LANE_FULL_LOSS, 0);
    site->full_loss = (enum full_loss_kind)random_below(&random, FULL_LOSS_KINDS);
    site->full_loss_percent = (int32_t)PICK(&random, 5, 25, 50, 75, 100);
}

static void draw_site(struct plan *plan, size_t index)
{
    struct plan_site *site = &plan->sites[index];
    *site = (struct plan_site){ .key = draw_bits(plan->seed, LANE_SITE, index) };
    snprintf(site->id, sizeof site->id, "d%03u", (unsigned)(index % 1000));
    struct random random = { site->key };
    struct random common = draw(plan->seed, LANE_PLAN, 1);
    int64_t kind = random_below(&common, 3);
    int64_t boot_ms = PICK(&common, 1000, 30000, 90000, 180000, 240000);
    site->is_counted_when_ordered = kind == 2 ? one_in(&random, 2) : kind == 1;
    site->is_ready_removed_first = one_in(&common, 3);
    if (plan->is_boot_time_uneven)
        boot_ms = 1000 + random_below(&random, 300000);
    site->boot_ms_low = boot_ms;
    site->boot_ms_high = boot_ms + random_below(&random, boot_ms / 2 + 1);
    draw_drain(plan, site);
    site->servers_per_host = (int32_t)PICK(&random, 1, 2, 3, 10, 10, 13, 50, 250);
    site->target_free_ppb = (int32_t)PICK(&random, 0, 1, 50000000, 100000000, 125000000, 150000000,
                                          150000000, 300000000, 500000000, 900000000);
    site->hosts = (int32_t)PICK(&random, 0, 1, 3, 10, 20, 40, 1 + random_below(&random, 200));
    if (one_in(&random, 40)) {
        site->servers_per_host = 1000;
        site->hosts = 1 + (int32_t)random_below(&random, 500000);
    }
    site->is_key_honoured = one_in(&random, 2);
    draw_demand(site, plan);
    draw_turnover(site);
    draw_full_loss(site);
    for (size_t i = 0; i < PLAN_POLICIES; i++)
        draw_policy(site, i, &site->policies[i]);
}

/* --- incidents ------------------------------------------------------------------------------------- */

static void add_incident(struct plan *plan, const struct incident *incident)
{
    if (plan->incident_count < INCIDENTS_MAX)
        plan->incidents[plan->incident_count++] = *incident;
}

static void add_command(struct plan *plan, int64_t at_ms, struct random *random)
{
    static const enum command_kind kinds[] = {
        COMMAND_SCALE,      COMMAND_SCALE,      COMMAND_SCALE,       COMMAND_SCALE,
        COMMAND_SCALE,      COMMAND_SCALE,      COMMAND_PAUSE,       COMMAND_PAUSE,
        COMMAND_RESUME,     COMMAND_RESUME,     COMMAND_PAUSE_ALL,   COMMAND_RESUME_ALL,
        COMMAND_RESUME_ALL, COMMAND_DRY_RUN_ON, COMMAND_DRY_RUN_OFF, COMMAND_DRY_RUN_OFF,
        COMMAND_PASS,       COMMAND_DISCOVERY,
    };
    struct incident incident = {
        .at_ms = at_ms + random_below(random, plan->pass_interval_ms),
        .kind = INCIDENT_COMMAND,
        .site = (uint32_t)random_below(random, (int64_t)plan->site_count),
        .command = kinds[random_below(random, (int64_t)(sizeof kinds / sizeof kinds[0]))],
        .amount = (int32_t)random_below(random, 17) - 8,
        .is_forced = one_in(random, 2),
        .is_misnamed = one_in(random, 12),
    };
    add_incident(plan, &incident);
}

static bool happens(const struct plan *plan, enum family family, struct random *random)
{
    return random_below(random, 1000) < plan->permille[family];
}

static void draw_incidents_of_pass(struct plan *plan, int64_t at_ms, uint64_t pass)
{
    struct random random = draw(plan->seed, LANE_INCIDENT, pass);
    if (happens(plan, FAMILY_OPERATOR, &random))
        for (int64_t i = random_below(&random, 4); i >= 0; i--)
            add_command(plan, at_ms, &random);
    struct incident incident = { .at_ms = at_ms + random_below(&random, plan->pass_interval_ms),
                                 .site = INCIDENT_NO_SITE };
    if (happens(plan, FAMILY_RELOAD, &random)) {
        incident.kind = INCIDENT_RELOAD;
        incident.amount = (int32_t)draw_below(plan->seed, LANE_RESTART, ~pass, 2);
        add_incident(plan, &incident);
    }
    if (happens(plan, FAMILY_STALL, &random)) {
        incident.kind = INCIDENT_STALL;
        incident.amount = (int32_t)random_below(&random, 4 * plan->pass_interval_ms);
        add_incident(plan, &incident);
    }
    if (happens(plan, FAMILY_OUTAGE, &random)) {
        incident.kind = INCIDENT_OUTAGE;
        incident.amount = (int32_t)random_below(&random, 12 * plan->pass_interval_ms);
        add_incident(plan, &incident);
    }
}

/* Values of its own: the incidents of a pass are the same with and without restarts. */
static void draw_restart_of_pass(struct plan *plan, int64_t at_ms, uint64_t pass)
{
    struct random random = draw(plan->seed, LANE_RESTART, pass);
    if (!happens(plan, FAMILY_RESTART, &random))
        return;
    add_incident(plan, &(struct incident){
                           .at_ms = at_ms + random_below(&random, plan->pass_interval_ms),
                           .kind = INCIDENT_RESTART,
                           .site = INCIDENT_NO_SITE,
                       });
}

/*
 * For as long as connections stay open, or a name is cached; and no longer than a copy can be told from hosts that were
 * lost, see losses.h.
 */
static void draw_move_of_pass(struct plan *plan, int64_t at_ms, uint64_t pass)
{
    struct random random = draw(plan->seed, LANE_MOVE, pass);
    if (!happens(plan, FAMILY_MOVED, &random))
        return;
    int64_t most_ms = (LOSS_LAG_PASSES - 2) * plan->pass_interval_ms;
    int64_t duration_ms = PICK(&random, 60000, 60000, 180000);
    add_incident(plan, &(struct incident){
                           .at_ms = at_ms + random_below(&random, plan->pass_interval_ms),
                           .kind = INCIDENT_MOVE,
                           .site = INCIDENT_NO_SITE,
                           .amount = (int32_t)min_i64(duration_ms, most_ms),
                           .old_server = (enum old_server)random_below(&random, OLD_SERVERS),
                       });
}

static int is_earlier(const void *a, const void *b)
{
    const struct incident *first = a;
    const struct incident *second = b;
    return (first->at_ms > second->at_ms) - (first->at_ms < second->at_ms);
}

static void draw_incidents(struct plan *plan)
{
    uint64_t pass = 0;
    for (int64_t at_ms = 0; at_ms < plan->fault_ms; at_ms += plan->pass_interval_ms) {
        draw_incidents_of_pass(plan, at_ms, pass);
        draw_restart_of_pass(plan, at_ms, pass);
        draw_move_of_pass(plan, at_ms, pass++);
    }
    qsort(plan->incidents, plan->incident_count, sizeof plan->incidents[0], is_earlier);
}

static void select_family(struct plan *plan, enum family family, struct random *random)
{
    plan->permille[family] =
        (int32_t)max_i64(1, family_rows[family].permille * (1 + random_below(random, 100)) / 100);
}

/* From a sixth of the deployments in each pass to nearly all, in windows of half a pass to two. */
static void draw_rate_limit(struct plan *plan, struct random *random)
{
    select_family(plan, FAMILY_RATE_LIMIT, random);
    int64_t percent = 17 + random_below(random, 80);
    plan->budget_ms = (1 + random_below(random, 4)) * plan->pass_interval_ms / 2;
    int64_t in_pass = ceil_div((int64_t)plan->site_count * percent, 100);
    plan->budget_reads = (int32_t)max_i64(1, in_pass * plan->budget_ms / plan->pass_interval_ms);
}

/* So many ids come and go that those that are gone must be forgotten early. */
static void draw_churn(struct plan *plan, struct random *random)
{
    select_family(plan, FAMILY_CHURN, random);
    plan->strangers = (int32_t)PICK(random, 2, 10, STRANGERS_MAX);
    plan->known_max = (int32_t)plan->site_count * 3 / 2 + 2 * plan->strangers;
}

static void draw_hang(struct plan *plan, struct random *random)
{
    select_family(plan, FAMILY_HANG, random);
    plan->timeout_ms = PICK(random, TIMEOUT_MS, 2 * TIMEOUT_MS, 20000, TIMEOUT_MS_LONG);
}

/* One in eight runs has all of them that go together, half of the runs have one. */
static void draw_world(struct plan *plan)
{
    struct random random = draw(plan->seed, LANE_WORLD, 0);
    int64_t kind = random_below(&random, 8);
    if (kind == 0 || kind == 1)
        draw_churn(plan, &random);
    if (kind == 0 || kind == 2)
        draw_hang(plan, &random);
    if (kind == 0 || kind == 3)
        select_family(plan, FAMILY_BELATED, &random);
    if (kind == 0 || kind == 4)
        select_family(plan, FAMILY_MOVED, &random);
}

/* Restarts are drawn on their own, so that a seed keeps its other families. */
static void draw_families(struct plan *plan)
{
    struct random random = draw(plan->seed, LANE_PLAN, 2);
    int64_t count = FAMILIES_MIN + random_below(&random, FAMILIES_MAX - FAMILIES_MIN + 1);
    if (one_in(&random, 16))
        return; /* some runs have no faults */
    while (count > 0) {
        enum family family = (enum family)random_below(&random, FAMILY_RESTART);
        if (plan->permille[family] != 0)
            continue;
        select_family(plan, family, &random);
        count--;
    }
    struct random own = draw(plan->seed, LANE_RESTART, FAMILY_RESTART);
    if (one_in(&own, 3))
        select_family(plan, FAMILY_RESTART, &own);
    own = draw(plan->seed, LANE_STATE, 0);
    plan->has_state = plan->permille[FAMILY_RESTART] > 0 && one_in(&own, 2);
    own = draw(plan->seed, LANE_TURNOVER, 0);
    if (one_in(&own, 2))
        select_family(plan, FAMILY_TURNOVER, &own);
    own = draw(plan->seed, LANE_STUCK, FAMILY_STUCK);
    if (one_in(&own, 3))
        select_family(plan, FAMILY_STUCK, &own);
    own = draw(plan->seed, LANE_RATE_LIMIT, 0);
    if (one_in(&own, 4))
        draw_rate_limit(plan, &own);
    draw_world(plan);
    own = draw(plan->seed, LANE_FULL_LOSS, 0);
    if (one_in(&own, 4))
        select_family(plan, FAMILY_FULL_LOSS, &own);
}

static void draw_frame(struct plan *plan, uint64_t seed)
{
    memset(plan, 0, sizeof *plan);
    plan->seed = seed;
    struct random random = draw(seed, LANE_PLAN, 3);
    plan->is_boot_time_uneven = one_in(&random, 3);
    plan->is_read_only = one_in(&random, 100);
    plan->is_stopped_early = one_in(&random, 4);
    plan->pass_interval_ms = PICK(&random, 10000, 30000, 30000, 30000, 45000);
    plan->discovery_interval_ms = PICK(&random, 20000, 60000, 60000, 300000);
    plan->concurrency = (int32_t)PICK(&random, 1, 2, 4, 32, 32, PLAN_SITES_MAX);
    plan->retries = (int32_t)PICK(&random, 0, 2, 2, 5);
    plan->read_ms = PICK(&random, 1, 20, 20, 80);
    plan->scale_ms = PICK(&random, 1, 50, 900);
    plan->list_ms = PICK(&random, 1, 100, 2000);
    plan->timeout_ms = TIMEOUT_MS;
    plan->lag_ms = PICK(&random, 20000, 45000, 90000);
    /* Not DRAIN_REPORT_NONE: here sessions on draining hosts do not depend on those that the hosts had. */
    plan->drain_report = (enum drain_report)random_below(&random, DRAIN_REPORT_NONE);
    plan->begin_ms = PICK(&random, 0, 1000000, (int64_t)1 << 40);
    plan->fault_ms = (60 + random_below(&random, 100)) * plan->pass_interval_ms;
    plan->site_count =
        (size_t)(PLAN_SITES_MIN + random_below(&random, PLAN_SITES_MAX - PLAN_SITES_MIN + 1));
    /* The reads of a pass must fit into the pass, also when they run in sequence. */
    plan->read_ms = min_i64(plan->read_ms, plan->pass_interval_ms * plan->concurrency / 2 /
                                               (int64_t)plan->site_count);
    plan->read_ms = max_i64(1, plan->read_ms);
}

/* Hosts that are missing or wrong for another reason: the mean of missing servers cannot be bounded by restarts then. */
static bool hides_turnover(const struct plan *plan)
{
    static const enum family others[] = {
        FAMILY_IMPLAUSIBLE, FAMILY_STALE,  FAMILY_SWAP,      FAMILY_NEVER_COME, FAMILY_STOCK,
        FAMILY_BROKEN,      FAMILY_DEATHS, FAMILY_SLOW_BOOT, FAMILY_FOREIGN,    FAMILY_LIST_LOSS,
        FAMILY_RESIZE,      FAMILY_STUCK,  FAMILY_BELATED,   FAMILY_MOVED,      FAMILY_FULL_LOSS,
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (plan->permille[others[i]] != 0)
            return true;
    return false;
}

/* Of two sources of old statuses, one is behind the other: then hosts come and go again as if they were lost. */
static void keep_one_source(struct plan *plan)
{
    if (plan->permille[FAMILY_BELATED] > 0)
        plan->permille[FAMILY_MOVED] = 0;
    if (plan->permille[FAMILY_BELATED] == 0 && plan->permille[FAMILY_MOVED] == 0)
        return;
    plan->permille[FAMILY_STALE] = 0;
    plan->permille[FAMILY_SWAP] = 0;
}

/* A free count that is stuck raises the need: what is ordered for it cannot be bounded by a need that was met. */
static void separate_families(struct plan *plan)
{
    keep_one_source(plan);
    if (hides_turnover(plan))
        plan->permille[FAMILY_TURNOVER] = 0;
    if (plan->permille[FAMILY_STUCK] == 0)
        return;
    plan->permille[FAMILY_BROKEN] = 0;
    plan->permille[FAMILY_STOCK] = 0;
}

void plan_make(struct plan *plan, uint64_t seed)
{
    draw_frame(plan, seed);
    draw_families(plan);
    separate_families(plan);
    for (size_t i = 0; i < plan->site_count; i++)
        draw_site(plan, i);
    draw_incidents(plan);
}

/* Leaves out what all deployments share: see laws.def. Responses arrive within a pass. */
void plan_make_pair(struct plan *plan, uint64_t seed)
{
    static const enum family own[] = {
        FAMILY_READ_FAIL, FAMILY_IMPLAUSIBLE, FAMILY_ZEROS,   FAMILY_STALE,      FAMILY_SWAP,
        FAMILY_LOST,      FAMILY_DROPPED,     FAMILY_REFUSED, FAMILY_NEVER_COME, FAMILY_DEATHS,
        FAMILY_SHORT,     FAMILY_DRAINS,      FAMILY_FOREIGN, FAMILY_LATE,
    };
    draw_frame(plan, seed);
    plan->is_boot_time_uneven = true;
    plan->concurrency = PLAN_SITES_MAX;
    plan->retries = 1;
    plan->timeout_ms = TIMEOUT_MS_PAIR;
    plan->is_stopped_early = true;
    struct random random = draw(seed, LANE_PLAN, 4);
    for (int i = 0; i < FAMILIES_MAX; i++) {
        enum family family = own[random_below(&random, (int64_t)(sizeof own / sizeof own[0]))];
        plan->permille[family] = family_rows[family].permille;
    }
    for (size_t i = 0; i < plan->site_count; i++)
        draw_site(plan, i);
}

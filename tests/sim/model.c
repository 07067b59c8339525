#include "tests/sim/model.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "engine/core/intake.h"
#include "tests/support/formula.h"

#include <stdlib.h>

static const struct law_row law_rows[] = {
    { "none", "-", "" },
#define LAW(id, name, number, meaning) { name, number, meaning },
#include "tests/sim/laws.def"
#undef LAW
};

const struct law_row *law_row(enum law law)
{
    return &law_rows[law];
}

static const struct breach kept = { LAW_NONE, 0, 0 };

static struct breach broken(enum law law, int64_t is, int64_t bound)
{
    return (struct breach){ law, is, bound };
}

/* --- desired hosts ---------------------------------------------------------------------------------- */

static int64_t hosts_that_fill(int64_t servers, int32_t servers_per_host)
{
    return (servers + servers_per_host - 1) / servers_per_host;
}

/* The smallest number whose square is not below four times the busy servers. */
static int64_t usual_free(int64_t busy)
{
    int64_t low = 0;
    int64_t high = (int64_t)1 << 20;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (middle * middle >= 4 * busy)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* For the target alone. */
static int64_t needed_hosts(const struct model *model, int64_t busy)
{
    return formula_hosts(busy, model->servers_per_host, model_target(model));
}

static int64_t wanted_of(const struct model *model, int64_t busy)
{
    const struct policy *policy = model->policy;
    int64_t hosts = needed_hosts(model, busy);
    if (policy->min_free_servers == 0)
        return hosts;
    int64_t reserve =
        policy->min_free_servers == MIN_FREE_AUTO ? usual_free(busy) : policy->min_free_servers;
    return reserve > 0 ? max_i64(hosts, hosts_that_fill(busy + reserve, model->servers_per_host))
                       : hosts;
}

int32_t model_target(const struct model *model)
{
    int32_t own = model->policy->target_free_ppb;
    return own == TARGET_FROM_API ? model->target_free_ppb : own;
}

bool model_expects(const struct model *model)
{
    const struct policy *policy = model->policy;
    return policy->lookahead_ms != LOOKAHEAD_OFF || policy->surge_reserve_ppb != 0 ||
           policy->saturation_step_ppb != 0 || policy->outage_hold_ms != 0;
}

static int64_t busy_of(const struct status *status)
{
    return (int64_t)status->total_servers - status->free_servers;
}

/* --- events ----------------------------------------------------------------------------------------- */

void model_forget(struct model *model)
{
    struct model fresh = { .policy = model->policy,
                           .is_whole = true,
                           .up_ms = INT64_MIN,
                           .any_ms = INT64_MIN,
                           .grown_ms = INT64_MIN,
                           .disturbed_ms = INT64_MIN / 2,
                           .shrunk_ms = INT64_MIN / 2,
                           .backoff_until_ms = INT64_MIN,
                           .room = model->room,
                           .kept_room = model->kept_room,
                           .wanted_high = model->wanted_high,
                           .busy_high = model->busy_high };
    *model = fresh;
}

void model_start_again(struct model *model, bool is_reading)
{
    model->start_count = is_reading ? -1 : 0;
    model->enough_highs.count = 0;
    model->enough_high = 0;
    model->has_enough = false;
    model->was_enough = false;
    model->stuck = (struct stuck){ 0 };
    model->start_hosts = model->reported.current_hosts;
    model->is_start_held = !model->policy->is_bare;
}

void model_disturb(struct model *model, int64_t now_ms, int64_t room)
{
    model->disturbed_ms = max_i64(model->disturbed_ms, now_ms);
    model->room += room < 0 ? -room : room;
}

/* Its hosts are the same ones, with more servers or fewer. */
static void resize_stuck(struct stuck *stuck, int64_t before, int64_t after)
{
    stuck->first_servers = saturate_i32((stuck->first_servers * after + before - 1) / before);
    stuck->latest_servers = saturate_i32((stuck->latest_servers * after + before - 1) / before);
}

void model_define(struct model *model, int32_t servers_per_host, int32_t target_free_ppb)
{
    int64_t before = model->servers_per_host;
    bool is_jump =
        before > 0 && (servers_per_host > 2 * before || 2 * (int64_t)servers_per_host < before);
    model->is_defined = !is_jump || model->next_servers_per_host == servers_per_host;
    model->next_servers_per_host = model->is_defined ? 0 : servers_per_host;
    if (!model->is_defined)
        return;
    if (before > 0 && before != servers_per_host) {
        resize_stuck(&model->stuck, before, servers_per_host);
        model->is_whole = false;
        model->desired_highs.count = 0;
        model->busy_high = 0;
    }
    bool is_target_good = target_free_ppb >= 0;
    if (is_target_good || before == 0)
        model->target_free_ppb = target_free_ppb;
    model->servers_per_host = servers_per_host;
    model->is_size_kept = false;
    model->is_target_kept = !is_target_good;
}

void model_spoil(struct model *model, bool is_target_alone)
{
    bool is_target_needed = model->policy->target_free_ppb == TARGET_FROM_API;
    model->is_defined = model->servers_per_host > 0 && model->next_servers_per_host == 0 &&
                        model_target(model) >= 0;
    model->is_size_kept = !is_target_alone;
    model->is_target_kept = is_target_alone && is_target_needed;
}

bool model_is_kept(const struct model *model)
{
    bool is_target_needed = model->policy->target_free_ppb == TARGET_FROM_API;
    return model->is_size_kept || (model->is_target_kept && is_target_needed);
}

/* --- statuses --------------------------------------------------------------------------------------- */

static int64_t desired_high_since(const struct desired_highs *desired_highs, int64_t since_ms)
{
    for (int32_t i = 0; i < desired_highs->count; i++)
        if (desired_highs->items[i].at_ms > since_ms)
            return desired_highs->items[i].hosts;
    return 0;
}

static void drop_desired_highs(struct desired_highs *desired_highs, int32_t count)
{
    desired_highs->count -= count;
    for (int32_t i = 0; i < desired_highs->count; i++)
        desired_highs->items[i] = desired_highs->items[i + count];
}

/* Every second value is dropped, so that the check is weaker: too high, or too low. */
static void thin_desired_highs(struct desired_highs *desired_highs, bool is_upper)
{
    struct desired_high *items = desired_highs->items;
    desired_highs->count /= 2;
    for (int32_t i = 0; i < desired_highs->count; i++) {
        int64_t hosts = is_upper ? items[2 * i].hosts : items[2 * i + 1].hosts;
        items[i] = (struct desired_high){ items[2 * i + 1].at_ms, hosts };
    }
}

/* When the history is full, expired values are dropped, then every second one. */
static void add_desired_high(struct desired_highs *desired_highs, int64_t at_ms, int64_t hosts,
                             int64_t keep_ms, bool is_upper)
{
    while (desired_highs->count > 0 &&
           desired_highs->items[desired_highs->count - 1].hosts <= hosts)
        desired_highs->count--;
    int32_t old = 0;
    while (desired_highs->count == DESIRED_HIGHS_MAX && old < DESIRED_HIGHS_MAX &&
           desired_highs->items[old].at_ms <= at_ms - keep_ms)
        old++;
    drop_desired_highs(desired_highs, old);
    if (desired_highs->count == DESIRED_HIGHS_MAX)
        thin_desired_highs(desired_highs, is_upper);
    desired_highs->items[desired_highs->count++] = (struct desired_high){ at_ms, hosts };
}

static int64_t step_max(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    if (limit->kind == STEP_HOSTS)
        return limit->amount;
    if (limit->kind == STEP_UNLIMITED)
        return INT32_MAX;
    int64_t fleet = max_i64(1, hosts > policy->min_hosts ? hosts : policy->min_hosts);
    /* In two parts: 700 % of 2^31 hosts, in parts per billion, exceed 63 bits. */
    int64_t rest = limit->amount % SHARE_WHOLE;
    return fleet * (limit->amount / SHARE_WHOLE) + (fleet * rest + SHARE_WHOLE - 1) / SHARE_WHOLE;
}

static bool is_start_held(const struct model *model, int64_t now_ms)
{
    return !model->policy->is_bare &&
           (model->start_count < 2 ||
            now_ms - model->start_ms < model->policy->scale_down_window_ms);
}

/* More than four passes and a window without an accepted status: nothing is known of that time. */
static bool was_silent(const struct model *model, const struct surroundings *around)
{
    return model->reported_count > 0 && around->pass > model->reported_pass + 4 &&
           around->now_ms - model->reported_start_ms >= model->policy->scale_down_window_ms;
}

/* Before the status is recorded. */
static void note_start(struct model *model, const struct surroundings *around,
                       const struct status *status)
{
    if (was_silent(model, around))
        model->start_count = 0;
    if (model->start_count <= 0) {
        model->start_hosts = status->current_hosts;
        model->start_ms = around->now_ms;
    }
    model->start_count++;
    model->is_drain_recalled &= model->start_count < 2;
    model->reported_pass = around->pass;
    model->is_start_held = is_start_held(model, around->now_ms);
}

/* --- growth ----------------------------------------------------------------------------------------- */

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS (24 * HOUR_MS)

/* `days`: the core keeps the most hosts of one day to two. */
static int64_t growth_max(const struct model *model, int64_t now_ms, int64_t days)
{
    const struct policy *policy = model->policy;
    const struct step_limit *limit = &policy->max_growth_per_hour;
    if (limit->kind != STEP_SHARE)
        return step_max(limit, policy, 0);
    int64_t known = desired_high_since(&model->enough_highs, now_ms - days * DAY_MS);
    int64_t share = step_max(limit, policy, max_i64(known, (model->enough_high + 7) / 8));
    return max_i64(share, hosts_that_fill(1000, model->servers_per_host));
}

static int64_t grown_since(const struct grown *grown, int64_t since_ms)
{
    int64_t sum = 0;
    for (int32_t i = grown->count; i-- > 0 && grown->items[i].at_ms > since_ms;)
        sum += grown->items[i].hosts;
    return sum;
}

int64_t model_growth_left(const struct model *model, int64_t now_ms)
{
    if (model->policy->max_growth_per_hour.kind == STEP_UNLIMITED)
        return INT64_MAX;
    int64_t left = growth_max(model, now_ms, 1) - grown_since(&model->grown, now_ms - 2 * HOUR_MS);
    return max_i64(0, left);
}

static void note_growth(struct grown *grown, int64_t at_ms, int64_t hosts)
{
    if (grown->count == GROWN_MAX) {
        grown->count /= 2;
        for (int32_t i = 0; i < grown->count; i++)
            grown->items[i] = grown->items[grown->count + i];
    }
    grown->items[grown->count++] = (struct grown_order){ at_ms, hosts };
}

/* Two statuses in a row that are enough, or the first one since the start. */
static void note_enough(struct model *model, const struct status *status, int64_t now_ms)
{
    bool is_enough =
        status->free_servers > 0 && (double)status->free_servers * SHARE_WHOLE >=
                                        (double)status->total_servers * model_target(model);
    int64_t serving = hosts_that_fill(status->total_servers, model->servers_per_host);
    bool is_first = !model->has_enough && model->start_count > 0;
    int64_t hosts = is_first ? status->current_hosts : min_i64(serving, status->current_hosts);
    if (is_first || (is_enough && model->was_enough)) {
        model->has_enough = true;
        add_desired_high(&model->enough_highs, now_ms, hosts, 2 * DAY_MS, true);
        model->enough_high = max_i64(model->enough_high, hosts);
    }
    model->was_enough = is_enough;
}

static void watch_status(struct stuck *stuck, const struct status *status)
{
    if (status->free_servers > 0 || status->total_servers < stuck->first_servers)
        *stuck = (struct stuck){ 0 };
}

static void watch_order(struct model *model, int64_t now_ms)
{
    struct stuck *stuck = &model->stuck;
    int32_t servers = model->reported.total_servers;
    int64_t known = model->enough_high * model->servers_per_host;
    if (model->policy->max_growth_per_hour.kind == STEP_UNLIMITED)
        *stuck = (struct stuck){ 0 };
    else if (!stuck->is_watched)
        *stuck =
            (struct stuck){ .is_watched = true,
                            .first_servers = (int32_t)max_i64(servers, model->servers_per_host),
                            .latest_servers = servers };
    stuck->rounds += servers > stuck->latest_servers;
    stuck->latest_servers = (int32_t)max_i64(servers, stuck->latest_servers);
    stuck->ordered_ms = now_ms;
    stuck->is_slow = stuck->is_watched && stuck->rounds >= STUCK_ROUNDS &&
                     servers >= STUCK_TIMES * (int64_t)stuck->first_servers &&
                     servers >= STUCK_SERVERS + (int64_t)stuck->first_servers && servers >= known;
}

static struct breach check_pace(const struct model *model, const struct surroundings *around,
                                int32_t delta)
{
    const struct policy *policy = model->policy;
    const struct stuck *stuck = &model->stuck;
    bool is_off = policy->max_growth_per_hour.kind == STEP_UNLIMITED;
    int64_t passed_ms = around->now_ms - stuck->ordered_ms;
    if (is_off || delta <= policy->min_hosts)
        return kept;
    int64_t grown = grown_since(&model->grown, around->now_ms - HOUR_MS) + delta;
    int64_t most = growth_max(model, around->now_ms, 2);
    if (grown > most)
        return broken(LAW_GROWTH, grown, most);
    return stuck->is_slow && passed_ms < around->pass_interval_ms * 3 / 2
               ? broken(LAW_NO_EFFECT, passed_ms, around->pass_interval_ms * 3 / 2)
               : kept;
}

/* --- decisions -------------------------------------------------------------------------------------- */

/* The expected delta when nothing is pending, no host is unready and no cooldown is active. */
static int64_t plain_delta(const struct model *model, const struct surroundings *around,
                           int64_t desired, int64_t desired_high, bool is_held, int64_t growth)
{
    const struct policy *policy = model->policy;
    int64_t hosts = model->reported.current_hosts;
    int64_t goal = desired;
    if (goal < hosts && desired_high > goal)
        goal = desired_high < hosts ? desired_high : hosts;
    bool is_doubted = around->now_ms < around->latched_until_ms || model_is_kept(model) ||
                      (hosts > 0 && model->reported.total_servers == 0);
    if (goal < hosts && is_doubted)
        goal = hosts;
    if (goal < policy->min_hosts)
        goal = policy->min_hosts;
    if (policy->max_hosts != HOSTS_UNLIMITED && goal > policy->max_hosts) {
        int64_t needed = needed_hosts(model, model->busy);
        int64_t lowest = needed < hosts ? needed : hosts;
        lowest = goal < lowest ? goal : lowest;
        goal = policy->max_hosts > lowest ? policy->max_hosts : lowest;
        if (goal < hosts && is_doubted)
            goal = hosts;
    }
    if (is_held && goal < hosts)
        goal = max_i64(goal, min_i64(hosts, model->start_hosts));
    int64_t delta = goal - hosts;
    if (delta > growth)
        delta = min_i64(delta, max_i64(growth, policy->min_hosts - hosts));
    int64_t up = step_max(&policy->max_step_up, policy, hosts);
    int64_t down = step_max(&policy->max_step_down, policy, hosts);
    return delta > up ? up : delta < -down ? -down : delta;
}

static bool may_drain_at(const struct model *model, int64_t at_ms)
{
    const struct policy *policy = model->policy;
    int64_t most_ms = max_i64(policy->boot_timeout_ms, policy->drain_timeout_ms);
    return at_ms - model->shrunk_ms <= 3 * most_ms; /* statuses may be late */
}

/* Removed hosts may hide demand, or look like it; the core can only estimate it. */
static bool may_drain(const struct model *model, const struct surroundings *around)
{
    return model->is_drain_recalled || may_drain_at(model, around->now_ms);
}

/*
 * Before its first scale, and while all hosts have all their servers, only the window has history. A policy that uses
 * history uses it from the second status on.
 */
static struct breach check_formula(const struct model *model, const struct surroundings *around,
                                   const struct deployment *deployment, int64_t desired)
{
    if (!model_expects(model) && !may_drain(model, around) &&
        deployment->desired_hosts != saturate_i32(desired))
        return broken(LAW_FORMULA, deployment->desired_hosts, desired);
    bool is_plain = model->sent_count == 0 && model->is_whole &&
                    (!model_expects(model) || model->reported_count == 1);
    bool is_open = deployment->action == ACTION_SCALED || deployment->action == ACTION_DRY_RUN ||
                   deployment->action == ACTION_NONE;
    if (!is_plain || (!is_open && deployment->action != ACTION_HELD))
        return kept;
    if (deployment->is_scale_queued && deployment->is_scale_manual)
        return kept;
    /* The core merges falling values, which can extend the window by a quarter: see window_max.h. */
    int64_t window_ms = model->policy->scale_down_window_ms;
    int64_t low_since = around->now_ms - window_ms;
    int64_t high_since = around->now_ms - window_ms - window_ms / 4;
    int64_t delta =
        plain_delta(model, around, desired, desired_high_since(&model->desired_highs, low_since),
                    model->is_start_held, growth_max(model, around->now_ms, 1));
    /* The core counts the start in whole seconds, rounded up. */
    int64_t most = plain_delta(
        model, around, desired, desired_high_since(&model->desired_highs, high_since),
        is_start_held(model, around->now_ms - 1000), growth_max(model, around->now_ms, 2));
    bool is_gated = around->is_stopping || deployment->reason == REASON_PAUSED ||
                    deployment->reason == REASON_READ_ONLY ||
                    deployment->reason == REASON_RESTARTED ||
                    deployment->reason == REASON_REQUEST_IN_FLIGHT;
    if (is_gated)
        return deployment->delta == 0 ? kept : broken(LAW_FORMULA, deployment->delta, 0);
    return delta <= deployment->delta && deployment->delta <= most
               ? kept
               : broken(LAW_FORMULA, deployment->delta, delta);
}

/* Every hold has a reason, and a failure is reported as a failure. */
static struct breach check_reason(const struct model *model, const struct surroundings *around,
                                  const struct deployment *deployment)
{
    if (around->is_dry_run && deployment->action == ACTION_SCALED)
        return broken(LAW_NO_SEND, deployment->delta, 0);
    enum reason_kind kind = reason_row(deployment->reason)->kind;
    bool is_reported = deployment->reason != REASON_NONE;
    bool is_well = deployment->action == ACTION_NONE || deployment->action == ACTION_SCALED ||
                   deployment->action == ACTION_DRY_RUN || deployment->action == ACTION_HELD ||
                   deployment->action == ACTION_UNCONFIRMED;
    if (!is_reported || !is_well || kind == REASON_FAILURE)
        return broken(LAW_REASON, deployment->reason, deployment->action);
    if (model->is_unconfirmed && deployment->action == ACTION_NONE && !model->has_moved &&
        model->sent_ms + model->confirm_ms > model->reported_ms)
        return broken(LAW_REASON, deployment->reason, deployment->action);
    return kept;
}

/* With the largest rise, min_free_servers may be that of two more hosts. */
static int64_t free_hosts_more(const struct model *model)
{
    return model->policy->min_free_servers == MIN_FREE_AUTO
               ? hosts_that_fill(usual_free(DESIRED_HOSTS * (int64_t)model->servers_per_host),
                                 model->servers_per_host)
               : 0;
}

int64_t model_desired_max(const struct model *model)
{
    int64_t high = max_i64(model->wanted_high, wanted_of(model, model->busy_high));
    int64_t more = high / DESIRED_SHARE + 1;
    return high + max_i64(DESIRED_HOSTS, more) + free_hosts_more(model);
}

static struct breach note_desired(struct model *model, const struct surroundings *around,
                                  const struct deployment *deployment, int64_t desired)
{
    const struct policy *policy = model->policy;
    int64_t plain = desired;
    model->wanted_high = max_i64(model->wanted_high, max_i64(desired, policy->min_hosts));
    model->busy_high = max_i64(model->busy_high, busy_of(&model->reported));
    if (model_expects(model)) {
        int64_t most = model_desired_max(model);
        if (deployment->desired_hosts > most)
            return broken(LAW_DESIRED, deployment->desired_hosts, most);
        if (deployment->desired_hosts < desired && !may_drain(model, around))
            return broken(LAW_DESIRED, deployment->desired_hosts, desired);
        desired = deployment->desired_hosts;
    }
    if (may_drain(model, around))
        desired = max_i64(plain, max_i64(desired, deployment->desired_hosts));
    model->wanted = desired;
    add_desired_high(&model->desired_highs, around->now_ms, desired,
                     2 * policy->scale_down_window_ms, false);
    return kept;
}

struct breach model_take(struct model *model, const struct surroundings *around,
                         const struct status *status, int64_t hidden, int64_t start_ms,
                         const struct deployment *deployment)
{
    int64_t move = model->reported_count > 0
                       ? (int64_t)status->current_hosts - model->reported.current_hosts
                       : 0;
    bool is_open = model->is_in_flight || model->is_unconfirmed;
    model->has_moved |= is_open && model->has_shown;
    model->has_shown |= is_open && move != 0 && (move > 0) == (model->delta > 0);
    if (model->reported_count == 0)
        model->is_whole = true;
    note_start(model, around, status);
    model->reported_count++;
    model->reported = *status;
    bool is_overdue = model->is_unconfirmed && around->now_ms - model->sent_ms >= model->confirm_ms;
    model->overdue_statuses = is_overdue ? model->overdue_statuses + 1 : 0;
    model->busy = busy_of(status) + hidden;
    model->reported_hosts_high = max_i64(model->reported_hosts_high, status->current_hosts);
    model->reported_start_ms = start_ms;
    model->reported_ms = around->now_ms;
    note_enough(model, status, around->now_ms);
    watch_status(&model->stuck, status);
    if (status->total_servers != (int64_t)status->current_hosts * model->servers_per_host)
        model->is_whole = false;
    int64_t desired = wanted_of(model, model->busy);
    struct breach breach = note_desired(model, around, deployment, desired);
    if (breach.law == LAW_NONE)
        breach = check_formula(model, around, deployment, desired);
    return breach.law == LAW_NONE ? check_reason(model, around, deployment) : breach;
}

/* --- scales ----------------------------------------------------------------------------------------- */

static struct breach check_leave(const struct model *model, const struct surroundings *around,
                                 bool is_manual)
{
    if (!model->is_listed || !model->is_defined)
        return broken(LAW_ABSENT, model->is_listed, model->is_defined);
    if (around->is_dry_run || around->is_read_only || around->is_stopping)
        return broken(LAW_NO_SEND, around->is_dry_run, around->is_stopping);
    bool is_paused = around->is_paused || model->is_paused || model->policy->is_paused;
    return is_paused && !is_manual ? broken(LAW_PAUSED, around->is_paused, model->is_paused) : kept;
}

static struct breach check_open(const struct model *model, const struct surroundings *around)
{
    if (model->is_in_flight)
        return broken(LAW_ONE_OPEN, around->now_ms, model->sent_ms);
    if (model->is_unconfirmed && !model->has_moved &&
        around->now_ms - model->sent_ms < model->confirm_ms)
        return broken(LAW_CONFIRM, around->now_ms - model->sent_ms, model->confirm_ms);
    return kept;
}

static struct breach check_rails(const struct model *model, const struct surroundings *around,
                                 int32_t delta, bool is_repeat)
{
    const struct policy *policy = model->policy;
    bool is_up = delta > 0;
    int64_t most = step_max(is_up ? &policy->max_step_up : &policy->max_step_down, policy,
                            model->reported.current_hosts);
    if (llabs(delta) > most)
        return broken(LAW_MAX_STEP, delta, most);
    int64_t since_ms = is_up ? model->up_ms : model->any_ms;
    int64_t cooldown_ms = is_up ? policy->cooldown_up_ms : policy->cooldown_down_ms;
    if (!is_repeat && since_ms != INT64_MIN && around->now_ms - since_ms < cooldown_ms)
        return broken(LAW_COOLDOWN, around->now_ms - since_ms, cooldown_ms);
    int64_t hosts = (int64_t)model->reported.current_hosts + delta;
    /* Hosts whose removal was requested and that are still reported do not count. */
    if (is_up && !may_drain(model, around) && hosts > policy->max_hosts)
        return broken(LAW_MAX_HOSTS, hosts, policy->max_hosts);
    return !is_up && hosts < policy->min_hosts ? broken(LAW_MIN_HOSTS, hosts, policy->min_hosts)
                                               : kept;
}

/*
 * A repeat is the whole request again, when by now a fifth or two hosts less are needed. So is a request that was being
 * recorded at a kill: it may have been sent then.
 */
static int64_t wanted_when_sent(const struct model *model, bool is_repeat)
{
    int64_t needed = needed_hosts(model, model->busy);
    int64_t more = max_i64(DESIRED_HOSTS, needed / DESIRED_SHARE);
    /* A scale that waited is decided again with the policy of a reload. */
    int64_t wanted = max_i64(model->wanted, wanted_of(model, model->busy));
    return is_repeat || model->is_recalled ? max_i64(wanted, needed + more) : wanted;
}

/* Removed hosts are replaced while they drain. Otherwise a status with all servers has no unready host. */
static struct breach check_growth(const struct model *model, const struct surroundings *around,
                                  int32_t delta, bool is_repeat)
{
    const struct status *reported = &model->reported;
    int64_t drain_ms = (UNDRAINED_PASSES + 2) * around->pass_interval_ms;
    bool is_whole =
        reported->total_servers == (int64_t)reported->current_hosts * model->servers_per_host;
    bool is_draining = model->has_drained || model->had_drains;
    bool is_leaving =
        around->now_ms - model->shrunk_ms <= drain_ms || (is_draining && may_drain(model, around));
    int64_t hosts = (int64_t)reported->current_hosts + delta;
    /* Hosts of another tool may look like removed ones that leave late: then the API seems to drain. */
    int64_t wanted = max_i64(wanted_when_sent(model, is_repeat), model->policy->min_hosts) +
                     model->room - model->kept_room;
    return is_whole && !is_leaving && hosts > wanted ? broken(LAW_REPLACED, hosts, wanted) : kept;
}

/* As if the API removed hosts with all their servers. */
static int64_t reported_servers_after(const struct model *model, int32_t delta)
{
    return model->reported.total_servers + (int64_t)delta * model->servers_per_host;
}

static struct breach check_removal(const struct model *model, const struct surroundings *around,
                                   int32_t delta)
{
    const struct policy *policy = model->policy;
    int64_t hosts = (int64_t)model->reported.current_hosts + delta;
    int64_t busy = model->busy;
    int64_t left = reported_servers_after(model, delta);
    int64_t needed = formula_hosts(busy, 1, model_target(model));
    if (around->now_ms < around->latched_until_ms)
        return broken(LAW_LATCH, around->now_ms, around->latched_until_ms);
    if (model_is_kept(model))
        return broken(LAW_KEPT_DEFINITION, delta, 0);
    if (left < needed)
        return broken(LAW_SURPLUS, left, needed);
    if (model->is_start_held && hosts < model->start_hosts)
        return broken(LAW_START, hosts, model->start_hosts);
    if (policy->max_hosts != HOSTS_UNLIMITED)
        return kept;
    int64_t wanted = wanted_of(model, busy);
    if (hosts < wanted)
        return broken(LAW_IDLE_ONLY, hosts, wanted);
    int64_t high =
        desired_high_since(&model->desired_highs, around->now_ms - policy->scale_down_window_ms);
    if (hosts < high)
        return broken(LAW_WINDOW, hosts, high);
    /* The ledger keeps an event for one boot_timeout; its consequences may take another one. */
    bool is_calm = model->grown_ms != INT64_MIN && model->room == 0 &&
                   model->disturbed_ms + 2 * policy->boot_timeout_ms < model->grown_ms;
    if (is_calm && around->now_ms - model->grown_ms < policy->scale_down_window_ms)
        return broken(LAW_REVERSAL, around->now_ms - model->grown_ms, policy->scale_down_window_ms);
    return kept;
}

/* Only where the unknown one is the first scale of all, and no limit has changed since: others may be pending. */
static struct breach check_whole(const struct model *model, const struct surroundings *around,
                                 int32_t delta)
{
    const struct policy *policy = model->policy;
    int64_t hosts = (int64_t)model->reported.current_hosts + model->delta;
    int64_t needed = needed_hosts(model, model->busy);
    bool is_first = model->sent_count == 1 && model->overdue_statuses == 1 && !model->has_shown &&
                    !model->is_manual && model->is_whole && model->room == 0;
    bool is_near = model->wanted > model->reported.current_hosts &&
                   hosts <= needed + max_i64(DESIRED_HOSTS, needed / DESIRED_SHARE);
    bool is_allowed =
        hosts <= policy->max_hosts && model->delta <= growth_max(model, around->now_ms, 1) &&
        model->delta <= step_max(&policy->max_step_up, policy, model->reported.current_hosts);
    return is_first && is_near && is_allowed && delta < model->delta
               ? broken(LAW_WHOLE, delta, model->delta)
               : kept;
}

static struct breach check_of_pass(const struct model *model, const struct surroundings *around,
                                   int32_t delta, bool is_repeat)
{
    if (!model->is_result_good || model->reported_count == 0)
        return broken(LAW_GOOD_STATUS, model->is_result_good, model->reported_count);
    int64_t age_max_ms = max_i64(2 * around->pass_interval_ms, 10000);
    if (around->now_ms - model->reported_start_ms > age_max_ms)
        return broken(LAW_FRESH, around->now_ms - model->reported_start_ms, age_max_ms);
    struct breach breach = check_rails(model, around, delta, is_repeat);
    if (breach.law != LAW_NONE)
        return breach;
    if (delta > 0 && !is_repeat)
        breach = check_pace(model, around, delta);
    if (breach.law == LAW_NONE && delta > 0 && !is_repeat)
        breach = check_whole(model, around, delta);
    if (breach.law != LAW_NONE)
        return breach;
    return delta < 0 ? check_removal(model, around, delta)
                     : check_growth(model, around, delta, is_repeat);
}

/* The earliest age at which the scale may expire without a change of the host count. */
static int64_t confirm_ms(const struct policy *policy, int32_t delta, int32_t repeats)
{
    int64_t least_ms = policy->confirm_timeout_ms == CONFIRM_AUTO ? policy->boot_timeout_ms
                                                                  : policy->confirm_timeout_ms;
    int64_t first_ms = delta < 0 ? max_i64(least_ms, policy->boot_timeout_ms) : least_ms;
    return first_ms << (repeats < LEDGER_WAIT_DOUBLINGS ? repeats : LEDGER_WAIT_DOUBLINGS);
}

/* Uses the policy at the time of the decision; a reload may change it before the scale is carried out. */
static void bound_owned(struct model *model, bool is_repeat)
{
    const struct policy *policy = model->policy;
    int64_t busy = model->busy;
    bool is_bounded = policy->max_hosts != HOSTS_UNLIMITED;
    model->owned_most =
        min_i64(max_i64(wanted_when_sent(model, is_repeat), policy->min_hosts), policy->max_hosts);
    model->owned_least =
        is_bounded ? hosts_that_fill(busy, model->servers_per_host) : wanted_of(model, busy);
}

struct breach model_send(struct model *model, const struct surroundings *around, int32_t delta,
                         bool is_manual, bool is_repeat)
{
    if (delta == 0)
        return broken(LAW_NOT_ZERO, 0, 0);
    struct breach breach = check_leave(model, around, is_manual);
    if (breach.law == LAW_NONE)
        breach = check_open(model, around);
    if (breach.law == LAW_NONE && !is_manual)
        breach = check_of_pass(model, around, delta, is_repeat);
    model->is_in_flight = true;
    model->is_unconfirmed = false;
    model->is_manual = is_manual;
    model->has_shown = false;
    model->has_moved = false;
    model->delta = delta;
    model->sent_before_ms = model->sent_ms;
    model->sent_ms = around->now_ms;
    model->repeats = is_repeat ? model->repeats + 1 : 0;
    model->sent_count++;
    if (delta > 0 && !is_repeat)
        note_growth(&model->grown, around->now_ms, delta);
    if (delta > 0 && !is_repeat && !is_manual)
        watch_order(model, around->now_ms);
    if (!is_manual)
        bound_owned(model, is_repeat);
    model->confirm_ms = confirm_ms(model->policy, delta, model->repeats);
    if (delta < 0)
        model->shrunk_ms = around->now_ms;
    if (is_manual)
        model_disturb(model, around->now_ms, delta);
    return breach;
}

struct breach model_apply(const struct model *model, int64_t owned)
{
    if (model->is_manual)
        return kept;
    if (model->delta > 0 && owned > model->owned_most + model->room)
        return broken(LAW_NOT_TWICE, owned, model->owned_most + model->room);
    return model->delta < 0 && owned < model->owned_least - model->room
               ? broken(LAW_OWNED_LOW, owned, model->owned_least - model->room)
               : kept;
}

/* A repeat that was not sent, or not read, changes nothing: the scale is unconfirmed as before. */
static void unsend(struct model *model)
{
    model->repeats--;
    model->sent_ms = model->sent_before_ms;
    model->confirm_ms = confirm_ms(model->policy, model->delta, model->repeats);
    model->is_unconfirmed = true;
}

void model_end(struct model *model, int64_t now_ms, const struct scale_result *result)
{
    model->is_in_flight = false;
    bool is_unread = result->refusal == REFUSAL_UNSENT || result->refusal == REFUSAL_BUSY;
    if (result->outcome == SCALE_REFUSED && is_unread && model->repeats > 0)
        unsend(model);
    else if (result->outcome == SCALE_REFUSED && model->delta > 0 && model->repeats == 0)
        model->grown.items[model->grown.count - 1].hosts = 0;
    if (result->outcome == SCALE_REFUSED)
        return;
    model->any_ms = now_ms;
    if (model->delta > 0)
        model->up_ms = now_ms;
    if (result->outcome == SCALE_LOST) {
        model->is_unconfirmed = true;
        model_disturb(model, now_ms, 0);
    } else if (model->delta > 0 && !model->is_manual) {
        model->grown_ms = model->reported_ms;
    }
}

/* Retry-After is forgotten, the start hold begins again, and the outcome of a scale in flight is not known. */
void model_restart(struct model *model, int64_t now_ms, int64_t recorded_ms, int32_t begun_delta)
{
    static const struct scale_result lost = { .outcome = SCALE_LOST };
    if (model->is_in_flight || model->is_unconfirmed)
        model->stuck = (struct stuck){ 0 }; /* the core does not count it a second time */
    if (model->is_in_flight)
        model_end(model, recorded_ms, &lost);
    model->sent_count += begun_delta != 0;
    if (begun_delta < 0)
        model->shrunk_ms = now_ms;
    /* What was removed before the last status, which the record has, expires with a status only. */
    model->is_drain_recalled |= may_drain_at(model, model->reported_ms);
    model->is_listed = false;
    model->gone_ms = now_ms;
    model->unusable_ms = now_ms;
    model->is_whole = false; /* the history is gone: not every decision is that of the formula */
    model->is_result_good = false;
    model->start_count = 0;
    model->start_hosts = model->reported.current_hosts;
    model->is_start_held = !model->policy->is_bare;
    model->backoff_until_ms = INT64_MIN;
    model->overdue_statuses = 0;
}

/* Hosts above max_hosts stay while the target needs them. */
int64_t model_rest(const struct model *model, int64_t ready_hosts, int64_t demand)
{
    const struct policy *policy = model->policy;
    int64_t busy = min_i64(demand, ready_hosts * model->servers_per_host);
    int64_t wanted = max_i64(wanted_of(model, busy), policy->min_hosts);
    if (wanted <= policy->max_hosts)
        return wanted;
    return max_i64(policy->max_hosts, min_i64(ready_hosts, needed_hosts(model, busy)));
}

#include "tests/sim/turns.h"

/* Families that make passes longer for another reason, or that keep healthy deployments from being read. */
static bool is_time_bounded(const struct plan *plan)
{
    static const enum family others[] = {
        FAMILY_SLOW,    FAMILY_BELATED,    FAMILY_STALL,     FAMILY_OUTAGE,
        FAMILY_RESTART, FAMILY_RATE_LIMIT, FAMILY_LIST_LOSS,
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (plan->permille[others[i]] > 0)
            return false;
    return true;
}

/*
 * The time of all reads which have hung until the timeout since the last read of the site, if as many as possible do at
 * a time: no order is better while nothing is known of them.
 */
static int64_t hanging_ms(const struct sim_state *sim_state, const struct site *site)
{
    int32_t concurrency = sim_state->config.concurrency;
    int64_t places = concurrency + reads_slow_max(concurrency);
    int64_t reads = 0;
    for (size_t i = 0; i < sim_state->site_count; i++)
        reads += sim_state->sites[i].hung_until_ms > site->turn_ms;
    return reads / places * sim_state->plan->timeout_ms;
}

/* A pass lasts until all its scales have been sent. Those that hang do not prolong it, but others wait for them. */
static int64_t scaling_ms(const struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    bool may_hang = plan->permille[FAMILY_LOST] > 0 || plan->permille[FAMILY_LATE] > 0;
    int64_t rounds = ceil_div((int64_t)sim_state->site_count, sim_state->config.concurrency);
    return may_hang ? (rounds - 1) * plan->timeout_ms : rounds * plan->scale_ms;
}

/* A pass may last longer than an interval because of reads that hang: the time counts, too. */
static void check_time(struct sim_state *sim_state, const struct site *site)
{
    const struct plan *plan = sim_state->plan;
    int64_t passed_ms =
        sim_state_now_ms(sim_state) - max_i64(site->turn_ms, site->model.backoff_until_ms);
    int64_t most_ms =
        TURN_PASSES_MAX * plan->pass_interval_ms + READ_SLOW_MS_MIN + scaling_ms(sim_state);
    if (passed_ms > most_ms)
        most_ms += hanging_ms(sim_state, site);
    bool is_kept = site->is_failing || !is_time_bounded(plan) || passed_ms <= most_ms;
    trace_require(&sim_state->trace, is_kept, LAW_TURNS, site->index, passed_ms, most_ms);
}

void turns_list(const struct sim_state *sim_state, struct site *site)
{
    site->waited = 0;
    site->turn_ms = sim_state_now_ms(sim_state);
}

void turns_start_read(struct sim_state *sim_state, struct site *site)
{
    check_time(sim_state, site);
    site->waited = 0;
    sim_state->progress_ms = sim_state_now_ms(sim_state);
    site->turn_ms = sim_state_now_ms(sim_state);
}

void turns_hang(const struct sim_state *sim_state, struct site *site)
{
    site->hung_until_ms = sim_state_now_ms(sim_state) + sim_state->plan->timeout_ms;
}

void turns_note_read(struct site *site, enum call_result result, bool is_failed)
{
    if (result != RESULT_LIMITED)
        site->is_failing = is_failed;
}

static bool is_exempt(const struct sim_state *sim_state, const struct site *site)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    return !site->model.is_listed || !site->model.is_defined || site->is_reading ||
           now_ms < site->model.backoff_until_ms + sim_state->plan->pass_interval_ms;
}

/* Reads may hold every slot for two passes: then as many deployments are read in that time as there are slots. */
static int64_t healthy_max(const struct sim_state *sim_state, int64_t hung_ms)
{
    const struct plan *plan = sim_state->plan;
    if (plan->permille[FAMILY_RATE_LIMIT] > 0)
        return TURN_PASSES_MAX_LIMITED;
    int64_t rounds = ceil_div((int64_t)sim_state->site_count, sim_state->config.concurrency);
    int64_t most = plan->permille[FAMILY_SLOW] > 0 ? TURN_PASSES_MAX * rounds : TURN_PASSES_MAX;
    return most + ceil_div(hung_ms, plan->pass_interval_ms);
}

/* Those that failed are tried in each pass, at least one of them; with a rate limit, with every fourth read. */
static int64_t passes_max(const struct sim_state *sim_state, const struct site *site,
                          int64_t hung_ms)
{
    const struct plan *plan = sim_state->plan;
    int64_t most = healthy_max(sim_state, hung_ms);
    int64_t slots = max_i64(1, sim_state->config.concurrency / 4);
    if (site->is_failing) /* one that hangs has its slot until the timeout */
        most += plan->timeout_ms / plan->pass_interval_ms;
    return site->is_failing ? most * (1 + ceil_div((int64_t)sim_state->site_count, slots)) : most;
}

void turns_start_pass(struct sim_state *sim_state)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    sim_state->progress_ms = now_ms;
    struct reconciler_outlook outlook;
    reconciler_outlook(sim_state->reconciler, sim_state_now(sim_state), &outlook);
    bool is_out = outlook.is_breaker_open || now_ms < sim_state->outage_until_ms;
    if (!is_out && now_ms - sim_state->turn_ms < sim_state->plan->pass_interval_ms)
        return;
    sim_state->turn_ms = now_ms;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        bool is_waiting = !is_out && !is_exempt(sim_state, site);
        site->waited = is_waiting ? site->waited + 1 : 0;
        site->turn_ms = is_waiting ? site->turn_ms : now_ms;
        int64_t most = passes_max(sim_state, site, 0);
        if (site->waited > most)
            most = passes_max(sim_state, site, hanging_ms(sim_state, site));
        trace_require(&sim_state->trace, site->waited <= most, LAW_TURNS, site->index, site->waited,
                      most);
    }
}

/* Families in which a response takes long without a fault, or in which reads wait for another reason. */
static bool is_progress_bounded(const struct plan *plan)
{
    return plan->permille[FAMILY_SLOW] == 0 && plan->permille[FAMILY_BELATED] == 0 &&
           plan->permille[FAMILY_STALL] == 0 && plan->permille[FAMILY_RATE_LIMIT] == 0;
}

/* Slots that are all taken by requests that hang are another matter: the rest of the fleet waits for those. */
static bool has_free_slots(const struct sim_state *sim_state)
{
    return sim_state->requests_in_flight < sim_state->config.concurrency;
}

void turns_check_progress(struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    int64_t passed_ms = sim_state_now_ms(sim_state) - sim_state->progress_ms;
    int64_t most_ms = TURN_PASSES_MAX * plan->pass_interval_ms + READ_SLOW_MS_MIN;
    if (passed_ms <= most_ms || !is_progress_bounded(plan) || !has_free_slots(sim_state) ||
        !reconciler_pass(sim_state->reconciler)->is_running)
        return;
    trace_require(&sim_state->trace, sim_state->around.is_stopping, LAW_PROGRESS, SITE_NONE,
                  passed_ms, most_ms);
}

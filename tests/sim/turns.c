#include "tests/sim/turns.h"

void turns_start_read(struct site *site)
{
    site->waited = 0;
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
static int64_t healthy_max(const struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    if (plan->permille[FAMILY_RATE_LIMIT] > 0)
        return TURN_PASSES_MAX_LIMITED;
    int64_t rounds = ceil_div((int64_t)sim_state->site_count, sim_state->config.concurrency);
    return plan->permille[FAMILY_SLOW] > 0 ? TURN_PASSES_MAX * rounds : TURN_PASSES_MAX;
}

/* Those that failed are tried in each pass, at least one of them; with a rate limit, with every fourth read. */
static int64_t passes_max(const struct sim_state *sim_state, const struct site *site)
{
    int64_t most = healthy_max(sim_state);
    int64_t slots = max_i64(1, sim_state->config.concurrency / 4);
    return site->is_failing ? most * (1 + ceil_div((int64_t)sim_state->site_count, slots)) : most;
}

void turns_start_pass(struct sim_state *sim_state)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    struct reconciler_outlook outlook;
    reconciler_outlook(sim_state->reconciler, sim_state_now(sim_state), &outlook);
    bool is_out = outlook.is_breaker_open || now_ms < sim_state->outage_until_ms;
    if (!is_out && now_ms - sim_state->turn_ms < sim_state->plan->pass_interval_ms)
        return;
    sim_state->turn_ms = now_ms;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        site->waited = is_out || is_exempt(sim_state, site) ? 0 : site->waited + 1;
        int64_t most = passes_max(sim_state, site);
        trace_require(&sim_state->trace, site->waited <= most, LAW_TURNS, site->index, site->waited,
                      most);
    }
}

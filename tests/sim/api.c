#include "tests/sim/api.h"

bool api_is_out(const struct sim_state *sim_state)
{
    return sim_state_now_ms(sim_state) < sim_state->outage_until_ms;
}

int64_t api_wait_ms(const struct sim_state *sim_state, uint32_t site, uint64_t number)
{
    static const int64_t waits_ms[] = { 0, 500, 3000, 20000, 45000, 120000 };
    return waits_ms[fault_plan_below(&sim_state->fault_plan, site, FAMILY_RETRY_AFTER, number, 6)];
}

int64_t api_delay_ms(struct sim_state *sim_state, uint32_t site, enum call_result result,
                     uint64_t number, int64_t usual_ms)
{
    if (result == RESULT_TIMEOUT || result == RESULT_LOST || result == RESULT_LATE)
        return sim_state->timeout_ms;
    if (fault_plan_happens(&sim_state->fault_plan, site, FAMILY_SLOW, number))
        return 1 + fault_plan_below(&sim_state->fault_plan, site, FAMILY_SLOW, number,
                                    2 * sim_state->plan->pass_interval_ms);
    return usual_ms;
}

bool api_is_limited(struct sim_state *sim_state)
{
    if (!fault_plan_has(&sim_state->fault_plan, FAMILY_RATE_LIMIT))
        return false;
    int64_t window = floor_div(sim_state_now_ms(sim_state), sim_state->plan->budget_ms);
    if (window != sim_state->budget_window)
        sim_state->budget_used = 0;
    sim_state->budget_window = window;
    return sim_state->budget_used++ >= sim_state->plan->budget_reads;
}

bool api_is_transient(enum call_result result)
{
    return result == RESULT_ERROR || result == RESULT_TIMEOUT || result == RESULT_BUSY ||
           result == RESULT_LIMITED;
}

void api_note_wait(const struct sim_state *sim_state, struct site *site, const struct call *call)
{
    if (call->wait_ms != RETRY_AFTER_NONE)
        site->model.backoff_until_ms =
            max_i64(site->model.backoff_until_ms, sim_state_now_ms(sim_state) + call->wait_ms);
}

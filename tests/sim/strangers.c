#include "tests/sim/strangers.h"

#include "engine/sim/draw.h"

#include <stdio.h>

#define LANE_STRANGERS 0x200u

bool strangers_is_one(const char *id)
{
    return id[0] == 's';
}

int32_t strangers_change(struct sim_state *sim_state)
{
    int32_t most = sim_state->plan->strangers;
    if (most == 0 || !fault_plan_has(&sim_state->fault_plan, FAMILY_CHURN))
        most = 0;
    uint64_t number = sim_state->listing.number;
    int64_t gone = draw_below(sim_state->plan->seed, LANE_STRANGERS, number,
                              strangers_count(sim_state) + (int64_t)1);
    if (most == 0)
        gone = strangers_count(sim_state);
    sim_state->strangers_from += (uint64_t)gone;
    if (strangers_count(sim_state) < most)
        sim_state->strangers_end = sim_state->strangers_from + (uint64_t)most;
    return (int32_t)gone;
}

struct definition strangers_define(const struct sim_state *sim_state, int32_t index,
                                   char storage[STRANGER_ID_SIZE])
{
    uint64_t number = sim_state->strangers_from + (uint64_t)index;
    bool is_good = number % 2 == 0;
    snprintf(storage, STRANGER_ID_SIZE, "s%llu", (unsigned long long)number);
    return (struct definition){
        .id = storage,
        .servers_per_host = 10,
        .target_free_ppb = is_good ? 150000000 : -1,
        .fault = is_good ? REASON_NONE : REASON_BAD_TARGET,
        .fault_text = is_good ? NULL : "as planned",
    };
}

void strangers_start_read(struct sim_state *sim_state, const struct effect *effect, bool is_limited)
{
    struct call call = { .kind = EFFECT_READ,
                         .site = SITE_NONE,
                         .slot = effect->slot,
                         .result = is_limited ? RESULT_LIMITED : RESULT_OK,
                         .wait_ms = RETRY_AFTER_NONE };
    in_flight_send(&sim_state->in_flight, &call, sim_state_now_ms(sim_state),
                   sim_state->plan->read_ms);
}

/* 15 of 20 are busy: two hosts are needed. */
void strangers_respond(struct sim_state *sim_state, const struct call *call)
{
    bool is_limited = call->result == RESULT_LIMITED;
    struct read_result result = {
        .status = { 2, 20, 5 },
        .reason = is_limited ? REASON_READ_FAILED : REASON_NONE,
        .is_transient = is_limited,
        .is_rate_limited = is_limited,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "as planned",
    };
    reconciler_read_done(sim_state->reconciler, sim_state_now(sim_state), call->slot, &result);
}

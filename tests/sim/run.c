#include "tests/sim/run.h"

#include "engine/base/panic.h"
#include "tests/sim/crash.h"
#include "tests/sim/exchange.h"
#include "tests/sim/full_loss.h"
#include "tests/sim/incidents.h"
#include "tests/sim/loss.h"
#include "tests/sim/recovery.h"
#include "tests/sim/turns.h"
#include "tests/support/counting_heap.h"

#define CALM_PASSES 10

const struct run_options run_options_default = {
    .steps_max = INT64_MAX,
    .families = UINT64_MAX,
    .focus = SITE_NONE,
};

/* --- time ------------------------------------------------------------------------------------------- */

static bool is_over(const struct sim_state *sim_state)
{
    return trace_has_breach(&sim_state->trace) ||
           sim_state->trace.step >= sim_state->options->steps_max;
}

/* The reconciler's wake-up is in the future, and it waits for a wake-up or a response. */
static void check_wakeup(struct sim_state *sim_state, int64_t wakeup_ms, int64_t due_ms)
{
    int64_t now_ms = sim_state_now_ms(sim_state);
    bool is_waiting = wakeup_ms != INT64_MAX || due_ms != INT64_MAX;
    trace_require(&sim_state->trace, wakeup_ms > now_ms, LAW_AWAKE, SITE_NONE, wakeup_ms, now_ms);
    trace_require(&sim_state->trace, is_waiting || sim_state->around.is_stopping, LAW_AWAKE,
                  SITE_NONE, 0, 1);
}

/* One step: the next event before `end_ms`. False: there is none, or the run is over. */
static bool run_step(struct sim_state *sim_state, int64_t end_ms)
{
    exchange_pump(sim_state);
    int64_t due_ms = in_flight_due_ms(&sim_state->in_flight);
    int64_t wakeup_ms = reconciler_wakeup(sim_state->reconciler).ms;
    check_wakeup(sim_state, wakeup_ms, due_ms);
    turns_check_progress(sim_state);
    int64_t incident_ms =
        sim_state->phase == PHASE_FAULTS ? incidents_due_ms(sim_state) : INT64_MAX;
    int64_t next_ms = min_i64(min_i64(due_ms, wakeup_ms), incident_ms);
    if (next_ms >= end_ms || is_over(sim_state))
        return false;
    sim_state->trace.step++;
    sim_state_pass_time(sim_state, next_ms);
    if (incident_ms <= next_ms)
        incidents_happen(sim_state);
    else if (due_ms <= next_ms)
        exchange_deliver(sim_state);
    return true;
}

static void run_until(struct sim_state *sim_state, int64_t end_ms)
{
    while (run_step(sim_state, end_ms))
        continue;
    sim_state_pass_time(sim_state, end_ms);
}

/* --- phases ----------------------------------------------------------------------------------------- */

static void recover(struct sim_state *sim_state)
{
    recovery_begin(sim_state);
    /* recovery_time_ms needs correct lists. */
    run_until(sim_state, sim_state_now_ms(sim_state) + 3 * sim_state->plan->discovery_interval_ms);
    run_until(sim_state, sim_state_now_ms(sim_state) + recovery_time_ms(sim_state));
    if (is_over(sim_state))
        return;
    recovery_check(sim_state);
    sim_state->phase = PHASE_CALM;
    trace_note(&sim_state->trace, SITE_NONE, RECORD_PHASE, sim_state->phase, 0, 0);
    run_until(sim_state,
              sim_state_now_ms(sim_state) + CALM_PASSES * sim_state->plan->pass_interval_ms);
}

static void lose(struct sim_state *sim_state)
{
    loss_rise(sim_state);
    run_until(sim_state, sim_state_now_ms(sim_state) + loss_rise_ms(sim_state));
    loss_strike(sim_state);
    run_until(sim_state, sim_state_now_ms(sim_state) + loss_replace_ms(sim_state));
    if (!is_over(sim_state))
        loss_check(sim_state);
}

static void lose_when_full(struct sim_state *sim_state)
{
    run_until(sim_state, sim_state_now_ms(sim_state) + loss_rise_ms(sim_state));
    full_loss_begin(sim_state);
    run_until(sim_state, sim_state_now_ms(sim_state) + full_loss_full_ms(sim_state));
    full_loss_strike(sim_state);
    run_until(sim_state, sim_state_now_ms(sim_state) + full_loss_replace_ms(sim_state));
}

static void stop(struct sim_state *sim_state)
{
    sim_state->phase = PHASE_STOP;
    trace_note(&sim_state->trace, SITE_NONE, RECORD_PHASE, sim_state->phase, 0, 0);
    sim_state->around.is_stopping = true;
    reconciler_stop(sim_state->reconciler, sim_state_now(sim_state));
    while (run_step(sim_state, INT64_MAX))
        continue;
    if (is_over(sim_state))
        return;
    bool is_settled = reconciler_is_finished(sim_state->reconciler) &&
                      sim_state->requests_in_flight == 0 &&
                      reconciler_scales_in_flight(sim_state->reconciler) == 0;
    trace_require(&sim_state->trace, is_settled, LAW_SETTLED, SITE_NONE,
                  sim_state->requests_in_flight, 0);
}

/* A pass begins by timer, with a list, and on request. */
static void check_passes(struct sim_state *sim_state)
{
    int64_t passes_max = sim_state_age_ms(sim_state) / sim_state->plan->pass_interval_ms +
                         (int64_t)sim_state->listing.number + sim_state->passes_allowed + 8;
    int64_t passes = (int64_t)sim_state->pass_number;
    trace_require(&sim_state->trace, passes <= passes_max, LAW_RATE, SITE_NONE, passes, passes_max);
}

static void check_given_back(struct sim_state *sim_state)
{
    int64_t held = (int64_t)(heap_held_count() - sim_state->held_before);
    trace_require(&sim_state->trace, held == 0, LAW_MEMORY, SITE_NONE, held, 0);
}

static void run_phases(void *context)
{
    struct sim_state *sim_state = context;
    exchange_open(sim_state);
    run_until(sim_state, sim_state->plan->begin_ms + sim_state->plan->fault_ms);
    if (!sim_state->plan->is_stopped_early && !is_over(sim_state))
        recover(sim_state);
    if (!sim_state->plan->is_stopped_early && !is_over(sim_state))
        lose(sim_state);
    if (!sim_state->plan->is_stopped_early && !is_over(sim_state))
        lose_when_full(sim_state);
    if (!is_over(sim_state))
        stop(sim_state);
    check_passes(sim_state);
    reconciler_destroy(sim_state->reconciler);
    check_given_back(sim_state);
}

/* Completes the result with what the trace does not write. */
static void conclude(const struct sim_state *sim_state, struct run_result *result)
{
    if (!trace_has_breach(&sim_state->trace))
        result->step = sim_state->trace.step;
    result->trace = sim_state->trace.trace;
    result->reads = sim_state->reads;
    result->scales = sim_state->scales;
    for (size_t i = 0; i < sim_state->site_count; i++)
        result->site_traces[i] = sim_state->sites[i].trace;
}

void run_seed(const struct plan *plan, const struct run_options *options,
              struct run_result *ret_result)
{
    struct sim_state *sim_state = sim_state_create(plan, options, ret_result);
    if (!crash_run(run_phases, sim_state, ret_result->crash, sizeof ret_result->crash))
        trace_check(&sim_state->trace, (struct breach){ LAW_CRASH, 0, 0 }, SITE_NONE);
    conclude(sim_state, ret_result);
    sim_state_destroy(sim_state);
}

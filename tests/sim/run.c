#include "tests/sim/run.h"

#include "engine/base/panic.h"
#include "tests/sim/crash.h"
#include "tests/sim/exchange.h"
#include "tests/sim/incidents.h"
#include "tests/sim/recovery.h"
#include "tests/support/counting_heap.h"

#define CALM_PASSES 10

const struct life_options life_options_default = {
    .steps_max = INT64_MAX,
    .families = UINT32_MAX,
    .focus = NOBODY,
};

/* --- time ------------------------------------------------------------------------------------------- */

static bool is_over(const struct realm *realm)
{
    return witness_has_breach(&realm->witness) || realm->witness.step >= realm->options->steps_max;
}

/* Who is asked to wait has something to wait for. */
static void check_wakeup(struct realm *realm, int64_t wakeup_ms, int64_t due_ms)
{
    int64_t now_ms = realm_now_ms(realm);
    bool is_waiting = wakeup_ms != INT64_MAX || due_ms != INT64_MAX;
    witness_demand(&realm->witness, wakeup_ms > now_ms, LAW_AWAKE, NOBODY, wakeup_ms, now_ms);
    witness_demand(&realm->witness, is_waiting || realm->around.is_stopping, LAW_AWAKE, NOBODY, 0,
                   1);
}

/* One step: the next thing that happens before `end_ms`; false: nothing does. */
static bool live_step(struct realm *realm, int64_t end_ms)
{
    exchange_pump(realm);
    int64_t due_ms = mail_due_ms(&realm->mail);
    int64_t wakeup_ms = machine_wakeup(realm->machine).ms;
    check_wakeup(realm, wakeup_ms, due_ms);
    int64_t incident_ms = realm->phase == PHASE_FAULTS ? incidents_due_ms(realm) : INT64_MAX;
    int64_t next_ms = min_i64(min_i64(due_ms, wakeup_ms), incident_ms);
    if (next_ms >= end_ms || is_over(realm))
        return false;
    realm->witness.step++;
    realm_pass_time(realm, next_ms);
    if (incident_ms <= next_ms)
        incidents_happen(realm);
    else if (due_ms <= next_ms)
        exchange_answer(realm);
    return true;
}

static void live_until(struct realm *realm, int64_t end_ms)
{
    while (live_step(realm, end_ms))
        continue;
    realm_pass_time(realm, end_ms);
}

/* --- phases ----------------------------------------------------------------------------------------- */

static void come_to_rest(struct realm *realm)
{
    rest_heal(realm);
    /* The lists must be right before it can be said how long it takes. */
    live_until(realm, realm_now_ms(realm) + 3 * realm->plan->discovery_interval_ms);
    live_until(realm, realm_now_ms(realm) + rest_time_ms(realm));
    if (is_over(realm))
        return;
    rest_check(realm);
    realm->phase = PHASE_CALM;
    witness_note(&realm->witness, NOBODY, RECORD_PHASE, realm->phase, 0, 0);
    live_until(realm, realm_now_ms(realm) + CALM_PASSES * realm->plan->pass_interval_ms);
}

static void stop(struct realm *realm)
{
    realm->phase = PHASE_STOP;
    witness_note(&realm->witness, NOBODY, RECORD_PHASE, realm->phase, 0, 0);
    realm->around.is_stopping = true;
    machine_stop(realm->machine, realm_now(realm));
    while (live_step(realm, INT64_MAX))
        continue;
    if (is_over(realm))
        return;
    bool is_settled = machine_is_finished(realm->machine) && realm->in_flight == 0 &&
                      machine_scales_in_flight(realm->machine) == 0;
    witness_demand(&realm->witness, is_settled, LAW_SETTLED, NOBODY, realm->in_flight, 0);
}

/* A pass begins by itself, with a list, and when somebody asks for it. */
static void check_passes(struct realm *realm)
{
    int64_t passes_max = realm_age_ms(realm) / realm->plan->pass_interval_ms +
                         (int64_t)realm->listing.number + realm->passes_allowed + 8;
    int64_t passes = (int64_t)realm->pass_number;
    witness_demand(&realm->witness, passes <= passes_max, LAW_RATE, NOBODY, passes, passes_max);
}

static void check_given_back(struct realm *realm)
{
    int64_t held = (int64_t)(heap_held_count() - realm->held_before);
    witness_demand(&realm->witness, held == 0, LAW_MEMORY, NOBODY, held, 0);
}

static void live(void *context)
{
    struct realm *realm = context;
    struct event_sink sink = { .take = exchange_hear, .context = realm };
    must(machine_create(&realm->config, realm->plan->seed, sink, realm_now(realm),
                        &realm->machine) == 0);
    live_until(realm, realm->plan->begin_ms + realm->plan->fault_ms);
    if (!realm->plan->is_stopped_early && !is_over(realm))
        come_to_rest(realm);
    if (!is_over(realm))
        stop(realm);
    check_passes(realm);
    machine_destroy(realm->machine);
    check_given_back(realm);
}

/* What the witness has not written yet. */
static void conclude(const struct realm *realm, struct life_result *result)
{
    if (!witness_has_breach(&realm->witness))
        result->step = realm->witness.step;
    result->trace = realm->witness.trace;
    result->reads = realm->reads;
    result->scales = realm->scales;
    for (size_t i = 0; i < realm->site_count; i++)
        result->site_traces[i] = realm->sites[i].trace;
}

void life_run(const struct plan *plan, const struct life_options *options,
              struct life_result *ret_result)
{
    struct realm *realm = realm_create(plan, options, ret_result);
    if (!crash_run(live, realm, ret_result->crash, sizeof ret_result->crash))
        witness_check(&realm->witness, (struct breach){ LAW_CRASH, 0, 0 }, NOBODY);
    conclude(realm, ret_result);
    realm_destroy(realm);
}

#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/reconciler_events.h"

/* Probes that fail before the rest of a pass is given up, and draws to find a deployment for one. */
#define PASS_PROBES_MAX 3
#define PROBE_DRAWS 64

static void start_read(struct machine *machine, struct deployment *deployment, struct mono now,
                       struct effect *ret_effect)
{
    must(!deployment->is_reading);
    deployment->is_reading = true;
    deployment->read_started = now;
    deployment->attempt++;
    machine->reads_in_flight++;
    if (machine->breaker.is_open)
        machine->probe_slot = deployment->slot;
    *ret_effect =
        (struct effect){ .kind = EFFECT_READ, .slot = deployment->slot, .id = deployment->id };
}

static void fail_read(struct machine *machine, struct deployment *deployment, enum reason reason,
                      const char *text)
{
    /* While the breaker is open, probes fail now here, now there: that is no news. */
    bool is_news = deployment->reason != reason && deployment->reason != REASON_BREAKER_OPEN;
    show(machine, deployment);
    deployment->failure_count++;
    deployment->action = reason_row(reason)->kind == REASON_DATA ? ACTION_HELD : ACTION_FAILED;
    deployment->reason = reason;
    deployment->delta = 0;
    deployment->raw_delta = 0;
    deployment->desired_hosts = -1;
    deployment->input = (struct decision_input){ .policy = deployment->policy, .fault = reason };
    deployment_set_detail(deployment, text);
    machine->version++;
    pass_count(&machine->pass, deployment->action, deployment->reason);
    if (is_news && reason != REASON_BREAKER_OPEN)
        tell_read_failed(&machine->sink, deployment);
}

/* Deployments that need no read in this pass, or must not be read. True: it has had its turn. */
static bool is_passed_over(struct machine *machine, struct deployment *deployment, struct mono now)
{
    if (deployment->definition_fault != REASON_NONE) {
        machine->version++;
        pass_count(&machine->pass, deployment->action, deployment->reason);
        return true;
    }
    if (now.ms < deployment->quiet_until.ms) {
        fail_read(machine, deployment, REASON_READ_FAILED, "the API asked to wait (Retry-After)");
        return true;
    }
    if (machine->is_pass_cut) {
        fail_read(machine, deployment, REASON_BREAKER_OPEN,
                  "reads keep failing: waiting for a probe to work");
        return true;
    }
    return false;
}

static bool next_retry(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (retry_queue_due(&machine->retries).ms <= now.ms) {
        struct deployment *deployment =
            fleet_at(machine->fleet, retry_queue_take(&machine->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        if (deployment->is_listed && !is_passed_over(machine, deployment, now)) {
            start_read(machine, deployment, now, ret_effect);
            return true;
        }
        machine->outstanding--;
    }
    return false;
}

/* Is it its turn, and must it be read? Those that need no read have had their turn then. */
static bool is_readable(struct machine *machine, struct deployment *deployment, struct mono now)
{
    if (!deployment || !deployment->is_listed || deployment->turn == machine->pass.number)
        return false;
    deployment->turn = machine->pass.number;
    deployment->attempt = 0;
    return !is_passed_over(machine, deployment, now);
}

static bool next_first_read(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (machine->cursor < fleet_slot_count(machine->fleet)) {
        struct deployment *deployment = fleet_at(machine->fleet, machine->cursor++);
        if (!is_readable(machine, deployment, now))
            continue;
        machine->outstanding++;
        start_read(machine, deployment, now, ret_effect);
        return true;
    }
    return false;
}

/* Somewhere in the list: neighbours may share what is wrong with them. */
static bool next_probe(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    for (int i = 0; i < PROBE_DRAWS && machine->cursor < fleet_slot_count(machine->fleet); i++) {
        int64_t rest = (int64_t)fleet_slot_count(machine->fleet) - machine->cursor;
        uint32_t slot = machine->cursor + (uint32_t)random_below(&machine->random, rest);
        struct deployment *deployment = fleet_at(machine->fleet, slot);
        if (!is_readable(machine, deployment, now))
            continue;
        machine->outstanding++;
        start_read(machine, deployment, now, ret_effect);
        return true;
    }
    return next_first_read(machine, now, ret_effect) || next_retry(machine, now, ret_effect);
}

bool machine_next_read(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    if (!machine->pass.is_running || !has_room(machine) || machine->probe_slot != SLOT_NONE)
        return false;
    if (machine->breaker.is_open && !machine->is_pass_cut)
        return next_probe(machine, now, ret_effect);
    return next_retry(machine, now, ret_effect) || next_first_read(machine, now, ret_effect);
}

void machine_drop_reads(struct machine *machine)
{
    while (machine->retries.count > 0) {
        struct deployment *deployment =
            fleet_at(machine->fleet, retry_queue_take(&machine->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        machine->outstanding--;
    }
    machine->cursor = (uint32_t)fleet_slot_count(machine->fleet);
}

static struct observe_context observe_context(struct machine *machine,
                                              const struct deployment *deployment, struct mono now)
{
    return (struct observe_context){
        .now = now,
        .pass = machine->pass.number,
        .pass_interval_ms = machine->config.pass_interval_ms,
        .times = &machine->times,
        .status_age_max_ms = machine_status_age_max_ms(machine),
        .gate = machine_gate(machine, deployment),
        .is_shrink_latched = now.ms < machine->latched_until.ms,
        .follow = &machine->follow,
        .sink = &machine->sink,
    };
}

/* A list that came while a deployment was read has the last word about it. */
static bool is_overtaken(const struct deployment *deployment)
{
    return !deployment->is_listed || deployment->definition_fault != REASON_NONE;
}

/* A probe, or any answer at all, shows that the API lives. */
static void note_success(struct machine *machine, struct mono now)
{
    struct mono opened = machine->breaker.opened;
    if (breaker_succeed(&machine->breaker))
        tell_breaker_closed(&machine->sink, now.ms - opened.ms);
}

static void note_failure(struct machine *machine, const char *text, bool was_probe, struct mono now)
{
    if (breaker_fail(&machine->breaker, machine->listed, now))
        tell_breaker_opened(&machine->sink, machine->breaker.failure_count, text);
    machine->pass_probes += was_probe;
    machine->is_pass_cut = machine->pass_probes >= PASS_PROBES_MAX;
}

static void note_recovery(struct machine *machine, struct deployment *deployment)
{
    if (deployment->failure_count == 0)
        return;
    tell_read_recovered(&machine->sink, deployment);
    deployment->failure_count = 0;
}

static void take_status(struct machine *machine, struct deployment *deployment, struct mono now,
                        const struct status *status)
{
    enum action old_action = deployment->action;
    enum reason old_reason = deployment->reason;
    int32_t old_delta = deployment->delta;
    note_recovery(machine, deployment);
    deployment_set_detail(deployment, "");
    show(machine, deployment);
    struct observe_context context = observe_context(machine, deployment, now);
    struct decision decision;
    observe_status(deployment, status, &context, &decision);
    settle_ledger(machine, deployment);
    machine->pass.read++;
    pass_count(&machine->pass, deployment->action, deployment->reason);
    if (decision.action == ACTION_SCALED)
        machine_queue_scale(machine, deployment, decision.delta);
    else if (old_action != decision.action || old_reason != decision.reason ||
             old_delta != decision.delta)
        tell_decision(&machine->sink, deployment);
}

/* At most a tenth of a pass is read again, so that an API in trouble does not get more requests than one that works. */
static bool may_retry(struct machine *machine, const struct deployment *deployment,
                      const struct read_result *result)
{
    return result->is_transient && has_retries_left(machine, deployment->attempt) &&
           !is_overtaken(deployment) && !machine->breaker.is_open && !machine->is_pass_cut &&
           result->retry_after_ms < machine->config.pass_interval_ms &&
           machine->pass_retries < max_i64(RETRIES_WAITING_MAX / 16, machine->listed / 10) &&
           machine->retries.count < RETRIES_WAITING_MAX;
}

static void retry_read(struct machine *machine, struct deployment *deployment, struct mono now,
                       const struct read_result *result)
{
    int64_t wait_ms =
        retry_wait_ms(&machine->random, deployment->attempt + 1u, result->retry_after_ms);
    bool was_put = retry_queue_put(&machine->retries, mono_after(now, wait_ms), deployment->slot);
    must(was_put);
    deployment->is_retry_waiting = true;
    machine->pass_retries++;
    tell_read_retried(&machine->sink, deployment, result->text, wait_ms);
}

static void take_failure(struct machine *machine, struct deployment *deployment, struct mono now,
                         const struct read_result *result, bool was_probe)
{
    if (may_retry(machine, deployment, result)) {
        retry_read(machine, deployment, now, result);
        return;
    }
    /* A wrong answer about one deployment says that the API lives. */
    if (result->reason == REASON_BAD_STATUS || result->reason == REASON_MISSING)
        note_success(machine, now);
    else
        note_failure(machine, result->text, was_probe, now);
    machine->outstanding--;
    if (result->retry_after_ms != RETRY_AFTER_NONE)
        leave_alone(deployment, mono_after(now, result->retry_after_ms));
    if (is_overtaken(deployment))
        return;
    fail_read(machine, deployment, result->reason, result->text);
}

void machine_read_done(struct machine *machine, struct mono now, uint32_t slot,
                       const struct read_result *result)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot);
    must(deployment);
    must(deployment->is_reading);
    deployment->is_reading = false;
    machine->version++;
    machine->reads_in_flight--;
    bool was_probe = machine->probe_slot == slot;
    if (was_probe)
        machine->probe_slot = SLOT_NONE;
    if (result->is_cancelled) {
        machine->outstanding--;
    } else if (result->reason != REASON_NONE) {
        take_failure(machine, deployment, now, result, was_probe);
    } else {
        machine->outstanding--;
        note_success(machine, now);
        if (!is_overtaken(deployment))
            take_status(machine, deployment, now, &result->status);
    }
}

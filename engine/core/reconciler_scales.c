#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/reconciler_events.h"

#include <inttypes.h>
#include <stdio.h>

int64_t machine_status_age_max_ms(const struct machine *machine)
{
    return max_i64(STATUS_AGE_PASSES * machine->config.pass_interval_ms, STATUS_AGE_MS_MIN);
}

enum reason machine_gate(const struct machine *machine, const struct deployment *deployment)
{
    if (machine->is_stopping)
        return REASON_STOPPING;
    if (!deployment->is_listed)
        return REASON_GONE;
    if (machine->config.is_read_only)
        return REASON_READ_ONLY;
    if (machine->is_paused || deployment->is_operator_paused || deployment->policy->is_paused)
        return REASON_PAUSED;
    return machine->config.is_dry_run ? REASON_DRY_RUN : REASON_NONE;
}

/* A pause is no reason: whoever pauses scales by hand. */
enum reason machine_manual_gate(const struct machine *machine)
{
    if (machine->is_stopping)
        return REASON_STOPPING;
    if (machine->config.is_read_only)
        return REASON_READ_ONLY;
    return machine->config.is_dry_run ? REASON_DRY_RUN : REASON_NONE;
}

static void queue(struct machine *machine, struct deployment *deployment, int32_t delta)
{
    must(!deployment->is_scale_queued);
    slot_ring_put(&machine->scales, deployment->slot);
    deployment->is_scale_queued = true;
    deployment->queued_delta = delta;
    show(machine, deployment);
}

void machine_queue_scale(struct machine *machine, struct deployment *deployment, int32_t delta)
{
    queue(machine, deployment, delta);
    deployment->is_scale_manual = false;
    machine->outstanding++;
}

/* It is not the pass's: passes end and begin while it is on its way. */
void machine_queue_manual(struct machine *machine, struct deployment *deployment, int32_t delta)
{
    queue(machine, deployment, delta);
    deployment->is_scale_manual = true;
}

/* A scale of the pass has ended, or will never be sent. */
static void count_end(struct machine *machine, const struct deployment *deployment)
{
    machine->outstanding -= !deployment->is_scale_manual;
}

static void count_outcome(struct machine *machine, const struct deployment *deployment)
{
    if (!deployment->is_scale_manual)
        pass_count(&machine->pass, deployment->action, deployment->reason);
}

static void hold_scale(struct machine *machine, struct deployment *deployment, enum reason reason)
{
    tell_scale_dropped(&machine->sink, deployment, reason);
    count_end(machine, deployment);
    machine->version++;
    show(machine, deployment);
    deployment->action = ACTION_HELD;
    deployment->reason = reason;
    deployment->delta = 0;
    if (!deployment->is_scale_manual)
        deployment->input.gate = reason; /* so that the explanation ends with it */
    count_outcome(machine, deployment);
}

static enum reason last_look_manual(const struct machine *machine,
                                    const struct deployment *deployment)
{
    enum reason gate = machine_manual_gate(machine);
    int64_t hosts =
        (int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger);
    if (gate != REASON_NONE)
        return gate;
    if (hosts + deployment->queued_delta < 0)
        return REASON_MIN_HOSTS; /* a status came while it waited */
    return deployment->is_listed ? deployment->definition_fault : REASON_GONE;
}

/* The policy may be another one by now: what it was decided on is decided once more. */
static bool is_still_wanted(const struct deployment *deployment)
{
    struct decision decision;
    decide(&deployment->input, &decision);
    return decision.delta == deployment->queued_delta;
}

/* Everything that could have changed since the decision is looked at again at the moment of sending. */
static enum reason last_look_of_pass(const struct machine *machine,
                                     const struct deployment *deployment, struct mono now)
{
    enum reason gate = machine_gate(machine, deployment);
    if (gate != REASON_NONE)
        return gate;
    if (deployment->definition_fault != REASON_NONE)
        return deployment->definition_fault;
    if (deployment->queued_delta < 0 && now.ms < machine->latched_until.ms)
        return REASON_DISCOVERY_SHRANK;
    if (now.ms < deployment->quiet_until.ms)
        return REASON_SCALE_REFUSED; /* the API asked to wait while the status was on its way */
    if (now.ms - deployment->status_at.ms > machine_status_age_max_ms(machine))
        return REASON_STALE_STATUS;
    return is_still_wanted(deployment) ? REASON_NONE : REASON_RELOADED;
}

static enum reason last_look(struct machine *machine, struct deployment *deployment,
                             struct mono now)
{
    enum reason reason = deployment->is_scale_manual ? last_look_manual(machine, deployment)
                                                     : last_look_of_pass(machine, deployment, now);
    if (reason != REASON_NONE)
        return reason;
    return fleet_open_ledger(machine->fleet, deployment) ? REASON_NONE : REASON_NO_MEMORY;
}

static void format_key(const struct machine *machine, uint64_t key, char ret_text[KEY_SIZE])
{
    snprintf(ret_text, KEY_SIZE, "%016" PRIx64 "-%" PRIx64, machine->key_epoch, key);
}

static void show_manual(struct deployment *deployment)
{
    deployment->action = ACTION_SCALED;
    deployment->reason = REASON_MANUAL;
    deployment->delta = deployment->queued_delta;
}

static void send_scale(struct machine *machine, struct deployment *deployment, struct mono now,
                       struct effect *ret_effect)
{
    deployment->scale_key = ++machine->key_count;
    deployment->last_delta = deployment->queued_delta;
    deployment->last_action = ACTION_NONE;
    deployment->last_scale = now;
    show(machine, deployment);
    ledger_send(deployment->ledger, deployment->queued_delta, now,
                deployment->policy->boot_timeout_ms);
    if (deployment->is_scale_manual)
        show_manual(deployment);
    machine->scales_in_flight++;
    machine->version++;
    *ret_effect = (struct effect){
        .kind = EFFECT_SCALE,
        .slot = deployment->slot,
        .id = deployment->id,
        .delta = deployment->queued_delta,
    };
    format_key(machine, deployment->scale_key, ret_effect->key);
    tell_scale_requested(&machine->sink, deployment, ret_effect->key);
}

static struct deployment *take_scale(struct machine *machine)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot_ring_take(&machine->scales));
    must(deployment);
    must(deployment->is_scale_queued);
    deployment->is_scale_queued = false;
    return deployment;
}

bool machine_next_scale(struct machine *machine, struct mono now, struct effect *ret_effect)
{
    while (machine->scales.count > 0 && has_room(machine)) {
        struct deployment *deployment = take_scale(machine);
        enum reason reason = last_look(machine, deployment, now);
        if (reason == REASON_NONE) {
            send_scale(machine, deployment, now, ret_effect);
            return true;
        }
        hold_scale(machine, deployment, reason);
    }
    return false;
}

void machine_drop_scales(struct machine *machine)
{
    while (machine->scales.count > 0)
        hold_scale(machine, take_scale(machine), REASON_STOPPING);
}

static void end_scale(struct machine *machine, struct deployment *deployment, enum action action,
                      enum reason reason, const char *text)
{
    deployment->action = action;
    deployment->reason = reason;
    deployment_set_detail(deployment, text);
    count_outcome(machine, deployment);
}

static void accept_scale(struct machine *machine, struct deployment *deployment)
{
    ledger_accept(deployment->ledger);
    machine->scales_accepted++;
    deployment->last_action = ACTION_SCALED;
    if (!deployment->is_scale_manual) {
        pass_count_scaled(&machine->pass, deployment->queued_delta);
        return;
    }
    show_manual(deployment);
    deployment_set_detail(deployment, "");
}

/*
 * What an operator adds counts as wanted for the scale_down_window, unless it was refused: the next pass must not take
 * back at once what a person has just asked for.
 */
static void remember_wish(struct deployment *deployment, struct mono now)
{
    int64_t hosts =
        (int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger);
    if (deployment->is_scale_manual && deployment->queued_delta > 0)
        peak_add(&deployment->desired_peak, now, deployment->policy->scale_down_window_ms,
                 saturate_i32(hosts));
}

void machine_scale_done(struct machine *machine, struct mono now, uint32_t slot,
                        const struct scale_result *result)
{
    struct deployment *deployment = fleet_at(machine->fleet, slot);
    must(deployment);
    machine->scales_in_flight--;
    machine->version++;
    count_end(machine, deployment);
    show(machine, deployment);
    char key[KEY_SIZE];
    format_key(machine, deployment->scale_key, key);
    tell_scale_done(
        &machine->sink, deployment, key, result,
        follow_confirm_timeout_ms(&machine->follow, deployment, machine->config.pass_interval_ms));
    if (result->outcome != SCALE_REFUSED) {
        deployment->scaled_at = now;
        deployment->scaled_up_at = deployment->queued_delta > 0 ? now : deployment->scaled_up_at;
        remember_wish(deployment, now);
    }
    switch (result->outcome) {
    case SCALE_ACCEPTED:
        accept_scale(machine, deployment);
        break;
    case SCALE_REFUSED:
        ledger_refuse(deployment->ledger);
        settle_ledger(machine, deployment);
        deployment->last_action = ACTION_FAILED;
        if (result->retry_after_ms != RETRY_AFTER_NONE)
            leave_alone(deployment, mono_after(now, result->retry_after_ms));
        end_scale(machine, deployment, ACTION_FAILED, REASON_SCALE_REFUSED, result->text);
        break;
    case SCALE_LOST:
        ledger_lose(deployment->ledger);
        deployment->last_action = ACTION_UNCONFIRMED;
        end_scale(machine, deployment, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, result->text);
        break;
    }
}

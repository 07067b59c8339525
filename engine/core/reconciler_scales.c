#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/order_backoff.h"
#include "engine/core/reconciler_events.h"

#include <stdio.h>

int64_t reconciler_status_age_max_ms(const struct reconciler *reconciler)
{
    return status_age_max_ms(reconciler->config.pass_interval_ms);
}

/* Hosts may be pending that nothing remembers. */
static bool is_memory_lost(const struct reconciler *reconciler, const struct deployment *deployment,
                           struct mono now)
{
    return deployment->is_memory_lost &&
           now.ms < mono_after(reconciler->lost_at, deployment->policy->boot_timeout_ms).ms;
}

enum reason reconciler_gate(const struct reconciler *reconciler,
                            const struct deployment *deployment, struct mono now)
{
    if (reconciler->is_stopping)
        return REASON_STOPPING;
    if (!deployment->is_listed)
        return REASON_GONE;
    if (reconciler->config.is_read_only)
        return REASON_READ_ONLY;
    if (reconciler->is_paused || deployment->is_operator_paused || deployment->policy->is_paused)
        return REASON_PAUSED;
    if (reconciler->config.is_dry_run)
        return REASON_DRY_RUN;
    if (reconciler->is_unrecordable)
        return REASON_STATE_UNAVAILABLE;
    return is_memory_lost(reconciler, deployment, now) ? REASON_STATE_LOST : REASON_NONE;
}

/* A pause does not stop a scale by hand. */
enum reason reconciler_manual_gate(const struct reconciler *reconciler)
{
    if (reconciler->is_stopping)
        return REASON_STOPPING;
    if (reconciler->config.is_read_only)
        return REASON_READ_ONLY;
    if (reconciler->config.is_dry_run)
        return REASON_DRY_RUN;
    return reconciler->is_unrecordable ? REASON_STATE_UNAVAILABLE : REASON_NONE;
}

void reconciler_check_manual(const struct reconciler *reconciler,
                             const struct deployment *deployment, int32_t delta, struct mono now,
                             struct manual_check *ret_check)
{
    struct manual_context context = {
        .now = now,
        .pass_interval_ms = reconciler->config.pass_interval_ms,
        .gate = reconciler_manual_gate(reconciler),
        .is_shrink_latched = now.ms < reconciler->latched_until.ms,
    };
    manual_check(deployment, delta, &context, ret_check);
}

static void queue(struct reconciler *reconciler, struct deployment *deployment, int32_t delta)
{
    must(!deployment->is_scale_queued);
    slot_ring_put(&reconciler->scales, deployment->slot);
    deployment->is_scale_queued = true;
    deployment->queued_delta = delta;
    mark_changed(reconciler, deployment);
}

void reconciler_queue_scale(struct reconciler *reconciler, struct deployment *deployment,
                            int32_t delta)
{
    queue(reconciler, deployment, delta);
    deployment->is_scale_manual = false;
    reconciler->outstanding++;
}

/* Not a part of the pass: passes may end and begin while it is in flight. */
void reconciler_queue_manual(struct reconciler *reconciler, struct deployment *deployment,
                             int32_t delta)
{
    queue(reconciler, deployment, delta);
    deployment->is_scale_manual = true;
}

/* Does the pass wait for its scale? */
static bool is_of_pass(const struct deployment *deployment)
{
    bool is_apart = deployment->ledger && deployment->ledger->is_apart;
    return !deployment->is_scale_manual && !is_apart;
}

/* A scale of the pass has ended, or was dropped. */
static void count_end(struct reconciler *reconciler, const struct deployment *deployment)
{
    reconciler->outstanding -= is_of_pass(deployment);
}

static void count_outcome(struct reconciler *reconciler, const struct deployment *deployment)
{
    if (is_of_pass(deployment))
        pass_count(&reconciler->pass, deployment->action, deployment->reason);
}

static void hold_scale(struct reconciler *reconciler, struct deployment *deployment,
                       enum reason reason)
{
    emit_scale_dropped(&reconciler->sink, deployment, reason);
    count_end(reconciler, deployment);
    reconciler->version++;
    mark_changed(reconciler, deployment);
    deployment->action = ACTION_HELD;
    deployment->reason = reason;
    deployment->delta = 0;
    if (!deployment->is_scale_manual)
        deployment->input.gate = reason; /* the last step of the explanation */
    count_outcome(reconciler, deployment);
}

/* Without the scale that is recorded. */
static int64_t other_pending_hosts(const struct deployment *deployment)
{
    int64_t recorded = is_recording(deployment) ? ledger_open_hosts(deployment->ledger) : 0;
    return ledger_pending_hosts(deployment->ledger) - recorded;
}

static enum reason last_look_manual(const struct deployment *deployment, enum reason gate)
{
    int64_t hosts = deployment->status.current_hosts + other_pending_hosts(deployment);
    if (gate != REASON_NONE)
        return gate;
    if (hosts + deployment->queued_delta < 0)
        return REASON_MIN_HOSTS; /* a status has come since the command */
    return deployment->is_listed ? deployment->definition_fault : REASON_GONE;
}

/* The policy may have changed: decides again on the same status. */
static int32_t decide_again(const struct deployment *deployment, const struct decision_input *input)
{
    struct decision_input again = *input;
    struct decision decision;
    /* The status is from before the start: see start_hold_begin. */
    if (deployment->start_statuses <= 0)
        again.start_hosts = deployment->start_hosts;
    decide(&again, &decision);
    return decision.delta;
}

static bool is_still_wanted(const struct reconciler *reconciler,
                            const struct deployment *deployment, struct mono now)
{
    struct decision_input input = deployment->input;
    if (input.repeat_delta == 0)
        intake_fill_input(deployment, now, reconciler->config.pass_interval_ms, &input);
    return decide_again(deployment, &input) == deployment->queued_delta;
}

/* The same, or more in the same direction: the rest follows as a request of its own. */
static bool is_enough(int32_t delta, int32_t recorded_delta)
{
    return recorded_delta > 0 ? delta >= recorded_delta : delta <= recorded_delta;
}

/* Decides as if the scale that is recorded were not in the ledger. Status and definition may have changed, too. */
static bool is_recorded_still_wanted(const struct reconciler *reconciler,
                                     const struct deployment *deployment, struct mono now)
{
    struct decision_input input = deployment->input;
    struct deployment before = *deployment;
    struct ledger ledger;
    bool is_newer = input.gate == REASON_REQUEST_IN_FLIGHT;
    bool is_resized = input.servers_per_host != deployment->servers_per_host;
    if (deployment->queued_delta < 0 && (is_newer || is_resized))
        return false; /* what it was decided on has changed since */
    ledger_copy(&ledger, deployment->ledger);
    before.ledger = &ledger;
    ledger_drop(&ledger);
    intake_fill_input(&before, now, reconciler->config.pass_interval_ms, &input);
    input.gate = REASON_NONE;
    if (ledger_is_repeat(deployment->ledger)) {
        intake_except_overdue(&input, deployment->queued_delta);
        input.is_whole_repeat = !is_newer && deployment->input.is_whole_repeat;
    }
    return is_enough(decide_again(&before, &input), deployment->queued_delta);
}

/* Checks at the moment of sending what may have changed since the decision. */
static enum reason last_look_of_pass(const struct reconciler *reconciler,
                                     const struct deployment *deployment, struct mono now,
                                     enum reason gate)
{
    if (gate != REASON_NONE)
        return gate;
    if (deployment->definition_fault != REASON_NONE)
        return deployment->definition_fault;
    if (deployment->queued_delta < 0 && deployment_entry_fault(deployment) != REASON_NONE)
        return REASON_KEPT_DEFINITION;
    if (deployment->queued_delta < 0 && now.ms < reconciler->latched_until.ms)
        return REASON_DISCOVERY_SHRANK;
    if (now.ms < deployment->backoff_until.ms)
        return REASON_SCALE_REFUSED; /* Retry-After has come since the read */
    if (now.ms - deployment->status_at.ms > reconciler_status_age_max_ms(reconciler))
        return REASON_STALE_STATUS;
    bool is_wanted = is_recording(deployment)
                         ? is_recorded_still_wanted(reconciler, deployment, now)
                         : is_still_wanted(reconciler, deployment, now);
    return is_wanted ? REASON_NONE : REASON_RELOADED;
}

/* What the request will be recorded in. False: no memory. */
static bool open_records(struct reconciler *reconciler, struct deployment *deployment)
{
    return fleet_open_ledger(reconciler->fleet, deployment) &&
           (deployment->queued_delta < 0 || fleet_open_growth(reconciler->fleet, deployment));
}

/* What is recorded already may be sent: its intent is stored. */
static enum reason gate_of_scale(const struct reconciler *reconciler,
                                 const struct deployment *deployment, struct mono now)
{
    enum reason gate = deployment->is_scale_manual
                           ? reconciler_manual_gate(reconciler)
                           : intake_gate(deployment, &deployment->status,
                                         reconciler_gate(reconciler, deployment, now));
    bool is_stored = gate == REASON_STATE_UNAVAILABLE && is_recording(deployment);
    return is_stored ? REASON_NONE : gate;
}

static enum reason last_look(struct reconciler *reconciler, struct deployment *deployment,
                             struct mono now)
{
    enum reason gate = gate_of_scale(reconciler, deployment, now);
    enum reason reason = deployment->is_scale_manual
                             ? last_look_manual(deployment, gate)
                             : last_look_of_pass(reconciler, deployment, now, gate);
    if (reason != REASON_NONE)
        return reason;
    return open_records(reconciler, deployment) ? REASON_NONE : REASON_NO_MEMORY;
}

static void show_manual(struct deployment *deployment)
{
    deployment->action = ACTION_SCALED;
    deployment->reason = REASON_MANUAL;
    deployment->delta = deployment->queued_delta;
}

/* A scale by hand counts as growth. It is no sign that an earlier order was without effect. */
static void record_growth(struct reconciler *reconciler, struct deployment *deployment,
                          struct mono now)
{
    growth_add(deployment->growth, deployment->queued_delta, now);
    bool is_limited = deployment->policy->max_growth_per_hour.kind != STEP_UNLIMITED;
    if (is_limited && !deployment->is_scale_manual &&
        growth_note_order(deployment->growth, &deployment->status, deployment->servers_per_host,
                          deployment->growth_base.high_ever, deployment->input.outlook.horizon_ms,
                          now))
        emit_growth_without_effect(&reconciler->sink, deployment, now);
}

/* A repeat of an unconfirmed request has its key: an API that remembers keys applies it at most once. */
static void enter_in_ledger(struct reconciler *reconciler, struct deployment *deployment,
                            struct mono now)
{
    struct ledger *ledger = deployment->ledger;
    if (ledger_state(ledger) == LEDGER_UNCONFIRMED) {
        ledger_repeat(ledger, now);
        return;
    }
    struct ledger_timeouts timeouts = intake_timeouts(&reconciler->drain_habit, deployment);
    if (reconciler->config.is_recording)
        ledger_send(ledger, deployment->queued_delta, now, &timeouts);
    else
        intake_send(deployment, deployment->queued_delta, now, &timeouts);
    reconciler->last_key.number++;
    ledger->key = reconciler->last_key;
}

static void hand_out(const struct reconciler *reconciler, const struct deployment *deployment,
                     enum effect_kind kind, struct effect *ret_effect)
{
    *ret_effect = (struct effect){
        .kind = kind,
        .slot = deployment->slot,
        .id = deployment->id,
        .delta = deployment->queued_delta,
        .status = deployment->status,
        .pending_hosts = saturate_i32(ledger_pending_hosts(deployment->ledger) -
                                      (int64_t)ledger_open_hosts(deployment->ledger)),
        .reason = deployment->is_scale_manual ? REASON_MANUAL : deployment->reason,
        .is_manual = deployment->is_scale_manual,
        .is_repeat = ledger_is_repeat(deployment->ledger),
    };
    order_key_format(&deployment->ledger->key, ret_effect->key);
    snprintf(ret_effect->version, sizeof ret_effect->version, "%s",
             fleet_status_version(reconciler->fleet, deployment));
}

/* Hosts of a repeat count from now on: the request before it may not have arrived. */
static void move_growth(struct deployment *deployment, struct mono now)
{
    if (!deployment->growth)
        return;
    growth_take_back(deployment->growth, deployment->queued_delta, deployment->last_scale);
    growth_add(deployment->growth, deployment->queued_delta, now);
}

/* It is in the ledger. */
static void send_scale(struct reconciler *reconciler, struct deployment *deployment,
                       struct mono now, struct effect *ret_effect)
{
    bool is_repeat = ledger_is_repeat(deployment->ledger);
    if (deployment->queued_delta > 0 && is_repeat)
        move_growth(deployment, now);
    else if (deployment->queued_delta > 0)
        record_growth(reconciler, deployment, now);
    deployment->last_delta = deployment->queued_delta;
    deployment->last_action = ACTION_NONE;
    deployment->last_scale = now;
    mark_changed(reconciler, deployment);
    if (deployment->is_scale_manual)
        show_manual(deployment);
    reconciler->scales_in_flight++;
    reconciler->scale_started = now;
    reconciler->version++;
    hand_out(reconciler, deployment, EFFECT_SCALE, ret_effect);
    emit_scale_requested(&reconciler->sink, deployment, ret_effect->key);
}

/* Sends it, or first has it recorded. */
static void begin_scale(struct reconciler *reconciler, struct deployment *deployment,
                        struct mono now, struct effect *ret_effect)
{
    enter_in_ledger(reconciler, deployment, now);
    if (!reconciler->config.is_recording) {
        send_scale(reconciler, deployment, now, ret_effect);
        return;
    }
    deployment->ledger->is_recording = true;
    reconciler->recordings++;
    reconciler->version++;
    mark_changed(reconciler, deployment);
    hand_out(reconciler, deployment, EFFECT_RECORD, ret_effect);
}

static struct deployment *take_scale(struct reconciler *reconciler)
{
    struct deployment *deployment =
        fleet_at(reconciler->fleet, slot_ring_take(&reconciler->scales));
    must(deployment);
    must(deployment->is_scale_queued);
    deployment->is_scale_queued = false;
    return deployment;
}

static bool has_begin_room(const struct reconciler *reconciler)
{
    return reconciler->config.is_recording ? has_record_room(reconciler)
                                           : has_scale_room(reconciler);
}

bool reconciler_next_scale(struct reconciler *reconciler, struct mono now,
                           struct effect *ret_effect)
{
    while (reconciler->scales.count > 0 && has_begin_room(reconciler)) {
        struct deployment *deployment = take_scale(reconciler);
        enum reason reason = last_look(reconciler, deployment, now);
        if (reason == REASON_NONE) {
            begin_scale(reconciler, deployment, now, ret_effect);
            return true;
        }
        hold_scale(reconciler, deployment, reason);
    }
    return false;
}

void reconciler_drop_scales(struct reconciler *reconciler)
{
    while (reconciler->scales.count > 0)
        hold_scale(reconciler, take_scale(reconciler), REASON_STOPPING);
}

/* --- after a record -------------------------------------------------------------------------------------------- */

enum reason reconciler_look_again(struct reconciler *reconciler, struct deployment *deployment,
                                  struct mono now)
{
    return last_look(reconciler, deployment, now);
}

/* A scale of an operator says nothing about what the rules order. */
static bool is_growth_of_pass(const struct deployment *deployment)
{
    return !deployment->is_scale_manual && deployment->queued_delta > 0;
}

void reconciler_send_recorded(struct reconciler *reconciler, struct deployment *deployment,
                              struct mono now, struct effect *ret_effect)
{
    intake_leave(deployment, deployment->ledger);
    ledger_leave(deployment->ledger, now);
    reconciler->recordings--;
    /* The decision may have waited for the disk: what is ordered now is kept for the window from now on. */
    if (is_growth_of_pass(deployment))
        intake_keep_hosts(deployment, now, reconciler->config.pass_interval_ms);
    send_scale(reconciler, deployment, now, ret_effect);
}

void reconciler_drop_recording(struct reconciler *reconciler, struct deployment *deployment,
                               enum reason reason, struct effect *ret_effect)
{
    must(is_recording(deployment));
    hand_out(reconciler, deployment, EFFECT_UNSENT, ret_effect);
    ret_effect->reason = reason;
    hold_scale(reconciler, deployment, reason);
    reconciler->recordings--;
    ledger_drop(deployment->ledger);
    settle_ledger(reconciler, deployment);
}

/* --- its end --------------------------------------------------------------------------------------------------- */

static void end_scale(struct reconciler *reconciler, struct deployment *deployment,
                      enum action action, enum reason reason, const char *text)
{
    deployment->action = action;
    deployment->reason = reason;
    deployment_set_detail(deployment, text);
    count_outcome(reconciler, deployment);
}

static void accept_scale(struct reconciler *reconciler, struct deployment *deployment)
{
    ledger_accept(deployment->ledger);
    reconciler->scales_accepted++;
    deployment->last_action = ACTION_SCALED;
    if (!deployment->is_scale_manual) {
        pass_count_scaled(&reconciler->pass, deployment->queued_delta);
        return;
    }
    show_manual(deployment);
    deployment_set_detail(deployment, "");
}

/*
 * Hosts that an operator adds count as desired for the scale_down_window, unless the scale was refused: the next pass
 * must not remove them at once.
 */
static void remember_wish(const struct reconciler *reconciler, struct deployment *deployment,
                          struct mono now)
{
    if (deployment->is_scale_manual && deployment->queued_delta > 0)
        intake_keep_hosts(deployment, now, reconciler->config.pass_interval_ms);
}

/* The outcome is unknown: nothing is known to be refused, and nothing answered. */
static void lose_scale(struct reconciler *reconciler, struct deployment *deployment,
                       const char *text)
{
    deployment->last_action = ACTION_UNCONFIRMED;
    end_scale(reconciler, deployment, ACTION_UNCONFIRMED, REASON_UNCONFIRMED, text);
}

static void note_refused(struct reconciler *reconciler, struct deployment *deployment,
                         struct mono now, enum refusal refusal)
{
    struct ledger *ledger = deployment->ledger;
    bool was_active = order_backoff_is_active(ledger);
    order_backoff_note_refused(ledger, deployment->queued_delta, refusal, now,
                               reconciler->config.pass_interval_ms,
                               deployment->policy->boot_timeout_ms);
    if (!was_active && order_backoff_is_active(ledger))
        order_backoff_emit_started(deployment->id, "refused", deployment->queued_delta,
                                   order_backoff_hold_left_ms(ledger, now), &reconciler->sink);
}

static void note_accepted(struct reconciler *reconciler, struct deployment *deployment)
{
    struct ledger *ledger = deployment->ledger;
    bool was_active = order_backoff_is_active(ledger);
    order_backoff_note_accepted(ledger, deployment->queued_delta);
    if (was_active && !order_backoff_is_active(ledger))
        order_backoff_emit_ended(deployment->id, &reconciler->sink);
}

/* It says nothing about an earlier request with the same key. */
static bool is_unread(enum refusal refusal)
{
    return refusal == REFUSAL_UNSENT || refusal == REFUSAL_BUSY;
}

static void refuse_scale(struct reconciler *reconciler, struct deployment *deployment,
                         struct mono now, const struct scale_result *result)
{
    if (result->retry_after_ms != RETRY_AFTER_NONE)
        extend_backoff(deployment, mono_after(now, result->retry_after_ms));
    if (is_unread(result->refusal) && ledger_is_repeat(deployment->ledger)) {
        ledger_unsend(deployment->ledger);
        if (is_growth_of_pass(deployment))
            note_refused(reconciler, deployment, now, result->refusal);
        lose_scale(reconciler, deployment, result->text);
        return;
    }
    bool is_growth = deployment->queued_delta > 0 && !ledger_is_repeat(deployment->ledger);
    if (is_growth && deployment->growth)
        growth_take_back(deployment->growth, deployment->queued_delta, deployment->last_scale);
    ledger_refuse(deployment->ledger);
    if (is_growth_of_pass(deployment))
        note_refused(reconciler, deployment, now, result->refusal);
    deployment->last_action = ACTION_FAILED;
    end_scale(reconciler, deployment, ACTION_FAILED, REASON_SCALE_REFUSED, result->text);
}

void reconciler_scale_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                           const struct scale_result *result)
{
    struct deployment *deployment = fleet_at(reconciler->fleet, slot);
    must(deployment);
    reconciler->scales_in_flight--;
    reconciler->version++;
    count_end(reconciler, deployment);
    mark_changed(reconciler, deployment);
    char key[KEY_SIZE];
    order_key_format(&deployment->ledger->key, key);
    struct ledger_timeouts timeouts = intake_timeouts(&reconciler->drain_habit, deployment);
    emit_scale_done(&reconciler->sink, deployment, key, result,
                    ledger_confirm_wait_ms(deployment->ledger, &timeouts));
    if (result->outcome != SCALE_REFUSED) {
        deployment->scaled_at = now;
        deployment->scaled_up_at = deployment->queued_delta > 0 ? now : deployment->scaled_up_at;
        remember_wish(reconciler, deployment, now);
    }
    switch (result->outcome) {
    case SCALE_ACCEPTED:
        accept_scale(reconciler, deployment);
        if (is_growth_of_pass(deployment))
            note_accepted(reconciler, deployment);
        break;
    case SCALE_REFUSED:
        refuse_scale(reconciler, deployment, now, result);
        break;
    case SCALE_LOST:
        ledger_lose(deployment->ledger);
        lose_scale(reconciler, deployment, result->text);
        break;
    }
    if (deployment->ledger)
        deployment->ledger->is_apart = false;
    settle_ledger(reconciler, deployment);
}

#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/reconciler_events.h"

/* Failed probes that end the reads of a pass, and random draws to find a deployment for a probe. */
#define PASS_PROBES_MAX 3
#define PROBE_DRAWS 64

static void start_read(struct reconciler *reconciler, struct deployment *deployment,
                       struct mono now, struct effect *ret_effect)
{
    must(!deployment->is_reading);
    deployment->is_reading = true;
    deployment->read_started = now;
    deployment->attempt++;
    reconciler->reads_in_flight++;
    if (reconciler->breaker.is_open)
        reconciler->probe_slot = deployment->slot;
    *ret_effect =
        (struct effect){ .kind = EFFECT_READ, .slot = deployment->slot, .id = deployment->id };
}

static void fail_read(struct reconciler *reconciler, struct deployment *deployment,
                      enum reason reason, const char *text)
{
    /* While the breaker is open, each failed probe hits another deployment: no event for it. */
    bool is_news = deployment->reason != reason && deployment->reason != REASON_BREAKER_OPEN;
    mark_changed(reconciler, deployment);
    deployment->failure_count++;
    deployment->action = reason_row(reason)->kind == REASON_DATA ? ACTION_HELD : ACTION_FAILED;
    deployment->reason = reason;
    deployment->delta = 0;
    deployment->raw_delta = 0;
    deployment->desired_hosts = -1;
    deployment->input = (struct decision_input){ .policy = deployment->policy, .fault = reason };
    deployment_set_detail(deployment, text);
    reconciler->version++;
    pass_count(&reconciler->pass, deployment->action, deployment->reason);
    if (is_news && reason != REASON_BREAKER_OPEN)
        emit_read_failed(&reconciler->sink, deployment);
}

/* True: the deployment must not be read in this pass, and was counted as such. */
static bool is_passed_over(struct reconciler *reconciler, struct deployment *deployment,
                           struct mono now)
{
    if (deployment->definition_fault != REASON_NONE) {
        reconciler->version++;
        pass_count(&reconciler->pass, deployment->action, deployment->reason);
        return true;
    }
    if (now.ms < deployment->backoff_until.ms) {
        fail_read(reconciler, deployment, REASON_READ_FAILED,
                  "the API requested a wait (Retry-After)");
        return true;
    }
    if (reconciler->is_pass_cut) {
        fail_read(reconciler, deployment, REASON_BREAKER_OPEN,
                  "reads keep failing: waiting for a probe to succeed");
        return true;
    }
    return false;
}

static bool next_retry(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    while (retry_queue_due(&reconciler->retries).ms <= now.ms) {
        struct deployment *deployment =
            fleet_at(reconciler->fleet, retry_queue_take(&reconciler->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        if (deployment->is_listed && !is_passed_over(reconciler, deployment, now)) {
            start_read(reconciler, deployment, now, ret_effect);
            return true;
        }
        reconciler->outstanding--;
    }
    return false;
}

/* Marks the deployment as visited in this pass. False: not listed, visited already, or passed over. */
static bool is_readable(struct reconciler *reconciler, struct deployment *deployment,
                        struct mono now)
{
    if (!deployment || !deployment->is_listed || deployment->last_pass == reconciler->pass.number)
        return false;
    deployment->last_pass = reconciler->pass.number;
    deployment->attempt = 0;
    return !is_passed_over(reconciler, deployment, now);
}

static bool next_first_read(struct reconciler *reconciler, struct mono now,
                            struct effect *ret_effect)
{
    while (reconciler->cursor < fleet_slot_count(reconciler->fleet)) {
        struct deployment *deployment = fleet_at(reconciler->fleet, reconciler->cursor++);
        if (!is_readable(reconciler, deployment, now))
            continue;
        reconciler->outstanding++;
        start_read(reconciler, deployment, now, ret_effect);
        return true;
    }
    return false;
}

/* A random deployment of the rest of the list: neighbours may share one fault. */
static bool next_probe(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    for (int i = 0; i < PROBE_DRAWS && reconciler->cursor < fleet_slot_count(reconciler->fleet);
         i++) {
        int64_t rest = (int64_t)fleet_slot_count(reconciler->fleet) - reconciler->cursor;
        uint32_t slot = reconciler->cursor + (uint32_t)random_below(&reconciler->random, rest);
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (!is_readable(reconciler, deployment, now))
            continue;
        reconciler->outstanding++;
        start_read(reconciler, deployment, now, ret_effect);
        return true;
    }
    return next_first_read(reconciler, now, ret_effect) || next_retry(reconciler, now, ret_effect);
}

bool reconciler_next_read(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    if (!reconciler->pass.is_running || !has_room(reconciler) ||
        reconciler->probe_slot != SLOT_NONE)
        return false;
    if (reconciler->breaker.is_open && !reconciler->is_pass_cut)
        return next_probe(reconciler, now, ret_effect);
    return next_retry(reconciler, now, ret_effect) || next_first_read(reconciler, now, ret_effect);
}

void reconciler_drop_reads(struct reconciler *reconciler)
{
    while (reconciler->retries.count > 0) {
        struct deployment *deployment =
            fleet_at(reconciler->fleet, retry_queue_take(&reconciler->retries));
        must(deployment);
        deployment->is_retry_waiting = false;
        reconciler->outstanding--;
    }
    reconciler->cursor = (uint32_t)fleet_slot_count(reconciler->fleet);
}

static struct intake_context intake_context(struct reconciler *reconciler,
                                            const struct deployment *deployment, struct mono now)
{
    return (struct intake_context){
        .now = now,
        .pass = reconciler->pass.number,
        .pass_interval_ms = reconciler->config.pass_interval_ms,
        .times = &reconciler->times,
        .status_age_max_ms = reconciler_status_age_max_ms(reconciler),
        .draining = reconciler->config.draining,
        .gate = reconciler_gate(reconciler, deployment),
        .is_shrink_latched = now.ms < reconciler->latched_until.ms,
        .is_pending_removable = reconciler->config.is_pending_removable,
        .key_epoch = reconciler->key_epoch,
        .habit = &reconciler->drain_habit,
        .sink = &reconciler->sink,
    };
}

/* A discovery during the read has removed or held the deployment: the result of the read is not used. */
static bool is_overtaken(const struct deployment *deployment)
{
    return !deployment->is_listed || deployment->definition_fault != REASON_NONE;
}

/* A response from the API closes the breaker. */
static void note_success(struct reconciler *reconciler, struct mono now)
{
    struct mono opened = reconciler->breaker.opened;
    if (breaker_succeed(&reconciler->breaker))
        emit_breaker_closed(&reconciler->sink, now.ms - opened.ms);
}

static void note_failure(struct reconciler *reconciler, const char *text, bool was_probe,
                         struct mono now)
{
    if (breaker_fail(&reconciler->breaker, reconciler->listed, now))
        emit_breaker_opened(&reconciler->sink, reconciler->breaker.failure_count, text);
    reconciler->pass_probes += was_probe;
    reconciler->is_pass_cut = reconciler->pass_probes >= PASS_PROBES_MAX;
}

static void note_recovery(struct reconciler *reconciler, struct deployment *deployment)
{
    if (deployment->failure_count == 0)
        return;
    emit_read_recovered(&reconciler->sink, deployment);
    deployment->failure_count = 0;
}

/* Without memory for its version, a status is not used: a scale without the version would not be checked. */
static bool has_version_room(struct reconciler *reconciler, const struct deployment *deployment,
                             const char *version)
{
    return version[0] == '\0' || fleet_reserve_status_version(reconciler->fleet, deployment);
}

static void take_status(struct reconciler *reconciler, struct deployment *deployment,
                        struct mono now, const struct read_result *result)
{
    if (!has_version_room(reconciler, deployment, result->version)) {
        fail_read(reconciler, deployment, REASON_READ_FAILED,
                  "no memory for the version of the status");
        return;
    }
    enum action old_action = deployment->action;
    enum reason old_reason = deployment->reason;
    int32_t old_delta = deployment->delta;
    note_recovery(reconciler, deployment);
    deployment_set_detail(deployment, "");
    mark_changed(reconciler, deployment);
    struct intake_context context = intake_context(reconciler, deployment, now);
    struct decision decision;
    intake_status(deployment, &result->status, &context, &decision);
    if (deployment->input.fault == REASON_NONE) /* plausible: it is the deployment's status now */
        fleet_set_status_version(reconciler->fleet, deployment, result->version);
    release_empty_ledger(reconciler, deployment);
    release_old_growth(reconciler, deployment, now);
    reconciler->pass.read++;
    pass_count(&reconciler->pass, deployment->action, deployment->reason);
    if (decision.action == ACTION_SCALED)
        reconciler_queue_scale(reconciler, deployment, decision.delta);
    else if (old_action != decision.action || old_reason != decision.reason ||
             old_delta != decision.delta)
        emit_decision(&reconciler->sink, deployment);
}

/* At most a tenth of the reads of a pass are retried: retries must not add much load to a failing API. */
static bool may_retry(struct reconciler *reconciler, const struct deployment *deployment,
                      const struct read_result *result)
{
    return result->is_transient && has_retries_left(reconciler, deployment->attempt) &&
           !is_overtaken(deployment) && !reconciler->breaker.is_open && !reconciler->is_pass_cut &&
           result->retry_after_ms < reconciler->config.pass_interval_ms &&
           reconciler->pass_retries < max_i64(RETRIES_WAITING_MAX / 16, reconciler->listed / 10) &&
           reconciler->retries.count < RETRIES_WAITING_MAX;
}

static void retry_read(struct reconciler *reconciler, struct deployment *deployment,
                       struct mono now, const struct read_result *result)
{
    int64_t wait_ms =
        retry_wait_ms(&reconciler->random, deployment->attempt + 1u, result->retry_after_ms);
    bool was_put =
        retry_queue_put(&reconciler->retries, mono_after(now, wait_ms), deployment->slot);
    must(was_put);
    deployment->is_retry_waiting = true;
    reconciler->pass_retries++;
    emit_read_retried(&reconciler->sink, deployment, result->text, wait_ms);
}

static void take_failure(struct reconciler *reconciler, struct deployment *deployment,
                         struct mono now, const struct read_result *result, bool was_probe)
{
    if (may_retry(reconciler, deployment, result)) {
        retry_read(reconciler, deployment, now, result);
        return;
    }
    /* A bad response about one deployment shows that the API responds. */
    if (result->reason == REASON_BAD_STATUS || result->reason == REASON_MISSING)
        note_success(reconciler, now);
    else
        note_failure(reconciler, result->text, was_probe, now);
    reconciler->outstanding--;
    if (result->retry_after_ms != RETRY_AFTER_NONE)
        extend_backoff(deployment, mono_after(now, result->retry_after_ms));
    if (is_overtaken(deployment))
        return;
    fail_read(reconciler, deployment, result->reason, result->text);
}

void reconciler_read_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                          const struct read_result *result)
{
    struct deployment *deployment = fleet_at(reconciler->fleet, slot);
    must(deployment);
    must(deployment->is_reading);
    deployment->is_reading = false;
    reconciler->version++;
    reconciler->reads_in_flight--;
    bool was_probe = reconciler->probe_slot == slot;
    if (was_probe)
        reconciler->probe_slot = SLOT_NONE;
    if (result->is_cancelled) {
        reconciler->outstanding--;
    } else if (result->reason != REASON_NONE) {
        take_failure(reconciler, deployment, now, result, was_probe);
    } else {
        reconciler->outstanding--;
        note_success(reconciler, now);
        if (!is_overtaken(deployment))
            take_status(reconciler, deployment, now, result);
    }
}

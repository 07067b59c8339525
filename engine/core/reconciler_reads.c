#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_state.h"
#include "engine/core/reconciler_events.h"

/* Failed probes that end the reads of a pass, and random draws to find a deployment for a probe. */
#define PASS_PROBES_MAX 3
#define PROBE_DRAWS 64

/* --- starting reads ---------------------------------------------------------------------------------- */

static void start_read(struct reconciler *reconciler, struct deployment *deployment,
                       struct mono now, struct effect *ret_effect)
{
    read_slots_start(&reconciler->slots, deployment, now);
    read_rate_note_started(&reconciler->rate, now);
    deployment->attempt++;
    if (reconciler->breaker.is_open)
        reconciler->probe_slot = deployment->slot;
    *ret_effect =
        (struct effect){ .kind = EFFECT_READ, .slot = deployment->slot, .id = deployment->id };
}

/* The outcome of a read. */
static void count_read(struct reconciler *reconciler, const struct deployment *deployment)
{
    pass_count(&reconciler->pass, deployment->action, deployment->reason);
    reconciler->pass.starved += deployment_is_starved(deployment);
}

static void fail_read(struct reconciler *reconciler, struct deployment *deployment,
                      enum reason reason, const char *text)
{
    /* While the breaker is open, each failed probe hits another deployment: no event for it. */
    bool is_news = deployment->reason != reason && deployment->reason != REASON_BREAKER_OPEN;
    mark_changed(reconciler, deployment);
    observe_before(&reconciler->observers, deployment);
    if (deployment->failure_count < UINT16_MAX)
        deployment->failure_count++;
    deployment->action = reason_row(reason)->kind == REASON_DATA ? ACTION_HELD : ACTION_FAILED;
    deployment->reason = reason;
    deployment->delta = 0;
    deployment->raw_delta = 0;
    deployment->desired_hosts = -1;
    deployment->input = (struct decision_input){ .policy = deployment->policy, .fault = reason };
    observe_after(&reconciler->observers, deployment);
    deployment_set_detail(deployment, text);
    reconciler->version++;
    count_read(reconciler, deployment);
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
    if (!has_failing_room(reconciler))
        return false;
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

/* When the running pass is to be over. A discovery puts off the next pass, and not this end. */
static struct mono reads_due(const struct reconciler *reconciler)
{
    return mono_min(reconciler->pass_due, reconciler_read_until(reconciler));
}

/*
 * Those with a failed last read must not delay the next pass. At least one per slot is tried in each pass, so that all
 * are in time.
 */
static bool is_too_late_for_failing(const struct reconciler *reconciler, struct mono now)
{
    return !reconciler->config.is_once &&
           reconciler->failing_started >= read_slots_failing_max(reconciler->config.concurrency) &&
           now.ms + reconciler->slots.failed_ms >= reads_due(reconciler).ms;
}

static void count_left(struct reconciler *reconciler, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        const struct deployment *deployment =
            fleet_at(reconciler->fleet, reconciler->order.slots[i]);
        if (deployment && deployment->is_listed && deployment->last_pass != reconciler->pass.number)
            pass_count(&reconciler->pass, deployment->action, deployment->reason);
    }
}

/* They keep their state, and are the first of their kind in the next pass. */
static void leave_rest(struct reconciler *reconciler)
{
    struct read_order *order = &reconciler->order;
    count_left(reconciler, order->next, order->failing_from);
    count_left(reconciler, order->next_failing, order->count);
    read_order_cut(order);
    reconciler->version++;
}

void reconciler_leave_probe(struct reconciler *reconciler)
{
    reconciler->probe_slot = SLOT_NONE;
    reconciler->pass_probes = PASS_PROBES_MAX;
    reconciler->is_pass_cut = true;
    reconciler->version++;
}

static bool is_read_open(const struct deployment *deployment)
{
    return deployment && (deployment->is_reading || deployment->is_retry_waiting);
}

void reconciler_leave_reads(struct reconciler *reconciler)
{
    leave_rest(reconciler);
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        const struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (is_read_open(deployment) && deployment->is_listed)
            count_read(reconciler, deployment);
    }
}

void reconciler_keep_reads(struct reconciler *reconciler)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (is_read_open(deployment))
            deployment->last_pass = reconciler->pass.number;
    }
}

static void start_first_read(struct reconciler *reconciler, struct deployment *deployment,
                             struct mono now, struct effect *ret_effect)
{
    reconciler->outstanding++;
    reconciler->failing_started += deployment->is_failing;
    reconciler->others_started = deployment->is_failing ? 0 : reconciler->others_started + 1;
    start_read(reconciler, deployment, now, ret_effect);
}

/* The next one of the order from the index `*next`, before the index `end`. */
static bool next_before(struct reconciler *reconciler, size_t *next, size_t end, struct mono now,
                        struct effect *ret_effect)
{
    while (*next < end) {
        struct deployment *deployment =
            fleet_at(reconciler->fleet, reconciler->order.slots[(*next)++]);
        if (!is_readable(reconciler, deployment, now))
            continue;
        start_first_read(reconciler, deployment, now, ret_effect);
        return true;
    }
    return false;
}

static bool next_other(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    struct read_order *order = &reconciler->order;
    return next_before(reconciler, &order->next, order->failing_from, now, ret_effect);
}

static bool next_failing(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    struct read_order *order = &reconciler->order;
    return next_before(reconciler, &order->next_failing, order->count, now, ret_effect);
}

/* With a rate limit, passes may end before those that come last: these have every fourth read. */
static bool is_turn_of_failing(const struct reconciler *reconciler)
{
    return read_rate_is_limited(&reconciler->rate) && reconciler->others_started >= 3 &&
           has_failing_room(reconciler);
}

/* Those that failed a moment ago and those that failed in the last pass come after all others. */
static bool next_of_pass(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    if (is_turn_of_failing(reconciler) && next_failing(reconciler, now, ret_effect))
        return true;
    if (next_other(reconciler, now, ret_effect) || next_retry(reconciler, now, ret_effect))
        return true;
    if (!has_failing_room(reconciler))
        return false;
    if (is_too_late_for_failing(reconciler, now))
        leave_rest(reconciler);
    return next_failing(reconciler, now, ret_effect);
}

/* A random deployment of the rest of the list: neighbours may share one fault. */
static bool next_probe(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    const struct read_order *order = &reconciler->order;
    for (int i = 0; i < PROBE_DRAWS && order->next < order->count; i++) {
        int64_t rest = (int64_t)(order->count - order->next);
        size_t index = order->next + (size_t)random_below(&reconciler->random, rest);
        struct deployment *deployment = fleet_at(reconciler->fleet, order->slots[index]);
        if (!is_readable(reconciler, deployment, now))
            continue;
        start_first_read(reconciler, deployment, now, ret_effect);
        return true;
    }
    return next_other(reconciler, now, ret_effect) || next_failing(reconciler, now, ret_effect) ||
           next_retry(reconciler, now, ret_effect);
}

bool reconciler_next_read(struct reconciler *reconciler, struct mono now, struct effect *ret_effect)
{
    if (is_rate_binding(reconciler) && now.ms >= reconciler_read_until(reconciler).ms)
        leave_rest(reconciler);
    if (!reconciler->pass.is_running || !has_read_room(reconciler) ||
        reconciler->probe_slot != SLOT_NONE || now.ms < read_rate_due(&reconciler->rate).ms)
        return false;
    if (reconciler->breaker.is_open && !reconciler->is_pass_cut)
        return next_probe(reconciler, now, ret_effect);
    return next_of_pass(reconciler, now, ret_effect);
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
    read_order_cut(&reconciler->order);
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
        .gate = reconciler_gate(reconciler, deployment, now),
        .is_shrink_latched = now.ms < reconciler->latched_until.ms,
        .is_pending_removable = reconciler->config.is_pending_removable,
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
    api_trouble_note(&reconciler->read_trouble, text, now);
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

/* Logged when it begins and when it ends; with --once the report has it. A status that is not used changes nothing. */
static void note_starved(struct reconciler *reconciler, struct deployment *deployment)
{
    bool is_starved = deployment_is_starved(deployment);
    if (deployment->input.fault != REASON_NONE || is_starved == deployment->is_starved ||
        reconciler->config.is_once)
        return;
    deployment->is_starved = is_starved;
    emit_starved(&reconciler->sink, deployment);
}

/* What is wrong with the entry stays visible. Its sentence may have given way to that of a failed request. */
static void clear_detail(struct deployment *deployment)
{
    enum reason fault = deployment_entry_fault(deployment);
    enum reason_kind kind = reason_row(deployment->reason)->kind;
    if (fault == REASON_NONE)
        deployment_set_detail(deployment, "");
    else if (kind == REASON_FAILURE || kind == REASON_DATA)
        deployment_set_detail(deployment, reason_row(fault)->meaning);
}

/* Reads end in any order. */
static void note_read(struct reconciler *reconciler, struct mono asked)
{
    bool is_first = reconciler->last_read.ms == MONO_NEVER.ms;
    if (is_first || asked.ms > reconciler->last_read.ms)
        reconciler->last_read = asked;
}

/* A ledger at rest has no room for what a status may show. */
static bool has_ledger_room(const struct reconciler *reconciler, struct deployment *deployment)
{
    return !deployment->ledger || fleet_open_ledger(reconciler->fleet, deployment);
}

static void take_status(struct reconciler *reconciler, struct deployment *deployment,
                        struct mono now, const struct read_result *result)
{
    if (!has_version_room(reconciler, deployment, result->version)) {
        fail_read(reconciler, deployment, REASON_READ_FAILED,
                  "no memory for the version of the status");
        return;
    }
    if (!has_ledger_room(reconciler, deployment)) {
        fail_read(reconciler, deployment, REASON_READ_FAILED, "no memory for its pending hosts");
        return;
    }
    enum action old_action = deployment->action;
    enum reason old_reason = deployment->reason;
    int32_t old_delta = deployment->delta;
    note_recovery(reconciler, deployment);
    clear_detail(deployment);
    mark_changed(reconciler, deployment);
    struct intake_context context = intake_context(reconciler, deployment, now);
    struct decision decision;
    observe_before(&reconciler->observers, deployment);
    intake_status(deployment, &result->status, &context, &decision);
    observe_after(&reconciler->observers, deployment);
    if (deployment->input.fault == REASON_NONE) { /* plausible: it is the deployment's status now */
        fleet_set_status_version(reconciler->fleet, deployment, result->version);
        note_read(reconciler, deployment->status_at);
    }
    settle_ledger(reconciler, deployment);
    release_old_growth(reconciler, deployment, now);
    reconciler->pass.read++;
    count_read(reconciler, deployment);
    note_starved(reconciler, deployment);
    if (decision.action == ACTION_SCALED)
        reconciler_queue_scale(reconciler, deployment, decision.delta);
    else if (old_action != decision.action || old_reason != decision.reason ||
             old_delta != decision.delta)
        emit_decision(&reconciler->sink, deployment);
}

/* Those that wait already come first, and each may take as long as the read that has just failed. */
static bool has_time_for_retry(const struct reconciler *reconciler, struct mono now)
{
    int64_t rounds = 1 + (int64_t)reconciler->retries.count /
                             read_slots_failing_max(reconciler->config.concurrency);
    return reconciler->config.is_once ||
           now.ms + rounds * reconciler->slots.failed_ms < reads_due(reconciler).ms;
}

/* The next pass reads it again. In once mode there is none. */
static bool is_refused_by_rate(const struct reconciler *reconciler,
                               const struct read_result *result)
{
    return result->is_rate_limited && read_rate_is_limited(&reconciler->rate) &&
           !reconciler->config.is_once;
}

/* At most a tenth of the reads of a pass are retried: retries must not add much load to a failing API. */
static bool may_retry(const struct reconciler *reconciler, const struct deployment *deployment,
                      const struct read_result *result, struct mono now)
{
    return has_time_for_retry(reconciler, now) && result->is_transient &&
           !is_refused_by_rate(reconciler, result) &&
           has_retries_left(reconciler, deployment->attempt) && !is_overtaken(deployment) &&
           !reconciler->breaker.is_open && !reconciler->is_pass_cut &&
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
    if (may_retry(reconciler, deployment, result, now)) {
        retry_read(reconciler, deployment, now, result);
        return;
    }
    /* A bad response about one deployment shows that the API responds, and so does a refusal. */
    if (result->reason == REASON_BAD_STATUS || result->reason == REASON_MISSING ||
        result->is_rate_limited)
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

static void note_refusal(struct reconciler *reconciler, struct deployment *deployment,
                         struct mono now, const struct read_result *result)
{
    deployment->limited_count = (uint8_t)min_i64(deployment->limited_count + 1, UINT8_MAX);
    if (read_rate_note_refused(&reconciler->rate, deployment->read_started, result->retry_after_ms,
                               now))
        emit_rate_limited(&reconciler->sink, &reconciler->rate, result->text);
}

/* What a response says about the order and the time of later reads. */
static void note_response(struct reconciler *reconciler, struct deployment *deployment,
                          struct mono now, const struct read_result *result)
{
    if (result->is_cancelled)
        return;
    if (result->is_rate_limited) {
        note_refusal(reconciler, deployment, now, result);
        return;
    }
    deployment->limited_count = 0;
    deployment->is_failing = result->reason != REASON_NONE;
    if (!deployment->is_failing)
        deployment->unread_passes = 0;
    read_rate_note_answered(&reconciler->rate);
    read_slots_note_time(&reconciler->slots, now.ms - deployment->read_started.ms,
                         deployment->is_failing);
}

void reconciler_read_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                          const struct read_result *result)
{
    struct deployment *deployment = fleet_at(reconciler->fleet, slot);
    must(deployment);
    must(deployment->is_reading);
    read_slots_end(&reconciler->slots, deployment);
    reconciler->version++;
    note_response(reconciler, deployment, now, result);
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

#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/apply_discovery.h"
#include "engine/core/reconciler_events.h"

#include <errno.h>
#include <stdio.h>

/* In once mode, one discovery is enough. */
bool reconciler_discovers_no_more(const struct reconciler *reconciler)
{
    return reconciler->is_once_over ||
           (reconciler->config.is_once && reconciler->discovery_count > 0);
}

bool reconciler_is_discovery_due(const struct reconciler *reconciler, struct mono now)
{
    return !reconciler->is_discovering && !reconciler_discovers_no_more(reconciler) &&
           now.ms >= reconciler->discovery_due.ms;
}

bool reconciler_next_discovery(struct reconciler *reconciler, struct mono now,
                               struct effect *ret_effect)
{
    if (!reconciler_is_discovery_due(reconciler, now))
        return false;
    if (reconciler->discovery_attempt == 0) {
        /* The pass after this discovery restarts the interval. */
        if (reconciler->discovery_count > 0)
            reconciler->pass_due = mono_after(now, reconciler->config.pass_interval_ms);
        reconciler->discovery_regular =
            next_due(reconciler->discovery_due, reconciler->config.discovery_interval_ms, now);
    }
    reconciler->discovery_due = reconciler->discovery_regular;
    reconciler->discovery_attempt++;
    reconciler->version++;
    reconciler->is_discovering = true;
    *ret_effect = (struct effect){ .kind = EFFECT_DISCOVER, .slot = SLOT_NONE };
    return true;
}

/* No retry when the API requests a wait of a whole interval or more, as with reads. */
static bool may_retry(const struct reconciler *reconciler, const struct discovery_result *result)
{
    return result->is_transient && has_retries_left(reconciler, reconciler->discovery_attempt) &&
           result->retry_after_ms < reconciler->config.discovery_interval_ms;
}

/* After a failed or empty discovery, passes continue with the last known list. */
static void keep_old_list(struct reconciler *reconciler, struct mono now)
{
    if (reconciler->is_discovery_ok)
        reconciler->discovery_failed_at = now;
    reconciler->is_discovery_ok = false;
    if (reconciler->config.is_once)
        reconciler->is_once_over = true;
    else if (reconciler->listed > 0)
        ask_for_pass(reconciler, "discovery");
}

static void fail_discovery(struct reconciler *reconciler, struct mono now,
                           const struct discovery_result *result)
{
    if (may_retry(reconciler, result)) {
        unsigned next = (unsigned)reconciler->discovery_attempt + 1;
        int64_t wait_ms = retry_wait_ms(&reconciler->random, next, result->retry_after_ms);
        reconciler->discovery_due = mono_after(now, wait_ms);
        emit_discovery_retried(&reconciler->sink, result->text, reconciler->discovery_attempt,
                               wait_ms);
        return;
    }
    emit_discovery_failed(&reconciler->sink, result->text, reconciler->discovery_attempt,
                          reconciler->listed);
    api_trouble_note(&reconciler->discovery_trouble, result->text, now);
    reconciler->discovery_attempt = 0;
    reconciler->discovery_backoff_until = mono_after(now, max_i64(0, result->retry_after_ms));
    reconciler->discovery_due.ms =
        max_i64(reconciler->discovery_regular.ms, reconciler->discovery_backoff_until.ms);
    keep_old_list(reconciler, now);
}

/* A large loss may be a fault of the API: no shrinking for LATCH_MS, or until as many are listed as before. */
static void judge_loss(struct reconciler *reconciler, int32_t before,
                       const struct discovery_summary *summary, struct mono now)
{
    if (now.ms >= reconciler->latched_until.ms || summary->listed >= reconciler->latched_listed) {
        reconciler->latched_until = (struct mono){ 0 };
        reconciler->latched_listed = 0;
    }
    if (summary->gone < LATCH_COUNT_MIN ||
        summary->gone * (int64_t)100 <= before * (int64_t)LATCH_PERCENT)
        return;
    reconciler->latched_until = mono_after(now, LATCH_MS);
    reconciler->latched_listed = (int32_t)max_i64(reconciler->latched_listed, before);
    emit_discovery_shrank(&reconciler->sink, before, summary->gone);
}

/* Until when deployments are held of which an earlier run has recorded nothing that is left. */
static void note_loss(struct reconciler *reconciler, struct mono now)
{
    int64_t until_ms = INT64_MIN;
    if (reconciler->lost_at.ms == MONO_NEVER.ms)
        return;
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        const struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (deployment && deployment->is_memory_lost)
            until_ms = max_i64(
                until_ms, mono_after(reconciler->lost_at, deployment->policy->boot_timeout_ms).ms);
    }
    bool is_held = now.ms < until_ms;
    reconciler->lost_until.ms = is_held ? until_ms : MONO_NEVER.ms;
}

static int32_t known_max(const struct reconciler *reconciler)
{
    int32_t own = reconciler->config.known_max;
    return own > 0 ? own : DEPLOYMENT_COUNT_MAX;
}

static void refuse_list(struct reconciler *reconciler, struct mono now, size_t count, int failed)
{
    char storage[DETAIL_SIZE];
    if (failed == -E2BIG)
        snprintf(storage, sizeof storage,
                 "%zu are listed and %zu are known: with those that cannot be forgotten yet, more "
                 "than the limit "
                 "of %d",
                 count, fleet_count(reconciler->fleet), known_max(reconciler));
    else
        snprintf(storage, sizeof storage, "no memory for %zu deployments", count);
    fail_discovery(
        reconciler, now,
        &(struct discovery_result){ .text = storage, .retry_after_ms = RETRY_AFTER_NONE });
}

static void accept_discovery(struct reconciler *reconciler, struct mono now,
                             const struct discovery_result *result)
{
    struct discovery_context context = {
        .now = now,
        .gone_keep_ms = GONE_KEEP_MS,
        .is_memory_lost = reconciler->lost_at.ms != MONO_NEVER.ms,
        .known_max = (size_t)known_max(reconciler),
        .policy_of = reconciler->config.policy_of,
        .policy_context = reconciler->config.policy_context,
        .sink = &reconciler->sink,
    };
    struct discovery_summary summary;
    /* The ring grows first: a larger ring is harmless when the rest fails. */
    size_t slots = fleet_slot_count(reconciler->fleet) + result->discovery.count;
    int failed = slot_ring_reserve(&reconciler->scales, slots);
    failed = failed ? failed : slot_ring_reserve(&reconciler->recorded, slots);
    failed = failed ? failed : read_slots_reserve(&reconciler->slots, slots);
    failed = failed ? failed : read_order_reserve(&reconciler->order, slots);
    failed = failed ? failed
                    : apply_discovery(reconciler->fleet, &result->discovery, &context, &summary);
    if (failed) {
        refuse_list(reconciler, now, result->discovery.count, failed);
        return;
    }
    reconciler->discovery_count++;
    reconciler->discovery_attempt = 0;
    reconciler->is_discovery_ok = true;
    reconciler->discovery_failed_at = MONO_NEVER;
    api_trouble_init(&reconciler->discovery_trouble);
    judge_loss(reconciler, reconciler->listed, &summary, now);
    reconciler->listed = summary.listed;
    note_loss(reconciler, now);
    emit_discovery_done(&reconciler->sink, &summary, result->took_ms);
    if (summary.listed == 0)
        emit_discovery_empty(&reconciler->sink, 0);
    ask_for_pass(reconciler, "discovery");
}

void reconciler_discovery_done(struct reconciler *reconciler, struct mono now,
                               const struct discovery_result *result)
{
    must(reconciler->is_discovering);
    reconciler->is_discovering = false;
    reconciler->version++;
    bool is_first = reconciler->discovery_count == 0;
    if (reconciler->is_stopping)
        return;
    if (!result->is_ok) {
        fail_discovery(reconciler, now, result);
    } else if (result->discovery.count == 0 && reconciler->listed > 0) {
        emit_discovery_empty(&reconciler->sink, reconciler->listed);
        reconciler->discovery_attempt = 0;
        keep_old_list(reconciler, now);
    } else {
        accept_discovery(reconciler, now, result);
    }
    if (is_first && reconciler->discovery_count > 0)
        reconciler->pass_due = mono_after(now, reconciler->config.pass_interval_ms);
}

void reconciler_request_discovery(struct reconciler *reconciler, struct mono now)
{
    reconciler->version++;
    if (!reconciler->is_discovering)
        reconciler->discovery_due = mono_min(reconciler->discovery_due, now);
}

#include "engine/core/reconciler_restore.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_record.h"
#include "engine/core/reconciler_state.h"

#include <errno.h>
#include <string.h>

static struct mono ago(struct mono now, int64_t age_ms)
{
    return mono_after(now, -max_i64(0, age_ms));
}

/* *ret_is_new: it was added. */
static int open_deployment(struct reconciler *reconciler, struct mono gone_at, const char *id,
                           struct deployment **ret_deployment, bool *ret_is_new)
{
    size_t length = strlen(id);
    if (length == 0 || length > ID_SIZE_MAX)
        return -EINVAL;
    struct deployment *deployment = fleet_find(reconciler->fleet, id, false);
    *ret_is_new = !deployment;
    if (!deployment) {
        int failed = fleet_add(reconciler->fleet, id, false, &deployment);
        if (failed)
            return failed;
        deployment->policy =
            reconciler->config.policy_of(reconciler->config.policy_context, deployment->id);
        deployment->gone_at = gone_at;
    }
    *ret_deployment = deployment;
    return 0;
}

/* --- overrides ------------------------------------------------------------------------------------------------- */

static int restore_pause(struct reconciler *reconciler, struct mono now, const char *id)
{
    struct deployment *deployment;
    bool is_new;
    int failed = open_deployment(reconciler, now, id, &deployment, &is_new);
    if (failed)
        return failed;
    deployment->is_operator_paused = true;
    return 0;
}

int reconciler_restore_override(struct reconciler *reconciler, struct mono now,
                                enum restored_override kind, const char *match, int64_t age_ms,
                                int64_t for_ms)
{
    must(reconciler->discovery_count == 0);
    if (for_ms > 0 && age_ms >= for_ms)
        return 0;
    reconciler->version++;
    switch (kind) {
    case RESTORED_PAUSE:
        return restore_pause(reconciler, now, match);
    case RESTORED_PAUSE_ALL:
        reconciler->is_paused = true;
        reconciler->paused_at = ago(now, age_ms);
        break;
    case RESTORED_DRY_RUN:
        reconciler->config.is_dry_run = true;
        break;
    }
    return 0;
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

/* The epoch of this run is random: it is hardly that of an earlier run. */
static void note_key(struct reconciler *reconciler, const struct order_key *key)
{
    if (key->epoch == reconciler->last_key.epoch && key->number > reconciler->last_key.number)
        reconciler->last_key.number = key->number;
}

static void wait_for_statuses(const struct reconciler *reconciler, struct deployment *deployment)
{
    if (deployment->ledger)
        deployment->ledger->is_waiting = !reconciler->config.is_once;
}

int reconciler_restore_deployment(struct reconciler *reconciler, struct mono now, const char *id,
                                  int32_t version, const void *bytes, size_t size, int64_t age_ms,
                                  bool is_gone)
{
    must(reconciler->discovery_count == 0);
    struct deployment *deployment;
    bool is_new;
    int failed =
        open_deployment(reconciler, is_gone ? ago(now, age_ms) : now, id, &deployment, &is_new);
    if (failed)
        return failed;
    failed = deployment_import(reconciler->fleet, deployment, now, version, bytes, size, age_ms);
    if (failed) {
        if (is_new)
            fleet_remove(reconciler->fleet, deployment);
        return failed;
    }
    reconciler->restored_slot = deployment->slot;
    reconciler->restored_at = ago(now, age_ms);
    wait_for_statuses(reconciler, deployment);
    if (deployment->ledger)
        note_key(reconciler, &deployment->ledger->key);
    reconciler->version++;
    mark_changed(reconciler, deployment);
    return 0;
}

/* --- scales ---------------------------------------------------------------------------------------------------- */

static bool is_newest(const struct deployment *deployment, const struct order_key *key)
{
    return deployment->ledger && order_key_is_equal(&deployment->ledger->key, key);
}

/* At most one scale of a deployment is open: an older one ended before the newest was sent. */
static bool is_in_record(const struct reconciler *reconciler, const struct deployment *deployment,
                         const struct order_key *key, struct mono at)
{
    if (reconciler->restored_slot != deployment->slot)
        return false;
    const struct order_key *newest = deployment->ledger ? &deployment->ledger->key : NULL;
    if (newest && newest->epoch == key->epoch && newest->number > 0)
        return key->number < newest->number;
    return at.ms < reconciler->restored_at.ms;
}

/* The request is in flight again, as far as the ledger is concerned, and ends with this outcome. */
static void end_restored(struct reconciler *reconciler, struct deployment *deployment,
                         enum restored_outcome outcome)
{
    struct ledger *ledger = deployment->ledger;
    ledger->state = LEDGER_IN_FLIGHT;
    switch (outcome) {
    case RESTORED_UNKNOWN:
        ledger_lose(ledger);
        break;
    case RESTORED_ACCEPTED:
        ledger_accept(ledger);
        break;
    case RESTORED_REFUSED:
    case RESTORED_NOT_SENT:
        ledger_refuse(ledger);
        break;
    }
    settle_ledger(reconciler, deployment);
}

static bool is_applied(enum restored_outcome outcome)
{
    return outcome == RESTORED_UNKNOWN || outcome == RESTORED_ACCEPTED;
}

static uint8_t repeats_of(int32_t attempts)
{
    return (uint8_t)clamp_i64((int64_t)attempts - 1, 0, UINT8_MAX);
}

/* An older request whose end is not known counts as accepted: a newer one was sent after it. */
static struct mono make_room(struct ledger *ledger, struct mono now, struct mono at)
{
    struct ledger_expiry expiry;
    if (ledger_state(ledger) == LEDGER_UNCONFIRMED)
        ledger_assume(ledger, now, &expiry);
    if (ledger->count > 0)
        at.ms = max_i64(at.ms, ledger->entries[ledger->count - 1].sent.ms);
    return at;
}

static struct mono later(struct mono since, struct mono at)
{
    return since.ms == MONO_NEVER.ms || since.ms < at.ms ? at : since;
}

static void note_sent(struct deployment *deployment, int32_t delta, struct mono at)
{
    deployment->last_delta = delta;
    deployment->last_scale = at;
    deployment->scaled_at = later(deployment->scaled_at, at);
    if (delta > 0)
        deployment->scaled_up_at = later(deployment->scaled_up_at, at);
}

/* Its growth counts since it was sent: not yet in a record that was written while it was recorded. */
static bool has_counted(const struct deployment *deployment, const struct ledger_entry *entry)
{
    return deployment->last_delta != 0 && deployment->last_scale.ms >= entry->sent.ms;
}

static int count_growth(struct reconciler *reconciler, struct deployment *deployment, int32_t delta,
                        struct mono at)
{
    if (delta < 0)
        return 0;
    if (!fleet_open_growth(reconciler->fleet, deployment))
        return -ENOMEM;
    growth_add(deployment->growth, delta, at);
    return 0;
}

/* The ledger has it. One whose end it has already is settled. */
static int settle(struct reconciler *reconciler, struct deployment *deployment,
                  enum restored_outcome outcome, int32_t attempts, struct mono at)
{
    struct ledger *ledger = deployment->ledger;
    int failed = 0;
    if (ledger_state(ledger) != LEDGER_UNCONFIRMED)
        return 0;
    struct ledger_entry *entry = &ledger->entries[ledger->count - 1];
    bool is_counted = ledger->repeats > 0 || has_counted(deployment, entry);
    bool is_first = attempts <= 1 && ledger->repeats == 0;
    if (!is_applied(outcome) && is_counted && is_first && entry->delta > 0 && deployment->growth)
        growth_take_back(deployment->growth, entry->delta, deployment->last_scale);
    if (is_applied(outcome) && !is_counted)
        failed = count_growth(reconciler, deployment, entry->delta, at);
    if (is_applied(outcome))
        note_sent(deployment, entry->delta, at);
    entry->sent.ms = max_i64(entry->sent.ms, at.ms);
    ledger->repeats = (uint8_t)max_i64(ledger->repeats, repeats_of(attempts));
    end_restored(reconciler, deployment, outcome);
    return failed;
}

/* It is newer than what is remembered of the deployment. */
static int add_scale(struct reconciler *reconciler, struct deployment *deployment, struct mono now,
                     const struct order_key *key, int32_t delta, enum restored_outcome outcome,
                     int32_t attempts, struct mono at)
{
    if (!is_applied(outcome))
        return 0;
    if (!fleet_open_ledger(reconciler->fleet, deployment))
        return -ENOMEM;
    struct ledger *ledger = deployment->ledger;
    struct ledger_timeouts timeouts = intake_timeouts(&reconciler->drain_habit, deployment);
    at = make_room(ledger, now, at);
    int failed = count_growth(reconciler, deployment, delta, at);
    if (failed)
        return failed;
    note_sent(deployment, delta, at);
    intake_send(deployment, delta, at, &timeouts);
    ledger->key = *key;
    ledger->repeats = repeats_of(attempts);
    wait_for_statuses(reconciler, deployment);
    end_restored(reconciler, deployment, outcome);
    return 0;
}

int reconciler_restore_scale(struct reconciler *reconciler, struct mono now, const char *id,
                             const char *key, int32_t delta, enum restored_outcome outcome,
                             int32_t attempts, int64_t age_ms)
{
    must(reconciler->discovery_count == 0);
    struct mono at = ago(now, age_ms);
    struct order_key parsed;
    struct deployment *deployment;
    bool is_new;
    if (delta == 0 || delta == INT32_MIN || !order_key_parse(key, &parsed))
        return -EINVAL;
    int failed = open_deployment(reconciler, now, id, &deployment, &is_new);
    if (failed)
        return failed;
    note_key(reconciler, &parsed);
    mark_changed(reconciler, deployment);
    if (is_newest(deployment, &parsed))
        return settle(reconciler, deployment, outcome, attempts, at);
    if (!is_in_record(reconciler, deployment, &parsed, at))
        return add_scale(reconciler, deployment, now, &parsed, delta, outcome, attempts, at);
    return 0;
}

/* --- without a record ------------------------------------------------------------------------------------------ */

bool reconciler_is_scale_over(const struct reconciler *reconciler, const char *id, int32_t delta,
                              int64_t age_ms)
{
    const struct policy *policy =
        reconciler->config.policy_of(reconciler->config.policy_context, id);
    int64_t drain_ms = delta < 0 ? policy->drain_timeout_ms : 0;
    return age_ms >= max_i64(policy->boot_timeout_ms, drain_ms);
}

/* Which orders the pending hosts are of is not known: they count as one that is as old. */
int reconciler_restore_seen(struct reconciler *reconciler, struct mono now, const char *id,
                            const struct status *seen, int32_t pending_hosts, int64_t age_ms)
{
    must(reconciler->discovery_count == 0);
    struct deployment *deployment;
    bool is_new;
    int failed = open_deployment(reconciler, now, id, &deployment, &is_new);
    if (failed || deployment->status_at.ms != 0)
        return failed;
    deployment->status = *seen;
    deployment->status_at = ago(now, age_ms);
    if (pending_hosts <= 0)
        return 0;
    return add_scale(reconciler, deployment, now, &(struct order_key){ 0 }, pending_hosts,
                     RESTORED_ACCEPTED, 1, deployment->status_at);
}

void reconciler_restore_loss(struct reconciler *reconciler, struct mono now, int64_t age_ms)
{
    must(reconciler->discovery_count == 0);
    reconciler->lost_at = ago(now, age_ms);
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (deployment && deployment->servers_per_host == 0 && deployment->status_at.ms == 0)
            deployment->is_memory_lost = true; /* its pause is all that is known */
    }
}

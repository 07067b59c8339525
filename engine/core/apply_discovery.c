#include "engine/core/apply_discovery.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdio.h>

#define ENTRY_NAME_SIZE 32

/* An entry that is bad as a whole proves no deployment. */
static bool is_named(const struct definition *definition)
{
    return definition->id && definition->fault != REASON_BAD_ENTRY;
}

/* The id of an entry, or its position in the list when it has none. */
static const char *entry_name(const struct definition *definition, size_t index,
                              char storage[ENTRY_NAME_SIZE])
{
    if (is_named(definition))
        return definition->id;
    snprintf(storage, ENTRY_NAME_SIZE, "(entry %zu)", index + 1);
    return storage;
}

/* A deployment that has had a good definition is recognised in an entry that is bad as a whole. */
static struct deployment *find_known(const struct fleet *fleet, const struct definition *definition)
{
    struct deployment *known = definition->id ? fleet_find(fleet, definition->id, false) : NULL;
    return known && known->servers_per_host > 0 ? known : NULL;
}

static struct deployment *find_entry(const struct fleet *fleet, const struct definition *definition,
                                     size_t index)
{
    char storage[ENTRY_NAME_SIZE];
    struct deployment *known = is_named(definition) ? NULL : find_known(fleet, definition);
    return known ? known
                 : fleet_find(fleet, entry_name(definition, index, storage), !is_named(definition));
}

/* Long enough that pending hosts, cooldowns and desired hosts of an unlisted deployment have no effect any more. */
static int64_t keep_time_ms(const struct deployment *deployment,
                            const struct discovery_context *context)
{
    const struct policy *policy = deployment->policy;
    int64_t drain_ms = ledger_leaving_hosts(deployment->ledger) > 0 ? policy->drain_timeout_ms : 0;
    int64_t order_ms = max_i64(policy->boot_timeout_ms, drain_ms);
    int64_t ledger_ms = max_i64(order_ms, policy->confirm_timeout_ms);
    int64_t cooldown_ms = max_i64(policy->cooldown_up_ms, policy->cooldown_down_ms);
    int64_t window_ms = max_i64(policy->scale_down_window_ms, policy->outage_hold_ms);
    int64_t policy_ms = max_i64(max_i64(ledger_ms, cooldown_ms), window_ms);
    return max_i64(context->gone_keep_ms, policy_ms);
}

static bool is_in_use(const struct deployment *deployment)
{
    return deployment->is_reading || deployment->is_retry_waiting || deployment->is_scale_queued ||
           ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT;
}

static bool is_forgettable(const struct deployment *deployment,
                           const struct discovery_context *context)
{
    int64_t gone_ms = context->now.ms - deployment->gone_at.ms;
    bool is_old = gone_ms >= keep_time_ms(deployment, context);
    /* Only an operator ends a pause set by an operator: removing the deployment would end it. */
    bool is_kept = is_in_use(deployment) || deployment->is_operator_paused;
    return !is_kept && (deployment->is_entry || is_old);
}

/* Runs before additions: old deployments must not use up DEPLOYMENT_COUNT_MAX. */
static void forget_old(struct fleet *fleet, const struct discovery_context *context)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (deployment && !deployment->is_listed && is_forgettable(deployment, context))
            fleet_remove(fleet, deployment);
    }
}

static void emit_gone(const struct deployment *deployment, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_GONE);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "pending_hosts", ledger_pending_hosts(deployment->ledger));
    event_emit(&event, sink);
}

static void retire(struct deployment *deployment, const struct discovery_context *context)
{
    deployment->is_touched = true;
    deployment->is_listed = false;
    deployment->gone_at = context->now;
    deployment->action = ACTION_HELD;
    deployment->reason = REASON_GONE;
    deployment->delta = 0;
    emit_gone(deployment, context->sink);
}

/* --- room ------------------------------------------------------------------------------------------ */

/* Nothing is lost but its history: no order counts, no cooldown runs, no operator has paused it. */
static bool is_expendable(const struct deployment *deployment,
                          const struct discovery_context *context)
{
    bool is_scaled = deployment->last_delta != 0 && context->now.ms - deployment->last_scale.ms <
                                                        keep_time_ms(deployment, context);
    return !is_in_use(deployment) && !deployment->is_operator_paused && !deployment->growth &&
           (!deployment->ledger || ledger_is_idle(deployment->ledger)) && !is_scaled;
}

/* Is not listed, or not any more, and has been so for `gone_ms`? */
static bool is_gone_for(const struct deployment *deployment, int64_t gone_ms,
                        const struct discovery_context *context)
{
    if (deployment->is_named)
        return false;
    return deployment->is_listed ? gone_ms == 0
                                 : context->now.ms - deployment->gone_at.ms >= gone_ms;
}

static void forget(struct fleet *fleet, struct deployment *deployment,
                   const struct discovery_context *context, struct discovery_summary *summary)
{
    if (deployment->is_listed) {
        summary->gone += !deployment->is_entry;
        retire(deployment, context);
    }
    fleet_remove(fleet, deployment);
}

/* Forgets `most` at most, by slot; returns how many. */
static size_t forget_gone(struct fleet *fleet, size_t most, int64_t gone_ms,
                          const struct discovery_context *context,
                          struct discovery_summary *summary)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet) && count < most; slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment || !is_gone_for(deployment, gone_ms, context) ||
            !is_expendable(deployment, context))
            continue;
        forget(fleet, deployment, context, summary);
        count++;
    }
    return count;
}

/* The oldest first, in steps of half the age. At the least age, all of that age are forgotten, or `most`. */
static void forget_oldest(struct fleet *fleet, size_t most, int64_t gone_ms_min,
                          const struct discovery_context *context,
                          struct discovery_summary *summary)
{
    for (int64_t gone_ms = context->gone_keep_ms / 2; most > 0; gone_ms /= 2) {
        gone_ms = max_i64(gone_ms, gone_ms_min);
        most -= forget_gone(fleet, most, gone_ms, context, summary);
        if (gone_ms == gone_ms_min)
            return;
    }
}

static size_t count_expendable(const struct fleet *fleet, const struct discovery_context *context)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        count += deployment && !deployment->is_named && is_expendable(deployment, context);
    }
    return count;
}

/* Sets is_named. Returns the number of entries that are not known; an unknown id that is there twice counts twice. */
static size_t name_known(const struct fleet *fleet, const struct discovery *discovery,
                         bool is_named)
{
    size_t unknown_count = 0;
    for (size_t i = 0; i < discovery->count; i++) {
        struct deployment *deployment = find_entry(fleet, &discovery->definitions[i], i);
        if (deployment)
            deployment->is_named = is_named;
        else
            unknown_count++;
    }
    return unknown_count;
}

/* Listed deployments come before those that are gone, also those that this list has lost. */
static int make_room(struct fleet *fleet, const struct discovery *discovery,
                     const struct discovery_context *context, struct discovery_summary *summary)
{
    if (fleet_count(fleet) + discovery->count <= context->known_max)
        return 0;
    int failed = 0;
    size_t needed = fleet_count(fleet) + name_known(fleet, discovery, true);
    if (needed > context->known_max + count_expendable(fleet, context))
        failed = -E2BIG;
    else if (needed > context->known_max)
        forget_oldest(fleet, needed - context->known_max, 0, context, summary);
    name_known(fleet, discovery, false);
    return failed;
}

/* Memory for deployments that are gone is bounded by that for the list. A list that has lost some may be wrong. */
static void forget_many(struct fleet *fleet, const struct discovery_context *context,
                        struct discovery_summary *summary)
{
    size_t known_max = 2 * (size_t)max_i64(summary->listed, FLEET_SLAB);
    if (fleet_count(fleet) > known_max)
        forget_oldest(fleet, fleet_count(fleet) - known_max, context->gone_keep_ms / GONE_KEEP_PART,
                      context, summary);
}

/* The only step that can fail. It changes nothing that is visible. */
static int add_missing(struct fleet *fleet, const struct discovery *discovery,
                       const struct discovery_context *context, struct discovery_summary *summary)
{
    for (size_t i = 0; i < discovery->count; i++) {
        const struct definition *definition = &discovery->definitions[i];
        if (find_entry(fleet, definition, i))
            continue;
        char storage[ENTRY_NAME_SIZE];
        const char *name = entry_name(definition, i, storage);
        struct deployment *deployment;
        int failed = fleet_add(fleet, name, !is_named(definition), &deployment);
        if (failed)
            return failed;
        deployment->policy = context->policy_of(context->policy_context, name);
        deployment->gone_at = context->now;
        deployment->is_memory_lost = context->is_memory_lost;
        summary->added++;
    }
    return 0;
}

static void emit_definition(const struct deployment *deployment, enum event_id id,
                            const struct event_sink *sink)
{
    struct event event;
    event_init(&event, id);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "servers_per_host", deployment->servers_per_host);
    if (deployment->target_free_ppb >= 0)
        event_add_percent(&event, "target_free_pct", deployment->target_free_ppb);
    event_emit(&event, sink);
}

/* Of the last list: the deployment is held, or its last good definition is in use. */
static enum reason listed_fault(const struct deployment *deployment)
{
    return deployment->definition_fault != REASON_NONE ? deployment->definition_fault
                                                       : deployment_entry_fault(deployment);
}

static void emit_bad(const struct deployment *deployment, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_BAD);
    event_add_string(&event, "deployment", deployment->id);
    event_add_string(&event, "reason", reason_row(listed_fault(deployment))->name);
    event_add_bool(&event, "kept", deployment->definition_fault == REASON_NONE);
    if (deployment->detail)
        event_add_sentence(&event, "error", deployment->detail);
    event_emit(&event, sink);
}

/* Runs after the whole list has been applied: a duplicate may replace the first fault of an entry. */
static void emit_fault(struct deployment *deployment, const struct event_sink *sink)
{
    enum reason fault = listed_fault(deployment);
    if (fault != REASON_NONE && fault != deployment->logged_fault)
        emit_bad(deployment, sink);
    deployment->logged_fault = fault;
}

static void hold(struct deployment *deployment, enum reason fault, const char *text)
{
    deployment->is_touched = deployment->is_touched || deployment->definition_fault != fault ||
                             deployment->action != ACTION_HELD || deployment->reason != fault;
    deployment->definition_fault = fault;
    deployment->entry_fault = REASON_NONE;
    deployment->input = (struct decision_input){ .policy = deployment->policy, .fault = fault };
    deployment->action = ACTION_HELD;
    deployment->reason = fault;
    deployment->delta = 0;
    deployment->raw_delta = 0;
    deployment->desired_hosts = -1;
    deployment_set_detail(deployment, text ? text : "");
}

static bool is_jump(int32_t before, int32_t after)
{
    return before > 0 && (after > 2 * (int64_t)before || 2 * (int64_t)after < before);
}

/* A change of size by more than a factor of two must appear in two discoveries: the first list may be half updated. */
static bool wants_second_opinion(struct deployment *deployment, int32_t servers_per_host)
{
    if (!is_jump(deployment->servers_per_host, servers_per_host) ||
        deployment->next_servers_per_host == servers_per_host) {
        deployment->next_servers_per_host = 0;
        return false;
    }
    deployment->next_servers_per_host = servers_per_host;
    return true;
}

/*
 * With another host size, earlier unready hosts and samples mean nothing, so both restart. The window of desired hosts
 * stays: the list may change before the hosts do, and that must not shrink the fleet at once.
 */
static void change_host_size(struct deployment *deployment, int32_t servers_per_host)
{
    growth_resize(deployment->growth, deployment->servers_per_host, servers_per_host);
    deployment->servers_per_host = servers_per_host;
    forecast_restart(&deployment->forecast, deployment->history.last_pass + 1);
    deployment->unready = (struct unready){ 0 };
    deployment->drain_correction = 0;
    if (deployment->ledger)
        deployment->ledger->drain = (struct drain){ 0 };
}

/* Ends a hold: the next status is decided again. */
static void release(struct deployment *deployment)
{
    if (deployment->definition_fault == REASON_NONE)
        return;
    deployment->is_touched = true;
    deployment->definition_fault = REASON_NONE;
    deployment->action = ACTION_NONE;
    deployment->reason = REASON_NONE;
    deployment->delta = 0; /* of a scale by hand during the hold */
    deployment_set_detail(deployment, "");
}

static void set_entry_fault(struct deployment *deployment, enum reason fault)
{
    deployment->is_touched = deployment->is_touched || deployment->entry_fault != fault;
    deployment->entry_fault = fault;
}

/*
 * Is there an earlier definition that can be relied on? Not while a large change of size waits for a second list:
 * growth by a size of the past may be far too large. An id that is there twice leaves open which entry counts.
 */
static bool may_keep(const struct deployment *deployment, enum reason fault)
{
    bool is_unusable = fault == REASON_BAD_TARGET || fault == REASON_BAD_SERVERS_PER_HOST ||
                       fault == REASON_BAD_ENTRY;
    bool has_target =
        deployment->target_free_ppb >= 0 || deployment->policy->target_free_ppb != TARGET_FROM_API;
    return is_unusable && deployment->servers_per_host > 0 && has_target &&
           deployment->next_servers_per_host == 0;
}

/* The last good definition stays in use: an error of the API must not stop growth. Nothing shrinks, see guards.c. */
static void keep(struct deployment *deployment, enum reason fault, const char *text)
{
    release(deployment);
    set_entry_fault(deployment, fault);
    deployment_set_detail(deployment, text ? text : "");
}

/* The last good target of the API is kept, for the time when the policy has no target of its own any more. */
static void take_target(struct deployment *deployment, const struct definition *definition)
{
    bool is_kept = definition->fault == REASON_BAD_TARGET && deployment->servers_per_host > 0;
    if (!is_kept)
        deployment->target_free_ppb = definition->target_free_ppb;
    set_entry_fault(deployment, definition->fault);
}

static void define(struct deployment *deployment, const struct definition *definition,
                   const struct discovery_context *context)
{
    if (wants_second_opinion(deployment, definition->servers_per_host)) {
        char storage[DETAIL_SIZE];
        snprintf(storage, sizeof storage, "servers_per_host went from %d to %d",
                 deployment->servers_per_host, definition->servers_per_host);
        hold(deployment, REASON_DEFINITION_CHANGED, storage);
        return;
    }
    bool is_new = deployment->servers_per_host == 0;
    int32_t target_before = deployment->target_free_ppb;
    take_target(deployment, definition);
    bool is_changed = deployment->servers_per_host != definition->servers_per_host ||
                      deployment->target_free_ppb != target_before;
    if (deployment->servers_per_host != definition->servers_per_host)
        change_host_size(deployment, definition->servers_per_host);
    deployment->is_touched = deployment->is_touched || is_changed;
    release(deployment);
    if (is_changed)
        emit_definition(deployment, is_new ? EVENT_DEPLOYMENT_FOUND : EVENT_DEPLOYMENT_CHANGED,
                        context->sink);
}

/* A policy with its own target does not need the target of the API. */
static enum reason effective_fault(const struct deployment *deployment,
                                   const struct definition *definition)
{
    return definition->fault == REASON_BAD_TARGET &&
                   deployment->policy->target_free_ppb != TARGET_FROM_API
               ? REASON_NONE
               : definition->fault;
}

static void apply_definition(struct deployment *deployment, const struct definition *definition,
                             const struct discovery_context *context)
{
    deployment->is_touched = deployment->is_touched || !deployment->is_listed;
    deployment->is_listed = true;
    if (deployment->is_in_list) {
        hold(deployment, REASON_DUPLICATE_ID, "the id is in the list more than once");
        return;
    }
    deployment->is_in_list = true;
    enum reason fault = effective_fault(deployment, definition);
    if (may_keep(deployment, fault))
        keep(deployment, fault, definition->fault_text);
    else if (fault != REASON_NONE)
        hold(deployment, fault, definition->fault_text);
    else
        define(deployment, definition, context);
}

static void hold_twins(struct fleet *fleet, struct deployment *deployment)
{
    for (struct deployment *twin = fleet_find_twin(fleet, deployment, NULL); twin;
         twin = fleet_find_twin(fleet, deployment, twin)) {
        if (twin->is_in_list) {
            hold(deployment, REASON_DUPLICATE_ID, "another id differs only in letter case");
            return;
        }
    }
}

static void mark_touched(struct fleet *fleet, struct deployment *deployment)
{
    if (deployment->is_touched)
        fleet_mark(fleet, deployment->slot);
    deployment->is_touched = false;
}

static void settle(struct fleet *fleet, struct deployment *deployment,
                   const struct discovery_context *context, struct discovery_summary *summary)
{
    if (deployment->is_in_list) {
        if (!deployment->is_entry)
            hold_twins(fleet, deployment);
        summary->listed++;
        summary->bad += listed_fault(deployment) != REASON_NONE;
        emit_fault(deployment, context->sink);
        mark_touched(fleet, deployment);
        return;
    }
    if (deployment->is_listed) {
        summary->gone += !deployment->is_entry;
        retire(deployment, context);
    }
    mark_touched(fleet, deployment);
    if (is_forgettable(deployment, context))
        fleet_remove(fleet, deployment);
}

static void forget_last_list(struct fleet *fleet)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (deployment)
            deployment->is_in_list = false;
    }
}

int apply_discovery(struct fleet *fleet, const struct discovery *discovery,
                    const struct discovery_context *context, struct discovery_summary *ret_summary)
{
    struct discovery_summary summary = { 0 };
    forget_old(fleet, context);
    int failed = make_room(fleet, discovery, context, &summary);
    failed = failed ? failed : add_missing(fleet, discovery, context, &summary);
    if (failed)
        return failed;
    forget_last_list(fleet);
    for (size_t i = 0; i < discovery->count; i++) {
        struct deployment *deployment = find_entry(fleet, &discovery->definitions[i], i);
        must(deployment);
        apply_definition(deployment, &discovery->definitions[i], context);
    }
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (deployment)
            settle(fleet, deployment, context, &summary);
    }
    forget_many(fleet, context, &summary);
    fleet_trim(fleet);
    *ret_summary = summary;
    return 0;
}

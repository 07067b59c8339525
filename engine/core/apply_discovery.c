#include "engine/core/apply_discovery.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <stdio.h>

#define ENTRY_NAME_SIZE 32

/* The id of an entry, or its position in the list when it has none. */
static const char *entry_name(const struct definition *definition, size_t index,
                              char storage[ENTRY_NAME_SIZE])
{
    if (definition->id)
        return definition->id;
    snprintf(storage, ENTRY_NAME_SIZE, "(entry %zu)", index + 1);
    return storage;
}

static struct deployment *find_entry(const struct fleet *fleet, const struct definition *definition,
                                     size_t index)
{
    char storage[ENTRY_NAME_SIZE];
    return fleet_find(fleet, entry_name(definition, index, storage), !definition->id);
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

static bool is_forgettable(const struct deployment *deployment,
                           const struct discovery_context *context)
{
    bool is_busy = deployment->is_reading || deployment->is_retry_waiting ||
                   deployment->is_scale_queued ||
                   ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT;
    int64_t gone_ms = context->now.ms - deployment->gone_at.ms;
    bool is_old = gone_ms >= keep_time_ms(deployment, context);
    /* Only an operator ends a pause set by an operator: removing the deployment would end it. */
    bool is_kept = is_busy || deployment->is_operator_paused;
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
        int failed = fleet_add(fleet, name, !definition->id, &deployment);
        if (failed)
            return failed;
        deployment->policy = context->policy_of(context->policy_context, name);
        deployment->gone_at = context->now;
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

static void emit_bad(const struct deployment *deployment, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_BAD);
    event_add_string(&event, "deployment", deployment->id);
    event_add_string(&event, "reason", reason_row(deployment->definition_fault)->name);
    if (deployment->detail)
        event_add_sentence(&event, "error", deployment->detail);
    event_emit(&event, sink);
}

/* Runs after the whole list has been applied: a duplicate may replace the first fault of an entry. */
static void emit_fault(struct deployment *deployment, const struct event_sink *sink)
{
    if (deployment->definition_fault != REASON_NONE &&
        deployment->definition_fault != deployment->logged_fault)
        emit_bad(deployment, sink);
    deployment->logged_fault = deployment->definition_fault;
}

static void hold(struct deployment *deployment, enum reason fault, const char *text)
{
    deployment->is_touched = deployment->is_touched || deployment->definition_fault != fault ||
                             deployment->action != ACTION_HELD || deployment->reason != fault;
    deployment->definition_fault = fault;
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
    deployment->servers_per_host = servers_per_host;
    forecast_restart(&deployment->forecast, deployment->history.last_pass + 1);
    deployment->unready = (struct unready){ 0 };
    deployment->drain_correction = 0;
    if (deployment->ledger)
        deployment->ledger->drain = (struct drain){ 0 };
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
    bool is_changed = deployment->servers_per_host != definition->servers_per_host ||
                      deployment->target_free_ppb != definition->target_free_ppb;
    if (deployment->servers_per_host != definition->servers_per_host)
        change_host_size(deployment, definition->servers_per_host);
    deployment->target_free_ppb = definition->target_free_ppb;
    deployment->is_touched = deployment->is_touched || is_changed;
    if (deployment->definition_fault != REASON_NONE) {
        deployment->is_touched = true;
        deployment->definition_fault = REASON_NONE;
        deployment->action = ACTION_NONE;
        deployment->reason = REASON_NONE;
        deployment_set_detail(deployment, "");
    }
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
    if (deployment->seen_discovery == context->discovery_number) {
        hold(deployment, REASON_DUPLICATE_ID, "the id is in the list more than once");
        return;
    }
    deployment->seen_discovery = context->discovery_number;
    enum reason fault = effective_fault(deployment, definition);
    if (fault != REASON_NONE)
        hold(deployment, fault, definition->fault_text);
    else
        define(deployment, definition, context);
}

static void hold_twins(struct fleet *fleet, struct deployment *deployment,
                       const struct discovery_context *context)
{
    for (struct deployment *twin = fleet_find_twin(fleet, deployment, NULL); twin;
         twin = fleet_find_twin(fleet, deployment, twin)) {
        if (twin->seen_discovery == context->discovery_number) {
            hold(deployment, REASON_DUPLICATE_ID, "another id differs only in letter case");
            return;
        }
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

static void mark_touched(struct fleet *fleet, struct deployment *deployment)
{
    if (deployment->is_touched)
        fleet_mark(fleet, deployment->slot);
    deployment->is_touched = false;
}

static void settle(struct fleet *fleet, struct deployment *deployment,
                   const struct discovery_context *context, struct discovery_summary *summary)
{
    if (deployment->seen_discovery == context->discovery_number) {
        if (!deployment->is_entry)
            hold_twins(fleet, deployment, context);
        summary->listed++;
        summary->bad += deployment->definition_fault != REASON_NONE;
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

int apply_discovery(struct fleet *fleet, const struct discovery *discovery,
                    const struct discovery_context *context, struct discovery_summary *ret_summary)
{
    struct discovery_summary summary = { 0 };
    forget_old(fleet, context);
    int failed = add_missing(fleet, discovery, context, &summary);
    if (failed)
        return failed;
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
    *ret_summary = summary;
    return 0;
}

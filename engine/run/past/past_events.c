#include "engine/run/past/past_events.h"

#include "engine/core/deployment_state.h"
#include "engine/core/reconciler_events.h"

static void say_starved(const struct event_sink *sink, struct deployment *deployment)
{
    if (!deployment->has_status || deployment->servers_per_host < 1)
        return;
    bool is_starved = status_is_starved(&deployment->status, deployment_target_ppb(deployment));
    if (is_starved == deployment->is_starved)
        return;
    deployment->is_starved = is_starved;
    emit_starved(sink, deployment);
}

void past_events_scaled(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_SCALE_REQUESTED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", deployment->delta);
    event_add_signed(&event, "raw_delta", deployment->raw_delta);
    event_add_integer(&event, "current_hosts", deployment->input.status.current_hosts);
    event_add_signed(&event, "pending_hosts", deployment->input.pending_hosts);
    event_add_integer(&event, "desired_hosts", deployment->desired_hosts);
    event_add_string(&event, "reason", reason_row(deployment->reason)->name);
    event_emit(&event, sink);
}

static void say_unread(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_STATUS_FAILED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_string(&event, "reason", reason_row(deployment->reason)->name);
    event_emit(&event, sink);
}

static void say_recovered(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_STATUS_RECOVERED);
    event_add_string(&event, "deployment", deployment->id);
    event_emit(&event, sink);
}

void past_events_gone(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENT_GONE);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "pending_hosts", ledger_pending_hosts(deployment->ledger));
    event_emit(&event, sink);
}

void past_events_say(const struct event_sink *sink, struct deployment *deployment,
                     const struct past_said *before, bool has_sent)
{
    bool is_same = before->action == deployment->action && before->reason == deployment->reason;
    bool is_dry_run = deployment->action == ACTION_DRY_RUN;
    say_starved(sink, deployment);
    if (before->action == ACTION_FAILED && deployment->action != ACTION_FAILED)
        say_recovered(sink, deployment);
    if (has_sent)
        past_events_scaled(sink, deployment);
    else if (deployment->action == ACTION_FAILED && !is_same)
        say_unread(sink, deployment);
    else if (!is_same || (is_dry_run && before->delta != deployment->delta))
        emit_decision(sink, deployment);
}

#include "engine/core/reconciler_events.h"

void emit_discovery_done(const struct event_sink *sink, const struct discovery_summary *summary,
                         int64_t took_ms)
{
    struct event event;
    event_init(&event, EVENT_DISCOVERY_DONE);
    event_add_integer(&event, "deployments", summary->listed);
    event_add_integer(&event, "new", summary->added);
    event_add_integer(&event, "gone", summary->gone);
    event_add_integer(&event, "bad", summary->bad);
    event_add_integer(&event, "took_ms", took_ms);
    event_emit(&event, sink);
}

void emit_discovery_failed(const struct event_sink *sink, const char *error, int32_t attempt,
                           int32_t known)
{
    struct event event;
    event_init(&event, EVENT_DISCOVERY_FAILED);
    event_add_sentence(&event, "error", error);
    event_add_integer(&event, "attempt", attempt);
    event_add_integer(&event, "known", known);
    event_emit(&event, sink);
}

void emit_discovery_retried(const struct event_sink *sink, const char *error, int32_t attempt,
                            int64_t wait_ms)
{
    struct event event;
    event_init(&event, EVENT_DISCOVERY_RETRIED);
    event_add_sentence(&event, "error", error);
    event_add_integer(&event, "attempt", attempt);
    event_add_integer(&event, "wait_ms", wait_ms);
    event_emit(&event, sink);
}

void emit_discovery_empty(const struct event_sink *sink, int32_t known)
{
    struct event event;
    event_init(&event, EVENT_DISCOVERY_EMPTY);
    event_add_integer(&event, "known", known);
    event_emit(&event, sink);
}

void emit_discovery_shrank(const struct event_sink *sink, int32_t known, int32_t gone)
{
    struct event event;
    event_init(&event, EVENT_DISCOVERY_SHRANK);
    event_add_integer(&event, "known", known);
    event_add_integer(&event, "gone", gone);
    event_emit(&event, sink);
}

void emit_pass_started(const struct event_sink *sink, const struct pass_summary *pass,
                       const char *cause)
{
    struct event event;
    event_init(&event, EVENT_PASS_STARTED);
    event_add_integer(&event, "pass", pass->number);
    event_add_integer(&event, "deployments", pass->deployments);
    event_add_string(&event, "cause", cause);
    event_emit(&event, sink);
}

void emit_pass_done(const struct event_sink *sink, const struct pass_summary *pass)
{
    struct event event;
    event_init(&event, EVENT_PASS_DONE);
    event_add_integer(&event, "pass", pass->number);
    event_add_integer(&event, "deployments", pass->deployments);
    event_add_integer(&event, "read", pass->read);
    event_add_integer(&event, "scaled", pass->scaled);
    event_add_signed(&event, "hosts_added", pass->hosts_added);
    event_add_signed(&event, "hosts_removed", -(int64_t)pass->hosts_removed);
    event_add_integer(&event, "held", pass->held);
    event_add_integer(&event, "failed", pass->failed);
    event_add_integer(&event, "unconfirmed", pass->unconfirmed);
    if (pass->would_scale > 0)
        event_add_integer(&event, "would_scale", pass->would_scale);
    event_add_integer(&event, "took_ms", pass->took_ms);
    event_emit(&event, sink);
}

void emit_pass_blind(const struct event_sink *sink, const struct pass_summary *pass)
{
    struct event event;
    event_init(&event, EVENT_PASS_BLIND);
    event_add_integer(&event, "pass", pass->number);
    event_add_integer(&event, "deployments", pass->deployments);
    event_add_integer(&event, "failed", pass->failed);
    event_emit(&event, sink);
}

void emit_pass_overrun(const struct event_sink *sink, const struct pass_summary *pass,
                       int64_t late_ms)
{
    struct event event;
    event_init(&event, EVENT_PASS_OVERRUN);
    event_add_integer(&event, "pass", pass->number);
    event_add_integer(&event, "late_ms", late_ms);
    event_emit(&event, sink);
}

void emit_breaker_opened(const struct event_sink *sink, int64_t failures, const char *error)
{
    struct event event;
    event_init(&event, EVENT_BREAKER_OPENED);
    event_add_integer(&event, "failures", failures);
    event_add_sentence(&event, "error", error);
    event_emit(&event, sink);
}

void emit_breaker_closed(const struct event_sink *sink, int64_t open_ms)
{
    struct event event;
    event_init(&event, EVENT_BREAKER_CLOSED);
    event_add_integer(&event, "open_ms", open_ms);
    event_emit(&event, sink);
}

void emit_read_retried(const struct event_sink *sink, const struct deployment *deployment,
                       const char *error, int64_t wait_ms)
{
    struct event event;
    event_init(&event, EVENT_STATUS_RETRIED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_sentence(&event, "error", error);
    event_add_integer(&event, "attempt", deployment->attempt);
    event_add_integer(&event, "wait_ms", wait_ms);
    event_emit(&event, sink);
}

void emit_read_failed(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_STATUS_FAILED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_string(&event, "reason", reason_row(deployment->reason)->name);
    event_add_sentence(&event, "error", deployment->detail ? deployment->detail : "");
    event_add_integer(&event, "attempt", deployment->attempt);
    event_add_integer(&event, "failures", deployment->failure_count);
    event_emit(&event, sink);
}

void emit_read_recovered(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    event_init(&event, EVENT_STATUS_RECOVERED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "failures", deployment->failure_count);
    event_emit(&event, sink);
}

/* The fields that all events about a decision have. */
static void begin_decision(struct event *event, enum event_id id,
                           const struct deployment *deployment)
{
    event_init(event, id);
    event_add_string(event, "deployment", deployment->id);
    event_add_signed(event, "delta", deployment->delta);
    event_add_signed(event, "raw_delta", deployment->raw_delta);
    event_add_integer(event, "current_hosts", deployment->input.status.current_hosts);
    event_add_integer(event, "desired_hosts", deployment->desired_hosts);
    event_add_string(event, "reason", reason_row(deployment->reason)->name);
}

static void begin_bad_data(struct event *event, const struct deployment *deployment)
{
    event_init(event, EVENT_HELD_BAD_DATA);
    event_add_string(event, "deployment", deployment->id);
    event_add_string(event, "reason", reason_row(deployment->reason)->name);
    event_add_integer(event, "current_hosts", deployment->input.status.current_hosts);
    event_add_integer(event, "total_servers", deployment->input.status.total_servers);
    event_add_integer(event, "free_servers", deployment->input.status.free_servers);
}

void emit_decision(const struct event_sink *sink, const struct deployment *deployment)
{
    struct event event;
    switch (deployment->action) {
    case ACTION_HELD:
        if (reason_row(deployment->reason)->kind == REASON_DATA)
            begin_bad_data(&event, deployment);
        else
            begin_decision(&event,
                           reason_has(deployment->reason, REASON_IS_TRANSIENT) ? EVENT_WAITING
                                                                               : EVENT_HELD,
                           deployment);
        break;
    case ACTION_DRY_RUN:
        begin_decision(&event, EVENT_DRY_RUN, deployment);
        break;
    case ACTION_NONE:
    case ACTION_SCALED:
    case ACTION_FAILED:
    case ACTION_UNCONFIRMED:
        return;
    }
    event_emit(&event, sink);
}

void emit_scale_requested(const struct event_sink *sink, const struct deployment *deployment,
                          const char *key)
{
    struct event event;
    begin_decision(&event, EVENT_SCALE_REQUESTED, deployment);
    event_add_signed(&event, "pending_hosts", deployment->input.pending_hosts);
    if (deployment->is_scale_manual)
        event_add_string(&event, "by", "operator");
    if (ledger_is_repeat(deployment->ledger))
        event_add_integer(&event, "repeat", deployment->ledger->repeats);
    event_add_string(&event, "key", key);
    event_emit(&event, sink);
}

void emit_scale_dropped(const struct event_sink *sink, const struct deployment *deployment,
                        enum reason reason)
{
    struct event event;
    event_init(&event, EVENT_SCALE_DROPPED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", deployment->queued_delta);
    event_add_string(&event, "reason", reason_row(reason)->name);
    event_emit(&event, sink);
}

void emit_growth_without_effect(const struct event_sink *sink, const struct deployment *deployment,
                                struct mono now)
{
    const struct growth *growth = deployment->growth;
    struct event event;
    event_init(&event, EVENT_GROWTH_WITHOUT_EFFECT);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "total_servers", deployment->status.total_servers);
    event_add_integer(&event, "total_before", growth->first_servers);
    event_add_integer(&event, "free_servers", deployment->status.free_servers);
    event_add_integer(&event, "wait_ms", growth_wait_ms(growth, now));
    event_emit(&event, sink);
}

void emit_scale_done(const struct event_sink *sink, const struct deployment *deployment,
                     const char *key, const struct scale_result *result, int64_t confirm_ms)
{
    static const enum event_id ids[] = {
        [SCALE_LOST] = EVENT_SCALE_UNCONFIRMED,
        [SCALE_ACCEPTED] = EVENT_SCALED,
        [SCALE_REFUSED] = EVENT_SCALE_FAILED,
    };
    struct event event;
    event_init(&event, ids[result->outcome]);
    event_add_string(&event, "deployment", deployment->id);
    event_add_signed(&event, "delta", deployment->queued_delta);
    event_add_string(&event, "key", key);
    if (result->outcome != SCALE_ACCEPTED)
        event_add_sentence(&event, "error", result->text);
    if (result->outcome == SCALE_REFUSED)
        event_add_bool(&event, "applied", false);
    if (result->outcome == SCALE_LOST)
        event_add_integer(&event, "confirm_ms", confirm_ms);
    event_add_integer(&event, "took_ms", result->took_ms);
    event_emit(&event, sink);
}

void emit_command(const struct event_sink *sink, const struct command *command,
                  const struct command_ack *ack)
{
    struct event event;
    event_init(&event, EVENT_OPERATOR_COMMAND);
    event_add_string(&event, "command", command_row(command->kind)->name);
    event_add_string(&event, "outcome", ack->is_accepted ? "accepted" : "refused");
    if (command->id[0])
        event_add_string(&event, "deployment", command->id);
    if (command->kind == COMMAND_SCALE)
        event_add_signed(&event, "delta", command->delta);
    if (!ack->is_accepted)
        event_add_sentence(&event, "error", ack->text);
    event_emit(&event, sink);
}

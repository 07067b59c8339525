#include "engine/core/reconciler_events.h"

#include "engine/base/text.h"
#include "engine/core/deployment_state.h"
#include "engine/core/shown_reasons.h"
#include "engine/serving.h"

#define LATER_REASONS_SIZE 64

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
    event_add_integer(&event, "starved", pass->starved);
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

void emit_rate_limited(const struct event_sink *sink, const struct read_rate *rate,
                       const char *error)
{
    struct event event;
    event_init(&event, EVENT_RATE_LIMITED);
    event_add_integer(&event, "deployments", rate->deployments);
    event_add_integer(&event, "reads", rate->limit);
    event_add_integer(&event, "interval_ms", rate->interval_ms);
    event_add_sentence(&event, "error", error);
    event_emit(&event, sink);
}

void emit_rate_limit_over(const struct event_sink *sink, int32_t deployments)
{
    struct event event;
    event_init(&event, EVENT_RATE_LIMIT_OVER);
    event_add_integer(&event, "deployments", deployments);
    event_emit(&event, sink);
}

void emit_unread(const struct event_sink *sink, const struct unread *unread,
                 const struct deployment *longest)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENTS_UNREAD);
    event_add_integer(&event, "deployments", unread->deployments);
    event_add_integer(&event, "passes", unread->passes);
    event_add_string(&event, "deployment", longest->id);
    event_emit(&event, sink);
}

void emit_unread_over(const struct event_sink *sink, int32_t deployments)
{
    struct event event;
    event_init(&event, EVENT_DEPLOYMENTS_READ);
    event_add_integer(&event, "deployments", deployments);
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

void emit_starved(const struct event_sink *sink, const struct deployment *deployment)
{
    const struct status *status = &deployment->status;
    int32_t target_ppb = deployment_target_ppb(deployment);
    struct event event;
    event_init(&event, deployment->is_starved ? EVENT_STARVED : EVENT_STARVED_ENDED);
    event_add_string(&event, "deployment", deployment->id);
    event_add_integer(&event, "free_servers", status->free_servers);
    event_add_integer(&event, "total_servers", status->total_servers);
    if (target_ppb >= 0)
        event_add_percent(&event, "target_free_pct", target_ppb);
    event_add_integer(
        &event, "serving_hosts",
        serving_hosts(status->current_hosts, status->total_servers, deployment->servers_per_host));
    event_add_integer(&event, "current_hosts", status->current_hosts);
    event_emit(&event, sink);
}

/* Strings of an event, which borrows them: "max_step_up,cooldown_up". */
struct reason_words {
    char later[LATER_REASONS_SIZE];
};

static void add_reasons(struct event *event, const struct deployment *deployment,
                        struct reason_words *words)
{
    struct shown_reasons reasons;
    struct text text;
    shown_reasons_make(deployment, &reasons);
    event_add_string(event, "reason", reason_row(reasons.list[0])->name);
    text_init(&text, words->later, sizeof words->later);
    for (size_t i = 1; i < reasons.count; i++)
        text_addf(&text, "%s%s", i == 1 ? "" : ",", reason_row(reasons.list[i])->name);
    if (reasons.count > 1)
        event_add_string(event, "later_reasons", words->later);
}

/* The fields that all events about a decision have. */
static void begin_decision(struct event *event, enum event_id id,
                           const struct deployment *deployment, struct reason_words *words)
{
    event_init(event, id);
    event_add_string(event, "deployment", deployment->id);
    event_add_signed(event, "delta", deployment->delta);
    event_add_signed(event, "raw_delta", deployment->raw_delta);
    event_add_integer(event, "current_hosts", deployment->input.status.current_hosts);
    event_add_integer(event, "desired_hosts", deployment->desired_hosts);
    add_reasons(event, deployment, words);
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
    struct reason_words words;
    switch (deployment->action) {
    case ACTION_HELD:
        if (reason_row(deployment->reason)->kind == REASON_DATA)
            begin_bad_data(&event, deployment);
        else
            begin_decision(&event,
                           reason_has(deployment->reason, REASON_IS_TRANSIENT) ? EVENT_WAITING
                                                                               : EVENT_HELD,
                           deployment, &words);
        break;
    case ACTION_DRY_RUN:
        begin_decision(&event, EVENT_DRY_RUN, deployment, &words);
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
    struct reason_words words;
    begin_decision(&event, EVENT_SCALE_REQUESTED, deployment, &words);
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

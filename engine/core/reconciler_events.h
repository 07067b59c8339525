/*
 * reconciler_events - the events of the reconciler and their fields.
 *
 * Every function builds one event of events.def from plain values and emits it to the sink. One thread at a time.
 * Cannot fail.
 */
#ifndef ENGINE_CORE_RECONCILER_EVENTS_H
#define ENGINE_CORE_RECONCILER_EVENTS_H

#include "engine/command.h"
#include "engine/core/apply_discovery.h"
#include "engine/core/event.h"
#include "engine/core/fleet.h"
#include "engine/core/order_key.h"
#include "engine/core/pass.h"
#include "engine/core/read_order.h"
#include "engine/core/read_rate.h"

void emit_discovery_done(const struct event_sink *sink, const struct discovery_summary *summary,
                         int64_t took_ms);
void emit_discovery_failed(const struct event_sink *sink, const char *error, int32_t attempt,
                           int32_t known);
void emit_discovery_retried(const struct event_sink *sink, const char *error, int32_t attempt,
                            int64_t wait_ms);
void emit_discovery_empty(const struct event_sink *sink, int32_t known);
void emit_discovery_shrank(const struct event_sink *sink, int32_t known, int32_t gone);

void emit_pass_started(const struct event_sink *sink, const struct pass_summary *pass,
                       const char *cause);
void emit_pass_done(const struct event_sink *sink, const struct pass_summary *pass);
void emit_pass_blind(const struct event_sink *sink, const struct pass_summary *pass);
void emit_pass_overrun(const struct event_sink *sink, const struct pass_summary *pass,
                       int64_t late_ms);

void emit_rate_limited(const struct event_sink *sink, const struct read_rate *rate,
                       const char *error);
void emit_rate_limit_over(const struct event_sink *sink, int32_t deployments);
void emit_unread(const struct event_sink *sink, const struct unread *unread,
                 const struct deployment *longest);
void emit_unread_over(const struct event_sink *sink, int32_t deployments);

void emit_breaker_opened(const struct event_sink *sink, int64_t failures, const char *error);
void emit_breaker_closed(const struct event_sink *sink, int64_t open_ms);

void emit_read_retried(const struct event_sink *sink, const struct deployment *deployment,
                       const char *error, int64_t wait_ms);
void emit_read_failed(const struct event_sink *sink, const struct deployment *deployment);
void emit_read_recovered(const struct event_sink *sink, const struct deployment *deployment);

/* That it is starved, or not any more. */
void emit_starved(const struct event_sink *sink, const struct deployment *deployment);

/* Emits an event only for ACTION_HELD and ACTION_DRY_RUN. */
void emit_decision(const struct event_sink *sink, const struct deployment *deployment);

void emit_scale_requested(const struct event_sink *sink, const struct deployment *deployment,
                          const char *key);
void emit_scale_dropped(const struct event_sink *sink, const struct deployment *deployment,
                        enum reason reason);
void emit_growth_without_effect(const struct event_sink *sink, const struct deployment *deployment,
                                struct mono now);
void emit_scale_done(const struct event_sink *sink, const struct deployment *deployment,
                     const char *key, const struct scale_result *result, int64_t confirm_ms);

void emit_command(const struct event_sink *sink, const struct command *command,
                  const struct command_ack *ack);

#endif

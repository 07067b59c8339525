/*
 * intake_ops - what intake_decision.c needs of intake.c: a status is judged and taken in before it is decided on.
 *
 * Only these two files include it. Same rules as intake.h: no I/O, no clock, one thread at a time, cannot fail.
 */
#ifndef ENGINE_CORE_INTAKE_OPS_H
#define ENGINE_CORE_INTAKE_OPS_H

#include "engine/core/intake.h"

/* REASON_NONE, or why the status must not be used. */
enum reason intake_judge(struct deployment *deployment, const struct status *status,
                         const struct intake_context *context);

/* A plausible status: updates all that intake.h names, but the forecast and the windows. */
void intake_take(struct deployment *deployment, const struct status *status,
                 const struct intake_context *context);

/* The unconfirmed request whose wait is over; 0: none. */
int32_t intake_overdue_delta(const struct deployment *deployment,
                             const struct ledger_timeouts *timeouts, struct mono now);

/* That request counts as not applied. */
void intake_give_up(struct deployment *deployment, const struct intake_context *context);

/* Is there an earlier status? After a restart, the last one is remembered. */
bool intake_has_before(const struct deployment *deployment);

/* Busy servers without those that only look busy since their hosts leave. */
int32_t intake_demand_servers(const struct deployment *deployment);

#endif

/*
 * intake - takes a status into its deployment and decides.
 *
 * A plausible status updates the ledger (pending hosts that appeared or expired), the boot time, the most hosts of the
 * last boot_timeout, the unready hosts, the history, the forecast, and the window of desired hosts. An implausible or
 * missing status updates none of them: pending hosts do not expire without a status.
 * No I/O, no clock. Emits events to the sink. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_INTAKE_H
#define ENGINE_CORE_INTAKE_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

/* Statuses in a row without hosts, until a deployment that had hosts counts as having none. */
#define COLLAPSE_AGREEMENT 3

/* Hosts still there so many pass intervals after the request to remove them count as undrained. */
#define UNDRAINED_PASSES 1

/* Boot times are learned only from two statuses that are at most so many pass intervals apart. */
#define LEARNING_PASSES 4

struct intake_context {
    struct mono now;
    uint32_t pass;
    int64_t pass_interval_ms;
    int64_t status_age_max_ms;
    const struct pass_times *times; /* up to `pass` */
    enum draining draining;
    enum reason gate; /* NONE, or why nothing may be sent for this deployment */
    bool is_shrink_latched;
    bool is_pending_removable; /* the API removes hosts that have not booted first */
    struct drain_habit *habit;
    const struct event_sink *sink;
};

/* How long the entries of the deployment's ledger are kept. */
struct ledger_timeouts intake_timeouts(const struct drain_habit *habit,
                                       const struct deployment *deployment);

/* The gate for this status: a starved deployment does not wait for hosts that may be pending. */
enum reason intake_gate(const struct deployment *deployment, const struct status *status,
                        enum reason gate);

/* A scale is sent. The deployment has a ledger without an open entry, and a status. */
void intake_send(struct deployment *deployment, int32_t delta, struct mono now,
                 const struct ledger_timeouts *timeouts);

/* The scale that is recorded in `ledger`, that of the deployment or a copy, is sent: a removal begins to drain. */
void intake_leave(const struct deployment *deployment, struct ledger *ledger);

/* The hosts of the status and those that are pending count as desired from now on, for the scale_down_window. */
void intake_keep_hosts(struct deployment *deployment, struct mono now, int64_t pass_interval_ms);

/* Decides as if the unconfirmed request of `delta` had not been sent. */
void intake_except_overdue(struct decision_input *input, int32_t delta);

/*
 * Fills in the fields that come from policy, ledger, cooldowns and the start hold at `now`. The caller fills in status,
 * fault, outlook, windows and gate.
 */
void intake_fill_input(const struct deployment *deployment, struct mono now,
                       int64_t pass_interval_ms, struct decision_input *input);

/* The policy's target, else the API's; negative when neither has a usable one. */
int32_t intake_target_ppb(const struct deployment *deployment);

/* Takes in a status, decides, and stores input and outcome in the deployment. */
void intake_status(struct deployment *deployment, const struct status *status,
                   const struct intake_context *context, struct decision *ret_decision);

#endif

/*
 * observe - a status meets what is known about its deployment, and a decision comes out.
 *
 * What a status moves: the ledger (hosts asked for that have come, or have not for too long), the boot time learned
 * from it, the most hosts of the last boot_timeout, the hosts that have been dark for too long, the history, what is
 * forecast from it, the window of desired values. An implausible status moves nothing, and no status nothing either:
 * what was not looked for is not missed.
 * Pure: no I/O, no clock. Tells the sink what an operator should know. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_INTAKE_H
#define ENGINE_CORE_INTAKE_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

/* Statuses that must agree before a deployment that lost all its hosts at once is believed to have none. */
#define COLLAPSE_AGREEMENT 3

/* Hosts that are still there so many pass intervals after they were asked away stay for now. */
#define UNDRAINED_PASSES 1

/* Boot times are learned from statuses that are no further apart than so many pass intervals. */
#define LEARNING_PASSES 4

/* Accepted scales that must have been followed before `confirm_timeout: auto` is learned from them. */
#define FOLLOW_COUNT_MIN 3

/* How soon this API's current_hosts follows accepted scales. */
struct follow {
    int32_t count;
    int64_t slowest_ms;
};

struct intake_context {
    struct mono now;
    uint32_t pass;
    int64_t pass_interval_ms;
    int64_t status_age_max_ms;
    const struct pass_times *times; /* `pass` is the last one */
    enum reason gate; /* why nothing may be sent for this deployment, or REASON_NONE */
    bool is_shrink_latched;
    struct follow *follow;
    const struct event_sink *sink;
};

/*
 * Twice the slowest so far plus a pass, never more than boot_timeout; boot_timeout until enough was seen, and until
 * hosts of this deployment have come: its own may take longer than all others.
 */
int64_t follow_confirm_timeout_ms(const struct follow *follow, const struct deployment *deployment,
                                  int64_t pass_interval_ms);

/*
 * Fills in what policy, ledger and cooldowns say at `now`. Status, fault, outlook, windows and gate are the
 * caller's.
 */
void intake_fill_input(const struct deployment *deployment, struct mono now,
                       int64_t pass_interval_ms, struct decision_input *input);

/* The policy's target, else the API's; negative when neither has a usable one. */
int32_t intake_target_ppb(const struct deployment *deployment);

/* Takes the status in, decides, keeps the outcome in the deployment. */
void intake_status(struct deployment *deployment, const struct status *status,
                   const struct intake_context *context, struct decision *ret_decision);

#endif

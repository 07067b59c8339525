/*
 * apply_discovery - applies a discovery to the fleet: adds, changes, holds and retires deployments.
 *
 * All or nothing: without memory (-ENOMEM) or with too many deployments (-E2BIG), the old list stays. Without memory,
 * deployments that are not in the new list may have been forgotten. All entries whose ids are equal, or differ only in
 * letter case, are held. An entry that is bad leaves the last good definition of its deployment in use; without one,
 * the deployment is held. A deployment that is no longer listed is not scaled; it keeps
 * its ledger and history for gone_keep_ms or the longest time of its policy, whichever is longer, and is then removed.
 * Unlisted ones with pending hosts, scaled or grown lately, or paused by an operator are kept so long; the others are
 * removed earlier, the oldest first: when there is no room for a list, or, after gone_keep_ms / GONE_KEEP_PART, when
 * there are more of them than listed ones.
 * Changes are sent to the sink as events. One thread at a time.
 */
#ifndef ENGINE_CORE_APPLY_DISCOVERY_H
#define ENGINE_CORE_APPLY_DISCOVERY_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

#define GONE_KEEP_PART 6

struct discovery_context {
    struct mono now;
    int64_t gone_keep_ms;
    bool is_memory_lost; /* of deployments that nothing is remembered of */
    size_t known_max;    /* listed and unlisted deployments */
    const struct policy *(*policy_of)(const void *context, const char *id);
    const void *policy_context;
    const struct event_sink *sink;
};

struct discovery_summary {
    int32_t listed; /* held and bad entries included */
    int32_t added;
    int32_t gone;
    int32_t bad;
};

int apply_discovery(struct fleet *fleet, const struct discovery *discovery,
                    const struct discovery_context *context, struct discovery_summary *ret_summary);

#endif

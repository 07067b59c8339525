/*
 * apply_discovery - applies a discovery to the fleet: adds, changes, holds and retires deployments.
 *
 * All or nothing: without memory (-ENOMEM) or with too many deployments (-E2BIG), the old list stays. All entries whose
 * ids are equal, or differ only in letter case, are held. A deployment that is no longer listed is not scaled; it keeps
 * its ledger and history for gone_keep_ms or the longest time of its policy, whichever is longer, and is then removed.
 * Changes are sent to the sink as events. One thread at a time.
 */
#ifndef ENGINE_CORE_APPLY_DISCOVERY_H
#define ENGINE_CORE_APPLY_DISCOVERY_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

struct discovery_context {
    struct mono now;
    uint32_t discovery_number; /* from 1, increasing */
    int64_t gone_keep_ms;
    const struct policy *(*policy_of)(const void *context, const char *id);
    const void *policy_context;
    const struct event_sink *sink;
};

struct discovery_summary {
    int32_t listed; /* held entries included */
    int32_t added;
    int32_t gone;
    int32_t bad;
};

int apply_discovery(struct fleet *fleet, const struct discovery *discovery,
                    const struct discovery_context *context, struct discovery_summary *ret_summary);

#endif

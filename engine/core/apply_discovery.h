/*
 * adopt - a discovery becomes the fleet's list: deployments found, changed, held for bad definitions, gone.
 *
 * All or nothing: when memory runs out (-ENOMEM) or there are too many (-E2BIG), the old list stays as it was. Ids that
 * stand twice, or differ in letter case only, are held, all of them. A deployment that is no longer listed is kept
 * for GONE_KEEP_MS, or as long as the longest time of its policy, with its ledger and history, and not scaled; then it
 * makes room, first of all. Tells the sink what changed.
 */
#ifndef ENGINE_CORE_APPLY_DISCOVERY_H
#define ENGINE_CORE_APPLY_DISCOVERY_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

struct discovery_context {
    struct mono now;
    uint32_t discovery_number; /* from 1, rising */
    int64_t gone_keep_ms;
    const struct policy *(*policy_of)(const void *context, const char *id);
    const void *policy_context;
    const struct event_sink *sink;
};

struct discovery_summary {
    int32_t listed; /* entries with a slot now, held ones included */
    int32_t added;
    int32_t gone;
    int32_t bad;
};

int apply_discovery(struct fleet *fleet, const struct discovery *discovery,
                    const struct discovery_context *context, struct discovery_summary *ret_summary);

#endif

/*
 * fleet_summary - the state of each deployment and the sums over the fleet, brought up to date on demand.
 *
 * A reader of the fleet's changes: an update looks at the slots that have changed since the last one, and at nothing
 * else. All readers of states and totals (snapshots, metrics) share one summary, so each change is computed once. Until
 * the first update it is not attached and needs no memory.
 *
 * Owns its figures. One thread at a time. -ENOMEM: figures and totals are those of some earlier time, and the next
 * update continues.
 */
#ifndef ENGINE_CORE_FLEET_SUMMARY_H
#define ENGINE_CORE_FLEET_SUMMARY_H

#include "engine/core/fleet.h"
#include "engine/core/shown_reasons.h"
#include "engine/fleet_totals.h"

/* What a deployment adds to the totals. Unknown counts are 0. */
struct deployment_figures {
    int32_t hosts;
    int32_t serving_hosts;
    int32_t pending_hosts;
    int32_t total_servers;
    int32_t free_servers;
    int32_t wanted_delta; /* see deployment_wanted_delta */
    uint8_t state;        /* enum state */
    uint8_t base_state;   /* the same without STARVED */
    bool is_paused;       /* by an operator or its policy, alone */
    bool is_listed;
    bool is_used;                       /* false: the slot is empty */
    uint8_t reasons[SHOWN_REASONS_MAX]; /* enum reason: shown_reasons.h; NONE: no more */
};

/* Zeroed memory is a summary that has never been updated. */
struct fleet_summary {
    struct fleet_reader changes;
    struct deployment_figures *figures; /* by slot */
    size_t room;
    struct fleet_totals totals;
};

/* Call it before the fleet is destroyed. */
void fleet_summary_fini(struct fleet_summary *summary);

/* `is_all_paused` changes states: all slots must be marked when it changes. */
int fleet_summary_update(struct fleet_summary *summary, struct fleet *fleet, bool is_all_paused);

/* Of one deployment, without a summary. */
void deployment_figures_make(const struct deployment *deployment, bool is_all_paused,
                             struct deployment_figures *ret_figures);

#endif

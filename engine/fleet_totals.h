/*
 * fleet_totals - sums over the fleet.
 *
 * Part of the public interface: the core keeps them (core/fleet_summary.h), with a console and without; snapshots and
 * other readers carry them unchanged. Plain values. Hosts, servers, deployments. Any thread.
 */
#ifndef ENGINE_FLEET_TOTALS_H
#define ENGINE_FLEET_TOTALS_H

#include "engine/vocab.h"

#include <stdint.h>

/* Sums over the listed deployments; `states` counts the others, too. Unknown counts are left out. */
struct fleet_totals {
    int32_t deployments;
    int32_t states[STATE_COUNT];
    int64_t hosts;
    int64_t serving_hosts; /* those of them that have servers */
    int64_t pending_hosts;
    int64_t servers;
    int64_t free_servers;
    int32_t paused; /* one by one, by an operator or their policy */
    /*
     * Deployments that a pass would scale now if neither a pause of all nor a dry-run kept it from that, and by how
     * many hosts. What is paused one by one would stay.
     */
    int32_t wanted_up;
    int32_t wanted_down;
    int64_t wanted_up_hosts;
    int64_t wanted_down_hosts; /* positive */
};

#endif

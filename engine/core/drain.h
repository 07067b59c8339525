/*
 * drain - how the statuses of one deployment show hosts that leave: removed, and not empty yet.
 *
 * An API that lets the servers of removed hosts drain may count these hosts in current_hosts or not, and their servers
 * in total_servers and free_servers or not. For a decision only the busy servers differ, total - free:
 *
 *     exact      busy servers of leaving hosts count as busy. Idle ones count as free, or not at all.
 *     idle_busy  idle ones are in total_servers and not in free_servers: they look like demand.
 *     hidden     busy ones are not counted: demand seems to fall with the removal.
 *
 * Which of them it is shows in the first statuses after a removal, in which demand can change only a little:
 *
 *     idle_busy  the busy servers rise by half of the idle servers that leaving hosts have at the least, and by no more
 *                than all their servers. The hosts with the fewest sessions leave, so their idle share is at least that
 *                of all hosts.
 *     hidden     the busy servers fall together with total_servers, by more than they usually fall: by two standard
 *                deviations of a Poisson load, or while current_hosts still counts the hosts. The fall is the number
 *                of hidden servers. They count as demand up to the demand at the last removal, until the removal
 *                expires (ledger.h). A removal of few of many hosts does not show it: such an API is to be configured.
 *
 * idle_busy may be a wrong guess: demand that rose. Then idle servers were free, and the free servers fall by all
 * servers of hosts that go. Otherwise they fall by the sessions that move at most. All departures since the last
 * removal decide, once an eighth of the servers is gone. What the free servers fall while no host goes is no sign, nor
 * is chance.
 *
 * Servers on leaving hosts are not known exactly; `servers` is the number that the other hosts cannot run.
 *
 * Plain values; zeroed memory means that nothing leaves. Owned by the ledger. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_DRAIN_H
#define ENGINE_CORE_DRAIN_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stdint.h>

enum draining { DRAINING_AUTO, DRAINING_EXACT, DRAINING_IDLE_BUSY, DRAINING_HIDDEN };

/* Statuses after a removal that may show how the API reports leaving hosts: a replica may lag. */
#define DRAIN_STATUSES 3

/* The part of the servers of leaving hosts that are lost before the hosts: fewer may have failed or restart. */
#define DRAIN_LOST_PARTS 8

/* Statuses in which hosts leave later: one may show hosts that another tool removed. */
#define DRAIN_LATE 2

/* Statuses without departures that are remembered: of older ones half counts. */
#define DRAIN_STILL_STATUSES 16

/*
 * The later statuses, after DRAIN_STATUSES: those in which leaving hosts went, and the others. Sessions that move to
 * hosts that stay take free servers in both. Not kept over a restart.
 */
struct drain_departures {
    int32_t gone;        /* servers on leaving hosts that went */
    int32_t freed;       /* so many fewer servers were free after these statuses */
    int32_t still_freed; /* the same for the other statuses */
    uint8_t statuses;
    uint8_t still_statuses;
};

struct drain {
    int32_t busy_before; /* demand when the last removal was sent */
    int32_t usual_fall;  /* of the busy servers from one status to the next, before the removal */
    int32_t servers_missing; /* servers that the staying hosts lacked then */
    int32_t servers;         /* on leaving hosts, as far as total_servers counts them */
    int32_t hidden_servers;  /* busy servers that the statuses do not count */
    int32_t leaving_hosts;   /* at the last status */
    struct mono leaving_since;
    uint8_t statuses;      /* since the last removal, up to DRAIN_STATUSES */
    uint8_t late_statuses; /* that showed hosts leave later than that, up to DRAIN_LATE */
    struct drain_departures departures;
    bool is_open;      /* a removal was sent, and its hosts may still have sessions */
    bool is_uncounted; /* total_servers counts more than the hosts of current_hosts can run */
    bool is_idle_busy;
    bool is_seen; /* the API drains: hosts leave late, or lose servers first */
};

/* Removed hosts that are still counted after this time were not removed. */
#define DRAIN_DROPPED_MS ((int64_t)3 * 60 * 60 * 1000)

/*
 * What all deployments of an API have shown: hosts drain; or removals were not carried out, although nothing drained.
 * An API that carries out a part of a removal and drops the rest is not waited for.
 */
struct drain_habit {
    bool is_draining;
    bool is_dropping;
};

/* Two statuses in sequence, and the hosts that the later one still counts although they were removed. */
struct drain_context {
    enum draining draining; /* of the configuration */
    int32_t servers_per_host;
    int32_t leaving_hosts;
    int32_t booting_hosts;       /* added hosts that are counted and have no servers yet */
    int32_t usual_fall;          /* for drain_begin */
    struct mono at;              /* of the later one */
    bool are_servers_restarting; /* some are missing now and then, on any host */
    const struct status *before;
    const struct status *now;
};

/*
 * A removal of `hosts` (> 0) is sent; the context is still that of the last status. `demand` is the result of the last
 * drain_observe, else the busy servers.
 */
void drain_begin(struct drain *drain, const struct drain_context *context, int32_t hosts,
                 int32_t demand);

/* A plausible status. Returns the demand in busy servers; without a drain it is total - free. */
int32_t drain_observe(struct drain *drain, const struct drain_context *context);

/* Hosts have been counted as leaving for DRAIN_DROPPED_MS or longer, and nothing has shown that they drain. */
bool drain_is_dropped(const struct drain *drain, struct mono now);

/* Leaving hosts may still have sessions, although current_hosts does not count them. */
static inline bool drain_is_going_on(const struct drain *drain)
{
    return drain->is_open && (drain->is_uncounted || drain->hidden_servers > 0);
}

#endif

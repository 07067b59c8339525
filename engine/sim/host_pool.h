/*
 * host_pool - the hosts of one deployment and the sessions that are played on them: the model of demo, mock server,
 * backtest and soak.
 *
 *     ordered --(boot time)--> active --(removed while empty)--> gone
 *        |                       |  ^
 *        |                       |  +--(ordered again)--+
 *        |                       +--(removed with sessions)--> draining --(its last session ends)--> gone
 *        +--(removed)--> gone
 *
 * Time advances in steps. In a step the hosts whose boot is over become active, sessions end at random (their length
 * is exponential), and new ones begin up to the wanted number, as far as servers are free; the others are turned
 * away. A new session starts on the fullest host with a free server (pack) or on the emptiest (spread). Hosts with
 * the same number of sessions are exchangeable, so they are counted, not stored. Between two steps the hosts may
 * advance alone; the times of these calls do not change the result.
 *
 * A boot takes `boot_ms`, log-normal (sigma 0.25) around it and clipped to half and twice. The time of a boot is
 * drawn by its number, so that it does not depend on the sessions. Whole numbers only: the same key and the same
 * calls give the same pool to the bit on every machine. Simulated milliseconds from 0, never backwards.
 *
 * fleet_model is its adapter for a fleet with an API, backtest the one for recorded demand. The tests of the core use
 * tests/support/fleet_truth instead: it cannot play sessions, so it cannot tell how long a host drains or which hosts
 * are empty, but the test sets the time of every boot and drain.
 *
 * The owner calls host_pool_fini, which accepts a zeroed pool. One thread at a time. -ENOMEM: nothing changed.
 */
#ifndef ENGINE_SIM_HOST_POOL_H
#define ENGINE_SIM_HOST_POOL_H

#include "engine/base/random.h"
#include "engine/sim/agenda.h"

#include <stdbool.h>
#include <stdint.h>

#define POOL_SERVERS_PER_HOST_MAX 1000
#define POOL_HOSTS_MAX 1000000
#define POOL_SERVERS_UNLIMITED INT64_MAX

enum placement { PLACEMENT_PACK, PLACEMENT_SPREAD };

struct host_pool_config {
    uint64_t key;             /* seed of all its random values */
    int32_t servers_per_host; /* 1 .. POOL_SERVERS_PER_HOST_MAX */
    int32_t hosts;            /* active at time 0, without a session */
    int64_t boot_ms;
    int64_t session_ms; /* mean length, above 0 */
    /* After it, draining hosts leave and their sessions start again elsewhere; 0: no limit. */
    int64_t drain_ms_max;
    enum placement placement;
    bool is_draining;   /* may hosts with sessions be removed? */
    bool is_cancelling; /* may hosts be removed while they boot? */
};

struct host_pool {
    struct host_pool_config config;
    struct random random;
    int64_t now_ms;       /* time of the hosts */
    int64_t stepped_ms;   /* time of the sessions */
    int32_t *active_at;   /* active hosts by their number of sessions, 0 .. servers_per_host */
    int32_t *draining_at; /* the same for draining hosts; none has 0 */
    struct agenda boots;  /* when ordered hosts become active */
    struct agenda drains; /* deadlines of draining hosts, if there is a maximum */
    uint32_t boot_number; /* of the next host to be ordered */

    int32_t active_hosts;
    int32_t draining_hosts;
    int64_t active_sessions;
    int64_t draining_sessions;
    int64_t turned_away; /* sessions wanted in the last step, without a free server */
    int64_t gone_hosts;  /* hosts that have left since the start */
};

int host_pool_init(struct host_pool *pool, const struct host_pool_config *config);
void host_pool_fini(struct host_pool *pool);

/*
 * Advances the pool to `now_ms` in one step. `wanted_sessions`: the sessions wanted then. `servers_max`: at most so
 * many run on active hosts, whatever their capacity; POOL_SERVERS_UNLIMITED.
 */
void host_pool_step(struct host_pool *pool, int64_t now_ms, int64_t wanted_sessions,
                    int64_t servers_max);

/*
 * Advances the hosts alone to `now_ms`: boots and drains that are over then. No session ends by itself or begins; the
 * next step catches up.
 */
void host_pool_advance(struct host_pool *pool, int64_t now_ms);

/*
 * Orders hosts at the time of the last step or advance: takes draining ones back first, the fullest first. `hosts` >
 * 0; never more than POOL_HOSTS_MAX in total.
 */
int host_pool_order(struct host_pool *pool, int32_t hosts);

/*
 * Removes as many as allowed, at most `hosts` (> 0): empty ones, then booting ones (the last to be ready first), then
 * those with the fewest sessions. *ret_removed: the number removed.
 */
int host_pool_remove(struct host_pool *pool, int32_t hosts, int32_t *ret_removed);

/* Ordered and not active yet. */
static inline int32_t host_pool_booting_hosts(const struct host_pool *pool)
{
    return (int32_t)pool->boots.count;
}

/* Booting, active and draining. */
static inline int64_t host_pool_all_hosts(const struct host_pool *pool)
{
    return (int64_t)pool->active_hosts + pool->draining_hosts + pool->boots.count;
}

/* Servers on active hosts, busy or free. */
static inline int64_t host_pool_servers(const struct host_pool *pool)
{
    return (int64_t)pool->active_hosts * pool->config.servers_per_host;
}

#endif

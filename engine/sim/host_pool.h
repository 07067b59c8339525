/*
 * host_pool - the hosts of one deployment and the sessions that are played on them: the one model behind demo,
 * simulation and backtest.
 *
 *     ordered --(boot time)--> active --(removed while empty)--> gone
 *        |                       |  ^
 *        |                       |  +--(ordered again)--+
 *        |                       +--(removed with sessions)--> draining --(its last session ends)--> gone
 *        +--(removed)--> gone
 *
 * Time goes on in steps. In a step the hosts whose boot is over become active, sessions end at random (their length is
 * exponential), and so many begin that as many run as are wanted, as far as there is room; the others are turned away.
 * A new session takes a place on the fullest host that has one (pack) or on the emptiest (spread). Hosts with the same
 * number of sessions are exchangeable, so they are counted, not kept. Between two steps the hosts may go on alone:
 * when they are looked at changes nothing.
 *
 * A boot takes `boot_ms`, log-normal (sigma 0.25) around it and clipped to half and twice; the luck of a boot is drawn
 * by its number, so that it does not depend on what is played. Whole numbers only: the same key and the same calls give
 * the same pool to the bit on every reconciler. Simulated milliseconds from 0, never backwards.
 *
 * The owner calls host_pool_fini; a zeroed pool may be given to it. One thread at a time. -ENOMEM: nothing changed.
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
    uint64_t key;             /* all its luck */
    int32_t servers_per_host; /* 1 .. POOL_SERVERS_PER_HOST_MAX */
    int32_t hosts;            /* active at time 0, without a session */
    int64_t boot_ms;
    int64_t session_ms; /* mean length, above 0 */
    int64_t
        drain_ms_max; /* draining hosts are gone after that, their sessions start again elsewhere; 0: they wait */
    enum placement placement;
    bool is_draining;   /* may hosts with sessions be removed? */
    bool is_cancelling; /* may hosts be removed while they boot? */
};

struct host_pool {
    struct host_pool_config config;
    struct random random;
    int64_t now_ms;       /* of the hosts */
    int64_t stepped_ms;   /* of the sessions */
    int32_t *active_at;   /* active hosts by their number of sessions, 0 .. servers_per_host */
    int32_t *draining_at; /* the same of those that drain; none has 0 */
    struct agenda boots;  /* when hosts that were ordered become active */
    struct agenda drains; /* when draining hosts have to be gone, if they have to */
    uint32_t boot_number; /* of the next host to be ordered */

    int32_t active_hosts;
    int32_t draining_hosts;
    int64_t active_sessions;
    int64_t draining_sessions;
    int64_t turned_away; /* sessions wanted in the last step, without room */
    int64_t gone_hosts;  /* that ever left */
};

int host_pool_init(struct host_pool *pool, const struct host_pool_config *config);
void host_pool_fini(struct host_pool *pool);

/*
 * Brings the pool to `now_ms` in one step. `wanted_sessions`: as many as want to run then. `servers_max`: no more than
 * that run on active hosts, whatever room there is; POOL_SERVERS_UNLIMITED.
 */
void host_pool_step(struct host_pool *pool, int64_t now_ms, int64_t wanted_sessions,
                    int64_t servers_max);

/*
 * Brings the hosts alone to `now_ms`: boots and drains that are over then. No session ends of its own or begins; the
 * next step makes up for it.
 */
void host_pool_advance(struct host_pool *pool, int64_t now_ms);

/*
 * Hosts ordered at the time of the last step or advance: draining ones are taken back first, the fullest first.
 * `hosts` > 0; never more than POOL_HOSTS_MAX together.
 */
int host_pool_order(struct host_pool *pool, int32_t hosts);

/*
 * Removes as many as it may, at most `hosts` (> 0): empty ones, then those that boot (the last to be ready
 * first), then those with the fewest sessions. How many is said in *ret_removed.
 */
int host_pool_remove(struct host_pool *pool, int32_t hosts, int32_t *ret_removed);

/* Ordered and not active yet. */
static inline int32_t host_pool_booting_hosts(const struct host_pool *pool)
{
    return (int32_t)pool->boots.count;
}

/* Room on active hosts. */
static inline int64_t host_pool_servers(const struct host_pool *pool)
{
    return (int64_t)pool->active_hosts * pool->config.servers_per_host;
}

#endif

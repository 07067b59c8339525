/*
 * growth - the hosts that were ordered within the last hour, and whether the ones that came changed anything.
 *
 * Two records of a deployment. `growth_base` is the number that a share of max_growth_per_hour is of; every deployment
 * has one. `growth` is the account of its orders; only a deployment that grew has one.
 *
 * The base is the most hosts of the last day, and only hosts that were enough: two statuses in a row with free servers
 * and no less than the target. Otherwise, hosts that are ordered because of a wrong status would raise the limit for
 * the next ones, hour after hour. The first status counts as it is. Days have fixed borders: a value counts for one to
 * two days. After that, the most hosts since the start count for 1/GROWTH_EVER_PARTS: with the default of 700 %, a
 * fleet that was empty for days may return to its size within an hour.
 *
 * The account has buckets with fixed borders: an order counts for one hour, and at most for GROWTH_BUCKET_MS longer.
 * Every order counts from the moment when it is sent, whatever becomes of it; a refused one is taken back.
 *
 * Orders without effect: after GROWTH_ROUNDS orders in a row, each sent after hosts of earlier ones had come, there are
 * GROWTH_TIMES as many servers as before the first of them, GROWTH_SERVERS_MIN / GROWTH_TIMES more, and as many as the
 * most hosts since the start have; the free share has not risen, and after no order half of the servers that came were
 * free. A status in which free_servers is stuck looks like this, and so does demand that grows as fast as the fleet; a
 * step of demand ends earlier. From then on, the time from one order to the next doubles with each round, up to an
 * hour. Servers that become free end it.
 *
 * Plain values; zeroed memory is empty. Hosts, servers, milliseconds. One thread at a time. Time is an argument and
 * never decreases. Cannot fail.
 */
#ifndef ENGINE_CORE_GROWTH_H
#define ENGINE_CORE_GROWTH_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/core/policy.h"

#include <stdbool.h>
#include <stdint.h>

#define GROWTH_HOUR_MS ((int64_t)3600 * 1000)
#define GROWTH_BUCKET_MS ((int64_t)300 * 1000)
#define GROWTH_BUCKETS (GROWTH_HOUR_MS / GROWTH_BUCKET_MS + 1)

#define GROWTH_PERIOD_MS ((int64_t)24 * 3600 * 1000)
#define GROWTH_EVER_PARTS 8

/* The least that a share allows in an hour, in servers: a share of a small fleet alone could not serve a launch. */
#define GROWTH_SERVERS_MIN 1000

#define GROWTH_ROUNDS 3
#define GROWTH_TIMES 4

struct growth_base {
    int32_t high; /* most hosts in this period, in the last one, and since the start */
    int32_t high_before;
    int32_t high_ever;
    uint16_t period; /* of `high`, modulo 2^16 */
    bool is_known;   /* the first status has come */
    bool was_enough; /* the last status had no less than the target */
};

struct growth {
    int32_t hosts[GROWTH_BUCKETS]; /* ordered in a bucket, at its number modulo GROWTH_BUCKETS */
    int64_t bucket;                /* the newest bucket with an order */

    /* Orders without effect. */
    bool is_watching; /* since the first order after the last effect */
    uint8_t rounds;   /* orders that followed hosts that came; beyond GROWTH_ROUNDS: slow ones */
    int32_t first_servers;  /* at the first order */
    int32_t first_free;     /* of those */
    int32_t latest_servers; /* at the latest order */
    int32_t latest_free;    /* free_servers at the last order */
    struct mono wait_until; /* no further order before; zero: none waits */
};

/* Free servers and no less than the target: these hosts were enough. */
bool growth_is_enough(const struct status *status, int32_t target_free_ppb);

/* A plausible status; until one `is_valid`, the fleet may be another one. */
void growth_base_observe(struct growth_base *base, const struct status *status,
                         int32_t servers_per_host, bool is_enough, bool is_valid, struct mono now);
int32_t growth_base_hosts(const struct growth_base *base);

/* Hosts are ordered now; an order that was sent at `sent` was refused. */
void growth_add(struct growth *growth, int32_t hosts, struct mono now);
void growth_take_back(struct growth *growth, int32_t hosts, struct mono sent);

/* Hosts ordered within the last hour; the time until the oldest of them no longer count. NULL: none, 0. */
int32_t growth_hosts(const struct growth *growth, struct mono now);
int64_t growth_left_ms(const struct growth *growth, struct mono now);

/*
 * An order of a pass was decided on `status`; `known_hosts` were enough at some time. At the usual pace the next order
 * follows after `pace_ms`, a boot time and a pass. True: orders are without effect now, and were not before.
 */
bool growth_note_order(struct growth *growth, const struct status *status, int32_t servers_per_host,
                       int64_t known_hosts, int64_t pace_ms, struct mono now);

/* Hosts have another number of servers from now on: servers of earlier orders count as the same hosts. NULL: none. */
void growth_resize(struct growth *growth, int32_t servers_per_host_before,
                   int32_t servers_per_host);

/* A plausible status: ends the wait if the free share has risen, or is enough. NULL: nothing to do. */
void growth_observe(struct growth *growth, const struct status *status, bool is_enough);

/* How long further orders wait. NULL: 0. */
int64_t growth_wait_ms(const struct growth *growth, struct mono now);

/* Nothing counts any more. */
bool growth_is_over(const struct growth *growth, struct mono now);

/* --- the limit ----------------------------------------------------------------------------------------- */

/* What a share is of; the least that it allows. */
int64_t growth_fleet_hosts(const struct policy *policy, int64_t base_hosts);
int64_t growth_least_hosts(int32_t servers_per_host);

/* Hosts that may be ordered in an hour; INT32_MAX: no limit. */
int64_t growth_limit_hosts(const struct policy *policy, int64_t base_hosts,
                           int32_t servers_per_host);

#endif

/*
 * host_pool_fixture - a pool of hosts in steps of simulated time, and what holds for every pool.
 *
 * The functions belong to the .c file that includes it. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_HOST_POOL_FIXTURE_H
#define TESTS_SUPPORT_HOST_POOL_FIXTURE_H

#include "engine/sim/host_pool.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdint.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define STEP_MS (30 * SECOND_MS)
#define BOOT_MS (2 * MINUTE_MS)
#define DRAIN_MS_MAX (2 * MINUTE_MS)
#define FOREVER_MS ((int64_t)1 << 50) /* as a mean length: no session ends of its own */
#define PER_HOST 4

static inline struct host_pool make_pool(struct host_pool_config config)
{
    struct host_pool pool;
    assert_int_equal(host_pool_init(&pool, &config), 0);
    return pool;
}

/* Ten hosts of four servers where nothing ends of its own. */
static inline struct host_pool_config still_config(void)
{
    return (struct host_pool_config){
        .key = 1,
        .servers_per_host = PER_HOST,
        .hosts = 10,
        .boot_ms = BOOT_MS,
        .session_ms = FOREVER_MS,
        .is_draining = true,
        .is_cancelling = true,
    };
}

static inline void play(struct host_pool *pool, int64_t now_ms, int64_t wanted_sessions)
{
    host_pool_step(pool, now_ms, wanted_sessions, POOL_SERVERS_UNLIMITED);
}

static inline void order(struct host_pool *pool, int32_t hosts)
{
    assert_int_equal(host_pool_order(pool, hosts), 0);
}

static inline int32_t take_out(struct host_pool *pool, int32_t hosts)
{
    int32_t removed = -1;
    assert_int_equal(host_pool_remove(pool, hosts, &removed), 0);
    assert_in_range(removed, 0, hosts);
    return removed;
}

static inline int64_t level_sum(const struct host_pool *pool, const int32_t *hosts_at,
                                bool is_sessions)
{
    int64_t sum = 0;
    for (int32_t level = 0; level <= pool->config.servers_per_host; level++) {
        assert_true(hosts_at[level] >= 0);
        sum += is_sessions ? (int64_t)level * hosts_at[level] : hosts_at[level];
    }
    return sum;
}

static inline void check_counts(const struct host_pool *pool)
{
    assert_int_equal(level_sum(pool, pool->active_at, false), pool->active_hosts);
    assert_int_equal(level_sum(pool, pool->active_at, true), pool->active_sessions);
    assert_int_equal(level_sum(pool, pool->draining_at, false), pool->draining_hosts);
    assert_int_equal(level_sum(pool, pool->draining_at, true), pool->draining_sessions);
    assert_int_equal(pool->draining_at[0], 0);
    assert_true(pool->active_sessions <= host_pool_servers(pool));
    assert_true(pool->turned_away >= 0);
    bool has_dates = pool->config.drain_ms_max > 0;
    assert_int_equal(pool->drains.count, has_dates ? pool->draining_hosts : 0);
}

#endif

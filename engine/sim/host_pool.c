#include "engine/sim/host_pool.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/sim/binomial.h"
#include "engine/sim/draw.h"

#include <errno.h>

enum lane { LANE_SESSIONS, LANE_BOOT };

/*
 * The log-normal distribution with median 1000 and sigma 0.25 at every 32nd of its mass, clipped at half and double:
 * a table, because exp() differs between the libraries of machines.
 */
static const int32_t boot_quantiles_mil[] = {
    500,  628,  681,  719,  750,  777,  801,  824,  845,  865,  885,
    904,  923,  942,  961,  981,  1000, 1020, 1040, 1061, 1083, 1106,
    1130, 1156, 1184, 1214, 1248, 1287, 1333, 1390, 1467, 1593, 2000,
};
#define QUANTILE_PARTS ((int64_t)(sizeof boot_quantiles_mil / sizeof boot_quantiles_mil[0]) - 1)
#define QUANTILE_STEPS 1024 /* between two quantiles of the table */

/* Linear between the quantiles. */
static int64_t draw_boot_ms(const struct host_pool *pool)
{
    int64_t at =
        draw_below(pool->config.key, LANE_BOOT, pool->boot_number, QUANTILE_PARTS * QUANTILE_STEPS);
    const int32_t *from = &boot_quantiles_mil[at / QUANTILE_STEPS];
    int64_t steps = at % QUANTILE_STEPS;
    int64_t share_mil = from[0] + floor_div((from[1] - from[0]) * steps, QUANTILE_STEPS);
    return floor_div(pool->config.boot_ms * share_mil, 1000);
}

int host_pool_init(struct host_pool *pool, const struct host_pool_config *config)
{
    must(1 <= config->servers_per_host && config->servers_per_host <= POOL_SERVERS_PER_HOST_MAX);
    must(0 <= config->hosts && config->hosts <= POOL_HOSTS_MAX);
    must(config->session_ms > 0);
    must(config->boot_ms >= 0);
    must(config->drain_ms_max >= 0);
    size_t levels = (size_t)config->servers_per_host + 1;
    int32_t *counts = heap_alloc(2 * levels, sizeof *counts);
    if (!counts)
        return -ENOMEM;
    *pool = (struct host_pool){
        .config = *config,
        .random = draw(config->key, LANE_SESSIONS, 0),
        .active_at = counts,
        .draining_at = counts + levels,
        .active_hosts = config->hosts,
    };
    pool->active_at[0] = config->hosts;
    return 0;
}

void host_pool_fini(struct host_pool *pool)
{
    heap_free(pool->active_at);
    agenda_fini(&pool->boots);
    agenda_fini(&pool->drains);
    *pool = (struct host_pool){ 0 };
}

/* --- sessions ------------------------------------------------------------------------------------- */

/* Draws one of the sessions evenly; returns the number of sessions on its host. */
static int32_t draw_level(struct host_pool *pool, const int32_t *hosts_at, int64_t sessions)
{
    int64_t index = random_below(&pool->random, sessions);
    int32_t level = pool->config.servers_per_host;
    while (index >= (int64_t)level * hosts_at[level]) {
        index -= (int64_t)level * hosts_at[level];
        level--;
        must(level > 0);
    }
    return level;
}

static void end_active(struct host_pool *pool)
{
    int32_t level = draw_level(pool, pool->active_at, pool->active_sessions);
    pool->active_at[level]--;
    pool->active_at[level - 1]++;
    pool->active_sessions--;
}

/*
 * A host has left before its deadline. The earliest deadline is removed, as if it were the host that has drained
 * longest: the others keep their time, and there is never a deadline without a host.
 */
static void forget_first_deadline(struct host_pool *pool)
{
    if (pool->config.drain_ms_max == 0)
        return;
    bool was_there = agenda_take_due(&pool->drains, INT64_MAX);
    must(was_there);
}

static void end_draining(struct host_pool *pool)
{
    int32_t level = draw_level(pool, pool->draining_at, pool->draining_sessions);
    pool->draining_at[level]--;
    pool->draining_sessions--;
    if (level > 1) {
        pool->draining_at[level - 1]++;
        return;
    }
    pool->draining_hosts--;
    pool->gone_hosts++;
    forget_first_deadline(pool);
}

/* Fills the fullest host that has a free server, with at most so many sessions. Returns how many began. */
static int64_t begin_packed(struct host_pool *pool, int64_t sessions_max)
{
    int32_t full = pool->config.servers_per_host;
    int32_t level = full - 1;
    for (; pool->active_at[level] == 0; level--)
        must(level > 0);
    int32_t begun = (int32_t)min_i64(full - level, sessions_max);
    pool->active_at[level]--;
    pool->active_at[level + begun]++;
    return begun;
}

/* Begins one session on each of the emptiest hosts, on at most so many. Returns how many began. */
static int64_t begin_spread(struct host_pool *pool, int64_t sessions_max)
{
    int32_t level = 0;
    for (; pool->active_at[level] == 0; level++)
        must(level < pool->config.servers_per_host - 1);
    int32_t begun = (int32_t)min_i64(pool->active_at[level], sessions_max);
    pool->active_at[level] -= begun;
    pool->active_at[level + 1] += begun;
    return begun;
}

/* The result is as if they began one after the other. There are free servers for all. */
static void begin_sessions(struct host_pool *pool, int64_t sessions)
{
    pool->active_sessions += sessions;
    while (sessions > 0)
        sessions -= pool->config.placement == PLACEMENT_PACK ? begin_packed(pool, sessions)
                                                             : begin_spread(pool, sessions);
}

static void end_sessions(struct host_pool *pool, int64_t passed_ms)
{
    int64_t probability = probability_of_end(passed_ms, pool->config.session_ms);
    int64_t active = binomial_draw(&pool->random, pool->active_sessions, probability);
    int64_t draining = binomial_draw(&pool->random, pool->draining_sessions, probability);
    while (active-- > 0)
        end_active(pool);
    while (draining-- > 0)
        end_draining(pool);
}

static void meet_demand(struct host_pool *pool, int64_t wanted_sessions, int64_t servers_max)
{
    int64_t wanted = max_i64(0, wanted_sessions - pool->draining_sessions);
    int64_t served = min_i64(min_i64(wanted, servers_max), host_pool_servers(pool));
    while (pool->active_sessions > served)
        end_active(pool);
    begin_sessions(pool, served - pool->active_sessions);
    pool->turned_away = wanted - served;
}

/* --- hosts ---------------------------------------------------------------------------------------- */

static void finish_boots(struct host_pool *pool)
{
    while (agenda_take_due(&pool->boots, pool->now_ms)) {
        pool->active_at[0]++;
        pool->active_hosts++;
    }
}

static int32_t fullest_draining_level(const struct host_pool *pool)
{
    int32_t level = pool->config.servers_per_host;
    for (; pool->draining_at[level] == 0; level--)
        must(level > 1);
    return level;
}

/* Its sessions are still wanted and begin again where a server is free. */
static void evict_fullest(struct host_pool *pool)
{
    int32_t level = fullest_draining_level(pool);
    pool->draining_at[level]--;
    pool->draining_hosts--;
    pool->draining_sessions -= level;
    pool->gone_hosts++;
}

static void finish_drains(struct host_pool *pool)
{
    while (agenda_take_due(&pool->drains, pool->now_ms))
        evict_fullest(pool);
}

void host_pool_step(struct host_pool *pool, int64_t now_ms, int64_t wanted_sessions,
                    int64_t servers_max)
{
    must(wanted_sessions >= 0);
    must(servers_max >= 0);
    host_pool_advance(pool, now_ms);
    end_sessions(pool, now_ms - pool->stepped_ms);
    meet_demand(pool, wanted_sessions, servers_max);
    pool->stepped_ms = now_ms;
}

void host_pool_advance(struct host_pool *pool, int64_t now_ms)
{
    must(now_ms >= pool->now_ms);
    pool->now_ms = now_ms;
    finish_boots(pool);
    finish_drains(pool);
}

/* The fullest draining host: it would have been paid for the longest anyway. */
static void take_back(struct host_pool *pool)
{
    int32_t level = fullest_draining_level(pool);
    pool->draining_at[level]--;
    pool->active_at[level]++;
    pool->draining_hosts--;
    pool->active_hosts++;
    pool->draining_sessions -= level;
    pool->active_sessions += level;
}

/*
 * The deadlines of the latest removals are dropped, as if those had not happened. Otherwise active and draining hosts
 * might be exchanged for ever.
 */
static void take_back_hosts(struct host_pool *pool, int32_t hosts)
{
    for (int32_t i = 0; i < hosts; i++)
        take_back(pool);
    if (pool->config.drain_ms_max > 0)
        agenda_forget_latest(&pool->drains, (size_t)hosts);
}

int host_pool_order(struct host_pool *pool, int32_t hosts)
{
    must(hosts > 0);
    int32_t back = (int32_t)min_i64(hosts, pool->draining_hosts);
    must(host_pool_all_hosts(pool) + hosts - back <= POOL_HOSTS_MAX);
    if (agenda_reserve(&pool->boots, (size_t)(hosts - back)) < 0)
        return -ENOMEM;
    take_back_hosts(pool, back);
    for (int32_t i = back; i < hosts; i++) {
        agenda_add(&pool->boots, pool->now_ms + draw_boot_ms(pool));
        pool->boot_number++;
    }
    return 0;
}

static void drain_lightest(struct host_pool *pool)
{
    int32_t level = 1;
    for (; pool->active_at[level] == 0; level++)
        must(level < pool->config.servers_per_host);
    pool->active_at[level]--;
    pool->draining_at[level]++;
    pool->active_hosts--;
    pool->draining_hosts++;
    pool->active_sessions -= level;
    pool->draining_sessions += level;
    if (pool->config.drain_ms_max > 0)
        agenda_add(&pool->drains, pool->now_ms + pool->config.drain_ms_max);
}

/* The number of hosts of each kind to remove. */
struct removal {
    int32_t empty;
    int32_t booting;
    int32_t draining;
};

static struct removal plan_removal(const struct host_pool *pool, int32_t hosts)
{
    int32_t booting = pool->config.is_cancelling ? host_pool_booting_hosts(pool) : 0;
    int32_t played = pool->config.is_draining ? pool->active_hosts - pool->active_at[0] : 0;
    struct removal removal = { 0 };
    removal.empty = (int32_t)min_i64(hosts, pool->active_at[0]);
    removal.booting = (int32_t)min_i64(hosts - removal.empty, booting);
    removal.draining = (int32_t)min_i64(hosts - removal.empty - removal.booting, played);
    return removal;
}

int host_pool_remove(struct host_pool *pool, int32_t hosts, int32_t *ret_removed)
{
    must(hosts > 0);
    struct removal removal = plan_removal(pool, hosts);
    if (pool->config.drain_ms_max > 0 &&
        agenda_reserve(&pool->drains, (size_t)removal.draining) < 0)
        return -ENOMEM;
    pool->active_at[0] -= removal.empty;
    pool->active_hosts -= removal.empty;
    agenda_forget_latest(&pool->boots, (size_t)removal.booting);
    pool->gone_hosts += removal.empty + removal.booting;
    for (int32_t i = 0; i < removal.draining; i++)
        drain_lightest(pool);
    *ret_removed = removal.empty + removal.booting + removal.draining;
    return 0;
}

#include "engine/sim/backtest.h"

#include "engine/base/arith.h"
#include "engine/sim/contender.h"
#include "engine/sim/host_bill.h"

#include <errno.h>

/* Quota of the provider: the hosts that the peak of the demand needs, times this factor. */
#define QUOTA_TIMES 3
#define QUOTA_MORE 3

struct run {
    const struct backtest_model *model;
    const struct backtest_demand *demand;
    struct contender *contender;
    struct host_pool pool;
    struct host_bill bill;
    int64_t hosts_max;  /* the quota */
    int64_t gone_hosts; /* hosts of the pool that have left, as counted in the bill */
    int direction;      /* of the last action: 1, -1; 0: none yet */
    struct backtest_result result;
};

const char *backtest_rule_name(enum backtest_rule rule)
{
    switch (rule) {
    case BACKTEST_CONFIGURED:
        return "configured";
    case BACKTEST_NAIVE:
        return "naive";
    case BACKTEST_EXACT:
        return "exact";
    case BACKTEST_PERCENT_BUFFER:
        return "percent_buffer";
    case BACKTEST_ORACLE:
        return "oracle";
    }
    return "";
}

/* --- state ----------------------------------------------------------------------------------------------------- */

/* Servers that exist on active hosts. */
static int64_t servers(const struct run *run)
{
    return min_i64(host_pool_servers(&run->pool), contender_servers_max(run->contender));
}

static void bill_the_gone(struct run *run)
{
    host_bill_stop(&run->bill, run->pool.now_ms, run->pool.gone_hosts - run->gone_hosts);
    run->gone_hosts = run->pool.gone_hosts;
}

/* The state after this step holds until the next one. */
static void measure(struct run *run)
{
    struct backtest_result *result = &run->result;
    const struct host_pool *pool = &run->pool;
    int64_t held_ms = run->model->pass_interval_ms;
    int64_t free = servers(run) - pool->active_sessions;
    int64_t total = servers(run) + pool->draining_sessions;
    int64_t target = total * run->model->target_free_ppb;
    must(free >= 0);
    result->passes++;
    result->total_ms += held_ms;
    if (free * SHARE_WHOLE < target || total == 0)
        result->below_ms += held_ms;
    if (2 * free * SHARE_WHOLE < target || total == 0)
        result->deep_ms += held_ms;
    if (free == 0)
        result->zero_ms += held_ms;
    result->lost_server_ms += pool->turned_away * held_ms;
    result->host_ms += host_pool_all_hosts(pool) * held_ms;
}

/* --- actions --------------------------------------------------------------------------------------------------- */

static void note_action(struct run *run, int direction)
{
    run->result.actions++;
    run->result.flips += run->direction == -direction;
    run->direction = direction;
}

/* Draining hosts are taken back first; they are paid for already. */
static int order(struct run *run, int64_t hosts)
{
    struct host_pool *pool = &run->pool;
    int64_t room = pool->draining_hosts + max_i64(0, run->hosts_max - host_pool_all_hosts(pool));
    int64_t given = min_i64(hosts, room);
    int64_t started = max_i64(0, given - pool->draining_hosts);
    if (given == 0)
        return 0;
    if (host_pool_order(pool, (int32_t)given) < 0 ||
        (started > 0 && host_bill_start(&run->bill, pool->now_ms, started) < 0))
        return -ENOMEM;
    run->result.boots += started;
    note_action(run, 1);
    return 0;
}

/* The last active host stays. */
static int give_back(struct run *run, int64_t hosts)
{
    int64_t most = min_i64(hosts, (int64_t)run->pool.active_hosts - 1);
    int32_t removed = 0;
    if (most > 0 && host_pool_remove(&run->pool, (int32_t)most, &removed) < 0)
        return -ENOMEM;
    bill_the_gone(run);
    if (removed > 0)
        note_action(run, -1);
    return 0;
}

static int carry_out(struct run *run, int64_t delta)
{
    if (delta > 0)
        return order(run, delta);
    return delta < 0 ? give_back(run, -delta) : 0;
}

static struct contender_sight look(const struct run *run, size_t pass)
{
    int64_t total = servers(run);
    return (struct contender_sight){
        .pass = pass,
        .status = { .current_hosts = run->pool.active_hosts,
                    .total_servers = (int32_t)total,
                    .free_servers = (int32_t)(total - run->pool.active_sessions) },
        .booting_hosts = host_pool_booting_hosts(&run->pool),
    };
}

static int play_pass(struct run *run, size_t pass)
{
    int64_t now_ms = (int64_t)pass * run->model->pass_interval_ms;
    int32_t wanted = run->demand->servers[pass];
    int64_t delta;
    host_pool_step(&run->pool, now_ms, wanted, contender_servers_max(run->contender));
    bill_the_gone(run);
    run->result.demand_server_ms += wanted * run->model->pass_interval_ms;
    measure(run);
    struct contender_sight sight = look(run, pass);
    int r = contender_decide(run->contender, &sight, &delta);
    return r < 0 ? r : carry_out(run, delta);
}

/* --- a run ----------------------------------------------------------------------------------------------------- */

static int64_t quota(const struct backtest_model *model, const struct backtest_demand *demand)
{
    int64_t peak = 0;
    for (size_t i = 0; i < demand->count; i++)
        peak = max_i64(peak, demand->servers[i]);
    return min_i64(POOL_HOSTS_MAX, QUOTA_TIMES * contender_needed_hosts(model, peak) + QUOTA_MORE);
}

static int open_pool(struct run *run)
{
    const struct backtest_model *model = run->model;
    int64_t needed = contender_needed_hosts(model, run->demand->servers[0]);
    struct host_pool_config config = {
        .key = model->seed,
        .servers_per_host = model->servers_per_host,
        .hosts = (int32_t)clamp_i64(needed, 1, run->hosts_max),
        .boot_ms = model->boot_ms,
        .session_ms = model->session_ms,
        .placement = model->placement,
        .is_draining = model->is_draining,
    };
    return host_pool_init(&run->pool, &config);
}

static int play(struct run *run, enum backtest_rule rule, const struct policy *policy)
{
    int r;
    if ((r = contender_create(rule, run->model, run->demand, policy, &run->contender)) < 0 ||
        (r = open_pool(run)) < 0)
        return r;
    for (size_t pass = 0; r == 0 && pass < run->demand->count; pass++)
        r = play_pass(run, pass);
    return r;
}

int backtest_run(const struct backtest_model *model, const struct backtest_demand *demand,
                 enum backtest_rule rule, const struct policy *policy,
                 struct backtest_result *ret_result, struct error *err)
{
    must(demand->count > 0);
    must(model->pass_interval_ms > 0);
    struct run run = { .model = model, .demand = demand, .hosts_max = quota(model, demand) };
    host_bill_init(&run.bill, model->min_charge_ms);
    int r = play(&run, rule, policy);
    run.result.billed_ms = run.result.host_ms + run.bill.unused_ms;
    host_bill_fini(&run.bill);
    host_pool_fini(&run.pool);
    contender_destroy(run.contender);
    if (r < 0)
        return error_no_memory(err);
    *ret_result = run.result;
    return 0;
}

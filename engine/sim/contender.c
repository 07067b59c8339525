#include "engine/sim/contender.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/core/delta.h"
#include "engine/core/reconciler.h"
#include "engine/sim/exact_window_max.h"

#include <errno.h>

/* A node scaler removes a node after this idle time. */
#define NODE_IDLE_MS ((int64_t)10 * 60 * 1000)

/* The oracle knows the demand of so many boot times and a pass. */
#define ORACLE_BOOTS 2

/* Start of the clock: a real clock since boot is never at 0 at a decision. */
#define RECONCILER_STARTED_MS ((int64_t)24 * 3600 * 1000)

#define DEPLOYMENT_ID "trace"

struct contender {
    enum backtest_rule rule;
    const struct backtest_model *model;
    const struct backtest_demand *demand;
    struct reconciler *reconciler;  /* for a policy of the program */
    struct exact_window_max window; /* future demand, or recently wanted hosts */
    size_t window_passes;           /* ahead of this pass or behind it */
    size_t seen;                    /* the window has taken the demand below this index */
    int64_t servers_max;
};

int64_t contender_needed_hosts(const struct backtest_model *model, int64_t busy_servers)
{
    return delta_desired_hosts(&(struct delta_input){
        .servers_per_host = model->servers_per_host,
        .total_servers = saturate_i32(busy_servers),
        .target_free_ppb = model->target_free_ppb,
    });
}

/* --- on the reconciler -------------------------------------------------------------------------------------------- */

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)id;
    return context;
}

static void drop_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

static struct mono moment_of(const struct contender *contender, size_t pass)
{
    return (struct mono){ RECONCILER_STARTED_MS +
                          (int64_t)pass * contender->model->pass_interval_ms };
}

/* One discovery is enough: the next one would be due after the last pass. */
static int open_reconciler(struct contender *contender, const struct policy *policy)
{
    int64_t passes = (int64_t)contender->demand->count + 1;
    struct reconciler_config config = {
        .discovery_interval_ms = passes * contender->model->pass_interval_ms,
        .pass_interval_ms = contender->model->pass_interval_ms,
        .concurrency = 1,
        .policy_of = policy_of,
        .policy_context = policy,
    };
    struct event_sink sink = { drop_event, NULL };
    return reconciler_create(&config, contender->model->seed, sink, moment_of(contender, 0),
                             &contender->reconciler);
}

static void answer_discovery(struct contender *contender, struct mono now)
{
    struct definition definition = {
        .id = DEPLOYMENT_ID,
        .servers_per_host = contender->model->servers_per_host,
        .target_free_ppb = contender->model->target_free_ppb,
    };
    struct discovery_result result = {
        .discovery = { &definition, 1 },
        .is_ok = true,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "",
    };
    reconciler_discovery_done(contender->reconciler, now, &result);
}

static void answer_read(struct contender *contender, struct mono now, uint32_t slot,
                        const struct status *status)
{
    struct read_result result = {
        .status = *status,
        .reason = REASON_NONE,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "",
    };
    reconciler_read_done(contender->reconciler, now, slot, &result);
}

static void answer_scale(struct contender *contender, struct mono now, uint32_t slot)
{
    struct scale_result result = {
        .outcome = SCALE_ACCEPTED,
        .retry_after_ms = RETRY_AFTER_NONE,
        .text = "",
    };
    reconciler_scale_done(contender->reconciler, now, slot, &result);
}

/*
 * Without memory, the reconciler holds the deployment with a reason. In a backtest this is an error, not a decision.
 */
static bool is_out_of_memory(const struct contender *contender)
{
    const struct deployment *deployment =
        fleet_find(reconciler_fleet(contender->reconciler), DEPLOYMENT_ID, false);
    return !deployment || deployment->reason == REASON_NO_MEMORY;
}

static int decide_on_reconciler(struct contender *contender, const struct contender_sight *sight,
                                int64_t *ret_delta)
{
    struct mono now = moment_of(contender, sight->pass);
    struct effect effect;
    int64_t delta = 0;
    while (reconciler_next(contender->reconciler, now, &effect)) {
        switch (effect.kind) {
        case EFFECT_DISCOVER:
            answer_discovery(contender, now);
            break;
        case EFFECT_READ:
            answer_read(contender, now, effect.slot, &sight->status);
            break;
        case EFFECT_SCALE:
            delta = effect.delta;
            answer_scale(contender, now, effect.slot);
            break;
        case EFFECT_RECORD:
        case EFFECT_UNSENT:
            must(false); /* is_recording is not set */
        }
    }
    if (is_out_of_memory(contender))
        return -ENOMEM;
    /* Exactly one pass per demand value. */
    must(reconciler_pass(contender->reconciler)->number == sight->pass + 1);
    *ret_delta = delta;
    return 0;
}

/* --- simple rules ---------------------------------------------------------------------------------------------- */

static int64_t decide_naively(const struct contender *contender,
                              const struct contender_sight *sight)
{
    const struct status *status = &sight->status;
    int64_t busy = (int64_t)status->total_servers - status->free_servers;
    int64_t wanted = max_i64(1, contender_needed_hosts(contender->model, busy));
    return wanted - status->current_hosts;
}

/* Servers with a reserve share, on nodes that a scaler adds at once and removes when idle. */
static int64_t decide_by_percent_buffer(struct contender *contender,
                                        const struct contender_sight *sight)
{
    const struct backtest_model *model = contender->model;
    const struct status *status = &sight->status;
    int64_t busy = (int64_t)status->total_servers - status->free_servers;
    int64_t busy_share = (int64_t)SHARE_WHOLE - model->target_free_ppb;
    int64_t servers = max_i64(model->servers_per_host, ceil_div(busy * SHARE_WHOLE, busy_share));
    int64_t wanted = ceil_div(servers, model->servers_per_host);
    int64_t there = (int64_t)status->current_hosts + sight->booting_hosts;
    contender->servers_max = servers;
    if (sight->pass > contender->window_passes)
        exact_window_max_begin(&contender->window, sight->pass - contender->window_passes);
    exact_window_max_add(&contender->window, sight->pass, wanted);
    if (wanted >= there)
        return wanted - there;
    return min_i64(0, exact_window_max_value(&contender->window) - there);
}

static int64_t decide_with_foresight(struct contender *contender,
                                     const struct contender_sight *sight)
{
    const struct backtest_demand *demand = contender->demand;
    exact_window_max_begin(&contender->window, sight->pass);
    for (; contender->seen < demand->count &&
           contender->seen - sight->pass <= contender->window_passes;
         contender->seen++)
        exact_window_max_add(&contender->window, contender->seen, demand->servers[contender->seen]);
    int64_t highest = exact_window_max_value(&contender->window);
    int64_t wanted = max_i64(1, contender_needed_hosts(contender->model, highest));
    return wanted - ((int64_t)sight->status.current_hosts + sight->booting_hosts);
}

/* --- common ---------------------------------------------------------------------------------------------------- */

/* In whole passes; at most the length of the demand. */
static int open_window(struct contender *contender, int64_t length_ms)
{
    int64_t passes = floor_div(length_ms, contender->model->pass_interval_ms);
    contender->window_passes = (size_t)min_i64(passes, (int64_t)contender->demand->count);
    return exact_window_max_init(&contender->window, contender->window_passes + 1);
}

static int open_contender(struct contender *contender, const struct policy *policy)
{
    const struct backtest_model *model = contender->model;
    switch (contender->rule) {
    case BACKTEST_CONFIGURED:
        return open_reconciler(contender, policy);
    case BACKTEST_NAIVE:
        return 0;
    case BACKTEST_EXACT:
        return open_reconciler(contender, &policy_formula);
    case BACKTEST_PERCENT_BUFFER:
        return open_window(contender, NODE_IDLE_MS);
    case BACKTEST_ORACLE:
        return open_window(contender, ORACLE_BOOTS * model->boot_ms + model->pass_interval_ms);
    }
    return 0;
}

int contender_create(enum backtest_rule rule, const struct backtest_model *model,
                     const struct backtest_demand *demand, const struct policy *policy,
                     struct contender **ret_contender)
{
    struct contender *contender = heap_alloc(1, sizeof *contender);
    if (!contender)
        return -ENOMEM;
    *contender = (struct contender){
        .rule = rule,
        .model = model,
        .demand = demand,
        .servers_max = POOL_SERVERS_UNLIMITED,
    };
    int r = open_contender(contender, policy);
    if (r < 0) {
        contender_destroy(contender);
        return r;
    }
    *ret_contender = contender;
    return 0;
}

void contender_destroy(struct contender *contender)
{
    if (!contender)
        return;
    reconciler_destroy(contender->reconciler);
    exact_window_max_fini(&contender->window);
    heap_free(contender);
}

int contender_decide(struct contender *contender, const struct contender_sight *sight,
                     int64_t *ret_delta)
{
    switch (contender->rule) {
    case BACKTEST_CONFIGURED:
    case BACKTEST_EXACT:
        return decide_on_reconciler(contender, sight, ret_delta);
    case BACKTEST_NAIVE:
        *ret_delta = decide_naively(contender, sight);
        break;
    case BACKTEST_PERCENT_BUFFER:
        *ret_delta = decide_by_percent_buffer(contender, sight);
        break;
    case BACKTEST_ORACLE:
        *ret_delta = decide_with_foresight(contender, sight);
        break;
    }
    return 0;
}

int64_t contender_servers_max(const struct contender *contender)
{
    return contender->servers_max;
}

#include "engine/run/metrics_bridge.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/metrics/metrics_server.h"

#define REAL_SPEED_MILLIS 1000

struct metrics_bridge {
    struct metrics_bridge_config config;
    struct collector collector;
    struct event_reader reader;
    struct monitor *monitor;
    struct metrics_server *server; /* NULL: no address */
    struct wall started;
};

/* --- what is counted ------------------------------------------------------------------------------------------- */

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct metrics_bridge *bridge = context;
    collector_take_event(&bridge->collector, event, at);
}

static void take_decision(void *context, const struct deployment *deployment)
{
    struct metrics_bridge *bridge = context;
    collector_take_decision(&bridge->collector, deployment);
}

static void take_answer(void *context, const struct backend_answer *answer)
{
    struct metrics_bridge *bridge = context;
    collector_take_answer(&bridge->collector, answer);
}

/* --- what is asked --------------------------------------------------------------------------------------------- */

static void describe(void *context, struct metrics_facts *ret_facts)
{
    const struct metrics_bridge *bridge = context;
    const struct config *config = *bridge->config.config;
    size_t overrides = override_book_count(override_keeper_book(bridge->config.overrides));
    *ret_facts = (struct metrics_facts){
        .version = AUTOSCALER_VERSION,
        .match = config->metrics.deployments,
        .series_max = config->metrics.series_max,
        .now = driver_time(bridge->config.driver),
        .started = bridge->started,
        .overrides = saturate_i32((int64_t)overrides),
        .pass_interval_ms = config->pass_interval_ms,
        .is_leader = bridge->config.is_leader && !config->read_only,
        .is_insecure = config->api.insecure_tls,
        .is_stateless = config->state.is_off || config->is_demo,
    };
    notices_bridge_describe(bridge->config.notices, ret_facts);
}

/* The reconciler's time as real time. */
static int64_t age_ms(const struct metrics_bridge *bridge, struct mono since)
{
    if (since.ms == MONO_NEVER.ms)
        return 0;
    int64_t age = max_i64(0, driver_time(bridge->config.driver).ms - since.ms);
    return floor_div(age * REAL_SPEED_MILLIS, bridge->config.speed_millis);
}

void metrics_bridge_health(const struct metrics_bridge *bridge, struct health_facts *ret_facts)
{
    const struct reconciler *reconciler = driver_reconciler(bridge->config.driver);
    const struct pass_summary *pass = reconciler_pass(reconciler);
    struct reconciler_outlook outlook;
    reconciler_outlook(reconciler, driver_time(bridge->config.driver), &outlook);
    *ret_facts = (struct health_facts){
        .late_ms = age_ms(bridge, reconciler_wakeup(reconciler)),
        .unrecordable_ms = age_ms(bridge, outlook.unrecordable_at),
        .passes = pass->number - (pass->is_running ? 1 : 0),
        .is_stopping = outlook.is_stopping,
    };
}

static void examine(void *context, struct health_facts *ret_facts)
{
    metrics_bridge_health(context, ret_facts);
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

static void on_closed(void *context)
{
    (void)context;
}

static void observe(struct metrics_bridge *bridge)
{
    const struct metrics_bridge_config *config = &bridge->config;
    const struct decision_observer observer = { NULL, take_decision, bridge };
    reconciler_add_observer(driver_restoring(config->driver), &observer);
    driver_on_answer(config->driver, take_answer, bridge);
    bridge->reader = (struct event_reader){ .take = take_event, .context = bridge };
    event_fanout_add(config->events, &bridge->reader);
}

static int open_server(uv_loop_t *loop, struct metrics_bridge *bridge, struct error *err)
{
    const char *listen = (*bridge->config.config)->metrics.listen;
    bridge->collector.is_watched = listen != NULL;
    int failed =
        listen ? metrics_server_create(loop, listen, bridge->monitor, &bridge->server, err) : 0;
    return failed ? error_prefix(err, "metrics.listen") : 0;
}

int metrics_bridge_create(uv_loop_t *loop, const struct metrics_bridge_config *config,
                          struct metrics_bridge **ret_bridge, struct error *err)
{
    struct metrics_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->config = *config;
    bridge->started = wall_now();
    bridge->collector.speed_millis = config->speed_millis;
    const struct metrics_source source = {
        .reconciler = driver_reconciler(config->driver),
        .collector = &bridge->collector,
        .redaction = config->redaction,
        .describe = describe,
        .health = examine,
        .context = bridge,
    };
    bridge->monitor = monitor_create(loop, &source);
    int failed = bridge->monitor ? open_server(loop, bridge, err) : error_no_memory(err);
    if (failed) {
        monitor_close(bridge->monitor, on_closed, NULL);
        heap_free(bridge);
        return failed;
    }
    observe(bridge);
    *ret_bridge = bridge;
    return 0;
}

void metrics_bridge_begin(struct metrics_bridge *bridge)
{
    struct event event;
    if (!bridge || !bridge->server)
        return;
    event_init(&event, EVENT_METRICS_READY);
    event_add_string(&event, "url", metrics_server_url(bridge->server));
    event_fanout_take(bridge->config.events, &event);
}

struct monitor *metrics_bridge_monitor(struct metrics_bridge *bridge)
{
    return bridge ? bridge->monitor : NULL;
}

void metrics_bridge_close(struct metrics_bridge *bridge)
{
    if (!bridge)
        return;
    event_reader_remove(&bridge->reader);
    metrics_server_close(bridge->server, on_closed, NULL);
    monitor_close(bridge->monitor, on_closed, NULL);
}

void metrics_bridge_destroy(struct metrics_bridge *bridge)
{
    if (!bridge)
        return;
    collector_fini(&bridge->collector);
    heap_free(bridge);
}

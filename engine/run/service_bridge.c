#include "engine/run/service_bridge.h"

#include "engine/base/arith.h"
#include "engine/service/health.h"
#include "engine/service/service_status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_US 1000

static int64_t now_us(void)
{
    return (int64_t)(uv_hrtime() / NS_PER_US);
}

/* --- the status ------------------------------------------------------------------------------------------------ */

static void add_pass(const struct service_bridge *bridge, struct service_facts *facts)
{
    const struct pass_summary *pass = &bridge->pass;
    facts->pass = pass->number;
    facts->pass_ended = bridge->pass_ended;
    facts->deployments = pass->deployments;
    facts->read = pass->read;
    facts->starved = pass->starved;
    facts->scaled = facts->is_dry_run ? pass->would_scale : pass->scaled;
    facts->hosts_added = pass->hosts_added;
    facts->hosts_removed = pass->hosts_removed;
    facts->held = pass->held;
    facts->failed = pass->failed;
    facts->unconfirmed = pass->unconfirmed;
}

static void describe(const struct service_bridge *bridge, const char *stuck,
                     struct service_facts *ret_facts)
{
    const struct reconciler *reconciler = driver_reconciler(bridge->config.driver);
    struct reconciler_outlook outlook;
    reconciler_outlook(reconciler, driver_time(bridge->config.driver), &outlook);
    bool is_list_old = outlook.discovery_failed_at.ms != MONO_NEVER.ms;
    /* One cause is enough: mostly, it is the same. */
    bool is_read_error = !is_list_old && outlook.trouble->since.ms != MONO_NEVER.ms;
    *ret_facts = (struct service_facts){
        .stuck = stuck,
        .config_error = bridge->config_error[0] != '\0' ? bridge->config_error : NULL,
        .discovery_error = is_list_old ? bridge->config.discovery_error : NULL,
        .read_error = is_read_error ? outlook.trouble->text : NULL,
        .scales_in_flight = reconciler_scales_in_flight(reconciler),
        .is_stopping = bridge->notifier.phase == SERVICE_STOPPING,
        .is_discovered = bridge->is_discovered,
        .is_paused = reconciler_is_paused(reconciler),
        .is_dry_run = reconciler_is_dry_run(reconciler),
        .is_read_only = reconciler_is_read_only(reconciler),
        .is_breaker_open = outlook.is_breaker_open,
    };
    add_pass(bridge, ret_facts);
}

static void renew_status(struct service_bridge *bridge, const char *stuck)
{
    char storage[NOTIFIER_STATUS_SIZE];
    struct text text;
    struct service_facts facts;
    describe(bridge, stuck, &facts);
    text_init(&text, storage, sizeof storage);
    service_status_write(&facts, &text);
    redaction_clean(bridge->config.redaction, &text);
    notifier_set_status(&bridge->notifier, storage);
    bridge->is_status_old = false;
    bridge->was_stuck = stuck != NULL;
}

/* --- sending --------------------------------------------------------------------------------------------------- */

static void report_unreachable(struct service_bridge *bridge, int failed)
{
    struct event event;
    if (bridge->is_unreachable)
        return;
    bridge->is_unreachable = true;
    event_init(&event, EVENT_SERVICE_UNREACHABLE);
    event_add_sentence(&event, "error", strerror(-failed));
    event_fanout_take(bridge->config.events, &event);
}

static void send_message(struct service_bridge *bridge, const struct text *message, struct mono now)
{
    int failed = notify_socket_send(&bridge->socket, message->data, message->length);
    if (!failed) {
        notifier_sent(&bridge->notifier, now);
        bridge->is_unreachable = false;
        return;
    }
    notifier_missed(&bridge->notifier, now);
    if (failed != -EAGAIN)
        report_unreachable(bridge, failed);
}

static const char *look_for_stuck(const struct service_bridge *bridge)
{
    struct health_facts facts;
    bool is_alive;
    metrics_bridge_health(bridge->config.metrics, &facts);
    const char *line = health_alive(&facts, &is_alive);
    return is_alive ? NULL : line;
}

static void on_timer(uv_timer_t *timer);

/* Sends what is due, and wakes up when more is. */
static void work(struct service_bridge *bridge)
{
    char storage[NOTIFIER_MESSAGE_SIZE];
    struct text message;
    struct mono now = mono_now();
    const char *stuck = look_for_stuck(bridge);
    if (bridge->is_status_old || bridge->was_stuck != (stuck != NULL))
        renew_status(bridge, stuck);
    text_init(&message, storage, sizeof storage);
    if (notifier_write(&bridge->notifier, now, stuck == NULL, &message))
        send_message(bridge, &message, now);
    struct mono due = notifier_due(&bridge->notifier);
    if (due.ms == MONO_NEVER.ms)
        uv_timer_stop(&bridge->timer);
    else
        uv_timer_start(&bridge->timer, on_timer, (uint64_t)max_i64(0, due.ms - now.ms), 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct service_bridge *bridge = timer->data;
    if (bridge->is_discovered && bridge->notifier.phase == SERVICE_STARTING)
        notifier_enter(&bridge->notifier, SERVICE_READY, mono_now(), now_us());
    work(bridge);
}

/* --- what happens ---------------------------------------------------------------------------------------------- */

/* The reconciler is at work: what follows is done by the timer. */
static void come_back(struct service_bridge *bridge)
{
    bridge->is_status_old = true;
    uv_timer_start(&bridge->timer, on_timer, 0, 0);
}

static void take_event(void *context, const struct event *event, struct wall at)
{
    struct service_bridge *bridge = context;
    bool is_discovery = event->id == EVENT_DISCOVERY_DONE || event->id == EVENT_DISCOVERY_FAILED ||
                        event->id == EVENT_DISCOVERY_EMPTY;
    if (event->id == EVENT_PASS_DONE) {
        bridge->pass = *reconciler_pass(driver_reconciler(bridge->config.driver));
        bridge->pass_ended = at;
        come_back(bridge);
    } else if (is_discovery && bridge->pass.number == 0) {
        /* Later ones are followed by a pass. */
        bridge->is_discovered = true;
        come_back(bridge);
    }
}

void service_bridge_init(struct service_bridge *bridge, uv_loop_t *loop)
{
    uv_timer_init(loop, &bridge->timer);
    bridge->timer.data = bridge;
    uv_unref((uv_handle_t *)&bridge->timer);
}

int service_bridge_open(struct service_bridge *bridge, struct error *err)
{
    return notify_socket_open(&bridge->socket, err);
}

void service_bridge_begin(struct service_bridge *bridge, const struct service_bridge_config *config)
{
    if (!bridge->socket.is_open)
        return;
    bridge->config = *config;
    notifier_init(&bridge->notifier, bridge->socket.watchdog_us, mono_now());
    bridge->reader = (struct event_reader){ .take = take_event, .context = bridge };
    event_fanout_add(config->events, &bridge->reader);
    bridge->is_status_old = true;
    work(bridge);
}

void service_bridge_reloading(struct service_bridge *bridge)
{
    if (!bridge->socket.is_open)
        return;
    notifier_enter(&bridge->notifier, SERVICE_RELOADING, mono_now(), now_us());
    work(bridge);
}

void service_bridge_reloaded(struct service_bridge *bridge, const char *error)
{
    if (!bridge->socket.is_open)
        return;
    snprintf(bridge->config_error, sizeof bridge->config_error, "%s", error ? error : "");
    if (bridge->notifier.phase == SERVICE_RELOADING)
        notifier_enter(&bridge->notifier, SERVICE_READY, mono_now(), now_us());
    bridge->is_status_old = true;
    work(bridge);
}

void service_bridge_stopping(struct service_bridge *bridge)
{
    if (!bridge->socket.is_open)
        return;
    notifier_enter(&bridge->notifier, SERVICE_STOPPING, mono_now(), now_us());
    bridge->is_status_old = true;
    work(bridge);
}

void service_bridge_close(struct service_bridge *bridge)
{
    uv_close((uv_handle_t *)&bridge->timer, NULL);
    event_reader_remove(&bridge->reader);
    notify_socket_close(&bridge->socket);
}

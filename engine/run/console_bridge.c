#include "engine/run/console_bridge.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/thread_owner.h"

#include <errno.h>
#include <stdio.h>

struct console_bridge {
    struct console_bridge_config config;
    struct feed *feed;
    struct publisher *publisher;
    struct event_reader lines;
    uv_async_t wake;
    uv_prepare_t look;
    uv_timer_t timer;
    struct mono published; /* real time */
    bool is_urgent;        /* an operator waits for the result */
    bool is_refused;       /* the last snapshot was not taken, or there was no memory for it */
};

static void publish(struct console_bridge *bridge)
{
    must(thread_owner_is_current(bridge->look.loop->data));
    struct publish_context context = {
        .now = driver_time(bridge->config.driver),
        .wall = wall_now(),
        .speed_millis = bridge->config.speed_millis,
        .version = bridge->config.version,
        .api_url = bridge->config.api_url,
        .is_insecure = bridge->config.is_insecure,
        .is_stateless = bridge->config.is_stateless,
        .is_demo = bridge->config.is_demo,
        .pauses = override_keeper_pauses(bridge->config.overrides),
    };
    bridge->published = mono_now();
    bridge->is_urgent = false;
    bridge->is_refused =
        !publisher_publish(bridge->publisher, driver_reconciler(bridge->config.driver), &context);
}

static void on_timer(uv_timer_t *timer);

static void publish_or_retry(struct console_bridge *bridge)
{
    uv_timer_stop(&bridge->timer);
    publish(bridge);
    if (bridge->is_refused)
        uv_timer_start(&bridge->timer, on_timer, CONSOLE_BRIDGE_RETRY_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct console_bridge *bridge = timer->data;
    publish_or_retry(bridge);
}

/* The loop is about to wait: all events of this turn are handled. */
static void on_look(uv_prepare_t *handle)
{
    struct console_bridge *bridge = handle->data;
    if (bridge->is_refused && !bridge->is_urgent)
        return;
    if (!publisher_has_news(bridge->publisher, driver_reconciler(bridge->config.driver)))
        return;
    int64_t age_ms = mono_now().ms - bridge->published.ms;
    if (bridge->is_urgent || age_ms >= CONSOLE_BRIDGE_GAP_MS) {
        publish_or_retry(bridge);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&bridge->timer))
        uv_timer_start(&bridge->timer, on_timer, (uint64_t)(CONSOLE_BRIDGE_GAP_MS - age_ms), 0);
}

static void stop(struct console_bridge *bridge, const struct command *command)
{
    struct command_ack ack = {
        .kind = command->kind,
        .serial = command->serial,
        .is_accepted = true,
    };
    snprintf(ack.text, sizeof ack.text, "stopping: what is in flight is awaited");
    publisher_acknowledge(bridge->publisher, &ack);
    bridge->config.stop(bridge->config.context, command->is_forced);
}

static void carry_out(struct console_bridge *bridge, const struct command *command)
{
    struct command_ack ack;
    if (command->kind == COMMAND_FOCUS) {
        publisher_focus(bridge->publisher, command->slot, command->delta);
        return;
    }
    if (command->kind == COMMAND_STOP) {
        stop(bridge, command);
        return;
    }
    if (command->kind == COMMAND_UNDO)
        override_keeper_undo(bridge->config.overrides, command, &ack);
    else
        driver_command(bridge->config.driver, command, &ack);
    if (command->kind == COMMAND_RELOAD && ack.is_accepted)
        bridge->config.reload(bridge->config.context, &ack);
    publisher_acknowledge(bridge->publisher, &ack);
}

static void on_wake(uv_async_t *handle)
{
    struct console_bridge *bridge = handle->data;
    struct command command;
    while (feed_take_command(bridge->feed, &command)) {
        carry_out(bridge, &command);
        bridge->is_urgent = true;
    }
    bridge->is_refused = false; /* the console has read: there is space now */
}

/* On the console's thread: uv_async_send is the only call of libuv that is allowed there. */
static void wake(void *context)
{
    struct console_bridge *bridge = context;
    uv_async_send(&bridge->wake);
}

static void open_handles(struct console_bridge *bridge, uv_loop_t *loop)
{
    uv_prepare_init(loop, &bridge->look);
    uv_timer_init(loop, &bridge->timer);
    bridge->wake.data = bridge;
    bridge->look.data = bridge;
    bridge->timer.data = bridge;
    uv_prepare_start(&bridge->look, on_look);
}

static int open_ends(struct console_bridge *bridge, struct error *err)
{
    int failed = feed_create(wake, bridge, &bridge->feed, err);
    return failed ? failed
                  : publisher_create(bridge->feed, driver_reconciler(bridge->config.driver),
                                     &bridge->publisher, err);
}

int console_bridge_create(uv_loop_t *loop, const struct console_bridge_config *config,
                          struct console_bridge **ret_bridge, struct error *err)
{
    struct console_bridge *bridge = heap_alloc(1, sizeof *bridge);
    if (!bridge)
        return error_no_memory(err);
    bridge->config = *config;
    bridge->published = mono_now();
    int failed = open_ends(bridge, err);
    if (!failed)
        publisher_redact(bridge->publisher, config->redaction);
    if (!failed && uv_async_init(loop, &bridge->wake, on_wake))
        failed = error_set(err, -EMFILE, "cannot make a wake-up for the console");
    if (failed) {
        console_bridge_destroy(bridge);
        return failed;
    }
    open_handles(bridge, loop);
    bridge->lines =
        (struct event_reader){ .take = publisher_take_line, .context = bridge->publisher };
    event_fanout_add(config->lines, &bridge->lines);
    *ret_bridge = bridge;
    return 0;
}

struct feed *console_bridge_feed(struct console_bridge *bridge)
{
    return bridge->feed;
}

void console_bridge_end(struct console_bridge *bridge)
{
    must(thread_owner_is_current(bridge->look.loop->data));
    publish(bridge);
    event_reader_remove(&bridge->lines);
    feed_close(bridge->feed);
}

void console_bridge_close(struct console_bridge *bridge)
{
    if (!bridge)
        return;
    event_reader_remove(&bridge->lines);
    uv_close((uv_handle_t *)&bridge->wake, NULL);
    uv_close((uv_handle_t *)&bridge->look, NULL);
    uv_close((uv_handle_t *)&bridge->timer, NULL);
}

void console_bridge_destroy(struct console_bridge *bridge)
{
    if (!bridge)
        return;
    publisher_destroy(bridge->publisher);
    feed_destroy(bridge->feed);
    heap_free(bridge);
}

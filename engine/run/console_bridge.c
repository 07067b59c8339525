#include "engine/run/console_bridge.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <stdio.h>

struct link {
    struct link_config config;
    struct feed *feed;
    struct publisher *publisher;
    uv_async_t wake;
    uv_prepare_t look;
    uv_timer_t timer;
    struct mono published; /* real time */
    bool is_urgent;        /* an operator waits for the answer */
    bool is_refused;       /* the last snapshot was not taken, or there was no memory for it */
};

static void publish(struct link *link)
{
    struct publish_context context = {
        .now = driver_time(link->config.driver),
        .wall = wall_now(),
        .speed_millis = link->config.speed_millis,
        .version = link->config.version,
        .api_url = link->config.api_url,
        .is_insecure = link->config.is_insecure,
        .is_demo = link->config.is_demo,
    };
    link->published = mono_now();
    link->is_urgent = false;
    link->is_refused =
        !publisher_publish(link->publisher, driver_shown_machine(link->config.driver), &context);
}

static void on_timer(uv_timer_t *timer);

static void publish_or_retry(struct link *link)
{
    uv_timer_stop(&link->timer);
    publish(link);
    if (link->is_refused)
        uv_timer_start(&link->timer, on_timer, LINK_RETRY_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct link *link = timer->data;
    publish_or_retry(link);
}

/* The loop is about to wait: everything that could happen has. */
static void on_look(uv_prepare_t *handle)
{
    struct link *link = handle->data;
    if (link->is_refused && !link->is_urgent)
        return;
    if (!publisher_has_news(link->publisher, driver_machine(link->config.driver)))
        return;
    int64_t age_ms = mono_now().ms - link->published.ms;
    if (link->is_urgent || age_ms >= LINK_GAP_MS) {
        publish_or_retry(link);
        return;
    }
    if (!uv_is_active((uv_handle_t *)&link->timer))
        uv_timer_start(&link->timer, on_timer, (uint64_t)(LINK_GAP_MS - age_ms), 0);
}

static void stop(struct link *link, const struct command *command)
{
    struct command_ack ack = {
        .kind = command->kind,
        .serial = command->serial,
        .is_accepted = true,
    };
    snprintf(ack.text, sizeof ack.text, "stopping: what is in flight is awaited");
    publisher_acknowledge(link->publisher, &ack);
    link->config.stop(link->config.context, command->is_forced);
}

static void carry_out(struct link *link, const struct command *command)
{
    struct command_ack ack;
    if (command->kind == COMMAND_FOCUS) {
        publisher_focus(link->publisher, command->slot, command->delta);
        return;
    }
    if (command->kind == COMMAND_STOP) {
        stop(link, command);
        return;
    }
    driver_command(link->config.driver, command, &ack);
    publisher_acknowledge(link->publisher, &ack);
}

static void on_wake(uv_async_t *handle)
{
    struct link *link = handle->data;
    struct command command;
    while (feed_take_command(link->feed, &command)) {
        carry_out(link, &command);
        link->is_urgent = true;
    }
    link->is_refused = false; /* the console has looked: there is room now */
}

/* On the console's thread: the one call of libuv that is allowed there. */
static void wake(void *context)
{
    struct link *link = context;
    uv_async_send(&link->wake);
}

static void open_handles(struct link *link, uv_loop_t *loop)
{
    uv_prepare_init(loop, &link->look);
    uv_timer_init(loop, &link->timer);
    link->wake.data = link;
    link->look.data = link;
    link->timer.data = link;
    uv_prepare_start(&link->look, on_look);
}

static int open_ends(struct link *link, struct error *err)
{
    int failed = feed_create(wake, link, &link->feed, err);
    return failed ? failed : publisher_create(link->feed, &link->publisher, err);
}

int link_create(uv_loop_t *loop, const struct link_config *config, struct link **ret_link,
                struct error *err)
{
    struct link *link = heap_alloc(1, sizeof *link);
    if (!link)
        return error_set(err, -ENOMEM, "no memory for the console's feed");
    link->config = *config;
    link->published = mono_now();
    int failed = open_ends(link, err);
    if (!failed && uv_async_init(loop, &link->wake, on_wake))
        failed = error_set(err, -EMFILE, "cannot make a wake-up for the console");
    if (failed) {
        link_destroy(link);
        return failed;
    }
    open_handles(link, loop);
    log_set_tap(config->log, publisher_take_line, link->publisher);
    *ret_link = link;
    return 0;
}

struct feed *link_feed(struct link *link)
{
    return link->feed;
}

void link_end(struct link *link)
{
    publish(link);
    log_set_tap(link->config.log, NULL, NULL);
    feed_close(link->feed);
}

void link_close(struct link *link)
{
    if (!link)
        return;
    log_set_tap(link->config.log, NULL, NULL);
    uv_close((uv_handle_t *)&link->wake, NULL);
    uv_close((uv_handle_t *)&link->look, NULL);
    uv_close((uv_handle_t *)&link->timer, NULL);
}

void link_destroy(struct link *link)
{
    if (!link)
        return;
    publisher_destroy(link->publisher);
    feed_destroy(link->feed);
    heap_free(link);
}

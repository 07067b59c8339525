/*
 * bridge - between an engine and its console: carries out commands, publishes snapshots.
 *
 * Owns the feed and the publisher. Commands arrive through an async handle, the only part of libuv that another
 * thread may use. Before the loop waits, the bridge checks for changes. It publishes them at once after an operator's
 * command or when the last snapshot is CONSOLE_BRIDGE_GAP_MS old, else when it reaches that age. Without changes the
 * engine does not wake.
 *
 * Engine thread only, except console_bridge_feed, which returns the console's end.
 */
#ifndef ENGINE_RUN_CONSOLE_BRIDGE_H
#define ENGINE_RUN_CONSOLE_BRIDGE_H

#include "engine/log/event_fanout.h"
#include "engine/run/driver.h"
#include "engine/run/override_keeper.h"
#include "engine/view/publish.h"

#define CONSOLE_BRIDGE_GAP_MS 50 /* at most 20 snapshots a second */

/* A console that reads again wakes the engine; this retry is for a lack of memory. */
#define CONSOLE_BRIDGE_RETRY_MS 1000

struct console_bridge_config {
    struct driver *driver;
    struct event_fanout *lines;
    struct redaction *redaction; /* for what the console gets */ /* of the log */
    const char *version; /* these two live as long as the bridge */
    const char *api_url;
    struct override_keeper *overrides;
    int32_t speed_millis;
    bool is_demo;
    bool is_insecure;
    bool is_stateless; /* nothing is remembered over a restart */
    /* The operator stops the engine; `is_forced`: at once, if it is stopping already. */
    void (*stop)(void *context, bool is_forced);
    /* Opens the log and reads the configuration again; puts a sentence into the acknowledgement. */
    void (*reload)(void *context, struct command_ack *ack);
    void *context;
};

struct console_bridge;

int console_bridge_create(uv_loop_t *loop, const struct console_bridge_config *config,
                          struct console_bridge **ret_bridge, struct error *err);

struct feed *console_bridge_feed(struct console_bridge *bridge);

/* Publishes the last snapshot and closes the feed. The loop must not run any more. */
void console_bridge_end(struct console_bridge *bridge);

/*
 * Closes the handles; they are closed after one more run of the loop. Then console_bridge_destroy. Both accept NULL.
 */
void console_bridge_close(struct console_bridge *bridge);

/* The console must not use the feed any more. */
void console_bridge_destroy(struct console_bridge *bridge);

#endif

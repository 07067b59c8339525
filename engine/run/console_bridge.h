/*
 * bridge - between an engine and its console: commands are carried out, news are published.
 *
 * Owns the feed and the publisher. Commands come in through an async handle, the only thing of libuv that another
 * thread may touch. Before the loop waits, it asks whether there are news: they are published at once when an
 * operator's command made them or the last ones are CONSOLE_BRIDGE_GAP_MS old, else when they are. An engine that
 * has nothing to say does not wake.
 *
 * Engine thread only; but for console_bridge_feed, which hands the console's end out.
 */
#ifndef ENGINE_RUN_CONSOLE_BRIDGE_H
#define ENGINE_RUN_CONSOLE_BRIDGE_H

#include "engine/log/log.h"
#include "engine/run/driver.h"
#include "engine/view/publish.h"

#define CONSOLE_BRIDGE_GAP_MS 50 /* at most 20 snapshots a second */

/* When the console has not taken the last ones, it wakes us; this is for when there was no memory. */
#define CONSOLE_BRIDGE_RETRY_MS 1000

struct console_bridge_config {
    struct driver *driver;
    struct log *log;
    const char *version; /* these two live as long as the bridge */
    const char *api_url;
    int32_t speed_millis;
    bool is_demo;
    bool is_insecure;
    /* The operator wants the engine to stop; `is_forced`: at once, if it is stopping already. */
    void (*stop)(void *context, bool is_forced);
    void *context;
};

struct console_bridge;

int console_bridge_create(uv_loop_t *loop, const struct console_bridge_config *config,
                          struct console_bridge **ret_bridge, struct error *err);

struct feed *console_bridge_feed(struct console_bridge *bridge);

/* The last snapshot, and the end of the feed. The loop does not run any more. */
void console_bridge_end(struct console_bridge *bridge);

/* Closes the handles; they are gone when the loop has run once more. Then console_bridge_destroy. Both accept NULL. */
void console_bridge_close(struct console_bridge *bridge);

/* The console is done with the feed. */
void console_bridge_destroy(struct console_bridge *bridge);

#endif

/*
 * notices_bridge - between an engine and those that get its notices: a notifier for each entry of `notify`.
 *
 * Takes every event of the engine. A reload keeps what waits for an entry whose name is still there, and drops and
 * reports the rest. At the end, what waits gets NOTICES_STOP_MS.
 *
 * Owns the notifiers. Engine thread only. All functions but the first accept NULL.
 */
#ifndef ENGINE_RUN_NOTICES_BRIDGE_H
#define ENGINE_RUN_NOTICES_BRIDGE_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/config/config_data.h"
#include "engine/log/event_fanout.h"
#include "engine/metrics/metrics_source.h"

#include <uv.h>

#define NOTICES_STOP_MS 2000

struct notices_bridge_config {
    const struct config *const *config; /* the one in force */
    struct event_fanout *events;
    struct redaction *redaction;
    const char *api_url; /* lives as long as the bridge */
    uint64_t seed;       /* differs from start to start */
};

struct notices_bridge;

/* Takes events from now on. */
int notices_bridge_create(uv_loop_t *loop, const struct notices_bridge_config *config,
                          struct notices_bridge **ret_bridge, struct error *err);

/* Another configuration is in force. An entry that cannot be used for lack of memory is reported. */
void notices_bridge_reload(struct notices_bridge *bridge);

/* For the metrics. */
void notices_bridge_describe(const struct notices_bridge *bridge, struct metrics_facts *facts);

/* `finished` is called from the loop when nothing waits any more, or at the end of the time; NULL: at once. */
void notices_bridge_finish(struct notices_bridge *bridge, void (*finished)(void *context),
                           void *context);

/* The loop must run until it is empty; then notices_bridge_destroy. */
void notices_bridge_close(struct notices_bridge *bridge);
void notices_bridge_destroy(struct notices_bridge *bridge);

#endif

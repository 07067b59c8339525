/*
 * metrics_bridge - between an engine and its scrapers: counts what happens, opens the address.
 *
 * The address is that of the configuration (metrics.listen); one that cannot be used is an error. Without it, there
 * are metrics on the control socket alone (metrics_bridge_monitor).
 *
 * Engine thread only. All functions but metrics_bridge_create and metrics_bridge_health accept NULL.
 */
#ifndef ENGINE_RUN_METRICS_BRIDGE_H
#define ENGINE_RUN_METRICS_BRIDGE_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/log/event_fanout.h"
#include "engine/metrics/monitor.h"
#include "engine/run/driver.h"
#include "engine/run/notices_bridge.h"
#include "engine/run/override_keeper.h"

#include <uv.h>

struct metrics_bridge_config {
    const struct config *const *config; /* the one in force; not of the address */
    struct driver *driver;
    struct override_keeper *overrides;
    const struct notices_bridge *notices; /* NULL: none */
    struct redaction *redaction;
    struct event_fanout *events;
    int32_t speed_millis;
    bool is_leader; /* it may scale, unless the configuration says otherwise */
};

struct metrics_bridge;

/* Observes the driver and the events from now on. */
int metrics_bridge_create(uv_loop_t *loop, const struct metrics_bridge_config *config,
                          struct metrics_bridge **ret_bridge, struct error *err);

/* Says where it listens. */
void metrics_bridge_begin(struct metrics_bridge *bridge);

/* Of the engine, as /healthz and /readyz see it. */
void metrics_bridge_health(const struct metrics_bridge *bridge, struct health_facts *ret_facts);

/* For other servers, which are closed before the bridge. */
struct monitor *metrics_bridge_monitor(struct metrics_bridge *bridge);

/* The loop must run until it is empty; then metrics_bridge_destroy, after the driver has been closed. */
void metrics_bridge_close(struct metrics_bridge *bridge);
void metrics_bridge_destroy(struct metrics_bridge *bridge);

#endif

/*
 * control_bridge - between an engine and the clients of its control API: opens the socket, carries out commands.
 *
 * The socket and the groups are those of the configuration (control.socket, control.group, control.operators). A
 * socket that cannot be opened is an error where control.socket names it, and an event (control_unavailable) where the
 * place is the usual one: a second engine of the same user scales all the same. The demo has none, unless it is named.
 *
 * Engine thread only.
 */
#ifndef ENGINE_RUN_CONTROL_BRIDGE_H
#define ENGINE_RUN_CONTROL_BRIDGE_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/control/control.h"
#include "engine/run/driver.h"
#include "engine/run/override_keeper.h"
#include "engine/run/state_place.h"

#include <stdbool.h>
#include <stdint.h>

struct control_bridge_config {
    const struct config *config; /* of the start; used during the creation only */
    struct driver *driver;
    struct override_keeper *overrides;
    struct redaction *redaction;
    struct event_sink events;
    const struct state_place *place; /* lives as long as the bridge */
    struct event_fanout *lines;      /* of the log */
    struct monitor *monitor;         /* outlives the server */
    const char *api_url;             /* lives as long as the bridge */
    int32_t speed_millis;
    /* Opens the log and reads the configuration again; puts a sentence into the acknowledgement. */
    void (*reload)(void *context, struct command_ack *ack);
    void *context;
};

struct control_bridge;

/* *ret_bridge is NULL when none is wanted. */
int control_bridge_create(uv_loop_t *loop, const struct control_bridge_config *config,
                          struct control_bridge **ret_bridge, struct error *err);

/* Says where it listens, or why it does not. Accepts NULL. */
void control_bridge_begin(struct control_bridge *bridge);

/* The loop must run until it is empty; then control_bridge_destroy. Both accept NULL. */
void control_bridge_close(struct control_bridge *bridge);
void control_bridge_destroy(struct control_bridge *bridge);

#endif

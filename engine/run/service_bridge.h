/*
 * service_bridge - between an engine and the service manager that started it, such as systemd.
 *
 * READY follows the end of the first discovery, whatever its outcome: an engine that goes on trying is of more use
 * than one that is started again, and the status says what is wrong. A reload is RELOADING and then READY, also when
 * the configuration is refused. The status is new with each pass. The watchdog is fed while the engine counts as alive
 * (metrics_bridge_health), so a loop or a state directory that is stuck lets it fire.
 *
 * Without a service manager nothing happens. Owns its socket, and a timer on the loop that does not keep it alive. A
 * manager that takes nothing is not awaited; one that cannot be reached is reported once. Engine thread only.
 */
#ifndef ENGINE_RUN_SERVICE_BRIDGE_H
#define ENGINE_RUN_SERVICE_BRIDGE_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/core/pass.h"
#include "engine/log/event_fanout.h"
#include "engine/run/driver.h"
#include "engine/run/metrics_bridge.h"
#include "engine/service/notifier.h"
#include "engine/service/notify_socket.h"

#include <uv.h>

struct service_bridge_config {
    const struct driver *driver;
    const struct metrics_bridge *metrics;
    const char *discovery_error; /* of the last discovery that failed */
    struct redaction *redaction;
    struct event_fanout *events;
};

struct service_bridge {
    struct service_bridge_config config;
    struct notify_socket socket;
    struct notifier notifier;
    struct event_reader reader;
    uv_timer_t timer;
    struct pass_summary pass; /* the last one that is over */
    struct wall pass_ended;
    char config_error[ERROR_MSG_SIZE]; /* the last reload was refused; "": it was not */
    bool is_discovered;                /* the first discovery has ended */
    bool is_status_old;
    bool was_stuck;      /* in the status */
    bool is_unreachable; /* reported */
};

void service_bridge_init(struct service_bridge *bridge, uv_loop_t *loop);

/* See notify_socket_open. */
int service_bridge_open(struct service_bridge *bridge, struct error *err);

/* Before the driver starts. */
void service_bridge_begin(struct service_bridge *bridge,
                          const struct service_bridge_config *config);

void service_bridge_reloading(struct service_bridge *bridge);

/* `error`: why the configuration was refused; NULL: it is in force. */
void service_bridge_reloaded(struct service_bridge *bridge, const char *error);

void service_bridge_stopping(struct service_bridge *bridge);

/* Closes timer and socket; the loop must run until it is empty. */
void service_bridge_close(struct service_bridge *bridge);

#endif

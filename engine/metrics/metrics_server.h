/*
 * metrics_server - /metrics, /healthz and /readyz at a TCP address, and nothing else.
 *
 * GET and HEAD. No caller has to identify itself: what can connect can read. Limits: METRICS_CONNECTIONS_MAX open
 * connections, no body in a request, METRICS_IDLE_MS without a byte, and those of scraper.h.
 *
 * Owns the server; borrows the monitor. Engine thread only.
 */
#ifndef ENGINE_METRICS_METRICS_SERVER_H
#define ENGINE_METRICS_METRICS_SERVER_H

#include "engine/base/error.h"
#include "engine/metrics/monitor.h"

#define METRICS_CONNECTIONS_MAX 32
#define METRICS_IDLE_MS 15000

struct metrics_server;

/* `listen`: see listen_address.h. Errors are those of http_server_create. */
int metrics_server_create(uv_loop_t *loop, const char *listen, struct monitor *monitor,
                          struct metrics_server **ret_server, struct error *err);

/* "http://127.0.0.1:9464" */
const char *metrics_server_url(const struct metrics_server *server);

/* See http_server_close. The monitor is closed after it. */
void metrics_server_close(struct metrics_server *server, void (*closed)(void *context),
                          void *context);

#endif

/*
 * sim_server - the simulated deployments API as an HTTP server.
 *
 *     GET /discover, GET /status/{id}, POST /scale: as in autoscaler-api(7)
 *
 * sim_api makes the responses, http_server serves them, and sim_faults selects the requests that get a fault. Owns all
 * three. Thread of the loop. Simulated time starts at 0 when the server is created.
 *
 * Limits: 4096 connections, SIM_BODY_SIZE_MAX bytes of a body, 120 s of idle time, 64 requests that hang: one more
 * closes the connection that has hung for the longest time.
 */
#ifndef ENGINE_MOCK_SIM_SERVER_H
#define ENGINE_MOCK_SIM_SERVER_H

#include "engine/base/error.h"
#include "engine/promise.h"
#include "engine/sim/fleet_model.h"

#include <stdint.h>
#include <uv.h>

struct sim_server_config {
    const char *listen; /* see listen_address.h; port 0: any free port */
    struct fleet_model_config model;
    int32_t speed_millis; /* simulated ms in a second; 0: simulated time stands still */
    int32_t fault_ppb;    /* share of requests that get a fault */
    enum promise broken;  /* that is not kept; PROMISE_NONE: all are */
};

struct sim_server;

/* Also after a failure, the loop must run until it is empty before it is closed. */
int sim_server_create(uv_loop_t *loop, const struct sim_server_config *config,
                      struct sim_server **ret_server, struct error *err);

/* "http://127.0.0.1:41234"; lives as long as the server. */
const char *sim_server_url(const struct sim_server *server);

/* Scale requests applied so far. */
int64_t sim_server_scales_applied(const struct sim_server *server);

/*
 * Stops listening and ends all connections. `closed` is called from the last libuv close callback, when the server has
 * been freed; it may be NULL. NULL for the server: `closed` is called at once.
 */
void sim_server_close(struct sim_server *server, void (*closed)(void *context), void *context);

#endif

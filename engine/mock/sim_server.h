/*
 * sim_server - the simulated fleet behind a real HTTP server: section 1 of the API contract, exactly.
 *
 *     GET /discover · GET /status/{id} · POST /scale
 *
 * libmicrohttpd with its epoll descriptor polled by the given libuv loop: no thread of its own. Serves loopback or
 * any given address; port 0 takes a free one. Wrong paths get 404, wrong methods 405 with Allow, bad bodies 400,
 * unknown ids 404, impossible deltas 422, each with {"error":{"code":...,"message":...}}. A repeated Idempotency-Key
 * (the last 4096 are stored) gets the first response and is applied once.
 *
 * Optional faults, drawn from the seed per request: responses lost after applying, connections closed before
 * applying, 500, 503 with Retry-After, responses that hang, garbage bodies.
 */
#ifndef ENGINE_MOCK_SIM_SERVER_H
#define ENGINE_MOCK_SIM_SERVER_H

#include "engine/base/error.h"
#include "engine/sim/fleet_model.h"

#include <stdint.h>
#include <uv.h>

struct sim_server_config {
    const char *listen; /* "127.0.0.1:8000", "[::1]:0" */
    struct fleet_model_config model;
    int32_t
        speed_millis;  /* simulated milliseconds in a second of the clock; 0: time stands still */
    int32_t fault_ppb; /* share of requests with a fault */
};

struct sim_server;

/* Before the loop is closed, it must run until it is empty, after a failure too. */
int sim_server_create(uv_loop_t *loop, const struct sim_server_config *config,
                      struct sim_server **ret_server, struct error *err);

/* "http://127.0.0.1:41234"; lives as long as the server. */
const char *sim_server_url(const struct sim_server *server);

/* Scale requests applied so far. */
int64_t sim_server_scales_applied(const struct sim_server *server);

/* Stops listening, ends open connections; `closed` is called from the last close callback. NULL: at once. */
void sim_server_close(struct sim_server *server, void (*closed)(void *context), void *context);

#endif

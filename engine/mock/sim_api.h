/*
 * sim_api - the simulated deployments API without its socket: request in, response out.
 *
 * Implements paths, methods, statuses, JSON bodies and Idempotency-Keys; sim_server receives the requests and sends
 * the responses. Owns the fleet model, its discovery document and the idempotency_cache. No I/O, no clock: time is an
 * argument, simulated milliseconds that never run backwards. Engine thread only (wire). Once created it cannot fail:
 * a response reports what is wrong with a request.
 */
#ifndef ENGINE_MOCK_SIM_API_H
#define ENGINE_MOCK_SIM_API_H

#include "engine/base/error.h"
#include "engine/mock/idempotency_cache.h"
#include "engine/promise.h"
#include "engine/sim/fleet_model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_BODY_SIZE_MAX ((size_t)64 * 1024) /* of a request; a larger one gets a 413 */

struct sim_request {
    const char *method;
    const char *path;       /* still percent-encoded, without a query */
    const char *key;        /* Idempotency-Key, NULL for none */
    const char *body;       /* body_size bytes and a NUL */
    size_t body_size;       /* at most SIM_BODY_SIZE_MAX */
    bool is_body_too_large; /* it was dropped, and `body` is empty */
    int64_t now_ms;
};

struct sim_response {
    unsigned status;
    const char *allow; /* the allowed methods, with 405; else NULL */
    const char *body;  /* in `storage`, or permanent: static or of the API */
    size_t body_size;
    char storage[IDEMPOTENCY_CACHE_BODY_SIZE_MAX + 1];
};

struct sim_api;

/* `broken`: a promise that is not kept; PROMISE_NONE: all are. */
int sim_api_create(const struct fleet_model_config *config, enum promise broken,
                   struct sim_api **ret_api, struct error *err);
void sim_api_destroy(struct sim_api *api);

void sim_api_respond(struct sim_api *api, const struct sim_request *request,
                     struct sim_response *ret_answer);

/* {"error":{"code":...,"message":...}} with a status, for errors that only the caller can detect. */
void sim_response_error(struct sim_response *response, unsigned status, const char *code,
                        const char *message);

/* Scale requests applied so far. */
int64_t sim_api_scales_applied(const struct sim_api *api);

#endif

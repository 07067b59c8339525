/*
 * backend - the interface to the fleet: discovery, reads of a status, scales.
 *
 * A back end is a file backend_NAME.c with the operations of backend_ops.h, and a line in backends.def. A call that
 * was started ends exactly once, through its callback, on the engine thread, never inside the call that started it.
 * This is also true after a cancellation and when the back end is closed. A call that returns an error was not started
 * and has no callback. Results are borrowed until the callback returns. Engine thread only.
 */
#ifndef ENGINE_BACKEND_BACKEND_H
#define ENGINE_BACKEND_BACKEND_H

#include "engine/base/error.h"
#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* The settings of an API. A back end copies what it keeps. */
struct backend_config {
    const char *name; /* of the back end, as in backends.def; it selects the back end at creation */
    const char *url;  /* without a trailing slash */
    const char *user_agent;
    const char *token;       /* bearer token; NULL: none */
    const char *ca_file;     /* PEM; NULL: the authorities of the system */
    const char *client_cert; /* PEM file; NULL: none */
    const char *client_key;
    const char *proxy; /* NULL: none, also if the environment names one */
    bool insecure_tls; /* accept any certificate */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;  /* of one request, connecting included */
    int32_t concurrency; /* reads and scales in flight at once, at most */
};

/* Borrowed until backend_scale returns. */
struct scale_request {
    const char *id;
    int32_t delta;       /* not 0 */
    const char *key;     /* unique; a repeated key is the same scale */
    const char *version; /* of the status that was decided on, as its read returned it; "": none */
};

/* The operations of a back end. */
enum backend_operation { OPERATION_DISCOVERY, OPERATION_STATUS, OPERATION_SCALE };
#define OPERATION_COUNT 3

/* A response, or why there is none. */
struct backend_answer {
    enum backend_operation operation;
    int error;   /* 0: the response came, with any status; else a negative code, see error.h */
    long status; /* of HTTP; 0: none came */
    bool is_malformed; /* a status of success and a document that is not the expected one */
    int64_t took_ms;
};

/* Receives the results. */
struct backend_listener {
    void (*discovered)(void *context, const struct discovery_result *result);
    void (*read)(void *context, uint32_t slot, const struct read_result *result);
    void (*scaled)(void *context, uint32_t slot, const struct scale_result *result);
    /* The API has sent bytes that no request asked for: for `alone_ms`, no connection is used twice. */
    void (*surprised)(void *context, int64_t alone_ms);
    /* A request has ended; its result follows. NULL: not told. */
    void (*answered)(void *context, const struct backend_answer *answer);
    void *context;
};

struct backend;

/* ERR_CONFIG: no back end has this name. */
int backend_create(uv_loop_t *loop, const struct backend_config *config,
                   const struct backend_listener *listener, struct backend **ret_backend,
                   struct error *err);

/*
 * New deadlines and secrets from the next call on. `name` and `url` must be those of the creation, `concurrency` too
 * or lower.
 */
int backend_configure(struct backend *backend, const struct backend_config *config,
                      struct error *err);

int backend_discover(struct backend *backend, struct error *err);
int backend_read(struct backend *backend, uint32_t slot, const char *id, struct error *err);
int backend_scale(struct backend *backend, uint32_t slot, const struct scale_request *request,
                  struct error *err);

/* Reads and discoveries in flight end soon, as cancelled. Scales go on: a cancellation only loses their response. */
void backend_cancel_reads(struct backend *backend);

/* `closed` is called when all calls have ended and the back end is freed. `backend` NULL: at once. */
void backend_close(struct backend *backend, void (*closed)(void *context), void *context);

#endif

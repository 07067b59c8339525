/*
 * backend_ops - what a back end implements. For backend.c, the back ends and their tests; other code uses backend.h.
 *
 * The state of a back end begins with `struct backend`, whose members belong to backend.c. An operation that returns 0
 * has started one call. The back end ends it exactly once, later, from the loop, with the backend_end function of the
 * same kind. An operation that returns an error has started nothing.
 *
 *     create    allocates the state, zeroed
 *     close     no operation follows; every call that was started still ends, cancelled if necessary; after the last
 *               one the back end calls backend_end_close, from the loop as well
 *     destroy   frees the state; backend_end_close calls it
 *
 * backend.c asserts these rules for all back ends.
 */
#ifndef ENGINE_BACKEND_BACKEND_OPS_H
#define ENGINE_BACKEND_BACKEND_OPS_H

#include "engine/backend/backend.h"
#include "engine/base/thread_owner.h"

#include <stdbool.h>
#include <stdint.h>

struct backend {
    const struct thread_owner *owner;
    const struct backend_ops *ops;
    struct backend_listener listener;
    int64_t discoveries_in_flight;
    int64_t reads_in_flight;
    int64_t scales_in_flight;
    bool is_starting; /* an operation that starts a call runs: no call may end now */
    bool is_closing;
    void (*closed)(void *context);
    void *closed_context;
};

struct backend_ops {
    const char *name; /* as in backends.def */
    int (*create)(uv_loop_t *loop, const struct backend_config *config,
                  struct backend **ret_backend, struct error *err);
    int (*configure)(struct backend *backend, const struct backend_config *config,
                     struct error *err);
    int (*discover)(struct backend *backend, struct error *err);
    int (*read)(struct backend *backend, uint32_t slot, const char *id, struct error *err);
    int (*scale)(struct backend *backend, uint32_t slot, const struct scale_request *request,
                 struct error *err);
    void (*cancel_reads)(struct backend *backend);
    void (*close)(struct backend *backend);
    void (*destroy)(struct backend *backend);
};

/* backend_create with the operations instead of a name; `config->name` is not used. */
int backend_create_with(const struct backend_ops *ops, uv_loop_t *loop,
                        const struct backend_config *config,
                        const struct backend_listener *listener, struct backend **ret_backend,
                        struct error *err);

/*
 * A call has ended: passes the result to the listener, which may start other calls before it returns. The back end
 * releases the call's own place before, and what the result borrows after.
 */
void backend_end_discovery(struct backend *backend, const struct discovery_result *result);
void backend_end_read(struct backend *backend, uint32_t slot, const struct read_result *result);
void backend_end_scale(struct backend *backend, uint32_t slot, const struct scale_result *result);

/* Tells the listener `answered`, before the call ends. A request that this program has cancelled is none. */
void backend_tell_answer(struct backend *backend, const struct backend_answer *answer);

/* Tells the listener `surprised`. At any time from the loop, outside of operations. */
void backend_tell_surprise(struct backend *backend, int64_t alone_ms);

/* The back end has closed: destroys it and calls `closed`. */
void backend_end_close(struct backend *backend);

#endif

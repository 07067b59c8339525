/*
 * backend_ops - what a back end implements. For backend.c, the back ends and their tests; other code uses backend.h.
 *
 * The state begins with `struct backend`; `create` allocates it, `close` frees it after the last callback.
 */
#ifndef ENGINE_BACKEND_BACKEND_OPS_H
#define ENGINE_BACKEND_BACKEND_OPS_H

#include "engine/backend/backend.h"

struct backend {
    const struct backend_ops *ops;
    struct backend_listener listener;
};

struct backend_ops {
    const char *name; /* as in backends.def */
    int (*create)(uv_loop_t *loop, const struct backend_config *config,
                  struct backend **ret_backend, struct error *err);
    int (*configure)(struct backend *backend, const struct backend_config *config,
                     struct error *err);
    int (*discover)(struct backend *backend, struct error *err);
    int (*read)(struct backend *backend, uint32_t slot, const char *id, struct error *err);
    int (*scale)(struct backend *backend, uint32_t slot, const char *id, int32_t delta,
                 const char *key, struct error *err);
    void (*cancel_reads)(struct backend *backend);
    void (*close)(struct backend *backend, void (*closed)(void *context), void *context);
};

/* backend_create with the operations instead of a name; `config->name` is not used. */
int backend_create_with(const struct backend_ops *ops, uv_loop_t *loop,
                        const struct backend_config *config,
                        const struct backend_listener *listener, struct backend **ret_backend,
                        struct error *err);

#endif

#include "engine/backend/backend.h"

#include "engine/backend/backend_ops.h"
#include "engine/base/panic.h"

int backend_create(const struct backend_ops *ops, uv_loop_t *loop,
                   const struct backend_config *config, const struct backend_listener *listener,
                   struct backend **ret_backend, struct error *err)
{
    struct backend *backend;
    int failed = ops->create(loop, config, &backend, err);
    if (failed)
        return failed;
    backend->ops = ops;
    backend->listener = *listener;
    *ret_backend = backend;
    return 0;
}

int backend_configure(struct backend *backend, const struct backend_config *config,
                      struct error *err)
{
    return backend->ops->configure(backend, config, err);
}

int backend_discover(struct backend *backend, struct error *err)
{
    return backend->ops->discover(backend, err);
}

int backend_read(struct backend *backend, uint32_t slot, const char *id, struct error *err)
{
    return backend->ops->read(backend, slot, id, err);
}

int backend_scale(struct backend *backend, uint32_t slot, const char *id, int32_t delta,
                  const char *key, struct error *err)
{
    must(delta != 0);
    return backend->ops->scale(backend, slot, id, delta, key, err);
}

void backend_cancel_reads(struct backend *backend)
{
    backend->ops->cancel_reads(backend);
}

void backend_close(struct backend *backend, void (*closed)(void *context), void *context)
{
    if (backend)
        backend->ops->close(backend, closed, context);
    else
        closed(context);
}

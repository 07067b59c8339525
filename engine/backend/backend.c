#include "engine/backend/backend.h"

#include "engine/backend/backend_ops.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

#define BACKEND(id) extern const struct backend_ops backend_##id;
#include "engine/backend/backends.def"
#undef BACKEND

static const struct backend_ops *const backends[] = {
#define BACKEND(id) &backend_##id,
#include "engine/backend/backends.def"
#undef BACKEND
};

#define BACKEND_COUNT (sizeof backends / sizeof backends[0])

static const struct backend_ops *find_backend(const char *name)
{
    for (size_t i = 0; i < BACKEND_COUNT; i++)
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    return NULL;
}

/* "unknown back end 'x'; known: rest, other" */
static int set_unknown(struct error *err, const char *name)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, "unknown back end '");
    text_add_escaped(&text, name, strlen(name));
    text_add(&text, "'; known: ");
    for (size_t i = 0; i < BACKEND_COUNT; i++)
        text_addf(&text, "%s%s", i > 0 ? ", " : "", backends[i]->name);
    return error_set(err, ERR_CONFIG, "%s", storage);
}

int backend_create_with(const struct backend_ops *ops, uv_loop_t *loop,
                        const struct backend_config *config,
                        const struct backend_listener *listener, struct backend **ret_backend,
                        struct error *err)
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

int backend_create(uv_loop_t *loop, const struct backend_config *config,
                   const struct backend_listener *listener, struct backend **ret_backend,
                   struct error *err)
{
    const struct backend_ops *ops = find_backend(config->name);
    if (!ops)
        return set_unknown(err, config->name);
    return backend_create_with(ops, loop, config, listener, ret_backend, err);
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

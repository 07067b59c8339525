#include "engine/backend/backend.h"

#include "engine/backend/backend_ops.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/base/thread_owner.h"

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
    backend->owner = loop->data;
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
    must(thread_owner_is_current(backend->owner));
    return backend->ops->configure(backend, config, err);
}

/* --- calls --------------------------------------------------------------------------------------------------- */

static int begin_start(struct backend *backend, struct error *err)
{
    must(thread_owner_is_current(backend->owner));
    must(!backend->is_starting);
    if (backend->is_closing)
        return error_set(err, ERR_CANCELLED, "the back end is closing");
    backend->is_starting = true;
    return 0;
}

static int finish_start(struct backend *backend, int failed, int64_t *in_flight)
{
    backend->is_starting = false;
    if (!failed)
        ++*in_flight;
    return failed;
}

int backend_discover(struct backend *backend, struct error *err)
{
    int failed = begin_start(backend, err);
    if (failed)
        return failed;
    failed = backend->ops->discover(backend, err);
    return finish_start(backend, failed, &backend->discoveries_in_flight);
}

int backend_read(struct backend *backend, uint32_t slot, const char *id, struct error *err)
{
    int failed = begin_start(backend, err);
    if (failed)
        return failed;
    failed = backend->ops->read(backend, slot, id, err);
    return finish_start(backend, failed, &backend->reads_in_flight);
}

int backend_scale(struct backend *backend, uint32_t slot, const struct scale_request *request,
                  struct error *err)
{
    must(request->delta != 0);
    int failed = begin_start(backend, err);
    if (failed)
        return failed;
    failed = backend->ops->scale(backend, slot, request, err);
    return finish_start(backend, failed, &backend->scales_in_flight);
}

void backend_cancel_reads(struct backend *backend)
{
    must(thread_owner_is_current(backend->owner));
    backend->ops->cancel_reads(backend);
}

/* The listener starts other calls, so the count is lowered before it is called. */
static void end_call(struct backend *backend, int64_t *in_flight)
{
    must(thread_owner_is_current(backend->owner));
    must(!backend->is_starting);
    must(*in_flight > 0);
    --*in_flight;
}

void backend_end_discovery(struct backend *backend, const struct discovery_result *result)
{
    end_call(backend, &backend->discoveries_in_flight);
    backend->listener.discovered(backend->listener.context, result);
}

void backend_end_read(struct backend *backend, uint32_t slot, const struct read_result *result)
{
    must(memchr(result->version, '\0', sizeof result->version));
    end_call(backend, &backend->reads_in_flight);
    backend->listener.read(backend->listener.context, slot, result);
}

void backend_end_scale(struct backend *backend, uint32_t slot, const struct scale_result *result)
{
    end_call(backend, &backend->scales_in_flight);
    backend->listener.scaled(backend->listener.context, slot, result);
}

void backend_tell_answer(struct backend *backend, const struct backend_answer *answer)
{
    must(thread_owner_is_current(backend->owner));
    must(!backend->is_starting);
    if (backend->listener.answered)
        backend->listener.answered(backend->listener.context, answer);
}

void backend_tell_surprise(struct backend *backend, int64_t alone_ms)
{
    must(thread_owner_is_current(backend->owner));
    must(!backend->is_starting);
    backend->listener.surprised(backend->listener.context, alone_ms);
}

/* --- the end ------------------------------------------------------------------------------------------------- */

void backend_close(struct backend *backend, void (*closed)(void *context), void *context)
{
    if (!backend) {
        closed(context);
        return;
    }
    must(thread_owner_is_current(backend->owner));
    must(!backend->is_starting);
    must(!backend->is_closing);
    backend->is_closing = true;
    backend->closed = closed;
    backend->closed_context = context;
    backend->ops->close(backend);
}

void backend_end_close(struct backend *backend)
{
    must(backend->is_closing);
    must(backend->discoveries_in_flight == 0);
    must(backend->reads_in_flight == 0);
    must(backend->scales_in_flight == 0);
    void (*closed)(void *context) = backend->closed;
    void *context = backend->closed_context;
    backend->ops->destroy(backend);
    closed(context);
}

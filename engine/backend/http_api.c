#include "engine/backend/http_api.h"

#include "engine/backend/response_meaning.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

/* A response that no request asked for follows the real one closely, or comes before the next pass. */
#define TRIAL_MS 1000
#define DISCOVERY_ARENA_SIZE_MAX ((size_t)1024 * 1024 * 1024)

struct http_api_call {
    struct http_api *api;
    uint32_t slot;
    bool is_scale;
    char id[ID_SIZE_MAX + 1];    /* of the deployment that is read */
    struct http_call *http_call; /* NULL: this place is free */
    struct http_api_call *next_free;
};

struct http_api *http_api_of(struct backend *backend)
{
    return (struct http_api *)backend;
}

static struct http_api_call *acquire_call(struct http_api *api, uint32_t slot, bool is_scale)
{
    struct http_api_call *call = api->first_free;
    if (!call)
        return NULL;
    api->first_free = call->next_free;
    call->slot = slot;
    call->is_scale = is_scale;
    return call;
}

static void release_call(struct http_api_call *call)
{
    call->http_call = NULL;
    call->next_free = call->api->first_free;
    call->api->first_free = call;
}

/* --- the meaning of responses ---------------------------------------------------------------------------------- */

/* "HTTP 503: <explanation of the API>", or the error of the transfer. */
static void describe(struct http_api *api, const struct http_response *response, struct text *text)
{
    if (response->error) {
        text_add(text, response->error_text);
        return;
    }
    text_addf(text, "HTTP %ld", response->status);
    if (response->status / 100 == 3)
        text_add(text, ": redirects are not followed");
    else if (response->status / 100 == 2)
        text_add(text, ", expected 200");
    else if (http_mentions_token(api->http, response->body, response->body_size))
        text_add(text, ": a response that repeats the token");
    else if (response->body_size > 0) {
        text_add(text, ": ");
        wire_describe_error(api->wire, response->body, response->body_size, text);
    }
}

static void tell_answer(struct http_api *api, enum backend_operation operation,
                        const struct http_response *response, bool is_malformed)
{
    const struct backend_answer answer = {
        .operation = operation,
        .error = response->error,
        .status = response->status,
        .is_malformed = is_malformed,
        .took_ms = response->took_ms,
    };
    if (response->error != ERR_CANCELLED)
        backend_tell_answer(&api->backend, &answer);
}

/* --- the end of a call ----------------------------------------------------------------------------------------- */

static void on_discovered(void *context, const struct http_response *response)
{
    struct http_api_call *call = context;
    struct http_api *api = call->api;
    release_call(call);
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    struct discovery_result result = {
        .is_transient = response_is_transient(response),
        .retry_after_ms = response->retry_after_ms,
        .took_ms = response->took_ms,
        .text = storage,
    };
    struct error err = { 0 };
    if (response->error || response->status != 200) {
        describe(api, response, &text);
    } else if (api->format->decode_discovery(api->wire, response->body, response->body_size,
                                             &api->arena, &result.discovery, &err)) {
        text_add(&text, err.msg);
        result.is_transient = true;
    } else {
        result.is_ok = true;
    }
    tell_answer(api, OPERATION_DISCOVERY, response,
                !result.is_ok && !response->error && response->status / 100 == 2);
    backend_end_discovery(&api->backend, &result);
    arena_trim(&api->arena);
    heap_trim();
}

/* With the status of something else, the API answers other requests than this one: worth another attempt. */
static void decode_status(struct http_api *api, const char *id,
                          const struct http_response *response, struct read_result *result,
                          struct error *err)
{
    int failed =
        api->format->decode_status(api->wire, response->body, response->body_size, id, result, err);
    if (!failed)
        return;
    result->reason = REASON_BAD_STATUS;
    result->is_transient = failed == ERR_PROTOCOL;
    if (failed == ERR_PROTOCOL)
        http_distrust(api->http);
}

static void on_read(void *context, const struct http_response *response)
{
    struct http_api_call *call = context;
    struct http_api *api = call->api;
    uint32_t slot = call->slot;
    release_call(call);
    struct error err;
    err.msg[0] = '\0';
    struct read_result result = { .retry_after_ms = response->retry_after_ms, .text = err.msg };
    if (response->error || response->status != 200) {
        struct text text;
        text_init(&text, err.msg, sizeof err.msg);
        describe(api, response, &text);
        result.reason = response_read_reason(response);
        result.is_transient = response_is_transient(response);
        result.is_cancelled = response->error == ERR_CANCELLED;
        result.is_rate_limited = !response->error && response->status == 429;
    } else {
        decode_status(api, call->id, response, &result, &err);
    }
    tell_answer(api, OPERATION_STATUS, response,
                result.reason == REASON_BAD_STATUS && !response->error);
    backend_end_read(&api->backend, slot, &result);
}

static void on_scaled(void *context, const struct http_response *response)
{
    struct http_api_call *call = context;
    struct http_api *api = call->api;
    uint32_t slot = call->slot;
    release_call(call);
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    struct scale_result result = {
        .outcome = response_scale_outcome(response),
        .refusal = response_refusal(response),
        .retry_after_ms = response->retry_after_ms,
        .took_ms = response->took_ms,
        .text = storage,
    };
    if (result.outcome != SCALE_ACCEPTED)
        describe(api, response, &text);
    tell_answer(api, OPERATION_SCALE, response, false);
    backend_end_scale(&api->backend, slot, &result);
}

/* --- the start of a call --------------------------------------------------------------------------------------- */

static int start(struct http_api_call *call, struct http_request *request, size_t body_size_max,
                 http_done *done, struct error *err)
{
    if (!call)
        return error_set(err, -EAGAIN, "too many requests in flight");
    request->timeout_ms = call->api->timeout_ms;
    request->body_size_max = body_size_max;
    int failed = http_start(call->api->http, request, done, call, &call->http_call, err);
    if (failed)
        release_call(call);
    return failed;
}

int http_api_discover(struct http_api *api, struct http_request request, struct error *err)
{
    return start(acquire_call(api, 0, false), &request, WIRE_DISCOVERY_SIZE_MAX, on_discovered,
                 err);
}

int http_api_read(struct http_api *api, uint32_t slot, const char *id, struct http_request request,
                  struct error *err)
{
    struct http_api_call *call = acquire_call(api, slot, false);
    size_t length = strlen(id);
    must(length <= ID_SIZE_MAX);
    if (call)
        memcpy(call->id, id, length + 1);
    return start(call, &request, WIRE_STATUS_SIZE_MAX, on_read, err);
}

int http_api_scale(struct http_api *api, uint32_t slot, struct http_request request,
                   struct error *err)
{
    return start(acquire_call(api, slot, true), &request, SCALE_RESPONSE_SIZE_MAX, on_scaled, err);
}

void http_api_cancel_reads(struct backend *backend)
{
    struct http_api *api = http_api_of(backend);
    for (size_t i = 0; i < api->call_count; i++)
        if (api->calls[i].http_call && !api->calls[i].is_scale)
            http_cancel(api->calls[i].http_call);
}

/* --- settings, creation, close --------------------------------------------------------------------------------- */

static void on_surprise(void *context)
{
    struct http_api *api = context;
    backend_tell_surprise(&api->backend, HTTP_DISTRUST_MS);
}

struct http_config http_api_client(const struct backend_config *config)
{
    return (struct http_config){
        .user_agent = config->user_agent,
        .token = config->token,
        .ca_file = config->ca_file,
        .client_cert = config->client_cert,
        .client_key = config->client_key,
        .proxy = config->proxy,
        .insecure_tls = config->insecure_tls,
        .connect_timeout_ms = config->connect_timeout_ms,
        .trial_ms = TRIAL_MS,
    };
}

static struct http_config http_config(struct http_api *api, const struct backend_config *config)
{
    struct http_config http = http_api_client(config);
    http.surprised = on_surprise;
    http.surprised_context = api;
    http.calls_max = (int)api->call_count;
    return http;
}

int http_api_configure(struct backend *backend, const struct backend_config *config,
                       struct error *err)
{
    struct http_api *api = http_api_of(backend);
    struct http_config http = http_config(api, config);
    int failed = http_configure(api->http, &http, err);
    if (failed)
        return failed;
    api->timeout_ms = config->timeout_ms;
    return 0;
}

/* The HTTP client is closed, or was never created. */
void http_api_destroy(struct backend *backend)
{
    struct http_api *api = http_api_of(backend);
    arena_fini(&api->arena);
    wire_destroy(api->wire);
    heap_free(api->calls);
    heap_free(api->url);
    heap_free(api);
}

static int fill(struct http_api *api, uv_loop_t *loop, const struct backend_config *config,
                struct error *err)
{
    must(config->concurrency > 0);
    arena_init(&api->arena, DISCOVERY_ARENA_SIZE_MAX);
    api->timeout_ms = config->timeout_ms;
    api->call_count = (size_t)config->concurrency + 1; /* and the discovery */
    api->calls = heap_alloc(api->call_count, sizeof *api->calls);
    api->url = heap_copy_text(config->url, strlen(config->url));
    if (!api->calls || !api->url)
        return error_no_memory(err);
    for (size_t i = 0; i < api->call_count; i++) {
        api->calls[i].api = api;
        release_call(&api->calls[i]);
    }
    int failed = wire_create(&api->wire, err);
    struct http_config http = http_config(api, config);
    return failed ? failed : http_create(loop, &http, &api->http, err);
}

int http_api_create(const struct http_api_format *format, uv_loop_t *loop,
                    const struct backend_config *config, struct backend **ret_backend,
                    struct error *err)
{
    struct http_api *api = heap_alloc(1, sizeof *api);
    if (!api)
        return error_no_memory(err);
    api->format = format;
    int failed = fill(api, loop, config, err);
    if (failed) {
        http_api_destroy(&api->backend);
        return failed;
    }
    *ret_backend = &api->backend;
    return 0;
}

static void on_http_closed(void *context)
{
    struct http_api *api = context;
    backend_end_close(&api->backend);
}

void http_api_close(struct backend *backend)
{
    struct http_api *api = http_api_of(backend);
    http_close(api->http, on_http_closed, api);
}

/*
 * The deployments API over HTTP and JSON.
 *
 * How answers are judged:
 *
 *     discovery, status   200 and a document that `wire` accepts; anything else failed, and is asked for again when
 *                         that may help (no answer, 408, 425, 429, 5xx).
 *     scale               any 2xx: accepted. Never sent, or one of the refusals below: known not to be applied.
 *                         Everything else, 5xx and lost answers above all: nobody knows.
 */
#include "engine/backend/backend_ops.h"
#include "engine/backend/wire.h"
#include "engine/base/arena.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/http/http.h"
#include "engine/http/path_segment.h"

#include <errno.h>
#include <string.h>

#define URL_SIZE 4096
#define SCALE_BODY_SIZE 1024
#define SCALE_ANSWER_SIZE_MAX ((size_t)64 * 1024)
#define DISCOVERY_ARENA_SIZE_MAX ((size_t)1024 * 1024 * 1024)

struct rest;

struct rest_call {
    struct rest *rest;
    uint32_t slot;
    bool is_scale;
    struct http_call *http_call; /* NULL: this place is free */
    struct rest_call *next_free;
};

struct rest {
    struct backend backend;
    struct http *http;
    struct wire *wire;
    struct arena arena; /* of the discovery that is being handed over */
    char *url;
    int64_t timeout_ms;
    struct rest_call *calls;
    size_t call_count;
    struct rest_call *first_free;
};

static struct rest *rest_of(struct backend *backend)
{
    return (struct rest *)backend;
}

static struct rest_call *acquire_call(struct rest *rest, uint32_t slot, bool is_scale)
{
    struct rest_call *call = rest->first_free;
    if (!call)
        return NULL;
    rest->first_free = call->next_free;
    call->slot = slot;
    call->is_scale = is_scale;
    return call;
}

static void release_call(struct rest_call *call)
{
    call->http_call = NULL;
    call->next_free = call->rest->first_free;
    call->rest->first_free = call;
}

/* --- judging ------------------------------------------------------------------------------------------------- */

static bool is_busy_status(long status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

static bool is_refusal_status(long status)
{
    static const long refusals[] = { 400, 401, 403, 404, 405, 409, 413, 415, 422, 429 };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i] == status)
            return true;
    return false;
}

/* "HTTP 503: <what the API says>", or what went wrong on the way. */
static void describe(struct rest *rest, const struct http_response *response, struct text *text)
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
    else if (http_mentions_token(rest->http, response->body, response->body_size))
        text_add(text, ": an answer that repeats the token");
    else if (response->body_size > 0) {
        text_add(text, ": ");
        wire_describe_error(rest->wire, response->body, response->body_size, text);
    }
}

static bool is_transient(const struct http_response *response)
{
    return response->error ? error_is_transient(response->error) : is_busy_status(response->status);
}

static enum reason read_reason(const struct http_response *response)
{
    if (response->error == -ETIMEDOUT)
        return REASON_READ_TIMEOUT;
    if (response->error == ERR_TOO_LARGE)
        return REASON_BAD_STATUS;
    if (response->error)
        return REASON_READ_FAILED;
    if (response->status / 100 == 2)
        return REASON_BAD_STATUS;
    if (response->status == 404 || response->status == 410)
        return REASON_MISSING;
    if (response->status == 401 || response->status == 403)
        return REASON_UNAUTHORIZED;
    return REASON_READ_FAILED;
}

static enum scale_outcome scale_outcome(const struct http_response *response)
{
    if (response->error)
        return response->was_sent ? SCALE_LOST : SCALE_REFUSED;
    if (response->status / 100 == 2)
        return SCALE_ACCEPTED;
    return is_refusal_status(response->status) ? SCALE_REFUSED : SCALE_LOST;
}

/* --- answers ------------------------------------------------------------------------------------------------- */

static void on_discovered(void *context, const struct http_response *response)
{
    struct rest_call *call = context;
    struct rest *rest = call->rest;
    release_call(call);
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    struct discovery_result result = {
        .is_transient = is_transient(response),
        .retry_after_ms = response->retry_after_ms,
        .took_ms = response->took_ms,
        .text = storage,
    };
    struct error err = { 0 };
    if (response->error || response->status != 200) {
        describe(rest, response, &text);
    } else if (wire_decode_discovery(rest->wire, response->body, response->body_size, &rest->arena,
                                     &result.discovery, &err)) {
        text_add(&text, err.msg);
        result.is_transient = true;
    } else {
        result.is_ok = true;
    }
    backend_end_discovery(&rest->backend, &result);
    arena_trim(&rest->arena);
}

static void on_read(void *context, const struct http_response *response)
{
    struct rest_call *call = context;
    struct rest *rest = call->rest;
    uint32_t slot = call->slot;
    release_call(call);
    struct error err;
    err.msg[0] = '\0';
    struct read_result result = { .retry_after_ms = response->retry_after_ms, .text = err.msg };
    if (response->error || response->status != 200) {
        struct text text;
        text_init(&text, err.msg, sizeof err.msg);
        describe(rest, response, &text);
        result.reason = read_reason(response);
        result.is_transient = is_transient(response);
        result.is_cancelled = response->error == ERR_CANCELLED;
    } else if (wire_decode_status(rest->wire, response->body, response->body_size, &result.status,
                                  &err)) {
        result.reason = REASON_BAD_STATUS;
    }
    backend_end_read(&rest->backend, slot, &result);
}

static void on_scaled(void *context, const struct http_response *response)
{
    struct rest_call *call = context;
    struct rest *rest = call->rest;
    uint32_t slot = call->slot;
    release_call(call);
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    struct scale_result result = {
        .outcome = scale_outcome(response),
        .retry_after_ms = response->retry_after_ms,
        .took_ms = response->took_ms,
        .text = storage,
    };
    if (result.outcome != SCALE_ACCEPTED)
        describe(rest, response, &text);
    backend_end_scale(&rest->backend, slot, &result);
}

/* --- operations ---------------------------------------------------------------------------------------------- */

static int start(struct rest *rest, const struct http_request *request, http_done *done,
                 uint32_t slot, struct error *err)
{
    struct rest_call *call = acquire_call(rest, slot, request->body != NULL);
    if (!call)
        return error_set(err, -EAGAIN, "too many requests in flight");
    int failed = http_start(rest->http, request, done, call, &call->http_call, err);
    if (failed)
        release_call(call);
    return failed;
}

static int rest_discover(struct backend *backend, struct error *err)
{
    struct rest *rest = rest_of(backend);
    char url[URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/discover", rest->url);
    struct http_request request = {
        .url = url,
        .timeout_ms = rest->timeout_ms,
        .body_size_max = WIRE_DISCOVERY_SIZE_MAX,
    };
    return start(rest, &request, on_discovered, 0, err);
}

static int rest_read(struct backend *backend, uint32_t slot, const char *id, struct error *err)
{
    struct rest *rest = rest_of(backend);
    char url[URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/status/", rest->url);
    path_segment_add(&text, id);
    must(!text.was_cut);
    struct http_request request = {
        .url = url,
        .timeout_ms = rest->timeout_ms,
        .body_size_max = WIRE_STATUS_SIZE_MAX,
    };
    return start(rest, &request, on_read, slot, err);
}

/* The API has no versions: `version` is not sent. */
static int rest_scale(struct backend *backend, uint32_t slot, const struct scale_request *scale,
                      struct error *err)
{
    struct rest *rest = rest_of(backend);
    char url[URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/scale", rest->url);
    char body[SCALE_BODY_SIZE];
    struct text json;
    text_init(&json, body, sizeof body);
    wire_encode_scale(&json, scale->id, scale->delta);
    must(!json.was_cut);
    struct http_request request = {
        .url = url,
        .method = "POST",
        .body = body,
        .content_type = "application/json",
        .idempotency_key = scale->key,
        .fresh = true, /* libcurl must never repeat a scale */
        .timeout_ms = rest->timeout_ms,
        .body_size_max = SCALE_ANSWER_SIZE_MAX,
    };
    return start(rest, &request, on_scaled, slot, err);
}

static void rest_cancel_reads(struct backend *backend)
{
    struct rest *rest = rest_of(backend);
    for (size_t i = 0; i < rest->call_count; i++)
        if (rest->calls[i].http_call && !rest->calls[i].is_scale)
            http_cancel(rest->calls[i].http_call);
}

static struct http_config http_config(const struct backend_config *config, size_t call_count)
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
        .calls_max = (int)call_count,
    };
}

static int rest_configure(struct backend *backend, const struct backend_config *config,
                          struct error *err)
{
    struct rest *rest = rest_of(backend);
    struct http_config http = http_config(config, rest->call_count);
    int failed = http_configure(rest->http, &http, err);
    if (failed)
        return failed;
    rest->timeout_ms = config->timeout_ms;
    return 0;
}

/* --- life ---------------------------------------------------------------------------------------------------- */

/* The HTTP client is closed, or was never created. */
static void rest_destroy(struct backend *backend)
{
    struct rest *rest = rest_of(backend);
    arena_fini(&rest->arena);
    wire_destroy(rest->wire);
    heap_free(rest->calls);
    heap_free(rest->url);
    heap_free(rest);
}

static int fill_rest(struct rest *rest, uv_loop_t *loop, const struct backend_config *config,
                     struct error *err)
{
    must(config->concurrency > 0);
    arena_init(&rest->arena, DISCOVERY_ARENA_SIZE_MAX);
    rest->timeout_ms = config->timeout_ms;
    rest->call_count = (size_t)config->concurrency + 1; /* and the discovery */
    rest->calls = heap_alloc(rest->call_count, sizeof *rest->calls);
    rest->url = heap_copy_text(config->url, strlen(config->url));
    if (!rest->calls || !rest->url)
        return error_set(err, -ENOMEM, "no memory for the deployments API's calls");
    for (size_t i = 0; i < rest->call_count; i++) {
        rest->calls[i].rest = rest;
        release_call(&rest->calls[i]);
    }
    int failed = wire_create(&rest->wire, err);
    struct http_config http = http_config(config, rest->call_count);
    return failed ? failed : http_create(loop, &http, &rest->http, err);
}

static int rest_create(uv_loop_t *loop, const struct backend_config *config,
                       struct backend **ret_backend, struct error *err)
{
    struct rest *rest = heap_alloc(1, sizeof *rest);
    if (!rest)
        return error_set(err, -ENOMEM, "no memory for the deployments API");
    int failed = fill_rest(rest, loop, config, err);
    if (failed) {
        rest_destroy(&rest->backend);
        return failed;
    }
    *ret_backend = &rest->backend;
    return 0;
}

static void on_http_closed(void *context)
{
    struct rest *rest = context;
    backend_end_close(&rest->backend);
}

static void rest_close(struct backend *backend)
{
    struct rest *rest = rest_of(backend);
    http_close(rest->http, on_http_closed, rest);
}

const struct backend_ops backend_rest = {
    .name = "rest",
    .create = rest_create,
    .configure = rest_configure,
    .discover = rest_discover,
    .read = rest_read,
    .scale = rest_scale,
    .cancel_reads = rest_cancel_reads,
    .close = rest_close,
    .destroy = rest_destroy,
};

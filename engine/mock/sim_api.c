#include "engine/mock/sim_api.h"

#include "engine/backend/wire.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/http/path_segment.h"
#include "engine/mock/sim_break.h"

#include <errno.h>
#include <string.h>

#define DISCOVERY_ENTRY_SIZE_MAX ((size_t)ID_SIZE_MAX + 80)
#define ID_SHOWN_SIZE_MAX ((size_t)48) /* of an unknown id in a message */
#define DISCOVERY_FRAME_SIZE_MAX ((size_t)32)

struct sim_api {
    struct fleet_model *model;
    struct wire *wire;
    struct idempotency_cache *idempotency_cache;
    char *discovery;
    size_t discovery_size;
    int64_t scales_applied;
    enum promise broken;
    bool was_listed;          /* the first list was sent */
    ptrdiff_t unserved;       /* index of the deployment whose new servers are hidden; -1: none */
    int32_t unserved_servers; /* that it had before */
};

/* ---- responses ---- */

static void response_open(struct sim_response *response, unsigned status, struct text *body)
{
    response->status = status;
    response->allow = NULL;
    response->body = response->storage;
    text_init(body, response->storage, sizeof response->storage);
}

static void response_close(struct sim_response *response, const struct text *body)
{
    must(!body->was_cut); /* a message fits even if each character is escaped */
    response->body_size = body->length;
}

void sim_response_error(struct sim_response *response, unsigned status, const char *code,
                        const char *message)
{
    struct text body;
    response_open(response, status, &body);
    text_addf(&body, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    text_add_json(&body, message, strlen(message));
    text_add(&body, "}}");
    response_close(response, &body);
}

static void respond_discovery(struct sim_api *api, struct sim_response *response)
{
    static const char empty[] = "{\"deployments\":[]}";
    bool is_short = api->broken == PROMISE_WHOLE_LIST && api->was_listed;
    response->status = 200;
    response->allow = NULL;
    response->body = is_short ? empty : api->discovery;
    response->body_size = is_short ? sizeof empty - 1 : api->discovery_size;
    api->was_listed = true;
}

/* ---- GET /status/{id} ---- */

static void respond_unknown_id(struct sim_response *response, const char *id)
{
    char storage[ERROR_MSG_SIZE];
    struct text message;
    text_init(&message, storage, sizeof storage);
    text_add(&message, "no deployment '");
    text_add_escaped(&message, id, strnlen(id, ID_SHOWN_SIZE_MAX));
    text_add(&message, "'");
    sim_response_error(response, 404, "unknown_deployment", storage);
}

static void break_status(const struct sim_api *api, ptrdiff_t index, struct status *status)
{
    struct definition definition;
    fleet_model_definition(api->model, (size_t)index, &definition);
    sim_break_status(api->broken, definition.servers_per_host, status);
    if (index != api->unserved)
        return;
    status->total_servers = (int32_t)min_i64(status->total_servers, api->unserved_servers);
    status->free_servers = (int32_t)min_i64(status->free_servers, status->total_servers);
}

static void respond_status(const struct sim_api *api, const struct status *status,
                           struct sim_response *response)
{
    struct text body;
    response_open(response, 200, &body);
    sim_break_write_status(api->broken, status, &body);
    response_close(response, &body);
}

static void answer_status(struct sim_api *api, const struct sim_request *request,
                          const char *encoded_id, struct sim_response *response)
{
    char id[ID_SIZE_MAX + 2]; /* a longer id is cut to a length that no id has */
    if (!path_segment_read(encoded_id, id, sizeof id)) {
        sim_response_error(response, 400, "bad_path", "the id is not percent-encoded text");
        return;
    }
    ptrdiff_t index = fleet_model_find(api->model, id);
    struct status status = { 0 };
    if (index < 0 && api->broken != PROMISE_UNKNOWN_ID) {
        respond_unknown_id(response, id);
        return;
    }
    if (index >= 0) {
        fleet_model_status(api->model, (size_t)index, request->now_ms, &status);
        break_status(api, index, &status);
    }
    respond_status(api, &status, response);
}

/* ---- POST /scale ---- */

static void respond_applied(struct sim_response *response)
{
    struct text body;
    response_open(response, 200, &body);
    text_add(&body, "{}");
    response_close(response, &body);
}

/* To a request that cannot be carried out. */
static void refuse(const struct sim_api *api, struct sim_response *response)
{
    if (api->broken == PROMISE_SCALE_REFUSAL)
        respond_applied(response);
}

/* A host more for the deployment that a bad body names. */
static void apply_refused(struct sim_api *api, const struct sim_request *request)
{
    struct definition definition;
    for (size_t i = 0; i < fleet_model_count(api->model); i++) {
        fleet_model_definition(api->model, i, &definition);
        if (strstr(request->body, definition.id))
            fleet_model_scale(api->model, i, request->now_ms, 1, NULL);
    }
}

static bool is_ignored(const struct sim_api *api, int32_t delta)
{
    return (api->broken == PROMISE_SCALE_COUNTED && delta > 0) ||
           (api->broken == PROMISE_SCALE_REMOVED && delta < 0);
}

static void hide_new_servers(struct sim_api *api, ptrdiff_t index, int64_t now_ms)
{
    struct status status;
    if (api->broken != PROMISE_SCALE_SERVED || api->unserved >= 0)
        return;
    fleet_model_status(api->model, (size_t)index, now_ms, &status);
    api->unserved = index;
    api->unserved_servers = status.total_servers;
}

static int apply(struct sim_api *api, ptrdiff_t index, int64_t now_ms, int32_t delta,
                 struct error *err)
{
    hide_new_servers(api, index, now_ms);
    return is_ignored(api, delta)
               ? 0
               : fleet_model_scale(api->model, (size_t)index, now_ms, delta, err);
}

static void scale(struct sim_api *api, const struct sim_request *request,
                  struct sim_response *response)
{
    char id[ID_SIZE_MAX + 1];
    int32_t delta;
    struct error err;
    if (wire_decode_scale(api->wire, request->body, request->body_size, id, &delta, &err) < 0) {
        sim_response_error(response, 400, "bad_body", err.msg);
        refuse(api, response);
        if (api->broken == PROMISE_REFUSAL_CHANGES_NOTHING)
            apply_refused(api, request);
        return;
    }
    ptrdiff_t index = fleet_model_find(api->model, id);
    if (index < 0) {
        respond_unknown_id(response, id);
        refuse(api, response);
        return;
    }

    int result = apply(api, index, request->now_ms, delta, &err);
    if (result == -EINVAL) {
        sim_response_error(response, 422, "impossible_delta", err.msg);
    } else if (result < 0) {
        sim_response_error(response, 500, "out_of_memory", err.msg);
    } else {
        api->scales_applied++;
        respond_applied(response);
    }
}

static void respond_from_receipt(const struct receipt *receipt, struct sim_response *response)
{
    struct text body;
    response_open(response, receipt->status, &body);
    text_add_bytes(&body, receipt->body, receipt->body_size);
    response_close(response, &body);
}

static void answer_scale(struct sim_api *api, const struct sim_request *request,
                         struct sim_response *response)
{
    bool has_key = request->key && *request->key && api->broken != PROMISE_KEY_ONCE;
    if (request->is_body_too_large) {
        sim_response_error(response, 413, "body_too_large", "a body has at most 64 KiB");
        return;
    }
    if (has_key && strlen(request->key) > IDEMPOTENCY_CACHE_KEY_SIZE_MAX) {
        sim_response_error(response, 400, "bad_key", "an Idempotency-Key has at most 128 bytes");
        return;
    }
    const struct receipt *receipt =
        has_key ? idempotency_cache_find(api->idempotency_cache, request->key) : NULL;
    if (receipt) {
        respond_from_receipt(receipt, response);
        if (api->broken == PROMISE_KEY_RESPONSE)
            sim_response_error(response, 409, "known_key", "this key was used before");
        return;
    }
    scale(api, request, response);
    /* A failure for lack of memory is not stored: nothing was applied, and a repeated request may work. */
    if (has_key && response->status < 500)
        idempotency_cache_keep(api->idempotency_cache, request->key, response->status,
                               response->body, response->body_size);
}

/* ---- dispatch ---- */

enum route { ROUTE_NONE, ROUTE_DISCOVER, ROUTE_STATUS, ROUTE_SCALE };

static enum route find_route(const char *path, const char **ret_rest)
{
    static const char status_prefix[] = "/status/";
    size_t prefix_length = sizeof status_prefix - 1;
    *ret_rest = "";
    if (strcmp(path, "/discover") == 0)
        return ROUTE_DISCOVER;
    if (strcmp(path, "/scale") == 0)
        return ROUTE_SCALE;
    if (strncmp(path, status_prefix, prefix_length) != 0)
        return ROUTE_NONE;
    *ret_rest = path + prefix_length;
    return ROUTE_STATUS;
}

void sim_api_respond(struct sim_api *api, const struct sim_request *request,
                     struct sim_response *ret_answer)
{
    const char *rest;
    enum route route = find_route(request->path, &rest);
    const char *method = route == ROUTE_SCALE ? "POST" : "GET";
    if (route != ROUTE_NONE && strcmp(request->method, method) != 0) {
        sim_response_error(ret_answer, 405, "wrong_method", "see the Allow header");
        ret_answer->allow = method;
        return;
    }
    switch (route) {
    case ROUTE_NONE:
        sim_response_error(ret_answer, 404, "unknown_path",
                           "there are /discover, /status/{id} and /scale");
        return;
    case ROUTE_DISCOVER:
        respond_discovery(api, ret_answer);
        return;
    case ROUTE_STATUS:
        answer_status(api, request, rest, ret_answer);
        return;
    case ROUTE_SCALE:
        answer_scale(api, request, ret_answer);
        return;
    }
}

int64_t sim_api_scales_applied(const struct sim_api *api)
{
    return api->scales_applied;
}

/* ---- life cycle ---- */

static void add_definition(struct text *text, const struct definition *definition)
{
    text_add(text, "{\"id\":");
    text_add_json(text, definition->id, strlen(definition->id));
    text_addf(text,
              ",\"servers_per_host\":%d,\"target_free_pct\":", (int)definition->servers_per_host);
    text_add_percent(text, definition->target_free_ppb);
    text_add_char(text, '}');
}

static int create_discovery(struct sim_api *api)
{
    size_t count = fleet_model_count(api->model);
    size_t size = size_add(size_mul(count, DISCOVERY_ENTRY_SIZE_MAX),
                           DISCOVERY_FRAME_SIZE_MAX + SIM_BREAK_ENTRY_SIZE_MAX);
    api->discovery = heap_alloc(size, 1);
    if (!api->discovery)
        return -ENOMEM;

    struct text text;
    text_init(&text, api->discovery, size);
    text_add(&text, "{\"deployments\":[");
    for (size_t i = 0; i < count; i++) {
        struct definition definition;
        fleet_model_definition(api->model, i, &definition);
        if (i > 0)
            text_add_char(&text, ',');
        add_definition(&text, &definition);
    }
    struct definition first;
    fleet_model_definition(api->model, 0, &first);
    sim_break_add_entry(api->broken, &first, &text);
    sim_break_end_list(api->broken, &text);
    must(!text.was_cut);
    api->discovery_size = text.length;

    /* Shrinking may fail; the larger block works too. */
    char *shrunk = heap_resize(api->discovery, text.length + 1, 1);
    if (shrunk)
        api->discovery = shrunk;
    return 0;
}

int sim_api_create(const struct fleet_model_config *config, enum promise broken,
                   struct sim_api **ret_api, struct error *err)
{
    struct sim_api *api = heap_alloc(1, sizeof *api);
    if (!api)
        return error_no_memory(err);
    api->broken = broken;
    api->unserved = -1;
    int result = fleet_model_create(config, &api->model, err);
    if (result == 0)
        result = wire_create(&api->wire, err);
    if (result == 0)
        result = idempotency_cache_create(&api->idempotency_cache, err);
    if (result == 0 && create_discovery(api) < 0)
        result = error_no_memory(err);
    if (result < 0) {
        sim_api_destroy(api);
        return result;
    }
    *ret_api = api;
    return 0;
}

void sim_api_destroy(struct sim_api *api)
{
    if (!api)
        return;
    heap_free(api->discovery);
    idempotency_cache_destroy(api->idempotency_cache);
    wire_destroy(api->wire);
    fleet_model_destroy(api->model);
    heap_free(api);
}

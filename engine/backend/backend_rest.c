/*
 * The deployments API: autoscaler-api(7).
 */
#include "engine/backend/backend_ops.h"
#include "engine/backend/http_api.h"
#include "engine/backend/wire.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/http/path_segment.h"

#define SCALE_BODY_SIZE 1024

static int decode_status(struct wire *wire, const char *body, size_t size, const char *id,
                         struct read_result *result, struct error *err)
{
    return wire_decode_status_of(wire, body, size, id, &result->status, err);
}

static const struct http_api_format format = { wire_decode_discovery, decode_status };

static int rest_create(uv_loop_t *loop, const struct backend_config *config,
                       struct backend **ret_backend, struct error *err)
{
    return http_api_create(&format, loop, config, ret_backend, err);
}

static int rest_discover(struct backend *backend, struct error *err)
{
    struct http_api *api = http_api_of(backend);
    char url[HTTP_API_URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/discover", api->url);
    return http_api_discover(api, (struct http_request){ .url = url }, err);
}

static int rest_read(struct backend *backend, uint32_t slot, const char *id, struct error *err)
{
    struct http_api *api = http_api_of(backend);
    char url[HTTP_API_URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/status/", api->url);
    path_segment_add(&text, id);
    must(!text.was_cut);
    return http_api_read(api, slot, id, (struct http_request){ .url = url }, err);
}

/* The API has no versions: `version` is not sent. */
static int rest_scale(struct backend *backend, uint32_t slot, const struct scale_request *scale,
                      struct error *err)
{
    struct http_api *api = http_api_of(backend);
    char url[HTTP_API_URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "%s/scale", api->url);
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
    };
    return http_api_scale(api, slot, request, err);
}

const struct backend_ops backend_rest = {
    .name = "rest",
    .create = rest_create,
    .configure = http_api_configure,
    .discover = rest_discover,
    .read = rest_read,
    .scale = rest_scale,
    .cancel_reads = http_api_cancel_reads,
    .close = http_api_close,
    .destroy = http_api_destroy,
};

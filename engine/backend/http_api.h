/*
 * http_api - what back ends over HTTP and JSON share: the HTTP client with the settings of the API, the calls in
 * flight, and the meaning of responses.
 *
 * The state of such a back end is a struct http_api; backend_NAME.c fills one request for each operation and decodes
 * two documents. Its descriptor has the operations of this file for configure, cancel_reads, close and destroy.
 *
 * The meaning of responses:
 *
 *     discovery, read   200 and a document that the decoder accepts; anything else has failed, and is worth another
 *                       attempt after no response, 408, 425, 429 or 5xx.
 *     scale             any 2xx: accepted. Not sent, or a status that is a refusal: known not to be applied. Anything
 *                       else, such as 5xx or a lost response: unknown.
 *
 * Engine thread only.
 */
#ifndef ENGINE_BACKEND_HTTP_API_H
#define ENGINE_BACKEND_HTTP_API_H

#include "engine/backend/backend_ops.h"
#include "engine/backend/wire.h"
#include "engine/base/arena.h"
#include "engine/http/http.h"

#include <stddef.h>
#include <stdint.h>

#define HTTP_API_URL_SIZE 4096

/*
 * The documents of an API. `body` has `size` bytes and a NUL after them. What a discovery borrows is in `arena` or
 * `body`. decode_status fills `status`, and `version` if the API has versions. An error has a printable sentence;
 * ERR_PROTOCOL of decode_status: it is not the status of `id`, so that no connection is trusted for a while.
 */
struct http_api_format {
    int (*decode_discovery)(struct wire *wire, const char *body, size_t size, struct arena *arena,
                            struct discovery *ret_discovery, struct error *err);
    int (*decode_status)(struct wire *wire, const char *body, size_t size, const char *id,
                         struct read_result *result, struct error *err);
};

struct http_api_call;

struct http_api {
    struct backend backend;
    const struct http_api_format *format;
    char *url; /* of the API, without a trailing slash */
    struct http *http;
    struct wire *wire;
    struct arena arena; /* of the discovery that is being passed on */
    int64_t timeout_ms;
    struct http_api_call *calls;
    size_t call_count;
    struct http_api_call *first_free;
};

struct http_api *http_api_of(struct backend *backend);

/* For the `create` of a back end. */
int http_api_create(const struct http_api_format *format, uv_loop_t *loop,
                    const struct backend_config *config, struct backend **ret_backend,
                    struct error *err);

/*
 * Start the request of an operation, and end the call with its response. Time and size limits are set here. A scale
 * that must not be applied twice needs a fresh connection, see http.h.
 */
int http_api_discover(struct http_api *api, struct http_request request, struct error *err);
int http_api_read(struct http_api *api, uint32_t slot, const char *id, struct http_request request,
                  struct error *err);
int http_api_scale(struct http_api *api, uint32_t slot, struct http_request request,
                   struct error *err);

/* The settings of a client for the API. `surprised`, its context and `calls_max` are left to the caller. */
struct http_config http_api_client(const struct backend_config *config);

/* Operations of every such back end. */
int http_api_configure(struct backend *backend, const struct backend_config *config,
                       struct error *err);
void http_api_cancel_reads(struct backend *backend);
void http_api_close(struct backend *backend);
void http_api_destroy(struct backend *backend);

#endif

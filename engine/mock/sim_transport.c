#include "engine/mock/sim_transport.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define BULK_SIZE ((size_t)65 * 1024)
#define HEADER_LINES 2000 /* with 32 bytes more for each, they are above 64 KiB */
#define RAW_HEADERS_SIZE ((size_t)16 * 1024)

enum request_kind { REQUEST_OTHER, REQUEST_DISCOVERY, REQUEST_STATUS, REQUEST_SCALE };

static enum request_kind kind_of(const struct sim_request *request)
{
    bool is_get = strcmp(request->method, "GET") == 0;
    if (is_get && strcmp(request->path, "/discover") == 0)
        return REQUEST_DISCOVERY;
    if (is_get && strncmp(request->path, "/status/", strlen("/status/")) == 0)
        return REQUEST_STATUS;
    return strcmp(request->path, "/scale") == 0 ? REQUEST_SCALE : REQUEST_OTHER;
}

static bool needs_bulk(enum promise broken)
{
    return broken == PROMISE_STATUS_SIZE || broken == PROMISE_SCALE_SIZE;
}

int sim_transport_init(struct sim_transport *transport, enum promise broken)
{
    *transport = (struct sim_transport){ .broken = broken };
    if (!needs_bulk(broken))
        return 0;
    transport->bulk = heap_alloc(BULK_SIZE, 1);
    if (!transport->bulk)
        return -ENOMEM;
    memset(transport->bulk, ' ', BULK_SIZE);
    transport->bulk_size = BULK_SIZE;
    return 0;
}

void sim_transport_fini(struct sim_transport *transport)
{
    heap_free(transport->bulk);
}

bool sim_transport_hangs(const struct sim_transport *transport, const struct sim_request *request)
{
    enum request_kind kind = kind_of(request);
    return (transport->broken == PROMISE_DISCOVERY_IN_TIME && kind == REQUEST_DISCOVERY) ||
           (transport->broken == PROMISE_STATUS_IN_TIME && kind == REQUEST_STATUS) ||
           (transport->broken == PROMISE_SCALE_IN_TIME && kind == REQUEST_SCALE);
}

/* --- responses that replace the usual one ----------------------------------------------------------------------- */

static void respond(struct http_server_exchange *exchange, unsigned status, const char *header,
                    const char *value)
{
    static const char body[] =
        "{\"error\":{\"code\":\"broken\",\"message\":\"a promise is broken\"}}";
    const struct http_server_response response = {
        .status = status,
        .headers = { { "Content-Type", "application/json" }, { header, value } },
        .body = body,
        .body_size = sizeof body - 1,
        .is_body_permanent = true,
    };
    http_server_respond(exchange, &response);
}

static void send_late_bytes(struct sim_transport *transport)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    if (transport->late)
        http_server_send_raw(transport->late, bytes, sizeof bytes - 1);
    transport->late = NULL;
}

static bool is_error(const struct sim_transport *transport, enum request_kind kind)
{
    return (transport->broken == PROMISE_DISCOVERY_ANSWERS && kind == REQUEST_DISCOVERY) ||
           (transport->broken == PROMISE_STATUS_ANSWERS && kind == REQUEST_STATUS) ||
           (transport->broken == PROMISE_SCALE_ACCEPTED && kind == REQUEST_SCALE);
}

bool sim_transport_take(struct sim_transport *transport, struct http_server_exchange *exchange,
                        const struct sim_request *request)
{
    send_late_bytes(transport);
    if (transport->broken == PROMISE_RETRY_AFTER && !transport->was_busy) {
        transport->was_busy = true;
        respond(exchange, 503, "Retry-After", "soon");
        return true;
    }
    if (transport->broken == PROMISE_NO_REDIRECT && kind_of(request) == REQUEST_STATUS) {
        respond(exchange, 302, "Location", "/elsewhere");
        return true;
    }
    return false;
}

/* --- responses that are sent in another way --------------------------------------------------------------------- */

static void on_gone(void *context, struct http_server_exchange *exchange)
{
    struct sim_transport *transport = context;
    if (transport->late == exchange)
        transport->late = NULL;
}

/* The connection stays open: what is sent on it later belongs to no request. */
static void send_raw(struct sim_transport *transport, struct http_server_exchange *exchange,
                     const struct text *raw)
{
    if (http_server_defer(exchange, on_gone, transport, NULL) < 0)
        return;
    if (raw->was_cut || !http_server_send_raw(exchange, raw->data, raw->length))
        http_server_drop(exchange);
    else if (transport->broken == PROMISE_NO_LATE_BYTES)
        transport->late = exchange;
}

static void respond_raw(struct sim_transport *transport, struct http_server_exchange *exchange,
                        const struct sim_response *response, int header_lines)
{
    struct text raw;
    size_t size = response->body_size + RAW_HEADERS_SIZE;
    char *storage = heap_alloc(size, 1);
    if (!storage) {
        http_server_drop(exchange);
        return;
    }
    text_init(&raw, storage, size);
    text_addf(&raw, "HTTP/1.1 %u OK\r\nContent-Length: %zu\r\n", response->status,
              response->body_size);
    for (int i = 0; i < header_lines; i++)
        text_add(&raw, "X: y\r\n");
    text_add(&raw, "\r\n");
    text_add_bytes(&raw, response->body, response->body_size);
    send_raw(transport, exchange, &raw);
    heap_free(storage);
}

/* White space behind the document is allowed; only its size is wrong. */
static void respond_bulk(struct sim_transport *transport, struct http_server_exchange *exchange,
                         const struct sim_response *response)
{
    memcpy(transport->bulk, response->body, response->body_size);
    const struct http_server_response large = {
        .status = response->status,
        .headers = { { "Content-Type", "application/json" } },
        .body = transport->bulk,
        .body_size = transport->bulk_size,
    };
    http_server_respond(exchange, &large);
}

bool sim_transport_respond(struct sim_transport *transport, struct http_server_exchange *exchange,
                           const struct sim_request *request, const struct sim_response *response)
{
    enum request_kind kind = kind_of(request);
    bool is_bulk = (transport->broken == PROMISE_STATUS_SIZE && kind == REQUEST_STATUS) ||
                   (transport->broken == PROMISE_SCALE_SIZE && kind == REQUEST_SCALE);
    if (kind == REQUEST_DISCOVERY && transport->broken == PROMISE_NO_LATE_BYTES)
        respond_raw(transport, exchange, response, 0);
    else if (kind == REQUEST_DISCOVERY && transport->broken == PROMISE_DISCOVERY_SIZE)
        respond_raw(transport, exchange, response, HEADER_LINES);
    else if (is_bulk && response->status == 200)
        respond_bulk(transport, exchange, response);
    else if (is_error(transport, kind) && response->status == 200)
        respond(exchange, 500, NULL, NULL);
    else
        return false;
    return true;
}

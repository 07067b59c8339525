/*
 * http_server - an HTTP/1.1 server on a libuv loop.
 *
 * libmicrohttpd without a thread of its own: the loop polls its epoll descriptor. All functions and callbacks run on
 * the thread of the loop. The server owns the listening socket, the connections, and an exchange for each request.
 *
 * The handler is called once for each request, when the body is complete. Before it returns, it calls one of
 *
 *     http_server_respond   the response is sent
 *     http_server_drop      the connection is closed without a response
 *     http_server_defer     the connection is suspended until http_server_respond or http_server_drop is called, or
 *                           until the server calls `gone`: the client has disconnected, or the server is closing
 *
 * Respond, drop and `gone` end the exchange. The exchange, the request and its headers are borrowed until then. The
 * handler is not called for a request whose client disconnects before the body is complete.
 *
 * The idle timeout does not end a body in pieces that waits for its next one; a client that has gone is noticed when
 * it is written to.
 *
 * Limits: open connections, bytes of a request's body, idle time of a connection (all in the configuration), bytes of
 * a request's headers. A response is one buffer, or is made piece by piece while the client reads it.
 * libmicrohttpd itself refuses a request that is malformed or has too large headers: with an HTML body, or by closing
 * the connection.
 */
#ifndef ENGINE_HTTP_HTTP_SERVER_H
#define ENGINE_HTTP_HTTP_SERVER_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Bytes of a request's line and headers, with their bookkeeping. */
#define HTTP_SERVER_HEADERS_SIZE_MAX ((size_t)32 * 1024)
/* A body larger than this times body_size_max closes the connection. */
#define HTTP_SERVER_BODY_EXCESS_MAX 16
#define HTTP_SERVER_RESPONSE_HEADERS_MAX 4
/* From `write` of a body in pieces: nothing yet. */
#define HTTP_SERVER_LATER INT64_MIN

struct http_server;
struct http_server_exchange;

struct http_server_request {
    const char *method;
    const char *path; /* still percent-encoded, without the query */
    const char *body; /* body_size bytes and a NUL */
    size_t body_size;
};

struct http_server_header {
    const char *name;
    const char *value; /* NULL: the header is left out */
};

struct http_server_response {
    unsigned status;
    struct http_server_header headers[HTTP_SERVER_RESPONSE_HEADERS_MAX]; /* copied */
    const char *body; /* copied, unless is_body_permanent; NULL with body_size 0 */
    size_t body_size;
    bool is_body_permanent; /* it lives until http_server_close has returned */
};

/* A body that is made while it is sent, in pieces. The client reads it at its own speed. */
struct http_server_pieces {
    /*
     * Writes the next bytes, at most `size` of them, and returns their number; 0: the body is complete;
     * HTTP_SERVER_LATER: there are none yet, and it is called again after http_server_continue; other negative
     * numbers: it cannot be completed, and the connection is closed. Must not respond, drop or close anything.
     */
    int64_t (*write)(void *context, char *bytes, size_t size);
    /* Called exactly once, when the body has been sent or the connection has ended. NULL: nothing to do. */
    void (*end)(void *context);
    void *context;
};

typedef void http_server_handler(void *context, struct http_server_exchange *exchange,
                                 const struct http_server_request *request);
typedef void http_server_gone(void *context, struct http_server_exchange *exchange);

/*
 * `too_large` is called instead of `handler` for a body above body_size_max. The body was dropped and is empty then.
 * NULL: the server itself responds with 413. The idle timeout does not close suspended connections.
 */
struct http_server_config {
    const char *listen; /* see listen_address.h; port 0: any free port; NULL: listen_fd */
    int listen_fd;      /* a listening stream socket that does not block; the server takes it */
    unsigned connections_max; /* at least 1; further clients wait in the queue of the socket */
    size_t body_size_max;     /* of a request; at least 1 */
    int64_t idle_timeout_ms;  /* at least 1; rounded up to whole seconds */
    http_server_handler *handler;
    http_server_handler *too_large;
    void *context; /* of both */
};

/*
 * Copies the configuration and takes listen_fd, also on failure. -EINVAL: `listen` is not an address; -EADDRINUSE and
 * the like: from the socket; -ENOMEM.
 * Also after a failure, the loop must run until it is empty before it is closed; no callback comes then.
 */
int http_server_create(uv_loop_t *loop, const struct http_server_config *config,
                       struct http_server **ret_server, struct error *err);

/* "http://127.0.0.1:41234", with the port in use; "" with listen_fd. Lives as long as the server. */
const char *http_server_url(const struct http_server *server);

/* The value of a request header, whatever the case of its name; NULL: there is none. */
const char *http_server_request_header(const struct http_server_exchange *exchange,
                                       const char *name);

/*
 * The value of a parameter in the query, still percent-encoded, with spaces for "+"; NULL: there is none.
 * path_segment_read decodes it.
 */
const char *http_server_request_query(const struct http_server_exchange *exchange,
                                      const char *name);

/* The socket of the client, to ask the kernel for its user; -1: not known. Not to be read, written or closed. */
int http_server_client_socket(const struct http_server_exchange *exchange);

/* When memory is exhausted or a header has an empty value or a line break, the connection is closed instead. */
void http_server_respond(struct http_server_exchange *exchange,
                         const struct http_server_response *response);

/*
 * The same with a body in pieces; that of `response` is not used. `end` is called in any case, perhaps before this
 * returns.
 */
void http_server_respond_pieces(struct http_server_exchange *exchange,
                                const struct http_server_response *response,
                                const struct http_server_pieces *pieces);

/* There is a next piece for a body that has none (HTTP_SERVER_LATER). Valid until `end`; otherwise without effect. */
void http_server_continue(struct http_server_exchange *exchange);

/* Ends a body in pieces as if the client had disconnected: `end` is called later. */
void http_server_cut(struct http_server_exchange *exchange);

void http_server_drop(struct http_server_exchange *exchange);

/*
 * Only in the handler. `gone` is called at most once, never from here. A client that closes its sending side counts as
 * disconnected. Negative code: the connection cannot be watched; the exchange has ended as if dropped.
 */
int http_server_defer(struct http_server_exchange *exchange, http_server_gone *gone, void *context,
                      struct error *err);

/*
 * Sends bytes as they are on the connection of a deferred exchange, beside the protocol: for a server that has to break
 * it. Only http_server_drop ends the exchange well then. False: not all of them were sent.
 */
bool http_server_send_raw(const struct http_server_exchange *exchange, const char *bytes,
                          size_t size);

/*
 * Stops listening, calls `gone` for each deferred exchange and ends all connections. Responses that were given before
 * are sent as far as the sockets accept them at once; no handler is called any more. `closed` is called from the last
 * libuv close callback, when the server has been freed; it may be NULL. NULL for the server: `closed` is called at
 * once. Once only; not from a handler.
 */
void http_server_close(struct http_server *server, void (*closed)(void *context), void *context);

#endif

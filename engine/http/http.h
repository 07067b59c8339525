/*
 * http - HTTP requests on the engine's loop: deadlines, size limits, cancellation, errors with names.
 *
 * One curl multi handle on one libuv loop; engine thread only. Each call completes exactly once, through its callback,
 * never inside http_start. This is also true when it is cancelled or the client is closed (then with ERR_CANCELLED).
 * The memory of a call belongs to the client; http_start copies every string of the request. The response is borrowed
 * until the callback returns. No redirects, no netrc, no cookies, no proxy unless configured, HTTP/1.1, TLS verified.
 *
 * A `fresh` call has a connection of its own, which is closed after the call. A request that must not be sent twice
 * needs this: libcurl repeats any request, a POST too, when a reused connection ends before the first response byte.
 *
 * Connections are kept and used again. One that becomes readable before that is closed: the server has closed it, or
 * has sent bytes that no request asked for, and these must not become the response to the next request. After such
 * bytes `surprised` is called, and every call has a connection of its own for HTTP_DISTRUST_MS: a response that comes
 * that late may also come after the next request was sent. Calls in flight on kept connections fail with ERR_PROTOCOL.
 * For the same reason, the first connections to a server are on trial for `trial_ms`.
 *
 * Limits: header bytes HTTP_HEADERS_SIZE_MAX per response; body bytes per call; the total deadline per call.
 */
#ifndef ENGINE_HTTP_HTTP_H
#define ENGINE_HTTP_HTTP_H

#include "engine/base/error.h"
#include "engine/http/http_data.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define HTTP_DISTRUST_MS ((int64_t)10 * 60 * 1000)

struct http;
struct http_call;

/* The files named in the configuration are read when a connection needs them. */
int http_create(uv_loop_t *loop, const struct http_config *config, struct http **ret_http,
                struct error *err);

/* For the next calls, such as a new token or certificate. Connections made with the old ones are closed. */
int http_configure(struct http *http, const struct http_config *config, struct error *err);

int http_start(struct http *http, const struct http_request *request, http_done *done,
               void *context, struct http_call **ret_call, struct error *err);

/* The callback is still called, once, later, with ERR_CANCELLED. */
void http_cancel(struct http_call *call);

/* A response was another one than it should be: as after bytes that no request asked for. */
void http_distrust(struct http *http);

int http_in_flight(const struct http *http);

/* Do these bytes contain the token? An error page may repeat the request, and the token must not be shown. */
bool http_mentions_token(const struct http *http, const char *bytes, size_t size);

/*
 * Cancels the calls in flight, calls their callbacks, closes every handle; `closed` is called from the last libuv
 * close callback, after which the client is freed. Needs a running loop. NULL is accepted: `closed` is called at once.
 */
void http_close(struct http *http, void (*closed)(void *context), void *context);

#endif

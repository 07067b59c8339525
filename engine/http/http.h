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
 * Limits: header bytes HTTP_HEADERS_SIZE_MAX per response; body bytes per call; the total deadline per call.
 */
#ifndef ENGINE_HTTP_HTTP_H
#define ENGINE_HTTP_HTTP_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define HTTP_HEADERS_SIZE_MAX ((size_t)64 * 1024)
#define HTTP_VALUE_SIZE_MAX 128 /* bytes of a content type or an idempotency key */
#define HTTP_RETRY_AFTER_NONE (-1)

struct http_config {
    const char *user_agent;
    const char *token;       /* bearer token, NULL for none */
    const char *ca_file;     /* NULL: the authorities of the system */
    const char *client_cert; /* PEM file, NULL for none */
    const char *client_key;
    const char *proxy; /* NULL: none, also if the environment names one */
    bool insecure_tls; /* accept any certificate */
    int64_t connect_timeout_ms;
    int calls_max; /* calls in flight at once; http_start refuses more with -EAGAIN */
};

struct http_request {
    const char *url;
    const char *method;          /* NULL: GET. Not HEAD, whose response libcurl would not end */
    const char *body;            /* NULL: none. With a body, `method` and `content_type` are set */
    const char *content_type;    /* of the body: visible characters, HTTP_VALUE_SIZE_MAX at most */
    const char *idempotency_key; /* visible characters, HTTP_VALUE_SIZE_MAX at most; NULL: none */
    bool fresh;                  /* a connection of its own */
    int64_t timeout_ms;          /* from connecting to the last byte */
    size_t body_size_max;        /* of the response; a larger one is ERR_TOO_LARGE */
};

struct http_response {
    int error;        /* 0: the response is complete, with any status; else a negative code */
    bool was_sent;    /* may a byte of the request have reached the server? */
    long status;      /* 0: none was received */
    const char *body; /* body_size bytes and a NUL; empty when `error` */
    size_t body_size;
    int64_t retry_after_ms; /* from the Retry-After header; else HTTP_RETRY_AFTER_NONE */
    int64_t took_ms;
    char error_text[ERROR_MSG_SIZE]; /* a sentence when `error`; foreign bytes escaped */
};

struct http;
struct http_call;

typedef void http_done(void *context, const struct http_response *response);

/* The files named in the configuration are read when a connection needs them. */
int http_create(uv_loop_t *loop, const struct http_config *config, struct http **ret_http,
                struct error *err);

/* For the next calls, such as a new token or certificate. Connections made with the old ones are closed. */
int http_configure(struct http *http, const struct http_config *config, struct error *err);

int http_start(struct http *http, const struct http_request *request, http_done *done,
               void *context, struct http_call **ret_call, struct error *err);

/* The callback is still called, once, later, with ERR_CANCELLED. */
void http_cancel(struct http_call *call);

int http_in_flight(const struct http *http);

/* Do these bytes contain the token? An error page may repeat the request, and the token must not be shown. */
bool http_mentions_token(const struct http *http, const char *bytes, size_t size);

/*
 * Cancels the calls in flight, calls their callbacks, closes every handle; `closed` is called from the last libuv
 * close callback, after which the client is freed. Needs a running loop. NULL is accepted: `closed` is called at once.
 */
void http_close(struct http *http, void (*closed)(void *context), void *context);

#endif

/*
 * http_data - settings, request and response of the HTTP client (http.h) as plain values.
 *
 * Strings are borrowed; http.h says for how long. Milliseconds, bytes.
 */
#ifndef ENGINE_HTTP_HTTP_DATA_H
#define ENGINE_HTTP_HTTP_DATA_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADERS_SIZE_MAX ((size_t)64 * 1024)
#define HTTP_VALUE_SIZE_MAX 128 /* bytes of a content type or an idempotency key */
#define HTTP_RETRY_AFTER_NONE (-1)
#define HTTP_NOTABLE_SIZE 128

struct http_config {
    const char *user_agent;
    const char *token;       /* bearer token, NULL for none */
    const char *ca_file;     /* NULL: the authorities of the system */
    const char *client_cert; /* PEM file, NULL for none */
    const char *client_key;
    const char *proxy; /* NULL: none, also if the environment names one */
    bool insecure_tls; /* accept any certificate */
    int64_t connect_timeout_ms;
    int64_t
        trial_ms; /* after the first response, connections are kept, but not used again for so long */
    void (*surprised)(void *context); /* see http.h; NULL: not told */
    void *surprised_context;
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
    const char
        *notable; /* the last header line Retry-After or Location, unescaped, cut; "": none */
    char error_text[ERROR_MSG_SIZE]; /* a sentence when `error`; foreign bytes escaped */
};

typedef void http_done(void *context, const struct http_response *response);

#endif

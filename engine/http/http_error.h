/*
 * http_error - what went wrong with a call: curl's code as one of ours, and a sentence that names it.
 *
 * For http.c alone. Owns nothing. Foreign bytes are escaped; the token never appears.
 */
#ifndef ENGINE_HTTP_HTTP_ERROR_H
#define ENGINE_HTTP_HTTP_ERROR_H

#include "engine/base/text.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_failure {
    CURLcode curl_code;
    int own_code;       /* why one of our callbacks stopped the transfer; 0: it was not us */
    long system_error;  /* errno of a connection that did not come about */
    long proxy_status;  /* what the proxy said when it was asked for a tunnel; 0: nothing */
    const char *detail; /* what curl says */
    const char *url;
    const char *proxy;  /* NULL for none */
    const char *token;  /* what must not be repeated; NULL for none */
    bool was_looked_up; /* the host name is known */
    bool was_sent;
    bool was_answered; /* a status line came */
    bool has_headers;  /* and all of its headers */
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    size_t body_size_max;
    size_t headers_size_max;
};

/* Never 0. */
int http_error_code(const struct http_failure *failure);

void http_error_describe(const struct http_failure *failure, struct text *text);

#endif

/*
 * http_error - the error of a call: curl's code as an error code of this program, and a sentence.
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
    int own_code;       /* why a callback of this program stopped the transfer; 0: none did */
    long system_error;  /* errno of the connection; 0: none */
    long proxy_status;  /* the proxy's response to the request for a tunnel; 0: none */
    const char *detail; /* curl's text */
    const char *url;
    const char *proxy;  /* NULL for none */
    const char *token;  /* must not be shown; NULL for none */
    bool was_looked_up; /* the host name is known */
    bool was_sent;
    bool has_status_line; /* the status line was received */
    bool has_headers;     /* all headers were received */
    bool is_chunked;      /* the body comes in chunks */
    int64_t timeout_ms;
    int64_t connect_timeout_ms;
    size_t body_size_max;
    size_t headers_size_max;
};

/* Never 0. */
int http_error_code(const struct http_failure *failure);

void http_error_describe(const struct http_failure *failure, struct text *text);

#endif

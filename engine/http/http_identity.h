/*
 * http_identity - a copy of the configuration of the HTTP client, with everything that is derived from it once: header
 * lists and the options of an easy handle that do not change from request to request.
 *
 * For http.c alone. Has a reference count, because calls in flight use their identity also after the configuration was
 * changed: curl borrows the header lists. Engine thread.
 */
#ifndef ENGINE_HTTP_HTTP_IDENTITY_H
#define ENGINE_HTTP_HTTP_IDENTITY_H

#include "engine/http/http_data.h"

#include <curl/curl.h>

#define HTTP_IDENTITY_STRINGS_MAX 6

/* For a series of options: `code` keeps the first failure; no option is set after it. */
#define HTTP_SET(code, easy, option, value)                                                        \
    ((code) = (code) ? (code) : curl_easy_setopt((easy), (option), (value)))

struct http_identity {
    int users;
    struct http_config config; /* its strings are in `strings`; calls_max is not used */
    char *strings[HTTP_IDENTITY_STRINGS_MAX];
    int strings_count;
    struct curl_slist *body_headers; /* of a request with a body */
    struct curl_slist *headers;      /* of one without: the tail of body_headers */
};

/* Is it a valid word of a header? */
bool http_identity_is_visible(const char *string);

/* With one user. Refuses a token or user agent that is not valid in a header. */
int http_identity_create(const struct http_config *config, struct http_identity **ret_identity,
                         struct error *err);

/* Sets every option but the callbacks and those of a request; the handle is new or was reset. */
CURLcode http_identity_apply(const struct http_identity *identity, CURL *easy);

/* Do these bytes contain its token? */
bool http_identity_is_mentioned(const struct http_identity *identity, const char *bytes,
                                size_t size);

struct http_identity *http_identity_acquire(struct http_identity *identity);

/* The last user frees it. NULL is accepted. */
void http_identity_release(struct http_identity *identity);

#endif

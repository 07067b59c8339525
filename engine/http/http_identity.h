/*
 * http_identity - a configuration of the HTTP client, owned, with what is made of it once: header lists and the options
 * of an easy handle that do not change from request to request.
 *
 * For http.c alone. Counted, because calls in flight go on using theirs after the configuration was changed: curl
 * borrows the header lists. Engine thread.
 */
#ifndef ENGINE_HTTP_HTTP_IDENTITY_H
#define ENGINE_HTTP_HTTP_IDENTITY_H

#include "engine/http/http.h"

#include <curl/curl.h>

#define HTTP_IDENTITY_STRINGS_MAX 6

/* Options in a row: `code` keeps the first failure, and nothing is set behind it. */
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

/* Can it stand in a header as one word? */
bool http_identity_is_visible(const char *string);

/* With one user. Refuses a token or user agent that no header can carry. */
int http_identity_create(const struct http_config *config, struct http_identity **ret_identity,
                         struct error *err);

/* Every option but the callbacks and those of a request; the handle is new or was reset. */
CURLcode http_identity_apply(const struct http_identity *identity, CURL *easy);

/* Is its token somewhere in these bytes? */
bool http_identity_is_mentioned(const struct http_identity *identity, const char *bytes,
                                size_t size);

struct http_identity *http_identity_acquire(struct http_identity *identity);

/* Frees it with its last user. NULL is accepted. */
void http_identity_release(struct http_identity *identity);

#endif

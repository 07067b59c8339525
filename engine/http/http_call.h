/*
 * http_call - one call: an easy handle with its options, and the part of the response that was received.
 *
 * For http.c alone, which starts and ends calls and has the queues. Engine thread.
 *
 * The order: http_call_init, then any number of times (http_call_set, the transfer, http_call_response,
 * http_call_tidy), then http_call_fini.
 */
#ifndef ENGINE_HTTP_HTTP_CALL_H
#define ENGINE_HTTP_HTTP_CALL_H

#include "engine/base/clock.h"
#include "engine/http/http_data.h"
#include "engine/http/http_identity.h"
#include "engine/http/http_poll.h"

#include <curl/curl.h>

struct http;

/* A header line of one request; curl borrows it during the transfer. */
struct http_line {
    struct curl_slist node;
    char text[sizeof "Idempotency-Key: " + HTTP_VALUE_SIZE_MAX];
};

enum http_call_state { HTTP_CALL_FREE, HTTP_CALL_WAITING, HTTP_CALL_RUNNING, HTTP_CALL_STOPPED };

struct http_call {
    /* for http.c */
    struct http *http;
    struct http_call *next; /* in the free list, or in the queue that is named by the state */
    enum http_call_state state;
    http_done *done;
    void *context;

    CURL *easy;
    struct http_poll *poll;
    struct http_identity *identity; /* whose options `easy` has; NULL: it has none */
    struct http_line key_line;      /* before the headers of the identity */
    struct http_line type_line;
    struct mono started;
    int64_t timeout_ms;
    size_t body_size_max;

    /* received so far */
    bool was_sent;
    bool has_headers;
    bool is_alone;    /* on a connection that no other call has used */
    bool is_doubtful; /* what comes may not be the response to this call */
    bool is_overdue;  /* ended by http.c, since curl did not end it in time */
    int own_code;     /* why a callback of this program stopped the transfer; 0: none did */
    int open_code;    /* why there is no socket */
    size_t headers_size;
    int64_t retry_after_ms;
    char notable[HTTP_NOTABLE_SIZE]; /* a header line for reports */
    char *body;
    size_t body_size;
    size_t body_capacity;
    char detail[CURL_ERROR_SIZE]; /* curl's text about an error */
};

/* `call` is zeroed. */
int http_call_init(struct http_call *call, struct http *http, struct error *err);

/* Sets a new request and the options of this identity; `poll` opens its sockets. */
int http_call_set(struct http_call *call, struct http_poll *poll, struct http_identity *identity,
                  const struct http_request *request, struct error *err);

/* A connection of its own; `is_closed_after`: which is not kept. False: no memory. */
bool http_call_isolate(struct http_call *call, bool is_closed_after);

/* Does not use what the call receives, unless its connection is its own. */
void http_call_doubt(struct http_call *call);

/* The response of a transfer that ended with `curl_code`. It borrows the call's memory. */
void http_call_response(struct http_call *call, CURLcode curl_code,
                        struct http_response *ret_response);

/* Frees the memory of a large response. */
void http_call_tidy(struct http_call *call);

/* Removes the options of an identity that is no longer the current one. */
void http_call_drop_identity(struct http_call *call);

/* Also for a call whose initialisation failed. */
void http_call_fini(struct http_call *call);

#endif

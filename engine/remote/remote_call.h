/*
 * remote_call - one request on the control socket: a stream that is read as it comes, or a response that is kept.
 *
 * A call belongs to a multi handle of libcurl while it runs; remote_call_end takes it out. Of a refusal, and of a
 * response that is kept, REMOTE_RESPONSE_SIZE bytes are kept at most. Owns its handles. One thread at a time.
 */
#ifndef ENGINE_REMOTE_REMOTE_CALL_H
#define ENGINE_REMOTE_REMOTE_CALL_H

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#define REMOTE_RESPONSE_SIZE 4096

/* Non-zero: the stream is given up. */
typedef int remote_bytes(void *context, const char *bytes, size_t size, struct error *err);

/* Zeroed memory is a call that does not run. */
struct remote_call {
    CURL *easy; /* NULL: it does not run */
    struct curl_slist *headers;
    remote_bytes *take; /* NULL: the response is kept */
    void *context;
    struct error err; /* of `take` */
    struct mono heard;
    size_t size;
    char response[REMOTE_RESPONSE_SIZE];
};

struct remote_call_config {
    const char *socket;
    const char *target; /* path and query */
    const char *body;   /* of a POST; NULL: a GET */
    const char *key;    /* Idempotency-Key; NULL: none */
    long timeout_ms;    /* 0: none */
    remote_bytes *take;
    void *context;
};

/* Strings are copied. -ENOMEM. */
int remote_call_begin(struct remote_call *call, CURLM *multi,
                      const struct remote_call_config *config);

bool remote_call_runs(const struct remote_call *call);
long remote_call_status(const struct remote_call *call);

/* The response stays until the next begin. */
void remote_call_end(struct remote_call *call, CURLM *multi);

#endif

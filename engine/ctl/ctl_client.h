/*
 * ctl_client - one request to the control API of an engine, and its response.
 *
 * Blocks. One thread. Errors have a sentence: -ECONNREFUSED: no engine listens; -EACCES: this user may not connect;
 * ERR_PROTOCOL: the connection broke; -ENOMEM.
 */
#ifndef ENGINE_CTL_CTL_CLIENT_H
#define ENGINE_CTL_CTL_CLIENT_H

#include "engine/base/error.h"

#include <stddef.h>

/* Bytes of a response, at most. */
#define CTL_RESPONSE_SIZE_MAX ((size_t)1 << 30)

struct ctl_response {
    long status;
    char *body; /* NUL-terminated; ctl_response_fini frees it */
    size_t size;
};

/*
 * `target` begins with a slash. `body` NULL: a GET. `key`: the Idempotency-Key of a POST. A connection that breaks
 * before the response is tried once more, with the same key.
 */
int ctl_client_ask(const char *socket, const char *target, const char *body, const char *key,
                   struct ctl_response *ret_response, struct error *err);

void ctl_response_fini(struct ctl_response *response);

#endif

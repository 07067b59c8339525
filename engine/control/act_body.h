/*
 * act_body - the body of a request that acts, as a checked value.
 *
 * A JSON object. An empty body is an empty object. Each route has its members, and any other is refused: a misspelled
 * guard must not be ignored.
 *
 *     all, match, ids    which deployments, exactly one of them: true, a shell pattern, a list of ids
 *     on                 dry-run: true or false
 *     delta              scale: hosts, not 0
 *     force              scale: although rules object
 *     for                pause: how long, such as "30m"
 *     reason             why, for the log; at most ACT_REASON_SIZE - 1 bytes
 *     expect             what the caller was shown: {"count": deployments, "hosts": hosts}
 *
 * Owns its texts. Engine thread only (cJSON). Errors: ERR_BAD_JSON, ERR_BAD_VALUE, -ENOMEM, with a sentence that names
 * the member.
 */
#ifndef ENGINE_CONTROL_ACT_BODY_H
#define ENGINE_CONTROL_ACT_BODY_H

#include "engine/base/error.h"
#include "engine/control/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACT_REASON_SIZE 161
#define ACT_IDS_MAX 1000

enum act_target { ACT_ON_NONE, ACT_ON_ALL, ACT_ON_MATCH, ACT_ON_IDS };

struct act_body {
    enum act_target target;
    const char *match;
    const char *ids[ACT_IDS_MAX];
    size_t id_count;
    bool is_on;
    int64_t for_ms; /* 0: until it is ended */
    int32_t delta;
    bool is_forced;
    int64_t number;         /* of an override; the caller's, from the path */
    const char *reason;     /* "": none */
    int32_t expected_count; /* -1: not said */
    int32_t expected_hosts; /* -1: not said */
    void *document;
};

/* After a failure there is nothing to free. */
int act_body_parse(enum route route, const char *bytes, size_t size, struct act_body *ret_body,
                   struct error *err);

void act_body_fini(struct act_body *body);

#endif

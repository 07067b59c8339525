/*
 * check_verdicts - what was found about each promise of an API: kept, broken with its evidence, or not judged and why.
 *
 * Evidence is printable lines of a fixed size: what was sent, without the token, and what came. The first evidence of a
 * promise is kept, later ones are counted. Plain values in the caller's storage. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CHECK_CHECK_VERDICTS_H
#define ENGINE_CHECK_CHECK_VERDICTS_H

#include "engine/http/http_data.h"
#include "engine/promise.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECK_FAULT_SIZE 320
#define CHECK_SENT_SIZE 2048
#define CHECK_CAME_SIZE 1024
#define CHECK_BODY_SHOWN ((size_t)400) /* bytes of a response */

enum judgement { JUDGEMENT_NONE, JUDGEMENT_KEPT, JUDGEMENT_BROKEN };

/* A request and its response; borrowed. */
struct check_exchange {
    const struct http_request *request;
    const struct http_response *response;
    bool has_token;
};

struct check_verdict {
    enum judgement judgement;
    int64_t broken_count;
    char fault[CHECK_FAULT_SIZE]; /* what was wrong; without a judgement: why there is none */
    char sent[CHECK_SENT_SIZE];
    char came[CHECK_CAME_SIZE];
};

struct check_verdicts {
    struct check_verdict rows[PROMISE_COUNT + 1]; /* by enum promise */
};

/* A broken promise stays broken. */
void check_keep(struct check_verdicts *verdicts, enum promise promise);

/* `fault` is a printable sentence. */
void check_break(struct check_verdicts *verdicts, enum promise promise,
                 const struct check_exchange *exchange, const char *fault);

/* Why there is no judgement, unless there is one, or another reason. */
void check_leave(struct check_verdicts *verdicts, enum promise promise, const char *why);

bool check_is_broken(const struct check_verdicts *verdicts, enum promise promise);
int check_count(const struct check_verdicts *verdicts, enum judgement judgement);

#endif

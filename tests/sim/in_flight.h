/*
 * mail - requests under way, and when their answers come.
 *
 *     in_flight_send --(as long as most reads take)--> in turn ------+
 *         |                                                     +--> in_flight_take: whose date is first
 *         +-------(any other time)--------------> by its date --+
 *
 * Owns what is under way: at most CALLS_MAX by their dates, more are a bug. Knows nothing of what is asked or answered.
 * Plain values, mono milliseconds; calls nobody.
 */
#ifndef TESTS_SIM_IN_FLIGHT_H
#define TESTS_SIM_IN_FLIGHT_H

#include "engine/base/arith.h"
#include "engine/core/reconciler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLS_MAX 512

/* What becomes of a request. */
enum answer {
    ANSWER_OK,
    ANSWER_ERROR,
    ANSWER_TIMEOUT,
    ANSWER_MISSING,
    ANSWER_FORBIDDEN,
    ANSWER_GARBAGE,
    ANSWER_BUSY,
    ANSWER_IMPLAUSIBLE,
    ANSWER_ZEROS,
    ANSWER_STALE,
    ANSWER_SWAPPED,
    ANSWER_LOST,
    ANSWER_DROPPED,
    ANSWER_REFUSED,
    ANSWER_EMPTY,
};

struct call {
    int64_t due_ms;   /* in_flight_send says when */
    int64_t start_ms; /* and from when on */
    int64_t wait_ms;  /* Retry-After */
    enum effect_kind kind;
    enum answer answer;
    uint32_t site;
    uint32_t slot;
    int32_t delta;
    bool is_early; /* the status is that of when the read began */
    struct status status;
};

struct in_flight {
    int64_t prompt_ms; /* as long as most reads take: they come in turn */
    size_t prompt_first, prompt_count;
    struct call prompt[CALLS_MAX];
    size_t late_count;
    struct call late[CALLS_MAX]; /* a heap, the earliest first */
};

void in_flight_init(struct in_flight *mail, int64_t prompt_ms);

void in_flight_send(struct in_flight *mail, struct call *call, int64_t now_ms, int64_t delay_ms);

/* When the next answer comes; INT64_MAX: nothing is under way. */
static inline int64_t in_flight_due_ms(const struct in_flight *mail)
{
    int64_t prompt_ms =
        mail->prompt_count > 0 ? mail->prompt[mail->prompt_first].due_ms : INT64_MAX;
    return mail->late_count > 0 ? min_i64(prompt_ms, mail->late[0].due_ms) : prompt_ms;
}

/* The next one; there is one. */
void in_flight_take(struct in_flight *mail, struct call *ret_call);

#endif

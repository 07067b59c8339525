/*
 * in_flight - requests in flight, and the due times of their responses.
 *
 *     in_flight_send --(read with the usual delay)--> queue --+
 *         |                                                   +--> in_flight_take: earliest due time
 *         +-----------(any other delay)-------------> heap ---+
 *
 * The queue avoids the cost of the heap for most reads. Owns the requests: at most CALLS_MAX in the heap, more are a
 * bug. Does not look at their content. Plain values, mono milliseconds; calls nothing.
 */
#ifndef TESTS_SIM_IN_FLIGHT_H
#define TESTS_SIM_IN_FLIGHT_H

#include "engine/base/arith.h"
#include "engine/core/reconciler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLS_MAX 512

/* The result of a request. */
enum call_result {
    RESULT_OK,
    RESULT_ERROR,
    RESULT_TIMEOUT,
    RESULT_MISSING,
    RESULT_FORBIDDEN,
    RESULT_GARBAGE,
    RESULT_BUSY,
    RESULT_LIMITED, /* of a read: a rate limit of the API */
    RESULT_IMPLAUSIBLE,
    RESULT_ZEROS,
    RESULT_STALE,
    RESULT_SWAPPED,
    RESULT_LOST,
    RESULT_LATE,
    RESULT_DROPPED,
    RESULT_REFUSED,
    RESULT_EMPTY,
};

struct call {
    int64_t due_ms;   /* set by in_flight_send */
    int64_t start_ms; /* set by in_flight_send */
    int64_t wait_ms;  /* Retry-After */
    enum effect_kind kind;
    enum call_result result;
    uint32_t site;
    uint32_t slot;
    int32_t delta;
    uint64_t key;   /* of a scale */
    bool is_echo;   /* a scale with a lost response is carried out now */
    bool is_unsent; /* a scale that has not left this machine */
    bool is_early;  /* `status` was taken when the read began */
    struct status status;
};

struct in_flight {
    int64_t prompt_ms; /* the usual delay of a read */
    size_t prompt_first, prompt_count;
    struct call prompt[CALLS_MAX];
    size_t late_count;
    struct call late[CALLS_MAX]; /* a heap, earliest due time first */
};

void in_flight_init(struct in_flight *in_flight, int64_t prompt_ms);

void in_flight_send(struct in_flight *in_flight, struct call *call, int64_t now_ms,
                    int64_t delay_ms);

/* The earliest due time; INT64_MAX: no request is in flight. */
static inline int64_t in_flight_due_ms(const struct in_flight *in_flight)
{
    int64_t prompt_ms =
        in_flight->prompt_count > 0 ? in_flight->prompt[in_flight->prompt_first].due_ms : INT64_MAX;
    return in_flight->late_count > 0 ? min_i64(prompt_ms, in_flight->late[0].due_ms) : prompt_ms;
}

/* Requests of one kind that started after `since_ms`. Scales that are carried out late are not in flight. */
int32_t in_flight_count(const struct in_flight *in_flight, enum effect_kind kind, int64_t since_ms);

/* Takes the request with the earliest due time. At least one must be in flight. */
void in_flight_take(struct in_flight *in_flight, struct call *ret_call);

#endif

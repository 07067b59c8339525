/*
 * schedule - periods that do not drift, retries with full jitter, and a circuit breaker.
 *
 * Plain values. Time is an argument; random numbers come from a seeded generator. Milliseconds. One thread at a time.
 * Cannot fail.
 */
#ifndef ENGINE_CORE_SCHEDULE_H
#define ENGINE_CORE_SCHEDULE_H

#include "engine/base/clock.h"
#include "engine/base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETRY_BASE_MS 200
#define RETRY_CAP_MS 5000
#define RETRIES_WAITING_MAX 1024
#define BREAKER_FAILURES_MIN 16
#define BREAKER_FAILURES_MAX 256

/*
 * The wait before attempt `attempt` (the first retry is 2): uniform from 0 to min(cap, base * 2^(attempt - 2)), the
 * "full jitter" of the AWS Architecture Blog's "Exponential Backoff And Jitter" (2015); at least `retry_after_ms`.
 */
int64_t retry_wait_ms(struct random *random, unsigned attempt, int64_t retry_after_ms);

/* The first time after `due` and `now` that is a whole number of periods after `due`. */
struct mono next_due(struct mono due, int64_t period_ms, struct mono now);

/* Reads that wait for their retry, earliest first. */
struct retry {
    struct mono due;
    uint32_t slot;
};

struct retry_queue {
    size_t count;
    struct retry heap[RETRIES_WAITING_MAX];
};

/* False: full. */
bool retry_queue_put(struct retry_queue *queue, struct mono due, uint32_t slot);

/* MONO_NEVER when empty. */
struct mono retry_queue_due(const struct retry_queue *queue);

/* Takes the earliest; the queue is not empty. */
uint32_t retry_queue_take(struct retry_queue *queue);

/*
 * Opens after so many reads in a row have failed, with their retries, that single deployments cannot be the cause: as
 * many as there are deployments, within BREAKER_FAILURES_MIN and _MAX. While open, a pass waits for one probe at a
 * time; a probe that hangs is left when the next pass is due. The first successful one closes the breaker.
 */
struct breaker {
    int32_t failure_count; /* in a row */
    bool is_open;
    struct mono opened;
};

/* True: the breaker opened or closed by this call. */
bool breaker_fail(struct breaker *breaker, int32_t deployment_count, struct mono now);
bool breaker_succeed(struct breaker *breaker);

#endif

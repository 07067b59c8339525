/*
 * notice_queue - which notices wait for one receiver, and when the next attempt is made.
 *
 * Events of one kind that come within `fold_ms`, or while their notice waits for its first attempt, are one notice.
 * One attempt runs at a time. Attempts are spaced: `burst` at once, then `per_minute`; after failures with a back-off
 * that doubles from NOTICE_BACKOFF_MS_MIN to NOTICE_BACKOFF_MS_MAX, of which a random half is left out, and not before
 * the time that the receiver names. What was not tried yet goes first, the oldest first. A notice that is older than
 * `max_age_ms` is dropped. The queue holds NOTICE_QUEUE_MAX notices: above that, the oldest of the lowest severity is
 * dropped.
 *
 * No I/O, no clock: time is an argument. Owns its notices. Engine thread. notice_queue_create: -ENOMEM; a notice for
 * which there is no memory is dropped and counted.
 */
#ifndef ENGINE_NOTICES_NOTICE_QUEUE_H
#define ENGINE_NOTICES_NOTICE_QUEUE_H

#include "engine/core/event.h"
#include "engine/notices/notice.h"

#include <stdbool.h>

#define NOTICE_QUEUE_MAX 100
#define NOTICE_BACKOFF_MS_MIN ((int64_t)1000)
#define NOTICE_BACKOFF_MS_MAX ((int64_t)60000)

struct notice_limits {
    int64_t fold_ms; /* 0: each event is a notice */
    int64_t max_age_ms;
    int32_t burst;
    int32_t per_minute;
};

/* Why notices were dropped. */
enum notice_loss { NOTICE_LOSS_FULL, NOTICE_LOSS_EXPIRED, NOTICE_LOSS_MEMORY };
#define NOTICE_LOSS_COUNT 3

struct notice_losses {
    int64_t notices;
    int64_t events; /* in them */
};

struct notice_counts {
    int64_t delivered;
    int64_t refused;
    int64_t expired;
    int64_t dropped;
    int64_t queued; /* now, with the one that is being sent */
};

struct notice_queue;

int notice_queue_create(const struct notice_limits *limits, uint64_t seed,
                        struct notice_queue **ret_queue);
void notice_queue_destroy(struct notice_queue *queue);

/* From now on; what waits stays. */
void notice_queue_configure(struct notice_queue *queue, const struct notice_limits *limits);

/* What became of an event. */
enum notice_taken {
    NOTICE_FOLDED, /* it is in a notice that waits already: nothing is due earlier */
    NOTICE_ADDED,
    NOTICE_LOST, /* it, or another notice for it: notice_queue_take_losses */
};

enum notice_taken notice_queue_take(struct notice_queue *queue, const struct event *event,
                                    struct wall at, struct mono now);

/* When notice_queue_begin should be called; MONO_NEVER: nothing waits, or an attempt runs. */
struct mono notice_queue_due(const struct notice_queue *queue);

/* Drops what is too old; the notice to be sent now, or NULL. It is valid until notice_queue_end. */
const struct notice *notice_queue_begin(struct notice_queue *queue, struct mono now);

/* The attempt has ended. `retry_after_ms`: what the receiver asks for, or NOTICE_RETRY_AFTER_NONE. */
void notice_queue_end(struct notice_queue *queue, struct mono now, enum notice_result result,
                      int64_t retry_after_ms);

/* The program stops: each notice is tried once more at once, unless the receiver asked for a wait. */
void notice_queue_hurry(struct notice_queue *queue);

/* Does an attempt run? */
bool notice_queue_is_sending(const struct notice_queue *queue);

/* Attempts in a row that have failed. */
int32_t notice_queue_failures(const struct notice_queue *queue);

struct notice_counts notice_queue_counts(const struct notice_queue *queue);

/* Events in the notices that wait. */
int64_t notice_queue_events(const struct notice_queue *queue);

/* What was dropped for this cause since the last call. */
struct notice_losses notice_queue_take_losses(struct notice_queue *queue, enum notice_loss cause);

#endif

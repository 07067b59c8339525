/*
 * read_rate - how many reads an API with a rate limit accepts in an interval.
 *
 * Without refusals (status 429) there is no limit. When refusals are more than single deployments can cause, reads are
 * spaced evenly: at first as many in an interval as there are deployments, and a quarter less with each interval that
 * has refusals; after each interval without, a thirty-second part of the deployments more. A limit far above their
 * number ends. After a sign of a limit, no read starts for a while, which doubles with each further sign of the
 * interval, up to half of the interval in all.
 *
 * An API may also refuse a share of the reads whatever their rate is, for example when one of its nodes does. A limit
 * is of no use then. Two intervals with refusals and with different numbers of reads are compared: a rate limit answers
 * as many of them, a share as large a part. Refusals of a share also are scattered; those of a limit follow one
 * another, unless reads are answered at an even rate. After the first comparison that shows a share, the limit is
 * raised again, and at the lowest limit it is raised for a comparison. READ_RATE_USELESS_MAX of them in a row end the
 * limit. Refusals are no sign from then on for READ_RATE_IGNORED_MIN intervals, as long as they are scattered, and each
 * time for twice as many.
 *
 * Plain values; zeroed memory has no limit. Milliseconds. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_READ_RATE_H
#define ENGINE_CORE_READ_RATE_H

#include "engine/base/clock.h"

#include <stdbool.h>
#include <stdint.h>

/* The interval is that of passes, and no longer than this. */
#define READ_RATE_INTERVAL_MS_MAX 60000

/* Refusals are a sign of a limit from this count on, when they are this part of all responses. */
#define READ_RATE_REFUSALS_MIN 2
#define READ_RATE_REFUSALS_PART 8

/*
 * Parts of the deployments: the lowest limit, and the increase with each interval. The lowest limit is no less than
 * READ_RATE_LEAST, or each deployment once.
 */
#define READ_RATE_LEAST 4
#define READ_RATE_LEAST_PART 16
#define READ_RATE_STEP_PART 32

/* A limit of so many times the deployments ends. */
#define READ_RATE_TIMES_MAX 8

/* Reads that are compared, how often a limit is raised, comparisons that end it, and for how many intervals. */
#define READ_RATE_COMPARED_MIN 24
#define READ_RATE_RAISE 4
#define READ_RATE_USELESS_MAX 2
#define READ_RATE_IGNORED_MIN 20
#define READ_RATE_IGNORED_MAX 160

/* Reads that may start at once: this part of the limit. The first wait is the same part of the interval. */
#define READ_RATE_BURST_PART 8

struct read_counts {
    int64_t answered;
    int64_t refused;
    int64_t turns; /* answered after a refusal */
    int64_t intervals;
};

struct read_rate {
    int64_t limit; /* reads in an interval; 0: none */
    int64_t deployments;
    int64_t interval_ms;
    struct mono since;   /* the interval began */
    struct mono sign_at; /* the last sign; responses to earlier requests say nothing */
    struct mono paused_until;
    int64_t next_us; /* when the next read is due if all are spaced evenly */
    int64_t answered;
    int64_t refused; /* both are halved with each interval */
    int32_t signs;   /* in this interval */
    int32_t useless; /* comparisons in a row for a share */
    int32_t ignored; /* intervals in which refusals are no sign */
    int32_t ignored_last;
    bool was_refused;          /* the last response */
    bool is_judged;            /* the limit may be moved */
    int64_t paused_ms;         /* in this interval */
    struct read_counts counts; /* since the limit was moved */
    struct read_counts before; /* of the limit before, if it had signs */
};

/* At the begin of a pass. True: the limit has ended. */
bool read_rate_advance(struct read_rate *rate, int64_t deployments, int64_t pass_interval_ms,
                       struct mono now);

static inline bool read_rate_is_limited(const struct read_rate *rate)
{
    return rate->limit > 0;
}

/* No read may start before. Without a limit in the past. */
struct mono read_rate_due(const struct read_rate *rate);

void read_rate_note_started(struct read_rate *rate, struct mono now);

/* A response that is no refusal, also an error. */
void read_rate_note_answered(struct read_rate *rate);

/* A refusal of a read that was sent at `sent`. `retry_after_ms`: negative: none. True: there is a limit from now on. */
bool read_rate_note_refused(struct read_rate *rate, struct mono sent, int64_t retry_after_ms,
                            struct mono now);

#endif

/*
 * log_tally - how many lines of each level there are, and when they came.
 *
 * Made from the logbook for a picture; the logbook remembers what matched. Plain value. Console thread. Cannot fail.
 */
#ifndef TUI_CONSOLE_LOG_TALLY_H
#define TUI_CONSOLE_LOG_TALLY_H

#include "tui/console/logbook.h"

#define LOG_BUCKETS_MAX 256

struct log_bucket {
    uint32_t count;
    enum level worst;
};

struct log_tally {
    size_t levels[LEVEL_COUNT]; /* of all levels, shown or not */
    struct wall first;          /* of the lines shown; 0: there are none */
    struct wall last;
    size_t bucket_count;
    struct log_bucket buckets[LOG_BUCKETS_MAX]; /* of the lines shown, the same time each */
    uint32_t highest;                           /* count of a bucket */
};

/* At most LOG_BUCKETS_MAX buckets; 0: only the levels are counted. */
void log_tally_make(const struct logbook *logbook, const struct logbook_query *query,
                    size_t bucket_count, struct log_tally *ret_tally);

/* The bucket of an instant between the first and the last one. Needs buckets. */
size_t log_tally_bucket(const struct log_tally *tally, struct wall at);

#endif

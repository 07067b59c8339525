/*
 * window - the highest value of the last so many milliseconds: the stabilization window of scaling down.
 *
 * A queue of values, each lower and later than the one before, so that the first is the answer. It holds
 * WINDOW_MAX_ENTRIES_MAX values; with more falling values than that in one window, two that came within a quarter of
 * the window of each other become one that has the higher value and the later time: shrinking may wait that much
 * longer.
 *
 * Plain values, zero is empty. Time is an argument and never goes back. Cannot fail.
 */
#ifndef ENGINE_CORE_WINDOW_MAX_H
#define ENGINE_CORE_WINDOW_MAX_H

#include "engine/base/clock.h"

#include <stdint.h>

#define WINDOW_MAX_PARTS 4
#define WINDOW_MAX_ENTRIES_MAX                                                                     \
    (WINDOW_MAX_PARTS + 2) /* a window touches at most one part more than it is long */

struct window_max {
    struct mono latest; /* when the newest value came */
    int32_t values[WINDOW_MAX_ENTRIES_MAX];
    uint32_t ages_ms[WINDOW_MAX_ENTRIES_MAX]; /* before `latest`: half the size of a date */
    uint8_t count;
};

/* The highest of the values younger than `window_ms`, which is no longer than the window of the last window_max_add. */
int32_t window_max_high(const struct window_max *window, int64_t window_ms);

/* Adds a value and returns the highest of those younger than `window_ms`, this one included. */
int32_t window_max_add(struct window_max *window, struct mono now, int64_t window_ms,
                       int32_t value);

#endif

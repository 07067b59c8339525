/*
 * peak - the highest value of the last so many milliseconds: the stabilization window of scaling down.
 *
 * A queue of values, each lower and later than the one before, so that the first is the answer. It holds
 * PEAK_ENTRIES_MAX values; with more falling values than that in one window, two that came within a quarter of the
 * window of each other become one that has the higher value and the later time: shrinking may wait that much longer.
 *
 * Plain values, zero is empty. Time is an argument and never goes back. Cannot fail.
 */
#ifndef ENGINE_CORE_WINDOW_MAX_H
#define ENGINE_CORE_WINDOW_MAX_H

#include "engine/base/clock.h"

#include <stdint.h>

#define PEAK_PARTS 4
#define PEAK_ENTRIES_MAX                                                                           \
    (PEAK_PARTS + 2) /* a window touches at most one part more than it is long */

struct peak {
    struct mono latest; /* when the newest value came */
    int32_t values[PEAK_ENTRIES_MAX];
    uint32_t ages_ms[PEAK_ENTRIES_MAX]; /* before `latest`: half the size of a date */
    uint8_t count;
};

/* The highest of the values younger than `window_ms`, which is no longer than the window of the last peak_add. */
int32_t peak_high(const struct peak *peak, int64_t window_ms);

/* Adds a value and returns the highest of those younger than `window_ms`, this one included. */
int32_t peak_add(struct peak *peak, struct mono now, int64_t window_ms, int32_t value);

#endif

/*
 * window_max - the highest value within a time: the stabilization window of scaling down.
 *
 * A queue of values, each lower and later than the one before, so the first is the highest. It holds
 * WINDOW_MAX_ENTRIES_MAX values. When a window has more falling values, two neighbours of one WINDOW_MAX_PARTS-th of
 * the window merge into the higher value and the later time: shrinking may wait longer by at most one such part.
 *
 * Plain values; zeroed memory is empty. One thread at a time. Time is an argument and never decreases. Cannot fail.
 */
#ifndef ENGINE_CORE_WINDOW_MAX_H
#define ENGINE_CORE_WINDOW_MAX_H

#include "engine/base/clock.h"

#include <stddef.h>
#include <stdint.h>

#define WINDOW_MAX_PARTS 4
/* A window overlaps at most WINDOW_MAX_PARTS + 1 parts. */
#define WINDOW_MAX_ENTRIES_MAX (WINDOW_MAX_PARTS + 2)

struct window_max {
    struct mono latest; /* time of the newest value */
    int32_t values[WINDOW_MAX_ENTRIES_MAX];
    /* Before `latest`, plus one millisecond; 0: no value from here on. Half the size of a timestamp. */
    uint32_t ages_ms[WINDOW_MAX_ENTRIES_MAX];
};

size_t window_max_count(const struct window_max *window);

/* Before `latest`, of a value. */
static inline int64_t window_max_age_ms(const struct window_max *window, size_t index)
{
    return (int64_t)window->ages_ms[index] - 1;
}

/* The highest value younger than `window_ms`, which must not exceed the window of the last window_max_add. */
int32_t window_max_high(const struct window_max *window, int64_t window_ms);

/* Adds a value and returns the highest one younger than `window_ms`, this one included. */
int32_t window_max_add(struct window_max *window, struct mono now, int64_t window_ms,
                       int32_t value);

/* When the highest value leaves the window; `latest` when there is none. */
struct mono window_max_end(const struct window_max *window, int64_t window_ms);

#endif

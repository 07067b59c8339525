/*
 * exact_window_max - the highest of the values whose numbers lie in a moving window: exact for any length.
 *
 * A queue of values, each lower and later than the one before, so that the first is the maximum. The owner calls
 * exact_window_max_fini, which accepts a zeroed one. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_SIM_EXACT_WINDOW_MAX_H
#define ENGINE_SIM_EXACT_WINDOW_MAX_H

#include <stddef.h>
#include <stdint.h>

struct exact_window_max_entry {
    size_t number;
    int64_t value;
};

struct exact_window_max {
    struct exact_window_max_entry *entries; /* a ring of `capacity` */
    size_t capacity;
    size_t first;
    size_t count;
};

/* `length`: numbers in the window at once, at least 1. */
int exact_window_max_init(struct exact_window_max *window, size_t length);
void exact_window_max_fini(struct exact_window_max *window);

/* Removes the values with numbers below `number`. */
void exact_window_max_begin(struct exact_window_max *window, size_t number);

/* Numbers rise from call to call. */
void exact_window_max_add(struct exact_window_max *window, size_t number, int64_t value);

/* The window must not be empty. */
int64_t exact_window_max_value(const struct exact_window_max *window);

#endif

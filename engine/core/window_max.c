#include "engine/core/window_max.h"

#include "engine/base/arith.h"

#include <stddef.h>

size_t window_max_count(const struct window_max *window)
{
    size_t count = 0;
    while (count < WINDOW_MAX_ENTRIES_MAX && window->ages_ms[count] > 0)
        count++;
    return count;
}

static void remove_at(struct window_max *window, size_t index)
{
    for (size_t i = index; i + 1 < WINDOW_MAX_ENTRIES_MAX; i++) {
        window->values[i] = window->values[i + 1];
        window->ages_ms[i] = window->ages_ms[i + 1];
    }
    window->ages_ms[WINDOW_MAX_ENTRIES_MAX - 1] = 0;
}

/* Moves `latest` to `now`. Ages saturate at UINT32_MAX, which is longer than any window. */
static void age(struct window_max *window, struct mono now)
{
    int64_t passed_ms = now.ms - window->latest.ms;
    for (size_t i = 0; i < window_max_count(window); i++)
        window->ages_ms[i] = (uint32_t)min_i64(window->ages_ms[i] + passed_ms, UINT32_MAX);
    window->latest = now;
}

static int64_t part_of(const struct window_max *window, size_t index, int64_t part_ms)
{
    return floor_div(window->latest.ms - window_max_age_ms(window, index), part_ms);
}

/*
 * Parts have fixed borders, so merges move a value by at most one part in total. A window overlaps WINDOW_MAX_PARTS + 1
 * parts and the queue is longer, so two neighbours in one part always exist.
 */
static void merge_neighbours(struct window_max *window, int64_t window_ms)
{
    int64_t part_ms = max_i64(1, window_ms / WINDOW_MAX_PARTS);
    size_t i = 0;
    while (i + 2 < WINDOW_MAX_ENTRIES_MAX &&
           part_of(window, i, part_ms) != part_of(window, i + 1, part_ms))
        i++;
    window->ages_ms[i] = window->ages_ms[i + 1];
    remove_at(window, i + 1);
}

int32_t window_max_high(const struct window_max *window, int64_t window_ms)
{
    for (size_t i = 0; i < window_max_count(window); i++)
        if (window_max_age_ms(window, i) < max_i64(window_ms, 1))
            return window->values[i];
    return 0;
}

int32_t window_max_add(struct window_max *window, struct mono now, int64_t window_ms, int32_t value)
{
    age(window, now);
    while (window_max_count(window) > 0 && window_max_age_ms(window, 0) >= window_ms)
        remove_at(window, 0);
    size_t count = window_max_count(window);
    while (count > 0 && window->values[count - 1] <= value)
        remove_at(window, --count);
    if (count == WINDOW_MAX_ENTRIES_MAX) {
        merge_neighbours(window, window_ms);
        count--;
    }
    window->values[count] = value;
    window->ages_ms[count] = 1;
    return window->values[0];
}

struct mono window_max_end(const struct window_max *window, int64_t window_ms)
{
    for (size_t i = 0; i < window_max_count(window); i++)
        if (window_max_age_ms(window, i) < window_ms)
            return mono_after(window->latest, window_ms - window_max_age_ms(window, i));
    return window->latest;
}

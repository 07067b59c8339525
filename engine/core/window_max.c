#include "engine/core/window_max.h"

#include "engine/base/arith.h"

#include <stddef.h>

static void remove_at(struct peak *peak, size_t index)
{
    for (size_t i = index; i + 1 < peak->count; i++) {
        peak->values[i] = peak->values[i + 1];
        peak->ages_ms[i] = peak->ages_ms[i + 1];
    }
    peak->count--;
}

/* Everything is so much older now; what is older than can be said is older than any window. */
static void age(struct peak *peak, struct mono now)
{
    int64_t passed_ms = now.ms - peak->latest.ms;
    for (size_t i = 0; i < peak->count; i++)
        peak->ages_ms[i] = (uint32_t)min_i64(peak->ages_ms[i] + passed_ms, UINT32_MAX);
    peak->latest = now;
}

static int64_t part_of(const struct peak *peak, size_t index, int64_t part_ms)
{
    return floor_div(peak->latest.ms - peak->ages_ms[index], part_ms);
}

/*
 * Parts have fixed borders, so a value can move on by one part at most, however often it is merged. A window overlaps
 * PEAK_PARTS + 1 parts and the queue is longer: two neighbours in one part are always found.
 */
static void merge_neighbours(struct peak *peak, int64_t window_ms)
{
    int64_t part_ms = max_i64(1, window_ms / PEAK_PARTS);
    size_t i = 0;
    while (i + 2 < peak->count && part_of(peak, i, part_ms) != part_of(peak, i + 1, part_ms))
        i++;
    peak->ages_ms[i] = peak->ages_ms[i + 1];
    remove_at(peak, i + 1);
}

int32_t peak_high(const struct peak *peak, int64_t window_ms)
{
    for (size_t i = 0; i < peak->count; i++)
        if (peak->ages_ms[i] < window_ms || peak->ages_ms[i] == 0)
            return peak->values[i];
    return 0;
}

int32_t peak_add(struct peak *peak, struct mono now, int64_t window_ms, int32_t value)
{
    age(peak, now);
    while (peak->count > 0 && peak->ages_ms[0] >= window_ms)
        remove_at(peak, 0);
    while (peak->count > 0 && peak->values[peak->count - 1] <= value)
        peak->count--;
    if (peak->count == PEAK_ENTRIES_MAX)
        merge_neighbours(peak, window_ms);
    peak->values[peak->count] = value;
    peak->ages_ms[peak->count++] = 0;
    return peak->values[0];
}

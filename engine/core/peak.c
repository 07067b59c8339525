#include "engine/core/peak.h"

#include "engine/base/arith.h"

#include <stddef.h>

static void remove_at(struct peak *peak, size_t index)
{
    for (size_t i = index; i + 1 < peak->count; i++) {
        peak->values[i] = peak->values[i + 1];
        peak->times[i] = peak->times[i + 1];
    }
    peak->count--;
}

/*
 * Parts have fixed borders, so a value can move on by one part at most, however often it is merged. A window overlaps
 * PEAK_PARTS + 1 parts and the queue is longer: two neighbours in one part are always found.
 */
static void merge_neighbours(struct peak *peak, int64_t window_ms)
{
    int64_t part_ms = max_i64(1, window_ms / PEAK_PARTS);
    size_t i = 0;
    while (i + 2 < peak->count &&
           floor_div(peak->times[i].ms, part_ms) != floor_div(peak->times[i + 1].ms, part_ms))
        i++;
    peak->times[i] = peak->times[i + 1];
    remove_at(peak, i + 1);
}

int32_t peak_add(struct peak *peak, struct mono now, int64_t window_ms, int32_t value)
{
    while (peak->count > 0 && now.ms - peak->times[0].ms >= window_ms)
        remove_at(peak, 0);
    while (peak->count > 0 && peak->values[peak->count - 1] <= value)
        peak->count--;
    if (peak->count == PEAK_ENTRIES_MAX)
        merge_neighbours(peak, window_ms);
    peak->values[peak->count] = value;
    peak->times[peak->count++] = now;
    return peak->values[0];
}

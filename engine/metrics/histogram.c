#include "engine/metrics/histogram.h"

#include "engine/base/panic.h"

void histogram_add(struct histogram *histogram, const struct metric_bounds *bounds, int64_t value)
{
    must(value >= 0);
    size_t bucket = 0;
    while (bucket < bounds->count && value > bounds->list[bucket])
        bucket++;
    histogram->counts[bucket == bounds->count ? METRIC_BOUNDS_MAX : bucket]++;
    if (__builtin_add_overflow(histogram->sum, value, &histogram->sum))
        histogram->sum = INT64_MAX;
}

int64_t histogram_count(const struct histogram *histogram)
{
    int64_t count = 0;
    for (size_t i = 0; i <= METRIC_BOUNDS_MAX; i++)
        count += histogram->counts[i];
    return count;
}

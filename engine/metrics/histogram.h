/*
 * histogram - how many observed values are in each bucket of a metric, and their sum.
 *
 * Plain values; zeroed memory is an empty one. A value is in the first bucket whose bound is not below it. One thread
 * at a time. Cannot fail; the sum saturates.
 */
#ifndef ENGINE_METRICS_HISTOGRAM_H
#define ENGINE_METRICS_HISTOGRAM_H

#include "engine/metrics/metric.h"

struct histogram {
    int64_t
        counts[METRIC_BOUNDS_MAX + 1]; /* of each bucket alone; the last one is without a bound */
    int64_t sum;
};

/* `value` is not negative. */
void histogram_add(struct histogram *histogram, const struct metric_bounds *bounds, int64_t value);

int64_t histogram_count(const struct histogram *histogram);

#endif

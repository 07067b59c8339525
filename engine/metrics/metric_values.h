/*
 * metric_values - the series of a metric in a sample, one at a time.
 *
 * Engine thread only. Owns nothing. Cannot fail.
 */
#ifndef ENGINE_METRICS_METRIC_VALUES_H
#define ENGINE_METRICS_METRIC_VALUES_H

#include "engine/metrics/exposition.h"
#include "engine/metrics/fleet_sample.h"

/* Series that the metric may have in this sample. */
size_t metric_values_count(const struct fleet_sample *sample, enum metric metric);

/* Adds the lines of one of them; none, if it has no value. */
void metric_values_add(const struct exposition *exposition, const struct fleet_sample *sample,
                       enum metric metric, size_t index);

#endif

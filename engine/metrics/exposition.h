/*
 * exposition - lines of metrics as text: the format of Prometheus (0.0.4), or OpenMetrics 1.0.
 *
 *     # HELP autoscaler_deployment_hosts Hosts that the deployment has, by its last status.
 *     # TYPE autoscaler_deployment_hosts gauge
 *     autoscaler_deployment_hosts{deployment="eu-1"} 12
 *
 * The values of labels are UTF-8 and are escaped here, exactly: backslash, quote and line feed, nothing else. Numbers
 * are decimals without an exponent. OpenMetrics has units, the beginning of counters, and a last line.
 *
 * Adds to the caller's text, which has room for EXPOSITION_LINES_SIZE more bytes. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_METRICS_EXPOSITION_H
#define ENGINE_METRICS_EXPOSITION_H

#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/metrics/histogram.h"
#include "engine/metrics/metric.h"

#include <stdbool.h>

#define EXPOSITION_VALUE_MAX 256 /* bytes of the value of a label that is not escaped yet */
/* What one call adds at most: the lines of a histogram. */
#define EXPOSITION_LINES_SIZE ((size_t)8192)

struct exposition {
    struct text *text;
    bool is_openmetrics;
    struct wall created; /* of the counters */
};

/* The value of a label, escaped. */
void exposition_escape(struct text *text, const char *bytes, size_t length);

/* The lines before the first one of a metric. */
void exposition_add_head(const struct exposition *exposition, enum metric metric);

/* A line. `values`: of each label of the metric, in that order, escaped. */
void exposition_add(const struct exposition *exposition, enum metric metric,
                    const char *const values[], int64_t value);

/* In OpenMetrics: since when a counter or a histogram of the engine counts; else nothing. */
void exposition_add_created(const struct exposition *exposition, enum metric metric,
                            const char *const values[]);

/* All lines of a histogram. */
void exposition_add_histogram(const struct exposition *exposition, enum metric metric,
                              const char *const values[], const struct histogram *histogram);

/* The last line, if the format has one. */
void exposition_add_end(const struct exposition *exposition);

#endif

/*
 * metric - the table of metrics (metrics.def) as data.
 *
 * Any thread. Owns nothing. Cannot fail.
 */
#ifndef ENGINE_METRICS_METRIC_H
#define ENGINE_METRICS_METRIC_H

#include <stddef.h>
#include <stdint.h>

enum metric_type {
    METRIC_GAUGE,
    METRIC_COUNTER,   /* its name ends with _total */
    METRIC_HISTOGRAM, /* see metric_bounds */
    METRIC_INFO,      /* a gauge that is always 1; its name ends with _info */
};

enum metric_scope { SCOPE_ENGINE, SCOPE_DEPLOYMENT };

#define METRIC(id, name, type, unit, decimals, scope, labels, meaning) METRIC_OF_##id,
enum metric {
#include "engine/metrics/metrics.def"
};
#undef METRIC
#define METRIC(id, name, type, unit, decimals, scope, labels, meaning) +1
enum {
    METRIC_COUNT = 0
#include "engine/metrics/metrics.def"
};
#undef METRIC

#define METRIC_LABELS_MAX 2
#define METRIC_BOUNDS_MAX 14

struct metric_row {
    const char *name;
    enum metric_type type;
    const char *unit; /* "": none */
    unsigned decimals;
    enum metric_scope scope;
    const char *labels; /* names with spaces between them */
    const char *meaning;
};

/* The upper bounds of the buckets, rising, in the values of the metric; the last bucket has none. */
struct metric_bounds {
    size_t count; /* 0: it is no histogram */
    int64_t list[METRIC_BOUNDS_MAX];
};

const struct metric_row *metric_row(enum metric metric);
const struct metric_bounds *metric_bounds(enum metric metric);

/* "gauge", "counter", "histogram", "info" */
const char *metric_type_name(enum metric_type type);

#endif

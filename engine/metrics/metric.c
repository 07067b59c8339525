#include "engine/metrics/metric.h"

#define METRIC(id, name, type, unit, decimals, scope, labels, meaning)                             \
    [METRIC_OF_##id] = { name, METRIC_##type, unit, decimals, SCOPE_##scope, labels, meaning },
static const struct metric_row rows[] = {
#include "engine/metrics/metrics.def"
};
#undef METRIC

/* clang-format off */
static const struct metric_bounds no_bounds = { 0 };
static const struct metric_bounds pass_bounds = {
    14, { 10, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 20000, 30000, 60000, 120000, 300000 }
};
static const struct metric_bounds request_bounds = {
    13, { 1, 3, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000 }
};
static const struct metric_bounds server_bounds = {
    12, { 0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10000 }
};
/* clang-format on */

static const char *const type_names[] = {
    [METRIC_GAUGE] = "gauge",
    [METRIC_COUNTER] = "counter",
    [METRIC_HISTOGRAM] = "histogram",
    [METRIC_INFO] = "info",
};

const struct metric_row *metric_row(enum metric metric)
{
    return &rows[metric];
}

const struct metric_bounds *metric_bounds(enum metric metric)
{
    if (metric == METRIC_OF_PASS_DURATION)
        return &pass_bounds;
    if (metric == METRIC_OF_API_DURATION)
        return &request_bounds;
    return metric == METRIC_OF_FORECAST_ERROR ? &server_bounds : &no_bounds;
}

const char *metric_type_name(enum metric_type type)
{
    return type_names[type];
}

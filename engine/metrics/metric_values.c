#include "engine/metrics/metric_values.h"

#include "engine/base/panic.h"

/* The value of a metric without labels, and whether there is one. */
typedef bool get_value(const struct fleet_sample *sample, int64_t *ret_value);
/* The same of a deployment. */
typedef bool get_row_value(const struct sample_row *row, int64_t *ret_value);
/* The series of a metric with labels that are not of deployments. */
typedef void add_series(const struct exposition *exposition, const struct fleet_sample *sample,
                        enum metric metric, size_t index);

/* clang-format off */
#define VALUE(name, is_known, value)                                                               \
    static bool get_##name(const struct fleet_sample *sample, int64_t *ret_value)                  \
    {                                                                                              \
        *ret_value = (value);                                                                      \
        return (is_known);                                                                         \
    }
VALUE(START_TIME,    true,                                sample->facts.started.ms)
VALUE(PROCESSOR,     sample->processor_ms >= 0,           sample->processor_ms)
VALUE(MEMORY,        sample->memory_size >= 0,            sample->memory_size)
VALUE(PAUSED,        true,                                sample->is_paused)
VALUE(DRY_RUN,       true,                                sample->is_dry_run)
VALUE(LEADER,        true,                                sample->facts.is_leader)
VALUE(STATE_OK,      true,                                sample->is_state_ok)
VALUE(STATELESS,     true,                                sample->facts.is_stateless)
VALUE(INSECURE_TLS,  true,                                sample->facts.is_insecure)
VALUE(BREAKER_OPEN,  true,                                sample->is_breaker_open)
VALUE(LAST_PASS,     sample->counters.pass_ended.ms != 0, sample->counters.pass_ended.ms)
VALUE(PASS_INTERVAL, true,                                sample->facts.pass_interval_ms)
VALUE(OVERRIDES,     true,                                sample->facts.overrides)
VALUE(LEFT_OUT,      true,                                sample->left_out)
#undef VALUE

#define ROW_VALUE(name, is_known, value)                                                           \
    static bool get_##name(const struct sample_row *row, int64_t *ret_value)                       \
    {                                                                                              \
        *ret_value = (value);                                                                      \
        return (is_known);                                                                         \
    }
ROW_VALUE(HOSTS,         row->is_current,                            row->hosts)
ROW_VALUE(SERVERS,       row->is_current,                            row->servers)
ROW_VALUE(FREE_SERVERS,  row->is_current,                            row->free_servers)
ROW_VALUE(TARGET,        row->target_ppb >= 0,                       row->target_ppb)
ROW_VALUE(PENDING_HOSTS, row->label != NULL,                         row->pending_hosts)
ROW_VALUE(DESIRED_HOSTS, row->is_current && row->desired_hosts >= 0, row->desired_hosts)
ROW_VALUE(BELOW_TARGET,  row->label != NULL,                         row->below_ms)
#undef ROW_VALUE
/* clang-format on */

/* --- labels ---------------------------------------------------------------------------------------------------- */

static void add(const struct exposition *exposition, enum metric metric, const char *first,
                const char *second, int64_t value)
{
    const char *const values[METRIC_LABELS_MAX] = { first, second };
    exposition_add(exposition, metric, values, value);
    exposition_add_created(exposition, metric, values);
}

static void add_build_info(const struct exposition *exposition, const struct fleet_sample *sample,
                           enum metric metric, size_t index)
{
    (void)index;
    add(exposition, metric, sample->version, NULL, 1);
}

static void add_deployments(const struct exposition *exposition, const struct fleet_sample *sample,
                            enum metric metric, size_t index)
{
    add(exposition, metric, state_row((enum state)index)->name, NULL, sample->states[index]);
}

static void add_scale_requests(const struct exposition *exposition,
                               const struct fleet_sample *sample, enum metric metric, size_t index)
{
    size_t direction = index / COUNTED_OUTCOME_COUNT;
    size_t outcome = index % COUNTED_OUTCOME_COUNT;
    add(exposition, metric, direction_name((enum direction)direction),
        outcome_name((enum counted_outcome)outcome),
        sample->counters.scale_requests[direction][outcome]);
}

static void add_hosts_requested(const struct exposition *exposition,
                                const struct fleet_sample *sample, enum metric metric, size_t index)
{
    add(exposition, metric, direction_name((enum direction)index), NULL,
        sample->counters.hosts_requested[index]);
}

/* Rules of the input limit nothing. */
static void add_rule_bound(const struct exposition *exposition, const struct fleet_sample *sample,
                           enum metric metric, size_t index)
{
    const struct rule_row *row = rule_row((enum rule)index);
    if (row->stage != STAGE_INPUT)
        add(exposition, metric, row->name, NULL, sample->counters.rule_bound[index]);
}

static void add_api_errors(const struct exposition *exposition, const struct fleet_sample *sample,
                           enum metric metric, size_t index)
{
    size_t operation = index / API_KIND_COUNT;
    size_t kind = index % API_KIND_COUNT;
    add(exposition, metric, api_operation_name((enum backend_operation)operation),
        api_kind_name((enum api_kind)kind), sample->counters.api_errors[operation][kind]);
}

/* A status that never came has no series. */
static void add_api_duration(const struct exposition *exposition, const struct fleet_sample *sample,
                             enum metric metric, size_t index)
{
    size_t operation = index / api_code_count();
    size_t code = index % api_code_count();
    const struct histogram *histogram = &sample->counters.api_duration[operation][code];
    const char *const values[METRIC_LABELS_MAX] = {
        api_operation_name((enum backend_operation)operation), api_code_name(code)
    };
    if (histogram_count(histogram) > 0)
        exposition_add_histogram(exposition, metric, values, histogram);
}

static void add_pass_duration(const struct exposition *exposition,
                              const struct fleet_sample *sample, enum metric metric, size_t index)
{
    (void)index;
    exposition_add_histogram(exposition, metric, NULL, &sample->counters.pass_duration);
}

static void add_forecast_error(const struct exposition *exposition,
                               const struct fleet_sample *sample, enum metric metric, size_t index)
{
    (void)index;
    exposition_add_histogram(exposition, metric, NULL, &sample->counters.forecast_error);
}

static const char *notice_outcome_name(enum notice_outcome outcome)
{
    static const char *const names[NOTICE_OUTCOME_COUNT] = {
        [NOTICE_OUTCOME_DELIVERED] = "delivered",
        [NOTICE_OUTCOME_REFUSED] = "refused",
        [NOTICE_OUTCOME_EXPIRED] = "expired",
        [NOTICE_OUTCOME_DROPPED] = "dropped",
    };
    return names[outcome];
}

static void add_notices(const struct exposition *exposition, const struct fleet_sample *sample,
                        enum metric metric, size_t index)
{
    const struct notifier_facts *notifier = &sample->facts.notifiers[index / NOTICE_OUTCOME_COUNT];
    size_t outcome = index % NOTICE_OUTCOME_COUNT;
    if (index / NOTICE_OUTCOME_COUNT < sample->facts.notifier_count)
        add(exposition, metric, notifier->name, notice_outcome_name((enum notice_outcome)outcome),
            notifier->outcomes[outcome]);
}

static void add_notices_queued(const struct exposition *exposition,
                               const struct fleet_sample *sample, enum metric metric, size_t index)
{
    const struct notifier_facts *notifier = &sample->facts.notifiers[index];
    if (index < sample->facts.notifier_count)
        add(exposition, metric, notifier->name, NULL, notifier->queued);
}

static void add_state(const struct exposition *exposition, const struct fleet_sample *sample,
                      enum metric metric, size_t index)
{
    const struct sample_row *row = &sample->rows[index];
    add(exposition, metric, row->label, state_row((enum state)row->state)->name, 1);
}

/* --- each metric ----------------------------------------------------------------------------------------------- */

/* One of the three functions; `count` is of the series, 0: those of the deployments. */
struct values {
    get_value *get;
    get_row_value *get_row;
    add_series *add;
    size_t count;
};

/* clang-format off */
static struct values values_of(enum metric metric)
{
#define PLAIN(id)                                                                                  \
    case METRIC_OF_##id:                                                                           \
        return (struct values){ .get = get_##id, .count = 1 }
#define OF_DEPLOYMENT(id)                                                                          \
    case METRIC_OF_##id:                                                                           \
        return (struct values){ .get_row = get_##id }
#define LABELLED(id, function, series)                                                             \
    case METRIC_OF_##id:                                                                           \
        return (struct values){ .add = (function), .count = (series) }
    switch (metric) {
    PLAIN(START_TIME);
    PLAIN(PROCESSOR);
    PLAIN(MEMORY);
    PLAIN(PAUSED);
    PLAIN(DRY_RUN);
    PLAIN(LEADER);
    PLAIN(STATE_OK);
    PLAIN(STATELESS);
    PLAIN(INSECURE_TLS);
    PLAIN(BREAKER_OPEN);
    PLAIN(LAST_PASS);
    PLAIN(PASS_INTERVAL);
    PLAIN(OVERRIDES);
    PLAIN(LEFT_OUT);
    LABELLED(BUILD_INFO, add_build_info, 1);
    LABELLED(DEPLOYMENTS, add_deployments, STATE_COUNT);
    LABELLED(SCALE_REQUESTS, add_scale_requests, (size_t)DIRECTION_COUNT * COUNTED_OUTCOME_COUNT);
    LABELLED(HOSTS_REQUESTED, add_hosts_requested, DIRECTION_COUNT);
    LABELLED(RULE_BOUND, add_rule_bound, RULE_COUNT);
    LABELLED(API_ERRORS, add_api_errors, (size_t)OPERATION_COUNT * API_KIND_COUNT);
    LABELLED(NOTICES, add_notices, (size_t)METRICS_NOTIFIERS_MAX * NOTICE_OUTCOME_COUNT);
    LABELLED(NOTICES_QUEUED, add_notices_queued, METRICS_NOTIFIERS_MAX);
    LABELLED(PASS_DURATION, add_pass_duration, 1);
    LABELLED(API_DURATION, add_api_duration, OPERATION_COUNT * api_code_count());
    LABELLED(FORECAST_ERROR, add_forecast_error, 1);
    OF_DEPLOYMENT(HOSTS);
    OF_DEPLOYMENT(SERVERS);
    OF_DEPLOYMENT(FREE_SERVERS);
    OF_DEPLOYMENT(TARGET);
    OF_DEPLOYMENT(PENDING_HOSTS);
    OF_DEPLOYMENT(DESIRED_HOSTS);
    OF_DEPLOYMENT(BELOW_TARGET);
    LABELLED(STATE, add_state, 0);
    }
#undef PLAIN
#undef OF_DEPLOYMENT
#undef LABELLED
    must(false);
    return (struct values){ 0 };
}
/* clang-format on */

size_t metric_values_count(const struct fleet_sample *sample, enum metric metric)
{
    return metric_row(metric)->scope == SCOPE_DEPLOYMENT ? sample->count : values_of(metric).count;
}

void metric_values_add(const struct exposition *exposition, const struct fleet_sample *sample,
                       enum metric metric, size_t index)
{
    struct values values = values_of(metric);
    int64_t value;
    if (values.add)
        values.add(exposition, sample, metric, index);
    else if (values.get && values.get(sample, &value))
        add(exposition, metric, NULL, NULL, value);
    else if (values.get_row && values.get_row(&sample->rows[index], &value))
        add(exposition, metric, sample->rows[index].label, NULL, value);
}

/* The lines of metrics: numbers, labels, each type, both formats. */
#include "engine/metrics/exposition.h"
#include "tests/support/exposition_check.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static char storage[4 * EXPOSITION_LINES_SIZE];

static struct text new_text(void)
{
    struct text text;
    text_init(&text, storage, sizeof storage);
    return text;
}

/* --- the values of labels --------------------------------------------------------------------------------------- */

static const struct escape_row {
    const char *name;
    const char *bytes;
    const char *escaped;
} escape_rows[] = {
    /* clang-format off */
    { "plain",                 "eu-1",            "eu-1" },
    { "empty",                 "",                "" },
    { "a quote",               "a\"b",            "a\\\"b" },
    { "a backslash",           "a\\b",            "a\\\\b" },
    { "a line feed",           "a\nb",            "a\\nb" },
    { "an escape already",     "a\\nb",           "a\\\\nb" },
    { "the end of a label",    "a\"} 1\nup 0",    "a\\\"} 1\\nup 0" },
    { "only quotes",           "\"\"",            "\\\"\\\"" },
    { "braces and commas",     "a{b=\"c\",d}",    "a{b=\\\"c\\\",d}" },
    { "beyond ASCII",          "\xe2\x82\xac\xf0\x9f\x8e\xae", "\xe2\x82\xac\xf0\x9f\x8e\xae" },
    { "turned text",           "\xe2\x80\xae" "a", "\xe2\x80\xae" "a" },
    { "other controls",        "a\tb\r",          "a\tb\r" },
    /* clang-format on */
};

static void a_label_is_escaped_exactly(void **state)
{
    const struct escape_row *row = *state;
    struct text text = new_text();
    exposition_escape(&text, row->bytes, strlen(row->bytes));
    assert_string_equal(text.data, row->escaped);
}

/* --- lines ------------------------------------------------------------------------------------------------------ */

static const struct line_row {
    const char *name;
    enum metric metric;
    const char *first;
    const char *second;
    int64_t value;
    const char *line;
} line_rows[] = {
    /* clang-format off */
    { "a whole number",     METRIC_OF_OVERRIDES, NULL, NULL, 12, "autoscaler_overrides_active 12\n" },
    { "zero",               METRIC_OF_OVERRIDES, NULL, NULL, 0, "autoscaler_overrides_active 0\n" },
    { "the largest",        METRIC_OF_MEMORY, NULL, NULL, INT64_MAX, "process_resident_memory_bytes 9223372036854775807\n" },
    { "the smallest",       METRIC_OF_MEMORY, NULL, NULL, INT64_MIN, "process_resident_memory_bytes -9223372036854775808\n" },
    { "negative",           METRIC_OF_PENDING_HOSTS, "a", NULL, -7, "autoscaler_deployment_pending_hosts{deployment=\"a\"} -7\n" },
    { "milliseconds",       METRIC_OF_PASS_INTERVAL, NULL, NULL, 30250, "autoscaler_pass_interval_seconds 30.25\n" },
    { "whole seconds",      METRIC_OF_PASS_INTERVAL, NULL, NULL, 30000, "autoscaler_pass_interval_seconds 30\n" },
    { "a millisecond",      METRIC_OF_PASS_INTERVAL, NULL, NULL, 1, "autoscaler_pass_interval_seconds 0.001\n" },
    { "a share",            METRIC_OF_TARGET, "a", NULL, 125000000, "autoscaler_deployment_target_free_ratio{deployment=\"a\"} 0.125\n" },
    { "the smallest share", METRIC_OF_TARGET, "a", NULL, 1, "autoscaler_deployment_target_free_ratio{deployment=\"a\"} 0.000000001\n" },
    { "two labels",         METRIC_OF_SCALE_REQUESTS, "up", "accepted", 3, "autoscaler_scale_requests_total{direction=\"up\",outcome=\"accepted\"} 3\n" },
    { "an info",            METRIC_OF_BUILD_INFO, "1.0", NULL, 1, "autoscaler_build_info{version=\"1.0\"} 1\n" },
    /* clang-format on */
};

static void a_line_is_written(void **state)
{
    const struct line_row *row = *state;
    const char *const values[METRIC_LABELS_MAX] = { row->first, row->second };
    for (int is_openmetrics = 0; is_openmetrics <= 1; is_openmetrics++) {
        struct text text = new_text();
        struct exposition exposition = { &text, is_openmetrics, { 0 } };
        exposition_add(&exposition, row->metric, values, row->value);
        assert_string_equal(text.data, row->line);
    }
}

/* --- heads, histograms, the beginning of counters ------------------------------------------------------------- */

static void a_head_has_the_name_of_its_format(void **state)
{
    (void)state;
    struct text text = new_text();
    struct exposition exposition = { &text, false, { 0 } };
    exposition_add_head(&exposition, METRIC_OF_PROCESSOR);
    exposition_add_head(&exposition, METRIC_OF_BUILD_INFO);
    assert_string_equal(text.data,
                        "# HELP process_cpu_seconds_total Processor time of the program, user and "
                        "system.\n"
                        "# TYPE process_cpu_seconds_total counter\n"
                        "# HELP autoscaler_build_info The version of the program; the value is 1.\n"
                        "# TYPE autoscaler_build_info gauge\n");
    text = new_text();
    exposition.is_openmetrics = true;
    exposition_add_head(&exposition, METRIC_OF_PROCESSOR);
    exposition_add_head(&exposition, METRIC_OF_BUILD_INFO);
    assert_string_equal(text.data,
                        "# HELP process_cpu_seconds Processor time of the program, user and "
                        "system.\n"
                        "# TYPE process_cpu_seconds counter\n"
                        "# UNIT process_cpu_seconds seconds\n"
                        "# HELP autoscaler_build The version of the program; the value is 1.\n"
                        "# TYPE autoscaler_build info\n");
}

static void a_histogram_has_rising_buckets(void **state)
{
    (void)state;
    const struct metric_bounds *bounds = metric_bounds(METRIC_OF_API_DURATION);
    const char *const values[] = { "status", "200" };
    struct histogram histogram = { 0 };
    struct text text = new_text();
    struct exposition exposition = { &text, true, { 1796051145839 } };
    static const int64_t observed[] = { 0, 1, 2, 1000, 10000, 10001 };
    for (size_t i = 0; i < COUNT_OF(observed); i++)
        histogram_add(&histogram, bounds, observed[i]);
    exposition_add_head(&exposition, METRIC_OF_API_DURATION);
    exposition_add_histogram(&exposition, METRIC_OF_API_DURATION, values, &histogram);
    exposition_add_end(&exposition);
    assert_int_equal(exposition_check(text.data, true), bounds->count + 4);
#define NAME "autoscaler_api_request_duration_seconds"
#define LABELS "operation=\"status\",code=\"200\""
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"0.001\"}", "2");
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"0.003\"}", "3");
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"0.5\"}", "3");
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"1.0\"}", "4");
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"10.0\"}", "5");
    assert_series(text.data, NAME "_bucket{" LABELS ",le=\"+Inf\"}", "6");
    assert_series(text.data, NAME "_sum{" LABELS "}", "21.004");
    assert_series(text.data, NAME "_count{" LABELS "}", "6");
    assert_series(text.data, NAME "_created{" LABELS "}", "1796051145.839");
}

static void buckets_of_whole_numbers_have_a_decimal(void **state)
{
    (void)state;
    struct histogram histogram = { 0 };
    struct text text = new_text();
    struct exposition exposition = { &text, false, { 0 } };
    histogram_add(&histogram, metric_bounds(METRIC_OF_FORECAST_ERROR), 0);
    histogram_add(&histogram, metric_bounds(METRIC_OF_FORECAST_ERROR), INT64_MAX);
    histogram_add(&histogram, metric_bounds(METRIC_OF_FORECAST_ERROR), INT64_MAX);
    exposition_add_histogram(&exposition, METRIC_OF_FORECAST_ERROR, NULL, &histogram);
    assert_series(text.data, "autoscaler_forecast_error_servers_bucket{le=\"0.0\"}", "1");
    assert_series(text.data, "autoscaler_forecast_error_servers_bucket{le=\"10000.0\"}", "1");
    assert_series(text.data, "autoscaler_forecast_error_servers_bucket{le=\"+Inf\"}", "3");
    assert_series(text.data, "autoscaler_forecast_error_servers_sum", "9223372036854775807");
}

/* --- the table -------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    return strlen(text) > strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void the_table_keeps_the_rules_of_names(void **state)
{
    (void)state;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct metric_row *row = metric_row((enum metric)metric);
        char unit[64];
        assert_int_equal(ends_with(row->name, "_total"), row->type == METRIC_COUNTER);
        assert_int_equal(ends_with(row->name, "_info"), row->type == METRIC_INFO);
        assert_int_equal(metric_bounds((enum metric)metric)->count > 0,
                         row->type == METRIC_HISTOGRAM);
        snprintf(unit, sizeof unit, "_%s%s", row->unit,
                 row->type == METRIC_COUNTER ? "_total" : "");
        assert_true(row->unit[0] == '\0' || ends_with(row->name, unit));
        assert_null(strpbrk(row->meaning, "\\\"\n"));
        assert_true(ends_with(row->meaning, "."));
        assert_int_equal(strncmp(row->labels, "deployment", 10) == 0,
                         row->scope == SCOPE_DEPLOYMENT);
        for (int other = 0; other < metric; other++)
            assert_string_not_equal(row->name, metric_row((enum metric)other)->name);
    }
}

int main(void)
{
    struct CMUnitTest escapes[COUNT_OF(escape_rows)];
    struct CMUnitTest lines[COUNT_OF(line_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_has_the_name_of_its_format),
        cmocka_unit_test(a_histogram_has_rising_buckets),
        cmocka_unit_test(buckets_of_whole_numbers_have_a_decimal),
        cmocka_unit_test(the_table_keeps_the_rules_of_names),
    };
    TESTS_FROM_ROWS(escapes, escape_rows, a_label_is_escaped_exactly);
    TESTS_FROM_ROWS(lines, line_rows, a_line_is_written);
    int failed = cmocka_run_group_tests_name("labels", escapes, NULL, NULL);
    failed += cmocka_run_group_tests_name("lines", lines, NULL, NULL);
    return failed + cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}

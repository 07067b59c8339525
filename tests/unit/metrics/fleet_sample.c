/* What a scrape shows of a fleet: values, hostile ids, bounds; and that it does not change. */
#include "engine/metrics/fleet_sample.h"
#include "tests/support/exposition_check.h"
#include "tests/support/metrics_fleet.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "s3cret-token-of-the-api"

static char *text_of_now(struct metrics_fleet *fleet, bool is_openmetrics)
{
    struct fleet_sample *sample = metrics_fleet_sample(fleet);
    char *text = metrics_fleet_text(sample, is_openmetrics);
    exposition_check(text, is_openmetrics);
    fleet_sample_release(sample);
    return text;
}

static void assert_no_series(const char *text, const char *series)
{
    if (exposition_value(text, series))
        fail_msg("there is %s", series);
}

/* "a" wants hosts, "b" has too many, the read of "c" fails. */
static bool statuses(const char *id, struct status *ret_status)
{
    if (id[0] == 'a')
        *ret_status = (struct status){ 10, 100, 10 };
    else if (id[0] == 'b')
        *ret_status = (struct status){ 20, 200, 150 };
    return id[0] != 'c';
}

static void deployments_have_their_values(void **state)
{
    (void)state;
    static const char *const ids[] = { "a", "b", "c" };
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    fleet.status_of = statuses;
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    metrics_fleet_pass(&fleet);
    for (int is_openmetrics = 0; is_openmetrics <= 1; is_openmetrics++) {
        char *text = text_of_now(&fleet, is_openmetrics);
        assert_series(text, "autoscaler_deployment_hosts{deployment=\"a\"}", "10");
        assert_series(text, "autoscaler_deployment_servers{deployment=\"b\"}", "200");
        assert_series(text, "autoscaler_deployment_free_servers{deployment=\"b\"}", "150");
        assert_series(text, "autoscaler_deployment_target_free_ratio{deployment=\"a\"}", "0.15");
        assert_series(text, "autoscaler_deployment_pending_hosts{deployment=\"a\"}", "0");
        assert_series(text, "autoscaler_deployment_desired_hosts{deployment=\"a\"}", "11");
        assert_series(text, "autoscaler_below_target_seconds_total{deployment=\"a\"}", "30");
        assert_series(text, "autoscaler_below_target_seconds_total{deployment=\"b\"}", "0");
        assert_series(text, "autoscaler_deployment_state{deployment=\"c\",state=\"failed\"}", "1");
        assert_no_series(text, "autoscaler_deployment_hosts{deployment=\"c\"}");
        assert_series(text, "autoscaler_deployments{state=\"failed\"}", "1");
        assert_series(text, "autoscaler_deployments{state=\"starved\"}", "0");
        assert_series(text, "autoscaler_build_info{version=\"1.2.3\"}", "1");
        assert_series(text, "autoscaler_leader", "1");
        assert_series(text, "autoscaler_state_ok", "1");
        assert_series(text, "process_start_time_seconds", "1796051145.839");
        assert_series(text, "autoscaler_pass_duration_seconds_count", "2");
        heap_free(text);
    }
    metrics_fleet_fini(&fleet);
}

/* An old number would look like a current one. */
static bool first_pass_only(const char *id, struct status *ret_status)
{
    (void)id;
    *ret_status = (struct status){ 10, 100, 20 };
    return false;
}

static void what_was_not_read_for_long_has_no_numbers(void **state)
{
    (void)state;
    static const char *const ids[] = { "a" };
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, ids, 1);
    fleet.status_of = first_pass_only;
    metrics_fleet_pass(&fleet);
    char *text = text_of_now(&fleet, false);
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"a\"}", "10");
    heap_free(text);
    for (int i = 0; i < 3; i++)
        metrics_fleet_pass(&fleet);
    text = text_of_now(&fleet, false);
    assert_no_series(text, "autoscaler_deployment_hosts{deployment=\"a\"}");
    assert_series(text, "autoscaler_deployment_target_free_ratio{deployment=\"a\"}", "0.15");
    heap_free(text);
    metrics_fleet_fini(&fleet);
}

static void hostile_ids_stay_one_label(void **state)
{
    (void)state;
    static char longest[ID_SIZE_MAX + 1];
    static const char *const ids[] = {
        "a\"} 1\\",
        "\\",
        "{x=\"y\"}",
        "b,state=\"up\"",
        "#",
        "\xe2\x80\xae"
        "abc",
        " ",
        longest,
    };
    struct metrics_fleet fleet;
    memset(longest, '"', ID_SIZE_MAX);
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    char *text = text_of_now(&fleet, false);
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"a\\\"} 1\\\\\"}", "10");
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"\\\\\"}", "10");
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"{x=\\\"y\\\"}\"}", "10");
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"b,state=\\\"up\\\"\"}", "10");
    assert_series(text, "autoscaler_metrics_deployments_left_out", "0");
    heap_free(text);
    heap_free(text_of_now(&fleet, true));
    metrics_fleet_fini(&fleet);
}

static void what_cannot_be_a_label_is_left_out_and_counted(void **state)
{
    (void)state;
    static const char *const ids[] = { "a", "eu-" SECRET, NULL, "b" };
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    assert_int_equal(redaction_create(&fleet.source.redaction), 0);
    assert_int_equal(redaction_set(fleet.source.redaction, SECRET), 0);
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    char *text = text_of_now(&fleet, false);
    assert_null(strstr(text, SECRET));
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"a\"}", "10");
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"b\"}", "10");
    assert_series(text, "autoscaler_metrics_deployments_left_out", "2");
    assert_series(text, "autoscaler_deployments{state=\"held\"}", "1");
    heap_free(text);
    redaction_destroy(fleet.source.redaction);
    metrics_fleet_fini(&fleet);
}

/* --- bounds ------------------------------------------------------------------------------------------------------ */

static const struct bound_row {
    const char *name;
    const char *match;
    int64_t series_max;
    const char *has; /* the deployments with series */
    const char *left_out;
} bound_rows[] = {
    /* clang-format off */
    { "all",                        "all",    1000, "abcd", "0" },
    { "none",                       "none",   1000, "",     "0" },
    { "a pattern",                  "[ac]",   1000, "ac",   "0" },
    { "a pattern that matches none", "x*",    1000, "",     "0" },
    { "a pattern for the word",     "[a]ll",  1000, "",     "0" },
    { "as many series as are",      "all",    32,   "abcd", "0" },
    { "one series too few",         "all",    31,   "abc",  "1" },
    { "one deployment",             "all",    15,   "a",    "3" },
    { "no series",                  "all",    0,    "",     "4" },
    { "a pattern and a bound",      "[bd]",   8,    "b",    "1" },
    /* clang-format on */
};

static void the_number_of_series_is_bounded(void **state)
{
    static const char *const ids[] = { "a", "b", "c", "d" };
    const struct bound_row *row = *state;
    struct metrics_fleet fleet;
    assert_int_equal(fleet_sample_series(), 8);
    metrics_fleet_init(&fleet);
    fleet.facts.match = row->match;
    fleet.facts.series_max = row->series_max;
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    char *text = text_of_now(&fleet, false);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char series[64];
        snprintf(series, sizeof series, "autoscaler_deployment_hosts{deployment=\"%s\"}", ids[i]);
        assert_int_equal(exposition_value(text, series) != NULL, strstr(row->has, ids[i]) != NULL);
    }
    assert_series(text, "autoscaler_metrics_deployments_left_out", row->left_out);
    heap_free(text);
    metrics_fleet_fini(&fleet);
}

/* --- a sample does not change ------------------------------------------------------------------------------------ */

static bool other_statuses(const char *id, struct status *ret_status)
{
    (void)id;
    *ret_status = (struct status){ 77, 770, 700 };
    return true;
}

static void a_sample_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const ids[] = { "a", "b", "c" };
    static const char *const other_ids[] = { "c", "x", "y" };
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    struct fleet_sample *sample = metrics_fleet_sample(&fleet);
    char *before = metrics_fleet_text(sample, false);
    fleet.status_of = other_statuses;
    fleet.facts.version = "9";
    fleet.facts.match = SAMPLE_NONE;
    metrics_fleet_list(&fleet, other_ids, COUNT_OF(other_ids));
    metrics_fleet_pass(&fleet);
    char *after = metrics_fleet_text(sample, false);
    assert_string_equal(before, after);
    heap_free(after);
    metrics_fleet_fini(&fleet);
    after = metrics_fleet_text(sample, false);
    assert_string_equal(before, after);
    heap_free(after);
    heap_free(before);
    fleet_sample_release(sample);
}

/* The list changes while a sample is taken: it is complete, and every deployment has whole values. */
static void the_fleet_may_change_while_a_sample_is_taken(void **state)
{
    (void)state;
    static const char *const ids[] = { "a", "b", "c", "d", "e" };
    static const char *const other_ids[] = { "e", "x", "y", "z" };
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    struct fleet_sample *sample = fleet_sample_create(&fleet.source);
    assert_int_equal(fleet_sample_step(sample, &fleet.source, 2), 2);
    fleet.status_of = other_statuses;
    metrics_fleet_list(&fleet, other_ids, COUNT_OF(other_ids));
    while (!sample->is_complete)
        assert_int_equal(fleet_sample_step(sample, &fleet.source, 1), 1);
    char *text = metrics_fleet_text(sample, false);
    exposition_check(text, false);
    assert_series(text, "autoscaler_deployment_hosts{deployment=\"a\"}", "10");
    assert_no_series(text, "autoscaler_deployment_hosts{deployment=\"c\"}");
    assert_series(text, "autoscaler_deployment_servers{deployment=\"e\"}", "770");
    heap_free(text);
    fleet_sample_release(sample);
    metrics_fleet_fini(&fleet);
}

static void a_sample_without_memory_leaves_nothing(void **state)
{
    (void)state;
    struct metrics_fleet fleet;
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, NULL, 10000);
    size_t count = watched_heap.live_count;
    bool is_complete = false;
    for (int64_t succeed = 0; !is_complete; succeed++) {
        int failed = 0;
        watched_heap.succeed_count = succeed;
        struct fleet_sample *sample = fleet_sample_create(&fleet.source);
        while (sample && !sample->is_complete && failed >= 0)
            failed = fleet_sample_step(sample, &fleet.source, 1000);
        watched_heap.succeed_count = -1;
        is_complete = sample && sample->is_complete;
        assert_true(is_complete || !sample || failed == -ENOMEM);
        fleet_sample_release(sample);
        assert_int_equal(watched_heap.live_count, count);
    }
    metrics_fleet_fini(&fleet);
}

/* --- promtool ---------------------------------------------------------------------------------------------------- */

/* Of Debian's package prometheus; PROMTOOL names another one. */
static bool is_promtool_there(void)
{
    const char *promtool = getenv("PROMTOOL");
    if (!promtool)
        setenv("PROMTOOL", "promtool", 1);
    return system("command -v \"$PROMTOOL\" >/dev/null 2>&1") == 0;
}

static void promtool_has_nothing_to_say(void **state)
{
    (void)state;
    static const char *const ids[] = { "a\"} 1\\", "\\", "b" };
    char path[] = "/tmp/exposition-XXXXXX";
    char command[128];
    struct metrics_fleet fleet;
    if (!is_promtool_there())
        skip();
    metrics_fleet_init(&fleet);
    metrics_fleet_list(&fleet, ids, COUNT_OF(ids));
    collector_take_answer(&fleet.collector, &(struct backend_answer){ .status = 200 });
    char *text = text_of_now(&fleet, false);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    snprintf(command, sizeof command, "\"$PROMTOOL\" check metrics <%s 2>&1", path);
    assert_int_equal(system(command), 0);
    assert_int_equal(system("\"$PROMTOOL\" check rules engine/service/autoscaler.rules.yml"), 0);
    unlink(path);
    heap_free(text);
    metrics_fleet_fini(&fleet);
}

int main(void)
{
    struct CMUnitTest bounds[COUNT_OF(bound_rows)];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deployments_have_their_values),
        cmocka_unit_test(what_was_not_read_for_long_has_no_numbers),
        cmocka_unit_test(hostile_ids_stay_one_label),
        cmocka_unit_test(what_cannot_be_a_label_is_left_out_and_counted),
        cmocka_unit_test(a_sample_stays_as_it_is),
        cmocka_unit_test(the_fleet_may_change_while_a_sample_is_taken),
        cmocka_unit_test(a_sample_without_memory_leaves_nothing),
        cmocka_unit_test(promtool_has_nothing_to_say),
    };
    TESTS_FROM_ROWS(bounds, bound_rows, the_number_of_series_is_bounded);
    int failed = cmocka_run_group_tests_name("bounds", bounds, NULL, NULL);
    return failed + cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}

/* Demand that waits for servers, and demand that collapses. */
#include "tests/support/forecast_fixture.h"

/* --- saturation ------------------------------------------------------------------------------------- */

static void saturated_passes_are_counted(void **state)
{
    (void)state;
    see_free_after(PASS_MS, 10, 1);
    assert_int_equal(outlook.saturated_passes, 0);
    see_free_after(PASS_MS, 11, 0);
    assert_int_equal(outlook.saturated_passes, 1);
    miss_after(PASS_MS);
    see_free_after(PASS_MS, 11, 0);
    assert_int_equal(outlook.saturated_passes, 2);
    see_free_after(PASS_MS, 20, 1);
    assert_int_equal(outlook.saturated_passes, 0);
    /* Without servers it is not saturated. */
    see_free_after(PASS_MS, 0, 0);
    assert_int_equal(outlook.saturated_passes, 0);
    for (int32_t i = 0; i < 300; i++)
        see_free_after(PASS_MS, 11, 0);
    assert_int_equal(outlook.saturated_passes, UINT8_MAX);
}

/* Ten seconds apart: two passes in each SATURATION_GRAIN_MS. */
static void frequent_saturated_passes_count_once_per_period(void **state)
{
    (void)state;
    context.pass_interval_ms = 10 * SECOND;
    see_free_after(10 * SECOND, 11, 0);
    for (int32_t i = 0; i < 12; i++)
        see_free_after(10 * SECOND, 11, 0);
    assert_int_equal(outlook.saturated_passes, 1 + 6);
    for (int32_t i = 0; i < 100; i++)
        see_free_after(10, 11, 0);
    assert_int_equal(outlook.saturated_passes, 1 + 6);
    see_free_after(10, 11, 1);
    assert_int_equal(outlook.saturated_passes, 0);
}

/* Demand waits, and enters with the hosts that boot: 20 servers in each of three passes. */
static void demand_that_waited_is_no_trend(void **state)
{
    (void)state;
    see_times(20, 100);
    see_free_after(PASS_MS, 110, 0);
    assert_true(outlook.is_catching_up);
    assert_int_equal(outlook.rise_servers, 0);
    for (int32_t i = 1; i <= 3; i++) {
        see_free_after(PASS_MS, 110 + 20 * i, 0);
        assert_int_equal(outlook.rise_servers, 0);
    }
    /* The last pass without a free server was before these, within the horizon of 150 s. */
    for (int32_t i = 0; i < 4; i++) {
        see(180 + 20 * i);
        assert_true(outlook.is_catching_up);
        assert_int_equal(outlook.rise_servers, 0);
    }
    see(280);
    assert_false(outlook.is_catching_up);
    assert_int_equal(outlook.rise_servers, 0);
    /* From then on, a rise is a trend: by hand, two samples of a window of seven. */
    see(380);
    assert_int_equal(outlook.rise_servers, 7);
    see_times(20, 380);
    assert_int_equal(outlook.rise_servers, 0);
}

static void errors_of_a_catch_up_are_not_learned(void **state)
{
    (void)state;
    see_times(20, 100);
    for (int32_t i = 0; i < 5; i++)
        see_free_after(PASS_MS, 110, 0);
    /* One horizon after the jump its error is known: two passes in a row were 10 above the forecast. */
    assert_int_equal(outlook.peak_error_servers, 10);
    for (int32_t i = 1; i <= 10; i++)
        see_free_after(PASS_MS, 110 + 20 * i, 0);
    assert_int_equal(outlook.peak_error_servers, 10);
    see_times(20, 310);
    assert_int_equal(outlook.peak_error_servers, 10);
}

static void a_saturated_fleet_can_collapse(void **state)
{
    (void)state;
    see_free_after(PASS_MS, 1000, 0);
    see_free_after(PASS_MS, 1000, 0);
    see_free_after(PASS_MS, 0, 1000);
    assert_int_equal(outlook.outage_left_ms, 30 * MINUTE);
}

/* Demand returns within three passes to a fleet that was held for it. */
static void the_return_after_a_collapse_is_no_trend(void **state)
{
    (void)state;
    see_times(20, 900);
    see_times(5, 0);
    for (int32_t busy = 300; busy <= 900; busy += 300) {
        see(busy);
        assert_int_equal(outlook.rise_servers, 0);
        assert_true(outlook.is_catching_up);
    }
    assert_true(outlook.outage_left_ms > 0);
    see_times(10, 900);
    assert_int_equal(outlook.rise_servers, 0);
    /* Above the level from before the collapse, the rise is a trend; by hand, as of three samples. */
    see(901);
    assert_false(outlook.is_catching_up);
    see(941);
    assert_in_range(outlook.rise_servers, 1, 10);
    see_times(20, 941);
    assert_int_equal(outlook.peak_error_servers, 0);
    /* After the hold, the window has only samples from after the return. */
    see_times(40, 941);
    assert_int_equal(outlook.outage_left_ms, 0);
    see(981);
    assert_in_range(outlook.rise_servers, 10, 20);
}

static void a_whole_fleet_is_not_saturated_by_the_return(void **state)
{
    (void)state;
    see_times(20, 900);
    see_times(5, 0);
    for (int32_t i = 0; i < 5; i++) {
        see_free_after(PASS_MS, 1000, 0);
        assert_int_equal(outlook.saturated_passes, 0);
    }
    /* A fleet that has lost servers is. */
    see_free_after(PASS_MS, 899, 0);
    see_free_after(PASS_MS, 899, 0);
    assert_int_equal(outlook.saturated_passes, 2);
    see_times(60, 899);
    see_free_after(PASS_MS, 1000, 0);
    assert_int_equal(outlook.saturated_passes, 1);
}

static void hosts_of_a_full_fleet_that_went_are_waited_for(void **state)
{
    (void)state;
    see_times(20, 200);
    see_free_after(PASS_MS, 191, 0);
    assert_int_equal(outlook.waiting_servers, 0);
    see_free_after(PASS_MS, 120, 0);
    assert_int_equal(outlook.waiting_servers, 191);
    for (int32_t i = 0; i < 30; i++)
        see_free_after(PASS_MS, 120 + i, 0);
    assert_int_equal(outlook.waiting_servers, 191);
    see_free_after(PASS_MS, 150, 5);
    assert_int_equal(outlook.waiting_servers, 0);
    see_free_after(PASS_MS, 160, 0);
    assert_int_equal(outlook.waiting_servers, 191);
    see_free_after(PASS_MS, 191, 0);
    assert_int_equal(outlook.waiting_servers, 0);
}

static void what_waits_is_forgotten_after_the_hold(void **state)
{
    (void)state;
    see_times(20, 200);
    see_free_after(PASS_MS, 120, 0);
    for (int32_t i = 0; i < 60; i++) {
        assert_int_equal(outlook.waiting_servers, 200);
        see_free_after(PASS_MS, 120, 0);
    }
    see_free_after(PASS_MS, 120, 0);
    assert_int_equal(outlook.waiting_servers, 0);
    context.outage_hold_ms = 0;
    see_times(2, 200);
    see_free_after(PASS_MS, 120, 0);
    assert_int_equal(outlook.waiting_servers, 0);
}

/* A reading of one pass, and statuses that are missing while all hosts are gone. */
static void the_lower_of_two_statuses_waits(void **state)
{
    (void)state;
    see_times(20, 200);
    see(900);
    miss_after(PASS_MS);
    miss_after(PASS_MS);
    see_free_after(PASS_MS, 0, 0);
    assert_int_equal(outlook.waiting_servers, 200);
}

/* --- collapse --------------------------------------------------------------------------------------- */

static const struct collapse_row {
    const char *name;
    int32_t servers_per_host;
    int32_t before, between, after;
    bool is_collapse;
} collapse_rows[] = {
    /* clang-format off */
    { "by half at once",                    10, 100, 100,  50, true },
    { "by a server less than half",         10, 100, 100,  51, false },
    { "by a server more than half",         10, 100, 100,  49, true },
    { "by half in two passes",              10, 100,  75,  50, true },
    { "to zero",                            10, 100, 100,   0, true },
    { "by two hosts' servers",              10,  20,  20,   0, true },
    { "by a server less than two hosts'",   10,  19,  19,   0, false },
    { "by two of small hosts",               1,   2,   2,   0, true },
    { "by one of small hosts",               1,   1,   1,   0, false },
    { "by half, of hosts that are too large", 100, 199, 199, 0, false },
    { "a rise is not a collapse",           10,  50,  50, 100, false },
    { "the largest numbers",         INT32_MAX / 4, INT32_MAX, INT32_MAX, 0, true },
    /* clang-format on */
};

static void row_is_detected_or_not(void **state)
{
    const struct collapse_row *row = *state;
    set_up(NULL);
    context.servers_per_host = row->servers_per_host;
    see_times(10, row->before);
    see(row->between);
    assert_int_equal(outlook.outage_left_ms, 0);
    see(row->after);
    assert_int_equal(outlook.outage_left_ms, row->is_collapse ? 30 * MINUTE : 0);
}

static void a_fall_over_three_passes_is_not_a_collapse(void **state)
{
    (void)state;
    see_times(10, 100);
    see(80);
    see(64);
    see(50);
    assert_int_equal(outlook.outage_left_ms, 0);
}

static void a_missing_status_does_not_hide_a_collapse(void **state)
{
    (void)state;
    see_times(10, 100);
    miss_after(PASS_MS);
    see(50);
    assert_int_equal(outlook.outage_left_ms, 30 * MINUTE);
}

static void a_collapse_lasts_for_the_hold(void **state)
{
    (void)state;
    see_times(10, 100);
    see(0);
    /* Within two passes: the second one still detects the fall. */
    see(0);
    assert_int_equal(outlook.outage_left_ms, 30 * MINUTE);
    see_after(PASS_MS, 0);
    assert_int_equal(outlook.outage_left_ms, 30 * MINUTE - PASS_MS);
    see_after(29 * MINUTE, 0);
    assert_int_equal(outlook.outage_left_ms, 30 * SECOND);
    see_after(29 * SECOND, 0);
    assert_int_equal(outlook.outage_left_ms, SECOND);
    see_after(SECOND, 0);
    assert_int_equal(outlook.outage_left_ms, 0);
}

static void a_hold_is_never_shorter_than_configured(void **state)
{
    (void)state;
    context.outage_hold_ms = 1;
    now.ms += 999;
    see_times(10, 100);
    see(0);
    assert_int_equal(outlook.outage_left_ms, 1);
}

static void without_a_hold_no_collapse_is_detected(void **state)
{
    (void)state;
    context.outage_hold_ms = 0;
    see_times(10, 100);
    see(0);
    assert_int_equal(outlook.outage_left_ms, 0);
    context.outage_hold_ms = 30 * MINUTE;
    see_times(10, 100);
    see(0);
    assert_true(outlook.outage_left_ms > 0);
    context.outage_hold_ms = 5 * MINUTE;
    see_after(PASS_MS, 0);
    assert_true(outlook.outage_left_ms <= 5 * MINUTE);
    context.outage_hold_ms = 0;
    see(0);
    assert_int_equal(outlook.outage_left_ms, 0);
}

int main(void)
{
    struct CMUnitTest collapses[COUNT_OF(collapse_rows)];
    TESTS_FROM_ROWS(collapses, collapse_rows, row_is_detected_or_not);
    const struct CMUnitTest errors[] = {
        TEST(saturated_passes_are_counted),
        TEST(frequent_saturated_passes_count_once_per_period),
        TEST(demand_that_waited_is_no_trend),
        TEST(errors_of_a_catch_up_are_not_learned),
        TEST(a_saturated_fleet_can_collapse),
        TEST(the_return_after_a_collapse_is_no_trend),
        TEST(a_whole_fleet_is_not_saturated_by_the_return),
        TEST(hosts_of_a_full_fleet_that_went_are_waited_for),
        TEST(what_waits_is_forgotten_after_the_hold),
        TEST(the_lower_of_two_statuses_waits),
        TEST(a_fall_over_three_passes_is_not_a_collapse),
        TEST(a_missing_status_does_not_hide_a_collapse),
        TEST(a_collapse_lasts_for_the_hold),
        TEST(a_hold_is_never_shorter_than_configured),
        TEST(without_a_hold_no_collapse_is_detected),
    };
    int failed = cmocka_run_group_tests_name("forecast: collapses", collapses, NULL, NULL);
    return failed + cmocka_run_group_tests_name("forecast: errors", errors, NULL, NULL);
}

#include "engine/core/unready.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#define PASS_MS 30000
#define BOOT_MS 600000
#define WINDOW_MS 900000
#define PERIOD 21 /* passes until boot_timeout is over */

static struct unready unready;
static struct unready_facts facts;
static int32_t reports;

static int set_up(void **state)
{
    (void)state;
    unready = (struct unready){ 0 };
    facts = (struct unready_facts){
        .servers_per_host = 1,
        .boot_timeout_ms = BOOT_MS,
        .scale_down_window_ms = WINDOW_MS,
        .pass_interval_ms = PASS_MS,
        .now = { 1000000 },
    };
    reports = 0;
    return 0;
}

/* A status after each pass, in which so many servers are missing: of the same hosts. */
static void miss(int64_t servers, int32_t passes)
{
    for (int32_t i = 0; i < passes; i++) {
        facts.servers_risen = unready.missing_servers - servers;
        facts.missing_servers = servers;
        facts.missing_hosts = floor_div(servers, facts.servers_per_host);
        reports += unready_observe(&unready, &facts);
        facts.now = mono_after(facts.now, PASS_MS);
    }
}

/* `low` and `high` in turn: turnover without noise. */
static void swing(int64_t low, int64_t high, int32_t passes)
{
    for (int32_t i = 0; i < passes; i++)
        miss(i % 2 == 0 ? low : high, 1);
}

/* --- dark hosts ---------------------------------------------------------------------------------------- */

static void the_same_count_is_dark_after_boot_timeout(void **state)
{
    (void)state;
    miss(3, PERIOD);
    assert_int_equal(unready_hosts(&unready), 0);
    miss(3, 1);
    assert_int_equal(unready_hosts(&unready), 3);
    assert_int_equal(reports, 1);
    miss(2, 1);
    assert_int_equal(unready_hosts(&unready), 2);
    miss(2, 10 * PERIOD);
    assert_int_equal(reports, 1);
}

static void booting_hosts_are_no_candidates(void **state)
{
    (void)state;
    facts.booting_hosts = 2;
    miss(5, 2 * PERIOD);
    assert_int_equal(unready_hosts(&unready), 3);
    facts.booting_hosts = 0;
    miss(5, 2 * PERIOD);
    assert_int_equal(unready_hosts(&unready), 5);
    assert_int_equal(reports, 2);
}

static void hosts_that_fail_one_by_one_are_reported(void **state)
{
    (void)state;
    for (int64_t hosts = 1; hosts <= 4; hosts++)
        miss(hosts, 8);
    assert_true(reports >= 1);
    assert_in_range(unready_hosts(&unready), 1, 2);
}

/* One turn leaves it open; a period without one tells. */
static void a_count_that_turned_is_reported_a_period_later(void **state)
{
    (void)state;
    miss(0, 1);
    miss(2, 5);
    miss(4, 5);
    miss(2, PERIOD - 9);
    assert_int_equal(unready_hosts(&unready), 2);
    assert_int_equal(reports, 0);
    miss(2, PERIOD);
    assert_int_equal(unready_hosts(&unready), 2);
    assert_int_equal(reports, 1);
}

static void few_statuses_may_rise_by_chance(void **state)
{
    (void)state;
    facts.boot_timeout_ms = 2 * PASS_MS;
    miss(11, 1);
    miss(12, 1);
    miss(14, 2);
    assert_int_equal(unready_hosts(&unready), 11);
    assert_int_equal(reports, 0);
    miss(14, 3);
    assert_int_equal(unready_hosts(&unready), 14);
    assert_int_equal(reports, 1);
}

/* --- turnover ------------------------------------------------------------------------------------------ */

static const struct mean_row {
    const char *name;
    int64_t low, high;
    int32_t servers_per_host;
    int32_t hosts;
} mean_rows[] = {
    /* clang-format off */
    { "a mean of 13",                   9,  17,  1, 13 },
    { "a mean of one",                  0,   2,  1,  1 },
    { "less than half a host",          0,   8, 10,  0 },
    { "more than half a host",          3,   9, 10,  1 },
    { "servers of all hosts",         110, 150, 10, 13 },
    { "thousands",                   3900,4100,  2, 2000 },
    { "too far for a Poisson number",   0,  90,  1,  0 },
    /* clang-format on */
};

static void turnover_counts_at_its_mean(void **state)
{
    const struct mean_row *row = *state;
    set_up(NULL);
    facts.servers_per_host = row->servers_per_host;
    swing(row->low, row->high, 200);
    assert_in_range(unready_hosts(&unready), row->hosts, row->hosts + (row->hosts + 31) / 32);
    assert_int_equal(reports, 0);
}

static void a_few_turns_are_not_turnover(void **state)
{
    (void)state;
    swing(0, 6, 4);
    miss(0, 4 * PERIOD);
    swing(0, 6, 4);
    assert_int_equal(unready_hosts(&unready), 0);
}

static void turns_while_hosts_come_and_go_are_not_turnover(void **state)
{
    (void)state;
    facts.have_hosts_moved = true;
    swing(0, 6, 100);
    assert_int_equal(unready_hosts(&unready), 0);
}

/* Hosts without servers count as missing when their boot_timeout is over, and no more when they are removed. */
static void hosts_that_are_counted_later_are_not_turnover(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 100; i++) {
        facts.missing_servers = i % 2 == 0 ? 6 : 8;
        unready_observe(&unready, &facts);
        facts.now = mono_after(facts.now, PASS_MS);
    }
    assert_false(unready.is_turnover);
    assert_int_equal(unready_hosts(&unready), 0);
}

/* Hosts of two servers that boot one by one. Single servers are another matter. */
static void whole_hosts_that_boot_are_not_turnover(void **state)
{
    (void)state;
    facts.servers_per_host = 2;
    facts.booting_hosts = 4;
    swing(0, 6, 100);
    assert_int_equal(unready_hosts(&unready), 0);
    swing(1, 6, 100);
    assert_in_range(unready_hosts(&unready), 1, 2);
}

static void a_lower_mean_counts_after_the_window(void **state)
{
    (void)state;
    swing(9, 17, 200);
    swing(2, 6, 20);
    assert_in_range(unready_hosts(&unready), 13, 14);
    swing(2, 6, 60);
    assert_in_range(unready_hosts(&unready), 4, 6);
}

static void nothing_is_lowered_while_removed_hosts_drain(void **state)
{
    (void)state;
    swing(9, 17, 200);
    facts.is_draining = true;
    swing(2, 6, 200);
    assert_in_range(unready_hosts(&unready), 13, 14);
}

static void turnover_ends_without_a_move(void **state)
{
    (void)state;
    swing(9, 17, 200);
    miss(0, 60);
    assert_int_equal(unready_hosts(&unready), 0);
    assert_false(unready.is_turnover);
}

/* 100 dead hosts and a few restarts, over a long period. */
static void dark_hosts_are_found_behind_turnover(void **state)
{
    (void)state;
    swing(100, 103, 9 * PERIOD);
    assert_int_equal(unready.dark_hosts, 100);
    assert_int_equal(unready_hosts(&unready), 102);
    assert_int_equal(reports, 1);
}

static void a_share_that_changes_is_not_dark(void **state)
{
    (void)state;
    struct random random = { 1 };
    for (int i = 0; i < 2000; i++)
        miss(10 + random_below(&random, 5), 1);
    assert_int_equal(reports, 0);
    assert_int_equal(unready.dark_hosts, 0);
    assert_in_range(unready_hosts(&unready), 12, 14);
}

static void more_than_the_mean_is_above_it(void **state)
{
    (void)state;
    swing(9, 17, 200);
    assert_true(unready_is_above_mean(&unready, 1));
    miss(9, 1);
    assert_false(unready_is_above_mean(&unready, 1));
    /* So many that the mean must be old. */
    miss(40, 1);
    assert_false(unready_is_above_mean(&unready, 1));
}

/* Without a status for weeks, and past the end of 32 bits of milliseconds. */
static void times_may_wrap(void **state)
{
    (void)state;
    facts.now.ms = ((int64_t)1 << 32) - 5 * PASS_MS;
    miss(3, PERIOD + 1);
    assert_int_equal(unready_hosts(&unready), 3);
    assert_int_equal(reports, 1);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(mean_rows)];
    TESTS_FROM_ROWS(rows, mean_rows, turnover_counts_at_its_mean);
    const struct CMUnitTest tests[] = {
        TEST(the_same_count_is_dark_after_boot_timeout),
        TEST(booting_hosts_are_no_candidates),
        TEST(hosts_that_fail_one_by_one_are_reported),
        TEST(a_count_that_turned_is_reported_a_period_later),
        TEST(few_statuses_may_rise_by_chance),
        TEST(a_few_turns_are_not_turnover),
        TEST(turns_while_hosts_come_and_go_are_not_turnover),
        TEST(hosts_that_are_counted_later_are_not_turnover),
        TEST(whole_hosts_that_boot_are_not_turnover),
        TEST(a_lower_mean_counts_after_the_window),
        TEST(nothing_is_lowered_while_removed_hosts_drain),
        TEST(turnover_ends_without_a_move),
        TEST(dark_hosts_are_found_behind_turnover),
        TEST(a_share_that_changes_is_not_dark),
        TEST(more_than_the_mean_is_above_it),
        TEST(times_may_wrap),
    };
    return cmocka_run_group_tests_name("turnover", rows, NULL, NULL) +
           cmocka_run_group_tests_name("unready", tests, NULL, NULL);
}

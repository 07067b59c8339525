/* The trend of the demand, and the errors of earlier forecasts. */
#include "tests/support/forecast_fixture.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"

/* --- the trend -------------------------------------------------------------------------------------- */

/*
 * Twenty passes with `step` more servers in each. By hand: 3/4 x step x horizon / interval, halves up. Passes that
 * follow each other in less than six seconds see a part of a trend only: at five seconds, 16 of 19 samples weigh
 * 340/570 of a whole window.
 */
static const struct ramp_row {
    const char *name;
    int64_t interval_ms;
    int64_t horizon_ms;
    int32_t start;
    int32_t step;
    int32_t rise;
} ramp_rows[] = {
    /* clang-format off */
    { "30 s, the default",                     30 * SECOND,  150 * SECOND,       100,       4,       15 },
    { "30 s, one server a pass",               30 * SECOND,  150 * SECOND,         0,       1,        4 },
    { "30 s, rounded down",                    30 * SECOND,  130 * SECOND,         0,       1,        3 },
    { "30 s, an hour ahead",                   30 * SECOND, 3630 * SECOND,       100,       4,      363 },
    { "6 s, the shortest whole trend",          6 * SECOND,  126 * SECOND,       100,       4,       63 },
    { "10 s",                                  10 * SECOND,  130 * SECOND,       100,       2,       20 },
    { "60 s",                                  60 * SECOND,  180 * SECOND,       100,       4,        9 },
    { "300 s",                                300 * SECOND,  420 * SECOND,       100,      10,       11 },
    { "a day",                              86400 * SECOND, 86520 * SECOND,      100,      40,       30 },
    { "5 s: a part of a trend",                 5 * SECOND,  125 * SECOND,       100,      10,      112 },
    { "a horizon of zero",                     30 * SECOND,                 0,   100,       4,        0 },
    { "a horizon beyond all history",          30 * SECOND,   24 * HOUR,         100,       4,     8640 },
    { "rounded, without a rest",               30 * SECOND,  150 * SECOND,   1 << 20, 1 << 11,     7680 },
    { "rounded, 10 s",                         10 * SECOND,  130 * SECOND,   1 << 20, 1 << 11,    19968 },
    { "rounded, 300 s",                       300 * SECOND,  420 * SECOND,   1 << 20, 1 << 11,     2150 },
    { "near the largest number",               30 * SECOND,  150 * SECOND,   1 << 30, 1 << 21,  7864320 },
    { "rises beyond the largest number",       30 * SECOND, 86400 * (int64_t)SECOND, 1 << 30, 1 << 21, INT32_MAX },
    { "steady",                                30 * SECOND,  150 * SECOND,       100,       0,        0 },
    { "falling",                               30 * SECOND,  150 * SECOND,      1000,      -4,        0 },
    { "falling, rounded",                      30 * SECOND,  150 * SECOND,   1 << 30, -(1 << 21),     0 },
    /* clang-format on */
};

static void row_gives_its_rise(void **state)
{
    const struct ramp_row *row = *state;
    set_up(NULL);
    context.pass_interval_ms = row->interval_ms;
    context.horizon_ms = row->horizon_ms;
    for (int32_t i = 0; i < 40; i++)
        see(row->start + i * row->step);
    assert_int_equal(outlook.rise_servers, row->rise);
    assert_int_equal(outlook.horizon_ms, row->horizon_ms);
    assert_true(outlook.is_trending);
}

/* 100 a pass at 100,000, where samples are rounded to 64 or 128: 375 by hand, plus the rounding of seven samples. */
static void rounding_changes_a_rise_little(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 40; i++) {
        see(100000 + i * 100);
        if (i >= 6)
            assert_in_range(outlook.rise_servers, 375 - 105, 375 + 105);
    }
}

/* A replica that reports no server, or about half of them, in one pass. */
static const int32_t dip_rows[] = { 0, 10, 49 };

static void a_dip_of_one_pass_gives_no_rise(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(dip_rows); row++) {
        set_up(NULL);
        see_times(20, 100);
        see(dip_rows[row]);
        assert_int_equal(outlook.rise_servers, 0);
        for (int32_t i = 0; i < 20; i++) {
            see(100);
            assert_int_equal(outlook.rise_servers, 0);
        }
    }
    /* Without a hold, a dip of two passes is a fall, and its end is a rise. */
    context.outage_hold_ms = 0;
    see_times(2, 0);
    see_times(3, 100);
    assert_true(outlook.rise_servers > 0);
}

static void without_trending_there_is_no_rise(void **state)
{
    (void)state;
    context.is_trending = false;
    for (int32_t i = 0; i < 40; i++)
        see(100 + i * 4);
    assert_int_equal(outlook.rise_servers, 0);
    assert_false(outlook.is_trending);
}

static void the_first_pass_has_no_forecast(void **state)
{
    (void)state;
    see(100);
    check_no_rise_and_no_error();
    assert_int_equal(outlook.outage_left_ms, 0);
    assert_int_equal(outlook.saturated_passes, 0);
    assert_int_equal(outlook.horizon_ms, HORIZON_MS);
}

/* A straight line through two samples would give 375; its weight is 1/56 of a whole window. */
static void two_samples_give_almost_no_rise(void **state)
{
    (void)state;
    see(100);
    see(200);
    assert_int_equal(outlook.rise_servers, 7);
}

/* By hand: six samples of 0 and one of 100 give a slope of 100 x 21/196 a pass; times 3/4 x 5 passes. */
static void a_jump_gives_a_part_of_its_rise(void **state)
{
    (void)state;
    see_times(20, 0);
    see(100);
    assert_int_equal(outlook.rise_servers, 40);
    see_times(3, 100);
    assert_in_range(outlook.rise_servers, 40, 81);
    see_times(4, 100);
    assert_int_equal(outlook.rise_servers, 0);
}

static void missing_statuses_give_no_steeper_rise(void **state)
{
    (void)state;
    struct random random = { 4 };
    int32_t seen = 0;
    for (int32_t i = 0; i < 2000; i++) {
        if (random_below(&random, 3) == 0) {
            miss_after(PASS_MS);
            continue;
        }
        see(1 + i % 500);
        if (i % 500 < 7)
            continue;
        assert_in_range(outlook.rise_servers, 0, 4);
        seen++;
    }
    assert_true(seen > 1000);
}

static void a_part_of_the_samples_gives_a_part_of_the_rise(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 40; i++) {
        if (i % 2 == 0)
            miss_after(PASS_MS);
        else
            see(100 + 4 * i);
    }
    /* Samples at 0, -2, -4 and -6 weigh 4 x 56 - 144 of 4 x 28. */
    assert_int_equal(outlook.rise_servers, 11);
}

/* Demand before a gap is of another time of day: it gives neither a rise nor an error. */
static const struct gap_row {
    const char *name;
    int32_t missed; /* passes without a status */
    int64_t gap_ms; /* before the pass after them */
} gap_rows[] = {
    /* clang-format off */
    { "an hour of missing statuses",          120,  PASS_MS },
    { "all of the history missing",           200,  PASS_MS },
    { "an hour without a pass",                 0,  HOUR },
    { "a day without a pass",                   0,  24 * HOUR },
    { "ten minutes without a pass",             0,  10 * MINUTE },
    { "some are missing, then a gap",          30,  HOUR },
    { "years",                                  0,  20000 * (int64_t)HOUR },
    /* clang-format on */
};

static void a_gap_gives_no_rise_and_no_error(void **state)
{
    const struct gap_row *row = *state;
    set_up(NULL);
    see_times(80, 100);
    for (int32_t i = 0; i < row->missed; i++)
        miss_after(PASS_MS);
    see_after(row->gap_ms, 500);
    check_no_rise_and_no_error();
    for (int32_t i = 0; i < 100; i++) {
        see(500);
        check_no_rise_and_no_error();
    }
}

static void a_gap_gives_no_collapse(void **state)
{
    const struct gap_row *row = *state;
    set_up(NULL);
    see_times(80, 500);
    for (int32_t i = 0; i < row->missed; i++)
        miss_after(PASS_MS);
    see_after(row->gap_ms, 100);
    assert_int_equal(outlook.outage_left_ms, 0);
    see(100);
    assert_int_equal(outlook.outage_left_ms, 0);
}

static void requested_passes_do_not_change_a_rise(void **state)
{
    (void)state;
    struct random random = { 6 };
    for (int32_t i = 0; i < 250; i++) {
        int64_t part_ms = random_below(&random, PASS_MS);
        /* Four servers in 30 s, at any time of a pass. */
        see_after(part_ms, (int32_t)((now.ms + part_ms - START_MS) / 7500));
        see_after(PASS_MS - part_ms, (int32_t)((now.ms + PASS_MS - part_ms - START_MS) / 7500));
        if (i > 10)
            assert_in_range(outlook.rise_servers, 13, 17);
        /* The whole rise of a horizon while there is no trend yet, a quarter of it later. */
        assert_in_range(outlook.peak_error_servers, 0, 20);
    }
}

static void many_passes_at_once_give_no_rise(void **state)
{
    (void)state;
    see_times(20, 100);
    for (int32_t i = 0; i < 200; i++) {
        see_after(i % 3, 100 + i % 2);
        assert_in_range(outlook.rise_servers, 0, 2);
    }
    assert_int_equal(outlook.peak_error_servers, 0);
}

static void a_change_of_host_size_restarts_the_forecast(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 60; i++)
        see(i % 20 * 40);
    assert_true(outlook.peak_error_servers > 0);
    forecast_restart(&forecast, history.last_pass + 1);
    for (int32_t i = 0; i < 100; i++) {
        see(5000);
        check_no_rise_and_no_error();
        assert_int_equal(outlook.outage_left_ms, 0);
    }
    forecast_restart(&forecast, history.last_pass + 1);
    see(10);
    assert_int_equal(outlook.outage_left_ms, 0);
    check_no_rise_and_no_error();
}

/* Ten passes in a tenth of a second: too short for a trend. */
static void the_shortest_interval_gives_no_rise_from_noise(void **state)
{
    (void)state;
    struct random random = { 9 };
    context.pass_interval_ms = 10;
    context.horizon_ms = 120010;
    for (int32_t i = 0; i < 5000; i++) {
        see(1000 + (int32_t)random_below(&random, 10));
        assert_int_equal(outlook.rise_servers, 0);
    }
    see_times(10, 2000);
    assert_in_range(outlook.rise_servers, 0, 1);
}

/* --- errors ----------------------------------------------------------------------------------------- */

static const int32_t steady_rows[] = { 0, 1, 100, 1023, 1025, 12345, 1000001, INT32_MAX };

static void steady_demand_gives_no_error(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(steady_rows); row++) {
        set_up(NULL);
        for (int32_t i = 0; i < 300; i++) {
            see(steady_rows[row]);
            check_no_rise_and_no_error();
        }
    }
}

static void a_straight_ramp_gives_an_error_of_a_quarter(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 50; i++)
        see(20 * i);
    /* It rises by 100 in five passes and 75 were forecast; with fewer than seven samples, less. */
    assert_int_equal(forecast.last_error, 25);
    assert_in_range(outlook.mean_error_servers, 25, 45);
}

static const struct glitch_row {
    const char *name;
    int32_t passes;
    int32_t busy; /* instead of 100 */
    int64_t interval_ms;
    bool is_uneven;
    bool is_repeated; /* an operator requests a pass a second after each */
    int32_t peak;
} glitch_rows[] = {
    /* clang-format off */
    { "up for a pass",                1,  900, PASS_MS,     false, false,   0 },
    { "down for a pass",              1,   10, PASS_MS,     false, false,   0 },
    { "up for a pass, uneven",        1,  900, PASS_MS,     true,  false,   0 },
    /* The horizon is a multiple of the interval: one millisecond decides which pass is one horizon old. */
    { "down for a pass, uneven",      1,   10, PASS_MS,     true,  false,   0 },
    { "down for a pass, others in between", 1, 10, PASS_MS, false, true,    0 },
    { "down for a pass, every 10 s",  1,   10, 10 * SECOND, true,  false,   0 },
    { "up for two passes",            2,  900, PASS_MS,     false, false, 800 },
    { "up for three passes",          3,  900, PASS_MS,     false, false, 800 },
    /* clang-format on */
};

static void row_gives_its_peak_error(void **state)
{
    const struct glitch_row *row = *state;
    set_up(NULL);
    context.pass_interval_ms = row->interval_ms;
    context.horizon_ms = HORIZON_MS;
    context.outage_hold_ms = 0;
    for (int32_t i = 0; i < 200; i++) {
        bool is_glitch = i >= 100 && i < 100 + row->passes;
        int64_t uneven_ms = row->is_uneven ? i * 7 % 3 - 1 : 0;
        see_after(row->interval_ms + uneven_ms - (row->is_repeated ? SECOND : 0),
                  is_glitch ? row->busy : 100);
        if (row->is_repeated)
            see_after(SECOND, 100);
    }
    int64_t faded = row->peak - outlook.peak_error_servers;
    assert_in_range(faded, 0, row->peak / 20);
}

static void the_peak_error_halves_in_twelve_hours(void **state)
{
    (void)state;
    see_times(20, 0);
    see_times(2, 1000);
    assert_int_equal(outlook.peak_error_servers, 1000);
    /* A rise that lasts is an error until the forecasts are made from it. */
    see_times(10, 1000);
    int32_t seen = forecast.peak_error;
    struct mono then = { forecast.peak_at_s * (int64_t)SECOND };
    assert_int_equal(seen, 1000);
    int32_t before = seen;
    while (now.ms < then.ms + PEAK_ERROR_HALF_MS) {
        see(1000);
        assert_true(outlook.peak_error_servers <= before);
        before = outlook.peak_error_servers;
    }
    assert_int_equal(before, seen / 2);
    see_after(12 * HOUR, 1000);
    assert_int_equal(outlook.peak_error_servers, seen / 4);
    see_after(6 * HOUR, 1000);
    assert_in_range(outlook.peak_error_servers, seen * 3 / 16 - 1, seen * 3 / 16 + 1);
    see_after(10 * 24 * HOUR, 1000);
    assert_int_equal(outlook.peak_error_servers, 0);
    see_after(10000 * (int64_t)HOUR, 1000);
    assert_int_equal(outlook.peak_error_servers, 0);
}

/* A sudden rise, then a fall that is too slow for a collapse or another error. */
static void make_error(int32_t servers)
{
    see_times(70, 0);
    see_times(2, servers);
    for (int32_t i = 1; i <= 60; i++)
        see(servers - servers * i / 60);
}

static void a_smaller_error_does_not_replace_the_peak(void **state)
{
    (void)state;
    make_error(1000);
    uint32_t at_s = forecast.peak_at_s;
    int32_t peak = forecast.peak_error;
    make_error(500);
    assert_int_equal(forecast.peak_at_s, at_s);
    assert_int_equal(forecast.peak_error, peak);
}

static void a_larger_error_replaces_the_peak(void **state)
{
    (void)state;
    make_error(500);
    uint32_t at_s = forecast.peak_at_s;
    make_error(1000);
    assert_true(forecast.peak_at_s > at_s);
    assert_in_range(forecast.peak_error, 900, 1000);
}

static void a_decayed_peak_is_replaced_by_a_smaller_error(void **state)
{
    (void)state;
    make_error(1000);
    see_times(25 * 120, 0);
    assert_in_range(outlook.peak_error_servers, 200, 260);
    make_error(500);
    assert_in_range(forecast.peak_error, 450, 500);
}

/* During the hold, the return of the players is not an error. */
static void the_end_of_an_outage_is_not_an_error(void **state)
{
    (void)state;
    see_times(100, 1000);
    see_times(20, 0);
    assert_true(outlook.outage_left_ms > 0);
    see_times(100, 1000);
    assert_int_equal(outlook.peak_error_servers, 0);
}

/* By hand: 15 servers more in one pass of ten, for one pass. */
static void the_mean_error_is_the_mean(void **state)
{
    (void)state;
    context.is_trending = false;
    context.horizon_ms = PASS_MS;
    for (int32_t i = 0; i < 2000; i++)
        see(i % 10 == 9 ? 115 : 100);
    assert_in_range(forecast.mean_error, ERROR_UNIT * 14 / 10, ERROR_UNIT * 16 / 10);
    assert_int_equal(outlook.mean_error_servers, 2);
}

static void the_first_errors_give_a_plain_mean(void **state)
{
    (void)state;
    context.is_trending = false;
    context.horizon_ms = PASS_MS;
    see(100);
    see(110);
    assert_int_equal(outlook.mean_error_servers, 10);
    see(110);
    assert_int_equal(outlook.mean_error_servers, 5);
    see(110);
    see(114);
    assert_in_range(forecast.mean_error, ERROR_UNIT * 14 / 4 - 4, ERROR_UNIT * 14 / 4);
    see(100);
    assert_in_range(forecast.mean_error, ERROR_UNIT * 14 / 5 - 4, ERROR_UNIT * 14 / 5);
}

static void the_mean_error_halves_in_an_hour(void **state)
{
    (void)state;
    context.outage_hold_ms = 0;
    context.is_trending = false;
    context.horizon_ms = PASS_MS;
    for (int32_t i = 0; i < 2000; i++)
        see(i % 2 ? 100 : 300);
    assert_in_range(outlook.mean_error_servers, 99, 101);
    see_times(120, 300);
    assert_in_range(outlook.mean_error_servers, 49, 52);
    see_times(120, 300);
    assert_in_range(outlook.mean_error_servers, 24, 27);
}

/* --- invariants ------------------------------------------------------------------------------------- */

static int32_t draw_busy(struct random *random, int32_t busy)
{
    switch (random_below(random, 6)) {
    case 0:
        return (int32_t)random_below(random, (int64_t)INT32_MAX + 1);
    case 1:
        return (int32_t)random_below(random, 100);
    case 2:
        return INT32_MAX;
    case 3:
        return (int32_t)clamp_i64(busy + random_below(random, 2001) - 1000, 0, INT32_MAX);
    default:
        return busy;
    }
}

static int64_t draw_pause(struct random *random)
{
    switch (random_below(random, 20)) {
    case 0:
        return random_below(random, 10 * context.pass_interval_ms);
    case 1:
        return random_below(random, context.pass_interval_ms);
    case 2:
        return 0;
    default:
        return context.pass_interval_ms + random_below(random, 3);
    }
}

static void add_random_passes(struct random *random)
{
    int32_t busy = 0;
    for (int32_t i = 0; i < 200; i++) {
        if (random_below(random, 100) == 0)
            forecast_restart(&forecast, history.last_pass + 1);
        busy = draw_busy(random, busy);
        if (random_below(random, 10) == 0)
            miss_after(draw_pause(random));
        else
            see_free_after(draw_pause(random), busy, (int32_t)random_below(random, 2));
    }
}

/* The mean error decays within passes, the peak error within days. */
static void check_decay(struct random *random)
{
    int32_t busy = (int32_t)random_below(random, (int64_t)INT32_MAX + 1);
    int64_t memory = clamp_i64(MEAN_ERROR_MS / context.pass_interval_ms, 1, UINT16_MAX);
    for (int64_t i = 0; i < 16 * memory + 2 * HISTORY_LENGTH; i++)
        see(busy);
    now.ms += 32 * PEAK_ERROR_HALF_MS;
    see(busy);
    check_no_rise_and_no_error();
    assert_int_equal(outlook.outage_left_ms, 0);
}

static const int64_t intervals_ms[] = { 10,           100,         1000,        5 * SECOND,
                                        7001,         10 * SECOND, 30 * SECOND, 60 * SECOND,
                                        300 * SECOND, HOUR,        24 * HOUR };

static void any_history_decays(void **state)
{
    (void)state;
    struct random random = { 12 };
    for (size_t i = 0; i < COUNT_OF(intervals_ms); i++) {
        for (int32_t round = 0; round < 3; round++) {
            set_up(NULL);
            context.pass_interval_ms = intervals_ms[i];
            context.horizon_ms = intervals_ms[i] + random_below(&random, 2 * HOUR);
            context.servers_per_host = 1 + (int32_t)random_below(&random, INT32_MAX);
            context.is_trending = random_below(&random, 4) > 0;
            context.outage_hold_ms = random_below(&random, 2) * (1 + random_below(&random, HOUR));
            add_random_passes(&random);
            check_decay(&random);
        }
    }
}

int main(void)
{
    struct CMUnitTest ramps[COUNT_OF(ramp_rows)];
    struct CMUnitTest gaps[COUNT_OF(gap_rows)];
    struct CMUnitTest sleeps[COUNT_OF(gap_rows)];
    struct CMUnitTest glitches[COUNT_OF(glitch_rows)];
    TESTS_FROM_ROWS(ramps, ramp_rows, row_gives_its_rise);
    TESTS_FROM_ROWS(gaps, gap_rows, a_gap_gives_no_rise_and_no_error);
    TESTS_FROM_ROWS(sleeps, gap_rows, a_gap_gives_no_collapse);
    TESTS_FROM_ROWS(glitches, glitch_rows, row_gives_its_peak_error);
    const struct CMUnitTest trends[] = {
        TEST(rounding_changes_a_rise_little),
        TEST(a_dip_of_one_pass_gives_no_rise),
        TEST(without_trending_there_is_no_rise),
        TEST(the_first_pass_has_no_forecast),
        TEST(two_samples_give_almost_no_rise),
        TEST(a_jump_gives_a_part_of_its_rise),
        TEST(missing_statuses_give_no_steeper_rise),
        TEST(a_part_of_the_samples_gives_a_part_of_the_rise),
        TEST(requested_passes_do_not_change_a_rise),
        TEST(many_passes_at_once_give_no_rise),
        TEST(a_change_of_host_size_restarts_the_forecast),
        TEST(the_shortest_interval_gives_no_rise_from_noise),
    };
    const struct CMUnitTest errors[] = {
        TEST(steady_demand_gives_no_error),
        TEST(a_straight_ramp_gives_an_error_of_a_quarter),
        TEST(the_peak_error_halves_in_twelve_hours),
        TEST(a_smaller_error_does_not_replace_the_peak),
        TEST(a_larger_error_replaces_the_peak),
        TEST(a_decayed_peak_is_replaced_by_a_smaller_error),
        TEST(the_end_of_an_outage_is_not_an_error),
        TEST(the_mean_error_is_the_mean),
        TEST(the_first_errors_give_a_plain_mean),
        TEST(the_mean_error_halves_in_an_hour),
        TEST(any_history_decays),
    };
    int failed = cmocka_run_group_tests_name("forecast: ramps", ramps, NULL, NULL);
    failed += cmocka_run_group_tests_name("forecast: gaps", gaps, NULL, NULL);
    failed += cmocka_run_group_tests_name("forecast: gaps and collapses", sleeps, NULL, NULL);
    failed += cmocka_run_group_tests_name("forecast: glitches", glitches, NULL, NULL);
    failed += cmocka_run_group_tests_name("forecast: trends", trends, NULL, NULL);
    return failed + cmocka_run_group_tests_name("forecast: errors", errors, NULL, NULL);
}

#include "tests/soak/leak_trend.h"
#include "tests/support/test.h"

#include <math.h>

#define SAMPLES 150 /* of a second half of five minutes */
#define HOURS 12.0

/* KiB at the sample `i`, by pages as the system counts them. */
static double pages(double bytes)
{
    return 4 * floor(bytes / 4096);
}

static double flat(int i)
{
    (void)i;
    return 3000;
}

static double single_step(int i)
{
    return i < SAMPLES / 3 ? 3000 : 3400;
}

static double late_step(int i)
{
    return i < SAMPLES - 10 ? 3000 : 3400;
}

/* Up and down again with the weather. */
static double storms(int i)
{
    return i % 12 < 4 ? 3100 + i % 3 * 4 : 3000;
}

static double one_page_more(int i)
{
    return i < SAMPLES / 2 ? 3000 : 3004;
}

static double falling(int i)
{
    return 3000 - pages(i * 2000.0);
}

/* Ten passes a second lose the least that the allocator gives. */
static double leak_of_a_pass(int i)
{
    return 3000 + pages(i * 10 * 32.0);
}

static double leak_under_storms(int i)
{
    return storms(i) + pages(i * 10 * 32.0);
}

/* Nearly a KiB an hour, and a little more than one. */
static double leak_below_the_limit(int i)
{
    return 3000 + pages(i * 70.0);
}

static double leak_above_the_limit(int i)
{
    return 3000 + pages(i * 110.0);
}

static const struct leak_trend_row {
    const char *name;
    double (*value)(int i);
    bool is_growth;
    double steady_min;
    double steady_max;
} rows[] = {
    /* clang-format off */
    { "what stays is no growth",               flat,                 false, -0.001, 0.001 },
    { "a single step is no growth",            single_step,          false, -0.001, 0.001 },
    { "nor is a late one",                     late_step,            false, -0.001, 0.001 },
    { "what is freed again is no growth",       storms,               false, -0.001, 0.001 },
    { "a page is no growth",                   one_page_more,        false, -0.001, 0.8 },
    { "what falls is no growth",               falling,              false, -30,    -20 },
    { "32 bytes a pass are found",             leak_of_a_pass,       true,  3.5,    4.5 },
    { "32 bytes a pass are found in storms",   leak_under_storms,    true,  3.0,    5.0 },
    { "less than the limit is let pass",       leak_below_the_limit, false, 0.5,    1.0 },
    { "more than the limit is not",            leak_above_the_limit, true,  1.0,    1.6 },
    /* clang-format on */
};

static void it_judges(void **state)
{
    const struct leak_trend_row *row = *state;
    struct leak_trend_sample samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = (struct leak_trend_sample){ HOURS + i * HOURS / SAMPLES, row->value(i) };
    struct leak_trend drift = leak_trend_measure(samples, SAMPLES);
    print_message("steady %f, least squares %f\n", drift.steady, drift.least_squares);
    assert_true(drift.steady >= row->steady_min);
    assert_true(drift.steady <= row->steady_max);
    assert_int_equal(leak_trend_is_growth(&drift, 1, 8), row->is_growth);
}

/* The straight line itself, by both measures. */
static void a_line_has_its_slope(void **state)
{
    (void)state;
    struct leak_trend_sample samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = (struct leak_trend_sample){ i, 7 + 3.0 * i };
    struct leak_trend drift = leak_trend_measure(samples, SAMPLES);
    assert_true(fabs(drift.least_squares - 3) < 1e-9);
    assert_true(fabs(drift.steady - 3) < 0.05);
    assert_true(fabs(drift.hours - (SAMPLES - 1)) < 1e-9);
}

static void few_samples_are_enough(void **state)
{
    (void)state;
    const struct leak_trend_sample same_hour[] = { { 1, 5 }, { 1, 9 } };
    const struct leak_trend_sample two[] = { { 1, 5 }, { 2, 9 } };
    struct leak_trend drift = leak_trend_measure(same_hour, 2);
    assert_true(fabs(drift.steady) + fabs(drift.least_squares) < 1e-9);
    drift = leak_trend_measure(two, 2);
    assert_true(fabs(drift.steady - 4) < 1e-9);
    assert_true(fabs(drift.least_squares - 4) < 1e-9);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 2];
    TESTS_FROM_ROWS(tests, rows, it_judges);
    tests[COUNT_OF(rows)] = (struct CMUnitTest)cmocka_unit_test(a_line_has_its_slope);
    tests[COUNT_OF(rows) + 1] = (struct CMUnitTest)cmocka_unit_test(few_samples_are_enough);
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}

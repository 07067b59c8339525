#include "engine/sim/binomial.h"
#include "tests/support/test.h"

#include <math.h>
#include <stdbool.h>

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HALF (PROBABILITY_WHOLE / 2)
#define MILLIONTHS(n) ((n)*PROBABILITY_WHOLE / 1000000)
#define DRAWS 20000

/* ---- the probability of an end ---- */

static const struct end_row {
    const char *name;
    int64_t passed_ms;
    int64_t mean_ms;
    int64_t probability; /* (1 - exp(-passed / mean)) * 2^32 */
    int64_t off_max;
} end_rows[] = {
    /* clang-format off */
    { "no time",                          0,               MINUTE_MS,        0,                 0 },
    { "30 s of 30 min",                   30 * SECOND_MS,  30 * MINUTE_MS,   70989565,          2 },
    { "30 s of 10 min",                   30 * SECOND_MS,  10 * MINUTE_MS,   209468027,         2 },
    { "a mean length",                    10 * MINUTE_MS,  10 * MINUTE_MS,   2714937127,        2 },
    { "the half-life",                    693147180560,    1000000000000,    2147483648,        2 },
    { "twelve means",                     120 * MINUTE_MS, 10 * MINUTE_MS,   4294940907,        2 },
    { "just below where nothing is left", 31999,           1000,             PROBABILITY_WHOLE, 1 },
    { "where nothing is left",            32000,           1000,             PROBABILITY_WHOLE, 0 },
    { "all time of the shortest mean",    INT64_MAX,       1,                PROBABILITY_WHOLE, 0 },
    { "a millisecond of a long mean",     1,               (int64_t)1 << 50, 0,                 0 },
    /* clang-format on */
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    int64_t probability = probability_of_end(row->passed_ms, row->mean_ms);
    assert_in_range(probability + row->off_max - row->probability, 0, 2 * row->off_max);
    assert_in_range(probability, 0, PROBABILITY_WHOLE);
}

static void more_time_never_ends_less(void **state)
{
    (void)state;
    int64_t before = 0;
    for (int64_t passed_ms = 1; passed_ms <= 33 * 1000; passed_ms++) {
        int64_t now = probability_of_end(passed_ms, 1000);
        assert_true(now >= before);
        double exact = -expm1(-(double)passed_ms / 1000) * (double)PROBABILITY_WHOLE;
        assert_true(fabs((double)now - exact) <= 2);
        before = now;
    }
    assert_int_equal(before, PROBABILITY_WHOLE);
}

/* ---- draws ---- */

/* Bounds of five deviations of what is estimated: one seed in a million would fail, and the seed is fixed. */
static const struct draw_row {
    const char *name;
    int64_t count;
    int64_t probability;
} draw_rows[] = {
    /* clang-format off */
    { "a coin",                             1,         HALF },
    { "one that hardly ever ends",          1,         MILLIONTHS(1000) },
    { "ten over half a minute",             10,        MILLIONTHS(48771) },
    { "a few hundred over half a minute",   400,       MILLIONTHS(48771) },
    { "just below the normal distribution", 490,       MILLIONTHS(48771) },
    { "just above it",                      500,       MILLIONTHS(48771) },
    { "ten thousand over half a minute",    10000,     MILLIONTHS(48771) },
    { "a few coins",                        47,        HALF },
    { "many coins",                         1000,      HALF },
    { "all but a few of a few",             30,        MILLIONTHS(950000) },
    { "all but a few of many",              100000,    MILLIONTHS(999900) },
    { "all but many of many",               100000,    MILLIONTHS(900000) },
    { "a few of a million",                 1000000,   MILLIONTHS(20) },
    { "a few of the most there can be",     INT32_MAX, 40 },
    { "a hundred of the most there can be", INT32_MAX, 255 },
    { "half of the most there can be",      INT32_MAX, HALF },
    /* clang-format on */
};

static void check_draws(void **state)
{
    const struct draw_row *row = *state;
    struct random random = { 7 };
    double p = (double)row->probability / (double)PROBABILITY_WHOLE;
    double mean = (double)row->count * p;
    double variance = mean * (1 - p);
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        int64_t drawn = binomial_draw(&random, row->count, row->probability);
        assert_in_range(drawn, 0, row->count);
        double off = (double)drawn - mean;
        sum += off;
        squares += off * off;
    }
    /* The fourth moment of a binomial number says how far a measured variance strays. */
    double fourth = 3 * variance * variance + variance * (1 - 6 * p * (1 - p));
    double variance_off_max = 5 * sqrt((fourth - variance * variance) / DRAWS) + 0.02 * variance;
    assert_true(fabs(sum / DRAWS) <= 5 * sqrt(variance / DRAWS) + 1e-9 * mean);
    assert_true(fabs(squares / DRAWS - variance) <= variance_off_max);
}

/* Every value as often as it should be: nine sessions of which a third ends. */
static void a_small_distribution_has_its_shape(void **state)
{
    (void)state;
    struct random random = { 8 };
    int seen[10] = { 0 };
    for (int i = 0; i < DRAWS; i++)
        seen[binomial_draw(&random, 9, PROBABILITY_WHOLE / 3)]++;
    double ways = 1;
    for (int k = 0; k <= 9; k++) {
        double share = ways * pow(1.0 / 3, k) * pow(2.0 / 3, 9 - k);
        double deviation = sqrt(DRAWS * share * (1 - share));
        assert_true(fabs(seen[k] - DRAWS * share) <= 5 * deviation + 1);
        ways = ways * (9 - k) / (k + 1);
    }
}

static const struct certain_row {
    const char *name;
    int64_t count;
    int64_t probability;
    int64_t drawn;
} certain_rows[] = {
    { "none of none", 0, HALF, 0 },
    { "all of none", 0, PROBABILITY_WHOLE, 0 },
    { "none of all", INT32_MAX, 0, 0 },
    { "all of one", 1, PROBABILITY_WHOLE, 1 },
    { "all of all", INT32_MAX, PROBABILITY_WHOLE, INT32_MAX },
};

/* A certain outcome draws no random number. */
static void check_certain(void **state)
{
    const struct certain_row *row = *state;
    struct random random = { 9 };
    assert_int_equal(binomial_draw(&random, row->count, row->probability), row->drawn);
    assert_int_equal(random.state, 9);
}

static void draws_are_never_out_of_range(void **state)
{
    (void)state;
    struct random random = { 10 };
    for (int i = 0; i < 200000; i++) {
        int64_t count = random_below(&random, (int64_t)1 << random_below(&random, 31));
        int64_t probability = random_below(&random, (int64_t)1 << random_below(&random, 33));
        assert_in_range(binomial_draw(&random, count, probability), 0, count);
    }
}

static void the_same_state_gives_the_same_draws(void **state)
{
    (void)state;
    struct random random = { 11 };
    assert_int_equal(binomial_draw(&random, 300, MILLIONTHS(48771)), 13);
    assert_int_equal(binomial_draw(&random, 30000, MILLIONTHS(48771)), 1421);
    assert_int_equal(binomial_draw(&random, 300, MILLIONTHS(951229)), 290);
}

static void normal_numbers_deviate_by_one(void **state)
{
    (void)state;
    struct random random = { 12 };
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double drawn = (double)normal_draw_q8(&random) / 256;
        sum += drawn;
        squares += drawn * drawn;
    }
    assert_true(fabs(sum / DRAWS) <= 5 / sqrt(DRAWS));
    assert_true(fabs(squares / DRAWS - 1) <= 5 * sqrt(2.0 / DRAWS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_time_never_ends_less),
        cmocka_unit_test(a_small_distribution_has_its_shape),
        cmocka_unit_test(draws_are_never_out_of_range),
        cmocka_unit_test(the_same_state_gives_the_same_draws),
        cmocka_unit_test(normal_numbers_deviate_by_one),
    };
    struct CMUnitTest end_tests[COUNT_OF(end_rows)];
    struct CMUnitTest draw_tests[COUNT_OF(draw_rows)];
    struct CMUnitTest certain_tests[COUNT_OF(certain_rows)];
    TESTS_FROM_ROWS(end_tests, end_rows, check_end);
    TESTS_FROM_ROWS(draw_tests, draw_rows, check_draws);
    TESTS_FROM_ROWS(certain_tests, certain_rows, check_certain);
    int failed = cmocka_run_group_tests_name("binomial", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("probability of an end", end_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("binomial draws", draw_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("binomial certainty", certain_tests, NULL, NULL);
    return failed;
}

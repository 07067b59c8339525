#include "engine/core/window_max.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#define VALUES 3000

struct past {
    size_t count;
    int64_t times_ms[VALUES];
    int32_t values[VALUES];
};

/* Slow and obvious: compares all values younger than the window. */
static int32_t highest(const struct past *past, int64_t now_ms, int64_t window_ms)
{
    int32_t high = past->values[past->count - 1];
    for (size_t i = 0; i < past->count; i++)
        if (now_ms - past->times_ms[i] < window_ms && past->values[i] > high)
            high = past->values[i];
    return high;
}

enum shape { SHAPE_NOISE, SHAPE_FALLING, SHAPE_SAW, SHAPE_STEPS };

static const struct peak_row {
    const char *name;
    enum shape shape;
    int64_t window_ms;
    int64_t pause_ms; /* maximum time between two values */
} peak_rows[] = {
    { "noise, usual window", SHAPE_NOISE, 300000, 60000 },
    { "noise, dense", SHAPE_NOISE, 300000, 1000 },
    { "noise, sparse", SHAPE_NOISE, 300000, 400000 },
    { "falling, dense", SHAPE_FALLING, 300000, 1000 },
    { "falling, usual", SHAPE_FALLING, 300000, 60000 },
    { "sawtooth", SHAPE_SAW, 300000, 10000 },
    { "steps", SHAPE_STEPS, 300000, 30000 },
    { "no window", SHAPE_NOISE, 0, 1000 },
    { "shortest window", SHAPE_FALLING, 1, 3 },
    { "shorter than its parts", SHAPE_FALLING, 5, 2 },
    { "window that is no multiple of its parts", SHAPE_FALLING, 1003, 9 },
    { "a day", SHAPE_FALLING, 86400000, 60000 },
};

static int32_t draw_value(enum shape shape, size_t i, struct random *random)
{
    switch (shape) {
    case SHAPE_NOISE:
        return (int32_t)random_below(random, 1000);
    case SHAPE_FALLING:
        return (int32_t)(VALUES - i);
    case SHAPE_SAW:
        return (int32_t)(100 - i % 100);
    case SHAPE_STEPS:
        return (int32_t)(i / 50 % 7);
    }
    return 0;
}

static void row_is_between_the_exact_maxima(void **state)
{
    static struct past past;
    const struct peak_row *row = *state;
    struct random random = { 5 };
    struct window_max window = { 0 };
    int64_t now_ms = 1000;
    past.count = 0;
    for (size_t i = 0; i < VALUES; i++) {
        now_ms += random_below(&random, row->pause_ms + 1);
        past.times_ms[past.count] = now_ms;
        past.values[past.count++] = draw_value(row->shape, i, &random);
        int32_t high =
            window_max_add(&window, (struct mono){ now_ms }, row->window_ms, past.values[i]);
        assert_true(high >= highest(&past, now_ms, row->window_ms));
        int64_t longer_ms = row->window_ms + max_i64(1, row->window_ms / WINDOW_MAX_PARTS);
        assert_true(high <= highest(&past, now_ms, longer_ms));
        assert_in_range(window_max_count(&window), 1, WINDOW_MAX_ENTRIES_MAX);
    }
}

static void few_values_are_exact_to_the_millisecond(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    assert_int_equal(window_max_add(&window, (struct mono){ 100 }, 300, 9), 9);
    assert_int_equal(window_max_add(&window, (struct mono){ 200 }, 300, 5), 9);
    assert_int_equal(window_max_add(&window, (struct mono){ 399 }, 300, 1), 9);
    assert_int_equal(window_max_add(&window, (struct mono){ 400 }, 300, 1), 5);
    assert_int_equal(window_max_add(&window, (struct mono){ 500 }, 300, 1), 1);
    assert_int_equal(window_max_add(&window, (struct mono){ 500 }, 300, 7), 7);
}

static void the_first_value_is_the_maximum(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    assert_int_equal(window_max_add(&window, (struct mono){ 0 }, 300000, 0), 0);
    assert_int_equal(window_max_add(&window, (struct mono){ 0 }, 300000, INT32_MAX), INT32_MAX);
}

/* Shorter windows than the one of window_max_add, after each value. */
static void row_is_between_them_in_a_shorter_window(void **state)
{
    static struct past past;
    const struct peak_row *row = *state;
    struct random random = { 6 };
    struct window_max window = { 0 };
    int64_t now_ms = 1000;
    past.count = 0;
    for (size_t i = 0; i < VALUES; i++) {
        now_ms += random_below(&random, row->pause_ms + 1);
        past.times_ms[past.count] = now_ms;
        past.values[past.count++] = draw_value(row->shape, i, &random);
        int32_t high =
            window_max_add(&window, (struct mono){ now_ms }, row->window_ms, past.values[i]);
        int64_t shorter_ms = row->window_ms * random_below(&random, 9) / 8;
        int64_t part_ms = max_i64(1, row->window_ms / WINDOW_MAX_PARTS);
        assert_true(window_max_high(&window, shorter_ms) >= highest(&past, now_ms, shorter_ms));
        assert_true(window_max_high(&window, shorter_ms) <=
                    highest(&past, now_ms, shorter_ms + part_ms));
        assert_int_equal(window_max_high(&window, row->window_ms), high);
    }
}

static void an_empty_window_is_zero(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    assert_int_equal(window_max_high(&window, 0), 0);
    assert_int_equal(window_max_high(&window, 300), 0);
}

static void a_shorter_window_is_exact_to_the_millisecond(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    window_max_add(&window, (struct mono){ 100 }, 300, 9);
    window_max_add(&window, (struct mono){ 200 }, 300, 5);
    window_max_add(&window, (struct mono){ 300 }, 300, 1);
    assert_int_equal(window_max_high(&window, 300), 9);
    assert_int_equal(window_max_high(&window, 201), 9);
    assert_int_equal(window_max_high(&window, 200), 5);
    assert_int_equal(window_max_high(&window, 101), 5);
    assert_int_equal(window_max_high(&window, 100), 1);
    /* The newest always counts. */
    assert_int_equal(window_max_high(&window, 1), 1);
    assert_int_equal(window_max_high(&window, 0), 1);
}

static void the_highest_value_leaves_after_the_window(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    assert_int_equal(window_max_end(&window, 300).ms, 0);
    window_max_add(&window, (struct mono){ 100 }, 300, 9);
    window_max_add(&window, (struct mono){ 200 }, 300, 5);
    assert_int_equal(window_max_end(&window, 300).ms, 400);
    assert_int_equal(window_max_end(&window, 100).ms, 300); /* the first value has left */
    assert_int_equal(window_max_end(&window, 0).ms, 200);
}

/* A hold of thirty minutes begins and ends in a window of fifteen. */
static void a_window_that_grows_and_shrinks_drops_old_values(void **state)
{
    (void)state;
    struct window_max window = { 0 };
    window_max_add(&window, (struct mono){ 0 }, 900, 9);
    assert_int_equal(window_max_add(&window, (struct mono){ 800 }, 1800, 1), 9);
    assert_int_equal(window_max_add(&window, (struct mono){ 1000 }, 1800, 1), 9);
    assert_int_equal(window_max_high(&window, 900), 1);
    assert_int_equal(window_max_add(&window, (struct mono){ 1700 }, 900, 1), 1);
    assert_int_equal(window_max_add(&window, (struct mono){ 1750 }, 1800, 1), 1);
}

int main(void)
{
    struct CMUnitTest shorter[COUNT_OF(peak_rows)];
    struct CMUnitTest rows[COUNT_OF(peak_rows)];
    TESTS_FROM_ROWS(rows, peak_rows, row_is_between_the_exact_maxima);
    TESTS_FROM_ROWS(shorter, peak_rows, row_is_between_them_in_a_shorter_window);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_values_are_exact_to_the_millisecond),
        cmocka_unit_test(the_first_value_is_the_maximum),
        cmocka_unit_test(an_empty_window_is_zero),
        cmocka_unit_test(a_shorter_window_is_exact_to_the_millisecond),
        cmocka_unit_test(the_highest_value_leaves_after_the_window),
        cmocka_unit_test(a_window_that_grows_and_shrinks_drops_old_values),
    };
    int failed =
        cmocka_run_group_tests_name("window_max: against a slow maximum", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("window_max: shorter windows", shorter, NULL, NULL);
    failed += cmocka_run_group_tests_name("window_max: exact", tests, NULL, NULL);
    return failed;
}

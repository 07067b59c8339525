#include "engine/sim/exact_window_max.h"
#include "engine/base/random.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>

#define VALUES 2000

static void check_against_a_search(size_t length, int64_t value_max)
{
    struct random random = { length };
    int64_t values[VALUES];
    struct exact_window_max window;
    assert_int_equal(exact_window_max_init(&window, length), 0);
    for (size_t i = 0; i < VALUES; i++) {
        size_t begin = i + 1 > length ? i + 1 - length : 0;
        values[i] = random_below(&random, value_max);
        exact_window_max_begin(&window, begin);
        exact_window_max_add(&window, i, values[i]);
        int64_t highest = 0;
        for (size_t j = begin; j <= i; j++)
            highest = values[j] > highest ? values[j] : highest;
        assert_int_equal(exact_window_max_value(&window), highest);
    }
    exact_window_max_fini(&window);
    assert_int_equal(watched_heap.live_count, 0);
}

static void it_is_the_highest_of_the_window(void **state)
{
    (void)state;
    const size_t lengths[] = { 1, 2, 3, 20, VALUES };
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        check_against_a_search(lengths[i], 5);
        check_against_a_search(lengths[i], 1000000);
    }
}

static void falling_values_fill_it(void **state)
{
    (void)state;
    struct exact_window_max window;
    assert_int_equal(exact_window_max_init(&window, 7), 0);
    for (size_t i = 0; i < 100; i++) {
        exact_window_max_begin(&window, i > 6 ? i - 6 : 0);
        exact_window_max_add(&window, i, -(int64_t)i);
        assert_int_equal(exact_window_max_value(&window), i > 6 ? 6 - (int64_t)i : 0);
    }
    /* A jump leaves nothing of it. */
    exact_window_max_begin(&window, 1000);
    exact_window_max_add(&window, 1000, -1000000);
    assert_int_equal(exact_window_max_value(&window), -1000000);
    exact_window_max_fini(&window);
}

static void memory_may_end(void **state)
{
    (void)state;
    struct exact_window_max window;
    watched_heap.succeed_count = 0;
    assert_int_equal(exact_window_max_init(&window, 7), -ENOMEM);
    watched_heap.succeed_count = -1;
    exact_window_max_fini(&window);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_highest_of_the_window),
        cmocka_unit_test(falling_values_fill_it),
        cmocka_unit_test(memory_may_end),
    };
    return cmocka_run_group_tests_name("window_max", tests, NULL, NULL);
}

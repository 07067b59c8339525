#include "engine/sim/agenda.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdlib.h>

#define MOMENTS 500

static void moments_come_out_in_order_and_not_before_they_are_due(void **state)
{
    (void)state;
    struct random random = { 1 };
    int64_t due_ms[MOMENTS];
    struct agenda agenda = { 0 };
    assert_int_equal(agenda_reserve(&agenda, MOMENTS), 0);
    for (size_t i = 0; i < MOMENTS; i++) {
        due_ms[i] = random_below(&random, 100);
        agenda_add(&agenda, due_ms[i]);
    }

    for (int64_t now_ms = 0; now_ms < 100; now_ms++) {
        size_t expected = 0;
        for (size_t i = 0; i < MOMENTS; i++)
            expected += due_ms[i] == now_ms;
        for (; expected > 0; expected--)
            assert_true(agenda_take_due(&agenda, now_ms));
        assert_false(agenda_take_due(&agenda, now_ms));
    }
    assert_int_equal(agenda.count, 0);
    agenda_fini(&agenda);
}

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

/* Some are taken out and added in between, so that the heap is no sorted list by chance. */
static void check_forgetting(size_t count)
{
    struct random random = { count };
    int64_t due_ms[MOMENTS];
    struct agenda agenda = { 0 };
    assert_int_equal(agenda_reserve(&agenda, 2 * MOMENTS), 0);
    for (size_t i = 0; i < MOMENTS; i++)
        agenda_add(&agenda, 0);
    for (size_t i = 0; i < MOMENTS; i++) {
        due_ms[i] = 1000 + random_below(&random, 1000);
        agenda_add(&agenda, due_ms[i]);
        assert_true(agenda_take_due(&agenda, 0));
    }
    agenda_forget_latest(&agenda, count);
    assert_int_equal(agenda.count, MOMENTS - count);
    agenda_add(&agenda, 999);
    assert_true(agenda_take_due(&agenda, 999));

    qsort(due_ms, MOMENTS, sizeof due_ms[0], compare);
    for (size_t i = 0; i < MOMENTS - count; i++) {
        assert_false(agenda_take_due(&agenda, due_ms[i] - 1));
        assert_true(agenda_take_due(&agenda, due_ms[i]));
    }
    assert_int_equal(agenda.count, 0);
    agenda_fini(&agenda);
}

static void the_latest_are_forgotten_and_the_rest_stays_in_order(void **state)
{
    (void)state;
    for (size_t count = 0; count <= MOMENTS; count++)
        check_forgetting(count);
}

static void no_memory_until_something_is_reserved_and_no_more_than_that(void **state)
{
    (void)state;
    struct agenda agenda = { 0 };
    assert_int_equal(agenda_reserve(&agenda, 0), 0);
    assert_null(agenda.moments_ms);
    assert_int_equal(agenda_reserve(&agenda, 3), 0);
    assert_int_equal(agenda.capacity, 3);
    assert_int_equal(agenda_reserve(&agenda, 2), 0);
    assert_int_equal(agenda.capacity, 3);
    assert_int_equal(agenda_reserve(&agenda, SIZE_MAX / 2), -ENOMEM);
    assert_int_equal(agenda.capacity, 3);
    agenda_fini(&agenda);
    agenda_fini(&agenda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_come_out_in_order_and_not_before_they_are_due),
        cmocka_unit_test(the_latest_are_forgotten_and_the_rest_stays_in_order),
        cmocka_unit_test(no_memory_until_something_is_reserved_and_no_more_than_that),
    };
    return cmocka_run_group_tests_name("agenda", tests, NULL, NULL);
}

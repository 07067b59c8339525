#include "tests/support/test.h"

#include "engine/run/override_book.h"

static struct override_book book;

static int begin(void **state)
{
    (void)state;
    book = (struct override_book){ .number_max = 6 };
    return 0;
}

static int end(void **state)
{
    (void)state;
    override_book_fini(&book);
    return 0;
}

static void an_act_that_is_in_force_is_one_override(void **state)
{
    (void)state;
    override_book_set(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, true);
    override_book_set(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, true);
    override_book_set(&book, OVERRIDE_DRY_RUN, OVERRIDE_ALL, false);
    assert_int_equal(book.count, 1);
    assert_int_equal(book.overrides[0].number, 7);
    assert_false(book.overrides[0].is_over);
}

static void each_deployment_has_its_own_pause(void **state)
{
    (void)state;
    override_book_set(&book, OVERRIDE_PAUSE, "a", true);
    override_book_set(&book, OVERRIDE_PAUSE, "b", true);
    override_book_set(&book, OVERRIDE_PAUSE, "a", false);
    assert_int_equal(book.count, 2);
    assert_true(book.overrides[0].is_over);
    assert_false(book.overrides[1].is_over);
    override_book_set(&book, OVERRIDE_PAUSE, "a", true);
    assert_int_equal(book.count, 3);
    assert_int_equal(book.overrides[2].number, 9);
}

static void one_of_an_earlier_run_is_ended_by_its_number(void **state)
{
    (void)state;
    struct restored_act restored = { .override = { .number = 3, .kind = "pause", .match = "a" } };
    assert_string_equal(override_book_restore(&book, &restored), OVERRIDE_PAUSE);
    override_book_set(&book, OVERRIDE_PAUSE, "a", false);
    assert_int_equal(book.overrides[0].number, 3);
    assert_true(book.overrides[0].is_begun);
    assert_true(book.overrides[0].is_over);
}

static void a_kind_of_another_program_is_refused(void **state)
{
    (void)state;
    struct restored_act restored = { .override = { .number = 3, .kind = "floor", .match = "a" } };
    assert_null(override_book_restore(&book, &restored));
    assert_int_equal(book.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_act_that_is_in_force_is_one_override, begin, end),
        cmocka_unit_test_setup_teardown(each_deployment_has_its_own_pause, begin, end),
        cmocka_unit_test_setup_teardown(one_of_an_earlier_run_is_ended_by_its_number, begin, end),
        cmocka_unit_test_setup_teardown(a_kind_of_another_program_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/support/test.h"

#include "engine/run/override_book.h"

#include <stdio.h>

static const struct mono now = { 1000000 };
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
    override_book_begin(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, now, 0);
    override_book_begin(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, now, 0);
    override_book_end(&book, OVERRIDE_DRY_RUN, OVERRIDE_ALL);
    assert_int_equal(book.count, 1);
    assert_int_equal(book.overrides[0].number, 7);
    assert_false(book.overrides[0].is_over);
}

static void each_deployment_has_its_own_pause(void **state)
{
    (void)state;
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 0);
    override_book_begin(&book, OVERRIDE_PAUSE, "b", now, 0);
    override_book_end(&book, OVERRIDE_PAUSE, "a");
    assert_int_equal(book.count, 2);
    assert_true(book.overrides[0].is_over);
    assert_false(book.overrides[1].is_over);
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 0);
    assert_int_equal(book.count, 3);
    assert_int_equal(book.overrides[2].number, 9);
}

static void one_of_an_earlier_run_is_ended_by_its_number(void **state)
{
    (void)state;
    struct restored_act restored = { .override = { .number = 3, .kind = "pause", .match = "a" } };
    assert_string_equal(override_book_restore(&book, &restored, now), OVERRIDE_PAUSE);
    override_book_end(&book, OVERRIDE_PAUSE, "a");
    assert_int_equal(book.overrides[0].number, 3);
    assert_true(book.overrides[0].is_begun);
    assert_true(book.overrides[0].is_over);
}

static void a_kind_of_another_program_is_refused(void **state)
{
    (void)state;
    struct restored_act restored = { .override = { .number = 3, .kind = "floor", .match = "a" } };
    assert_null(override_book_restore(&book, &restored, now));
    assert_int_equal(book.count, 0);
}

static size_t count_due(struct mono at)
{
    size_t cursor = 0;
    size_t count = 0;
    while (override_book_take_due(&book, at, &cursor))
        count++;
    return count;
}

static void a_pause_with_an_end_is_over_then(void **state)
{
    (void)state;
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 5000);
    assert_int_equal(override_book_due(&book).ms, now.ms + 5000);
    assert_int_equal(count_due((struct mono){ now.ms + 4999 }), 0);
    assert_non_null(override_book_find(&book, OVERRIDE_PAUSE, "a"));
    assert_int_equal(count_due((struct mono){ now.ms + 5000 }), 1);
    assert_null(override_book_find(&book, OVERRIDE_PAUSE, "a"));
    assert_int_equal(count_due((struct mono){ now.ms + 5000 }), 0);
    assert_int_equal(override_book_due(&book).ms, MONO_NEVER.ms);
}

static void a_pause_without_an_end_is_due_every_day(void **state)
{
    (void)state;
    override_book_begin(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, now, 0);
    for (int64_t day = 1; day <= 3; day++) {
        struct mono at = { now.ms + day * OVERRIDE_REPEAT_MS };
        assert_int_equal(override_book_due(&book).ms, at.ms);
        assert_int_equal(count_due((struct mono){ at.ms - 1 }), 0);
        assert_int_equal(count_due(at), 1);
        assert_int_equal(count_due(at), 0);
    }
    assert_non_null(override_book_find(&book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL));
}

/* Days of its life, not of the program's. */
static void a_restored_one_is_due_after_whole_days(void **state)
{
    (void)state;
    struct restored_act restored = { .override = { .number = 3, .kind = "pause", .match = "a" },
                                     .age_ms = OVERRIDE_REPEAT_MS * 3 / 2 };
    override_book_restore(&book, &restored, now);
    assert_int_equal(override_book_due(&book).ms, now.ms + OVERRIDE_REPEAT_MS / 2);
}

static void what_has_ended_meanwhile_is_due_at_once(void **state)
{
    (void)state;
    struct restored_act restored = {
        .override = { .number = 3, .kind = "pause", .match = "a", .for_ms = 9000 },
        .age_ms = 9001,
    };
    override_book_restore(&book, &restored, now);
    assert_int_equal(count_due(now), 1);
    assert_true(book.overrides[0].is_over);
}

static void another_end_replaces_a_pause(void **state)
{
    (void)state;
    override_book_act(&book, "ann", "first");
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 5000);
    override_book_act(&book, "bob", "second");
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 0);
    const struct open_override *open = override_book_find(&book, OVERRIDE_PAUSE, "a");
    assert_int_equal(open->number, 8);
    assert_string_equal(open->author, "bob");
    assert_int_equal(open->until.ms, MONO_NEVER.ms);
    assert_true(book.overrides[0].is_over);
    assert_string_equal(book.overrides[0].ended_by, "bob");
}

static void an_extension_counts_from_now(void **state)
{
    (void)state;
    override_book_begin(&book, OVERRIDE_PAUSE, "a", now, 5000);
    struct mono later = { now.ms + 4000 };
    assert_false(override_book_extend(&book, 99, later, 5000));
    assert_true(override_book_extend(&book, 7, later, 5000));
    assert_int_equal(override_book_due(&book).ms, now.ms + 9000);
}

/* Enough for several sizes of the table, ended in another order. */
static void each_of_many_is_found(void **state)
{
    (void)state;
    char id[16];
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "d-%d", i);
        override_book_begin(&book, OVERRIDE_PAUSE, id, now, i % 2 ? 5000 : 0);
    }
    assert_int_equal(count_due((struct mono){ now.ms + 5000 }), 150);
    assert_true(override_book_flush(&book, NULL));
    assert_int_equal(book.count, 150);
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "d-%d", i);
        const struct open_override *open = override_book_find(&book, OVERRIDE_PAUSE, id);
        assert_int_equal(open != NULL, i % 2 == 0);
        assert_true(!open || open == override_book_find_number(&book, 7 + i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_act_that_is_in_force_is_one_override, begin, end),
        cmocka_unit_test_setup_teardown(each_deployment_has_its_own_pause, begin, end),
        cmocka_unit_test_setup_teardown(one_of_an_earlier_run_is_ended_by_its_number, begin, end),
        cmocka_unit_test_setup_teardown(a_kind_of_another_program_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_pause_with_an_end_is_over_then, begin, end),
        cmocka_unit_test_setup_teardown(a_pause_without_an_end_is_due_every_day, begin, end),
        cmocka_unit_test_setup_teardown(a_restored_one_is_due_after_whole_days, begin, end),
        cmocka_unit_test_setup_teardown(what_has_ended_meanwhile_is_due_at_once, begin, end),
        cmocka_unit_test_setup_teardown(another_end_replaces_a_pause, begin, end),
        cmocka_unit_test_setup_teardown(an_extension_counts_from_now, begin, end),
        cmocka_unit_test_setup_teardown(each_of_many_is_found, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/support/test.h"

#include "engine/run/intent_line.h"

static struct intent_line line;

static int begin(void **state)
{
    (void)state;
    return intent_line_init(&line, 3);
}

static int end(void **state)
{
    (void)state;
    intent_line_fini(&line);
    return 0;
}

static void add(uint64_t ticket, uint32_t slot)
{
    assert_true(intent_line_add(&line, &(struct intent){ .ticket = ticket, .slot = slot }));
}

static void a_receipt_covers_the_tickets_up_to_its_last(void **state)
{
    (void)state;
    add(4, 10);
    add(7, 20);
    assert_null(intent_line_next(&line, 3));
    assert_int_equal(intent_line_next(&line, 4)->slot, 10);
    intent_line_next(&line, 4)->is_stored = true;
    assert_null(intent_line_next(&line, 6));
    assert_int_equal(intent_line_next(&line, 9)->slot, 20);
}

static void one_that_was_sent_leaves_the_others(void **state)
{
    (void)state;
    add(1, 10);
    add(2, 20);
    add(3, 30);
    intent_line_remove(&line, intent_line_find(&line, 20));
    assert_null(intent_line_find(&line, 20));
    assert_int_equal(intent_line_next(&line, 3)->slot, 10);
    assert_int_equal(intent_line_find(&line, 30)->ticket, 3);
    intent_line_remove(&line, NULL);
    assert_int_equal(line.count, 2);
}

static void no_more_than_it_was_created_for(void **state)
{
    (void)state;
    add(1, 10);
    add(2, 20);
    add(3, 30);
    assert_false(intent_line_add(&line, &(struct intent){ .ticket = 4, .slot = 40 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_receipt_covers_the_tickets_up_to_its_last, begin, end),
        cmocka_unit_test_setup_teardown(one_that_was_sent_leaves_the_others, begin, end),
        cmocka_unit_test_setup_teardown(no_more_than_it_was_created_for, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "engine/core/read_order.h"

#include "tests/support/test.h"

#include <stdio.h>

#define SITES 6

struct stand {
    struct fleet *fleet;
    struct read_order order;
    struct deployment *deployments[SITES];
    uint32_t pass;
};

static void stand_init(struct stand *stand)
{
    *stand = (struct stand){ 0 };
    assert_int_equal(fleet_create(&stand->fleet), 0);
    assert_int_equal(read_order_reserve(&stand->order, SITES), 0);
    for (size_t i = 0; i < SITES; i++) {
        char id[8];
        snprintf(id, sizeof id, "d%zu", i);
        assert_int_equal(fleet_add(stand->fleet, id, false, &stand->deployments[i]), 0);
        stand->deployments[i]->is_listed = true;
    }
}

static void stand_fini(struct stand *stand)
{
    read_order_fini(&stand->order);
    fleet_destroy(stand->fleet);
}

/* A pass that visits all, and reads those in `read`, one digit each. */
static void run_pass(struct stand *stand, const char *read)
{
    read_order_build(&stand->order, stand->fleet, ++stand->pass);
    for (size_t i = 0; i < SITES; i++)
        stand->deployments[i]->last_pass = stand->pass;
    for (; *read; read++)
        stand->deployments[*read - '0']->unread_passes = 0;
}

static void check_order(struct stand *stand, const char *others, const char *failing)
{
    char is[2][SITES + 1] = { "", "" };
    read_order_build(&stand->order, stand->fleet, ++stand->pass);
    const struct read_order *order = &stand->order;
    for (size_t i = 0; i < order->count; i++) {
        char *text = is[i >= order->failing_from];
        size_t at = i >= order->failing_from ? i - order->failing_from : i;
        text[at] = (char)('0' + order->slots[i] - stand->deployments[0]->slot);
        text[at + 1] = '\0';
    }
    assert_string_equal(is[0], others);
    assert_string_equal(is[1], failing);
}

static void the_longest_unread_are_first(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    run_pass(&stand, "0123");
    run_pass(&stand, "01");
    check_order(&stand, "452301", "");
    stand_fini(&stand);
}

static void what_is_not_listed_is_not_read(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    stand.deployments[2]->is_listed = false;
    run_pass(&stand, "");
    check_order(&stand, "01345", "");
    assert_int_equal(stand.deployments[2]->unread_passes, 0);
    stand_fini(&stand);
}

static void those_that_failed_are_last_and_take_turns(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    run_pass(&stand, "");
    for (size_t i = 0; i < 3; i++)
        stand.deployments[i]->is_failing = true;
    run_pass(&stand, "345");
    stand.deployments[1]->last_pass = 1;
    check_order(&stand, "345", "102");
    stand_fini(&stand);
}

static void those_that_are_refused_take_turns_every_second_time(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    for (size_t i = 0; i < 2; i++)
        stand.deployments[i]->limited_count = 2;
    for (int i = 0; i < 4; i++)
        run_pass(&stand, "45");
    check_order(&stand, "230145", "");
    for (size_t i = 0; i < 2; i++)
        stand.deployments[i]->limited_count++;
    check_order(&stand, "012345", "");
    stand_fini(&stand);
}

static void the_unread_are_counted(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    stand.deployments[5]->definition_fault = REASON_BAD_TARGET;
    for (int i = 0; i < UNREAD_PASSES; i++)
        run_pass(&stand, i == 0 ? "012" : "01");
    read_order_build(&stand.order, stand.fleet, ++stand.pass);
    assert_int_equal(stand.order.unread.deployments, 2);
    assert_int_equal(stand.order.unread.passes, UNREAD_PASSES);
    assert_int_equal(stand.order.unread.slot, stand.deployments[3]->slot);
    for (int i = 0; i < 300; i++)
        run_pass(&stand, "");
    assert_int_equal(stand.order.unread.deployments, 5);
    assert_int_equal(stand.order.unread.passes, UINT8_MAX);
    stand_fini(&stand);
}

static void a_cut_leaves_nothing(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    stand.deployments[0]->is_failing = true;
    check_order(&stand, "12345", "0");
    assert_true(read_order_has_others(&stand.order) && read_order_has_failing(&stand.order));
    read_order_cut(&stand.order);
    assert_true(read_order_is_done(&stand.order));
    stand_fini(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_unread_are_first),
        cmocka_unit_test(what_is_not_listed_is_not_read),
        cmocka_unit_test(those_that_failed_are_last_and_take_turns),
        cmocka_unit_test(those_that_are_refused_take_turns_every_second_time),
        cmocka_unit_test(the_unread_are_counted),
        cmocka_unit_test(a_cut_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

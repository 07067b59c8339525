#include "engine/control/change_order.h"

#include "engine/base/random.h"
#include "engine/command.h"
#include "tests/support/test.h"

#include <errno.h>
#include <string.h>

#define SLOTS 300
#define STEPS 20000

/* The slots above a number, in order, by a search of a plain table. */
static uint32_t next_above(const uint64_t *changed, uint64_t seq)
{
    uint32_t found = SLOT_NONE;
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        if (changed[slot] > seq && (found == SLOT_NONE || changed[slot] < changed[found]))
            found = slot;
    return found;
}

static void check_walk(const struct change_order *order, const uint64_t *changed, uint64_t seq)
{
    uint32_t slot = change_order_after(order, seq);
    uint64_t at = seq;
    for (;;) {
        uint32_t expected = next_above(changed, at);
        assert_int_equal(slot, expected);
        if (slot == SLOT_NONE)
            return;
        at = order->places[slot].seq;
        assert_int_equal(at, changed[slot]);
        slot = change_order_newer(order, slot);
    }
}

static void a_walk_has_each_changed_slot_once_in_the_order_of_its_last_change(void **state)
{
    (void)state;
    struct change_order order;
    struct random random;
    uint64_t changed[SLOTS] = { 0 };
    uint64_t seq = 0;
    random = (struct random){ .state = 7 };
    change_order_init(&order);
    assert_int_equal(change_order_after(&order, 0), SLOT_NONE);
    assert_int_equal(change_order_reserve(&order, SLOTS), 0);
    for (int step = 0; step < STEPS; step++) {
        uint32_t slot = (uint32_t)random_below(&random, SLOTS);
        change_order_touch(&order, slot);
        changed[slot] = ++seq;
        if (step % 997 == 0)
            check_walk(&order, changed, (uint64_t)random_below(&random, (int64_t)seq + 1));
    }
    assert_int_equal(order.seq, seq);
    check_walk(&order, changed, 0);
    check_walk(&order, changed, seq);
    change_order_fini(&order);
}

static void later_slots_are_added_behind_those_that_are_there(void **state)
{
    (void)state;
    struct change_order order;
    change_order_init(&order);
    assert_int_equal(change_order_reserve(&order, 1), 0);
    change_order_touch(&order, 0);
    assert_int_equal(change_order_reserve(&order, 5000), 0);
    change_order_touch(&order, 4999);
    assert_int_equal(change_order_after(&order, 0), 0);
    assert_int_equal(change_order_newer(&order, 0), 4999);
    assert_int_equal(change_order_newer(&order, 4999), SLOT_NONE);
    change_order_fini(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_has_each_changed_slot_once_in_the_order_of_its_last_change),
        cmocka_unit_test(later_slots_are_added_behind_those_that_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

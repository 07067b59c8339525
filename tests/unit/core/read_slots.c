#include "engine/core/read_slots.h"

#include "tests/support/test.h"

#include <stdio.h>

#define SITES 20

struct stand {
    struct fleet *fleet;
    struct read_slots slots;
    struct deployment *deployments[SITES];
};

static void stand_init(struct stand *stand)
{
    *stand = (struct stand){ 0 };
    assert_int_equal(fleet_create(&stand->fleet), 0);
    assert_int_equal(read_slots_reserve(&stand->slots, SITES), 0);
    for (size_t i = 0; i < SITES; i++) {
        char id[8];
        snprintf(id, sizeof id, "d%zu", i);
        assert_int_equal(fleet_add(stand->fleet, id, false, &stand->deployments[i]), 0);
    }
}

static void stand_fini(struct stand *stand)
{
    read_slots_fini(&stand->slots);
    fleet_destroy(stand->fleet);
}

static struct mono at(int64_t ms)
{
    return (struct mono){ ms };
}

static void start(struct stand *stand, size_t first, size_t end, int64_t now_ms)
{
    for (size_t i = first; i < end; i++)
        read_slots_start(&stand->slots, stand->deployments[i], at(now_ms));
}

static void take_back(struct stand *stand, int32_t concurrency, int64_t now_ms)
{
    read_slots_take_back(&stand->slots, stand->fleet, concurrency, at(now_ms));
}

static int64_t due(const struct stand *stand, int32_t concurrency)
{
    return read_slots_due(&stand->slots, stand->fleet, concurrency).ms;
}

static void a_slot_is_free_when_a_read_has_ended(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    start(&stand, 0, 3, 1000);
    assert_true(read_slots_has_room(&stand.slots, 4));
    assert_false(read_slots_has_room(&stand.slots, 3));
    read_slots_end(&stand.slots, stand.deployments[1]);
    assert_true(read_slots_has_room(&stand.slots, 3));
    assert_int_equal(stand.slots.in_flight, 2);
    stand_fini(&stand);
}

static void a_slow_read_gives_up_its_slot(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    start(&stand, 0, 2, 1000);
    assert_int_equal(due(&stand, 2), 1000 + READ_SLOW_MS_MIN);
    take_back(&stand, 2, 1000 + READ_SLOW_MS_MIN - 1);
    assert_false(read_slots_has_room(&stand.slots, 2));
    take_back(&stand, 2, 1000 + READ_SLOW_MS_MIN);
    assert_int_equal(stand.slots.slow, 2);
    assert_true(read_slots_has_room(&stand.slots, 1));
    read_slots_end(&stand.slots, stand.deployments[0]);
    assert_int_equal(stand.slots.slow, 1);
    assert_int_equal(stand.slots.in_flight, 1);
    stand_fini(&stand);
}

/* What is usual is the mean of the last few that have succeeded. */
static void slow_is_a_multiple_of_what_is_usual(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    for (int i = 0; i < 100; i++)
        read_slots_note_time(&stand.slots, 400, false);
    read_slots_note_time(&stand.slots, 5000, true);
    assert_int_equal(stand.slots.failed_ms, 5000);
    assert_in_range(stand.slots.usual_ms, 390, 400);
    start(&stand, 0, 1, 1000);
    assert_int_equal(due(&stand, 4), 1000 + READ_SLOW_FACTOR * stand.slots.usual_ms);
    stand_fini(&stand);
}

/* Three times the slots: then the others wait until one of them ends. */
static void reads_without_a_slot_are_bounded(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    for (size_t i = 0; i < 8; i += 2) {
        start(&stand, i, i + 2, 1000 * (int64_t)i);
        take_back(&stand, 2, 1000 * (int64_t)i + READ_SLOW_MS_MIN);
    }
    assert_int_equal(stand.slots.slow, READS_SLOW_FACTOR * 2);
    assert_false(read_slots_has_room(&stand.slots, 2));
    assert_int_equal(due(&stand, 2), MONO_NEVER.ms);
    read_slots_end(&stand.slots, stand.deployments[0]);
    take_back(&stand, 2, 9000);
    assert_true(read_slots_has_room(&stand.slots, 2));
    assert_int_equal(reads_slow_max(1000), READS_SLOW_MAX);
    stand_fini(&stand);
}

static void those_that_fail_have_a_quarter(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    for (size_t i = 0; i < 3; i++)
        stand.deployments[i]->is_failing = true;
    start(&stand, 0, 2, 1000);
    assert_true(read_slots_has_failing_room(&stand.slots, 12));
    assert_false(read_slots_has_failing_room(&stand.slots, 8));
    read_slots_end(&stand.slots, stand.deployments[0]);
    assert_true(read_slots_has_failing_room(&stand.slots, 8));
    assert_int_equal(read_slots_failing_max(1), 1);
    stand_fini(&stand);
}

/* The line has entries of reads that have ended, and of deployments that are removed. */
static void what_has_ended_leaves_the_line(void **state)
{
    (void)state;
    struct stand stand;
    stand_init(&stand);
    start(&stand, 0, SITES, 1000);
    for (size_t i = 0; i < SITES; i++)
        read_slots_end(&stand.slots, stand.deployments[i]);
    fleet_remove(stand.fleet, stand.deployments[0]);
    start(&stand, 1, 2, 2000);
    take_back(&stand, 1, 2000 + READ_SLOW_MS_MIN);
    assert_true(stand.deployments[1]->is_read_slow);
    take_back(&stand, 1, 2000 + READ_SLOW_MS_MIN);
    assert_int_equal(stand.slots.line.count, 0);
    assert_int_equal(due(&stand, 1), MONO_NEVER.ms);
    stand_fini(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_is_free_when_a_read_has_ended),
        cmocka_unit_test(a_slow_read_gives_up_its_slot),
        cmocka_unit_test(slow_is_a_multiple_of_what_is_usual),
        cmocka_unit_test(reads_without_a_slot_are_bounded),
        cmocka_unit_test(those_that_fail_have_a_quarter),
        cmocka_unit_test(what_has_ended_leaves_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

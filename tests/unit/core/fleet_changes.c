/*
 * Marks of changed slots: every reader takes every change once, at its own pace, while the fleet grows and shrinks.
 */
#include "engine/core/fleet.h"

#include "engine/base/random.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAMES 1500
#define NAME_SIZE 24

static const char *name_of(size_t index, char storage[NAME_SIZE])
{
    snprintf(storage, NAME_SIZE, "Deployment-%zu", index);
    return storage;
}

/* With one reader. */
static struct fleet *new_fleet(struct fleet_reader *reader)
{
    struct fleet *fleet = NULL;
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_attach_reader(fleet, reader), 0);
    return fleet;
}

static struct deployment *add(struct fleet *fleet, const char *id)
{
    struct deployment *deployment = NULL;
    assert_int_equal(fleet_add(fleet, id, false, &deployment), 0);
    return deployment;
}

static size_t take_all(struct fleet_reader *reader)
{
    size_t count = 0;
    while (fleet_reader_take(reader, 0) != SLOT_NONE)
        count++;
    return count;
}

static void additions_and_removals_are_marked_and_counted(void **state)
{
    (void)state;
    struct fleet_reader reader = { 0 };
    struct fleet *fleet = new_fleet(&reader);
    assert_false(fleet_reader_has_marks(&reader));
    assert_true(fleet_reader_take(&reader, 0) == SLOT_NONE);
    uint64_t version = fleet_names_version(fleet);
    struct deployment *deployment = add(fleet, "one");
    assert_true(fleet_reader_has_marks(&reader));
    assert_true(fleet_names_version(fleet) > version);
    assert_int_equal(fleet_reader_take(&reader, 0), 0);
    assert_false(fleet_reader_has_marks(&reader));
    version = fleet_names_version(fleet);
    fleet_mark(fleet, 0);
    fleet_mark_all(fleet);
    assert_true(fleet_names_version(fleet) == version);
    assert_int_equal(take_all(&reader), 1);
    fleet_remove(fleet, deployment);
    assert_true(fleet_names_version(fleet) > version);
    assert_int_equal(fleet_reader_take(&reader, 0), 0);
    assert_false(fleet_reader_has_marks(&reader));
    fleet_destroy(fleet);
}

static const struct mark_row {
    const char *name;
    uint32_t marked;
    uint32_t from;
    uint32_t taken;
} mark_rows[] = {
    /* clang-format off */
    { "the first slot",             0,    0,   0         },
    { "the slot itself",           63,   63,  63         },
    { "last of its word",          63,    0,  63         },
    { "first of its word",         64,    0,  64         },
    { "last of the word before",   63,   64,  SLOT_NONE  },
    { "one before",               100,  101,  SLOT_NONE  },
    { "one after",                100,   99, 100         },
    { "several words after",      299,    1, 299         },
    { "last of its slab",         255,  200, 255         },
    { "first of the next slab",   256,  200, 256         },
    { "from after the last one",  299,  300, SLOT_NONE   },
    { "from far after",           299, 4711, SLOT_NONE   },
    { "from SLOT_NONE",           299, SLOT_NONE, SLOT_NONE },
    /* clang-format on */
};

static void check_mark(void **state)
{
    const struct mark_row *row = *state;
    struct fleet_reader reader = { 0 };
    struct fleet *fleet = new_fleet(&reader);
    char storage[NAME_SIZE];
    for (size_t i = 0; i < 300; i++)
        add(fleet, name_of(i, storage));
    take_all(&reader);
    fleet_mark(fleet, row->marked);
    fleet_mark(fleet, row->marked);
    assert_int_equal(fleet_reader_take(&reader, row->from), row->taken);
    assert_int_equal(fleet_reader_has_marks(&reader), row->taken == SLOT_NONE);
    assert_int_equal(fleet_reader_take(&reader, 0),
                     row->taken == SLOT_NONE ? row->marked : SLOT_NONE);
    assert_false(fleet_reader_has_marks(&reader));
    fleet_destroy(fleet);
}

/* Compared with a plain array of flags, while the fleet grows. */
static void marks_equal_an_array_of_flags(void **state)
{
    (void)state;
    static bool marked[NAMES];
    struct random random = { 5 };
    struct fleet_reader reader = { 0 };
    struct fleet *fleet = new_fleet(&reader);
    char storage[NAME_SIZE];
    memset(marked, 0, sizeof marked);
    for (size_t i = 0; i < NAMES; i++) {
        struct deployment *deployment = add(fleet, name_of(i, storage));
        marked[deployment->slot] = true;
        for (int j = 0; j < 3; j++) {
            uint32_t slot = (uint32_t)random_below(&random, (int64_t)fleet_slot_count(fleet));
            uint32_t expected = slot;
            while (expected < fleet_slot_count(fleet) && !marked[expected])
                expected++;
            bool is_there = expected < fleet_slot_count(fleet);
            assert_int_equal(fleet_reader_take(&reader, slot), is_there ? expected : SLOT_NONE);
            if (is_there)
                marked[expected] = false;
            slot = (uint32_t)random_below(&random, (int64_t)fleet_slot_count(fleet));
            fleet_mark(fleet, slot);
            marked[slot] = true;
        }
    }
    fleet_mark_all(fleet);
    uint32_t next = 0;
    for (uint32_t slot = 0; (slot = fleet_reader_take(&reader, slot)) != SLOT_NONE;)
        assert_int_equal(slot, next++);
    assert_int_equal(next, NAMES);
    fleet_destroy(fleet);
}

/* --- several readers ----------------------------------------------------------------------------------------- */

static void each_reader_has_its_own_marks(void **state)
{
    (void)state;
    struct fleet_reader fast = { 0 };
    struct fleet_reader slow = { 0 };
    struct fleet *fleet = new_fleet(&fast);
    char storage[NAME_SIZE];
    for (size_t i = 0; i < 100; i++)
        add(fleet, name_of(i, storage));
    assert_int_equal(take_all(&fast), 100);
    /* One that is attached later begins with all slots. */
    assert_int_equal(fleet_attach_reader(fleet, &slow), 0);
    assert_int_equal(take_all(&slow), 100);
    fleet_mark(fleet, 7);
    assert_int_equal(fleet_reader_take(&fast, 0), 7);
    assert_false(fleet_reader_has_marks(&fast));
    fleet_mark(fleet, 90);
    assert_int_equal(fleet_reader_take(&fast, 0), 90);
    assert_int_equal(fleet_reader_take(&slow, 0), 7);
    assert_int_equal(fleet_reader_take(&slow, 0), 90);
    assert_false(fleet_reader_has_marks(&slow));
    /* A mark of one reader is not set for others. */
    fleet_reader_mark(&slow, 3);
    assert_false(fleet_reader_has_marks(&fast));
    assert_int_equal(fleet_reader_take(&slow, 0), 3);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void a_detached_reader_gets_no_marks(void **state)
{
    (void)state;
    struct fleet_reader readers[3] = { 0 };
    struct fleet *fleet = new_fleet(&readers[0]);
    add(fleet, "a");
    assert_int_equal(fleet_attach_reader(fleet, &readers[1]), 0);
    assert_int_equal(fleet_attach_reader(fleet, &readers[2]), 0);
    fleet_reader_detach(&readers[1]);
    fleet_reader_detach(&readers[1]);
    fleet_mark(fleet, 0);
    assert_false(fleet_reader_has_marks(&readers[1]));
    assert_int_equal(take_all(&readers[0]), 1);
    assert_int_equal(take_all(&readers[2]), 1);
    /* The end of the fleet detaches the others. */
    fleet_destroy(fleet);
    fleet_reader_detach(&readers[0]);
    fleet_reader_detach(&readers[2]);
    assert_false(fleet_reader_has_marks(&readers[2]));
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_no_mark_is_lost(void **state)
{
    (void)state;
    struct fleet_reader first = { 0 };
    struct fleet_reader second = { 0 };
    struct fleet *fleet = new_fleet(&first);
    char storage[NAME_SIZE];
    add(fleet, name_of(0, storage));
    heap_fail_after(0);
    assert_int_equal(fleet_attach_reader(fleet, &second), -ENOMEM);
    heap_fail_never();
    assert_false(fleet_reader_has_marks(&second));
    assert_int_equal(fleet_attach_reader(fleet, &second), 0);
    for (size_t i = 1; i < 2 * FLEET_SLAB + 2; i++) {
        struct deployment *deployment = NULL;
        for (size_t successes = 0; !deployment; successes++) {
            heap_fail_after(successes);
            int failed = fleet_add(fleet, name_of(i, storage), false, &deployment);
            heap_fail_never();
            assert_int_equal(failed, deployment ? 0 : -ENOMEM);
        }
    }
    assert_int_equal(take_all(&first), fleet_slot_count(fleet));
    assert_int_equal(take_all(&second), fleet_slot_count(fleet));
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_and_removals_are_marked_and_counted),
        cmocka_unit_test(marks_equal_an_array_of_flags),
        cmocka_unit_test(each_reader_has_its_own_marks),
        cmocka_unit_test(a_detached_reader_gets_no_marks),
        cmocka_unit_test(without_memory_no_mark_is_lost),
    };
    struct CMUnitTest marks[COUNT_OF(mark_rows)];
    TESTS_FROM_ROWS(marks, mark_rows, check_mark);
    int failed = cmocka_run_group_tests_name("fleet_changes", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("fleet_changes: marks", marks, NULL, NULL);
}

#include "engine/core/fleet.h"

#include "engine/base/random.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAMES 1500
#define CHANGES 30000
#define NAME_SIZE 24

/* The slow and obvious fleet: a name is in it or not. */
static struct deployment *known[NAMES];

static const char *name_of(size_t index, char storage[NAME_SIZE])
{
    snprintf(storage, NAME_SIZE, "Deployment-%zu", index);
    return storage;
}

static struct fleet *new_fleet(void)
{
    struct fleet *fleet = NULL;
    assert_int_equal(fleet_create(&fleet), 0);
    return fleet;
}

static struct deployment *add(struct fleet *fleet, const char *id)
{
    struct deployment *deployment = NULL;
    assert_int_equal(fleet_add(fleet, id, false, &deployment), 0);
    return deployment;
}

static void check_all(const struct fleet *fleet)
{
    char storage[NAME_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < NAMES; i++) {
        assert_ptr_equal(fleet_find(fleet, name_of(i, storage), false), known[i]);
        count += known[i] != NULL;
    }
    assert_int_equal(fleet_count(fleet), count);
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        count -= deployment != NULL;
        if (deployment)
            assert_int_equal(deployment->slot, slot);
    }
    assert_int_equal(count, 0);
}

static void coming_and_going_is_like_a_list(void **state)
{
    (void)state;
    struct random random = { 1 };
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    memset(known, 0, sizeof known);
    for (int i = 0; i < CHANGES; i++) {
        /* Phases of growing and of shrinking. */
        size_t index = (size_t)random_below(&random, NAMES);
        bool is_growing = i / 5000 % 2 == 0;
        if (!known[index] && (is_growing || random_below(&random, 8) == 0)) {
            known[index] = add(fleet, name_of(index, storage));
        } else if (known[index] && (!is_growing || random_below(&random, 8) == 0)) {
            fleet_remove(fleet, known[index]);
            known[index] = NULL;
        }
        if (i % 1000 == 0)
            check_all(fleet);
    }
    check_all(fleet);
    assert_true(fleet_slot_count(fleet) <= NAMES);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void a_new_deployment_knows_nothing(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    ledger_send(fleet_open_ledger(fleet, deployment), 1, (struct mono){ 0 }, 1);
    ledger_accept(deployment->ledger);
    deployment->failure_count = 9;
    deployment_set_detail(deployment, "broken");
    uint32_t slot = deployment->slot;
    fleet_remove(fleet, deployment);
    assert_null(fleet_at(fleet, slot));
    assert_null(fleet_find(fleet, "a", false));
    deployment = add(fleet, "b");
    assert_int_equal(deployment->slot, slot);
    assert_null(deployment->ledger);
    assert_int_equal(deployment->failure_count, 0);
    assert_null(deployment->detail);
    assert_false(deployment->is_listed);
    assert_int_equal(deployment->desired_hosts, -1);
    assert_true(deployment->scaled_at.ms == MONO_NEVER.ms);
    fleet_destroy(fleet);
}

static void deployments_are_never_moved(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *first = add(fleet, "first");
    char storage[NAME_SIZE];
    for (size_t i = 0; i < 3 * FLEET_SLAB; i++)
        add(fleet, name_of(i, storage));
    assert_ptr_equal(fleet_find(fleet, "first", false), first);
    assert_ptr_equal(fleet_at(fleet, first->slot), first);
    assert_null(fleet_at(fleet, (uint32_t)fleet_slot_count(fleet)));
    assert_null(fleet_at(fleet, SLOT_NONE));
    fleet_destroy(fleet);
}

static size_t twin_count(const struct fleet *fleet, const struct deployment *of)
{
    size_t count = 0;
    for (const struct deployment *twin = NULL; (twin = fleet_find_twin(fleet, of, twin)); count++)
        assert_ptr_not_equal(twin, of);
    return count;
}

static void twins_differ_in_letter_case_only(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *plain = add(fleet, "europe-1");
    struct deployment *upper = add(fleet, "EUROPE-1");
    struct deployment *mixed = add(fleet, "Europe-1");
    struct deployment *other = add(fleet, "europe-2");
    struct deployment *entry = NULL;
    assert_int_equal(fleet_add(fleet, "europe-1", true, &entry), 0);
    assert_int_equal(twin_count(fleet, plain), 2);
    assert_int_equal(twin_count(fleet, upper), 2);
    assert_int_equal(twin_count(fleet, other), 0);
    assert_ptr_equal(fleet_find(fleet, "europe-1", false), plain);
    assert_ptr_equal(fleet_find(fleet, "europe-1", true), entry);
    fleet_remove(fleet, mixed);
    assert_int_equal(twin_count(fleet, plain), 1);
    fleet_remove(fleet, upper);
    assert_int_equal(twin_count(fleet, plain), 0);
    fleet_destroy(fleet);
}

static void twins_are_found_in_a_crowd(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    for (size_t i = 0; i < NAMES; i++)
        known[i] = add(fleet, name_of(i, storage));
    for (size_t i = 0; i < NAMES; i += 3) {
        snprintf(storage, sizeof storage, "dePLOYment-%zu", i);
        add(fleet, storage);
    }
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(twin_count(fleet, known[i]), i % 3 == 0);
    fleet_destroy(fleet);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    size_t refusals = 0;
    for (size_t i = 0; i < 2 * FLEET_SLAB + 2; i++) {
        struct deployment *deployment = NULL;
        for (size_t successes = 0; !deployment; successes++) {
            heap_fail_after(successes);
            int failed = fleet_add(fleet, name_of(i, storage), false, &deployment);
            heap_fail_never();
            assert_int_equal(failed, deployment ? 0 : -ENOMEM);
            assert_int_equal(fleet_count(fleet), deployment ? i + 1 : i);
            assert_ptr_equal(fleet_find(fleet, storage, false), deployment);
            refusals += failed != 0;
        }
    }
    assert_true(refusals > 2 * FLEET_SLAB);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_there_is_no_ledger(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    heap_fail_after(0);
    assert_null(fleet_open_ledger(fleet, deployment));
    heap_fail_never();
    assert_null(deployment->ledger);
    assert_non_null(fleet_open_ledger(fleet, deployment));
    fleet_destroy(fleet);
    fleet_destroy(NULL);
    assert_int_equal(heap_held_count(), 0);
}

static void a_long_detail_is_cut_and_none_is_no_memory(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    char longer[2 * DETAIL_SIZE];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    deployment_set_detail(deployment, longer);
    assert_int_equal(strlen(deployment->detail), DETAIL_SIZE - 1);
    deployment_set_detail(deployment, "short");
    assert_string_equal(deployment->detail, "short");
    deployment_set_detail(deployment, "");
    assert_null(deployment->detail);
    heap_fail_after(0);
    deployment_set_detail(deployment, "no room");
    heap_fail_never();
    assert_null(deployment->detail);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

/* --- marks --------------------------------------------------------------------------------------- */

static void take_all_marks(struct fleet *fleet)
{
    while (fleet_take_mark(fleet, 0) != SLOT_NONE)
        continue;
}

static void who_comes_or_goes_is_marked_and_counted(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    assert_false(fleet_has_marks(fleet));
    assert_true(fleet_take_mark(fleet, 0) == SLOT_NONE);
    uint64_t version = fleet_names_version(fleet);
    struct deployment *deployment = add(fleet, "one");
    assert_true(fleet_has_marks(fleet));
    assert_true(fleet_names_version(fleet) > version);
    assert_int_equal(fleet_take_mark(fleet, 0), 0);
    assert_false(fleet_has_marks(fleet));
    version = fleet_names_version(fleet);
    fleet_mark(fleet, 0);
    fleet_mark_all(fleet);
    assert_true(fleet_names_version(fleet) == version);
    take_all_marks(fleet);
    fleet_remove(fleet, deployment);
    assert_true(fleet_names_version(fleet) > version);
    assert_int_equal(fleet_take_mark(fleet, 0), 0);
    assert_false(fleet_has_marks(fleet));
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
    { "one behind",               100,   99, 100         },
    { "several words behind",     299,    1, 299         },
    { "last of its slab",         255,  200, 255         },
    { "first of the next slab",   256,  200, 256         },
    { "from behind the last one", 299,  300, SLOT_NONE   },
    { "from far behind",          299, 4711, SLOT_NONE   },
    { "from no slot at all",      299, SLOT_NONE, SLOT_NONE },
    /* clang-format on */
};

static void check_mark(void **state)
{
    const struct mark_row *row = *state;
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    for (size_t i = 0; i < 300; i++)
        add(fleet, name_of(i, storage));
    take_all_marks(fleet);
    fleet_mark(fleet, row->marked);
    fleet_mark(fleet, row->marked);
    assert_int_equal(fleet_take_mark(fleet, row->from), row->taken);
    assert_int_equal(fleet_has_marks(fleet), row->taken == SLOT_NONE);
    assert_int_equal(fleet_take_mark(fleet, 0), row->taken == SLOT_NONE ? row->marked : SLOT_NONE);
    assert_false(fleet_has_marks(fleet));
    fleet_destroy(fleet);
}

/* Beside a plain array of flags, while the fleet grows. */
static void marks_are_like_an_array_of_flags(void **state)
{
    (void)state;
    static bool marked[NAMES];
    struct random random = { 5 };
    struct fleet *fleet = new_fleet();
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
            assert_int_equal(fleet_take_mark(fleet, slot), is_there ? expected : SLOT_NONE);
            if (is_there)
                marked[expected] = false;
            slot = (uint32_t)random_below(&random, (int64_t)fleet_slot_count(fleet));
            fleet_mark(fleet, slot);
            marked[slot] = true;
        }
    }
    fleet_mark_all(fleet);
    uint32_t next = 0;
    for (uint32_t slot = 0; (slot = fleet_take_mark(fleet, slot)) != SLOT_NONE;)
        assert_int_equal(slot, next++);
    assert_int_equal(next, NAMES);
    fleet_destroy(fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coming_and_going_is_like_a_list),
        cmocka_unit_test(a_new_deployment_knows_nothing),
        cmocka_unit_test(deployments_are_never_moved),
        cmocka_unit_test(twins_differ_in_letter_case_only),
        cmocka_unit_test(twins_are_found_in_a_crowd),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(without_memory_there_is_no_ledger),
        cmocka_unit_test(a_long_detail_is_cut_and_none_is_no_memory),
        cmocka_unit_test(who_comes_or_goes_is_marked_and_counted),
        cmocka_unit_test(marks_are_like_an_array_of_flags),
    };
    struct CMUnitTest marks[COUNT_OF(mark_rows)];
    TESTS_FROM_ROWS(marks, mark_rows, check_mark);
    int failed = cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("fleet: marks", marks, NULL, NULL);
}

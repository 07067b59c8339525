#include "engine/core/fleet.h"

#include "engine/base/random.h"
#include "engine/core/record_pool.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAMES 1500
#define CHANGES 30000
#define NAME_SIZE 24

/* A slow and obvious fleet: an array of flags. */
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

static void additions_and_removals_equal_a_plain_list(void **state)
{
    (void)state;
    struct random random = { 1 };
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    memset(known, 0, sizeof known);
    for (int i = 0; i < CHANGES; i++) {
        /* Phases of growth and of shrinking. */
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

static void a_new_deployment_has_no_data(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    ledger_send(fleet_open_ledger(fleet, deployment), 1, (struct mono){ 0 },
                &(struct ledger_timeouts){ 1, 1, 1 });
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

/* The lowest slab is filled first, so that others become empty. */
static void empty_slabs_are_freed(void **state)
{
    (void)state;
    static struct deployment *all[3 * FLEET_SLAB];
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    for (size_t i = 0; i < 3 * FLEET_SLAB; i++)
        all[i] = add(fleet, name_of(i, storage));
    assert_true(fleet_reserve_status_version(fleet, all[FLEET_SLAB]));
    fleet_remove(fleet, all[7]);
    for (size_t i = FLEET_SLAB; i < 2 * FLEET_SLAB; i++)
        fleet_remove(fleet, all[i]);
    size_t held = heap_held_count();
    fleet_trim(fleet);
    assert_int_equal(heap_held_count(), held - 2);
    assert_null(fleet_at(fleet, FLEET_SLAB));
    assert_int_equal(fleet_slot_count(fleet), 3 * FLEET_SLAB);
    assert_ptr_equal(fleet_find(fleet, name_of(2 * FLEET_SLAB, storage), false),
                     all[2 * FLEET_SLAB]);
    assert_int_equal(add(fleet, "a")->slot, 7);
    struct deployment *again = add(fleet, "b");
    assert_int_equal(again->slot, FLEET_SLAB);
    assert_string_equal(fleet_status_version(fleet, again), "");
    for (size_t i = 1; i < FLEET_SLAB; i++)
        add(fleet, name_of(FLEET_SLAB + i, storage));
    assert_int_equal(add(fleet, "c")->slot, 3 * FLEET_SLAB);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void an_empty_fleet_needs_little(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    char storage[NAME_SIZE];
    for (size_t i = 0; i < NAMES; i++)
        known[i] = add(fleet, name_of(i, storage));
    for (size_t i = 0; i < NAMES; i++)
        fleet_remove(fleet, known[i]);
    heap_fail_after(0);
    fleet_trim(fleet);
    heap_fail_never();
    fleet_trim(fleet);
    assert_int_equal(heap_held_count(), 2); /* the fleet and its index */
    assert_null(fleet_find(fleet, name_of(0, storage), false));
    assert_int_equal(add(fleet, "a")->slot, 0);
    fleet_destroy(fleet);
}

static size_t count_case_variants(const struct fleet *fleet, const struct deployment *of)
{
    size_t count = 0;
    for (const struct deployment *twin = NULL; (twin = fleet_find_twin(fleet, of, twin)); count++)
        assert_ptr_not_equal(twin, of);
    return count;
}

static void ids_that_differ_in_letter_case_only_are_found(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *plain = add(fleet, "europe-1");
    struct deployment *upper = add(fleet, "EUROPE-1");
    struct deployment *mixed = add(fleet, "Europe-1");
    struct deployment *other = add(fleet, "europe-2");
    struct deployment *entry = NULL;
    assert_int_equal(fleet_add(fleet, "europe-1", true, &entry), 0);
    assert_int_equal(count_case_variants(fleet, plain), 2);
    assert_int_equal(count_case_variants(fleet, upper), 2);
    assert_int_equal(count_case_variants(fleet, other), 0);
    assert_ptr_equal(fleet_find(fleet, "europe-1", false), plain);
    assert_ptr_equal(fleet_find(fleet, "europe-1", true), entry);
    fleet_remove(fleet, mixed);
    assert_int_equal(count_case_variants(fleet, plain), 1);
    fleet_remove(fleet, upper);
    assert_int_equal(count_case_variants(fleet, plain), 0);
    fleet_destroy(fleet);
}

/* Ids of other scripts, of each length, and those that become ASCII. */
static void letter_case_is_that_of_every_script(void **state)
{
    (void)state;
    static const char *const twins[][2] = {
        { "m\u00fcnchen", "M\u00dcNCHEN" },
        { "\u03a3\u03b1\u03c3", "\u03c3\u0391\u03c2" },
        { "\u043c\u043e\u0441", "\u041c\u041e\u0421" },
        { "strasse", "STRA\u00dfE" },
        { "stra\u00dfe", "STRA\u1e9eE" },
        { "kelvin", "\u212aelvin" },
        { "o\ufb03ce", "OFFICE" },
        { "\U00010428x", "\U00010400X" },
    };
    static const char *const others[][2] = {
        { "m\u00fcnchen", "munchen" },
        { "\u00e9", "\u00e8" },
        { "stra\u00dfe", "strase" },
        { "\u0131", "i" },
    };
    for (size_t i = 0; i < COUNT_OF(twins); i++) {
        struct fleet *fleet = new_fleet();
        struct deployment *first = add(fleet, twins[i][0]);
        struct deployment *second = add(fleet, twins[i][1]);
        assert_int_equal(count_case_variants(fleet, first), 1);
        assert_int_equal(count_case_variants(fleet, second), 1);
        assert_ptr_equal(fleet_find(fleet, twins[i][0], false), first);
        fleet_remove(fleet, first);
        assert_ptr_equal(fleet_find(fleet, twins[i][1], false), second);
        fleet_destroy(fleet);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct fleet *fleet = new_fleet();
        struct deployment *first = add(fleet, others[i][0]);
        add(fleet, others[i][1]);
        assert_int_equal(count_case_variants(fleet, first), 0);
        fleet_destroy(fleet);
    }
}

/* The longest id, of letters that grow most. */
static void the_longest_id_is_folded(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    char id[ID_SIZE_MAX + 1] = "";
    for (size_t i = 0; i < ID_SIZE_MAX; i += 2)
        memcpy(id + i, "\u0390", 2);
    id[ID_SIZE_MAX] = '\0';
    struct deployment *deployment = add(fleet, id);
    assert_int_equal(count_case_variants(fleet, deployment), 0);
    memset(id, '\xff', ID_SIZE_MAX);
    assert_int_equal(count_case_variants(fleet, add(fleet, id)), 0);
    fleet_destroy(fleet);
}

static void such_ids_are_found_in_a_large_fleet(void **state)
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
        assert_int_equal(count_case_variants(fleet, known[i]), i % 3 == 0);
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

static void keeps_a_version_until_the_slot_is_used_again(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *a = add(fleet, "a");
    struct deployment *b = add(fleet, "b");
    size_t held = heap_held_count();
    fleet_set_status_version(fleet, a, "");
    assert_string_equal(fleet_status_version(fleet, a), "");
    assert_int_equal(heap_held_count(), held);
    assert_true(fleet_reserve_status_version(fleet, a));
    fleet_set_status_version(fleet, a, "4711");
    assert_string_equal(fleet_status_version(fleet, a), "4711");
    assert_string_equal(fleet_status_version(fleet, b), "");
    assert_true(fleet_reserve_status_version(fleet, b));
    assert_int_equal(heap_held_count(), held + 1);
    fleet_remove(fleet, a);
    assert_string_equal(fleet_status_version(fleet, add(fleet, "c")), "");
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_there_is_no_version(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    heap_fail_after(0);
    assert_false(fleet_reserve_status_version(fleet, deployment));
    heap_fail_never();
    assert_string_equal(fleet_status_version(fleet, deployment), "");
    fleet_destroy(fleet);
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

static const struct ledger_timeouts timeouts = { 600000, 600000, 60000 };

static void send_orders(struct ledger *ledger, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ledger_send(ledger, (int32_t)i + 1, (struct mono){ (int64_t)i * 300000 }, &timeouts);
        ledger->key.number = i + 1;
        ledger_accept(ledger);
    }
}

static void a_ledger_at_rest_holds_what_the_whole_one_did(void **state)
{
    (void)state;
    struct ledger before;
    struct ledger after;
    for (size_t count = 0; count <= LEDGER_ENTRIES_MAX; count++) {
        struct fleet *fleet = new_fleet();
        struct deployment *deployment = add(fleet, "a");
        send_orders(fleet_open_ledger(fleet, deployment), count);
        ledger_copy(&before, deployment->ledger);
        fleet_rest_ledger(fleet, deployment);
        assert_int_equal(deployment->ledger->size_class != 0, count <= 4);
        ledger_copy(&after, deployment->ledger);
        assert_memory_equal(&after, &before, sizeof after);
        assert_int_equal(ledger_pending_hosts(deployment->ledger), count * (count + 1) / 2);
        struct ledger *whole = fleet_open_ledger(fleet, deployment);
        assert_int_equal(whole->size_class, 0);
        assert_memory_equal(whole, &before, sizeof *whole);
        fleet_destroy(fleet);
    }
    assert_int_equal(heap_held_count(), 0);
}

static void a_ledger_with_a_fall_stays_whole(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    struct ledger *ledger = fleet_open_ledger(fleet, deployment);
    send_orders(ledger, 1);
    ledger->fall.count = 1;
    fleet_rest_ledger(fleet, deployment);
    assert_ptr_equal(deployment->ledger, ledger);
    ledger->fall.count = 0;
    fleet_rest_ledger(fleet, deployment);
    assert_int_not_equal(deployment->ledger->size_class, 0);
    fleet_remove(fleet, deployment);
    fleet_rest_ledger(fleet, add(fleet, "b"));
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_a_ledger_stays_where_it_is(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    struct ledger *whole = fleet_open_ledger(fleet, deployment);
    send_orders(whole, 1);
    heap_fail_after(0);
    fleet_rest_ledger(fleet, deployment);
    heap_fail_never();
    assert_ptr_equal(deployment->ledger, whole);
    fleet_rest_ledger(fleet, deployment);
    for (int i = 0; i < RECORDS_PER_SLAB; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%d", i);
        fleet_open_ledger(fleet, add(fleet, id));
    }
    heap_fail_after(0);
    assert_null(fleet_open_ledger(fleet, deployment));
    heap_fail_never();
    assert_int_equal(ledger_pending_hosts(deployment->ledger), 1);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

/* At some time of the day all deployments of a large fleet have orders, one or two mostly. */
static void a_ledger_at_rest_is_small(void **state)
{
    (void)state;
    assert_true(2 * ledger_size_of(2) < sizeof(struct ledger));
    assert_true(ledger_size_of(1) <= 208);
}

static void without_memory_there_is_no_account_of_growth(void **state)
{
    (void)state;
    struct fleet *fleet = new_fleet();
    struct deployment *deployment = add(fleet, "a");
    heap_fail_after(0);
    assert_null(fleet_open_growth(fleet, deployment));
    heap_fail_never();
    assert_non_null(fleet_open_growth(fleet, deployment));
    assert_ptr_equal(fleet_open_growth(fleet, deployment), deployment->growth);
    fleet_close_growth(fleet, deployment);
    assert_null(deployment->growth);
    fleet_open_growth(fleet, deployment);
    fleet_remove(fleet, deployment);
    fleet_destroy(fleet);
    assert_int_equal(heap_held_count(), 0);
}

static void a_long_detail_is_cut_and_an_empty_one_is_freed(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(additions_and_removals_equal_a_plain_list),
        cmocka_unit_test(a_new_deployment_has_no_data),
        cmocka_unit_test(deployments_are_never_moved),
        cmocka_unit_test(empty_slabs_are_freed),
        cmocka_unit_test(an_empty_fleet_needs_little),
        cmocka_unit_test(ids_that_differ_in_letter_case_only_are_found),
        cmocka_unit_test(letter_case_is_that_of_every_script),
        cmocka_unit_test(the_longest_id_is_folded),
        cmocka_unit_test(such_ids_are_found_in_a_large_fleet),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(without_memory_there_is_no_ledger),
        cmocka_unit_test(a_ledger_at_rest_holds_what_the_whole_one_did),
        cmocka_unit_test(a_ledger_with_a_fall_stays_whole),
        cmocka_unit_test(without_memory_a_ledger_stays_where_it_is),
        cmocka_unit_test(a_ledger_at_rest_is_small),
        cmocka_unit_test(without_memory_there_is_no_account_of_growth),
        cmocka_unit_test(keeps_a_version_until_the_slot_is_used_again),
        cmocka_unit_test(without_memory_there_is_no_version),
        cmocka_unit_test(a_long_detail_is_cut_and_an_empty_one_is_freed),
    };
    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL);
}

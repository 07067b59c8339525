/*
 * What the readers of the reconciler are passed: marks of changed deployments, the version, and the outlook.
 */
#include "engine/core/reconciler.h"

#include "engine/base/arith.h"
#include "tests/support/operator_fixture.h"
#include "tests/support/test.h"
#include "tests/support/watch.h"

#include <string.h>

static struct watch watch;

/* --- marks, outlook -------------------------------------------------------------------------------- */

static void every_change_sets_marks_and_the_version(void **state)
{
    (void)state;
    sites(3, 11);
    run_on(MINUTE);
    struct fleet_reader reader = { 0 };
    assert_int_equal(reconciler_attach_reader(world.reconciler, &reader), 0);
    assert_true(fleet_reader_has_marks(&reader));
    uint32_t last = SLOT_NONE;
    for (uint32_t slot = 0; (slot = fleet_reader_take(&reader, slot)) != SLOT_NONE;)
        last = slot;
    assert_int_equal(last, 2);
    assert_false(fleet_reader_has_marks(&reader));
    uint64_t version = reconciler_version(world.reconciler);
    assert_true(send_command_about(COMMAND_PAUSE, 1));
    assert_true(reconciler_version(world.reconciler) != version);
    assert_int_equal(fleet_reader_take(&reader, 0), world_deployment(&world, 1)->slot);
    assert_false(fleet_reader_has_marks(&reader));
    assert_true(send_command(COMMAND_PAUSE_ALL));
    for (uint32_t slot = 0; slot < 3; slot++)
        assert_int_equal(fleet_reader_take(&reader, slot), slot);
    world_fini(&world);
}

static void a_discovery_that_changes_nothing_marks_nothing(void **state)
{
    (void)state;
    sites(3, 11);
    run_on(10 * SECOND);
    struct fleet_reader reader = { 0 };
    assert_int_equal(reconciler_attach_reader(world.reconciler, &reader), 0);
    while (fleet_reader_take(&reader, 0) != SLOT_NONE)
        continue;
    uint64_t names = fleet_names_version(reconciler_fleet(world.reconciler));
    world.read_ms = 10 * SECOND;
    assert_true(send_command(COMMAND_DISCOVERY));
    world_run(&world, 5 * SECOND);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    assert_false(fleet_reader_has_marks(&reader));
    world.sites[1].is_listed = false;
    assert_true(send_command(COMMAND_DISCOVERY));
    world_run(&world, 200);
    assert_int_equal(fleet_reader_take(&reader, 0), world_deployment(&world, 1)->slot);
    assert_true(fleet_names_version(reconciler_fleet(world.reconciler)) == names);
    world_fini(&world);
}

static const struct fault_row {
    const char *name;
    enum reason fault;
    int32_t servers_per_host;
    int32_t target_percent;
    bool is_listed;
} fault_rows[] = {
    { "a definition turns bad", REASON_BAD_SERVERS_PER_HOST, 10, 15, true },
    { "hosts of another size", REASON_NONE, 12, 15, true },
    { "hosts of quite another size", REASON_NONE, 100, 15, true },
    { "another target", REASON_NONE, 10, 30, true },
    { "it is not listed", REASON_NONE, 10, 15, false },
};

/* The watch fails the test when a change of a list has no mark. Reads take longer than the test runs. */
static void row_is_marked_at_its_start_and_at_its_end(void **state)
{
    const struct fault_row *row = *state;
    sites(12, 11);
    world.config.is_dry_run = true;
    run_on(10 * SECOND);
    world.read_ms = 10 * SECOND;
    watch_world(&watch, &world);
    struct site before = world.sites[5];
    world.sites[5].definition_fault = row->fault;
    world.sites[5].truth.servers_per_host = row->servers_per_host;
    world.sites[5].target_free_ppb = row->target_percent * SHARE_PERCENT;
    world.sites[5].is_listed = row->is_listed;
    for (int i = 0; i < 2; i++) {
        struct sight was = watch.sights[world_deployment(&world, 5)->slot];
        assert_true(send_command(COMMAND_DISCOVERY));
        world_run(&world, SECOND);
        const struct sight *sight = &watch.sights[world_deployment(&world, 5)->slot];
        assert_memory_not_equal(sight, &was, sizeof was);
        world_run(&world, 90 * SECOND);
        world.sites[5].definition_fault = before.definition_fault;
        world.sites[5].truth.servers_per_host = before.truth.servers_per_host;
        world.sites[5].target_free_ppb = before.target_free_ppb;
        world.sites[5].is_listed = before.is_listed;
    }
    world_fini(&world);
}

static void the_outlook_has_the_next_times(void **state)
{
    (void)state;
    struct reconciler_outlook outlook;
    sites(1, 11);
    run_on(10 * SECOND);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_true(outlook.next_pass.ms > world.now.ms);
    assert_in_range(outlook.next_discovery.ms - world.now.ms, 49 * SECOND, 51 * SECOND);
    assert_int_equal(outlook.discovery_failed_at.ms, MONO_NEVER.ms);
    assert_int_equal(outlook.trouble->since.ms, MONO_NEVER.ms);
    world.discoveries = (struct script){ ANSWER_UNAUTHORIZED, FOREVER };
    world_run(&world, 5 * MINUTE);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_in_range(world.now.ms - outlook.discovery_failed_at.ms, 4 * MINUTE, 5 * MINUTE);
    assert_int_equal(outlook.trouble->since.ms, outlook.discovery_failed_at.ms);
    assert_true(strlen(outlook.trouble->text) > 0);
    assert_in_range(world.now.ms - outlook.last_read.ms, 0, 10 * SECOND);
    reconciler_stop(world.reconciler, world.now);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_true(outlook.is_stopping);
    assert_int_equal(outlook.next_pass.ms, MONO_NEVER.ms);
    world_fini(&world);
}

/* The newest status ages while the API is dead; the first error stays until a whole pass succeeds. */
static void the_outlook_has_the_trouble_and_the_last_read(void **state)
{
    (void)state;
    struct reconciler_outlook outlook;
    sites(2, 11);
    run_on(10 * SECOND);
    for (size_t i = 0; i < 2; i++)
        world.sites[i].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_run(&world, 5 * MINUTE);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    struct mono since = outlook.trouble->since;
    struct mono last_read = outlook.last_read;
    assert_in_range(world.now.ms - last_read.ms, 4 * MINUTE, 6 * MINUTE);
    assert_true(since.ms > last_read.ms);
    world.sites[0].reads = (struct script){ 0 };
    world_run(&world, 5 * MINUTE);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_int_equal(outlook.trouble->since.ms, since.ms);
    assert_true(outlook.last_read.ms > last_read.ms);
    world.sites[1].reads = (struct script){ 0 };
    world_run(&world, 5 * MINUTE);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_int_equal(outlook.trouble->since.ms, MONO_NEVER.ms);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_sets_marks_and_the_version),
        cmocka_unit_test(a_discovery_that_changes_nothing_marks_nothing),
        cmocka_unit_test(the_outlook_has_the_next_times),
        cmocka_unit_test(the_outlook_has_the_trouble_and_the_last_read),
    };
    struct CMUnitTest faults[COUNT_OF(fault_rows)];
    TESTS_FROM_ROWS(faults, fault_rows, row_is_marked_at_its_start_and_at_its_end);
    int failed = cmocka_run_group_tests_name("reconciler marks", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reconciler marks: faults", faults, NULL, NULL);
}

/*
 * Lists that lose deployments, or name bad ones.
 */
#include "engine/core/reconciler.h"

#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

static void an_unlisted_deployment_is_not_scaled_and_is_kept(void **state)
{
    (void)state;
    one_site(false, 10, 90);
    world_add_sites(&world, 5, true, 11, 90);
    struct site *site = &world.sites[0];
    site->boot_ms = 9 * MINUTE;
    run_on(10 * SECOND);
    assert_int_equal(site->scale_count, 1);
    site->is_listed = false;
    world_run(&world, 2 * MINUTE);
    int32_t reads = site->read_count;
    assert_int_equal(reason_of(0), REASON_GONE);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(site->read_count, reads);
    site->is_listed = true;
    world_run(&world, 40 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    world_fini(&world);
}

static void an_unlisted_deployment_is_removed_after_its_time(void **state)
{
    (void)state;
    one_site(false, 11, 90);
    world_add_sites(&world, 1, true, 11, 90);
    run_on(MINUTE);
    world.sites[0].is_listed = false;
    world_run(&world, GONE_KEEP_MS);
    assert_non_null(world_deployment(&world, 0));
    world_run(&world, 3 * MINUTE);
    assert_null(world_deployment(&world, 0));
    world_fini(&world);
}

static void a_late_status_does_not_list_a_deployment_again(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world_add_sites(&world, 5, true, 11, 90);
    world.read_ms = 25 * SECOND;
    run_on(50 * SECOND);
    world.sites[0].is_listed = false;
    reconciler_request_discovery(world.reconciler, world.now);
    world_run(&world, 20 * SECOND);
    assert_int_equal(reason_of(0), REASON_GONE);
    assert_int_equal(world_deployment(&world, 0)->action, ACTION_HELD);
    world_fini(&world);
}

static void a_list_that_loses_many_stops_shrinking(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 10, true, 19, 160);
    run_on(MINUTE - 1);
    for (size_t i = 0; i < 4; i++)
        world.sites[i].is_listed = false;
    for (size_t i = 0; i < 10; i++)
        world.sites[i].demand = 80;
    site_set_demand(&world.sites[9], 190);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(world.events[EVENT_DISCOVERY_SHRANK], 1);
    assert_int_equal(reason_of(4), REASON_DISCOVERY_SHRANK);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(world.sites[i].scale_count, 0);
    assert_int_equal(world.sites[9].scale_count, 1);
    world_run(&world, 2 * MINUTE);
    for (size_t i = 4; i < 9; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world_fini(&world);
}

static void a_complete_list_ends_the_latch_at_once(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 10, true, 19, 160);
    run_on(MINUTE - 1);
    for (size_t i = 0; i < 4; i++)
        world.sites[i].is_listed = false;
    world_run(&world, MINUTE);
    assert_int_equal(world.events[EVENT_DISCOVERY_SHRANK], 1);
    for (size_t i = 0; i < 4; i++)
        world.sites[i].is_listed = true;
    for (size_t i = 0; i < 10; i++)
        world.sites[i].demand = 80;
    world_run(&world, 7 * MINUTE);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world_fini(&world);
}

static void list_only(size_t from, size_t count)
{
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].is_listed = i >= from && i < from + count;
}

/* Ten, five, two, five: the latch ends only with as many as before the first loss. */
static void an_incomplete_list_does_not_end_the_latch(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 10, true, 19, 160);
    run_on(MINUTE - 1);
    list_only(0, 5);
    world_run(&world, MINUTE);
    list_only(0, 2);
    world_run(&world, MINUTE);
    list_only(0, 5);
    for (size_t i = 0; i < 10; i++)
        world.sites[i].demand = 80;
    world_run(&world, 8 * MINUTE);
    assert_int_equal(world.events[EVENT_DISCOVERY_SHRANK], 2);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(world.sites[i].scale_count, 0);
    world_fini(&world);
}

/* Three of nine are lost while three others return. */
static void returning_deployments_do_not_hide_a_loss(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 12, true, 11, 90);
    run_on(MINUTE - 1);
    for (size_t i = 9; i < 12; i++) {
        world.sites[i].is_listed = false;
        world_run(&world, MINUTE);
    }
    assert_int_equal(world.events[EVENT_DISCOVERY_SHRANK], 0);
    list_only(3, 9);
    world_run(&world, MINUTE);
    assert_int_equal(world.events[EVENT_DISCOVERY_SHRANK], 1);
    world_fini(&world);
}

/* A scale ends after its definition became bad: its outcome is shown until the next list. */
static void a_bad_definition_is_shown_again_after_a_scale(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world_add_sites(&world, 5, true, 11, 90);
    world.sites[0].scales = (struct script){ ANSWER_LOST, 1 };
    run_on(SECOND);
    assert_int_equal(world.sites[0].scale_count, 1);
    world.sites[0].definition_fault = REASON_DUPLICATE_ID;
    reconciler_request_discovery(world.reconciler, world.now);
    world_run(&world, SECOND);
    assert_int_equal(reason_of(0), REASON_DUPLICATE_ID);
    world_run(&world, 10 * SECOND);
    assert_int_equal(reason_of(0), REASON_UNCONFIRMED);
    world_run(&world, MINUTE);
    assert_int_equal(reason_of(0), REASON_DUPLICATE_ID);
    assert_int_equal(world_deployment(&world, 0)->action, ACTION_HELD);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unlisted_deployment_is_not_scaled_and_is_kept),
        cmocka_unit_test(an_unlisted_deployment_is_removed_after_its_time),
        cmocka_unit_test(a_late_status_does_not_list_a_deployment_again),
        cmocka_unit_test(a_list_that_loses_many_stops_shrinking),
        cmocka_unit_test(a_complete_list_ends_the_latch_at_once),
        cmocka_unit_test(an_incomplete_list_does_not_end_the_latch),
        cmocka_unit_test(returning_deployments_do_not_hide_a_loss),
        cmocka_unit_test(a_bad_definition_is_shown_again_after_a_scale),
    };
    return cmocka_run_group_tests_name("reconciler lists", tests, NULL, NULL);
}

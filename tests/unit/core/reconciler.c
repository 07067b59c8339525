/*
 * The reconciler: when discoveries and passes begin, how it stops, and what memory it takes.
 */
#include "engine/core/reconciler.h"

#include "tests/support/counting_heap.h"
#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

/* --- cadence --------------------------------------------------------------------------------------------------- */

static void a_pass_follows_each_discovery_and_each_interval(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(10 * MINUTE - 1);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 10);
    assert_int_equal(world_count(&world, EFFECT_READ, 0, 0), 20);
    int64_t start_ms = world.log[0].at.ms;
    int32_t reads = 0;
    for (size_t i = 0; i < world.log_count; i++) {
        int64_t at_ms = world.log[i].at.ms - start_ms;
        if (world.log[i].kind == EFFECT_DISCOVER)
            assert_int_equal(at_ms % MINUTE, 0);
        else
            assert_in_range(at_ms - reads++ * 30 * SECOND, 0, 100);
    }
    world_fini(&world);
}

static const struct discovery_row {
    const char *name;
    enum answer answer;
    bool is_retried;
} discovery_rows[] = {
    { "an error never stops passes", ANSWER_ERROR, true },
    { "a timeout never stops passes", ANSWER_TIMEOUT, true },
    { "401 never stops passes", ANSWER_UNAUTHORIZED, false },
    { "an empty list never stops passes", ANSWER_EMPTY, false },
};

static void row_never_stops_passes(void **state)
{
    const struct discovery_row *row = *state;
    one_site(true, 10, 90);
    run_on(MINUTE - 1);
    int32_t reads = world.sites[0].read_count;
    world.discoveries = (struct script){ row->answer, FOREVER };
    int64_t from_ms = world.now.ms;
    world_run(&world, 20 * MINUTE);
    assert_in_range(world.sites[0].read_count - reads, 35, 62);
    assert_false(reconciler_is_discovery_ok(world.reconciler));
    assert_true(world_deployment(&world, 0)->is_listed);
    int32_t discoveries = world_count(&world, EFFECT_DISCOVER, ALL, from_ms);
    assert_in_range(discoveries, row->is_retried ? 30 : 17, row->is_retried ? 60 : 21);
    world.discoveries.left = 0;
    world_run(&world, 2 * MINUTE);
    assert_true(reconciler_is_discovery_ok(world.reconciler));
    world_fini(&world);
}

static void without_a_discovery_there_is_no_pass(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.discoveries = (struct script){ ANSWER_ERROR, FOREVER };
    run_on(10 * MINUTE);
    assert_int_equal(world.sites[0].read_count, 0);
    world.discoveries.left = 0;
    world_run(&world, 2 * MINUTE);
    assert_true(world.sites[0].read_count > 0);
    world_fini(&world);
}

static void slow_passes_do_not_overlap_and_are_logged(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.read_ms = 40 * SECOND;
    run_on(20 * MINUTE);
    assert_in_range(world.sites[0].read_count, 28, 30);
    assert_int_equal(world.requests_high, 1);
    assert_in_range(world.events[EVENT_PASS_OVERRUN], 27, 30);
    world_fini(&world);
}

static void a_pass_of_more_than_two_intervals_is_logged_once(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.config.discovery_interval_ms = 60 * SECOND;
    world.read_ms = 64 * SECOND;
    run_on(20 * MINUTE);
    assert_in_range(world.events[EVENT_PASS_OVERRUN], 17, 20);
    world_fini(&world);
}

static void requested_passes_are_not_overruns(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(MINUTE);
    for (int i = 0; i < 50; i++) {
        reconciler_request_pass(world.reconciler, world.now);
        world_run(&world, 7 * SECOND + 13);
    }
    assert_int_equal(world.events[EVENT_PASS_OVERRUN], 0);
    world_fini(&world);
}

static void a_request_starts_a_pass_and_a_discovery_at_once(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(5 * SECOND);
    assert_int_equal(world.sites[0].read_count, 1);
    reconciler_request_pass(world.reconciler, world.now);
    world_run(&world, SECOND);
    assert_int_equal(world.sites[0].read_count, 2);
    reconciler_request_discovery(world.reconciler, world.now);
    world_run(&world, SECOND);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    assert_int_equal(world.sites[0].read_count, 3);
    world_fini(&world);
}

/* Seven reads and seven scales. */
static void requests_in_flight_never_exceed_the_limit(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 100, true, 10, 90);
    world.config.concurrency = 7;
    run_on(10 * SECOND);
    assert_in_range(world.requests_high, 7, 14);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, 0), 100);
    world_fini(&world);
}

/* --- stop and once --------------------------------------------------------------------------------------------- */

/* Reads and discoveries in flight are awaited too. */
static void a_stop_awaits_reads_and_discoveries(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.discovery_ms = 2 * SECOND;
    world.read_ms = 2 * SECOND;
    run_on(SECOND);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 2 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    world_fini(&world);
    one_site(true, 11, 90);
    world.read_ms = 2 * SECOND;
    run_on(SECOND);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 2 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    world_fini(&world);
}

/* The effects do not depend on the sink of events. */
static void events_need_no_sink(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    run_on(10 * MINUTE);
    uint64_t scales = (uint64_t)world.sites[0].scale_count;
    world_fini(&world);
    one_site(true, 10, 90);
    assert_int_equal(
        reconciler_create(&world.config, 1, (struct event_sink){ 0 }, world.now, &world.reconciler),
        0);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, scales);
    world_fini(&world);
}

static void stopping_starts_nothing_new(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 100, true, 10, 90);
    world.config.concurrency = 8;
    world.scale_ms = 2 * SECOND;
    run_on(SECOND);
    assert_true(reconciler_scales_in_flight(world.reconciler) > 0);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    int64_t from_ms = world.now.ms + 1;
    int32_t sent = world_count(&world, EFFECT_SCALE, ALL, 0);
    world_run(&world, 5 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(reconciler_scales_accepted(world.reconciler), sent);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, from_ms), 0);
    assert_int_equal(world_count(&world, EFFECT_READ, ALL, from_ms), 0);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, from_ms), 0);
    world_fini(&world);
}

static void once_is_one_discovery_and_one_pass(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.config.is_once = true;
    world.sites[0].reads = (struct script){ ANSWER_ERROR, 1 };
    run_on(10 * MINUTE);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 1);
    assert_int_equal(world.sites[0].read_count, 2);
    assert_int_equal(world.sites[0].scale_count, 1);
    assert_int_equal(reconciler_pass(world.reconciler)->scaled, 1);
    assert_false(reconciler_pass(world.reconciler)->is_running);
    world_fini(&world);
}

static void once_ends_without_a_list(void **state)
{
    (void)state;
    static const enum answer answers[] = { ANSWER_ERROR, ANSWER_UNAUTHORIZED, ANSWER_EMPTY };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        one_site(true, 10, 90);
        world.config.is_once = true;
        world.discoveries = (struct script){ answers[i], FOREVER };
        run_on(MINUTE);
        assert_true(reconciler_is_finished(world.reconciler));
        assert_int_equal(reconciler_is_discovery_ok(world.reconciler), answers[i] == ANSWER_EMPTY);
        assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0),
                         answers[i] == ANSWER_ERROR ? 3 : 1);
        world_fini(&world);
    }
}

/* A report is wanted now, not after the wait. */
static void once_does_not_wait_for_a_long_retry_after(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.config.is_once = true;
    world.retry_after_ms = 15 * MINUTE;
    world.discoveries = (struct script){ ANSWER_BUSY, FOREVER };
    run_on(2 * MINUTE);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_false(reconciler_is_discovery_ok(world.reconciler));
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 1);
    world_fini(&world);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

static void run_restless(int minutes)
{
    for (int i = 0; i < minutes; i++) {
        for (size_t at = 0; at < world.site_count; at++)
            site_set_demand(&world.sites[at], 60 + (int32_t)random_below(&world.random, 60));
        world_run(&world, MINUTE);
    }
}

/* Known is a fleet whose orders have been as many as they become: a ledger takes memory by how many it holds. */
static void a_thousand_passes_over_a_known_fleet_take_no_memory(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 200, true, 10, 90);
    run_on(3 * MINUTE);
    run_restless(60);
    size_t taken = heap_taken_count();
    run_restless(500);
    assert_true(reconciler_pass(world.reconciler)->number >= 1000);
    assert_true(reconciler_scales_accepted(world.reconciler) > 1000);
    assert_int_equal(heap_taken_count(), taken);
    world_fini(&world);
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_there_is_no_reconciler(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    struct reconciler *reconciler = NULL;
    for (size_t successes = 0; !reconciler; successes++) {
        heap_fail_after(successes);
        int failed =
            reconciler_create(&world.config, 1, (struct event_sink){ 0 }, world.now, &reconciler);
        heap_fail_never();
        assert_int_equal(failed, reconciler ? 0 : -12);
        assert_int_equal(heap_held_count() > 0, reconciler != NULL);
    }
    reconciler_destroy(reconciler);
    reconciler_destroy(NULL);
    assert_int_equal(heap_held_count(), 0);
}

static void without_memory_the_old_list_stays(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 100, true, 11, 90);
    run_on(MINUTE - 1);
    world_add_sites(&world, 200, true, 10, 90);
    heap_fail_after(150);
    world_run(&world, 5 * MINUTE);
    heap_fail_never();
    assert_false(reconciler_is_discovery_ok(world.reconciler));
    assert_int_equal(world.events[EVENT_DISCOVERY_FAILED], 5);
    for (size_t i = 0; i < world.site_count; i++)
        assert_in_range(world.sites[i].read_count, i < 100 ? 10 : 0, i < 100 ? 14 : 0);
    world_run(&world, 2 * MINUTE);
    for (size_t i = 100; i < world.site_count; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world_fini(&world);
    assert_int_equal(heap_held_count(), 0);
}

/* A scale that the ledger cannot record is not sent. */
static void without_memory_nothing_is_sent(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    site_set_demand(&world.sites[0], 100);
    heap_fail_after(0);
    world_run(&world, MINUTE);
    heap_fail_never();
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(reason_of(0), REASON_NO_MEMORY);
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_fini(&world);
}

/* The text of the failure is lost, the failure is not. */
static void without_memory_a_failure_is_logged(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    world.sites[0].reads = (struct script){ ANSWER_MISSING, FOREVER };
    heap_fail_after(0);
    world_run(&world, MINUTE);
    heap_fail_never();
    assert_int_equal(world.events[EVENT_STATUS_FAILED], 1);
    assert_int_equal(reason_of(0), REASON_MISSING);
    assert_null(world_deployment(&world, 0)->detail);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_follows_each_discovery_and_each_interval),
        cmocka_unit_test(without_a_discovery_there_is_no_pass),
        cmocka_unit_test(slow_passes_do_not_overlap_and_are_logged),
        cmocka_unit_test(a_pass_of_more_than_two_intervals_is_logged_once),
        cmocka_unit_test(requested_passes_are_not_overruns),
        cmocka_unit_test(a_request_starts_a_pass_and_a_discovery_at_once),
        cmocka_unit_test(requests_in_flight_never_exceed_the_limit),
        cmocka_unit_test(a_stop_awaits_reads_and_discoveries),
        cmocka_unit_test(events_need_no_sink),
        cmocka_unit_test(stopping_starts_nothing_new),
        cmocka_unit_test(once_is_one_discovery_and_one_pass),
        cmocka_unit_test(once_does_not_wait_for_a_long_retry_after),
        cmocka_unit_test(once_ends_without_a_list),
        cmocka_unit_test(a_thousand_passes_over_a_known_fleet_take_no_memory),
        cmocka_unit_test(without_memory_there_is_no_reconciler),
        cmocka_unit_test(without_memory_the_old_list_stays),
        cmocka_unit_test(without_memory_nothing_is_sent),
        cmocka_unit_test(without_memory_a_failure_is_logged),
    };
    struct CMUnitTest discoveries[COUNT_OF(discovery_rows)];
    TESTS_FROM_ROWS(discoveries, discovery_rows, row_never_stops_passes);
    int failed = cmocka_run_group_tests_name("reconciler", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reconciler: discoveries", discoveries, NULL, NULL);
}

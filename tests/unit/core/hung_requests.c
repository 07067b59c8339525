/* The reconciler, with requests that take longer than the interval of the passes: they delay no other deployment. */
#include "engine/core/reconciler.h"

#include "tests/support/test.h"
#include "tests/support/world.h"

#define SECOND ((int64_t)1000)
#define INTERVAL SECOND
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;

/* Requests that hang end after 5 s, which are five passes. */
static void fleet_of(size_t count)
{
    world_init(&world, 1);
    world_add_sites(&world, count, true, 11, 90);
    world.config.pass_interval_ms = INTERVAL;
    world.config.discovery_interval_ms = 10 * MINUTE;
}

static const struct hang_row {
    const char *name;
    size_t count;
    size_t hung;
    int32_t concurrency;
    enum answer answer;
} hang_rows[] = {
    { "one of two", 2, 1, 32, ANSWER_TIMEOUT },
    { "one of twenty", 20, 1, 32, ANSWER_TIMEOUT },
    { "one of two, with a single slot", 2, 1, 1, ANSWER_TIMEOUT },
    { "as many as may be slow", 20, 12, 4, ANSWER_TIMEOUT },
    { "half of the fleet", 40, 20, 8, ANSWER_TIMEOUT },
};

/* Every other deployment is read in each pass; those that hang are tried again as soon as they have ended. */
static void row_delays_no_pass(void **state)
{
    const struct hang_row *row = *state;
    fleet_of(row->count);
    world.config.concurrency = row->concurrency;
    world.config.retries = 0;
    for (size_t i = 0; i < row->hung; i++)
        world.sites[i].reads = (struct script){ row->answer, FOREVER };
    world_start(&world);
    world_run(&world, 10 * SECOND);
    int64_t from_ms = world.now.ms;
    int32_t overruns = world.events[EVENT_PASS_OVERRUN];
    world_run(&world, MINUTE);
    for (size_t i = row->hung; i < row->count; i++)
        assert_in_range(world_count(&world, EFFECT_READ, i, from_ms), 58, 61);
    for (size_t i = 0; i < row->hung; i++)
        assert_in_range(world_count(&world, EFFECT_READ, i, 0), 1, 15);
    assert_true(world_count(&world, EFFECT_READ, 0, from_ms) > 0);
    assert_int_equal(world.events[EVENT_PASS_OVERRUN], overruns);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_READ_TIMEOUT);
    world_fini(&world);
}

/* The status that comes after a few passes is decided on, once, and is not asked for again before. */
static void a_belated_status_is_of_the_pass_in_which_it_comes(void **state)
{
    (void)state;
    fleet_of(2);
    world.read_ms = 2 * SECOND + INTERVAL / 2;
    world_start(&world);
    world_run(&world, 20 * SECOND);
    for (size_t i = 0; i < 2; i++) {
        assert_in_range(world.sites[i].read_count, 6, 10);
        assert_int_equal(world_deployment(&world, i)->action, ACTION_NONE);
        assert_true(world_deployment(&world, i)->has_status);
    }
    world_fini(&world);
}

static const struct age_row {
    const char *name;
    int64_t read_ms;
    bool is_used;
} age_rows[] = {
    { "used up to its age", STATUS_AGE_MS_MIN, true },
    { "not used beyond it", STATUS_AGE_MS_MIN + 1, false },
};

/* The age counts from the request, in whatever pass the response comes. */
static void row_is_used_by_its_age(void **state)
{
    const struct age_row *row = *state;
    fleet_of(2);
    world.read_ms = row->read_ms;
    int64_t start_ms = world.now.ms;
    world_start(&world);
    world_run(&world, 15 * SECOND);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_true(reconciler_pass(world.reconciler)->number > 10);
    assert_int_equal(world.sites[0].read_count, 2);
    assert_int_equal(deployment->has_status, row->is_used);
    assert_int_equal(deployment->reason == REASON_STALE_STATUS, !row->is_used);
    if (row->is_used)
        assert_in_range(deployment->status_at.ms, start_ms, start_ms + SECOND);
    world_fini(&world);
}

/* Passes that are shorter than the least time of a slow read. */
static void short_passes_do_not_wait_for_reads_that_are_slow_already(void **state)
{
    (void)state;
    fleet_of(2);
    world.config.pass_interval_ms = 100;
    world.read_ms = 10;
    world.sites[0].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, SECOND);
    int64_t from_ms = world.now.ms;
    world_run(&world, 3 * SECOND);
    assert_in_range(world_count(&world, EFFECT_READ, 1, from_ms), 29, 31);
    assert_int_equal(world_count(&world, EFFECT_READ, 0, 0), 1);
    world_fini(&world);
}

/* A response may come in the time that is skipped. */
static bool is_call_due(int64_t until_ms)
{
    for (size_t i = 0; i < world.call_count; i++)
        if (world.calls[i].due.ms <= until_ms)
            return true;
    return false;
}

/* A loop wakes up later than it asked for. */
static void a_late_timer_is_no_overrun(void **state)
{
    (void)state;
    fleet_of(2);
    world.sites[0].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, 10 * SECOND);
    uint32_t first = reconciler_pass(world.reconciler)->number;
    int32_t overruns = world.events[EVENT_PASS_OVERRUN];
    for (int64_t i = 0; i < 200; i++) {
        int64_t due_ms = reconciler_wakeup(world.reconciler).ms;
        world_run(&world, due_ms - world.now.ms - 1);
        if (!is_call_due(due_ms + i % 7))
            world.now.ms = due_ms + i % 7;
        else
            world_run(&world, SECOND / 10);
    }
    assert_true(reconciler_pass(world.reconciler)->number > first + 20);
    assert_int_equal(world.events[EVENT_PASS_OVERRUN], overruns);
    world_fini(&world);
}

/* All hang, so that the breaker opens; later they respond. */
static void no_pass_waits_for_a_probe_that_hangs(void **state)
{
    (void)state;
    fleet_of(24);
    world.config.retries = 0;
    for (size_t i = 0; i < 24; i++)
        world.sites[i].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, 10 * SECOND);
    assert_int_equal(world.events[EVENT_BREAKER_OPENED], 1);
    uint32_t first = reconciler_pass(world.reconciler)->number;
    int32_t reads = world_count(&world, EFFECT_READ, ALL, 0);
    world_run(&world, 10 * SECOND);
    assert_in_range(reconciler_pass(world.reconciler)->number, first + 9, first + 11);
    assert_in_range(world_count(&world, EFFECT_READ, ALL, 0), reads + 5, reads + 15);
    for (size_t i = 0; i < 24; i++)
        world.sites[i].reads = (struct script){ 0 };
    world_run(&world, 3 * SECOND);
    assert_int_equal(world.events[EVENT_BREAKER_CLOSED], 1);
    for (size_t i = 0; i < 24; i++)
        world.sites[i].read_count = 0;
    world_run(&world, 10 * SECOND);
    for (size_t i = 0; i < 24; i++)
        assert_in_range(world.sites[i].read_count, 5, 11);
    world_fini(&world);
}

static void a_scale_that_hangs_delays_no_pass(void **state)
{
    (void)state;
    fleet_of(2);
    world.sites[0].scales = (struct script){ ANSWER_LOST, FOREVER };
    world_start(&world);
    world_run(&world, 5 * SECOND);
    site_set_demand(&world.sites[0], 130);
    int64_t from_ms = world.now.ms;
    world_run(&world, 5 * SECOND);
    assert_int_equal(world_count(&world, EFFECT_SCALE, 0, from_ms), 1);
    assert_in_range(world_count(&world, EFFECT_READ, 1, from_ms), 4, 6);
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].applied_count, 1);
    assert_int_equal(world.events[EVENT_SCALE_CONFIRMED], 1);
    assert_int_equal(world.events[EVENT_PASS_OVERRUN], 0);
    world_fini(&world);
}

static void a_requested_pass_waits_for_no_read_that_hangs(void **state)
{
    (void)state;
    fleet_of(2);
    world.config.pass_interval_ms = MINUTE;
    world.sites[0].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, SECOND);
    assert_int_equal(world.sites[1].read_count, 1);
    reconciler_request_pass(world.reconciler, world.now);
    world_run(&world, SECOND);
    assert_int_equal(world.sites[0].read_count, 1);
    assert_int_equal(world.sites[1].read_count, 2);
    world_fini(&world);
}

static void a_stop_waits_for_the_reads_that_hang(void **state)
{
    (void)state;
    fleet_of(2);
    world.sites[0].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, 3 * SECOND);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 4 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    world_fini(&world);
}

static void a_single_pass_awaits_all(void **state)
{
    (void)state;
    fleet_of(2);
    world.config.is_once = true;
    world.config.retries = 0;
    world.sites[0].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    world_start(&world);
    world_run(&world, 3 * SECOND);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 4 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(reconciler_pass(world.reconciler)->number, 1);
    assert_int_equal(reconciler_pass(world.reconciler)->failed, 1);
    world_fini(&world);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(hang_rows)];
    TESTS_FROM_ROWS(rows, hang_rows, row_delays_no_pass);
    struct CMUnitTest ages[COUNT_OF(age_rows)];
    TESTS_FROM_ROWS(ages, age_rows, row_is_used_by_its_age);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_belated_status_is_of_the_pass_in_which_it_comes),
        cmocka_unit_test(short_passes_do_not_wait_for_reads_that_are_slow_already),
        cmocka_unit_test(a_late_timer_is_no_overrun),
        cmocka_unit_test(no_pass_waits_for_a_probe_that_hangs),
        cmocka_unit_test(a_scale_that_hangs_delays_no_pass),
        cmocka_unit_test(a_requested_pass_waits_for_no_read_that_hangs),
        cmocka_unit_test(a_stop_waits_for_the_reads_that_hang),
        cmocka_unit_test(a_single_pass_awaits_all),
    };
    int failed = cmocka_run_group_tests_name("hung requests: reads", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("hung requests: ages", ages, NULL, NULL);
    return failed + cmocka_run_group_tests_name("hung requests", tests, NULL, NULL);
}

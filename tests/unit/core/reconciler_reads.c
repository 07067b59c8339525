/*
 * Reads of statuses: retries, the breaker, slots, and the waits that the API requests.
 */
#include "engine/core/reconciler_state.h"

#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>

/* --- reads ----------------------------------------------------------------------------------------------------- */

static void a_failed_read_is_retried_within_its_pass(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.sites[0].reads = (struct script){ ANSWER_ERROR, 2 };
    run_on(20 * SECOND);
    assert_int_equal(world.sites[0].read_count, 3);
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    assert_int_equal(world.events[EVENT_STATUS_RETRIED], 2);
    assert_int_equal(world.events[EVENT_STATUS_FAILED], 0);
    world_fini(&world);
}

static const struct read_row {
    const char *name;
    enum answer answer;
    int32_t reads; /* in one pass */
    enum action action;
    enum reason reason;
} read_rows[] = {
    { "500 is tried three times", ANSWER_ERROR, 3, ACTION_FAILED, REASON_READ_FAILED },
    { "a timeout is tried three times", ANSWER_TIMEOUT, 3, ACTION_FAILED, REASON_READ_TIMEOUT },
    { "400 is final", ANSWER_REFUSED, 1, ACTION_FAILED, REASON_READ_FAILED },
    { "404 is final", ANSWER_MISSING, 1, ACTION_FAILED, REASON_MISSING },
    { "401 is final", ANSWER_UNAUTHORIZED, 1, ACTION_FAILED, REASON_UNAUTHORIZED },
    { "garbage is final", ANSWER_GARBAGE, 1, ACTION_HELD, REASON_BAD_STATUS },
    { "an implausible status is final", ANSWER_IMPLAUSIBLE, 1, ACTION_HELD,
      REASON_FREE_ABOVE_TOTAL },
};

static void row_causes_no_scale(void **state)
{
    const struct read_row *row = *state;
    one_site(true, 10, 90);
    world_add_sites(&world, 5, true, 10, 90);
    world.sites[0].reads = (struct script){ row->answer, FOREVER };
    run_on(29 * SECOND);
    assert_int_equal(world.sites[0].read_count, row->reads);
    assert_int_equal(world_deployment(&world, 0)->action, row->action);
    assert_int_equal(reason_of(0), row->reason);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    for (size_t i = 1; i < world.site_count; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world.sites[0].reads.left = 0;
    world_run(&world, 30 * SECOND);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_fini(&world);
}

static void a_failing_api_gets_few_more_requests(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 250, true, 11, 90);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads = (struct script){ ANSWER_ERROR, FOREVER };
    run_on(29 * SECOND);
    assert_in_range(world_count(&world, EFFECT_READ, ALL, 0), 250, 250 + 250 / 10 + 64);
    int64_t from_ms = world.now.ms;
    world_run(&world, 10 * MINUTE);
    assert_in_range(world_count(&world, EFFECT_READ, ALL, from_ms), 20, 20 * 4);
    assert_int_equal(world.events[EVENT_BREAKER_OPENED], 1);
    world_fini(&world);
}

static void the_breaker_closes_when_a_probe_succeeds(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 40, true, 10, 90);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    run_on(5 * MINUTE);
    assert_int_equal(world.events[EVENT_BREAKER_OPENED], 1);
    assert_int_equal(world.events[EVENT_BREAKER_CLOSED], 0);
    /* Every pass without a status is logged, although the breaker suppresses single failures. */
    assert_true(world.events[EVENT_PASS_BLIND] >= 9);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads.left = 0;
    world_run(&world, MINUTE);
    assert_int_equal(world.events[EVENT_BREAKER_CLOSED], 1);
    for (size_t i = 0; i < world.site_count; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world_fini(&world);
}

/* One of 300 deployments has a valid definition: each pass finds it for its probe. */
static void a_probe_is_found_among_bad_definitions(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 300, true, 11, 90);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads = (struct script){ ANSWER_ERROR, FOREVER };
    run_on(5 * MINUTE);
    assert_int_equal(world.events[EVENT_BREAKER_OPENED], 1);
    for (size_t i = 0; i < 299; i++)
        world.sites[i].definition_fault = REASON_DUPLICATE_ID;
    world_run(&world, 2 * MINUTE);
    int32_t reads = world.sites[299].read_count;
    uint32_t pass = reconciler_pass(world.reconciler)->number;
    world_run(&world, 10 * MINUTE);
    assert_int_equal(world.sites[299].read_count - reads,
                     reconciler_pass(world.reconciler)->number - pass);
    world_fini(&world);
}

/* An outage ends for a part of the deployments: these must not wait for those that still fail. */
static void failing_deployments_do_not_stop_others(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 300, true, 10, 90);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads = (struct script){ ANSWER_ERROR, FOREVER };
    run_on(5 * MINUTE);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads.left = i < 270 ? FOREVER : 0;
    world_run(&world, 30 * MINUTE);
    for (size_t i = 270; i < world.site_count; i++)
        assert_int_equal(world.sites[i].scale_count, 1);
    world_fini(&world);
}

/* --- single reads: the test decides their order and outcome ---------------------------------------------------- */

/* The number of reads that wait for a retry is limited, however large the fleet is. */
static void waiting_retries_have_a_maximum(void **state)
{
    (void)state;
    static uint32_t slots[MANY];
    assert_int_equal(start_many(MANY, MANY, slots), MANY);
    for (size_t i = 0; i < RETRIES_WAITING_MAX + 10; i++)
        end_read(slots[i], REASON_READ_FAILED, true);
    assert_int_equal(world.events[EVENT_STATUS_RETRIED], RETRIES_WAITING_MAX);
    assert_int_equal(world.events[EVENT_STATUS_FAILED], 10);
    world_fini(&world);
}

static void cancel_read(uint32_t slot)
{
    struct read_result result = { .is_cancelled = true, .retry_after_ms = RETRY_AFTER_NONE };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
}

/*
 * The breaker opens when 20 reads in a row have failed: ten of one pass, ten of the next. That one reads those ten last,
 * five at a time, and the other five are the probes. Three fail, and the pass is given up. Reads in flight still end,
 * with or without success, and none of them is retried.
 */
static void a_pass_that_was_given_up_retries_nothing(void **state)
{
    (void)state;
    uint32_t slots[20];
    assert_int_equal(start_many(20, 20, slots), 20);
    fail_reads(slots, 0, 10);
    for (size_t i = 10; i < 20; i++)
        cancel_read(slots[i]);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(next_read(), slots[(10 + i) % 20]);
    for (size_t i = 10; i < 13; i++)
        end_read(slots[i], REASON_READ_FAILED, true);
    fail_reads(slots, 13, 18);
    fail_reads(slots, 0, 5);
    assert_int_equal(world.events[EVENT_BREAKER_OPENED], 1);
    for (size_t i = 0; i < 3; i++)
        end_read(next_read(), REASON_READ_FAILED, false);
    end_read(slots[18], REASON_NONE, false);
    assert_int_equal(world.events[EVENT_BREAKER_CLOSED], 1);
    end_read(slots[19], REASON_READ_FAILED, true);
    assert_int_equal(world.events[EVENT_STATUS_RETRIED], 3);
    world_fini(&world);
}

/* --- which reads have a slot ------------------------------------------------------------------------------------ */

/* Reads that hang give up their slots after READ_SLOW_MS_MIN; the others are read in the meantime. */
static void reads_that_hang_stop_nobody(void **state)
{
    (void)state;
    enum { HUNG = 12, COUNT = 40 };
    world_init(&world, 1);
    world_add_sites(&world, COUNT, true, 11, 90);
    world.config.concurrency = 4;
    for (size_t i = 0; i < HUNG; i++)
        world.sites[i].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    run_on(4 * SECOND);
    for (size_t i = HUNG; i < COUNT; i++)
        assert_int_equal(world.sites[i].read_count, 1);
    world_run(&world, 10 * MINUTE);
    for (size_t i = 0; i < COUNT; i++)
        assert_in_range(world.sites[i].read_count, 2, i < HUNG ? 60 : 22);
    for (size_t i = HUNG; i < COUNT; i++)
        assert_true(world.sites[i].read_count >= 19);
    /* The first pass knows nothing of them, and their timeout is as long as the interval. */
    assert_true(world.events[EVENT_PASS_OVERRUN] <= 1);
    world_fini(&world);
}

/* Two of eight slots, after all others; one that works again is read with the others in the next pass. */
static void those_that_failed_come_last(void **state)
{
    (void)state;
    uint32_t slots[20], failing[2];
    assert_int_equal(start_many(20, 20, slots), 20);
    fail_reads(slots, 0, 6);
    for (size_t i = 6; i < 20; i++)
        end_read(slots[i], REASON_NONE, false);
    world.config.concurrency = 8;
    reconciler_configure(world.reconciler, &world.config, world.now);
    for (size_t i = 6; i < 20; i++) {
        assert_int_equal(next_read(), slots[i]);
        end_read(slots[i], REASON_NONE, false);
    }
    struct effect effect;
    for (size_t i = 0; i < 2; i++)
        failing[i] = next_read();
    assert_false(reconciler_next(world.reconciler, world.now, &effect));
    assert_int_equal(failing[0], slots[0]);
    end_read(failing[1], REASON_NONE, false);
    assert_int_equal(next_read(), slots[2]);
    world_fini(&world);
}

/* The next pass is not late because of them, and begins with those that were not tried. */
static void a_pass_does_not_wait_for_those_that_failed(void **state)
{
    (void)state;
    enum { COUNT = 24 };
    world_init(&world, 1);
    world_add_sites(&world, COUNT, true, 11, 90);
    world.config.concurrency = 4;
    world.config.retries = 0;
    for (size_t i = 0; i < COUNT / 2; i++)
        world.sites[i].reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    run_on(30 * MINUTE);
    assert_int_equal(world.events[EVENT_PASS_OVERRUN], 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(world.sites[i].read_count >= 10);
    world_fini(&world);
}

/* A discovery puts off the next pass; a pass that is running does not try more of those that hang for that. */
static void discoveries_do_not_prolong_a_pass(void **state)
{
    (void)state;
    enum { COUNT = 30, FAILING = 20 };
    world_init(&world, 1);
    world_add_sites(&world, COUNT, true, 11, 90);
    world.config.concurrency = 4;
    world.config.retries = 0;
    world.config.discovery_interval_ms = 20 * SECOND;
    for (size_t i = 0; i < FAILING; i++)
        world.sites[i].reads =
            (struct script){ i % 2 == 0 ? ANSWER_TIMEOUT : ANSWER_MISSING, FOREVER };
    run_on(30 * MINUTE);
    /* A pass lasts for an interval, and for one that hangs. */
    for (size_t i = FAILING; i < COUNT; i++)
        assert_in_range(world.sites[i].read_count, 48, 91);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(world.sites[i].read_count >= 3);
    world_fini(&world);
}

/* Scales do not wait for reads. */
static void scales_have_slots_of_their_own(void **state)
{
    (void)state;
    uint32_t slots[2];
    struct effect effect;
    assert_int_equal(start_many(2, 1, slots), 1);
    end_read(slots[0], REASON_NONE, false);
    slots[1] = next_read();
    struct command command = {
        .kind = COMMAND_SCALE, .slot = slots[0], .delta = 1, .is_forced = true
    };
    struct command_ack ack;
    snprintf(command.id, sizeof command.id, "%s",
             fleet_at(reconciler_fleet(world.reconciler), slots[0])->id);
    assert_true(reconciler_command(world.reconciler, world.now, &command, &ack));
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    assert_int_equal(effect.kind, EFFECT_SCALE);
    world_fini(&world);
}

/* --- waits that the API requests ------------------------------------------------------------------------------- */

static void retry_after_of_a_read_is_kept(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.retry_after_ms = 100 * SECOND;
    world.sites[0].reads = (struct script){ ANSWER_BUSY, 1 };
    run_on(100 * SECOND);
    assert_int_equal(world.sites[0].read_count, 1);
    world_run(&world, 30 * SECOND);
    assert_int_equal(world.sites[0].read_count, 2);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_fini(&world);
}

static void a_short_retry_after_is_kept_within_the_pass(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.retry_after_ms = 10 * SECOND;
    world.sites[0].reads = (struct script){ ANSWER_BUSY, 1 };
    run_on(29 * SECOND);
    assert_int_equal(world.sites[0].read_count, 2);
    assert_true(world.log[2].at.ms - world.log[1].at.ms >= 10 * SECOND);
    world_fini(&world);
}

static void the_error_text_ends_with_the_failure(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.sites[0].scales = (struct script){ ANSWER_REFUSED, 1 };
    run_on(10 * SECOND);
    assert_int_equal(reason_of(0), REASON_SCALE_REFUSED);
    assert_string_equal(world_deployment(&world, 0)->detail, "scripted");
    world_run(&world, 2 * MINUTE);
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    assert_null(world_deployment(&world, 0)->detail);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_that_hang_stop_nobody),
        cmocka_unit_test(those_that_failed_come_last),
        cmocka_unit_test(a_pass_does_not_wait_for_those_that_failed),
        cmocka_unit_test(discoveries_do_not_prolong_a_pass),
        cmocka_unit_test(scales_have_slots_of_their_own),
        cmocka_unit_test(a_failed_read_is_retried_within_its_pass),
        cmocka_unit_test(a_failing_api_gets_few_more_requests),
        cmocka_unit_test(the_breaker_closes_when_a_probe_succeeds),
        cmocka_unit_test(a_probe_is_found_among_bad_definitions),
        cmocka_unit_test(failing_deployments_do_not_stop_others),
        cmocka_unit_test(retry_after_of_a_read_is_kept),
        cmocka_unit_test(a_short_retry_after_is_kept_within_the_pass),
        cmocka_unit_test(the_error_text_ends_with_the_failure),
        cmocka_unit_test(waiting_retries_have_a_maximum),
        cmocka_unit_test(a_pass_that_was_given_up_retries_nothing),
    };
    struct CMUnitTest reads[COUNT_OF(read_rows)];
    TESTS_FROM_ROWS(reads, read_rows, row_causes_no_scale);
    int failed = cmocka_run_group_tests_name("reconciler reads", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reconciler reads: outcomes", reads, NULL, NULL);
}

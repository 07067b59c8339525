#include "engine/core/reconciler_state.h"

#include "engine/base/arith.h"
#include "engine/core/schedule.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;

/* Ninety busy servers need eleven hosts. */
static void one_site(bool is_counted_when_ordered, int32_t hosts, int32_t busy)
{
    world_init(&world, 1);
    world_add_sites(&world, 1, is_counted_when_ordered, hosts, busy);
}

static void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

static enum reason reason_of(size_t site)
{
    return world_deployment(&world, site)->reason;
}

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

#define MANY 11000

/* Lists this number of deployments; returns the number of reads in flight, with their slots. */
static size_t start_many(size_t count, int32_t concurrency, uint32_t *ret_slots)
{
    static struct definition definitions[MANY];
    static char ids[MANY][8];
    for (size_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "%zu", i);
        definitions[i] = (struct definition){ ids[i], 10, 15 * SHARE_PERCENT, REASON_NONE, NULL };
    }
    struct discovery_result list = { .discovery = { definitions, count }, .is_ok = true };
    struct effect effect;
    world_init(&world, 1);
    world.config.concurrency = concurrency;
    world_start(&world);
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    reconciler_discovery_done(world.reconciler, world.now, &list);
    size_t requested = 0;
    while (reconciler_next(world.reconciler, world.now, &effect))
        ret_slots[requested++] = effect.slot;
    return requested;
}

static void end_read(uint32_t slot, enum reason reason, bool is_transient)
{
    struct read_result result = { .status = { 11, 110, 20 },
                                  .reason = reason,
                                  .is_transient = is_transient,
                                  .retry_after_ms = RETRY_AFTER_NONE,
                                  .text = "" };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
}

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

/* The next read of the reconciler, at its time. */
static uint32_t next_read(void)
{
    struct effect effect;
    while (!reconciler_next(world.reconciler, world.now, &effect))
        world.now = reconciler_wakeup(world.reconciler);
    assert_int_equal(effect.kind, EFFECT_READ);
    return effect.slot;
}

static void cancel_read(uint32_t slot)
{
    struct read_result result = { .is_cancelled = true, .retry_after_ms = RETRY_AFTER_NONE };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
}

static void fail_reads(const uint32_t *slots, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        end_read(slots[i], REASON_READ_FAILED, false);
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

/* --- the version of a status, sent with its scale -------------------------------------------------------------- */

static void end_read_as(uint32_t slot, struct status status, enum reason reason,
                        const char *version)
{
    struct read_result result = {
        .status = status, .reason = reason, .retry_after_ms = RETRY_AFTER_NONE, .text = ""
    };
    snprintf(result.version, sizeof result.version, "%s", version);
    reconciler_read_done(world.reconciler, world.now, slot, &result);
}

static void end_scale(uint32_t slot, enum scale_outcome outcome)
{
    struct scale_result result = { .outcome = outcome,
                                   .retry_after_ms = RETRY_AFTER_NONE,
                                   .text = "" };
    reconciler_scale_done(world.reconciler, world.now, slot, &result);
}

static bool scale_by_hand(uint32_t slot)
{
    struct command command = { .kind = COMMAND_SCALE, .slot = slot, .delta = 1, .is_forced = true };
    struct command_ack ack;
    const struct deployment *deployment = fleet_at(reconciler_fleet(world.reconciler), slot);
    snprintf(command.id, sizeof command.id, "%s", deployment->id);
    return reconciler_command(world.reconciler, world.now, &command, &ack);
}

static struct effect next_scale(uint32_t slot)
{
    struct effect effect;
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    assert_int_equal(effect.kind, EFFECT_SCALE);
    assert_int_equal(effect.slot, slot);
    return effect;
}

static uint32_t next_pass_read(void)
{
    reconciler_request_pass(world.reconciler, world.now);
    return next_read();
}

static const struct status on_target = { 11, 110, 20 };
static const struct status below_target = { 11, 110, 5 };

static void a_scale_has_the_version_of_its_status(void **state)
{
    (void)state;
    static const char *const versions[] = { "4711", "", "a b\"\x7f", "4713" };
    char longest[STATUS_VERSION_SIZE] = { 0 };
    uint32_t slot;
    assert_int_equal(start_many(1, 5, &slot), 1);
    for (size_t i = 0; i <= COUNT_OF(versions); i++) {
        memset(longest, 'v', sizeof longest - 1);
        const char *version = i < COUNT_OF(versions) ? versions[i] : longest;
        end_read_as(slot, below_target, REASON_NONE, version);
        assert_string_equal(next_scale(slot).version, version);
        end_scale(slot, SCALE_REFUSED);
        assert_int_equal(next_pass_read(), slot);
    }
    world_fini(&world);
}

/* One request in flight: the scale of the first deployment is sent before the second is read. */
static void each_deployment_has_a_version_of_its_own(void **state)
{
    (void)state;
    uint32_t slots[2];
    assert_int_equal(start_many(2, 1, slots), 1);
    end_read_as(slots[0], below_target, REASON_NONE, "first");
    assert_string_equal(next_scale(slots[0]).version, "first");
    end_scale(slots[0], SCALE_REFUSED);
    slots[1] = next_read();
    assert_int_not_equal(slots[1], slots[0]);
    end_read_as(slots[1], below_target, REASON_NONE, "second");
    assert_string_equal(next_scale(slots[1]).version, "second");
    world_fini(&world);
}

/* A later read ends between the decision and the end of its scale: by hand, and of a pass. */
static void a_scale_keeps_its_version_after_a_later_read(void **state)
{
    (void)state;
    uint32_t slot;
    assert_int_equal(start_many(1, 5, &slot), 1);
    end_read_as(slot, on_target, REASON_NONE, "1");
    assert_int_equal(next_pass_read(), slot);
    assert_true(scale_by_hand(slot));
    struct effect by_hand = next_scale(slot);
    end_read_as(slot, on_target, REASON_NONE, "2");
    assert_string_equal(by_hand.version, "1");
    end_scale(slot, SCALE_REFUSED);
    assert_int_equal(next_pass_read(), slot);
    end_read_as(slot, below_target, REASON_NONE, "3");
    struct effect of_pass = next_scale(slot);
    assert_string_equal(of_pass.version, "3");
    world_fini(&world);
}

static const struct unused_row {
    const char *name;
    struct status status;
    enum reason reason;
} unused_rows[] = {
    { "a read that failed", { 0, 0, 0 }, REASON_READ_FAILED },
    { "a bad response", { 0, 0, 0 }, REASON_BAD_STATUS },
    { "an implausible status", { 11, 110, 111 }, REASON_NONE },
    { "a collapse before it is accepted", { 0, 0, 0 }, REASON_NONE },
};

static void scale_by_hand_has_the_last_used_version(void **state)
{
    const struct unused_row *row = *state;
    uint32_t slot;
    assert_int_equal(start_many(1, 5, &slot), 1);
    end_read_as(slot, on_target, REASON_NONE, "used");
    assert_int_equal(next_pass_read(), slot);
    end_read_as(slot, row->status, row->reason, "unused");
    assert_true(scale_by_hand(slot));
    assert_string_equal(next_scale(slot).version, "used");
    world_fini(&world);
}

/* No room for the scale by hand until another one has ended: then it is checked against the newest status. */
static void a_scale_by_hand_that_waited_has_the_newest_version(void **state)
{
    (void)state;
    uint32_t slots[2];
    struct effect effect;
    assert_int_equal(start_many(2, 1, slots), 1);
    slots[1] = !slots[0];
    end_read_as(slots[0], on_target, REASON_NONE, "1");
    assert_int_equal(next_read(), slots[1]);
    end_read_as(slots[1], on_target, REASON_NONE, "1");
    assert_true(scale_by_hand(slots[1]));
    next_scale(slots[1]);
    assert_int_equal(next_pass_read(), slots[0]);
    assert_true(scale_by_hand(slots[0]));
    assert_false(reconciler_next(world.reconciler, world.now, &effect));
    end_read_as(slots[0], on_target, REASON_NONE, "2");
    assert_int_equal(next_read(), slots[1]);
    end_scale(slots[1], SCALE_ACCEPTED);
    assert_string_equal(next_scale(slots[0]).version, "2");
    world_fini(&world);
}

/* A scale without its version could not be refused: the status is not used. */
static void without_memory_for_its_version_a_status_is_not_used(void **state)
{
    (void)state;
    uint32_t slot;
    struct effect effect;
    assert_int_equal(start_many(1, 5, &slot), 1);
    heap_fail_after(0);
    end_read_as(slot, below_target, REASON_NONE, "1");
    heap_fail_never();
    const struct deployment *deployment = fleet_at(reconciler_fleet(world.reconciler), slot);
    assert_false(deployment->has_status);
    assert_int_equal(deployment->reason, REASON_READ_FAILED);
    assert_false(reconciler_next(world.reconciler, world.now, &effect));
    assert_int_equal(next_pass_read(), slot);
    end_read_as(slot, below_target, REASON_NONE, "2");
    assert_string_equal(next_scale(slot).version, "2");
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

/* --- scales ---------------------------------------------------------------------------------------------------- */

static const struct need_row {
    const char *name;
    bool is_counted_when_ordered;
    int32_t hosts, busy;
    int64_t boot_ms;
    enum answer answer; /* of the first scale */
    int64_t confirm_ms;
    int64_t again_ms; /* after the first scale; 0: never */
} need_rows[] = {
    /* clang-format off */
    { "growth, counted when ordered",        true,  10, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, counted when booted",         false, 10, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, slowest boot",                false, 10, 90, 9 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "growth, quickest boot",               false, 10, 90, 10,         ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "from nothing, counted when booted",   false,  0,  5, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "shrinking, counted when ordered",     true,  30, 90, 5 * MINUTE, ANSWER_OK,      CONFIRM_AUTO, 0 },
    { "lost but applied, counted when ordered", true, 10, 90, 5 * MINUTE, ANSWER_LOST,  CONFIRM_AUTO, 0 },
    { "lost but applied, counted when booted", false, 10, 90, 9 * MINUTE, ANSWER_LOST,  CONFIRM_AUTO, 0 },
    { "lost but applied, short confirm_timeout", true, 10, 90, 5 * MINUTE, ANSWER_LOST, 40 * SECOND,  0 },
    { "shrinking, lost but applied",         true,  30, 90, 5 * MINUTE, ANSWER_LOST,    CONFIRM_AUTO, 0 },
    { "lost and not applied",                true,  10, 90, 5 * MINUTE, ANSWER_TIMEOUT, CONFIRM_AUTO, 10 * MINUTE },
    { "500 and not applied",                 false, 10, 90, 5 * MINUTE, ANSWER_ERROR,   CONFIRM_AUTO, 10 * MINUTE },
    { "lost, short confirm_timeout",         true,  10, 90, 5 * MINUTE, ANSWER_TIMEOUT, 70 * SECOND, 90 * SECOND },
    { "shrinking, lost and not applied",     true,  30, 90, 5 * MINUTE, ANSWER_TIMEOUT, 70 * SECOND, 20 * MINUTE },
    { "refused: sent by the next pass",      true,  10, 90, 5 * MINUTE, ANSWER_REFUSED, CONFIRM_AUTO, 30 * SECOND },
    { "busy: sent by the next pass",         true,  10, 90, 5 * MINUTE, ANSWER_BUSY,    CONFIRM_AUTO, 30 * SECOND },
    /* clang-format on */
};

static void row_is_ordered_once(void **state)
{
    const struct need_row *row = *state;
    one_site(row->is_counted_when_ordered, row->hosts, row->busy);
    struct site *site = &world.sites[0];
    site->boot_ms = row->boot_ms;
    site->scales = (struct script){ row->answer, 1 };
    site->policy.confirm_timeout_ms = row->confirm_ms;
    site->policy.drain_timeout_ms = 20 * MINUTE;
    run_on(10 * SECOND);
    assert_int_equal(site->scale_count, 1);
    int64_t first_ms = site->last_scale_at.ms;
    world_run(&world, 40 * MINUTE);
    assert_int_equal(site->scale_count, row->again_ms ? 2 : 1);
    if (row->again_ms)
        assert_in_range(site->last_scale_at.ms - first_ms, row->again_ms - SECOND,
                        row->again_ms + 31 * SECOND);
    assert_int_equal(site->applied_count, 1);
    assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    assert_int_equal(ledger_pending_hosts(world_deployment(&world, 0)->ledger), 0);
    world_fini(&world);
}

static void hosts_that_never_appear_are_ordered_again(void **state)
{
    (void)state;
    one_site(false, 10, 100);
    world.sites[0].fill_percent = 50;
    run_on(9 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_run(&world, 4 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 2);
    assert_int_equal(world.events[EVENT_PENDING_EXPIRED], 1);
    world_run(&world, 80 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), site_wanted_hosts(&world.sites[0]));
    world_fini(&world);
}

static void hosts_removed_while_they_boot_are_not_ordered_again(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        one_site(kind == 0, 10, 130);
        struct site *site = &world.sites[0];
        site->policy.scale_down_window_ms = 0;
        site->boot_ms = 5 * MINUTE;
        run_on(MINUTE);
        assert_int_equal(site->last_delta, 2);
        site_set_demand(site, 200);
        world_run(&world, 7 * MINUTE);
        site->demand = 90;
        world_run(&world, 60 * MINUTE);
        int32_t scales = site->scale_count;
        assert_int_equal(site_owned_hosts(site), 11);
        world_run(&world, 60 * MINUTE);
        assert_int_equal(site->scale_count, scales);
        world_fini(&world);
    }
}

/* Removals are fast, growth is slow: lost growth must not be repeated after the delay of removals. */
static void fast_removals_do_not_shorten_the_confirm_timeout(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 5, false, 40, 90);
    world_add_sites(&world, 1, false, 10, 80);
    struct site *site = &world.sites[5];
    site->boot_ms = 8 * MINUTE;
    run_on(10 * MINUTE);
    assert_int_equal(world.sites[0].applied_count, 1);
    site->scales = (struct script){ ANSWER_LOST, 1 };
    site_set_demand(site, 100);
    world_run(&world, 30 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(world.events[EVENT_SCALE_CONFIRMED], 1);
    world_fini(&world);
}

/* Without plausible statuses it is unknown whether the host count has changed. */
static void without_statuses_no_scale_expires(void **state)
{
    (void)state;
    static const enum answer answers[] = { ANSWER_ERROR, ANSWER_IMPLAUSIBLE };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        one_site(true, 10, 90);
        struct site *site = &world.sites[0];
        site->scales = (struct script){ ANSWER_LOST, 1 };
        run_on(20 * SECOND);
        assert_int_equal(site->applied_count, 1);
        site->reads = (struct script){ answers[i], FOREVER };
        world_run(&world, 20 * MINUTE);
        site->reads.left = 0;
        world_run(&world, 5 * MINUTE);
        assert_int_equal(site->scale_count, 1);
        assert_int_equal(world.events[EVENT_SCALE_NOT_APPLIED], 0);
        assert_int_equal(world.events[EVENT_SCALE_CONFIRMED], 1);
        assert_int_equal(world.events[EVENT_HOSTS_MOVED], 0);
        world_fini(&world);
    }
}

/* Fast growth of calm hours does not shorten the wait for a lost response. */
static void fast_growth_does_not_shorten_the_confirm_timeout(void **state)
{
    (void)state;
    world_init(&world, 1);
    world_add_sites(&world, 4, true, 10, 90);
    run_on(4 * MINUTE);
    struct site *site = &world.sites[3];
    site->scales = (struct script){ ANSWER_TIMEOUT, 1 };
    site_set_demand(site, 110);
    world_run(&world, 9 * MINUTE);
    assert_int_equal(site->scale_count, 2);
    world_run(&world, 2 * MINUTE);
    assert_int_equal(site->scale_count, 3);
    world_fini(&world);
}

static void retry_after_of_a_scale_is_kept(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.retry_after_ms = 5 * MINUTE;
    world.sites[0].scales = (struct script){ ANSWER_BUSY, 1 };
    run_on(5 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].scale_count, 2);
    world_fini(&world);
}

static void a_shorter_wait_does_not_end_a_longer_one(void **state)
{
    (void)state;
    struct command_ack ack;
    struct command command = { .kind = COMMAND_SCALE, .delta = 1, .is_forced = true };
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    world.retry_after_ms = 5 * MINUTE;
    world.sites[0].reads = (struct script){ ANSWER_BUSY, 1 };
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].read_count, 2);
    world.retry_after_ms = 10 * SECOND;
    world.sites[0].scales = (struct script){ ANSWER_BUSY, 1 };
    memcpy(command.id, world.sites[0].id, sizeof world.sites[0].id);
    command.slot = world_deployment(&world, 0)->slot;
    assert_true(world_command(&world, &command, &ack));
    world_run(&world, 4 * MINUTE);
    assert_int_equal(world.sites[0].read_count, 2);
    world_run(&world, 2 * MINUTE);
    assert_true(world.sites[0].read_count > 2);
    world_fini(&world);
}

static void a_new_configuration_does_not_end_a_wait(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    run_on(10 * SECOND);
    world.retry_after_ms = 5 * MINUTE;
    world.discoveries = (struct script){ ANSWER_BUSY, 1 };
    world_run(&world, 2 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    world_run(&world, 2 * MINUTE);
    assert_true(world_count(&world, EFFECT_DISCOVER, ALL, 0) > 2);
    world_fini(&world);
}

static void a_status_that_is_too_old_is_not_used(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    world.read_ms = 61 * SECOND;
    run_on(10 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(reason_of(0), REASON_STALE_STATUS);
    world_fini(&world);
}

static void cooldowns_begin_with_the_response(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    struct site *site = &world.sites[0];
    site->policy.cooldown_up_ms = 5 * MINUTE;
    run_on(10 * SECOND);
    assert_int_equal(site->scale_count, 1);
    site_set_demand(site, 150);
    world_run(&world, 4 * MINUTE + 40 * SECOND);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(reason_of(0), REASON_COOLDOWN_UP);
    world_run(&world, MINUTE);
    assert_int_equal(site->scale_count, 2);
    world_fini(&world);
}

static void shrinking_waits_for_the_window(void **state)
{
    (void)state;
    one_site(true, 19, 160);
    struct site *site = &world.sites[0];
    run_on(10 * SECOND);
    site->demand = 80;
    int64_t from_ms = world.now.ms;
    world_run(&world, 30 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(site->last_delta, -9);
    assert_in_range(site->last_scale_at.ms - from_ms, 4 * MINUTE + 30 * SECOND, 6 * MINUTE);
    world_fini(&world);
}

static void a_doubled_host_size_does_not_shrink_a_fleet_at_once(void **state)
{
    (void)state;
    one_site(true, 19, 160);
    run_on(10 * MINUTE);
    /* The list has the new size before the hosts have it. */
    struct site *site = &world.sites[0];
    site->truth.servers_per_host = 20;
    int64_t from_ms = world.now.ms;
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_in_range(site->last_scale_at.ms - from_ms, 4 * MINUTE, 7 * MINUTE);
    world_fini(&world);
}

/* --- states without scales ------------------------------------------------------------------------------------- */

enum block { BLOCK_DRY_RUN, BLOCK_READ_ONLY, BLOCK_PAUSED };

static const struct block_row {
    const char *name;
    enum block block;
    enum action action;
    enum reason reason;
} block_rows[] = {
    { "dry-run sends nothing", BLOCK_DRY_RUN, ACTION_DRY_RUN, REASON_BELOW_TARGET },
    { "read-only sends nothing", BLOCK_READ_ONLY, ACTION_HELD, REASON_READ_ONLY },
    { "paused sends nothing", BLOCK_PAUSED, ACTION_HELD, REASON_PAUSED },
};

static void set_block(enum block block, bool is_on)
{
    world.config.is_dry_run = block == BLOCK_DRY_RUN && is_on;
    world.config.is_read_only = block == BLOCK_READ_ONLY && is_on;
    world.sites[0].policy.is_paused = block == BLOCK_PAUSED && is_on;
}

static void row_sends_nothing_until_it_is_switched_off(void **state)
{
    const struct block_row *row = *state;
    one_site(true, 10, 90);
    set_block(row->block, true);
    run_on(20 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(world_deployment(&world, 0)->action, row->action);
    assert_int_equal(reason_of(0), row->reason);
    assert_int_equal(world.events[EVENT_DRY_RUN] + world.events[EVENT_HELD], 1);
    set_block(row->block, false);
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, SECOND);
    assert_int_equal(world.sites[0].scale_count, 1);
    world_fini(&world);
}

static void a_policy_that_loses_its_target_is_held(void **state)
{
    (void)state;
    one_site(true, 10, 90);
    struct site *site = &world.sites[0];
    site->definition_fault = REASON_BAD_TARGET;
    site->target_free_ppb = -1;
    site->policy.target_free_ppb = 10 * SHARE_PERCENT;
    run_on(10 * SECOND);
    assert_int_equal(reason_of(0), REASON_ON_TARGET);
    site->policy.target_free_ppb = TARGET_FROM_API;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 10 * SECOND);
    assert_int_equal(reason_of(0), REASON_BAD_TARGET);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(reason_of(0), REASON_BAD_TARGET);
    assert_int_equal(site->scale_count, 0);
    world_fini(&world);
}

static void a_shorter_interval_counts_from_now(void **state)
{
    (void)state;
    one_site(true, 11, 90);
    world.config.pass_interval_ms = 60 * MINUTE;
    world.config.discovery_interval_ms = 240 * MINUTE;
    run_on(MINUTE);
    world.config.pass_interval_ms = 10 * SECOND;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 10 * MINUTE);
    assert_in_range(world.sites[0].read_count, 58, 64);
    world_fini(&world);
}

/* --- lists ----------------------------------------------------------------------------------------------------- */

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

/* --- stop and once --------------------------------------------------------------------------------------------- */

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

/* --- between deciding and sending ------------------------------------------------------------------------------ */

enum between {
    BETWEEN_NOTHING,
    BETWEEN_STOP,
    BETWEEN_PAUSE,
    BETWEEN_GONE,
    BETWEEN_TWICE,
    BETWEEN_FAULT,
    BETWEEN_LATCH,
    BETWEEN_RAIL,
    BETWEEN_RELOAD,
    BETWEEN_AGE
};

static const struct between_row {
    const char *name;
    enum between between;
    int32_t free_servers;
    enum reason reason; /* NONE: it is sent */
} between_rows[] = {
    { "between: nothing", BETWEEN_NOTHING, 10, REASON_NONE },
    { "between: a stop", BETWEEN_STOP, 10, REASON_STOPPING },
    { "between: a pause", BETWEEN_PAUSE, 10, REASON_PAUSED },
    { "between: it is not listed", BETWEEN_GONE, 10, REASON_GONE },
    { "between: its entry is there twice", BETWEEN_TWICE, 10, REASON_DUPLICATE_ID },
    { "between: its entry is bad, growth", BETWEEN_FAULT, 10, REASON_NONE },
    { "between: its entry is bad, shrinking", BETWEEN_FAULT, 60, REASON_KEPT_DEFINITION },
    { "between: the list shrank, growth", BETWEEN_LATCH, 10, REASON_NONE },
    { "between: the list shrank, shrinking", BETWEEN_LATCH, 60, REASON_DISCOVERY_SHRANK },
    { "between: a reload, another bound", BETWEEN_RAIL, 10, REASON_RELOADED },
    { "between: a reload, the same", BETWEEN_RELOAD, 10, REASON_NONE },
    { "between: a stall", BETWEEN_AGE, 10, REASON_STALE_STATUS },
};

static void take_list(size_t from, enum reason fault)
{
    static const char *const ids[] = { "a", "b", "c", "d" };
    struct definition definitions[COUNT_OF(ids)];
    size_t count = 0;
    for (size_t i = from; i < COUNT_OF(ids); i++)
        definitions[count++] = (struct definition){ ids[i], 10, 15 * SHARE_PERCENT, fault, NULL };
    struct discovery_result result = { .discovery = { definitions, count }, .is_ok = true };
    reconciler_discovery_done(world.reconciler, world.now, &result);
}

static void apply_between(enum between between)
{
    switch (between) {
    case BETWEEN_NOTHING:
        break;
    case BETWEEN_STOP:
        reconciler_stop(world.reconciler, world.now);
        break;
    case BETWEEN_PAUSE:
        world.sites[0].policy.is_paused = true;
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_GONE:
        take_list(1, REASON_NONE);
        break;
    case BETWEEN_TWICE:
        take_list(0, REASON_DUPLICATE_ID);
        break;
    case BETWEEN_FAULT:
        take_list(0, REASON_BAD_TARGET);
        break;
    case BETWEEN_LATCH:
        take_list(3, REASON_NONE);
        break;
    case BETWEEN_RAIL:
        world.sites[0].policy.max_hosts = 10;
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_RELOAD:
        reconciler_configure(world.reconciler, &world.config, world.now);
        break;
    case BETWEEN_AGE:
        world.now = mono_after(world.now, 61 * SECOND);
        break;
    }
}

/* The id of the site is the last of the list, so that a list that loses the others still has it. */
static void row_is_checked_before_sending(void **state)
{
    const struct between_row *row = *state;
    struct effect effect;
    uint32_t slot = SLOT_NONE;
    world_init(&world, 1);
    world_add_sites(&world, 1, true, 10, 0);
    strcpy(world.sites[0].id, row->between == BETWEEN_GONE ? "a" : "d");
    world.config.concurrency = 5;
    world_start(&world);
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    take_list(0, REASON_NONE);
    while (reconciler_next(world.reconciler, world.now, &effect))
        slot = strcmp(effect.id, world.sites[0].id) == 0 ? effect.slot : slot;
    if (row->between == BETWEEN_LATCH || row->between == BETWEEN_GONE ||
        row->between == BETWEEN_FAULT || row->between == BETWEEN_TWICE) {
        reconciler_request_discovery(world.reconciler, world.now);
        assert_true(reconciler_next(world.reconciler, world.now, &effect));
        assert_int_equal(effect.kind, EFFECT_DISCOVER);
    }
    struct read_result result = { .status = { 10, 100, row->free_servers },
                                  .retry_after_ms = RETRY_AFTER_NONE };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
    apply_between(row->between);
    bool is_sent = false;
    while (reconciler_next(world.reconciler, world.now, &effect))
        is_sent = is_sent || effect.kind == EFFECT_SCALE;
    assert_int_equal(is_sent, row->reason == REASON_NONE);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], !is_sent);
    if (!is_sent)
        assert_int_equal(fleet_at(reconciler_fleet(world.reconciler), slot)->reason, row->reason);
    world_fini(&world);
}

/* --- look-ahead ------------------------------------------------------------------------------------------------ */

#define RAMP_MS (60 * MINUTE)
#define RAMP_STEP_MS (5 * SECOND)
/* Demand grows between two passes: this number of servers may be missing from the target until the next one. */
#define RAMP_SLACK 2

static const struct ramp_row {
    const char *name;
    bool is_counted_when_ordered;
    int64_t missing_ms; /* time without statuses before the ramp */
    int32_t busy_meanwhile;
    int32_t from, to; /* servers */
    int64_t boot_ms;
    int64_t
        start_ms; /* until the trend and the boot time are known, and the first hosts have booted */
} ramp_rows[] = {
    /* clang-format off */
    { "half more in an hour, when ordered",      true,             0,   0,  400,  600, 2 * MINUTE,  6 * MINUTE },
    { "half more in an hour, when booted",       false,            0,   0,  400,  600, 2 * MINUTE,  6 * MINUTE },
    { "three times as many, when ordered",       true,             0,   0,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "three times as many, when booted",        false,            0,   0,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "slow hosts, learned",                     false,            0,   0,  400,  800, 4 * MINUTE, 20 * MINUTE },
    { "quick hosts",                             true,             0,   0,  400, 1200, 20 * SECOND, 6 * MINUTE },
    { "after an hour without statuses",          true,  60 * MINUTE, 400,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "after an hour of falling demand without statuses", false, 60 * MINUTE, 300,  300,  900, 2 * MINUTE,  6 * MINUTE },
    { "after an hour of rising demand without statuses", false, 60 * MINUTE, 420,  420, 1200, 2 * MINUTE,  6 * MINUTE },
    /* clang-format on */
};

static int32_t ordered_hosts(void)
{
    int32_t hosts = 0;
    for (size_t i = 0; i < world.log_count; i++)
        hosts += world.log[i].kind == EFFECT_SCALE ? world.log[i].delta : 0;
    return hosts;
}

static void check_free_share(const struct site *site, int64_t at_ms)
{
    int64_t total = (int64_t)site->truth.ready * site->truth.servers_per_host;
    int64_t free = max_i64(0, total - site->demand);
    if ((free + RAMP_SLACK) * SHARE_WHOLE < total * site->target_free_ppb)
        fail_msg("%lld of %lld servers are free for %d busy, %lld s after the start",
                 (long long)free, (long long)total, site->demand, (long long)(at_ms / SECOND));
}

static void raise_demand(const struct ramp_row *row, struct site *site)
{
    for (int64_t at_ms = 0; at_ms < RAMP_MS; at_ms += RAMP_STEP_MS) {
        site_set_demand(site, row->from + (int32_t)((row->to - row->from) * at_ms / RAMP_MS));
        world_run(&world, RAMP_STEP_MS);
        if (at_ms >= row->start_ms)
            check_free_share(site, at_ms);
        int32_t pending = ledger_pending_hosts(world_deployment(&world, 0)->ledger);
        assert_true(pending >= 0);
    }
}

static void row_is_ordered_ahead(void **state)
{
    const struct ramp_row *row = *state;
    one_site(row->is_counted_when_ordered, 48, 400);
    struct site *site = &world.sites[0];
    site->policy = policy_default;
    site->boot_ms = row->boot_ms;
    run_on(30 * MINUTE);
    assert_int_equal(site->scale_count, 0);
    site->reads = (struct script){ ANSWER_ERROR, row->missing_ms > 0 ? FOREVER : 0 };
    site_set_demand(site, row->missing_ms > 0 ? row->busy_meanwhile : 400);
    world_run(&world, row->missing_ms);
    site->reads.left = 0;
    world_run(&world, row->missing_ms > 0 ? 20 * MINUTE : 0); /* until the start hold is over */
    /* A gap gives no forecast error. */
    assert_int_equal(world_deployment(&world, 0)->input.outlook.peak_error_servers, 0);
    raise_demand(row, site);
    /* Each need is ordered once, and at most a tenth is ordered in advance. */
    assert_int_equal(site_owned_hosts(site), 48 + ordered_hosts());
    assert_in_range(site_owned_hosts(site), site_wanted_hosts(site),
                    site_wanted_hosts(site) + site_wanted_hosts(site) / 10);
    world_fini(&world);
}

/* With the formula alone, hosts come after they are needed. */
static void without_lookahead_hosts_come_late(void **state)
{
    (void)state;
    one_site(true, 48, 400);
    struct site *site = &world.sites[0];
    int32_t late = 0;
    run_on(30 * MINUTE);
    for (int64_t at_ms = 0; at_ms < RAMP_MS; at_ms += RAMP_STEP_MS) {
        site_set_demand(site, 400 + (int32_t)(800 * at_ms / RAMP_MS));
        world_run(&world, RAMP_STEP_MS);
        late += site->truth.ready < site_wanted_hosts(site);
    }
    assert_true(late > 600);
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

static int run_rows(void)
{
    struct CMUnitTest discoveries[COUNT_OF(discovery_rows)];
    struct CMUnitTest reads[COUNT_OF(read_rows)];
    struct CMUnitTest needs[COUNT_OF(need_rows)];
    struct CMUnitTest blocks[COUNT_OF(block_rows)];
    struct CMUnitTest betweens[COUNT_OF(between_rows)];
    struct CMUnitTest ramps[COUNT_OF(ramp_rows)];
    struct CMUnitTest unused[COUNT_OF(unused_rows)];
    TESTS_FROM_ROWS(discoveries, discovery_rows, row_never_stops_passes);
    TESTS_FROM_ROWS(reads, read_rows, row_causes_no_scale);
    TESTS_FROM_ROWS(needs, need_rows, row_is_ordered_once);
    TESTS_FROM_ROWS(blocks, block_rows, row_sends_nothing_until_it_is_switched_off);
    TESTS_FROM_ROWS(betweens, between_rows, row_is_checked_before_sending);
    TESTS_FROM_ROWS(ramps, ramp_rows, row_is_ordered_ahead);
    TESTS_FROM_ROWS(unused, unused_rows, scale_by_hand_has_the_last_used_version);
    int failed = cmocka_run_group_tests_name("reconciler: ramps", ramps, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler: discoveries", discoveries, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler: reads", reads, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler: needs", needs, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler: states without scales", blocks, NULL, NULL);
    failed += cmocka_run_group_tests_name("reconciler: versions", unused, NULL, NULL);
    return failed + cmocka_run_group_tests_name("reconciler: between", betweens, NULL, NULL);
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
        cmocka_unit_test(reads_that_hang_stop_nobody),
        cmocka_unit_test(those_that_failed_come_last),
        cmocka_unit_test(a_pass_does_not_wait_for_those_that_failed),
        cmocka_unit_test(discoveries_do_not_prolong_a_pass),
        cmocka_unit_test(scales_have_slots_of_their_own),
        cmocka_unit_test(requests_in_flight_never_exceed_the_limit),
        cmocka_unit_test(a_failed_read_is_retried_within_its_pass),
        cmocka_unit_test(a_failing_api_gets_few_more_requests),
        cmocka_unit_test(the_breaker_closes_when_a_probe_succeeds),
        cmocka_unit_test(a_probe_is_found_among_bad_definitions),
        cmocka_unit_test(failing_deployments_do_not_stop_others),
        cmocka_unit_test(retry_after_of_a_read_is_kept),
        cmocka_unit_test(a_short_retry_after_is_kept_within_the_pass),
        cmocka_unit_test(the_error_text_ends_with_the_failure),
        cmocka_unit_test(hosts_that_never_appear_are_ordered_again),
        cmocka_unit_test(hosts_removed_while_they_boot_are_not_ordered_again),
        cmocka_unit_test(fast_removals_do_not_shorten_the_confirm_timeout),
        cmocka_unit_test(without_statuses_no_scale_expires),
        cmocka_unit_test(fast_growth_does_not_shorten_the_confirm_timeout),
        cmocka_unit_test(retry_after_of_a_scale_is_kept),
        cmocka_unit_test(a_shorter_wait_does_not_end_a_longer_one),
        cmocka_unit_test(a_new_configuration_does_not_end_a_wait),
        cmocka_unit_test(a_status_that_is_too_old_is_not_used),
        cmocka_unit_test(cooldowns_begin_with_the_response),
        cmocka_unit_test(shrinking_waits_for_the_window),
        cmocka_unit_test(a_doubled_host_size_does_not_shrink_a_fleet_at_once),
        cmocka_unit_test(a_policy_that_loses_its_target_is_held),
        cmocka_unit_test(a_shorter_interval_counts_from_now),
        cmocka_unit_test(an_unlisted_deployment_is_not_scaled_and_is_kept),
        cmocka_unit_test(an_unlisted_deployment_is_removed_after_its_time),
        cmocka_unit_test(a_late_status_does_not_list_a_deployment_again),
        cmocka_unit_test(a_list_that_loses_many_stops_shrinking),
        cmocka_unit_test(a_complete_list_ends_the_latch_at_once),
        cmocka_unit_test(an_incomplete_list_does_not_end_the_latch),
        cmocka_unit_test(returning_deployments_do_not_hide_a_loss),
        cmocka_unit_test(a_bad_definition_is_shown_again_after_a_scale),
        cmocka_unit_test(a_stop_awaits_reads_and_discoveries),
        cmocka_unit_test(events_need_no_sink),
        cmocka_unit_test(waiting_retries_have_a_maximum),
        cmocka_unit_test(a_pass_that_was_given_up_retries_nothing),
        cmocka_unit_test(a_scale_has_the_version_of_its_status),
        cmocka_unit_test(each_deployment_has_a_version_of_its_own),
        cmocka_unit_test(a_scale_keeps_its_version_after_a_later_read),
        cmocka_unit_test(a_scale_by_hand_that_waited_has_the_newest_version),
        cmocka_unit_test(without_memory_for_its_version_a_status_is_not_used),
        cmocka_unit_test(stopping_starts_nothing_new),
        cmocka_unit_test(once_is_one_discovery_and_one_pass),
        cmocka_unit_test(once_does_not_wait_for_a_long_retry_after),
        cmocka_unit_test(once_ends_without_a_list),
        cmocka_unit_test(without_lookahead_hosts_come_late),
        cmocka_unit_test(a_thousand_passes_over_a_known_fleet_take_no_memory),
        cmocka_unit_test(without_memory_there_is_no_reconciler),
        cmocka_unit_test(without_memory_the_old_list_stays),
        cmocka_unit_test(without_memory_nothing_is_sent),
        cmocka_unit_test(without_memory_a_failure_is_logged),
    };
    int failed = run_rows();
    return failed + cmocka_run_group_tests_name("reconciler", tests, NULL, NULL);
}

/*
 * The version of a status goes with the scale that was decided on it.
 */
#include "engine/core/reconciler.h"

#include "tests/support/counting_heap.h"
#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scale_has_the_version_of_its_status),
        cmocka_unit_test(each_deployment_has_a_version_of_its_own),
        cmocka_unit_test(a_scale_keeps_its_version_after_a_later_read),
        cmocka_unit_test(a_scale_by_hand_that_waited_has_the_newest_version),
        cmocka_unit_test(without_memory_for_its_version_a_status_is_not_used),
    };
    struct CMUnitTest unused[COUNT_OF(unused_rows)];
    TESTS_FROM_ROWS(unused, unused_rows, scale_by_hand_has_the_last_used_version);
    int failed = cmocka_run_group_tests_name("status version", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("status version: unused ones", unused, NULL, NULL);
}

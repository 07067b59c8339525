/*
 * Scales that are recorded before they are sent, on simulated time.
 */
#include "engine/core/reconciler.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;

/* Ninety busy servers need eleven hosts. */
static void sites(size_t count, int32_t hosts)
{
    world_init(&world, 1);
    world_add_sites(&world, count, true, hosts, 90);
    world.config.is_recording = true;
    world.record_ms = 10;
}

static void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

static int32_t count(enum effect_kind kind)
{
    return world_count(&world, kind, ALL, 0);
}

static enum reason reason_of(size_t site)
{
    return world_deployment(&world, site)->reason;
}

static bool command(enum command_kind kind, size_t site, int32_t delta)
{
    const struct deployment *deployment = world_deployment(&world, site);
    struct command command = {
        .kind = kind, .slot = deployment->slot, .delta = delta, .is_forced = true
    };
    struct command_ack ack;
    snprintf(command.id, sizeof command.id, "%s", deployment->id);
    bool is_accepted = world_command(&world, &command, &ack);
    if (is_accepted && kind == COMMAND_SCALE)
        world.sites[site].allowed_hosts += (int32_t)max_i64(0, delta);
    return is_accepted;
}

/* The world checks that no scale is sent without its record, and that they have one key. */
static void every_scale_is_recorded_once_before_it_is_sent(void **state)
{
    (void)state;
    sites(20, 10);
    run_on(5 * MINUTE);
    assert_int_equal(count(EFFECT_RECORD), 20);
    assert_int_equal(count(EFFECT_SCALE), 20);
    assert_int_equal(world.unsent, 0);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(site_owned_hosts(&world.sites[i]), 11);
    world_fini(&world);
}

static void a_record_says_what_was_decided(void **state)
{
    (void)state;
    sites(1, 10);
    world.record_ms = MINUTE;
    run_on(5 * SECOND);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(ledger_state(deployment->ledger), LEDGER_IN_FLIGHT);
    assert_true(deployment->ledger->is_recording);
    assert_int_equal(ledger_pending_hosts(deployment->ledger), 1);
    assert_int_equal(reconciler_scales_in_flight(world.reconciler), 0);
    assert_int_equal(count(EFFECT_SCALE), 0);
    world_fini(&world);
}

static void a_slow_disk_delays_scales_and_no_need_is_ordered_twice(void **state)
{
    (void)state;
    sites(10, 10);
    world.record_ms = 20 * SECOND;
    run_on(10 * MINUTE);
    assert_int_equal(count(EFFECT_SCALE), 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(site_owned_hosts(&world.sites[i]), 11);
    world_fini(&world);
}

static void a_scale_that_was_not_stored_is_not_sent(void **state)
{
    (void)state;
    sites(3, 10);
    world.is_disk_full = true;
    run_on(5 * SECOND);
    assert_int_equal(count(EFFECT_RECORD), 3);
    assert_int_equal(reason_of(0), REASON_STATE_UNAVAILABLE);
    assert_int_equal(world_deployment(&world, 0)->action, ACTION_HELD);
    assert_null(world_deployment(&world, 0)->ledger);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(count(EFFECT_SCALE), 0);
    world.is_disk_full = false;
    world_run(&world, MINUTE);
    assert_int_equal(count(EFFECT_SCALE), 3);
    world_fini(&world);
}

static void without_a_journal_nothing_is_decided_to_be_sent(void **state)
{
    (void)state;
    sites(3, 10);
    world_start(&world);
    reconciler_set_recordable(world.reconciler, world.now, false);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(count(EFFECT_RECORD), 0);
    assert_int_equal(reason_of(0), REASON_STATE_UNAVAILABLE);
    assert_in_range(world.sites[0].read_count, 9, 13);
    assert_false(command(COMMAND_SCALE, 0, 1));
    reconciler_set_recordable(world.reconciler, world.now, true);
    world_run(&world, MINUTE);
    assert_int_equal(count(EFFECT_SCALE), 3);
    world_fini(&world);
}

static void no_pass_waits_for_a_disk_that_hangs(void **state)
{
    (void)state;
    sites(3, 10);
    world.record_ms = 10 * MINUTE;
    run_on(20 * SECOND);
    assert_true(reconciler_pass(world.reconciler)->is_running);
    reconciler_set_recordable(world.reconciler, world.now, false);
    int32_t reads = world.sites[0].read_count;
    world_run(&world, 5 * MINUTE);
    assert_in_range(world.sites[0].read_count - reads, 9, 11);
    assert_int_equal(reason_of(0), REASON_PENDING_HOSTS);
    world_run(&world, 5 * MINUTE);
    /* What was stored at last is still wanted. */
    assert_int_equal(count(EFFECT_SCALE), 3);
    assert_int_equal(count(EFFECT_RECORD), 3);
    reconciler_set_recordable(world.reconciler, world.now, true);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 11);
    world_fini(&world);
}

/* --- the last look --------------------------------------------------------------------------------------------- */

static void stored_and_then_paused_is_not_sent(void **state)
{
    (void)state;
    sites(1, 10);
    world.record_ms = 3 * SECOND;
    run_on(SECOND);
    assert_true(command(COMMAND_PAUSE, 0, 0));
    world_run(&world, MINUTE);
    assert_int_equal(world.unsent, 1);
    assert_int_equal(reason_of(0), REASON_PAUSED);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], 1);
    assert_null(world_deployment(&world, 0)->ledger);
    assert_true(command(COMMAND_RESUME, 0, 0));
    world_run(&world, MINUTE);
    assert_int_equal(count(EFFECT_SCALE), 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 11);
    world_fini(&world);
}

static const struct moved_row {
    const char *name;
    int32_t hosts, busy_before, busy_after;
    int32_t delta;
    bool is_sent;
} moved_rows[] = {
    { "nothing has changed", 20, 190, 190, 3, true },
    { "more is wanted: the rest follows", 20, 190, 199, 3, true },
    { "less is wanted", 20, 190, 180, 3, false },
    { "nothing is wanted any more", 20, 190, 160, 3, false },
    { "a removal", 30, 90, 60, -19, false },
};

/* A status comes while the scale is being recorded. */
static void a_newer_status_counts(void **state)
{
    const struct moved_row *row = *state;
    sites(1, row->hosts);
    world.sites[0].policy.scale_down_window_ms = 0;
    site_set_demand(&world.sites[0], row->busy_before);
    world.record_ms = 3 * SECOND;
    run_on(SECOND);
    assert_int_equal(ledger_pending_hosts(world_deployment(&world, 0)->ledger), row->delta);
    site_set_demand(&world.sites[0], row->busy_after);
    reconciler_set_recordable(world.reconciler, world.now, false); /* the next pass does not wait */
    reconciler_request_pass(world.reconciler, world.now);
    int32_t reads = world.sites[0].read_count;
    world_run(&world, 2500);
    assert_int_equal(world.sites[0].read_count, reads + 1);
    assert_int_equal(world.sites[0].scale_count, row->is_sent);
    assert_int_equal(world.sites[0].last_delta, row->is_sent ? row->delta : 0);
    assert_int_equal(world.unsent, !row->is_sent);
    world_fini(&world);
}

static const struct policy_row {
    const char *name;
    int32_t hosts, busy;
    int32_t target_pct; /* of the new policy */
    int32_t delta;
    bool is_sent;
} policy_rows[] = {
    { "more is wanted by the new policy", 20, 190, 50, 3, true },
    { "less is wanted by it", 20, 190, 1, 3, false },
    { "fewer hosts are to go", 30, 90, 50, -19, false },
    { "more hosts are to go", 30, 90, 1, -19, true },
};

/* The policy changes while the scale is being recorded, the status does not. */
static void a_newer_policy_counts(void **state)
{
    const struct policy_row *row = *state;
    sites(1, row->hosts);
    struct site *site = &world.sites[0];
    site->policy.scale_down_window_ms = 0;
    site->allowed_hosts = 100;
    site_set_demand(site, row->busy);
    world.record_ms = 3 * SECOND;
    run_on(SECOND);
    assert_int_equal(ledger_pending_hosts(world_deployment(&world, 0)->ledger), row->delta);
    site->policy.target_free_ppb = row->target_pct * (SHARE_WHOLE / 100);
    world_run(&world, 3 * SECOND);
    assert_int_equal(site->scale_count, row->is_sent);
    assert_int_equal(site->last_delta, row->is_sent ? row->delta : 0);
    assert_int_equal(world.unsent, !row->is_sent);
    world_fini(&world);
}

/* Its hosts do not leave. */
static void a_removal_that_is_not_stored_does_not_drain(void **state)
{
    (void)state;
    sites(1, 30);
    world.sites[0].policy.scale_down_window_ms = 0;
    world.sites[0].drain_ms = 60 * MINUTE;
    run_on(5 * SECOND);
    const struct drain *drain = &world_deployment(&world, 0)->ledger->drain;
    int32_t servers = drain->servers;
    assert_true(drain->is_open);
    world.is_disk_full = true;
    assert_true(command(COMMAND_SCALE, 0, -2));
    world_run(&world, SECOND);
    assert_int_equal(count(EFFECT_RECORD), 2);
    assert_int_equal(count(EFFECT_SCALE), 1);
    assert_int_equal(drain->servers, servers);
    world_fini(&world);
}

static void a_scale_by_hand_is_recorded_too(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(MINUTE);
    assert_true(command(COMMAND_SCALE, 0, 2));
    assert_false(command(COMMAND_SCALE, 0, 2));
    world_run(&world, SECOND);
    assert_int_equal(count(EFFECT_RECORD), 1);
    assert_int_equal(count(EFFECT_SCALE), 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 13);
    world_fini(&world);
}

static void a_repeat_is_recorded_again_with_its_key(void **state)
{
    (void)state;
    sites(1, 10);
    world.sites[0].scales = (struct script){ ANSWER_TIMEOUT, 1 };
    run_on(20 * MINUTE);
    assert_int_equal(world.sites[0].repeat_count, 1);
    assert_int_equal(count(EFFECT_RECORD), 2);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 11);
    world_fini(&world);
}

static void a_repeat_that_is_not_stored_stays_unconfirmed(void **state)
{
    (void)state;
    sites(1, 10);
    world.sites[0].scales = (struct script){ ANSWER_TIMEOUT, 1 };
    run_on(30 * SECOND);
    world.is_disk_full = true;
    const struct deployment *deployment = world_deployment(&world, 0);
    world_run(&world, 15 * MINUTE);
    assert_true(count(EFFECT_RECORD) > 1);
    assert_int_equal(ledger_state(deployment->ledger), LEDGER_UNCONFIRMED);
    assert_int_equal(count(EFFECT_SCALE), 1);
    world.is_disk_full = false;
    world_run(&world, 20 * MINUTE);
    assert_int_equal(world.sites[0].repeat_count, 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 11);
    world_fini(&world);
}

/* --- the end --------------------------------------------------------------------------------------------------- */

static void a_stop_waits_for_records_and_sends_nothing(void **state)
{
    (void)state;
    sites(3, 10);
    world.record_ms = 5 * SECOND;
    run_on(SECOND);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 10 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(world.unsent, 3);
    assert_int_equal(count(EFFECT_SCALE), 0);
    world_fini(&world);
}

static void what_is_being_recorded_can_be_abandoned(void **state)
{
    (void)state;
    sites(3, 10);
    world.record_ms = 5 * SECOND;
    run_on(SECOND);
    reconciler_stop(world.reconciler, world.now);
    reconciler_abandon(world.reconciler, world.now);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], 3);
    world_fini(&world);
}

static void once_waits_for_its_records(void **state)
{
    (void)state;
    sites(3, 10);
    world.config.is_once = true;
    world.record_ms = 40 * SECOND;
    run_on(5 * SECOND);
    reconciler_set_recordable(world.reconciler, world.now, false);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 2 * MINUTE);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(reconciler_pass(world.reconciler)->hosts_added, 3);
    world_fini(&world);
}

/* Hosts, demand, latency, faults: the world checks that no need is ordered twice. */
static void a_hostile_world_with_records(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        world_init(&world, seed);
        world.config.is_recording = true;
        world.config.concurrency = 4;
        world.record_ms = (int64_t)seed * 700;
        world.hostility = 10;
        world.lag_ms = 20 * SECOND;
        world_add_sites(&world, 20, seed % 2, 8, 90);
        run_on(10 * MINUTE);
        world.is_disk_full = seed % 3 == 0;
        reconciler_set_recordable(world.reconciler, world.now, !world.is_disk_full);
        for (size_t i = 0; i < 20; i++)
            site_set_demand(&world.sites[i], 100 + (int32_t)i);
        world_run(&world, 10 * MINUTE);
        world.is_disk_full = false;
        reconciler_set_recordable(world.reconciler, world.now, true);
        world_run(&world, 30 * MINUTE);
        reconciler_stop(world.reconciler, world.now);
        world_run(&world, 5 * MINUTE);
        assert_true(reconciler_is_finished(world.reconciler));
        world_fini(&world);
    }
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(moved_rows)];
    struct CMUnitTest policies[COUNT_OF(policy_rows)];
    TESTS_FROM_ROWS(rows, moved_rows, a_newer_status_counts);
    TESTS_FROM_ROWS(policies, policy_rows, a_newer_policy_counts);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scale_is_recorded_once_before_it_is_sent),
        cmocka_unit_test(a_record_says_what_was_decided),
        cmocka_unit_test(a_slow_disk_delays_scales_and_no_need_is_ordered_twice),
        cmocka_unit_test(a_scale_that_was_not_stored_is_not_sent),
        cmocka_unit_test(without_a_journal_nothing_is_decided_to_be_sent),
        cmocka_unit_test(no_pass_waits_for_a_disk_that_hangs),
        cmocka_unit_test(stored_and_then_paused_is_not_sent),
        cmocka_unit_test(a_removal_that_is_not_stored_does_not_drain),
        cmocka_unit_test(a_scale_by_hand_is_recorded_too),
        cmocka_unit_test(a_repeat_is_recorded_again_with_its_key),
        cmocka_unit_test(a_repeat_that_is_not_stored_stays_unconfirmed),
        cmocka_unit_test(a_stop_waits_for_records_and_sends_nothing),
        cmocka_unit_test(what_is_being_recorded_can_be_abandoned),
        cmocka_unit_test(once_waits_for_its_records),
        cmocka_unit_test(a_hostile_world_with_records),
    };
    int failed = cmocka_run_group_tests_name("records: a status meanwhile", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("records: a policy meanwhile", policies, NULL, NULL);
    return failed + cmocka_run_group_tests_name("records", tests, NULL, NULL);
}

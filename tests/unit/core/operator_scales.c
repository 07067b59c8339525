/*
 * Scales that an operator orders by hand, alone and beside those of the passes.
 */
#include "engine/core/reconciler.h"

#include "tests/support/operator_fixture.h"
#include "tests/support/test.h"

#include <string.h>

/* --- manual scales --------------------------------------------------------------------------------- */

static void a_manual_scale_is_sent_once_and_counted(void **state)
{
    (void)state;
    sites(2, 11);
    world.sites[0].policy.scale_down_window_ms = 0;
    world.sites[0].truth.is_counted_when_ordered = false;
    run_on(40 * SECOND);
    assert_true(scale_by(0, 3, false));
    assert_non_null(strstr(ack.text, "there will be 14 hosts"));
    world_run(&world, SECOND);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(world.sites[0].last_delta, 3);
    assert_int_equal(deployment->action, ACTION_SCALED);
    assert_int_equal(deployment->reason, REASON_MANUAL);
    assert_int_equal(deployment->last_delta, 3);
    assert_int_equal(deployment->last_action, ACTION_SCALED);
    assert_int_equal(ledger_pending_hosts(deployment->ledger), 3);
    assert_int_equal(reconciler_scales_accepted(world.reconciler), 1);
    /* The pass was over: it did not scale anything. */
    assert_int_equal(reconciler_pass(world.reconciler)->scaled, 0);
    world_fini(&world);
}

static void a_manual_scale_is_sent_during_a_pause(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(40 * SECOND);
    assert_true(send_command(COMMAND_PAUSE_ALL));
    assert_true(scale_by(0, 2, false));
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 13);
    world_fini(&world);
}

/* The hosts are not needed, but stay for the scale_down_window. */
static void hosts_added_by_hand_stay_for_the_window(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(40 * SECOND);
    assert_true(scale_by(0, 2, false));
    world_run(&world, 5 * MINUTE - 10 * SECOND);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_SCALE_DOWN_WINDOW);
    world_run(&world, MINUTE);
    assert_int_equal(scales_of(0), 2);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 11);
    world_fini(&world);
}

/* The scale takes longer than a pass: passes end and begin while it is in flight. */
static void passes_begin_and_end_during_a_manual_scale(void **state)
{
    (void)state;
    sites(1, 10);
    run_on(40 * SECOND);
    world_run(&world, 5 * MINUTE);
    site_set_demand(&world.sites[0], 110);
    int32_t before = scales_of(0);
    world.scale_ms = 70 * SECOND;
    assert_true(scale_by(0, 1, false));
    world_run(&world, 65 * SECOND);
    assert_int_equal(scales_of(0), before + 1);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_REQUEST_IN_FLIGHT);
    assert_false(scale_by(0, 1, true));
    world_run(&world, 5 * MINUTE);
    assert_true(scales_of(0) > before + 1);
    world_fini(&world);
}

static void a_manual_scale_may_overlap_a_read(void **state)
{
    (void)state;
    sites(1, 11);
    world.read_ms = 5 * SECOND;
    run_on(40 * SECOND);
    while (!world_deployment(&world, 0)->is_reading)
        world_run(&world, 100);
    site_set_demand(&world.sites[0], 100);
    assert_true(scale_by(0, 1, false));
    world_run(&world, 20 * SECOND);
    assert_int_equal(scales_of(0), 1);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 12);
    world_fini(&world);
}

/* One request at a time, and a slow one: the scale by hand of the other deployment waits. */
static void a_queued_manual_scale_refuses_another_one(void **state)
{
    (void)state;
    sites(2, 11);
    world.config.concurrency = 1;
    world.scale_ms = 20 * SECOND;
    run_on(35 * SECOND);
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    assert_true(scale_by(1, 1, false));
    assert_true(world_deployment(&world, 1)->is_scale_queued);
    assert_false(scale_by(1, 1, true));
    assert_non_null(strstr(ack.text, "request_in_flight"));
    world_run(&world, MINUTE);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(scales_of(1), 1);
    world_fini(&world);
}

/* Its read ends while the scale is queued, and needs the same host. */
static void a_read_does_not_repeat_a_queued_manual_scale(void **state)
{
    (void)state;
    sites(1, 11);
    world.config.concurrency = 1;
    world.read_ms = SECOND;
    run_on(10 * SECOND);
    site_set_demand(&world.sites[0], 100);
    assert_true(send_command(COMMAND_PASS));
    world_run(&world, 500);
    assert_true(scale_by(0, 1, false));
    assert_true(world_deployment(&world, 0)->is_scale_queued);
    world_run(&world, 510);
    assert_int_equal(scales_of(0), 1);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 12);
    world_fini(&world);
}

static void the_next_pass_counts_a_manual_scale(void **state)
{
    (void)state;
    sites(1, 11);
    world.sites[0].truth.is_counted_when_ordered = false;
    run_on(40 * SECOND);
    site_set_demand(&world.sites[0], 110);
    assert_true(scale_by(0, 2, false));
    world_run(&world, 90 * SECOND);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_PENDING_HOSTS);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 13);
    world_fini(&world);
}

/* The error of the earlier scale is removed. */
static void an_accepted_manual_scale_clears_the_error_text(void **state)
{
    (void)state;
    sites(2, 11);
    run_on(35 * SECOND);
    world.sites[0].scales = (struct script){ ANSWER_REFUSED, 1 };
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    assert_non_null(world_deployment(&world, 0)->detail);
    /* The pass was over: nothing failed in it. */
    assert_int_equal(reconciler_pass(world.reconciler)->failed, 0);
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    assert_null(world_deployment(&world, 0)->detail);
    world_fini(&world);
}

/* Also between the end of one scale and the beginning of the next. */
static void check_end_of_once(struct world *at, void *context)
{
    int32_t *ended = context;
    *ended += reconciler_is_finished(at->reconciler);
    if (reconciler_is_finished(at->reconciler))
        assert_int_equal(reconciler_scales_accepted(at->reconciler), 2);
}

static void once_awaits_manual_scales(void **state)
{
    (void)state;
    struct reconciler_outlook outlook;
    int32_t ended = 0;
    sites(3, 11);
    world.watch = check_end_of_once;
    world.watch_context = &ended;
    world.config.is_once = true;
    world.config.concurrency = 1;
    world.read_ms = 400;
    world.scale_ms = 5 * SECOND;
    run_on(SECOND);
    assert_true(scale_by(0, 1, false));
    assert_true(scale_by(1, 1, false));
    world_run(&world, 2 * SECOND);
    assert_false(reconciler_pass(world.reconciler)->is_running);
    assert_false(reconciler_is_finished(world.reconciler));
    assert_false(scale_by(2, 1, false));
    world_run(&world, 20 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_true(ended > 0);
    assert_int_equal(scales_of(ALL), 2);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_int_equal(outlook.next_pass.ms, MONO_NEVER.ms);
    assert_int_equal(outlook.next_discovery.ms, MONO_NEVER.ms);
    world_fini(&world);
}

static const struct end_row {
    const char *name;
    enum answer answer;
    enum action action;
    enum reason reason;
} end_rows[] = {
    { "accepted", ANSWER_OK, ACTION_SCALED, REASON_MANUAL },
    { "refused", ANSWER_REFUSED, ACTION_FAILED, REASON_SCALE_REFUSED },
    { "lost", ANSWER_LOST, ACTION_UNCONFIRMED, REASON_UNCONFIRMED },
};

static void row_is_the_outcome_of_a_manual_scale(void **state)
{
    const struct end_row *row = *state;
    sites(1, 11);
    world.sites[0].truth.is_counted_when_ordered = false;
    run_on(35 * SECOND);
    world.sites[0].scales = (struct script){ row->answer, 1 };
    assert_true(scale_by(0, 2, false));
    world_run(&world, 6 * SECOND);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(deployment->action, row->action);
    assert_int_equal(deployment->reason, row->reason);
    assert_int_equal(deployment->last_action, row->action);
    bool is_open = row->answer == ANSWER_LOST;
    assert_int_equal(scale_by(0, 1, true), !is_open);
    world_fini(&world);
}

static void objections_are_overruled_only_by_force(void **state)
{
    (void)state;
    sites(1, 11);
    world.sites[0].policy.max_hosts = 12;
    run_on(35 * SECOND);
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    assert_false(scale_by(0, 1, false));
    assert_non_null(strstr(ack.text, "max_hosts 12"));
    world_run(&world, SECOND);
    assert_int_equal(scales_of(0), 1);
    assert_true(scale_by(0, 1, true));
    world_run(&world, SECOND);
    assert_int_equal(scales_of(0), 2);
    world_fini(&world);
}

static void a_deployment_without_a_status_refuses_a_manual_scale(void **state)
{
    (void)state;
    sites(2, 11);
    world.sites[0].reads = (struct script){ ANSWER_MISSING, FOREVER };
    run_on(40 * SECOND);
    assert_false(scale_by(0, 1, true));
    assert_non_null(strstr(ack.text, "not been read"));
    world.sites[1].is_listed = false;
    world_run(&world, 2 * MINUTE);
    assert_false(scale_by(1, 1, true));
    assert_non_null(strstr(ack.text, "gone"));
    world_fini(&world);
}

static void a_stop_drops_queued_scales_and_awaits_those_in_flight(void **state)
{
    (void)state;
    sites(2, 11);
    world.config.concurrency = 1;
    world.scale_ms = 5 * SECOND;
    run_on(35 * SECOND);
    assert_true(scale_by(0, 1, false));
    assert_true(scale_by(1, 1, false));
    world_run(&world, SECOND);
    reconciler_stop(world.reconciler, world.now);
    assert_false(reconciler_is_finished(world.reconciler));
    world_run(&world, 10 * SECOND);
    assert_true(reconciler_is_finished(world.reconciler));
    assert_int_equal(scales_of(ALL), 1);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], 1);
    world_fini(&world);
}

static void an_abandoned_manual_scale_is_lost(void **state)
{
    (void)state;
    sites(3, 11);
    world.sites[1].is_listed = false;
    world.scale_ms = 5 * SECOND;
    run_on(35 * SECOND);
    world.sites[1].is_listed = true;
    world.sites[2].is_listed = false;
    world_run(&world, 2 * GONE_KEEP_MS);
    assert_null(world_deployment(&world, 2));
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    reconciler_stop(world.reconciler, world.now);
    reconciler_abandon(world.reconciler, world.now);
    assert_int_equal(world.events[EVENT_SCALE_UNCONFIRMED], 1);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_UNCONFIRMED);
    assert_int_equal(world_deployment(&world, 1)->reason, REASON_ON_TARGET);
    world_fini(&world);
}

static void a_deployment_with_a_manual_scale_in_flight_is_not_removed(void **state)
{
    (void)state;
    sites(10, 11);
    world.scale_ms = 3 * 60 * MINUTE;
    run_on(35 * SECOND);
    assert_true(scale_by(0, 1, false));
    world_run(&world, SECOND);
    world.sites[0].is_listed = false;
    world_run(&world, 2 * 60 * MINUTE);
    assert_non_null(world_deployment(&world, 0));
    assert_int_equal(ledger_state(world_deployment(&world, 0)->ledger), LEDGER_IN_FLIGHT);
    world_run(&world, 5 * 60 * MINUTE);
    assert_null(world_deployment(&world, 0));
    world_fini(&world);
}

static void a_deployment_with_a_queued_manual_scale_is_not_removed(void **state)
{
    (void)state;
    sites(12, 11);
    world.config.concurrency = 1;
    world.scale_ms = 3 * 60 * MINUTE;
    run_on(25 * SECOND);
    assert_true(scale_by(0, 1, false));
    assert_true(scale_by(1, 1, false));
    world_run(&world, SECOND);
    world.sites[1].is_listed = false;
    world_run(&world, 2 * 60 * MINUTE);
    assert_non_null(world_deployment(&world, 1));
    assert_true(world_deployment(&world, 1)->is_scale_queued);
    world_run(&world, 2 * 60 * MINUTE);
    assert_int_equal(scales_of(1), 0);
    assert_null(world_deployment(&world, 1));
    world_fini(&world);
}

/* --- while one waits ----------------------------------------------------------------------------------------------- */

/*
 * One request at a time, and two sites. The read of the second is in flight when the first is scaled by hand; the
 * decision on the read waits behind that scale.
 */
static void queue_a_decision_behind_a_manual_scale(void)
{
    sites(2, 11);
    world.config.concurrency = 1;
    world.read_ms = SECOND;
    world.scale_ms = 5 * SECOND;
    run_on(10 * SECOND);
    site_set_demand(&world.sites[1], 100);
    assert_true(send_command(COMMAND_PASS));
    world_run(&world, 1500);
    assert_true(world_deployment(&world, 1)->is_reading);
    assert_true(scale_by(0, 1, false));
    assert_true(world_deployment(&world, 0)->is_scale_queued);
    world_run(&world, SECOND);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(scales_of(1), 0);
    assert_true(world_deployment(&world, 1)->is_scale_queued);
}

static const struct late_row {
    const char *name;
    enum command_kind kind; /* while a decision is queued */
    int32_t scales;         /* sent all the same */
    enum reason reason;
} late_rows[] = {
    { "a pass drops nothing", COMMAND_PASS, 1, REASON_BELOW_TARGET },
    { "a pause of all", COMMAND_PAUSE_ALL, 0, REASON_PAUSED },
    { "a pause of one", COMMAND_PAUSE, 0, REASON_PAUSED },
    { "a dry-run", COMMAND_DRY_RUN_ON, 0, REASON_DRY_RUN },
};

static void row_is_commanded_while_a_decision_is_queued(void **state)
{
    const struct late_row *row = *state;
    queue_a_decision_behind_a_manual_scale();
    assert_true(send_command_about(row->kind, 1));
    world_run(&world, 6 * SECOND);
    assert_int_equal(scales_of(1), row->scales);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], !row->scales);
    assert_int_equal(world_deployment(&world, 1)->reason, row->reason);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(1), row->scales);
    world_fini(&world);
}

static const struct look_row {
    const char *name;
    enum command_kind kind; /* while a scale by hand is queued; FOCUS: none */
    bool is_listed;
    enum reason fault;
    int32_t scales;
    enum reason reason; /* why it was dropped */
} look_rows[] = {
    { "nothing happens", COMMAND_FOCUS, true, REASON_NONE, 1, REASON_NONE },
    { "a pause", COMMAND_PAUSE_ALL, true, REASON_NONE, 1, REASON_NONE },
    { "a dry-run", COMMAND_DRY_RUN_ON, true, REASON_NONE, 0, REASON_DRY_RUN },
    { "it is not listed", COMMAND_DISCOVERY, false, REASON_NONE, 0, REASON_GONE },
    { "it is listed twice", COMMAND_DISCOVERY, true, REASON_DUPLICATE_ID, 0, REASON_DUPLICATE_ID },
    { "its entry is bad", COMMAND_DISCOVERY, true, REASON_BAD_SERVERS_PER_HOST, 1, REASON_NONE },
};

/* The second scale by hand waits behind the first one while its status, or the configuration, changes. */
static void queue_two_manual_scales(int32_t delta)
{
    sites(2, 11);
    world.config.concurrency = 1;
    world.read_ms = SECOND;
    world.scale_ms = 5 * SECOND;
    run_on(10 * SECOND);
    assert_true(send_command(COMMAND_PASS));
    world_run(&world, 1500);
    assert_true(world_deployment(&world, 1)->is_reading);
    assert_true(scale_by(0, 1, false));
    assert_true(scale_by(1, delta, true));
    assert_true(world_deployment(&world, 1)->is_scale_queued);
}

static void a_manual_removal_is_checked_against_a_new_status(void **state)
{
    (void)state;
    queue_two_manual_scales(-9);
    site_move(&world.sites[1], -5);
    world_run(&world, 10 * SECOND);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(world.sites[1].manual_count, 0);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], 1);
    world_fini(&world);
}

static void a_reload_to_read_only_drops_a_queued_manual_scale(void **state)
{
    (void)state;
    queue_two_manual_scales(1);
    world.config.is_read_only = true;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 10 * SECOND);
    assert_int_equal(scales_of(ALL), 0);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], 2);
    world_fini(&world);
}

/* The first one is sent before. The reason of the drop is shown first, and with the next list the fault of the definition again. */
static void a_bad_definition_is_shown_again_after_a_manual_scale(void **state)
{
    (void)state;
    queue_two_manual_scales(1);
    world.sites[1].definition_fault = REASON_DUPLICATE_ID;
    reconciler_request_discovery(world.reconciler, world.now);
    world_run(&world, 200);
    assert_int_equal(world_deployment(&world, 1)->reason, REASON_DUPLICATE_ID);
    world.config.is_dry_run = true;
    reconciler_configure(world.reconciler, &world.config, world.now);
    world_run(&world, 5 * SECOND);
    assert_int_equal(scales_of(ALL), 1);
    assert_int_equal(world_deployment(&world, 1)->reason, REASON_DRY_RUN);
    world_run(&world, MINUTE);
    assert_int_equal(world_deployment(&world, 1)->reason, REASON_DUPLICATE_ID);
    world_fini(&world);
}

/* The scale of the last site waits behind that of the first one; discoveries do not wait. */
static void row_happens_while_a_manual_scale_is_queued(void **state)
{
    const struct look_row *row = *state;
    sites(12, 11);
    world.config.concurrency = 1;
    world.scale_ms = 5 * SECOND;
    run_on(10 * SECOND);
    assert_true(scale_by(0, 1, false));
    assert_true(scale_by(11, 1, false));
    world_run(&world, SECOND);
    assert_true(world_deployment(&world, 11)->is_scale_queued);
    world.sites[11].is_listed = row->is_listed;
    world.sites[11].definition_fault = row->fault;
    if (row->kind != COMMAND_FOCUS)
        assert_true(send_command(row->kind));
    world_run(&world, 9 * SECOND);
    assert_int_equal(scales_of(11), row->scales);
    assert_int_equal(world.events[EVENT_SCALE_DROPPED], !row->scales);
    if (row->reason != REASON_NONE)
        assert_int_equal(world_deployment(&world, 11)->reason, row->reason);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_manual_removal_is_checked_against_a_new_status),
        cmocka_unit_test(a_reload_to_read_only_drops_a_queued_manual_scale),
        cmocka_unit_test(a_bad_definition_is_shown_again_after_a_manual_scale),
        cmocka_unit_test(a_manual_scale_is_sent_once_and_counted),
        cmocka_unit_test(a_manual_scale_is_sent_during_a_pause),
        cmocka_unit_test(hosts_added_by_hand_stay_for_the_window),
        cmocka_unit_test(passes_begin_and_end_during_a_manual_scale),
        cmocka_unit_test(a_manual_scale_may_overlap_a_read),
        cmocka_unit_test(a_queued_manual_scale_refuses_another_one),
        cmocka_unit_test(a_read_does_not_repeat_a_queued_manual_scale),
        cmocka_unit_test(the_next_pass_counts_a_manual_scale),
        cmocka_unit_test(an_accepted_manual_scale_clears_the_error_text),
        cmocka_unit_test(once_awaits_manual_scales),
        cmocka_unit_test(objections_are_overruled_only_by_force),
        cmocka_unit_test(a_deployment_without_a_status_refuses_a_manual_scale),
        cmocka_unit_test(a_stop_drops_queued_scales_and_awaits_those_in_flight),
        cmocka_unit_test(an_abandoned_manual_scale_is_lost),
        cmocka_unit_test(a_deployment_with_a_manual_scale_in_flight_is_not_removed),
        cmocka_unit_test(a_deployment_with_a_queued_manual_scale_is_not_removed),
    };
    struct CMUnitTest ends[COUNT_OF(end_rows)];
    struct CMUnitTest lates[COUNT_OF(late_rows)];
    struct CMUnitTest looks[COUNT_OF(look_rows)];
    TESTS_FROM_ROWS(ends, end_rows, row_is_the_outcome_of_a_manual_scale);
    TESTS_FROM_ROWS(lates, late_rows, row_is_commanded_while_a_decision_is_queued);
    TESTS_FROM_ROWS(looks, look_rows, row_happens_while_a_manual_scale_is_queued);
    int failed = cmocka_run_group_tests_name("operator scales", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator scales: ends", ends, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator scales: queued decisions", lates, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("operator scales: queued manual scales", looks, NULL, NULL);
}

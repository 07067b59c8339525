/*
 * Commands of an operator to the reconciler: pauses, dry-run, passes, and which of them are refused.
 */
#include "engine/core/reconciler.h"

#include "tests/support/operator_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

/* --- pauses ---------------------------------------------------------------------------------------- */

static void a_pause_of_all_stops_scales_and_nothing_else(void **state)
{
    (void)state;
    sites(3, 11);
    run_on(MINUTE);
    assert_true(send_command(COMMAND_PAUSE_ALL));
    assert_true(reconciler_is_paused(world.reconciler));
    assert_int_equal(reconciler_paused_at(world.reconciler).ms, world.now.ms);
    for (size_t i = 0; i < 3; i++)
        site_set_demand(&world.sites[i], 100);
    int32_t reads = world.sites[0].read_count;
    world_run(&world, 10 * MINUTE);
    assert_int_equal(scales_of(ALL), 0);
    assert_in_range(world.sites[0].read_count - reads, 19, 21);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(deployment->reason, REASON_PAUSED);
    assert_int_equal(deployment->raw_delta, 1);
    assert_true(send_command(COMMAND_RESUME_ALL));
    assert_int_equal(scales_of(ALL), 0);
    world_run(&world, 31 * SECOND);
    assert_int_equal(scales_of(ALL), 3);
    world_fini(&world);
}

static void a_pause_of_one_does_not_affect_others(void **state)
{
    (void)state;
    sites(3, 11);
    run_on(MINUTE);
    assert_true(send_command_about(COMMAND_PAUSE, 1));
    for (size_t i = 0; i < 3; i++)
        site_set_demand(&world.sites[i], 100);
    world_run(&world, 2 * MINUTE);
    assert_int_equal(scales_of(0), 1);
    assert_int_equal(scales_of(1), 0);
    assert_int_equal(scales_of(2), 1);
    assert_true(send_command_about(COMMAND_RESUME, 1));
    world_run(&world, 31 * SECOND);
    assert_int_equal(scales_of(1), 1);
    world_fini(&world);
}

static void a_pause_lasts_over_a_reload_and_an_absence(void **state)
{
    (void)state;
    sites(10, 11);
    run_on(MINUTE);
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    reconciler_configure(world.reconciler, &world.config, world.now);
    world.sites[0].is_listed = false;
    world_run(&world, 2 * MINUTE);
    assert_false(world_deployment(&world, 0)->is_listed);
    world.sites[0].is_listed = true;
    site_set_demand(&world.sites[0], 100);
    world_run(&world, 3 * MINUTE);
    assert_true(world_deployment(&world, 0)->is_operator_paused);
    assert_int_equal(scales_of(0), 0);
    assert_true(send_command(COMMAND_PAUSE_ALL));
    reconciler_configure(world.reconciler, &world.config, world.now);
    assert_true(reconciler_is_paused(world.reconciler));
    world_fini(&world);
}

/* Even after the time after which the deployment would be removed. */
static void only_an_operator_ends_a_pause(void **state)
{
    (void)state;
    sites(10, 11);
    run_on(MINUTE);
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    world.sites[0].is_listed = false;
    world.sites[1].is_listed = false;
    world_run(&world, 3 * GONE_KEEP_MS);
    assert_null(world_deployment(&world, 1));
    assert_non_null(world_deployment(&world, 0));
    world.sites[0].is_listed = true;
    site_set_demand(&world.sites[0], 100);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(scales_of(0), 0);
    assert_true(send_command_about(COMMAND_RESUME, 0));
    world_run(&world, MINUTE);
    assert_int_equal(scales_of(0), 1);
    world_fini(&world);
}

static void a_repeated_command_is_acknowledged_as_such(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(MINUTE);
    assert_true(send_command(COMMAND_RESUME_ALL));
    assert_non_null(strstr(ack.text, "nothing was paused"));
    assert_true(send_command(COMMAND_PAUSE_ALL));
    struct mono since = reconciler_paused_at(world.reconciler);
    world_run(&world, SECOND);
    assert_true(send_command(COMMAND_PAUSE_ALL));
    assert_non_null(strstr(ack.text, "already"));
    assert_int_equal(reconciler_paused_at(world.reconciler).ms, since.ms);
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    assert_non_null(strstr(ack.text, "already"));
    world_fini(&world);
}

static void a_resume_of_all_names_what_stays_paused(void **state)
{
    (void)state;
    sites(3, 11);
    run_on(MINUTE);
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    assert_true(send_command(COMMAND_RESUME_ALL));
    assert_string_equal(
        ack.text, "there was no pause of all; 1 deployment that was paused alone stays paused");
    assert_true(send_command_about(COMMAND_PAUSE, 1));
    assert_true(send_command(COMMAND_PAUSE_ALL));
    assert_true(send_command(COMMAND_RESUME_ALL));
    assert_string_equal(ack.text, "resumed: the next pass scales again; "
                                  "2 deployments that were paused one by one stay paused");
    world_fini(&world);
}

static void a_resume_does_not_overrule_the_policy(void **state)
{
    (void)state;
    sites(1, 10);
    world.sites[0].policy.is_paused = true;
    run_on(MINUTE);
    assert_true(send_command_about(COMMAND_PAUSE, 0));
    assert_true(send_command_about(COMMAND_RESUME, 0));
    assert_non_null(strstr(ack.text, "its policy pauses it"));
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(ALL), 0);
    world_fini(&world);
}

/* --- dry-run, passes ------------------------------------------------------------------------------- */

static void a_dry_run_can_be_switched_on_and_off(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(MINUTE);
    assert_true(send_command(COMMAND_DRY_RUN_ON));
    assert_true(reconciler_is_dry_run(world.reconciler));
    site_set_demand(&world.sites[0], 100);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(ALL), 0);
    assert_int_equal(world_deployment(&world, 0)->action, ACTION_DRY_RUN);
    assert_true(send_command(COMMAND_DRY_RUN_OFF));
    world_run(&world, 31 * SECOND);
    assert_int_equal(scales_of(ALL), 1);
    world_fini(&world);
}

static void a_reload_sets_the_dry_run(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(MINUTE);
    assert_true(send_command(COMMAND_DRY_RUN_ON));
    reconciler_configure(world.reconciler, &world.config, world.now);
    assert_false(reconciler_is_dry_run(world.reconciler));
    world_fini(&world);
}

static void requested_passes_and_discoveries_start_at_once(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(5 * SECOND);
    assert_true(send_command(COMMAND_PASS));
    world_run(&world, SECOND);
    assert_int_equal(world.sites[0].read_count, 2);
    assert_true(send_command(COMMAND_DISCOVERY));
    world_run(&world, SECOND);
    assert_int_equal(world_count(&world, EFFECT_DISCOVER, ALL, 0), 2);
    world_fini(&world);
}

static void without_a_list_there_is_no_pass(void **state)
{
    (void)state;
    sites(1, 11);
    world.discoveries = (struct script){ ANSWER_ERROR, FOREVER };
    run_on(SECOND);
    assert_false(send_command(COMMAND_PASS));
    world_fini(&world);
}

/* --- permissions ---------------------------------------------------------------------------------- */

static const struct steer_row {
    const char *name;
    enum command_kind kind;
    bool is_accepted; /* read-only */
} steer_rows[] = {
    { "a pass", COMMAND_PASS, true },
    { "a discovery", COMMAND_DISCOVERY, true },
    { "a pause of all", COMMAND_PAUSE_ALL, false },
    { "a resume of all", COMMAND_RESUME_ALL, false },
    { "a pause", COMMAND_PAUSE, false },
    { "a resume", COMMAND_RESUME, false },
    { "a dry-run", COMMAND_DRY_RUN_ON, false },
    { "the end of a dry-run", COMMAND_DRY_RUN_OFF, false },
    { "a scale", COMMAND_SCALE, false },
};

static void row_is_checked_when_read_only_and_when_stopping(void **state)
{
    const struct steer_row *row = *state;
    sites(1, 11);
    world.config.is_read_only = true;
    run_on(MINUTE);
    struct command command = about(row->kind, 0);
    command.delta = 1;
    assert_int_equal(give(&command), row->is_accepted);
    assert_int_equal(world.events[EVENT_OPERATOR_COMMAND], 1);
    if (!row->is_accepted)
        assert_non_null(strstr(ack.text, "read-only"));
    world_run(&world, MINUTE);
    reconciler_stop(world.reconciler, world.now);
    assert_false(give(&command));
    assert_int_equal(world.events[EVENT_OPERATOR_COMMAND], 2);
    assert_int_equal(scales_of(ALL), 0);
    world_fini(&world);
}

static void focus_and_stop_are_refused(void **state)
{
    (void)state;
    sites(1, 11);
    run_on(MINUTE);
    assert_false(send_command(COMMAND_FOCUS));
    assert_false(send_command(COMMAND_STOP));
    world_fini(&world);
}

static void a_slot_of_another_deployment_is_refused(void **state)
{
    (void)state;
    sites(2, 11);
    run_on(MINUTE);
    struct command command = about(COMMAND_SCALE, 0);
    command.delta = 1;
    command.slot = world_deployment(&world, 1)->slot;
    assert_false(give(&command));
    assert_non_null(strstr(ack.text, "d000 no longer exists"));
    command.slot = 4711;
    assert_false(give(&command));
    command = about(COMMAND_PAUSE, 1);
    snprintf(command.id, sizeof command.id, "d00\x1b[2J");
    assert_false(give(&command));
    assert_non_null(strstr(ack.text, "\\x1b"));
    memset(command.id, '\\', sizeof command.id - 1);
    assert_false(give(&command));
    assert_non_null(strstr(ack.text, "... no longer exists"));
    world_run(&world, 5 * MINUTE);
    assert_int_equal(scales_of(ALL), 0);
    assert_false(world_deployment(&world, 1)->is_operator_paused);
    world_fini(&world);
}

/* An entry without an id has a name for the display, but accepts no command. */
static void an_entry_without_an_id_refuses_commands(void **state)
{
    (void)state;
    static const struct definition no_id = { .fault = REASON_BAD_ID, .fault_text = "no id" };
    static const struct discovery_result list = { .discovery = { &no_id, 1 }, .is_ok = true };
    struct effect effect;
    sites(0, 0);
    world_start(&world);
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    reconciler_discovery_done(world.reconciler, world.now, &list);
    const struct deployment *deployment = fleet_at(reconciler_fleet(world.reconciler), 0);
    assert_true(deployment->is_entry);
    struct command command = { .kind = COMMAND_PAUSE, .slot = 0 };
    snprintf(command.id, sizeof command.id, "%s", deployment->id);
    assert_false(give(&command));
    assert_false(deployment->is_operator_paused);
    world_fini(&world);
}

/* The deployment of the command was removed, and another one has its slot. */
static void a_reused_slot_is_refused(void **state)
{
    (void)state;
    sites(2, 11);
    world_add_sites(&world, 1, true, 11, 90);
    world.sites[2].is_listed = false;
    run_on(MINUTE);
    struct command command = about(COMMAND_SCALE, 0);
    command.delta = 1;
    world.sites[0].is_listed = false;
    world_run(&world, 2 * 60 * MINUTE);
    assert_null(world_deployment(&world, 0));
    assert_false(give(&command));
    world.sites[2].is_listed = true;
    world_run(&world, 2 * MINUTE);
    assert_int_equal(world_deployment(&world, 2)->slot, command.slot);
    assert_false(give(&command));
    command.kind = COMMAND_PAUSE;
    assert_false(give(&command));
    world_run(&world, MINUTE);
    assert_int_equal(scales_of(2), 0);
    assert_false(world_deployment(&world, 2)->is_operator_paused);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_of_all_stops_scales_and_nothing_else),
        cmocka_unit_test(a_pause_of_one_does_not_affect_others),
        cmocka_unit_test(a_pause_lasts_over_a_reload_and_an_absence),
        cmocka_unit_test(only_an_operator_ends_a_pause),
        cmocka_unit_test(a_repeated_command_is_acknowledged_as_such),
        cmocka_unit_test(a_resume_of_all_names_what_stays_paused),
        cmocka_unit_test(a_resume_does_not_overrule_the_policy),
        cmocka_unit_test(a_dry_run_can_be_switched_on_and_off),
        cmocka_unit_test(a_reload_sets_the_dry_run),
        cmocka_unit_test(requested_passes_and_discoveries_start_at_once),
        cmocka_unit_test(without_a_list_there_is_no_pass),
        cmocka_unit_test(focus_and_stop_are_refused),
        cmocka_unit_test(a_slot_of_another_deployment_is_refused),
        cmocka_unit_test(an_entry_without_an_id_refuses_commands),
        cmocka_unit_test(a_reused_slot_is_refused),
    };
    struct CMUnitTest steers[COUNT_OF(steer_rows)];
    TESTS_FROM_ROWS(steers, steer_rows, row_is_checked_when_read_only_and_when_stopping);
    int failed = cmocka_run_group_tests_name("operator", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("operator: permissions", steers, NULL, NULL);
}

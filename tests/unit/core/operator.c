/*
 * Commands of an operator to the reconciler: pauses, dry-run, passes and manual scales, on simulated time.
 */
#include "engine/core/reconciler.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/watch.h"
#include "tests/support/world.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;
static struct watch watch;
static struct command_ack ack;

/* Ninety busy servers need eleven hosts. */
static void sites(size_t count, int32_t hosts)
{
    world_init(&world, 1);
    world_add_sites(&world, count, true, hosts, 90);
}

static void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

static struct command about(enum command_kind kind, size_t site)
{
    const struct deployment *deployment = world_deployment(&world, site);
    struct command command = { .kind = kind, .serial = 7, .slot = deployment->slot };
    snprintf(command.id, sizeof command.id, "%s", deployment->id);
    return command;
}

static bool give(const struct command *command)
{
    return world_command(&world, command, &ack);
}

static bool send_command(enum command_kind kind)
{
    struct command command = { .kind = kind, .serial = 9, .slot = SLOT_NONE };
    return give(&command);
}

static bool send_command_about(enum command_kind kind, size_t site)
{
    struct command command = about(kind, site);
    return give(&command);
}

static bool scale_by(size_t site, int32_t delta, bool is_forced)
{
    struct command command = about(COMMAND_SCALE, site);
    command.delta = delta;
    command.is_forced = is_forced;
    bool is_accepted = give(&command);
    if (is_accepted && delta > 0)
        world.sites[site].allowed_hosts += delta;
    return is_accepted;
}

static int32_t scales_of(size_t site)
{
    return world_count(&world, EFFECT_SCALE, site, 0);
}

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
        cmocka_unit_test(a_manual_removal_is_checked_against_a_new_status),
        cmocka_unit_test(a_reload_to_read_only_drops_a_queued_manual_scale),
        cmocka_unit_test(a_bad_definition_is_shown_again_after_a_manual_scale),
        cmocka_unit_test(a_slot_of_another_deployment_is_refused),
        cmocka_unit_test(an_entry_without_an_id_refuses_commands),
        cmocka_unit_test(a_reused_slot_is_refused),
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
        cmocka_unit_test(every_change_sets_marks_and_the_version),
        cmocka_unit_test(a_discovery_that_changes_nothing_marks_nothing),
        cmocka_unit_test(the_outlook_has_the_next_times),
        cmocka_unit_test(the_outlook_has_the_trouble_and_the_last_read),
    };
    struct CMUnitTest steers[COUNT_OF(steer_rows)];
    struct CMUnitTest ends[COUNT_OF(end_rows)];
    struct CMUnitTest lates[COUNT_OF(late_rows)];
    struct CMUnitTest looks[COUNT_OF(look_rows)];
    struct CMUnitTest faults[COUNT_OF(fault_rows)];
    TESTS_FROM_ROWS(steers, steer_rows, row_is_checked_when_read_only_and_when_stopping);
    TESTS_FROM_ROWS(ends, end_rows, row_is_the_outcome_of_a_manual_scale);
    TESTS_FROM_ROWS(lates, late_rows, row_is_commanded_while_a_decision_is_queued);
    TESTS_FROM_ROWS(looks, look_rows, row_happens_while_a_manual_scale_is_queued);
    TESTS_FROM_ROWS(faults, fault_rows, row_is_marked_at_its_start_and_at_its_end);
    int failed = cmocka_run_group_tests_name("operator", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator: permissions", steers, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator: ends", ends, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator: queued decisions", lates, NULL, NULL);
    failed += cmocka_run_group_tests_name("operator: queued manual scales", looks, NULL, NULL);
    return failed + cmocka_run_group_tests_name("operator: marks", faults, NULL, NULL);
}

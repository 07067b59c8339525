/*
 * A new process with what an earlier one has recorded: no need is ordered twice, whatever dies in between.
 */
#include "engine/core/reconciler_restore.h"

#include "engine/base/arith.h"
#include "engine/core/deployment_record.h"
#include "engine/core/deployment_state.h"
#include "tests/support/test.h"
#include "tests/support/world.h"
#include "tests/support/world_restart.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;

static void sites(size_t count, bool is_counted_when_ordered, int32_t hosts, int32_t busy)
{
    world_init(&world, 1);
    world_add_sites(&world, count, is_counted_when_ordered, hosts, busy);
    world.config.is_recording = true;
    world.record_ms = 10;
}

static void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

/* --- orders ---------------------------------------------------------------------------------------------------- */

static const struct kill_row {
    const char *name;
    bool is_counted_when_ordered;
    int64_t scale_ms; /* how long the API takes for the scale */
    int64_t kill_ms;  /* after the start */
    bool is_applied;
    int64_t down_ms;
} kill_rows[] = {
    { "before the record", true, 50, 0, false, 10 * SECOND },
    { "while it is recorded", true, 50, 125, false, 10 * SECOND },
    { "in flight, applied", true, 2 * SECOND, SECOND, true, 10 * SECOND },
    { "in flight, not applied", true, 2 * SECOND, SECOND, false, 10 * SECOND },
    { "in flight, applied, counted when booted", false, 2 * SECOND, SECOND, true, 10 * SECOND },
    { "in flight, not applied, counted when booted", false, 2 * SECOND, SECOND, false,
      10 * SECOND },
    { "accepted", true, 50, SECOND, true, 10 * SECOND },
    { "accepted, counted when booted", false, 50, SECOND, true, 10 * SECOND },
    { "booting", false, 50, MINUTE, true, 10 * SECOND },
    { "booted in the meantime", false, 50, MINUTE, true, 5 * MINUTE },
    { "down for longer than boot_timeout", false, 50, MINUTE, true, 30 * MINUTE },
    { "in flight, applied, down for long", false, 2 * SECOND, SECOND, true, 30 * MINUTE },
};

/* The world checks after each step that no host is owned beyond the need. */
static void a_need_is_ordered_once(void **state)
{
    const struct kill_row *row = *state;
    sites(3, row->is_counted_when_ordered, 20, 190);
    world.scale_ms = row->scale_ms;
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].is_key_honoured = true;
    run_on(row->kill_ms);
    world_restart_restored(&world, row->is_applied, row->down_ms);
    world_run(&world, 40 * MINUTE);
    for (size_t i = 0; i < world.site_count; i++) {
        assert_int_equal(site_owned_hosts(&world.sites[i]), 23);
        assert_int_equal(world.sites[i].applied_count, 1);
        assert_null(world_deployment(&world, i)->ledger);
    }
    world_fini(&world);
}

static void kills_in_a_row_order_nothing_twice(void **state)
{
    (void)state;
    for (int64_t every_ms = 3 * SECOND; every_ms < 40 * SECOND; every_ms += 3700) {
        sites(4, every_ms % 2, 4, 38);
        for (size_t i = 0; i < world.site_count; i++)
            world.sites[i].is_key_honoured = true;
        world.scale_ms = 700;
        run_on(40 * SECOND);
        for (size_t i = 0; i < world.site_count; i++)
            site_set_demand(&world.sites[i], 340);
        for (int kill = 0; kill < 16; kill++) {
            world_run(&world, every_ms);
            world_restart_restored(&world, kill % 2, SECOND);
        }
        world_run(&world, 60 * MINUTE);
        for (size_t i = 0; i < world.site_count; i++)
            assert_int_equal(site_owned_hosts(&world.sites[i]), 40);
        world_fini(&world);
    }
}

static void nothing_is_sent_before_a_second_status(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    run_on(20 * SECOND);
    int64_t from_ms = world.now.ms;
    world_restart_restored(&world, true, SECOND);
    site_set_demand(&world.sites[0], 225);
    world_run(&world, 10 * SECOND);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(deployment->reason, REASON_RESTARTED);
    assert_true(deployment->raw_delta > 0);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, from_ms), 0);
    world_run(&world, 30 * SECOND);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, from_ms), 1);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 24);
    world_fini(&world);
}

/* Each run sees one status. */
static void once_does_not_wait_for_a_second_status(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    world.config.is_once = true;
    run_on(20 * SECOND);
    site_set_demand(&world.sites[0], 225);
    world_restart_restored(&world, true, MINUTE);
    world_run(&world, 20 * SECOND);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 24);
    world_fini(&world);
}

static void a_removal_is_not_sent_again(void **state)
{
    (void)state;
    for (int is_applied = 0; is_applied < 2; is_applied++) {
        sites(2, true, 30, 90);
        for (size_t i = 0; i < world.site_count; i++) {
            world.sites[i].drain_ms = 20 * MINUTE;
            world.sites[i].policy.scale_down_window_ms = 0;
        }
        world.scale_ms = 2 * SECOND;
        run_on(SECOND);
        world_restart_restored(&world, is_applied, 10 * SECOND);
        world_run(&world, 5 * MINUTE);
        for (size_t i = 0; i < world.site_count; i++) {
            assert_int_equal(world.sites[i].applied_count, is_applied);
            assert_true(site_owned_hosts(&world.sites[i]) >= 11);
        }
        world_fini(&world);
    }
}

/* --- what else lasts ------------------------------------------------------------------------------------------- */

static void a_cooldown_goes_on(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    world.sites[0].policy.cooldown_up_ms = 10 * MINUTE;
    run_on(MINUTE);
    site_set_demand(&world.sites[0], 225);
    int64_t from_ms = world.now.ms;
    world_restart_restored(&world, true, MINUTE);
    world_run(&world, 7 * MINUTE);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_COOLDOWN_UP);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, from_ms), 0);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, from_ms), 1);
    world_fini(&world);
}

static void the_growth_of_an_hour_counts(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    world.sites[0].policy.max_growth_per_hour = (struct step_limit){ STEP_HOSTS, 3 };
    run_on(10 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 23);
    site_set_demand(&world.sites[0], 225);
    world_restart_restored(&world, true, MINUTE);
    world_run(&world, 40 * MINUTE);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_MAX_GROWTH_PER_HOUR);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 23);
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 26);
    world_fini(&world);
}

static void pauses_last(void **state)
{
    (void)state;
    struct command_ack ack;
    sites(2, true, 11, 90);
    run_on(MINUTE);
    struct command command = { .kind = COMMAND_PAUSE, .slot = world_deployment(&world, 1)->slot };
    snprintf(command.id, sizeof command.id, "%s", world.sites[1].id);
    assert_true(world_command(&world, &command, &ack));
    command.kind = COMMAND_PAUSE_ALL;
    assert_true(world_command(&world, &command, &ack));
    int64_t paused_ms = world.now.ms;
    world_restart_restored(&world, true, MINUTE);
    assert_true(reconciler_is_paused(world.reconciler));
    assert_int_equal(reconciler_paused_at(world.reconciler).ms, paused_ms);
    site_set_demand(&world.sites[0], 100);
    site_set_demand(&world.sites[1], 100);
    world_run(&world, 5 * MINUTE);
    assert_int_equal(world_count(&world, EFFECT_SCALE, ALL, 0), 0);
    command.kind = COMMAND_RESUME_ALL;
    assert_true(world_command(&world, &command, &ack));
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    assert_int_equal(world.sites[1].scale_count, 0);
    assert_true(world_deployment(&world, 1)->is_operator_paused);
    world_fini(&world);
}

/* A deployment that no list has yet is paused all the same. */
static void overrides_come_before_deployments(void **state)
{
    (void)state;
    sites(2, true, 10, 90);
    world_start(&world);
    struct reconciler *reconciler = world.reconciler;
    const char *id = world.sites[1].id;
    assert_int_equal(reconciler_restore_override(reconciler, world.now, RESTORED_PAUSE, id, 0, 0),
                     0);
    assert_int_equal(reconciler_restore_override(reconciler, world.now, RESTORED_PAUSE,
                                                 world.sites[0].id, 2 * MINUTE, MINUTE),
                     0);
    assert_int_equal(reconciler_restore_override(reconciler, world.now, RESTORED_PAUSE, "", 0, 0),
                     -EINVAL);
    world_run(&world, MINUTE);
    assert_int_equal(world.sites[0].scale_count, 1);
    assert_int_equal(world.sites[1].scale_count, 0);
    world_fini(&world);
    sites(1, true, 10, 90);
    world_start(&world);
    assert_int_equal(
        reconciler_restore_override(world.reconciler, world.now, RESTORED_DRY_RUN, "", 5, 0), 0);
    world_run(&world, MINUTE);
    assert_true(reconciler_is_dry_run(world.reconciler));
    assert_int_equal(world.sites[0].scale_count, 0);
    world_fini(&world);
}

/* --- single scales --------------------------------------------------------------------------------------------- */

#define KEY "00000000000000aa-5"

static const struct scale_row {
    const char *name;
    const char *key;
    int32_t delta;
    enum restored_outcome outcome;
    int64_t age_ms; /* the record is a minute old */
    int32_t pending;
    enum ledger_state state;
} scale_rows[] = {
    /* The record has an unconfirmed order of 3 with KEY. */
    { "the same without an outcome", KEY, 3, RESTORED_UNKNOWN, 70000, 3, LEDGER_UNCONFIRMED },
    { "the same, accepted", KEY, 3, RESTORED_ACCEPTED, 70000, 3, LEDGER_SETTLED },
    { "the same, refused", KEY, 3, RESTORED_REFUSED, 70000, 0, LEDGER_SETTLED },
    { "the same, not sent", KEY, 3, RESTORED_NOT_SENT, 70000, 0, LEDGER_SETTLED },
    { "an older one", "00000000000000aa-4", 7, RESTORED_UNKNOWN, 80000, 3, LEDGER_UNCONFIRMED },
    { "an older one of an earlier run", "00000000000000bb-9", 7, RESTORED_UNKNOWN, 80000, 3,
      LEDGER_UNCONFIRMED },
    { "a newer one", "00000000000000aa-6", 7, RESTORED_UNKNOWN, 20000, 10, LEDGER_UNCONFIRMED },
    { "a newer one at the same moment", "00000000000000aa-6", 7, RESTORED_UNKNOWN, 60000, 10,
      LEDGER_UNCONFIRMED },
    { "a newer one of a later run", "00000000000000bb-1", 7, RESTORED_UNKNOWN, 20000, 10,
      LEDGER_UNCONFIRMED },
    { "a newer one, accepted", "00000000000000aa-6", 7, RESTORED_ACCEPTED, 20000, 10,
      LEDGER_SETTLED },
    { "a newer one, refused", "00000000000000aa-6", 7, RESTORED_REFUSED, 20000, 3,
      LEDGER_UNCONFIRMED },
    { "a newer removal", "00000000000000aa-6", -2, RESTORED_UNKNOWN, 20000, 1, LEDGER_UNCONFIRMED },
};

static size_t make_record(uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX], struct mono now)
{
    struct fleet *fleet;
    struct deployment *deployment;
    struct ledger_timeouts timeouts = { 10 * MINUTE, 20 * MINUTE, MINUTE };
    struct mono sent = mono_after(now, -10 * SECOND);
    assert_int_equal(fleet_create(&fleet), 0);
    assert_int_equal(fleet_add(fleet, "d000", false, &deployment), 0);
    deployment->servers_per_host = 10;
    deployment->status = (struct status){ 20, 200, 10 };
    deployment->status_at = sent;
    deployment->has_status = true;
    ledger_send(fleet_open_ledger(fleet, deployment), 3, sent, &timeouts);
    deployment->ledger->key = (struct order_key){ 0xaa, 5 };
    growth_add(fleet_open_growth(fleet, deployment), 3, sent);
    deployment->last_delta = 3;
    deployment->last_scale = sent;
    size_t size = deployment_export(deployment, now, bytes, DEPLOYMENT_RECORD_SIZE_MAX);
    fleet_destroy(fleet);
    return size;
}

static void a_scale_is_in_the_ledger_once(void **state)
{
    const struct scale_row *row = *state;
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    sites(1, true, 20, 190);
    size_t size = make_record(bytes, world.now);
    world.now = mono_after(world.now, MINUTE);
    world_start(&world);
    assert_int_equal(reconciler_restore_deployment(world.reconciler, world.now, "d000",
                                                   DEPLOYMENT_RECORD_VERSION, bytes, size, MINUTE,
                                                   false),
                     0);
    assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", row->key,
                                              row->delta, row->outcome, 1, row->age_ms),
                     0);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(ledger_pending_hosts(deployment->ledger), row->pending);
    assert_int_equal(ledger_state(deployment->ledger), row->state);
    assert_int_equal(growth_hosts(deployment->growth, world.now),
                     max_i64(row->pending, row->delta < 0 ? 3 : 0));
    world_fini(&world);
}

/* The record was written after the intent and before the request. */
static void growth_that_was_being_recorded_counts_once(void **state)
{
    (void)state;
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    char key[KEY_SIZE];
    for (int is_applied = 0; is_applied < 2; is_applied++) {
        sites(1, true, 20, 190);
        world.record_ms = MINUTE;
        run_on(5 * SECOND);
        const struct deployment *deployment = world_deployment(&world, 0);
        assert_true(deployment->ledger->is_recording);
        order_key_format(&deployment->ledger->key, key);
        size_t size = deployment_export(deployment, world.now, bytes, sizeof bytes);
        world_fini(&world);
        sites(1, true, 20, 190);
        world_start(&world);
        assert_int_equal(reconciler_restore_deployment(world.reconciler, world.now, "d000",
                                                       DEPLOYMENT_RECORD_VERSION, bytes, size,
                                                       SECOND, false),
                         0);
        enum restored_outcome outcome = is_applied ? RESTORED_ACCEPTED : RESTORED_NOT_SENT;
        assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", key, 3,
                                                  outcome, 1, SECOND),
                         0);
        deployment = world_deployment(&world, 0);
        assert_int_equal(growth_hosts(deployment->growth, world.now), is_applied ? 3 : 0);
        assert_int_equal(deployment->last_delta, is_applied ? 3 : 0);
        assert_int_equal(deployment->scaled_up_at.ms,
                         is_applied ? world.now.ms - SECOND : MONO_NEVER.ms);
        world_fini(&world);
    }
}

/* An earlier run has ended the pause after the record was written. */
static void a_record_does_not_pause(void **state)
{
    (void)state;
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    sites(1, true, 20, 190);
    run_on(5 * SECOND);
    struct deployment paused = *world_deployment(&world, 0);
    paused.is_operator_paused = true;
    size_t size = deployment_export(&paused, world.now, bytes, sizeof bytes);
    world_fini(&world);
    sites(1, true, 20, 190);
    world_start(&world);
    assert_int_equal(reconciler_restore_deployment(world.reconciler, world.now, "d000",
                                                   DEPLOYMENT_RECORD_VERSION, bytes, size, SECOND,
                                                   false),
                     0);
    assert_false(world_deployment(&world, 0)->is_operator_paused);
    world_fini(&world);
}

static void a_scale_without_a_record_is_unconfirmed(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    world_start(&world);
    assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", KEY, 3,
                                              RESTORED_UNKNOWN, 2, 20 * SECOND),
                     0);
    const struct deployment *deployment = world_deployment(&world, 0);
    assert_int_equal(ledger_state(deployment->ledger), LEDGER_UNCONFIRMED);
    assert_int_equal(deployment->ledger->repeats, 1);
    assert_false(deployment->is_listed);
    world_fini(&world);
}

static void what_is_no_scale_is_refused(void **state)
{
    (void)state;
    static const char *const keys[] = { "",
                                        "5",
                                        "aa-5",
                                        "00000000000000aa-0",
                                        "00000000000000aa-",
                                        "00000000000000aa-05",
                                        "00000000000000AA-5",
                                        " 0000000000000aa-5",
                                        "00000000000000aa-5 " };
    sites(1, true, 20, 190);
    world_start(&world);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", keys[i], 3,
                                                  RESTORED_UNKNOWN, 1, 0),
                         -EINVAL);
    assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", KEY, 0,
                                              RESTORED_UNKNOWN, 1, 0),
                     -EINVAL);
    assert_int_equal(fleet_count(reconciler_fleet(world.reconciler)), 0);
    world_fini(&world);
}

/* --- damage ---------------------------------------------------------------------------------------------------- */

/* Whatever a record says, the core lives on, and its checks hold. */
static void a_damaged_record_does_no_harm(void **state)
{
    (void)state;
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    struct mono at = { 1000000 };
    size_t size = make_record(bytes, at);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        sites(1, true, 20, 190);
        world.sites[0].allowed_hosts = INT32_MAX / 2;
        world_start(&world);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int failed =
            reconciler_restore_deployment(world.reconciler, world.now, "d000",
                                          DEPLOYMENT_RECORD_VERSION, bytes, size, MINUTE, false);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(failed == 0 || failed == -EINVAL);
        assert_int_equal(fleet_count(reconciler_fleet(world.reconciler)), failed == 0);
        world_run(&world, 3 * MINUTE);
        world_fini(&world);
    }
}

/* --- hostile worlds -------------------------------------------------------------------------------------------- */

static void no_kill_orders_anything_twice(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        world_init(&world, seed);
        world_add_sites(&world, 20, seed % 2, 8, 90);
        for (size_t i = 0; i < world.site_count; i++) {
            world.sites[i].is_key_honoured = true;
            world.sites[i].policy.drain_timeout_ms = 0;
        }
        world.config.is_recording = seed % 3 > 0;
        world.record_ms = 30;
        world.hostility = 10;
        world_start(&world);
        for (int kill = 0; kill < 30; kill++) {
            world_run(&world, 1 + random_below(&world.random, 3 * MINUTE));
            size_t site = (size_t)random_below(&world.random, 20);
            site_set_demand(&world.sites[site], 20 + (int32_t)random_below(&world.random, 200));
            if (random_below(&world.random, 2) == 0)
                world_restart_restored(&world, random_below(&world.random, 2),
                                       random_below(&world.random, MINUTE));
        }
        world.hostility = 0;
        world_run(&world, 120 * MINUTE);
        for (size_t i = 0; i < world.site_count; i++)
            assert_int_equal(site_owned_hosts(&world.sites[i]), site_needed_hosts(&world.sites[i]));
        world_fini(&world);
    }
}

/* --- damage ---------------------------------------------------------------------------------------------------- */

static void restore_settled(int32_t delta, int32_t hosts, int32_t pending, int64_t age_ms)
{
    const struct status seen = { hosts, 10 * hosts, 10 };
    assert_int_equal(
        reconciler_restore_seen(world.reconciler, world.now, "d000", &seen, pending, age_ms), 0);
    assert_int_equal(reconciler_restore_scale(world.reconciler, world.now, "d000", KEY, delta,
                                              RESTORED_ACCEPTED, 1, age_ms),
                     0);
}

static const struct settled_row {
    const char *name;
    int32_t seen_hosts;
    int32_t pending_hosts; /* when the scale of 3 was decided */
    int32_t pending;       /* after a first status of 20 hosts */
} settled_rows[] = {
    { "no host has come", 20, 0, 3 },       { "one has come", 19, 0, 2 },
    { "all have come", 17, 0, 0 },          { "others were pending too", 20, 2, 5 },
    { "of them, two have come", 18, 2, 3 },
};

/* The record is lost, the scales are not. */
static void hosts_on_their_way_are_those_of_the_scales(void **state)
{
    const struct settled_row *row = *state;
    sites(1, false, 20, 190);
    world_start(&world);
    restore_settled(3, row->seen_hosts, row->pending_hosts, MINUTE);
    world_run(&world, 5 * SECOND);
    assert_int_equal(ledger_pending_hosts(world_deployment(&world, 0)->ledger), row->pending);
    world_fini(&world);
}

static void old_scales_are_over(void **state)
{
    (void)state;
    sites(1, true, 20, 190);
    world_start(&world);
    const struct policy *policy = world.config.policy_of(world.config.policy_context, "d000");
    int64_t boot_ms = policy->boot_timeout_ms, drain_ms = policy->drain_timeout_ms;
    assert_true(drain_ms > boot_ms);
    assert_false(reconciler_is_scale_over(world.reconciler, "d000", 1, boot_ms - 1));
    assert_true(reconciler_is_scale_over(world.reconciler, "d000", 1, boot_ms));
    assert_false(reconciler_is_scale_over(world.reconciler, "d000", -1, boot_ms));
    assert_true(reconciler_is_scale_over(world.reconciler, "d000", -1, drain_ms));
    world_fini(&world);
}

/* 20 hosts have 200 servers; the target needs 23 hosts for 190 busy ones. */
static void after_a_loss_only_starved_deployments_grow(void **state)
{
    (void)state;
    sites(2, true, 20, 183);
    site_set_demand(&world.sites[1], 200);
    world_start(&world);
    reconciler_restore_loss(world.reconciler, world.now, MINUTE);
    world_run(&world, 3 * MINUTE);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_STATE_LOST);
    assert_int_equal(deployment_state(world_deployment(&world, 0), false, 0), STATE_HELD);
    struct reconciler_outlook outlook;
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_int_equal(outlook.lost_until.ms, world_deployment(&world, 0)->policy->boot_timeout_ms -
                                                MINUTE + world.now.ms - 3 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 20);
    assert_true(site_owned_hosts(&world.sites[1]) > 20);
    int64_t boot_ms = world_deployment(&world, 0)->policy->boot_timeout_ms;
    world_run(&world, boot_ms - 5 * MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 20);
    world_run(&world, 2 * MINUTE);
    assert_true(site_owned_hosts(&world.sites[0]) > 20);
    reconciler_outlook(world.reconciler, world.now, &outlook);
    assert_int_equal(outlook.lost_until.ms, MONO_NEVER.ms);
    world_fini(&world);
}

static void the_hold_of_a_loss_lasts_over_a_restart(void **state)
{
    (void)state;
    sites(1, true, 20, 183);
    world_start(&world);
    reconciler_restore_loss(world.reconciler, world.now, 0);
    world_run(&world, 2 * MINUTE);
    world_restart_restored(&world, true, MINUTE);
    reconciler_restore_loss(world.reconciler, world.now, 3 * MINUTE);
    world_run(&world, 2 * MINUTE);
    assert_int_equal(world_deployment(&world, 0)->reason, REASON_STATE_LOST);
    assert_int_equal(site_owned_hosts(&world.sites[0]), 20);
    world_run(&world, world_deployment(&world, 0)->policy->boot_timeout_ms);
    assert_true(site_owned_hosts(&world.sites[0]) > 20);
    world_fini(&world);
}

/* A deployment that was only paused has no record of its hosts. */
static void a_pause_is_no_memory_of_hosts(void **state)
{
    (void)state;
    sites(1, true, 20, 183);
    world_start(&world);
    assert_int_equal(
        reconciler_restore_override(world.reconciler, world.now, RESTORED_PAUSE, "d000", 0, 0), 0);
    reconciler_restore_loss(world.reconciler, world.now, 0);
    assert_true(world_deployment(&world, 0)->is_memory_lost);
    world_fini(&world);
}

/* --- the start hold -------------------------------------------------------------------------------------------- */

static void held_site(int32_t hosts, int32_t busy)
{
    sites(1, true, hosts, busy);
    world.sites[0].policy.is_bare = false;
    world.sites[0].policy.scale_down_window_ms = 15 * MINUTE;
}

/* Killed every minute: the hold of the first start ends all the same. */
static void a_crash_loop_does_not_keep_hosts_for_ever(void **state)
{
    (void)state;
    held_site(40, 50);
    run_on(30 * SECOND);
    int64_t window_ms = world_deployment(&world, 0)->policy->scale_down_window_ms;
    for (int64_t ms = 0; ms < window_ms - 2 * MINUTE; ms += MINUTE + SECOND) {
        assert_int_equal(site_owned_hosts(&world.sites[0]), 40);
        world_restart_restored(&world, true, SECOND);
        world_run(&world, MINUTE);
    }
    for (int i = 0; i < 5; i++) {
        world_restart_restored(&world, true, SECOND);
        world_run(&world, MINUTE);
    }
    assert_true(site_owned_hosts(&world.sites[0]) < 40);
    world_fini(&world);
}

static void a_long_stop_begins_the_start_hold_again(void **state)
{
    (void)state;
    held_site(40, 390);
    run_on(60 * MINUTE);
    int64_t window_ms = world_deployment(&world, 0)->policy->scale_down_window_ms;
    int32_t hosts = (int32_t)site_owned_hosts(&world.sites[0]);
    world_restart_restored(&world, true, window_ms);
    site_set_demand(&world.sites[0], 50);
    world_run(&world, window_ms - MINUTE);
    assert_int_equal(site_owned_hosts(&world.sites[0]), hosts);
    world_run(&world, 3 * MINUTE);
    assert_true(site_owned_hosts(&world.sites[0]) < hosts);
    world_fini(&world);
}

int main(void)
{
    struct CMUnitTest settled[COUNT_OF(settled_rows)];
    TESTS_FROM_ROWS(settled, settled_rows, hosts_on_their_way_are_those_of_the_scales);
    struct CMUnitTest kills[COUNT_OF(kill_rows)];
    struct CMUnitTest scales[COUNT_OF(scale_rows)];
    TESTS_FROM_ROWS(kills, kill_rows, a_need_is_ordered_once);
    TESTS_FROM_ROWS(scales, scale_rows, a_scale_is_in_the_ledger_once);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_in_a_row_order_nothing_twice),
        cmocka_unit_test(nothing_is_sent_before_a_second_status),
        cmocka_unit_test(once_does_not_wait_for_a_second_status),
        cmocka_unit_test(a_removal_is_not_sent_again),
        cmocka_unit_test(a_cooldown_goes_on),
        cmocka_unit_test(the_growth_of_an_hour_counts),
        cmocka_unit_test(pauses_last),
        cmocka_unit_test(overrides_come_before_deployments),
        cmocka_unit_test(growth_that_was_being_recorded_counts_once),
        cmocka_unit_test(a_record_does_not_pause),
        cmocka_unit_test(a_scale_without_a_record_is_unconfirmed),
        cmocka_unit_test(what_is_no_scale_is_refused),
        cmocka_unit_test(a_damaged_record_does_no_harm),
        cmocka_unit_test(no_kill_orders_anything_twice),
        cmocka_unit_test(old_scales_are_over),
        cmocka_unit_test(after_a_loss_only_starved_deployments_grow),
        cmocka_unit_test(the_hold_of_a_loss_lasts_over_a_restart),
        cmocka_unit_test(a_pause_is_no_memory_of_hosts),
        cmocka_unit_test(a_crash_loop_does_not_keep_hosts_for_ever),
        cmocka_unit_test(a_long_stop_begins_the_start_hold_again),
    };
    int failed = cmocka_run_group_tests_name("restore: kills", kills, NULL, NULL);
    failed += cmocka_run_group_tests_name("restore: settled scales", settled, NULL, NULL);
    failed += cmocka_run_group_tests_name("restore: scales", scales, NULL, NULL);
    return failed + cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}

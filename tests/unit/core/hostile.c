/*
 * Worlds with faults drawn from a seed, while demand, hosts and lists change. The world checks after every step (see
 * world.c) that no need is ordered twice, that no guard rail is broken, that nothing is sent on bad data or for
 * deployments that must not be scaled. Operators pause, resume and scale by hand meanwhile. Then the faults end, and
 * every deployment must reach its final number of hosts.
 */
#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/watch.h"
#include "tests/support/world.h"

#include <inttypes.h>
#include <stdio.h>

#define SITES 50
#define PASSES 100
#define PASS_MS 30000
/* Busy servers are limited by the servers: growth continues boot by boot. */
#define HEALING_MS (5 * 60 * 60 * 1000)
#define BUSY_MAX 200

/* A check after every step takes longer than the step, so only one in so many worlds is watched. */
#define WATCHED_EVERY 10
#define WATCHED_EVERY_OPERATED 3
#define CONCURRENCY_MAX 8
#define DELTA_MAX 5

static struct world world;
static struct watch watch;

static const struct hostile_row {
    const char *name;
    bool is_counted_when_ordered;
    uint64_t first_seed;
    uint64_t seeds;
    int32_t hostility;   /* percent of responses that fail */
    int32_t lag_percent; /* of statuses from a replica that lags */
    int32_t moves;       /* per thousand passes, another tool adds or removes hosts */
    int32_t flaps;       /* per thousand passes, a deployment leaves the list or comes back */
    int32_t fill_percent;
    int64_t confirm_ms;
    int32_t commands; /* of operators in a pass */
    bool is_looking_ahead;
} hostile_rows[] = {
    /* clang-format off */
    /*
     *                                         ordered  seed  n  hostility  lag  moves  flaps  fill  confirm commands
     * ahead
     */
    { "calm, counted when ordered",               true,     0, 5,         0,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "calm, counted when booted",                false,  100, 5,         0,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "faults, counted when ordered",             true,   200, 25,       15,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "faults, counted when booted",              false,  300, 25,       15,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "faults, patient, counted when ordered",    true,   400, 10,       15,   0,     0,     0,  100, 600000,       0, false },
    { "many faults, counted when booted",         false,  500, 20,       50,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "many faults, counted when ordered",        true,   600, 20,       50,   0,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "replicas that lag, counted when ordered",  true,   700, 15,        5,  25,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "replicas that lag, counted when booted",   false,  800, 15,        5,  25,     0,     0,  100, CONFIRM_AUTO, 0, false },
    { "another tool scales, when ordered",        true,   900, 15,        5,   0,    20,     0,  100, CONFIRM_AUTO, 0, false },
    { "another tool scales, when booted",         false, 1000, 15,        5,   0,    20,     0,  100, CONFIRM_AUTO, 0, false },
    { "lists that flap, counted when booted",     false, 1100, 15,       10,   0,     0,    30,  100, CONFIRM_AUTO, 0, false },
    { "hosts that never come, when booted",       false, 1200, 15,        5,   0,     0,     0,   50, CONFIRM_AUTO, 0, false },
    { "everything at once, counted when ordered", true,  1300, 20,       15,  15,     5,    10,   80, CONFIRM_AUTO, 0, false },
    { "everything at once, counted when booted",  false, 1400, 20,       15,  15,     5,    10,   80, CONFIRM_AUTO, 0, false },
    { "operators, counted when ordered",          true,  1500, 10,        0,   0,     0,     0,  100, CONFIRM_AUTO, 6, false },
    { "operators, counted when booted",           false, 1600, 10,        0,   0,     0,     0,  100, CONFIRM_AUTO, 6, false },
    { "operators and faults, when ordered",       true,  1700, 15,       15,   0,     0,     0,  100, CONFIRM_AUTO, 6, false },
    { "operators and faults, when booted",        false, 1800, 15,       15,   0,     0,     0,  100, CONFIRM_AUTO, 6, false },
    { "operators and flapping lists",             false, 1900, 10,       10,   0,     0,    30,  100, CONFIRM_AUTO, 6, false },
    { "operators and everything, when ordered",   true,  2000, 15,       15,  15,     5,    10,   80, CONFIRM_AUTO, 6, false },
    { "operators and everything, when booted",    false, 2100, 15,       15,  15,     5,    10,   80, CONFIRM_AUTO, 6, false },
    { "looking ahead, counted when ordered",      true,  2200, 10,        0,   0,     0,     0,  100, CONFIRM_AUTO, 0, true },
    { "looking ahead, counted when booted",       false, 2300, 10,        0,   0,     0,     0,  100, CONFIRM_AUTO, 0, true },
    { "looking ahead through faults and lag",     true,  2400, 15,       15,  15,     0,     0,  100, CONFIRM_AUTO, 0, true },
    { "looking ahead, everything, when ordered",  true,  2500, 15,       15,  15,     5,    10,   80, CONFIRM_AUTO, 6, true },
    { "looking ahead, everything, when booted",   false, 2600, 15,       15,  15,     5,    10,   80, CONFIRM_AUTO, 6, true },
    /* clang-format on */
};

static int32_t draw(int64_t bound)
{
    return (int32_t)random_below(&world.random, bound);
}

/* Each rule alone, and all of them. */
static void look_ahead(struct policy *policy)
{
    policy->lookahead_ms = draw(2) ? LOOKAHEAD_AUTO : 1000 + draw(600000);
    policy->surge_reserve_ppb = draw(3) ? policy_default.surge_reserve_ppb : 0;
    policy->saturation_step_ppb = draw(3) ? policy_default.saturation_step_ppb : 0;
    policy->outage_hold_ms = draw(3) ? policy_default.outage_hold_ms : 0;
    policy->min_free_servers = draw(3) ? 0 : draw(2) ? MIN_FREE_AUTO : draw(40);
}

static void vary_site(struct site *site, const struct hostile_row *row)
{
    if (row->is_looking_ahead)
        look_ahead(&site->policy);
    site->boot_ms = 1000 + draw(8 * 60 * 1000);
    site->policy.scale_down_window_ms = draw(2) * 300000;
    site->policy.max_hosts = draw(3) ? HOSTS_UNLIMITED : 12 + draw(10);
    site->policy.min_hosts = 1 + draw(4);
    site->policy.max_step_up =
        draw(2) ? (struct step_limit){ 0 } : (struct step_limit){ STEP_HOSTS, 1 + draw(6) };
    site->policy.max_step_down =
        draw(2) ? (struct step_limit){ 0 } : (struct step_limit){ STEP_HOSTS, 1 + draw(6) };
    site->policy.cooldown_up_ms = draw(3) ? 0 : draw(180000);
    site->policy.cooldown_down_ms = draw(3) ? 0 : draw(180000);
    site->policy.confirm_timeout_ms = row->confirm_ms;
    site->policy.drain_timeout_ms = 0; /* no removed host drains */
    site->policy.is_paused = draw(10) == 0;
    site->fill_percent = row->fill_percent;
    site->truth.ready = draw(12);
    site->allowed_hosts = site->truth.ready;
    site->stale_at = (struct mono){ 0 };
    site_set_demand(site, draw(BUSY_MAX));
}

static void prepare(const struct hostile_row *row, uint64_t seed)
{
    world_init(&world, seed);
    world_add_sites(&world, SITES, row->is_counted_when_ordered, 0, 0);
    for (size_t i = 0; i < SITES; i++)
        vary_site(&world.sites[i], row);
    world.hostility = row->hostility;
    world.lag_percent = row->lag_percent;
    world.lag_ms = 45000;
    world.retry_after_ms = 1000 + draw(90000);
    /* Scales wait in the queue only with few parallel requests. */
    if (row->commands > 0)
        world.config.concurrency = 1 + draw(CONCURRENCY_MAX);
    world_start(&world);
    if (seed % (row->commands > 0 ? WATCHED_EVERY_OPERATED : WATCHED_EVERY) == 0)
        watch_world(&watch, &world);
}

static void disturb(struct site *site, const struct hostile_row *row)
{
    if (draw(4) == 0)
        site_set_demand(site, (int32_t)clamp_i64(site->demand + draw(61) - 30, 0, BUSY_MAX));
    if (draw(1000) < row->moves)
        site_move(site, draw(7) - 3);
    if (draw(1000) < row->flaps)
        site->is_listed = !site->is_listed;
    if (row->commands > 0 && draw(1000) < row->flaps)
        site->definition_fault = site->definition_fault ? REASON_NONE
                                 : draw(2)              ? REASON_BAD_SERVERS_PER_HOST
                                                        : REASON_DUPLICATE_ID;
}

/* --- operators ------------------------------------------------------------------------------------- */

static bool is_about_one(enum command_kind kind)
{
    return kind == COMMAND_PAUSE || kind == COMMAND_RESUME || kind == COMMAND_SCALE;
}

static enum command_kind draw_kind(void)
{
    static const enum command_kind kinds[] = {
        COMMAND_SCALE,       COMMAND_SCALE,      COMMAND_SCALE,      COMMAND_SCALE,
        COMMAND_SCALE,       COMMAND_SCALE,      COMMAND_PAUSE,      COMMAND_PAUSE,
        COMMAND_RESUME,      COMMAND_RESUME,     COMMAND_RESUME,     COMMAND_PAUSE_ALL,
        COMMAND_RESUME_ALL,  COMMAND_RESUME_ALL, COMMAND_DRY_RUN_ON, COMMAND_DRY_RUN_OFF,
        COMMAND_DRY_RUN_OFF, COMMAND_PASS,       COMMAND_PASS,       COMMAND_DISCOVERY,
        COMMAND_FOCUS,       COMMAND_STOP,
    };
    return kinds[draw(COUNT_OF(kinds))];
}

/* About the deployment that is in this slot now; false: it is empty. */
static bool name_site(struct command *command, size_t site, bool is_slot_wrong)
{
    const struct deployment *deployment = world_deployment(&world, site);
    snprintf(command->id, sizeof command->id, "%s", world.sites[site].id);
    command->slot = deployment ? deployment->slot : (uint32_t)draw(2 * SITES);
    if (is_slot_wrong)
        command->slot = draw(2) ? SLOT_NONE : (command->slot + 1) % SITES;
    return deployment && !is_slot_wrong;
}

static void command_something(void)
{
    struct command_ack ack;
    struct command command = { .kind = draw_kind(), .serial = (uint32_t)draw(INT32_MAX) };
    bool is_there = name_site(&command, (size_t)draw(SITES), draw(10) == 0);
    command.delta = draw(2 * DELTA_MAX + 1) - DELTA_MAX;
    command.is_forced = draw(2);
    bool is_accepted = world_command(&world, &command, &ack);
    if (is_about_one(command.kind) && !is_there)
        assert_false(is_accepted);
    if (command.kind == COMMAND_FOCUS || command.kind == COMMAND_STOP)
        assert_false(is_accepted);
}

static void run_a_pass(const struct hostile_row *row)
{
    int64_t left_ms = PASS_MS;
    for (int32_t i = 0; i < row->commands; i++) {
        int64_t part_ms = draw(left_ms);
        world_run(&world, part_ms);
        left_ms -= part_ms;
        command_something();
    }
    world_run(&world, left_ms);
}

static void undo_commands(void)
{
    struct command_ack ack;
    struct command command = { .kind = COMMAND_RESUME_ALL };
    world_command(&world, &command, &ack);
    command.kind = COMMAND_DRY_RUN_OFF;
    world_command(&world, &command, &ack);
    command.kind = COMMAND_RESUME;
    for (size_t site = 0; site < SITES; site++)
        if (name_site(&command, site, false))
            assert_true(world_command(&world, &command, &ack));
}

/* --- runs ------------------------------------------------------------------------------------------ */

static void heal(const struct hostile_row *row)
{
    if (row->commands > 0)
        undo_commands();
    world.watch = NULL;
    world.hostility = 0;
    world.lag_percent = 0;
    for (size_t i = 0; i < SITES; i++) {
        world.sites[i].is_listed = true;
        world.sites[i].definition_fault = REASON_NONE;
        world.sites[i].fill_percent = 100;
    }
}

/* Hosts above max_hosts stay while the target needs them. */
static int32_t resting_hosts(const struct site *site)
{
    int32_t wanted = site_wanted_hosts(site);
    int64_t kept = min_i64(site_owned_hosts(site), site_needed_hosts(site));
    return wanted == site->policy.max_hosts ? (int32_t)max_i64(wanted, kept) : wanted;
}

/* A decaying reserve is removed host by host for a day, and the window holds earlier desired hosts. */
static void check_rest_ahead(const struct site *site, const struct deployment *deployment)
{
    int64_t desired = max_i64(deployment->input.desired_high, deployment->desired_hosts);
    int64_t least = resting_hosts(site);
    int64_t most = max_i64(least, min_i64(desired, site->policy.max_hosts));
    if (ledger_pending_hosts(deployment->ledger) > 0)
        fail_msg("%s still has %d pending hosts (%s, desired %d, owned %d): seed %" PRIu64,
                 site->id, ledger_pending_hosts(deployment->ledger),
                 reason_row(deployment->reason)->name, deployment->desired_hosts,
                 site_owned_hosts(site), world.seed);
    if (site_owned_hosts(site) < least || site_owned_hosts(site) > most)
        fail_msg("%s rests at %d hosts, not %lld to %lld: seed %" PRIu64, site->id,
                 site_owned_hosts(site), (long long)least, (long long)most, world.seed);
}

static void check_rest(const struct hostile_row *row, size_t index)
{
    const struct site *site = &world.sites[index];
    const struct deployment *deployment = world_deployment(&world, index);
    assert_int_equal(ledger_state(deployment->ledger), LEDGER_SETTLED);
    if (site->policy.is_paused) {
        assert_int_equal(site->scale_count, site->manual_count);
        return;
    }
    if (row->is_looking_ahead) {
        check_rest_ahead(site, deployment);
        return;
    }
    assert_int_equal(ledger_pending_hosts(deployment->ledger), 0);
    if (site_owned_hosts(site) != resting_hosts(site))
        fail_msg("%s rests at %d hosts, not %d (%s): seed %" PRIu64, site->id,
                 site_owned_hosts(site), resting_hosts(site), reason_row(deployment->reason)->name,
                 world.seed);
    assert_true(deployment->action == ACTION_NONE || deployment->action == ACTION_HELD);
}

static uint64_t run_world(const struct hostile_row *row, uint64_t seed)
{
    prepare(row, seed);
    for (int pass = 0; pass < PASSES; pass++) {
        run_a_pass(row);
        for (size_t i = 0; i < SITES; i++)
            disturb(&world.sites[i], row);
    }
    heal(row);
    world_run(&world, HEALING_MS);
    for (size_t i = 0; i < SITES; i++)
        check_rest(row, i);
    int32_t scales = world_count(&world, EFFECT_SCALE, SIZE_MAX, 0);
    assert_true(scales > 0);
    world_run(&world, 5 * PASS_MS);
    /* A decaying reserve is removed host by host, for a day. */
    if (!row->is_looking_ahead)
        assert_int_equal(reconciler_pass(world.reconciler)->scaled, 0);
    world_fini(&world);
    return world.trace;
}

static void row_keeps_every_invariant(void **state)
{
    const struct hostile_row *row = *state;
    for (uint64_t seed = row->first_seed; seed < row->first_seed + row->seeds; seed++)
        run_world(row, seed);
}

static void the_same_seed_gives_the_same_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hostile_rows); i++) {
        uint64_t first = run_world(&hostile_rows[i], 77);
        assert_true(run_world(&hostile_rows[i], 77) == first);
        assert_true(run_world(&hostile_rows[i], 78) != first);
    }
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(hostile_rows)];
    TESTS_FROM_ROWS(rows, hostile_rows, row_keeps_every_invariant);
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_seed_gives_the_same_run) };
    int failed = cmocka_run_group_tests_name("hostile: worlds", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("hostile: replay", tests, NULL, NULL);
}

/*
 * Regressions in fleets with servers that restart after each session: some are always missing, and never the same ones.
 */
#include "tests/regressions/regressions.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define TARGET (20 * SHARE_PERCENT)

static struct world world;

/* What is noted from `from_ms` on. */
static struct notes {
    int64_t from_ms;
    int32_t scale_count; /* seen so far */
    int32_t last_delta;
    int32_t turns;                 /* of growth to removal, and back */
    int32_t least_over, most_over; /* hosts beyond the need */
} notes;

static void note(struct world *at, void *context)
{
    (void)context;
    const struct site *site = &at->sites[0];
    int64_t needed = site_needed_with_turnover(site);
    int32_t owned = site_owned_hosts(site) + site->truth.unready;
    int32_t over = owned - (int32_t)needed;
    /* The first hosts are not orders of the program. */
    if (site->last_delta > 0)
        assert_true(owned <= needed + max_i64(2, needed / 5));
    if (at->now.ms < notes.from_ms)
        return;
    if (site->scale_count != notes.scale_count) {
        notes.turns += notes.last_delta != 0 && (site->last_delta > 0) != (notes.last_delta > 0);
        notes.last_delta = site->last_delta;
        notes.scale_count = site->scale_count;
    }
    notes.least_over = (int32_t)min_i64(notes.least_over, over);
    notes.most_over = (int32_t)max_i64(notes.most_over, over);
}

static void note_from_now(void)
{
    notes = (struct notes){
        .from_ms = world.now.ms,
        .scale_count = world.sites[0].scale_count,
        .least_over = INT32_MAX,
        .most_over = INT32_MIN,
    };
}

/* All defaults of the program, with a target of 20 %. */
static struct site *set_up(int32_t servers_per_host, int32_t hosts, int32_t busy, uint64_t seed)
{
    world_init(&world, seed);
    world_add_sites(&world, 1, seed % 2, hosts, busy);
    struct site *site = &world.sites[0];
    site->policy = policy_default;
    site->target_free_ppb = TARGET;
    site->truth.servers_per_host = servers_per_host;
    site->allowed_hosts = site->needed_high = INT32_MAX / 8; /* `note` has the limit */
    world.watch = note;
    notes = (struct notes){ .from_ms = INT64_MAX };
    return site;
}

static void restart_servers(struct site *site, int32_t session_s, int32_t restart_s, uint64_t key)
{
    site->truth.turnover = (struct turnover){ session_s * SECOND, restart_s * SECOND, key };
    site->truth.away_servers = 0;
}

/* --- the number of hosts ------------------------------------------------------------------------------- */

static const struct turnover_row {
    int32_t servers_per_host, hosts, busy;
    int32_t session_s, restart_s;
    int32_t dead_hosts;
    int32_t pass_s, boot_timeout_s, window_s, boot_s;
} turnover_rows[] = {
    /* clang-format off */
    {  1,  53,   40,   60,  20, 0, 30,  600, 900, 120 }, /* needs 50 and 14 that restart */
    {  1,   5,    3,   60,  20, 0, 30,  600, 900, 120 },
    {  1,  11,    8,   60,  20, 0, 30,  600, 900,  60 },
    {  1,  50,   40,   60,  60, 0, 30,  600, 900, 120 },
    {  1, 250,  200, 1800,  60, 0, 30,  600, 900, 120 },
    {  1, 250,  200,  300,  20, 0, 30,  600, 900, 240 },
    { 10,  50,  400,   60,  20, 0, 30,  600, 900, 120 },
    { 10,   5,   40,   60,  20, 0, 30,  600, 900, 120 },
    {  4,  35,  100,  120,  30, 0, 30,  600, 900, 120 },
    {  1,  53,   40,   60,  20, 5, 30,  600, 900, 120 },
    { 10,  53,  400,   60,  20, 5, 30,  600, 900, 120 },
    {  1,  53,   40,   60,  20, 0,  5,  120, 300,  20 },
    {  1,  53,   40,   60,  20, 0, 10,  100, 150,  20 },
    {  1,  53,   40,   60,  20, 0, 30,   60,  60,  20 },
    {  1,  53,   40,   60,  20, 0, 60,  600, 900, 120 },
    {  1,  53,   40,   60,  20, 0, 10, 1800, 900, 120 },
    /* clang-format on */
};

static void check_settled(const struct turnover_row *row, uint64_t seed)
{
    struct site *site = set_up(row->servers_per_host, row->hosts, row->busy, seed);
    world.config.pass_interval_ms = row->pass_s * SECOND;
    site->policy.boot_timeout_ms = row->boot_timeout_s * SECOND;
    site->policy.scale_down_window_ms = row->window_s * SECOND;
    site->boot_ms = row->boot_s * SECOND;
    site->truth.unready = row->dead_hosts;
    restart_servers(site, row->session_s, row->restart_s, seed);
    world_start(&world);
    world_run(&world, 4 * HOUR);
    note_from_now();
    world_run(&world, 8 * HOUR);
    assert_true(notes.turns <= 5); /* in eight hours, by one or two hosts */
    assert_true(notes.least_over >= -1);
    assert_true(notes.most_over <= max_i64(2, site_needed_with_turnover(site) / 12));
    assert_int_equal(world.events[EVENT_HOSTS_DARK], 0);
    world_fini(&world);
}

void servers_that_restart_are_missing_on_average(void)
{
    for (size_t i = 0; i < COUNT_OF(turnover_rows); i++)
        for (uint64_t seed = 1; seed <= 4; seed++)
            check_settled(&turnover_rows[i], seed);
}

/* --- changes ------------------------------------------------------------------------------------------- */

void servers_that_stop_restarting_serve_again(void)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct site *site = set_up(1, 53, 40, seed);
        restart_servers(site, 60, 20, seed);
        world_start(&world);
        world_run(&world, 4 * HOUR);
        restart_servers(site, 0, 0, 0);
        site->last_delta = 0; /* too many hosts now */
        note_from_now();
        world_run(&world, 10 * MINUTE);
        assert_true(site_owned_hosts(site) > 60);
        world_run(&world, 50 * MINUTE);
        assert_int_equal(site_owned_hosts(site), 50);
        assert_int_equal(notes.least_over, 0);
        assert_int_equal(notes.turns, 0);
        /* And again. */
        restart_servers(site, 60, 20, ~seed);
        world_run(&world, 30 * MINUTE);
        assert_in_range(site_owned_hosts(site), 63, 68);
        world_fini(&world);
    }
}

/* Demand doubles and halves again: the hosts that restart do, too. */
void restarts_follow_the_demand(void)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct site *site = set_up(1, 64, 40, seed);
        restart_servers(site, 60, 20, seed);
        world_start(&world);
        for (int i = 0; i < 3; i++) {
            world_run(&world, 2 * HOUR);
            assert_in_range(site_owned_hosts(site), 63, 69);
            site->demand = 80;
            world_run(&world, 2 * HOUR);
            assert_in_range(site_owned_hosts(site), 126, 134);
            site->demand = 40;
            site->last_delta = 0;
        }
        assert_int_equal(world.events[EVENT_HOSTS_DARK], 0);
        world_fini(&world);
    }
}

/* --- the event ----------------------------------------------------------------------------------------- */

/* 50 servers are needed. Three hosts die, with turnover before and after it, or without. */
void the_same_dark_hosts_are_reported(void)
{
    for (int has_turnover = 0; has_turnover < 2; has_turnover++) {
        struct site *site = set_up(1, 53, 40, 1);
        if (has_turnover)
            restart_servers(site, 60, 20, 1);
        world_start(&world);
        world_run(&world, 2 * HOUR);
        fleet_truth_die(&site->truth, 3, true);
        world_run(&world, 11 * MINUTE);
        assert_int_equal(world.events[EVENT_HOSTS_DARK], !has_turnover);
        world_run(&world, 2 * HOUR);
        assert_int_equal(world.events[EVENT_HOSTS_DARK], !has_turnover);
        restart_servers(site, 0, 0, 0);
        site->last_delta = 0;
        world_run(&world, 2 * HOUR);
        assert_int_equal(world.events[EVENT_HOSTS_DARK], 1);
        assert_int_equal(site->truth.ready, 50);
        world_fini(&world);
    }
}

/* Many dead hosts and little turnover: reported late. */
void dark_hosts_are_seen_through_turnover(void)
{
    struct site *site = set_up(1, 53, 40, 1);
    site->truth.unready = 60;
    restart_servers(site, 1800, 60, 1);
    world_start(&world);
    world_run(&world, 4 * HOUR);
    assert_in_range(world.events[EVENT_HOSTS_DARK], 1, 2);
    world_fini(&world);
}

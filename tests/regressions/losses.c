/*
 * Regressions in which current_hosts does not show what was ordered: hosts are lost, or removed by another tool, after
 * they came for an order; the status stands still.
 */
#include "tests/regressions/regressions.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/world.h"
#include "tests/support/world_restart.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define BOOT_MS (2 * MINUTE)
/* Three statuses that agree, one pass between the loss and the first of them, and the order. */
#define AGREEMENT_MS (4 * 30 * SECOND)
#define LAG_MS (5 * MINUTE)

static struct world world;

/* Ten servers for each host, target 15 % free: 200 busy need 24 hosts. */
static struct site *start(bool is_counted_when_ordered, int32_t hosts, int32_t busy)
{
    world_init(&world, 1);
    world_add_sites(&world, 1, is_counted_when_ordered, hosts, busy);
    world.sites[0].boot_ms = BOOT_MS;
    world_start(&world);
    return &world.sites[0];
}

static int32_t ordered_hosts(void)
{
    int32_t hosts = 0;
    for (size_t i = 0; i < world.log_count; i++)
        if (world.log[i].kind == EFFECT_SCALE)
            hosts += world.log[i].delta;
    return hosts;
}

static void check_replaced(bool is_counted_when_ordered, int64_t age_ms, int32_t lost)
{
    struct site *site = start(is_counted_when_ordered, 20, 200);
    world_run(&world, BOOT_MS + MINUTE + age_ms);
    assert_int_equal(site_owned_hosts(site), 24);
    fleet_truth_die(&site->truth, lost, false);
    world_run(&world, max_i64(0, LAG_MS - age_ms) + AGREEMENT_MS);
    /* While no server is free, not all of the demand shows. */
    assert_true(ordered_hosts() > 4 && (lost > 4 || ordered_hosts() == 4 + lost));
    world_run(&world, 60 * MINUTE);
    assert_int_equal(ordered_hosts(), 4 + lost);
    assert_int_equal(site_owned_hosts(site), 24);
    assert_true(world.events[EVENT_HOSTS_LOST] + world.events[EVENT_HOSTS_MOVED] > 0);
    world_fini(&world);
}

void lost_hosts_are_replaced(void)
{
    /* The order expires 10 minutes after it was sent: 7 after its hosts came. */
    static const int64_t ages_ms[] = {
        0, MINUTE, 4 * MINUTE, 6 * MINUTE, 6 * MINUTE + 30 * SECOND, 7 * MINUTE, 12 * MINUTE
    };
    static const int32_t losses[] = { 1, 3, 4, 5, 12 };
    for (size_t i = 0; i < 2 * COUNT_OF(ages_ms) * COUNT_OF(losses); i++)
        check_replaced(i % 2 == 0, ages_ms[i / 2 % COUNT_OF(ages_ms)],
                       losses[i / 2 / COUNT_OF(ages_ms)]);
}

static void check_full(bool is_counted_when_ordered, int32_t lost, int64_t late_ms)
{
    struct site *site = start(is_counted_when_ordered, 24, 200);
    site->policy = policy_default;
    site->policy.target_free_ppb = 15 * SHARE_PERCENT;
    world_run(&world, 40 * MINUTE);
    int32_t before = site_owned_hosts(site);
    fleet_truth_die(&site->truth, lost / 2, false);
    world_run(&world, late_ms);
    fleet_truth_die(&site->truth, lost - lost / 2, false);
    /* Some of the later ones came for an order: their loss may be the lag of a replica. */
    world_run(&world, late_ms > 0 ? LAG_MS + AGREEMENT_MS : AGREEMENT_MS);
    assert_true(site_owned_hosts(site) >= site_wanted_hosts(site));
    assert_true(site_owned_hosts(site) <= before + 2 + before / 5);
    world_run(&world, 60 * MINUTE);
    assert_true(site_owned_hosts(site) >= site_wanted_hosts(site));
    assert_true(site_owned_hosts(site) <= before + 2 + before / 5);
    world_fini(&world);
}

static int32_t added_hosts(void)
{
    int32_t hosts = 0;
    for (size_t i = 0; i < world.log_count; i++)
        if (world.log[i].kind == EFFECT_SCALE)
            hosts += (int32_t)max_i64(0, world.log[i].delta);
    return hosts;
}

static void run_peak(struct site *site)
{
    site_set_demand(site, 400);
    world_run(&world, 90 * MINUTE);
    site_set_demand(site, 200);
    world_run(&world, 180 * MINUTE);
}

/* 24 hosts serve; in the peaks they are full, and 29 are known to be needed. At last the image is good again. */
void a_broken_image_is_not_ordered_with_each_peak(void)
{
    struct site *site = start(true, 24, 200);
    site->policy.min_hosts = 24;
    site->fill_percent = 0;
    run_peak(site);
    int32_t first = added_hosts();
    assert_in_range(first, 5, 8);
    run_peak(site);
    run_peak(site);
    assert_in_range(added_hosts(), first, first + 4);
    site->fill_percent = 100;
    site_set_demand(site, 400);
    world_run(&world, 30 * MINUTE);
    assert_true(site->truth.ready >= 48);
    world_fini(&world);
}

/* Statuses from before the ordered hosts came, after the one that has shown them and a restart. */
void a_replica_that_lags_over_a_restart_shows_no_loss(void)
{
    for (int64_t passes = 2; passes <= 8; passes += 3) {
        struct site *site = start(true, 20, 200);
        struct status old = fleet_truth_status(&site->truth, site->demand);
        world_run(&world, BOOT_MS + 2 * MINUTE);
        assert_int_equal(ordered_hosts(), 4);
        world_restart_restored(&world, true, SECOND);
        world_run(&world, MINUTE);
        site->stale = old;
        site->stale_at = world.now;
        world.lag_ms = INT32_MAX;
        world.lag_percent = 100;
        world_run(&world, passes * 30 * SECOND);
        assert_int_equal(ordered_hosts(), 4);
        world.lag_percent = 0;
        world_run(&world, 60 * MINUTE);
        assert_int_equal(ordered_hosts(), 4);
        assert_int_equal(site_owned_hosts(site), 24);
        world_fini(&world);
    }
}

/* No server is free afterwards: the status does not show the demand that the lost hosts had. */
void lost_hosts_of_a_full_fleet_are_replaced_at_once(void)
{
    static const int32_t losses[] = { 6, 8, 12, 18, 23, 24 };
    for (size_t i = 0; i < 2 * COUNT_OF(losses); i++) {
        check_full(i % 2 == 0, losses[i / 2], 0);
        check_full(i % 2 == 0, losses[i / 2], 8 * MINUTE);
    }
}

/* Demand rises for 20 minutes, and halfway another tool removes some of the hosts. */
void a_foreign_removal_in_a_ramp_is_repaired(void)
{
    for (int i = 0; i < 2; i++) {
        struct site *site = start(i == 0, 24, 200);
        site->truth.is_ready_removed_first = true;
        for (int32_t minute = 0; minute < 20; minute++) {
            if (minute == 10)
                site_move(site, -3);
            site_set_demand(site, 200 + 10 * minute);
            world_run(&world, MINUTE);
            if (minute == 15)
                assert_true(site_owned_hosts(site) >= site_wanted_hosts(site));
        }
        world_run(&world, 60 * MINUTE);
        assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
        assert_int_equal(ordered_hosts(), site_wanted_hosts(site) - 24 + 3);
        world_fini(&world);
    }
}

/* The controller behind the API has stopped. Requests are accepted and carried out. */
static void check_frozen(bool is_counted_when_ordered, int32_t rise, int64_t frozen_ms)
{
    struct site *site = start(is_counted_when_ordered, 24, 200);
    site->policy = policy_default;
    site->policy.target_free_ppb = 15 * SHARE_PERCENT;
    world_run(&world, 40 * MINUTE);
    for (int32_t minute = 0; minute < 6; minute++) {
        site_set_demand(site, 200 + rise * minute);
        world_run(&world, MINUTE);
    }
    int32_t wanted = site_wanted_hosts(site);
    site->foreign_hosts = wanted / 5; /* room: the status hides what has come */
    world.lag_percent = 100;
    world.lag_ms = INT32_MAX;
    world_run(&world, frozen_ms);
    assert_true(site_owned_hosts(site) <= wanted + max_i64(2, wanted / 5));
    world.lag_percent = 0;
    world_run(&world, 20 * MINUTE);
    assert_true(site_owned_hosts(site) >= wanted);
    assert_true(site_owned_hosts(site) <= wanted + max_i64(2, wanted / 5));
    world_fini(&world);
}

/* Out of stock, the other numbers of the status go on changing. */
static void check_unchanged(bool is_counted_when_ordered, bool is_frozen)
{
    struct site *site = start(is_counted_when_ordered, 20, 200);
    site->boot_ms = is_frozen ? BOOT_MS : 10 * 60 * MINUTE;
    world_run(&world, 10 * SECOND);
    world.lag_percent = is_frozen ? 100 : 0;
    world.lag_ms = INT32_MAX;
    for (int32_t minute = 0; minute < 15; minute++) {
        site_set_demand(site, 199 + minute % 2);
        world_run(&world, MINUTE);
    }
    const struct decision_input *input = &world_deployment(&world, 0)->input;
    assert_int_equal(world.events[EVENT_ORDER_BACKOFF_STARTED], 1);
    assert_true((input->unchanged_ms > 14 * MINUTE) == is_frozen);
    world.lag_percent = 0;
    world_run(&world, 2 * MINUTE);
    assert_int_equal(input->unchanged_ms, 0);
    world_fini(&world);
}

void a_status_that_does_not_move_is_reported(void)
{
    for (int i = 0; i < 4; i++)
        check_unchanged(i % 2 == 0, i < 2);
}

void a_status_that_does_not_move_orders_once(void)
{
    static const int32_t rises[] = { 5, 10, 15, 20 };
    for (size_t i = 0; i < 2 * COUNT_OF(rises); i++) {
        check_frozen(i % 2 == 0, rises[i / 2], 5 * MINUTE);
        check_frozen(i % 2 == 0, rises[i / 2], 25 * MINUTE);
    }
}

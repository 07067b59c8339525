/*
 * Fleets with hosts that drain for hours: what the API shows of them, and what is ordered and removed meanwhile.
 */
#include "engine/core/policy.h"
#include "engine/core/reconciler.h"
#include "tests/support/test.h"
#include "tests/support/world.h"
#include "tests/support/world_restart.h"

#define MINUTE ((int64_t)60000)
#define HOUR (60 * MINUTE)

static struct world world;

/* Ten servers for each of 20 hosts, target 15 %: 60 busy servers need 8 hosts. The others leave and drain. */
static struct site *begin(enum drain_report report, bool is_uncounted, int32_t busy_percent)
{
    world_init(&world, 1);
    world_add_sites(&world, 1, true, 20, 60);
    struct site *site = &world.sites[0];
    site->policy = policy_default;
    site->drain_ms = 110 * MINUTE;
    site->truth.drain_report = report;
    site->truth.is_drain_uncounted = is_uncounted;
    site->truth.drain_busy_percent = busy_percent;
    world_start(&world);
    world_run(&world, 70 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 8);
    return site;
}

/* With booting hosts, current_hosts could run all servers that are counted. When they serve, it could not. */
static void growth_during_a_drain_is_no_bad_data(void **state)
{
    (void)state;
    struct site *site = begin(DRAIN_REPORT_BUSY_ONLY, true, 30);
    site_set_demand(site, 110);
    world_run(&world, 10 * MINUTE);
    assert_in_range(site_owned_hosts(site), 13, 15);
    site_set_demand(site, 150);
    world_run(&world, HOUR);
    assert_int_equal(world.events[EVENT_HELD_BAD_DATA], 0);
    assert_in_range(site_owned_hosts(site), site_needed_hosts(site), site_needed_hosts(site) + 4);
    world_fini(&world);
}

/* Nothing is remembered, and the hosts that drain are counted. */
static void a_restart_during_a_drain_removes_no_host(void **state)
{
    (void)state;
    struct site *site = begin(DRAIN_REPORT_BUSY_ONLY, false, 30);
    world_restart(&world);
    for (int32_t minute = 0; minute < 120; minute++) {
        world_run(&world, MINUTE);
        assert_int_equal(site_owned_hosts(site), 8);
    }
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_during_a_drain_is_no_bad_data),
        cmocka_unit_test(a_restart_during_a_drain_removes_no_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

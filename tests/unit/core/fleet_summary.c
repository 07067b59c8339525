/*
 * States and totals that are kept by changes, compared with those computed from the whole fleet.
 */
#include "engine/core/fleet_summary.h"

#include "engine/core/deployment_state.h"
#include "engine/core/reconciler.h"
#include "engine/serving.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <string.h>

#define SECOND ((int64_t)1000)
#define STEPS 300
#define SITES 60

static struct world world;

static int32_t serving_hosts_of(const struct deployment *deployment)
{
    const struct status *status = &deployment->status;
    return deployment->has_status ? serving_hosts(status->current_hosts, status->total_servers,
                                                  deployment->servers_per_host)
                                  : 0;
}

static void add_figures(struct fleet_totals *totals, const struct deployment *deployment,
                        const struct deployment_figures *figures)
{
    totals->states[deployment_state(deployment, reconciler_is_paused(world.reconciler),
                                    deployment_wanted_delta(deployment))]++;
    if (!deployment->is_listed)
        return;
    totals->deployments++;
    totals->hosts += deployment->has_status ? deployment->status.current_hosts : 0;
    totals->serving_hosts += serving_hosts_of(deployment);
    totals->servers += deployment->has_status ? deployment->status.total_servers : 0;
    totals->free_servers += deployment->has_status ? deployment->status.free_servers : 0;
    totals->pending_hosts += ledger_pending_hosts(deployment->ledger);
    if (deployment->is_operator_paused || deployment->policy->is_paused) {
        totals->paused++;
    } else if (figures->wanted_delta > 0) {
        totals->wanted_up++;
        totals->wanted_up_hosts += figures->wanted_delta;
    } else if (figures->wanted_delta < 0) {
        totals->wanted_down++;
        totals->wanted_down_hosts -= figures->wanted_delta;
    }
}

static void check_summary(const struct fleet_summary *summary)
{
    const struct fleet *fleet = reconciler_fleet(world.reconciler);
    struct fleet_totals totals = { 0 };
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        const struct deployment_figures *figures = &summary->figures[slot];
        assert_int_equal(figures->is_used, deployment != NULL);
        if (!deployment)
            continue;
        assert_int_equal(figures->wanted_delta, deployment_wanted_delta(deployment));
        add_figures(&totals, deployment, figures);
    }
    assert_memory_equal(&totals, &summary->totals, sizeof totals);
}

static void step_world(void)
{
    world_run(&world, 7 * SECOND);
    struct site *site = &world.sites[random_below(&world.random, SITES)];
    site_set_demand(site, (int32_t)random_below(&world.random, 200));
    site->is_listed = random_below(&world.random, 10) > 0;
}

/* Until the first successful discovery. */
static void begin(void)
{
    world_init(&world, 3);
    world_add_sites(&world, SITES, true, 10, 85);
    world.hostility = 15;
    world_start(&world);
    while (fleet_count(reconciler_fleet(world.reconciler)) == 0)
        step_world();
}

static void totals_equal_those_of_the_whole_fleet(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < STEPS; i++) {
        step_world();
        if (i % 50 == 0) {
            struct command command = { .kind = i % 100 ? COMMAND_RESUME_ALL : COMMAND_PAUSE_ALL };
            struct command_ack ack;
            reconciler_command(world.reconciler, world.now, &command, &ack);
        }
        /* Not after every change, so that several are taken at once. */
        if (random_below(&world.random, 3) == 0)
            check_summary(reconciler_summary(world.reconciler));
    }
    assert_true(reconciler_summary(world.reconciler)->totals.deployments > 0);
    world_fini(&world);
}

static void without_readers_there_is_no_summary(void **state)
{
    (void)state;
    begin();
    size_t held = heap_held_count();
    assert_non_null(reconciler_summary(world.reconciler));
    assert_int_equal(heap_held_count(), held + 2); /* marks and figures */
    world_fini(&world);
}

static void without_memory_the_next_update_has_everything(void **state)
{
    (void)state;
    begin();
    for (size_t successes = 0; successes < 2; successes++) {
        heap_fail_after(successes);
        assert_null(reconciler_summary(world.reconciler));
        heap_fail_never();
        step_world();
    }
    check_summary(reconciler_summary(world.reconciler));
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_equal_those_of_the_whole_fleet),
        cmocka_unit_test(without_readers_there_is_no_summary),
        cmocka_unit_test(without_memory_the_next_update_has_everything),
    };
    return cmocka_run_group_tests_name("fleet_summary", tests, NULL, NULL);
}

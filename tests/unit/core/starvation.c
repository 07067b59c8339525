/*
 * What the log says about starved deployments: it begins, it ends, and each pass counts as many as are shown.
 */
#include "engine/core/deployment_state.h"
#include "engine/core/reconciler.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#define MINUTE ((int64_t)60000)
#define SITES 40
#define STEPS 400

static struct world world;

static void assert_events(int32_t begun, int32_t ended)
{
    assert_int_equal(world.events[EVENT_STARVED], begun);
    assert_int_equal(world.events[EVENT_STARVED_ENDED], ended);
}

static enum state shown_state(void)
{
    const struct deployment *deployment = world_deployment(&world, 0);
    return deployment_state(deployment, false, deployment_wanted_delta(deployment));
}

static void begin(int32_t busy_servers)
{
    world_init(&world, 5);
    world_add_sites(&world, 1, true, 10, busy_servers);
    world.sites[0].policy.max_hosts = 10;
    world_start(&world);
    world_run(&world, 3 * MINUTE);
}

static void it_begins_and_ends_once(void **state)
{
    (void)state;
    begin(80);
    assert_events(0, 0);
    site_set_demand(&world.sites[0], 200);
    world_run(&world, 10 * MINUTE);
    assert_events(1, 0);
    assert_int_equal(shown_state(), STATE_STARVED);
    site_set_demand(&world.sites[0], 80);
    world_run(&world, 10 * MINUTE);
    assert_events(1, 1);
    assert_int_equal(shown_state(), STATE_ON_TARGET);
    site_set_demand(&world.sites[0], 95);
    world_run(&world, 10 * MINUTE);
    assert_events(2, 1);
    world_fini(&world);
}

/* Nothing is known of the time without statuses. */
static void failed_reads_end_nothing(void **state)
{
    (void)state;
    begin(200);
    assert_events(1, 0);
    world.sites[0].reads = (struct script){ ANSWER_ERROR, FOREVER };
    world_run(&world, 10 * MINUTE);
    assert_int_equal(shown_state(), STATE_STARVED);
    world.sites[0].reads = (struct script){ ANSWER_IMPLAUSIBLE, FOREVER };
    world_run(&world, 10 * MINUTE);
    assert_int_equal(shown_state(), STATE_STARVED);
    assert_events(1, 0);
    world.sites[0].reads = (struct script){ ANSWER_OK, 0 };
    world_run(&world, 10 * MINUTE);
    assert_events(1, 0);
    assert_int_equal(shown_state(), STATE_STARVED);
    world_fini(&world);
}

/* --- counts of passes ------------------------------------------------------------------------------------------ */

struct counts {
    uint32_t pass;
    int32_t checked;
    int32_t starved;
};

static void check_pass(struct world *of, void *context)
{
    struct counts *counts = context;
    const struct pass_summary *pass = reconciler_pass(of->reconciler);
    if (pass->is_running || pass->number == counts->pass)
        return;
    int32_t shown = reconciler_summary(of->reconciler)->totals.states[STATE_STARVED];
    counts->pass = pass->number;
    counts->checked++;
    counts->starved += shown;
    assert_int_equal(pass->starved, shown);
}

static void each_pass_counts_what_is_shown(void **state)
{
    (void)state;
    struct counts counts = { 0 };
    world_init(&world, 7);
    world_add_sites(&world, SITES, true, 10, 85);
    world.hostility = 15;
    world.watch = check_pass;
    world.watch_context = &counts;
    world_start(&world);
    for (int i = 0; i < STEPS; i++) {
        site_set_demand(&world.sites[random_below(&world.random, SITES)],
                        (int32_t)random_below(&world.random, 200));
        world_run(&world, MINUTE / 4);
    }
    assert_in_range(counts.checked, STEPS / 8, STEPS);
    assert_in_range(counts.starved, counts.checked, counts.checked * SITES);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_and_ends_once),
        cmocka_unit_test(failed_reads_end_nothing),
        cmocka_unit_test(each_pass_counts_what_is_shown),
    };
    return cmocka_run_group_tests_name("starvation", tests, NULL, NULL);
}

/*
 * A listed deployment with an entry that turns bad, in the simulated world: its last good definition stays in use,
 * nothing shrinks, growth goes on, and what is shown says so.
 */
#include "engine/core/deployment_state.h"
#include "engine/core/reconciler.h"

#include "tests/support/test.h"
#include "tests/support/world.h"

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)

static struct world world;

static const struct fault_row {
    const char *name;
    enum reason fault;
} fault_rows[] = {
    { "a bad target", REASON_BAD_TARGET },
    { "no servers per host", REASON_BAD_SERVERS_PER_HOST },
    { "a bad entry", REASON_BAD_ENTRY },
};

/* 15 % of 110 servers are free: on target. */
static struct site *start(void)
{
    world_init(&world, 1);
    world_add_sites(&world, 1, true, 11, 90);
    world_start(&world);
    world_run(&world, 10 * SECOND);
    return &world.sites[0];
}

static void spoil(struct site *site, enum reason fault)
{
    site->definition_fault = fault;
    reconciler_request_discovery(world.reconciler, world.now);
    world_run(&world, 2 * MINUTE);
}

static const struct deployment *shown(void)
{
    return world_deployment(&world, 0);
}

static enum state state_shown(void)
{
    return deployment_state(shown(), false, deployment_wanted_delta(shown()));
}

static void row_says_so(void **state)
{
    const struct fault_row *row = *state;
    struct site *site = start();
    spoil(site, row->fault);
    assert_int_equal(shown()->action, ACTION_HELD);
    assert_int_equal(shown()->reason, REASON_KEPT_DEFINITION);
    assert_int_equal(state_shown(), STATE_HELD);
    assert_string_equal(shown()->detail, "as listed");
    assert_int_equal(world.events[EVENT_DEPLOYMENT_BAD], 1);
    world_fini(&world);
}

static void row_grows(void **state)
{
    const struct fault_row *row = *state;
    struct site *site = start();
    spoil(site, row->fault);
    site_set_demand(site, 180);
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
    assert_true(site->scale_count > 0);
    world_fini(&world);
}

static void row_stays_within_max_hosts(void **state)
{
    const struct fault_row *row = *state;
    struct site *site = start();
    site->policy.max_hosts = 13;
    spoil(site, row->fault);
    site_set_demand(site, 180);
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 13);
    assert_int_equal(shown()->reason, REASON_MAX_HOSTS);
    world_fini(&world);
}

static void row_shrinks_when_the_entry_is_good_again(void **state)
{
    const struct fault_row *row = *state;
    struct site *site = start();
    spoil(site, row->fault);
    site_set_demand(site, 20);
    world_run(&world, 60 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 11);
    assert_int_equal(shown()->reason, REASON_KEPT_DEFINITION);
    site->definition_fault = REASON_NONE;
    world_run(&world, 20 * MINUTE);
    assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
    assert_null(shown()->detail);
    world_fini(&world);
}

static void row_is_held_after_a_start(void **state)
{
    const struct fault_row *row = *state;
    world_init(&world, 1);
    world_add_sites(&world, 1, true, 10, 90);
    world.sites[0].definition_fault = row->fault;
    world_start(&world);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(world.sites[0].scale_count, 0);
    assert_int_equal(world.sites[0].read_count, 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENT_BAD], 1);
    world_fini(&world);
}

/* The sentence about the entry gives way to that of a failed read, and returns. */
static void a_read_that_fails_is_shown(void **state)
{
    (void)state;
    struct site *site = start();
    spoil(site, REASON_BAD_TARGET);
    site->reads = (struct script){ ANSWER_ERROR, 3 };
    while (shown()->reason == REASON_KEPT_DEFINITION)
        world_run(&world, SECOND);
    assert_int_equal(shown()->reason, REASON_READ_FAILED);
    while (shown()->reason == REASON_READ_FAILED)
        world_run(&world, SECOND);
    assert_int_equal(shown()->reason, REASON_KEPT_DEFINITION);
    assert_string_equal(shown()->detail, reason_row(REASON_BAD_TARGET)->meaning);
    world_run(&world, 2 * MINUTE);
    assert_string_equal(shown()->detail, "as listed");
    world_fini(&world);
}

#define RUN_ROWS(check) run_rows(#check, check)

static int run_rows(const char *name, CMUnitTestFunction check)
{
    struct CMUnitTest tests[COUNT_OF(fault_rows)];
    TESTS_FROM_ROWS(tests, fault_rows, check);
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_read_that_fails_is_shown) };
    int failed = RUN_ROWS(row_says_so);
    failed += RUN_ROWS(row_grows);
    failed += RUN_ROWS(row_stays_within_max_hosts);
    failed += RUN_ROWS(row_shrinks_when_the_entry_is_good_again);
    failed += RUN_ROWS(row_is_held_after_a_start);
    return failed + cmocka_run_group_tests_name("kept_definition", tests, NULL, NULL);
}

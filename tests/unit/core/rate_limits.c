/* The reconciler, with an API that accepts fewer reads than a pass has. */
#include "engine/core/reconciler.h"

#include "tests/support/test.h"
#include "tests/support/world.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define SITES 200
#define CONCURRENCY 12

static struct world world;

static void fleet_of(size_t count)
{
    world_init(&world, 1);
    world_add_sites(&world, count, true, 11, 90);
    world.config.concurrency = CONCURRENCY;
    world.config.discovery_interval_ms = 10 * MINUTE;
}

/* The most passes that a deployment was unread, of the sites from `first` on. */
static int32_t longest_unread(size_t first)
{
    int32_t most = 0;
    for (size_t i = first; i < world.site_count; i++) {
        const struct deployment *deployment = world_deployment(&world, i);
        most = deployment->unread_passes > most ? deployment->unread_passes : most;
    }
    return most;
}

/* Runs that many intervals. Returns the most passes that a deployment was unread at the end of one. */
static int32_t run_intervals(int count, size_t first)
{
    int32_t most = 0;
    for (int i = 0; i < count; i++) {
        world_run(&world, world.config.pass_interval_ms);
        int32_t longest = longest_unread(first);
        most = longest > most ? longest : most;
    }
    return most;
}

/* A part of the fleet in each window; the share of reads that may be refused in the second half, in percent. */
static const struct budget_row {
    const char *name;
    int32_t reads;
    int64_t window_ms;
    int64_t retry_after_ms;
    int32_t unread_max; /* passes */
    int32_t refused_pct;
} budget_rows[] = {
    { "60 in each pass", 60, 30 * SECOND, -1, 8, 20 },
    { "60 in each pass, with Retry-After", 60, 30 * SECOND, 3 * SECOND, 8, 20 },
    { "60 in each pass, with a long Retry-After", 60, 30 * SECOND, 45 * SECOND, 10, 20 },
    { "a few in each second", 2, SECOND, -1, 16, 20 },
    { "many in each second, fewer than a pass sends at once", 20, SECOND, 1 * SECOND, 4, 10 },
    { "100 in two passes, in windows of their own", 100, MINUTE, -1, 12, 30 },
    { "all but a few in each pass", 190, 30 * SECOND, -1, 3, 20 },
    { "every twelfth", 17, 30 * SECOND, -1, 40, 50 },
};

static int32_t reads_sent(void)
{
    int32_t count = 0;
    for (size_t i = 0; i < world.site_count; i++)
        count += world.sites[i].read_count;
    return count;
}

static void row_starves_nobody(void **state)
{
    const struct budget_row *row = *state;
    fleet_of(SITES);
    world.budget_reads = row->reads;
    world.budget_ms = row->window_ms;
    world.retry_after_ms = row->retry_after_ms;
    world_start(&world);
    int32_t most = run_intervals(60, 0);
    assert_in_range(most, 1, row->unread_max);
    assert_int_equal(world.events[EVENT_RATE_LIMITED], 1);
    int32_t reads = reads_sent();
    int32_t refused = world.refused;
    run_intervals(60, 0);
    reads = reads_sent() - reads;
    refused = world.refused - refused;
    assert_in_range(refused * 100 / reads, 0, row->refused_pct);
    /* The load is not multiplied. */
    assert_in_range(reads, 1, 60 * SITES);
    world_fini(&world);
}

/* Those that the API refuses one by one, with all others answered. */
static void a_few_that_are_refused_slow_nobody(void **state)
{
    (void)state;
    fleet_of(SITES);
    for (size_t i = 0; i < 8; i++)
        world.sites[i].reads = (struct script){ ANSWER_BUSY, FOREVER };
    world_start(&world);
    run_intervals(4, 8);
    assert_in_range(run_intervals(30, 8), 0, 1);
    world_fini(&world);
}

/* Half of them: it looks like a limit of the API. The other half is read nevertheless, with the lowest limit. */
static void many_that_are_refused_starve_nobody(void **state)
{
    (void)state;
    fleet_of(SITES);
    for (size_t i = 0; i < SITES / 2; i++)
        world.sites[i].reads = (struct script){ ANSWER_BUSY, FOREVER };
    world_start(&world);
    assert_in_range(run_intervals(200, SITES / 2), 0, 100);
    world_fini(&world);
}

/* The share of reads that one of several nodes refuses, in percent, whatever their rate. */
static const struct share_row {
    const char *name;
    size_t sites;
    int64_t share_pct;
    int64_t retry_after_ms;
    int32_t read_pct; /* deployments that are read in an interval, on average, at least */
} share_rows[] = {
    { "an eighth", 200, 15, -1, 90 },
    { "a third", 200, 33, -1, 80 },
    { "more than half", 200, 60, -1, 45 },
    { "most", 200, 85, -1, 12 },
    { "of a small fleet", 30, 33, -1, 50 },
    { "of a few", 8, 33, -1, 40 },
    { "with Retry-After", 200, 33, 3 * SECOND, 80 },
};

static int64_t share_pct;

static void draw_refusals(struct world *drawn, void *context)
{
    (void)context;
    for (size_t i = 0; i < drawn->site_count; i++) {
        struct script *reads = &drawn->sites[i].reads;
        drawn->refused += reads->answer == ANSWER_BUSY && reads->left == 0;
        bool is_refused = random_below(&drawn->random, 100) < share_pct;
        *reads = (struct script){ is_refused ? ANSWER_BUSY : ANSWER_OK, 1 };
    }
}

static int32_t good_reads(void)
{
    return reads_sent() - world.refused;
}

static void row_is_read_in_full(void **state)
{
    const struct share_row *row = *state;
    fleet_of(row->sites);
    share_pct = row->share_pct;
    world.retry_after_ms = row->retry_after_ms;
    world.watch = draw_refusals;
    world_start(&world);
    run_intervals(40, 0);
    int32_t reads = good_reads();
    run_intervals(60, 0);
    reads = good_reads() - reads;
    assert_in_range(reads, row->read_pct * 60 * (int)row->sites / 100, INT32_MAX);
    world_fini(&world);
}

/* Hanging deployments have a quarter of the reads of a limited API, and are read when they work again. */
static void those_that_fail_are_tried_within_the_limit(void **state)
{
    (void)state;
    fleet_of(SITES);
    world.config.retries = 0;
    world.budget_reads = 60;
    world.budget_ms = 30 * SECOND;
    for (size_t i = 0; i < 20; i++)
        world.sites[i].reads = (struct script){ ANSWER_ERROR, 2 };
    world_start(&world);
    run_intervals(40, 0);
    assert_in_range(run_intervals(40, 0), 1, 12);
    world_fini(&world);
}

/* A limit that has ended is forgotten, and passes are as short as before. */
static void a_limit_that_is_over_is_forgotten(void **state)
{
    (void)state;
    fleet_of(40);
    world.budget_reads = 20;
    world.budget_ms = 30 * SECOND;
    world_start(&world);
    run_intervals(20, 0);
    assert_true(world.refused > 0);
    world.budget_reads = 0;
    run_intervals(340, 0);
    assert_int_equal(world.events[EVENT_RATE_LIMITED], 1);
    assert_int_equal(world.events[EVENT_RATE_LIMIT_OVER], 1);
    assert_true(reconciler_pass(world.reconciler)->took_ms < SECOND);
    world_fini(&world);
}

/* With --once, one pass reads all: later, and within its retries. */
static void once_reads_all(void **state)
{
    (void)state;
    fleet_of(SITES);
    world.config.is_once = true;
    world.budget_reads = 20;
    world.budget_ms = SECOND;
    world_start(&world);
    world_run(&world, 10 * MINUTE);
    assert_true(reconciler_is_finished(world.reconciler));
    for (size_t i = 0; i < SITES; i++)
        assert_true(world_deployment(&world, i)->has_status);
    world_fini(&world);
}

/* Logged when there are some, when there are twice as many, and when there are none any more. */
static void unread_deployments_are_counted_in_an_event(void **state)
{
    (void)state;
    fleet_of(20);
    world_start(&world);
    run_intervals(2, 0);
    for (size_t i = 0; i < 4; i++)
        world.sites[i].reads = (struct script){ ANSWER_MISSING, FOREVER };
    run_intervals(7, 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENTS_UNREAD], 0);
    run_intervals(13, 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENTS_UNREAD], 1);
    for (size_t i = 4; i < 9; i++)
        world.sites[i].reads = (struct script){ ANSWER_MISSING, FOREVER };
    run_intervals(20, 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENTS_UNREAD], 2);
    for (size_t i = 0; i < 9; i++)
        world.sites[i].reads.left = 0;
    run_intervals(3, 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENTS_UNREAD], 2);
    assert_int_equal(world.events[EVENT_DEPLOYMENTS_READ], 1);
    world_fini(&world);
}

int main(void)
{
    struct CMUnitTest budgets[COUNT_OF(budget_rows)];
    struct CMUnitTest shares[COUNT_OF(share_rows)];
    TESTS_FROM_ROWS(shares, share_rows, row_is_read_in_full);
    TESTS_FROM_ROWS(budgets, budget_rows, row_starves_nobody);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_that_are_refused_slow_nobody),
        cmocka_unit_test(many_that_are_refused_starve_nobody),
        cmocka_unit_test(those_that_fail_are_tried_within_the_limit),
        cmocka_unit_test(a_limit_that_is_over_is_forgotten),
        cmocka_unit_test(once_reads_all),
        cmocka_unit_test(unread_deployments_are_counted_in_an_event),
    };
    int failed = cmocka_run_group_tests_name("rate limits: budgets", budgets, NULL, NULL);
    failed += cmocka_run_group_tests_name("rate limits: shares", shares, NULL, NULL);
    failed += cmocka_run_group_tests_name("rate limits", tests, NULL, NULL);
    return failed;
}

/*
 * Hosts are ordered ahead of a demand that grows.
 */
#include "engine/core/reconciler.h"

#include "engine/base/arith.h"
#include "tests/support/reconciler_fixture.h"
#include "tests/support/test.h"

#define RAMP_MS (60 * MINUTE)
#define RAMP_STEP_MS (5 * SECOND)
/* Demand grows between two passes: this number of servers may be missing from the target until the next one. */
#define RAMP_SLACK 2

static const struct ramp_row {
    const char *name;
    bool is_counted_when_ordered;
    int64_t missing_ms; /* time without statuses before the ramp */
    int32_t busy_meanwhile;
    int32_t from, to; /* servers */
    int64_t boot_ms;
    int64_t
        start_ms; /* until the trend and the boot time are known, and the first hosts have booted */
} ramp_rows[] = {
    /* clang-format off */
    { "half more in an hour, when ordered",      true,             0,   0,  400,  600, 2 * MINUTE,  6 * MINUTE },
    { "half more in an hour, when booted",       false,            0,   0,  400,  600, 2 * MINUTE,  6 * MINUTE },
    { "three times as many, when ordered",       true,             0,   0,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "three times as many, when booted",        false,            0,   0,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "slow hosts, learned",                     false,            0,   0,  400,  800, 4 * MINUTE, 20 * MINUTE },
    { "quick hosts",                             true,             0,   0,  400, 1200, 20 * SECOND, 6 * MINUTE },
    { "after an hour without statuses",          true,  60 * MINUTE, 400,  400, 1200, 2 * MINUTE,  6 * MINUTE },
    { "after an hour of falling demand without statuses", false, 60 * MINUTE, 300,  300,  900, 2 * MINUTE,  6 * MINUTE },
    { "after an hour of rising demand without statuses", false, 60 * MINUTE, 420,  420, 1200, 2 * MINUTE,  6 * MINUTE },
    /* clang-format on */
};

static int32_t ordered_hosts(void)
{
    int32_t hosts = 0;
    for (size_t i = 0; i < world.log_count; i++)
        hosts += world.log[i].kind == EFFECT_SCALE ? world.log[i].delta : 0;
    return hosts;
}

static void check_free_share(const struct site *site, int64_t at_ms)
{
    int64_t total = (int64_t)site->truth.ready * site->truth.servers_per_host;
    int64_t free = max_i64(0, total - site->demand);
    if ((free + RAMP_SLACK) * SHARE_WHOLE < total * site->target_free_ppb)
        fail_msg("%lld of %lld servers are free for %d busy, %lld s after the start",
                 (long long)free, (long long)total, site->demand, (long long)(at_ms / SECOND));
}

static void raise_demand(const struct ramp_row *row, struct site *site)
{
    for (int64_t at_ms = 0; at_ms < RAMP_MS; at_ms += RAMP_STEP_MS) {
        site_set_demand(site, row->from + (int32_t)((row->to - row->from) * at_ms / RAMP_MS));
        world_run(&world, RAMP_STEP_MS);
        if (at_ms >= row->start_ms)
            check_free_share(site, at_ms);
        int32_t pending = ledger_pending_hosts(world_deployment(&world, 0)->ledger);
        assert_true(pending >= 0);
    }
}

static void row_is_ordered_ahead(void **state)
{
    const struct ramp_row *row = *state;
    one_site(row->is_counted_when_ordered, 48, 400);
    struct site *site = &world.sites[0];
    site->policy = policy_default;
    site->boot_ms = row->boot_ms;
    run_on(30 * MINUTE);
    assert_int_equal(site->scale_count, 0);
    site->reads = (struct script){ ANSWER_ERROR, row->missing_ms > 0 ? FOREVER : 0 };
    site_set_demand(site, row->missing_ms > 0 ? row->busy_meanwhile : 400);
    world_run(&world, row->missing_ms);
    site->reads.left = 0;
    world_run(&world, row->missing_ms > 0 ? 20 * MINUTE : 0); /* until the start hold is over */
    /* A gap gives no forecast error. */
    assert_int_equal(world_deployment(&world, 0)->input.outlook.peak_error_servers, 0);
    raise_demand(row, site);
    /* Each need is ordered once, and at most a tenth is ordered in advance. */
    assert_int_equal(site_owned_hosts(site), 48 + ordered_hosts());
    assert_in_range(site_owned_hosts(site), site_wanted_hosts(site),
                    site_wanted_hosts(site) + site_wanted_hosts(site) / 10);
    world_fini(&world);
}

/* With the formula alone, hosts come after they are needed. */
static void without_lookahead_hosts_come_late(void **state)
{
    (void)state;
    one_site(true, 48, 400);
    struct site *site = &world.sites[0];
    int32_t late = 0;
    run_on(30 * MINUTE);
    for (int64_t at_ms = 0; at_ms < RAMP_MS; at_ms += RAMP_STEP_MS) {
        site_set_demand(site, 400 + (int32_t)(800 * at_ms / RAMP_MS));
        world_run(&world, RAMP_STEP_MS);
        late += site->truth.ready < site_wanted_hosts(site);
    }
    assert_true(late > 600);
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_lookahead_hosts_come_late),
    };
    struct CMUnitTest ramps[COUNT_OF(ramp_rows)];
    TESTS_FROM_ROWS(ramps, ramp_rows, row_is_ordered_ahead);
    int failed = cmocka_run_group_tests_name("look-ahead", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("look-ahead: ramps", ramps, NULL, NULL);
}

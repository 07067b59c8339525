#include "engine/sim/backtest.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/sim/trace.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PASS_MS ((int64_t)30000)
#define MINUTE_MS ((int64_t)60000)
#define HOUR_MS (60 * MINUTE_MS)
#define PASSES_MAX 200

/* Every session ends before the next pass, so that where the next ones begin is known; hosts boot within a pass. */
static const struct backtest_model quick = {
    .servers_per_host = 10,
    .target_free_ppb = 10 * SHARE_PERCENT,
    .boot_ms = 1,
    .pass_interval_ms = PASS_MS,
    .session_ms = 1,
    .min_charge_ms = HOUR_MS,
    .placement = PLACEMENT_PACK,
    .seed = 1,
};

static const struct backtest_model usual = {
    .servers_per_host = 10,
    .target_free_ppb = 10 * SHARE_PERCENT,
    .boot_ms = 2 * MINUTE_MS,
    .pass_interval_ms = PASS_MS,
    .session_ms = 30 * MINUTE_MS,
    .min_charge_ms = HOUR_MS,
    .placement = PLACEMENT_PACK,
    .seed = 1,
};

static struct backtest_result run_with(const struct backtest_model *model,
                                       const struct backtest_demand *demand,
                                       enum backtest_rule rule, const struct policy *policy)
{
    struct backtest_result result;
    struct error err;
    if (backtest_run(model, demand, rule, policy, &result, &err) < 0)
        fail_msg("%s", err.msg);
    return result;
}

/* A demand written as pairs: so many servers for so many passes. */
static struct backtest_demand demand_of(const int32_t (*pairs)[2], int32_t servers[PASSES_MAX])
{
    size_t count = 0;
    for (; (*pairs)[1] > 0; pairs++)
        for (int32_t i = 0; i < (*pairs)[1]; i++) {
            assert_true(count < PASSES_MAX);
            servers[count++] = (*pairs)[0];
        }
    return (struct backtest_demand){ servers, count };
}

#define PAIRS(...)                                                                                 \
    (const int32_t[][2])                                                                           \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0, 0                                                                                   \
        }                                                                                          \
    }

static struct backtest_result run(const struct backtest_model *model, enum backtest_rule rule,
                                  const int32_t (*pairs)[2])
{
    int32_t servers[PASSES_MAX];
    struct backtest_demand demand = demand_of(pairs, servers);
    return run_with(model, &demand, rule, &policy_default);
}

/* --- each metric by hand ----------------------------------------------------------------------------------------- */

static void a_constant_demand_needs_nothing(void **state)
{
    (void)state;
    for (int rule = BACKTEST_NAIVE; rule < BACKTEST_RULE_COUNT; rule++) {
        struct backtest_result result = run(&usual, (enum backtest_rule)rule, PAIRS({ 90, 40 }));
        assert_int_equal(result.passes, 40);
        assert_int_equal(result.total_ms, 40 * PASS_MS);
        /* Ten of a hundred are just what is wanted. */
        assert_int_equal(result.below_ms, 0);
        assert_int_equal(result.deep_ms, 0);
        assert_int_equal(result.zero_ms, 0);
        assert_int_equal(result.lost_server_ms, 0);
        assert_int_equal(result.demand_server_ms, 90 * 40 * PASS_MS);
        assert_int_equal(result.host_ms, 10 * 40 * PASS_MS);
        assert_int_equal(result.billed_ms, result.host_ms);
        assert_int_equal(result.boots, 0);
        assert_int_equal(result.actions, 0);
        assert_int_equal(result.flips, 0);
    }
}

/* A host of a hundred servers, a fifth of them to be free, meets a demand in its second pass. */
static const struct share_row {
    const char *name;
    int32_t servers;
    int32_t below;
    int32_t deep;
    int32_t zero;
    int32_t lost;
} share_rows[] = {
    { "share: the target is met", 80, 0, 0, 0, 0 },
    { "share: one server less", 81, 1, 0, 0, 0 },
    { "share: half of the target", 90, 1, 0, 0, 0 },
    { "share: less than half", 91, 1, 1, 0, 0 },
    { "share: the last one", 99, 1, 1, 0, 0 },
    { "share: none", 100, 1, 1, 1, 0 },
    { "share: some are turned away", 107, 1, 1, 1, 7 },
};

static void shares_are_strict(void **state)
{
    const struct share_row *row = *state;
    struct backtest_model model = quick;
    model.servers_per_host = 100;
    model.target_free_ppb = 20 * SHARE_PERCENT;
    struct backtest_result result =
        run(&model, BACKTEST_NAIVE, PAIRS({ 80, 1 }, { row->servers, 1 }));
    assert_int_equal(result.below_ms, row->below * PASS_MS);
    assert_int_equal(result.deep_ms, row->deep * PASS_MS);
    assert_int_equal(result.zero_ms, row->zero * PASS_MS);
    assert_int_equal(result.lost_server_ms, row->lost * PASS_MS);
    assert_int_equal(result.demand_server_ms, (80 + row->servers) * PASS_MS);
}

static void a_step_is_met_a_boot_later(void **state)
{
    (void)state;
    struct backtest_result result = run(&quick, BACKTEST_NAIVE, PAIRS({ 9, 1 }, { 18, 3 }));
    assert_int_equal(result.below_ms, PASS_MS);
    assert_int_equal(result.zero_ms, PASS_MS);
    assert_int_equal(result.lost_server_ms, 8 * PASS_MS);
    assert_int_equal(result.demand_server_ms, 63 * PASS_MS);
    /* Paid for from the order on, which is behind the second pass. */
    assert_int_equal(result.host_ms, (1 + 1 + 2 + 2) * PASS_MS);
    assert_int_equal(result.billed_ms, result.host_ms);
    assert_int_equal(result.boots, 1);
    assert_int_equal(result.actions, 1);
    assert_int_equal(result.flips, 0);
}

static void a_short_life_is_paid_for_as_a_whole(void **state)
{
    (void)state;
    /* Ordered in the second pass, removed ten minutes later. */
    const int32_t(*pairs)[2] = PAIRS({ 9, 1 }, { 18, 20 }, { 9, 10 });
    struct backtest_result result = run(&quick, BACKTEST_NAIVE, pairs);
    assert_int_equal(result.boots, 1);
    assert_int_equal(result.actions, 2);
    assert_int_equal(result.flips, 1);
    assert_int_equal(result.host_ms, (2 + 20 * 2 + 9) * PASS_MS);
    assert_int_equal(result.billed_ms - result.host_ms, 50 * MINUTE_MS);

    struct backtest_model model = quick;
    model.min_charge_ms = 10 * MINUTE_MS;
    result = run(&model, BACKTEST_NAIVE, pairs);
    assert_int_equal(result.billed_ms, result.host_ms);
    model.min_charge_ms = 0;
    result = run(&model, BACKTEST_NAIVE, pairs);
    assert_int_equal(result.billed_ms, result.host_ms);
}

/* They were ordered long ago, and are the last that are taken for those that stop. */
static void the_first_hosts_have_been_paid_for(void **state)
{
    (void)state;
    struct backtest_result result = run(&quick, BACKTEST_NAIVE, PAIRS({ 27, 1 }, { 9, 2 }));
    assert_int_equal(result.host_ms, (3 + 3 + 1) * PASS_MS);
    assert_int_equal(result.billed_ms, result.host_ms);
    result = run(&quick, BACKTEST_NAIVE, PAIRS({ 18, 1 }, { 27, 2 }, { 9, 2 }));
    assert_int_equal(result.boots, 1);
    assert_int_equal(result.billed_ms - result.host_ms, HOUR_MS - 2 * PASS_MS);
}

static void a_change_of_direction_is_a_flip(void **state)
{
    (void)state;
    struct backtest_result result =
        run(&quick, BACKTEST_NAIVE,
            PAIRS({ 9, 1 }, { 18, 1 }, { 9, 1 }, { 18, 2 }, { 27, 1 }, { 9, 2 }));
    assert_int_equal(result.boots, 3);
    assert_int_equal(result.actions, 5); /* + - + + - */
    assert_int_equal(result.flips, 3);
    assert_int_equal(result.host_ms, (1 + 1 + 2 + 1 + 2 + 2 + 3 + 1) * PASS_MS);
    /* Lives of one pass, one pass and three: the newest is the first to stop. */
    assert_int_equal(result.billed_ms - result.host_ms, 3 * HOUR_MS - 5 * PASS_MS);
}

/* --- what the model allows --------------------------------------------------------------------------------------- */

static void there_is_a_quota(void **state)
{
    (void)state;
    struct backtest_model model = quick;
    model.boot_ms = 24 * HOUR_MS;
    /* A pass after the other asks for one more; the peak needs 12 hosts. */
    struct backtest_result result = run(&model, BACKTEST_NAIVE, PAIRS({ 9, 1 }, { 100, 100 }));
    assert_int_equal(result.boots, 3 * 12 + 3 - 1);
    assert_int_equal(result.actions, 3 * 12 + 3 - 1);
    assert_int_equal(result.lost_server_ms, 90 * 100 * PASS_MS);
}

static void one_host_stays(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    policy.min_hosts = 0;
    policy.scale_down_window_ms = 0;
    int32_t servers[PASSES_MAX];
    struct backtest_demand demand = demand_of(PAIRS({ 9, 1 }, { 0, 100 }), servers);
    struct backtest_result result = run_with(&quick, &demand, BACKTEST_CONFIGURED, &policy);
    assert_int_equal(result.host_ms, 101 * PASS_MS);
    assert_int_equal(result.actions, 0);
    result = run_with(&quick, &demand, BACKTEST_NAIVE, &policy);
    assert_int_equal(result.host_ms, 101 * PASS_MS);
}

static void no_player_needs_one_host(void **state)
{
    (void)state;
    for (int rule = BACKTEST_NAIVE; rule < BACKTEST_RULE_COUNT; rule++) {
        struct backtest_result result = run(&quick, (enum backtest_rule)rule, PAIRS({ 0, 50 }));
        assert_int_equal(result.host_ms, 50 * PASS_MS);
        assert_int_equal(result.below_ms, 0);
        assert_int_equal(result.demand_server_ms, 0);
        assert_int_equal(result.actions, 0);
    }
}

/* Sessions that never end, evenly on two hosts: one is to go, drains, and is taken back. */
static void what_drains_is_taken_back_without_a_boot(void **state)
{
    (void)state;
    struct backtest_model model = usual;
    model.session_ms = INT64_MAX / 1024;
    model.placement = PLACEMENT_SPREAD;
    model.is_draining = true;
    const int32_t(*pairs)[2] = PAIRS({ 18, 1 }, { 9, 2 }, { 18, 1 }, { 9, 1 });
    struct backtest_result result = run(&model, BACKTEST_NAIVE, pairs);
    assert_int_equal(result.boots, 0);
    assert_int_equal(result.actions, 3);
    assert_int_equal(result.flips, 2);
    /* A host that drains is billed and keeps its sessions; its free servers take no new ones. */
    assert_int_equal(result.host_ms, 2 * 5 * PASS_MS);
    assert_in_range(result.lost_server_ms, 1, 8 * PASS_MS);
    model.is_draining = false;
    result = run(&model, BACKTEST_NAIVE, pairs);
    assert_int_equal(result.actions, 0);
}

static void the_policys_own_target_decides(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    policy.target_free_ppb = 80 * SHARE_PERCENT;
    int32_t servers[PASSES_MAX];
    struct backtest_demand demand = demand_of(PAIRS({ 9, 20 }), servers);
    struct backtest_result result = run_with(&quick, &demand, BACKTEST_CONFIGURED, &policy);
    assert_int_equal(result.boots, 4);
    assert_int_equal(result.host_ms, (1 + 19 * 5) * PASS_MS);
    /* The measure is the model's. */
    assert_int_equal(result.below_ms, 0);
}

/* --- the rules beside the program's ------------------------------------------------------------------------------ */

static void the_oracle_orders_in_time(void **state)
{
    (void)state;
    struct backtest_model model = quick;
    model.boot_ms = 2 * PASS_MS;
    /* It sees five passes ahead: two boots and a pass. */
    struct backtest_result result = run(&model, BACKTEST_ORACLE, PAIRS({ 9, 20 }, { 90, 20 }));
    assert_int_equal(result.below_ms, 0);
    assert_int_equal(result.lost_server_ms, 0);
    assert_int_equal(result.boots, 9);
    assert_int_equal(result.actions, 1);
    assert_int_equal(result.host_ms, (16 * 1 + 24 * 10) * PASS_MS);
    /* And gives back what nothing to come needs. */
    result = run(&model, BACKTEST_ORACLE, PAIRS({ 90, 10 }, { 9, 10 }));
    assert_int_equal(result.host_ms, (11 * 10 + 9) * PASS_MS);
}

static void the_node_scaler_waits_ten_minutes(void **state)
{
    (void)state;
    struct backtest_result result =
        run(&quick, BACKTEST_PERCENT_BUFFER, PAIRS({ 90, 1 }, { 9, 30 }));
    assert_int_equal(result.host_ms, (22 * 10 + 9) * PASS_MS);
    assert_int_equal(result.actions, 1);
    assert_int_equal(result.below_ms, 0);
}

/* A host without servers takes no session. */
static void the_buffer_is_exact_to_a_server(void **state)
{
    (void)state;
    struct backtest_result result =
        run(&quick, BACKTEST_PERCENT_BUFFER, PAIRS({ 90, 1 }, { 45, 2 }, { 51, 2 }));
    /* 50 exist when 51 are wanted, and 56 a pass later: 50 busy ones want 56. */
    assert_int_equal(result.lost_server_ms, PASS_MS);
    assert_int_equal(result.zero_ms, PASS_MS);
    assert_int_equal(result.below_ms, 2 * PASS_MS);
    assert_int_equal(result.deep_ms, PASS_MS);
    assert_int_equal(result.host_ms, 5 * 10 * PASS_MS);
}

static void naive_orders_again_what_boots(void **state)
{
    (void)state;
    struct backtest_model model = quick;
    model.boot_ms = 8 * PASS_MS;
    struct backtest_result naive = run(&model, BACKTEST_NAIVE, PAIRS({ 9, 1 }, { 18, 4 }));
    struct backtest_result exact = run(&model, BACKTEST_EXACT, PAIRS({ 9, 1 }, { 18, 4 }));
    assert_int_equal(naive.boots, 4);
    assert_int_equal(exact.boots, 1);
    assert_int_equal(exact.actions, 1);
}

static void names_are_promises(void **state)
{
    (void)state;
    static const char *const names[] = { "configured", "naive", "exact", "percent_buffer",
                                         "oracle" };
    assert_int_equal(COUNT_OF(names), BACKTEST_RULE_COUNT);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++)
        assert_string_equal(backtest_rule_name((enum backtest_rule)rule), names[rule]);
}

/* --- half a day, pinned ------------------------------------------------------------------------------------------ */

/* Ten hours: a slope, a launch that quadruples, an outage, a night. */
static const char half_a_day[] =
    "# made up\n"
    "t_seconds,concurrent\n"
    "0,30000\n1800,33000\n3600,39000\n5400,46000\n7200,52000\n"
    "9000,200000\n10800,187000\n12600,190000\n14400,240000\n16200,231000\n"
    "18000,2000\n19800,205000\n21600,180000\n23400,150000\n25200,121000\n"
    "27000,97000\n28800,76000\n30600,58000\n32400,44000\n34200,36000\n"
    "36000,33000\n";

static struct backtest_demand half_day_demand(void)
{
    static const struct trace_scaling scaling = { PASS_MS, 240, 30 * MINUTE_MS, 1 };
    struct trace trace;
    struct backtest_demand demand;
    int32_t *servers;
    struct error err;
    assert_int_equal(trace_parse(half_a_day, sizeof half_a_day - 1, &trace, &err), 0);
    assert_int_equal(trace_demand(&trace, &scaling, &servers, &demand.count, &err), 0);
    trace_fini(&trace);
    demand.servers = servers;
    return demand;
}

static void free_demand(const struct backtest_demand *demand)
{
    heap_free((void *)(uintptr_t)demand->servers);
}

/* In passes: everything is a multiple of one. */
static const struct pin_row {
    const char *name;
    enum backtest_rule rule;
    int64_t below, deep, zero, lost, hosts, billed, boots, actions, flips;
} pin_rows[] = {
    /* clang-format off */
    /*                                                below deep  zero  lost   hosts  billed boots actions flips */
    { "pin: configured",     BACKTEST_CONFIGURED,         7,   0,    0,    0,  19606,  20018,   41,     68,    9 },
    { "pin: naive",          BACKTEST_NAIVE,            146,  34,   16,   42,  18100,  31553,  159,    269,   79 },
    { "pin: exact",          BACKTEST_EXACT,            174,  54,   26,   67,  17988,  19975,   52,     97,   29 },
    { "pin: percent buffer", BACKTEST_PERCENT_BUFFER,   498, 102,   79, 1588,  17725,  18323,   47,     85,    9 },
    { "pin: oracle",         BACKTEST_ORACLE,             0,   0,    0,    0,  18060,  19269,   52,     95,   17 },
    /* clang-format on */
};

static void assert_passes(const char *what, int64_t value_ms, int64_t passes)
{
    if (value_ms != passes * PASS_MS)
        fail_msg("%s: %lld passes and %lld ms, not %lld", what, (long long)(value_ms / PASS_MS),
                 (long long)(value_ms % PASS_MS), (long long)passes);
}

static void is_as_pinned(void **state)
{
    const struct pin_row *row = *state;
    struct backtest_demand demand = half_day_demand();
    struct backtest_result result = run_with(&usual, &demand, row->rule, &policy_default);
    free_demand(&demand);
    assert_int_equal(result.passes, 1201);
    assert_passes("total", result.total_ms, 1201);
    assert_passes("demand", result.demand_server_ms, 135512);
    assert_passes("below", result.below_ms, row->below);
    assert_passes("deep", result.deep_ms, row->deep);
    assert_passes("zero", result.zero_ms, row->zero);
    assert_passes("lost", result.lost_server_ms, row->lost);
    assert_passes("hosts", result.host_ms, row->hosts);
    assert_passes("billed", result.billed_ms, row->billed);
    assert_int_equal(result.boots, row->boots);
    assert_int_equal(result.actions, row->actions);
    assert_int_equal(result.flips, row->flips);
}

static void the_same_gives_the_same(void **state)
{
    (void)state;
    struct backtest_demand demand = half_day_demand();
    struct backtest_model other = usual;
    other.seed = 2;
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        enum backtest_rule r = (enum backtest_rule)rule;
        struct backtest_result first = run_with(&usual, &demand, r, &policy_default);
        struct backtest_result second = run_with(&usual, &demand, r, &policy_default);
        struct backtest_result third = run_with(&other, &demand, r, &policy_default);
        assert_memory_equal(&first, &second, sizeof first);
        assert_true(memcmp(&first, &third, sizeof first) != 0);
    }
    free_demand(&demand);
}

/* --- hard times -------------------------------------------------------------------------------------------------- */

static void memory_ends_anywhere(void **state)
{
    (void)state;
    struct backtest_model model = usual;
    model.is_draining = true;
    struct backtest_demand demand = half_day_demand();
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        int r = -ENOMEM;
        int64_t n = 0;
        for (; r != 0; n++) {
            struct backtest_result result = { .passes = 77 };
            struct error err = { 0 };
            watched_heap.succeed_count = n;
            r = backtest_run(&model, &demand, (enum backtest_rule)rule, &policy_default, &result,
                             &err);
            watched_heap.succeed_count = -1;
            assert_int_equal(watched_heap.live_count, 1);
            if (r == 0)
                break;
            assert_int_equal(r, -ENOMEM);
            assert_string_equal(err.msg, "out of memory");
            assert_int_equal(result.passes, 77);
        }
        assert_in_range(n, 3, 200);
    }
    free_demand(&demand);
    assert_int_equal(watched_heap.live_count, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_demand_needs_nothing),
        cmocka_unit_test(a_step_is_met_a_boot_later),
        cmocka_unit_test(a_short_life_is_paid_for_as_a_whole),
        cmocka_unit_test(the_first_hosts_have_been_paid_for),
        cmocka_unit_test(a_change_of_direction_is_a_flip),
        cmocka_unit_test(there_is_a_quota),
        cmocka_unit_test(one_host_stays),
        cmocka_unit_test(no_player_needs_one_host),
        cmocka_unit_test(what_drains_is_taken_back_without_a_boot),
        cmocka_unit_test(the_policys_own_target_decides),
        cmocka_unit_test(the_oracle_orders_in_time),
        cmocka_unit_test(the_node_scaler_waits_ten_minutes),
        cmocka_unit_test(the_buffer_is_exact_to_a_server),
        cmocka_unit_test(naive_orders_again_what_boots),
        cmocka_unit_test(names_are_promises),
        cmocka_unit_test(the_same_gives_the_same),
        cmocka_unit_test(memory_ends_anywhere),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(share_rows) + COUNT_OF(pin_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), share_rows, shares_are_strict);
    TESTS_FROM_ROWS(all + COUNT_OF(tests) + COUNT_OF(share_rows), pin_rows, is_as_pinned);
    return cmocka_run_group_tests_name("backtest", all, NULL, NULL);
}

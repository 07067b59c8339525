#include "engine/core/desired.h"
#include "engine/core/decision.h"

#include "engine/base/arith.h"
#include "engine/core/delta.h"
#include "tests/support/test.h"

#define PCT(percent) ((percent)*SHARE_PERCENT)
#define SMALL 40

/* Differences from ten servers a host, 15 % free, and the formula alone. */
struct setup {
    int32_t busy, free;
    struct outlook outlook;
    int32_t surge_ppb, step_ppb, min_free;
};

static struct decision_input build(const struct setup *setup, struct policy *ret_policy)
{
    *ret_policy = policy_formula;
    ret_policy->surge_reserve_ppb = setup->surge_ppb;
    ret_policy->saturation_step_ppb = setup->step_ppb;
    ret_policy->min_free_servers = setup->min_free;
    return (struct decision_input){
        .policy = ret_policy,
        .servers_per_host = 10,
        .target_free_ppb = PCT(15),
        .status = { setup->busy + setup->free > 0, setup->busy + setup->free, setup->free },
        .outlook = setup->outlook,
    };
}

#define AHEAD(rise, usual)                                                                         \
    {                                                                                              \
        .rise_servers = rise, .mean_error_servers = usual, .is_trending = true                     \
    }
#define SURGE(servers)                                                                             \
    {                                                                                              \
        .peak_error_servers = servers                                                              \
    }
#define FULL(passes)                                                                               \
    {                                                                                              \
        .saturated_passes = passes                                                                 \
    }

#define WAITING(passes, servers)                                                                   \
    {                                                                                              \
        .saturated_passes = passes, .waiting_servers = servers                                     \
    }

/* 85 busy servers need exactly ten hosts, 86 need eleven. */
static const struct desired_row {
    const char *name;
    struct setup in;
    enum rule rule;
    int64_t hosts;
} desired_rows[] = {
    /* clang-format off */
    { "ahead: no rise",                        { 85, 20, AHEAD(0, 0), 0, 0, 0 },     RULE_LOOKAHEAD, 10 },
    { "ahead: a rise of one server",           { 85, 20, AHEAD(1, 0), 0, 0, 0 },     RULE_LOOKAHEAD, 11 },
    { "ahead: an error of one server",         { 85, 20, AHEAD(0, 1), 0, 0, 0 },     RULE_LOOKAHEAD, 11 },
    { "ahead: both, at the limit",             { 850, 200, AHEAD(160, 10), 0, 0, 0 }, RULE_LOOKAHEAD, 120 },
    { "ahead: both, above it",                 { 850, 200, AHEAD(160, 11), 0, 0, 0 }, RULE_LOOKAHEAD, 120 },
    { "ahead: both, below it",                 { 850, 200, AHEAD(155, 6), 0, 0, 0 },  RULE_LOOKAHEAD, 119 },
    { "ahead: a rise of a fifth at most",      { 850, 200, AHEAD(900, 0), 0, 0, 0 },  RULE_LOOKAHEAD, 120 },
    { "ahead: an error of a fifth at most",    { 850, 200, AHEAD(0, 900), 0, 0, 0 },  RULE_LOOKAHEAD, 120 },
    { "ahead: a fifth, rounded down",          { 842, 200, AHEAD(900, 9), 0, 0, 0 },  RULE_LOOKAHEAD, 120 },
    { "ahead: two hosts at least",             { 8, 20, AHEAD(900, 9), 0, 0, 0 },     RULE_LOOKAHEAD, 3 },
    { "ahead: no demand, none expected",       { 0, 20, AHEAD(0, 0), 0, 0, 0 },      RULE_LOOKAHEAD, 0 },
    { "ahead: off",                            { 85, 20, { .rise_servers = 9, .mean_error_servers = 9 }, 0, 0, 0 }, RULE_LOOKAHEAD, 0 },
    { "ahead: the largest numbers",            { INT32_MAX, 0, AHEAD(INT32_MAX, INT32_MAX), 0, 0, 0 }, RULE_LOOKAHEAD, 252645135 },

    { "surge: 100 %, at the limit",            { 85, 20, SURGE(15), PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 10 },
    { "surge: 100 %, above",                   { 85, 20, SURGE(16), PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 11 },
    { "surge: 100 %, below",                   { 85, 20, SURGE(5), PCT(100), 0, 0 },  RULE_SURGE_RESERVE, 9 },
    { "surge: a share, at the limit",          { 84, 20, SURGE(20), PCT(80), 0, 0 },  RULE_SURGE_RESERVE, 10 },
    { "surge: a share, rounded up above",      { 84, 20, SURGE(21), PCT(80), 0, 0 },  RULE_SURGE_RESERVE, 11 },
    { "surge: plus the expected rise",         { 85, 20, { .peak_error_servers = 15, .rise_servers = 1, .mean_error_servers = 9, .is_trending = true }, PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 11 },
    { "surge: of one, the least share",        { 89, 20, SURGE(1), 1, 0, 0 },         RULE_SURGE_RESERVE, 9 },
    { "surge: two hosts above the demand",     { 8, 20, SURGE(90), PCT(100), 0, 0 },  RULE_SURGE_RESERVE, 3 },
    { "surge: of the highest demand",          { 8, 20, { .peak_error_servers = 90, .demand_high_servers = 50 }, PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 8 },
    { "surge: a fifth above it",               { 80, 20, { .peak_error_servers = 2000, .demand_high_servers = 850 }, PCT(200), 0, 0 }, RULE_SURGE_RESERVE, 120 },
    { "surge: less than the highest demand",   { 80, 20, { .peak_error_servers = 2000, .demand_high_servers = 8 }, PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 12 },
    { "surge: none",                           { 85, 20, SURGE(0), PCT(100), 0, 0 },  RULE_SURGE_RESERVE, 0 },
    { "surge: off",                            { 85, 20, SURGE(999), 0, 0, 0 },       RULE_SURGE_RESERVE, 0 },
    { "surge: the largest numbers",            { INT32_MAX, 0, { .peak_error_servers = INT32_MAX, .rise_servers = INT32_MAX }, PCT(100), 0, 0 }, RULE_SURGE_RESERVE, 303174162 },

    { "saturated: not",                        { 10, 1, FULL(0), 0, PCT(100), 0 },    RULE_SATURATION_STEP, 0 },
    { "saturated: one pass",                   { 10, 0, FULL(1), 0, PCT(100), 0 },    RULE_SATURATION_STEP, 0 },
    { "saturated: two, plus two hosts",        { 10, 0, FULL(2), 0, PCT(20), 0 },     RULE_SATURATION_STEP, 3 },
    { "saturated: three, of those that serve", { 100, 0, FULL(3), 0, PCT(20), 0 },    RULE_SATURATION_STEP, 12 },
    { "saturated: four, of the formula",       { 100, 0, FULL(4), 0, PCT(20), 0 },    RULE_SATURATION_STEP, 14 },
    { "saturated: the last pass",              { 10, 0, FULL(120), 0, PCT(20), 0 },   RULE_SATURATION_STEP, 4 },
    { "saturated: too long",                   { 10, 0, FULL(121), 0, PCT(20), 0 },   RULE_SATURATION_STEP, 0 },
    { "saturated: for ever",                   { 10, 0, FULL(255), 0, PCT(20), 0 },   RULE_SATURATION_STEP, 0 },
    { "saturated: a host begun serves",        { 101, 0, FULL(2), 0, PCT(20), 0 },    RULE_SATURATION_STEP, 13 },
    { "saturated: a share, rounded down",      { 500, 0, FULL(2), 0, PCT(19), 0 },    RULE_SATURATION_STEP, 59 },
    { "saturated: a share, at the limit",      { 500, 0, FULL(2), 0, PCT(20), 0 },    RULE_SATURATION_STEP, 60 },
    { "saturated: a share, above",             { 500, 0, FULL(2), 0, PCT(22), 0 },    RULE_SATURATION_STEP, 61 },
    { "saturated: a quarter",                  { 500, 0, FULL(2), 0, PCT(25), 0 },    RULE_SATURATION_STEP, 62 },
    { "saturated: at most a quarter",          { 500, 0, FULL(2), 0, PCT(100), 0 },   RULE_SATURATION_STEP, 62 },
    { "saturated: the least share",            { 50, 0, FULL(2), 0, 1, 0 },           RULE_SATURATION_STEP, 7 },
    { "saturated: off",                        { 50, 0, FULL(2), 0, 0, 0 },           RULE_SATURATION_STEP, 0 },
    { "saturated: the largest numbers",        { INT32_MAX, 0, FULL(20), 0, PCT(100), 0 }, RULE_SATURATION_STEP, 315806418 },

    { "waiting: two passes",                   { 10, 0, WAITING(2, 200), 0, PCT(20), 0 },  RULE_SATURATION_STEP, 24 },
    { "waiting: one pass",                     { 10, 0, WAITING(1, 200), 0, PCT(20), 0 },  RULE_SATURATION_STEP, 0 },
    { "waiting: less than a step",             { 100, 0, WAITING(2, 70), 0, PCT(20), 0 },  RULE_SATURATION_STEP, 12 },
    { "waiting: too long",                     { 10, 0, WAITING(121, 200), 0, PCT(20), 0 }, RULE_SATURATION_STEP, 0 },
    { "waiting: all hosts are gone",           { 0, 0, WAITING(0, 200), 0, PCT(20), 0 },   RULE_SATURATION_STEP, 24 },
    { "waiting: off",                          { 0, 0, WAITING(0, 200), 0, 0, 0 },         RULE_SATURATION_STEP, 0 },

    { "min free: at the limit",                { 85, 20, AHEAD(0, 0), 0, 0, 15 },     RULE_MIN_FREE_SERVERS, 10 },
    { "min free: above",                       { 85, 20, AHEAD(0, 0), 0, 0, 16 },     RULE_MIN_FREE_SERVERS, 11 },
    { "min free: below",                       { 85, 20, AHEAD(0, 0), 0, 0, 14 },     RULE_MIN_FREE_SERVERS, 10 },
    { "min free: of one",                      { 90, 20, AHEAD(0, 0), 0, 0, 1 },      RULE_MIN_FREE_SERVERS, 10 },
    { "min free: plus the rise, no error",     { 85, 20, AHEAD(1, 9), 0, 0, 15 },     RULE_MIN_FREE_SERVERS, 11 },
    { "min free: without demand",              { 0, 0, AHEAD(0, 0), 0, 0, 21 },       RULE_MIN_FREE_SERVERS, 3 },
    { "min free: off",                         { 85, 20, AHEAD(0, 0), 0, 0, 0 },      RULE_MIN_FREE_SERVERS, 0 },
    { "min free: the largest numbers",         { INT32_MAX, 0, AHEAD(INT32_MAX, 0), 0, 0, 1000000000 }, RULE_MIN_FREE_SERVERS, 357698038 },
    { "auto: of a square",                     { 64, 20, AHEAD(0, 0), 0, 0, MIN_FREE_AUTO },  RULE_MIN_FREE_SERVERS, 8 },
    { "auto: one more, rounded up",            { 65, 20, AHEAD(0, 0), 0, 0, MIN_FREE_AUTO },  RULE_MIN_FREE_SERVERS, 9 },
    { "auto: of expected servers",             { 64, 20, AHEAD(1, 0), 0, 0, MIN_FREE_AUTO },  RULE_MIN_FREE_SERVERS, 9 },
    { "auto: of one",                          { 1, 20, AHEAD(0, 0), 0, 0, MIN_FREE_AUTO },   RULE_MIN_FREE_SERVERS, 1 },
    { "auto: of zero",                         { 0, 20, AHEAD(0, 0), 0, 0, MIN_FREE_AUTO },   RULE_MIN_FREE_SERVERS, 0 },
    { "auto: the largest numbers",             { INT32_MAX, 0, AHEAD(INT32_MAX, 0), 0, 0, MIN_FREE_AUTO }, RULE_MIN_FREE_SERVERS, 257708191 },
    /* clang-format on */
};

static int64_t hosts_by_rule(const struct decision_input *in, enum rule rule)
{
    static int64_t (*const functions[])(const struct decision_input *) = {
        [RULE_LOOKAHEAD] = desired_by_lookahead,
        [RULE_SURGE_RESERVE] = desired_by_surge,
        [RULE_SATURATION_STEP] = desired_by_saturation,
        [RULE_MIN_FREE_SERVERS] = desired_by_min_free,
    };
    return functions[rule](in);
}

static void row_gives_its_hosts(void **state)
{
    const struct desired_row *row = *state;
    struct policy policy;
    struct decision_input in = build(&row->in, &policy);
    assert_int_equal(hosts_by_rule(&in, row->rule), row->hosts);
    int64_t ahead = desired_by_lookahead(&in);
    assert_int_equal(decision_desired_hosts(&in),
                     max_i64(max_i64(row->hosts, ahead), desired_by_formula(&in)));
}

/* Twice the square root, rounded up. */
static void auto_min_free_is_twice_the_square_root(void **state)
{
    (void)state;
    for (int32_t busy = 0; busy < 20000; busy++) {
        struct policy policy;
        struct setup setup = { .busy = busy, .min_free = MIN_FREE_AUTO };
        struct decision_input in = build(&setup, &policy);
        int64_t free = min_free_servers(&in);
        assert_true(free * free >= 4 * (int64_t)busy);
        assert_true(free == 0 || (free - 1) * (free - 1) < 4 * (int64_t)busy);
    }
}

static void without_rules_the_formula_remains(void **state)
{
    (void)state;
    for (int32_t busy = 0; busy < SMALL; busy++) {
        for (int32_t free = 0; free < SMALL; free++) {
            for (int32_t target = 0; target < 100; target += 7) {
                struct policy policy;
                /* Not to be used: all rules are off. */
                struct setup setup = {
                    busy, free, { 9, 9, 9, 9, 9, 9, 9, (uint8_t)(busy % 22), false, false }, 0, 0, 0
                };
                struct decision_input in = build(&setup, &policy);
                in.servers_per_host = 1 + free % 11;
                in.target_free_ppb = PCT(target);
                int64_t formula = delta_desired_hosts(&(struct delta_input){
                    .servers_per_host = in.servers_per_host,
                    .total_servers = busy + free,
                    .free_servers = free,
                    .target_free_ppb = in.target_free_ppb,
                });
                assert_int_equal(desired_by_formula(&in), formula);
                assert_int_equal(decision_desired_hosts(&in), formula);
            }
        }
    }
}

/* A fifth more than serve, from the fourth pass on than the formula gives; two hosts more at least. */
static int64_t saturated_hosts(const struct decision_input *in)
{
    uint8_t passes = in->outlook.saturated_passes;
    int64_t base = 0;
    if (passes < 2 || passes > 120)
        return 0;
    if (passes >= 4)
        base = desired_by_formula(in);
    while (passes < 4 && base * in->servers_per_host < in->status.total_servers)
        base++;
    int64_t step = 2;
    while (5 * (step + 1) <= base)
        step++;
    return base + step;
}

/* Slow and obvious: adds hosts until they are enough. */
static int64_t hosts_that_keep(const struct decision_input *in, int64_t busy)
{
    int64_t hosts = 0;
    while (hosts * in->servers_per_host * (SHARE_WHOLE - in->target_free_ppb) < busy * SHARE_WHOLE)
        hosts++;
    return hosts;
}

static int64_t hosts_that_hold(const struct decision_input *in, int64_t servers)
{
    int64_t hosts = 0;
    while (hosts * in->servers_per_host < servers)
        hosts++;
    return hosts;
}

/* A fifth more, two at least. */
static int64_t at_most(int64_t count, int64_t hosts)
{
    int64_t more = 2;
    while (5 * (more + 1) <= hosts)
        more++;
    return min_i64(count, hosts + more);
}

static int64_t expected_servers(const struct decision_input *in, int64_t busy)
{
    int64_t rise = 0;
    while (rise < in->outlook.rise_servers &&
           (5 * (rise + 1) <= busy || rise + 1 <= 2 * (int64_t)in->servers_per_host))
        rise++;
    return busy + rise;
}

static int64_t counted_hosts(const struct decision_input *in)
{
    const struct outlook *outlook = &in->outlook;
    int64_t busy = (int64_t)in->status.total_servers - in->status.free_servers;
    int64_t expected = expected_servers(in, busy);
    int64_t needed = hosts_that_keep(in, busy);
    int64_t highest = hosts_that_keep(in, max_i64(busy, outlook->demand_high_servers));
    int64_t reserve = 0;
    while (reserve * SHARE_WHOLE <
           (int64_t)outlook->peak_error_servers * in->policy->surge_reserve_ppb)
        reserve++;
    int64_t hosts = max_i64(needed, saturated_hosts(in));
    if (outlook->is_trending)
        hosts = max_i64(
            hosts, at_most(hosts_that_keep(in, expected + outlook->mean_error_servers), needed));
    if (reserve > 0)
        hosts = max_i64(hosts, at_most(hosts_that_hold(in, expected + reserve), highest));
    if (in->policy->min_free_servers > 0)
        hosts = max_i64(hosts, hosts_that_hold(in, expected + in->policy->min_free_servers));
    return hosts;
}

static void small_inputs_equal_the_slow_count(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 60000; i++) {
        struct policy policy;
        struct setup setup = {
            .busy = i % 23,
            .free = i % 3,
            .outlook = { .rise_servers = i % 2 ? i % 19 : 0,
                         .mean_error_servers = i % 7,
                         .peak_error_servers = i % 13,
                         .demand_high_servers = i % 37,
                         .saturated_passes = (uint8_t)(i % 24),
                         .is_trending = i % 2 },
            .surge_ppb = PCT(i % 5 * 25),
            .step_ppb = PCT(20),
            .min_free = i % 11,
        };
        struct decision_input in = build(&setup, &policy);
        in.servers_per_host = 1 + i % 9;
        in.target_free_ppb = PCT(i % 90);
        assert_int_equal(decision_desired_hosts(&in), counted_hosts(&in));
    }
}

static void more_demand_never_needs_fewer_hosts(void **state)
{
    (void)state;
    for (int32_t variant = 0; variant < 200; variant++) {
        int64_t before = 0;
        for (int32_t busy = 0; busy < 400; busy++) {
            struct policy policy;
            struct setup setup = { busy,
                                   0,
                                   { 0, variant % 17, variant % 5, variant % 29, variant % 31, 0, 0,
                                     (uint8_t)(variant % 23), true, false },
                                   PCT(variant % 3 * 50),
                                   PCT(variant % 4 * 25),
                                   variant % 6 - 1 };
            struct decision_input in = build(&setup, &policy);
            int64_t hosts = decision_desired_hosts(&in);
            assert_true(hosts >= before);
            assert_true(hosts >= desired_by_formula(&in));
            before = hosts;
        }
    }
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(desired_rows)];
    TESTS_FROM_ROWS(rows, desired_rows, row_gives_its_hosts);
    const struct CMUnitTest invariants[] = {
        cmocka_unit_test(auto_min_free_is_twice_the_square_root),
        cmocka_unit_test(without_rules_the_formula_remains),
        cmocka_unit_test(small_inputs_equal_the_slow_count),
        cmocka_unit_test(more_demand_never_needs_fewer_hosts),
    };
    int failed = cmocka_run_group_tests_name("desired: rules", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("desired: invariants", invariants, NULL, NULL);
}

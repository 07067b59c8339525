#include "engine/core/shown_reasons.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/core/deployment_state.h"
#include "tests/support/test.h"

/* Ten servers for each host. 100 busy servers and half of all free: 20 hosts. */
#define FULL .status = { 10, 100, 0 }, .target_ppb = 50 * SHARE_PERCENT
#define IDLE .status = { 20, 200, 150 }, .target_ppb = 0
#define UP(hosts) .max_step_up = { STEP_HOSTS, hosts }

struct setup {
    struct status status;
    int32_t target_ppb;
    int32_t min_hosts, max_hosts;
    struct step_limit max_step_up;
    int32_t desired_high, pending_hosts, unfilled_hosts, order_limit;
    int32_t cooldown_up_left_ms, cooldown_down_left_ms;
    enum reason gate, fault;
};

static const struct reasons_row {
    const char *name;
    struct setup in;
    enum reason reasons[SHOWN_REASONS_MAX];
} reasons_rows[] = {
    /* clang-format off */
    { "no rule limits it",             { FULL }, { REASON_BELOW_TARGET } },
    { "nothing to do",                 { .status = { 10, 100, 50 }, .target_ppb = 50 * SHARE_PERCENT }, { REASON_ON_TARGET } },
    { "one limit",                     { FULL, .max_hosts = 15 }, { REASON_MAX_HOSTS } },
    { "the first limit comes first",   { FULL, .max_hosts = 15, UP(3) }, { REASON_MAX_HOSTS, REASON_MAX_STEP_UP } },
    { "one that changes nothing",      { FULL, .max_hosts = 15, UP(5) }, { REASON_MAX_HOSTS } },
    { "three, until nothing is left",  { FULL, .max_hosts = 15, UP(3), .cooldown_up_left_ms = 1 },
        { REASON_MAX_HOSTS, REASON_MAX_STEP_UP, REASON_COOLDOWN_UP } },
    { "of four, the last one stays",   { FULL, .max_hosts = 15, UP(3), .order_limit = 2, .gate = REASON_PAUSED },
        { REASON_MAX_HOSTS, REASON_MAX_STEP_UP, REASON_PAUSED } },
    { "paused, behind what limits it", { FULL, UP(3), .gate = REASON_PAUSED }, { REASON_MAX_STEP_UP, REASON_PAUSED } },
    { "only paused",                   { FULL, .gate = REASON_PAUSED }, { REASON_PAUSED } },
    { "nothing is left to pause",      { FULL, .cooldown_up_left_ms = 1, .gate = REASON_PAUSED }, { REASON_COOLDOWN_UP } },
    { "a dry-run limits nothing",      { FULL, UP(3), .gate = REASON_DRY_RUN }, { REASON_MAX_STEP_UP } },
    { "unconfirmed at a bound",        { FULL, .max_hosts = 10, .gate = REASON_UNCONFIRMED },
        { REASON_MAX_HOSTS, REASON_UNCONFIRMED } },
    { "a shrink that waits",           { IDLE, .desired_high = 20 }, { REASON_SCALE_DOWN_WINDOW } },
    { "a shrink that waits in part",   { IDLE, .desired_high = 8, .cooldown_down_left_ms = 1 },
        { REASON_SCALE_DOWN_WINDOW, REASON_COOLDOWN_DOWN } },
    { "growth after all begins anew",  { IDLE, .desired_high = 20, .min_hosts = 25, .cooldown_up_left_ms = 1 },
        { REASON_MIN_HOSTS, REASON_COOLDOWN_UP } },
    { "so does a removal",             { FULL, .order_limit = 1, .max_hosts = 9 }, { REASON_MAX_HOSTS } },
    { "pending, and for too long",     { FULL, .pending_hosts = 10, .unfilled_hosts = 10 }, { REASON_ORDER_BACKOFF } },
    { "bad data is the only reason",   { FULL, .max_hosts = 15, .fault = REASON_COLLAPSED }, { REASON_COLLAPSED } },
    /* clang-format on */
};

static struct decision_input input_of(const struct setup *setup, struct policy *policy)
{
    *policy = policy_formula;
    policy->min_hosts = setup->min_hosts > 0 ? setup->min_hosts : 1;
    policy->max_hosts = setup->max_hosts > 0 ? setup->max_hosts : HOSTS_UNLIMITED;
    policy->max_step_up = setup->max_step_up;
    return (struct decision_input){
        .policy = policy,
        .servers_per_host = 10,
        .target_free_ppb = setup->target_ppb,
        .status = setup->status,
        .desired_high = setup->desired_high,
        .pending_hosts = setup->pending_hosts,
        .unfilled_hosts = setup->unfilled_hosts,
        .order_limit = setup->order_limit,
        .cooldown_up_left_ms = setup->cooldown_up_left_ms,
        .cooldown_down_left_ms = setup->cooldown_down_left_ms,
        .gate = setup->gate,
        .fault = setup->fault,
    };
}

static void assert_reasons(const struct shown_reasons *reasons, const enum reason *expected)
{
    size_t count = 1;
    while (count < SHOWN_REASONS_MAX && expected[count] != REASON_NONE)
        count++;
    for (size_t i = 0; i < count && i < reasons->count; i++)
        assert_string_equal(reason_row(reasons->list[i])->name, reason_row(expected[i])->name);
    assert_int_equal(reasons->count, count);
}

static void reasons_are_in_order(void **state)
{
    const struct reasons_row *row = *state;
    struct policy policy;
    struct deployment deployment = { .input = input_of(&row->in, &policy) };
    struct decision decision;
    struct shown_reasons reasons;
    decide(&deployment.input, &decision);
    shown_reasons_of_decision(&decision, &reasons);
    assert_reasons(&reasons, row->reasons);
    deployment.reason = decision.reason;
    shown_reasons_make(&deployment, &reasons);
    assert_reasons(&reasons, row->reasons);
}

/* What became of a decision, which two rules had limited. */
static const struct outcome_row {
    const char *name;
    enum reason reason;
} outcome_rows[] = {
    { "not read", REASON_READ_FAILED },
    { "refused", REASON_SCALE_REFUSED },
    { "its response is lost", REASON_UNCONFIRMED },
    { "dropped when a dry-run began", REASON_DRY_RUN },
    { "an operator scaled", REASON_MANUAL },
    { "not listed any more", REASON_GONE },
    { "listed again", REASON_NONE },
};

static void an_outcome_stands_alone(void **state)
{
    const struct outcome_row *row = *state;
    struct policy policy;
    struct setup setup = { FULL, .max_hosts = 15, UP(3) };
    struct deployment deployment = { .input = input_of(&setup, &policy), .reason = row->reason };
    struct shown_reasons reasons;
    shown_reasons_make(&deployment, &reasons);
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.list[0], row->reason);
}

static void without_a_decision_there_is_one(void **state)
{
    (void)state;
    struct deployment deployment = { .reason = REASON_NO_MEMORY };
    struct shown_reasons reasons;
    shown_reasons_make(&deployment, &reasons);
    assert_int_equal(reasons.count, 1);
    assert_int_equal(reasons.list[0], REASON_NO_MEMORY);
}

/* The last decision was made with other pending hosts, a gate or a repeat, or it is the one that is wanted. */
static void draw_deployment(struct random *random, struct policy *policy, struct ledger *ledger,
                            struct deployment *ret_deployment)
{
    static const struct ledger_timeouts timeouts = { 600000, 600000, 60000 };
    int32_t hosts = 5 + (int32_t)random_below(random, 20);
    struct setup setup = {
        .status = { hosts, 10 * hosts, (int32_t)random_below(random, 10 * (int64_t)hosts + 1) },
        .target_ppb = 50 * SHARE_PERCENT,
        .max_hosts = 5 + (int32_t)random_below(random, 40),
        UP((int32_t)random_below(random, 5)),
    };
    bool is_same = random_below(random, 2) == 0;
    *ledger = (struct ledger){ 0 };
    if (random_below(random, 2) == 0)
        ledger_send(ledger, 1 + (int32_t)random_below(random, 3), (struct mono){ 1000 }, &timeouts);
    setup.pending_hosts = ledger_pending_hosts(ledger) + (is_same ? 0 : 2);
    setup.gate = random_below(random, 3) == 0 ? REASON_PAUSED : REASON_NONE;
    setup.fault = random_below(random, 9) == 0 ? REASON_READ_FAILED : REASON_NONE;
    *ret_deployment = (struct deployment){
        .input = input_of(&setup, policy),
        .ledger = ledger,
        .is_listed = random_below(random, 9) > 0,
    };
    ret_deployment->input.unconfirmed_hosts = ledger_unconfirmed_hosts(ledger);
    ret_deployment->input.repeat_delta = random_below(random, 5) == 0 ? 2 : 0;
    struct decision decision;
    decide(&ret_deployment->input, &decision);
    ret_deployment->reason = decision.reason;
}

static void one_decision_serves_reasons_and_delta(void **state)
{
    (void)state;
    struct random random = { .state = 5 };
    for (int i = 0; i < 20000; i++) {
        struct policy policy;
        struct ledger ledger;
        struct deployment deployment;
        struct shown_reasons expected, reasons;
        int32_t wanted_delta;
        draw_deployment(&random, &policy, &ledger, &deployment);
        shown_reasons_make(&deployment, &expected);
        shown_reasons_make_with_delta(&deployment, &reasons, &wanted_delta);
        assert_int_equal(wanted_delta, deployment_wanted_delta(&deployment));
        assert_int_equal(reasons.count, expected.count);
        assert_memory_equal(reasons.list, expected.list, reasons.count * sizeof reasons.list[0]);
    }
}

int main(void)
{
    struct CMUnitTest orders[COUNT_OF(reasons_rows)];
    struct CMUnitTest outcomes[COUNT_OF(outcome_rows)];
    TESTS_FROM_ROWS(orders, reasons_rows, reasons_are_in_order);
    TESTS_FROM_ROWS(outcomes, outcome_rows, an_outcome_stands_alone);
    const struct CMUnitTest tests[] = { cmocka_unit_test(without_a_decision_there_is_one),
                                        cmocka_unit_test(one_decision_serves_reasons_and_delta) };
    int failed = cmocka_run_group_tests_name("reasons", orders, NULL, NULL);
    failed += cmocka_run_group_tests_name("outcomes", outcomes, NULL, NULL);
    failed += cmocka_run_group_tests_name("shown_reasons", tests, NULL, NULL);
    return failed;
}

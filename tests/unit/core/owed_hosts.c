#include "engine/core/decision.h"

#include "engine/base/arith.h"
#include "engine/core/policy.h"
#include "tests/support/test.h"

/* 100 hosts of ten servers, and two more that were ordered and never served. All are busy, so far more are wanted. */
static struct decision_input full_fleet(struct policy *ret_policy)
{
    *ret_policy = policy_formula;
    ret_policy->max_hosts = HOSTS_UNLIMITED;
    return (struct decision_input){
        .policy = ret_policy,
        .servers_per_host = 10,
        .target_free_ppb = SHARE_WHOLE / 2,
        .status = { 102, 1000, 0 },
        .unready_hosts = 2,
        .dark_owed_hosts = 2,
    };
}

static void owed_hosts_are_not_ordered(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    decide(&input, &decision);
    assert_int_equal(decision.raw_delta, 100);
    assert_int_equal(decision.delta, 98);
    assert_int_equal(decision.reason, REASON_ORDER_BACKOFF);
}

static void owed_hosts_are_not_a_part_of_a_step(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    policy.max_step_up = (struct step_limit){ STEP_HOSTS, 10 };
    decide(&input, &decision);
    assert_int_equal(decision.delta, 10);
    policy.max_step_up.amount = 99;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 98);
}

/* Those that are owed may never serve: no order at all would show when others do. */
static void a_probe_is_ordered_beside_more_owed_hosts(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    input.dark_owed_hosts = 150;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 0);
    input.probe_hosts = 4;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 4);
    policy.max_step_up = (struct step_limit){ STEP_HOSTS, 3 };
    decide(&input, &decision);
    assert_int_equal(decision.delta, 3);
    policy.max_step_up = policy_formula.max_step_up;
    input.dark_owed_hosts = 90;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 10);
}

/* Made smaller, it would be another order beside the unconfirmed one, and beyond the limit of an hour. */
static void an_order_of_a_whole_step_is_repeated_whole(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    policy.max_step_up = (struct step_limit){ STEP_HOSTS, 10 };
    policy.max_growth_per_hour = (struct step_limit){ STEP_HOSTS, 15 };
    input.repeat_delta = 10;
    input.grown_hosts = 10;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 10);
    assert_int_equal(decision.reason, REASON_REPEATED);
}

/* After orders that brought no host that serves, one host shows whether the next ones do. */
static void an_unproven_order_is_one_host(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    input.unproven_limit = 1;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 1);
    assert_int_equal(decision.reason, REASON_ORDER_BACKOFF);
    input.is_proving = true;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 0);
    input.probe_hosts = 1;
    decide(&input, &decision);
    assert_int_equal(decision.delta, 1);
}

/* The limits of a proposed scale stand alone in its explanation. */
static void owed_hosts_are_an_objection_to_a_proposed_scale(void **state)
{
    (void)state;
    struct policy policy;
    struct decision decision;
    struct decision_input input = full_fleet(&policy);
    decide_proposed(&input, 1, &decision);
    bool is_held = false;
    for (size_t i = 0; i < decision.step_count; i++)
        is_held |= decision.steps[i].rule == RULE_ORDER_BACKOFF && decision.steps[i].after == 0;
    assert_true(is_held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owed_hosts_are_not_ordered),
        cmocka_unit_test(owed_hosts_are_not_a_part_of_a_step),
        cmocka_unit_test(a_probe_is_ordered_beside_more_owed_hosts),
        cmocka_unit_test(an_order_of_a_whole_step_is_repeated_whole),
        cmocka_unit_test(an_unproven_order_is_one_host),
        cmocka_unit_test(owed_hosts_are_an_objection_to_a_proposed_scale),
    };
    return cmocka_run_group_tests_name("owed hosts", tests, NULL, NULL);
}

/* What holds for the decision of any input: the guards of growth and removal, and the largest numbers. */
#include "engine/core/decision.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/policy_setup.h"
#include "tests/support/test.h"

#include <string.h>

#define RANDOM_DECISIONS 200000

static int32_t draw(struct random *random, int32_t bound)
{
    return (int32_t)random_below(random, bound);
}

static struct step_limit draw_limit(struct random *random)
{
    switch (draw(random, 3)) {
    case 0:
        return (struct step_limit){ STEP_HOSTS, 1 + draw(random, 20) };
    case 1:
        return (struct step_limit){ STEP_SHARE, 1 + draw(random, SHARE_WHOLE) };
    default:
        return (struct step_limit){ 0 };
    }
}

static struct outlook draw_outlook(struct random *random)
{
    return (struct outlook){
        .rise_servers = draw(random, 3) ? 0 : draw(random, 200),
        .mean_error_servers = draw(random, 3) ? 0 : draw(random, 50),
        .peak_error_servers = draw(random, 3) ? 0 : draw(random, 200),
        .outage_left_ms = draw(random, 4) ? 0 : 1,
        .saturated_passes = (uint8_t)(draw(random, 3) ? 0 : draw(random, 30)),
        .is_trending = draw(random, 2),
    };
}

static struct decision_input draw_input(struct random *random, struct policy *ret_policy)
{
    static const enum reason gates[] = { REASON_NONE, REASON_NONE, REASON_NONE, REASON_PAUSED,
                                         REASON_DRY_RUN };
    int32_t hosts = draw(random, 60);
    int32_t total = draw(random, hosts * 8 + 1);
    *ret_policy = draw(random, 2) ? policy_default : policy_formula;
    ret_policy->min_free_servers = draw(random, 3) ? 0 : draw(random, 40) - 1;
    ret_policy->min_hosts = draw(random, 10);
    ret_policy->max_hosts = draw(random, 2) ? HOSTS_UNLIMITED : 10 + draw(random, 50);
    ret_policy->max_step_up = draw_limit(random);
    ret_policy->max_step_down = draw_limit(random);
    ret_policy->max_growth_per_hour = draw_limit(random);
    return (struct decision_input){
        .policy = ret_policy,
        .servers_per_host = 8,
        .target_free_ppb = draw(random, 900) * (SHARE_WHOLE / 1000),
        .status = { hosts, total, draw(random, total + 1) },
        .pending_hosts = draw(random, 3) ? 0 : draw(random, 21) - (int32_t)min_i64(hosts, 10),
        .unready_hosts = draw(random, 3) ? 0 : draw(random, hosts - total / 8 + 1),
        .undrained_hosts = draw(random, 3) ? 0 : draw(random, 10),
        .outlook = draw_outlook(random),
        .desired_high = draw(random, 70),
        .outage_high = draw(random, 70),
        .start_hosts = draw(random, 3) ? 0 : draw(random, 70),
        .cooldown_up_left_ms = draw(random, 8) ? 0 : 1,
        .cooldown_down_left_ms = draw(random, 8) ? 0 : 1,
        .growth_base_hosts = draw(random, 20),
        .grown_hosts = draw(random, 3) ? 0 : draw(random, 140),
        .growth_wait_ms = draw(random, 8) ? 0 : 1,
        .gate = gates[draw(random, COUNT_OF(gates))],
        .is_shrink_latched = draw(random, 8) == 0,
        .entry_fault = draw(random, 8) == 0 ? REASON_BAD_TARGET : REASON_NONE,
    };
}

static int64_t limit_hosts(const struct decision_input *in, const struct step_limit *limit)
{
    int64_t fleet = max_i64(1, max_i64(in->status.current_hosts, in->policy->min_hosts));
    if (limit->kind == STEP_UNLIMITED)
        return INT64_MAX;
    return limit->kind == STEP_HOSTS ? limit->amount : ceil_div(fleet * limit->amount, SHARE_WHOLE);
}

/* Hosts that may be ordered within an hour. */
static int64_t growth_of_an_hour(const struct decision_input *in)
{
    const struct step_limit *limit = &in->policy->max_growth_per_hour;
    int64_t fleet = max_i64(1, max_i64(in->growth_base_hosts, in->policy->min_hosts));
    if (limit->kind == STEP_HOSTS)
        return limit->amount;
    int64_t servers = 1000;
    return max_i64(ceil_div(fleet * limit->amount, SHARE_WHOLE),
                   ceil_div(servers, in->servers_per_host));
}

static void check_growth_of_an_hour(const struct decision_input *in,
                                    const struct decision *decision)
{
    if (in->policy->max_growth_per_hour.kind == STEP_UNLIMITED ||
        decision->base_hosts + decision->delta <= in->policy->min_hosts)
        return;
    assert_int_equal(in->growth_wait_ms, 0);
    assert_true(in->grown_hosts + decision->delta <= growth_of_an_hour(in));
}

static void check_growth(const struct decision_input *in, const struct decision *decision)
{
    int64_t owned = (int64_t)in->status.current_hosts + in->pending_hosts;
    assert_true(decision->delta <= limit_hosts(in, &in->policy->max_step_up));
    assert_true(owned + decision->delta <= in->policy->max_hosts);
    check_growth_of_an_hour(in, decision);
    assert_true(decision->base_hosts + decision->delta <=
                max_i64(decision->desired_hosts, in->policy->min_hosts));
    assert_int_equal(in->cooldown_up_left_ms, 0);
}

__extension__ typedef __int128 wide;

/* The servers that exist after the removal, those of leaving hosts not counted, still keep the target free. */
static bool is_target_kept(const struct decision_input *in, int32_t delta)
{
    int64_t busy = (int64_t)in->status.total_servers - in->status.free_servers;
    int64_t coming = max_i64(in->coming_hosts, max_i64(0, in->pending_hosts));
    int64_t leaving = coming - in->pending_hosts;
    wide left = in->status.total_servers + (wide)(delta - leaving) * in->servers_per_host;
    return left * (SHARE_WHOLE - in->target_free_ppb) >= (wide)busy * SHARE_WHOLE;
}

static void check_shrinking(const struct decision_input *in, const struct decision *decision)
{
    int64_t owned = (int64_t)in->status.current_hosts + in->pending_hosts;
    int64_t left = decision->base_hosts + decision->delta;
    bool is_down_to_max = owned + decision->delta >= in->policy->max_hosts;
    assert_true(-decision->delta <= limit_hosts(in, &in->policy->max_step_down));
    assert_true(is_target_kept(in, decision->delta));
    assert_true(owned + decision->delta >= in->start_hosts);
    assert_true(left >= in->policy->min_hosts || is_down_to_max);
    assert_true(left >= decision->desired_hosts || is_down_to_max);
    assert_int_equal(in->cooldown_down_left_ms, 0);
    assert_false(in->is_shrink_latched);
    assert_int_equal(in->entry_fault, REASON_NONE);
}

static void check_words(const struct decision_input *in, const struct decision *decision)
{
    bool is_sent = decision->action == ACTION_SCALED;
    assert_true(is_sent == (decision->delta != 0 && in->gate == REASON_NONE));
    assert_true((decision->action == ACTION_DRY_RUN) ==
                (decision->delta != 0 && in->gate == REASON_DRY_RUN));
    if (decision->action == ACTION_NONE)
        assert_true(reason_row(decision->reason)->kind == REASON_PLAIN ||
                    decision->reason == REASON_MIN_HOSTS);
    if (decision->action == ACTION_HELD)
        assert_int_equal(reason_row(decision->reason)->kind, REASON_RAIL);
    if (decision->reason == REASON_BELOW_TARGET || decision->reason == REASON_ABOVE_TARGET)
        assert_int_equal(decision->delta, decision->raw_delta);
    assert_true(decision->desired_hosts >= decision->formula_hosts);
    for (size_t i = RULE_LOOKAHEAD; i <= RULE_MIN_FREE_SERVERS; i++)
        assert_true(decision->steps[i].after >= decision->steps[i].before);
    for (size_t i = RULE_LOOKAHEAD; i < decision->step_count; i++) {
        const struct step *step = &decision->steps[i];
        assert_int_equal(step->rule, i);
        assert_int_equal(step->before, decision->steps[i - 1].after);
        assert_true((step->verdict == VERDICT_OK) == (step->before == step->after));
        bool is_wish = i <= RULE_MIN_FREE_SERVERS;
        bool is_more = step->after > step->before && step->after > 0;
        assert_true((step->verdict == VERDICT_RAISED) ==
                    (is_more || (is_wish && step->before != step->after)));
        assert_true((step->verdict == VERDICT_HELD) ==
                    (!is_wish && step->before != step->after && step->after == 0));
    }
    assert_int_equal(decision->steps[RULE_GATE].after, decision->delta);
}

static void the_guards_hold_for_any_input(void **state)
{
    (void)state;
    struct random random = { 7 };
    for (int i = 0; i < RANDOM_DECISIONS; i++) {
        struct policy policy;
        struct decision_input in = draw_input(&random, &policy);
        in.drain_servers = drain_servers(&in.status, in.pending_hosts, in.coming_hosts, 8);
        struct decision decision;
        decide(&in, &decision);
        if (decision.delta > 0)
            check_growth(&in, &decision);
        if (decision.delta < 0)
            check_shrinking(&in, &decision);
        check_words(&in, &decision);
    }
}

static void the_same_input_is_decided_the_same(void **state)
{
    (void)state;
    struct random random = { 8 };
    for (int i = 0; i < 1000; i++) {
        struct policy policy;
        struct decision_input in = draw_input(&random, &policy);
        in.drain_servers = drain_servers(&in.status, in.pending_hosts, in.coming_hosts, 8);
        struct decision first = { 0 };
        struct decision second;
        memset(&second, 0x5a, sizeof second);
        decide(&in, &first);
        decide(&in, &second);
        assert_int_equal(first.delta, second.delta);
        assert_int_equal(first.reason, second.reason);
        assert_int_equal(first.step_count, second.step_count);
    }
}

static void a_share_of_no_hosts_is_one_host(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    policy.min_hosts = 0;
    struct step_limit limit = SHARE(30);
    assert_int_equal(step_limit_hosts(&limit, &policy, 0), 1);
    assert_int_equal(step_limit_hosts(&limit, &policy, 4), 2);
    policy.min_hosts = 10;
    assert_int_equal(step_limit_hosts(&limit, &policy, 0), 3);
}

/* A share above 100 % of the most hosts does not fit into a product of 64 bits. */
static void the_largest_share_does_not_wrap(void **state)
{
    (void)state;
    struct step_limit limit = { STEP_SHARE, (int64_t)100 * SHARE_WHOLE };
    assert_true(step_limit_hosts(&limit, &policy_default, INT32_MAX) == (int64_t)100 * INT32_MAX);
    limit.amount = (int64_t)100 * SHARE_WHOLE - 1;
    assert_true(step_limit_hosts(&limit, &policy_default, 2) == 200);
    limit.amount = 7 * (int64_t)SHARE_WHOLE + 1;
    assert_true(step_limit_hosts(&limit, &policy_default, 2) == 15);
}

static void the_largest_fleet_saturates(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    struct decision_input in = {
        .policy = &policy,
        .servers_per_host = 1,
        .target_free_ppb = SHARE_WHOLE - 1,
        .status = { INT32_MAX, INT32_MAX, 0 },
        .pending_hosts = INT32_MAX,
    };
    struct decision decision;
    decide(&in, &decision);
    assert_int_equal(decision.delta, 0);
    assert_int_equal(decision.reason, REASON_NOT_COUNTABLE);
    in.target_free_ppb = 0;
    in.status.free_servers = INT32_MAX;
    decide(&in, &decision);
    assert_int_equal(decision.delta, -INT32_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(the_guards_hold_for_any_input),
        cmocka_unit_test(the_same_input_is_decided_the_same),
        cmocka_unit_test(a_share_of_no_hosts_is_one_host),
        cmocka_unit_test(the_largest_share_does_not_wrap),
        cmocka_unit_test(the_largest_fleet_saturates),
    };
    return cmocka_run_group_tests_name("policy: invariants", laws, NULL, NULL);
}

/*
 * Regressions in calculations: the decision for a given status.
 */
#include "tests/regressions/regressions.h"

#include "engine/backend/wire.h"
#include "engine/base/arith.h"
#include "engine/core/delta.h"
#include "engine/core/manual_scale.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define PCT(percent) ((percent)*SHARE_PERCENT)
#define ALMOST_WHOLE (SHARE_WHOLE - 1)

/* Ten servers for each host, target 15 %, no history before this status. */
static struct decision_input input_of(const struct policy *policy, struct status status)
{
    return (struct decision_input){
        .policy = policy,
        .servers_per_host = 10,
        .target_free_ppb = PCT(15),
        .status = status,
    };
}

static struct decision decided(const struct decision_input *in)
{
    struct decision decision;
    decide(in, &decision);
    return decision;
}

/* --- the formula --------------------------------------------------------------------------------- */

/* If the quotient is a whole number, it is the result. With doubles, many of these results are one too high. */
void ceilings_are_exact(void)
{
    struct delta_input in = { .servers_per_host = 1,
                              .total_servers = 18,
                              .target_free_ppb = PCT(28) };
    assert_int_equal(delta_desired_hosts(&in), 25);
    for (int32_t percent = 0; percent < 100; percent++) {
        for (int32_t hundreds = 1; hundreds <= 50; hundreds++) {
            in.target_free_ppb = PCT(percent);
            in.total_servers = hundreds * (100 - percent);
            assert_int_equal(delta_desired_hosts(&in), 100 * hundreds);
        }
    }
}

static int32_t target_of(const char *target)
{
    char body[128];
    struct wire *wire;
    struct arena arena;
    struct discovery discovery;
    snprintf(body, sizeof body,
             "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":%s}]}",
             target);
    arena_init(&arena, 65536);
    assert_int_equal(wire_create(&wire, NULL), 0);
    assert_int_equal(wire_decode_discovery(wire, body, strlen(body), &arena, &discovery, NULL), 0);
    int32_t ppb = discovery.definitions[0].target_free_ppb;
    wire_destroy(wire);
    arena_fini(&arena);
    return ppb;
}

void decimals_of_a_target_are_used(void)
{
    assert_int_equal(target_of("12.5"), 125000000);
    assert_int_equal(target_of("0.7"), 7000000);
    assert_int_equal(target_of("99.99"), 999900000);
    /* 88 of 100 busy leaves 12 % free: enough for 12 %, one server short for 12.5 %. */
    struct delta_input in = { .servers_per_host = 1, .total_servers = 88 };
    in.target_free_ppb = target_of("12");
    assert_int_equal(delta_desired_hosts(&in), 100);
    in.target_free_ppb = target_of("12.5");
    assert_int_equal(delta_desired_hosts(&in), 101);
}

void shares_multiply_before_they_divide(void)
{
    struct decision_input in = input_of(&policy_formula, (struct status){ 10, 100, 85 });
    in.target_free_ppb = PCT(50);
    assert_int_equal(decided(&in).desired_hosts, 3);
}

void a_small_share_is_at_least_one_host(void)
{
    struct policy policy = policy_formula;
    policy.max_step_up = (struct step_limit){ STEP_SHARE, PCT(10) };
    policy.max_step_down = (struct step_limit){ STEP_SHARE, PCT(10) };
    struct decision_input in = input_of(&policy, (struct status){ 3, 30, 0 });
    assert_int_equal(decided(&in).delta, 1);
    in.status.free_servers = 30;
    assert_int_equal(decided(&in).delta, -1);
}

/* More busy servers never reduce the desired hosts. More hosts than a count can have are not ordered at all. */
void overload_does_not_wrap(void)
{
    int64_t before = 0;
    int64_t desired = 0;
    for (int32_t busy = 1; busy < INT32_MAX / 2; busy *= 2) {
        struct decision_input in = input_of(&policy_formula, (struct status){ 1, busy, 0 });
        in.servers_per_host = 1;
        in.target_free_ppb = ALMOST_WHOLE;
        struct decision decision = decided(&in);
        bool is_countable = decision.desired_hosts <= INT32_MAX;
        assert_int_equal(decision.action, is_countable ? ACTION_SCALED : ACTION_HELD);
        assert_true(is_countable ? decision.delta >= before : decision.delta == 0);
        assert_true(decision.desired_hosts > desired);
        before = is_countable ? decision.delta : before;
        desired = decision.desired_hosts;
    }
    assert_true(desired > INT32_MAX);
}

void an_idle_fleet_keeps_one_host(void)
{
    const struct policy *const policies[] = { &policy_default, &policy_formula };
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct decision_input in = input_of(policies[i], (struct status){ 10, 100, 100 });
        assert_int_equal(decided(&in).delta, -9);
        in.status = (struct status){ 1, 10, 10 };
        assert_int_equal(decided(&in).delta, 0);
        in.status = (struct status){ 0, 0, 0 };
        assert_int_equal(decided(&in).delta, 1);
    }
}

/* --- rails --------------------------------------------------------------------------------------- */

static void check_scale_by_hand(const struct policy *policy, int32_t hosts)
{
    struct manual_check check;
    struct deployment deployment = {
        .is_listed = true,
        .has_status = true,
        .servers_per_host = 10,
        .policy = policy,
        .status = { hosts, 10 * hosts, 10 * hosts },
        .scaled_up_at = MONO_NEVER,
        .scaled_at = MONO_NEVER,
    };
    if (hosts > 0) {
        manual_check(&deployment, -hosts, &(struct manual_context){ .pass_interval_ms = 30000 },
                     &check);
        assert_int_equal(check.refusal, REASON_NONE);
    }
    manual_check(&deployment, -hosts - 1, &(struct manual_context){ .pass_interval_ms = 30000 },
                 &check);
    assert_int_equal(check.refusal, REASON_MIN_HOSTS);
}

/* Also with pending hosts and removals at the same time, and without a minimum. */
void counts_are_never_negative(void)
{
    struct policy policy = policy_formula;
    policy.min_hosts = 0;
    for (int32_t hosts = 0; hosts <= 6; hosts++) {
        for (int32_t leaving = 0; leaving <= hosts; leaving++) {
            for (int32_t coming = 0; coming <= 3; coming++) {
                struct decision_input in =
                    input_of(&policy, (struct status){ hosts, 10 * hosts, 10 * hosts });
                in.pending_hosts = coming - leaving;
                in.coming_hosts = coming;
                assert_true(hosts - leaving + decided(&in).delta >= 0);
            }
        }
        check_scale_by_hand(&policy, hosts);
    }
}

/* 90 busy servers need 11 of 20 hosts. Earlier desired values must not add hosts. */
void the_window_never_adds_hosts(void)
{
    for (int32_t high = 0; high <= 60; high++) {
        struct decision_input in = input_of(&policy_formula, (struct status){ 20, 200, 110 });
        in.desired_high = high;
        int64_t kept = clamp_i64(high, 11, 20);
        assert_int_equal(decided(&in).delta, kept - 20);
    }
}

void min_hosts_is_applied_last(void)
{
    struct policy policy = policy_formula;
    policy.min_hosts = 4;
    for (int32_t hosts = 1; hosts <= 10; hosts++) {
        struct decision_input in =
            input_of(&policy, (struct status){ hosts, 10 * hosts, 10 * hosts });
        assert_int_equal(hosts + decided(&in).delta, 4);
    }
}

void max_hosts_counts_pending_hosts(void)
{
    struct policy policy = policy_formula;
    policy.max_hosts = 15;
    for (int32_t coming = 0; coming <= 5; coming++) {
        struct decision_input in = input_of(&policy, (struct status){ 10, 100, 0 });
        in.target_free_ppb = PCT(90);
        in.pending_hosts = coming;
        assert_int_equal(10 + coming + decided(&in).delta, 15);
    }
}

/* A host without servers does not count, and does not prevent the removal of other hosts. */
void one_unready_host_does_not_prevent_shrinking(void)
{
    for (int32_t unready = 0; unready <= 1; unready++) {
        struct decision_input in = input_of(&policy_default, (struct status){ 160, 1590, 1000 });
        in.unready_hosts = unready;
        /* 590 busy servers need 695 of the 1590: 89 whole hosts are to spare. */
        assert_int_equal(decided(&in).delta, -89);
    }
}

/* --- statuses ------------------------------------------------------------------------------------ */

static int decode(const char *body, struct status *ret_status)
{
    struct wire *wire;
    assert_int_equal(wire_create(&wire, NULL), 0);
    int failed = wire_decode_status(wire, body, strlen(body), ret_status, NULL);
    wire_destroy(wire);
    return failed;
}

/* A missing field, a wrong type or a value that is not a number is never read as zero. */
void an_incomplete_status_is_not_used(void)
{
    static const char *const parts[] = {
        "{\"current_hosts\":40,\"total_servers\":400}",
        "{\"current_hosts\":40,\"free_servers\":400}",
        "{\"total_servers\":400,\"free_servers\":400}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":null}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":\"400\"}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":NaN}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":1e999}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":399.5}",
        "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":-1}",
    };
    struct status status = { 1, 2, 3 };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_true(decode(parts[i], &status) < 0);
        assert_int_equal(status.free_servers, 3);
    }
    assert_int_equal(
        decode("{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":400}", &status), 0);
    assert_int_equal(status.free_servers, 400);
}

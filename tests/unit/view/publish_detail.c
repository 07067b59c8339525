/* When time alone ends what a rule did, as the details of a deployment have it. */
#include "engine/view/publish_detail.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

static const struct snapshot_name name = { "eu-1", "eu-1", "eu-1" };

/* The same instant is 1000000 for people; one second of the reconciler is one of theirs. */
static const struct publish_context context = { .now = { 50000 },
                                                .wall = { 1000000 },
                                                .speed_millis = 1000 };

static struct wall wall_of(int64_t mono_ms)
{
    return (struct wall){ context.wall.ms - context.now.ms + mono_ms };
}

/* Ten hosts of ten servers; `free` of them are free, the target is 20 %. */
static struct deployment read_deployment(int32_t free)
{
    struct deployment deployment = {
        .is_used = true,
        .is_listed = true,
        .has_status = true,
        .servers_per_host = 10,
        .target_free_ppb = 20 * SHARE_PERCENT,
        .policy = &policy_default,
        .status = { 10, 100, free },
        .status_at = { 40000 },
    };
    deployment.input = (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 10,
        .target_free_ppb = deployment.target_free_ppb,
        .status = deployment.status,
    };
    return deployment;
}

static struct snapshot_detail make(const struct deployment *deployment)
{
    struct snapshot_detail detail;
    publish_detail_make(NULL, deployment, &name, 0, &context, &detail);
    return detail;
}

/* The end of a rule's step; -1: the rule changed nothing. */
static int64_t end_of(const struct snapshot_detail *detail, enum rule rule)
{
    for (size_t i = 0; i < detail->step_count; i++)
        if (detail->steps[i].rule == rule)
            return detail->steps[i].verdict == VERDICT_OK ? -1 : detail->step_ends[i].ms;
    return -1;
}

static void a_cooldown_ends_after_its_time(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment(5);
    deployment.input.cooldown_up_left_ms = 30000;
    struct snapshot_detail detail = make(&deployment);
    assert_int_equal(end_of(&detail, RULE_COOLDOWN), wall_of(70000).ms);
}

static void the_window_ends_when_the_highest_value_leaves_it(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment(60);
    int64_t window_ms = policy_default.scale_down_window_ms;
    window_max_add(&deployment.desired_max, (struct mono){ 10000 }, window_ms, 10);
    deployment.input.desired_high =
        window_max_add(&deployment.desired_max, (struct mono){ 40000 }, window_ms, 5);
    struct snapshot_detail detail = make(&deployment);
    assert_int_equal(end_of(&detail, RULE_SCALE_DOWN_WINDOW), wall_of(10000 + window_ms).ms);
}

static void a_bound_has_no_end(void **state)
{
    (void)state;
    struct policy policy = policy_default;
    struct deployment deployment = read_deployment(5);
    policy.max_hosts = 10;
    deployment.policy = deployment.input.policy = &policy;
    struct snapshot_detail detail = make(&deployment);
    assert_int_equal(end_of(&detail, RULE_MAX_HOSTS), 0);
}

static void a_rule_that_changed_nothing_has_no_end(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment(20);
    deployment.input.cooldown_up_left_ms = 30000;
    struct snapshot_detail detail = make(&deployment);
    assert_true(detail.step_count > 0);
    for (size_t i = 0; i < detail.step_count; i++)
        if (detail.steps[i].verdict == VERDICT_OK)
            assert_int_equal(detail.step_ends[i].ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cooldown_ends_after_its_time),
        cmocka_unit_test(the_window_ends_when_the_highest_value_leaves_it),
        cmocka_unit_test(a_bound_has_no_end),
        cmocka_unit_test(a_rule_that_changed_nothing_has_no_end),
    };
    return cmocka_run_group_tests_name("publish_detail", tests, NULL, NULL);
}

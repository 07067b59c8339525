/*
 * One row of a snapshot: what is shown of a deployment.
 */
#include "engine/view/publish.h"

#include "engine/base/random.h"
#include "engine/core/deployment_state.h"
#include "tests/support/published_row.h"
#include "tests/support/test.h"

static void nothing_known_is_minus_one_and_never(void **state)
{
    (void)state;
    struct deployment deployment = { .is_listed = true,
                                     .policy = &policy_default,
                                     .desired_hosts = -1 };
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.servers_per_host, -1);
    assert_int_equal(row.target_ppb, -1);
    assert_int_equal(row.hosts, -1);
    assert_int_equal(row.total_servers, -1);
    assert_int_equal(row.free_servers, -1);
    assert_int_equal(row.desired_hosts, -1);
    assert_int_equal(row.wanted_delta, 0);
    assert_int_equal(row.read_at.ms, 0);
    assert_int_equal(row.acted_at.ms, 0);
    assert_int_equal(row.state, STATE_UNREAD);
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++)
        assert_int_equal(row.trend[i], TREND_UNREAD);
}

static void what_is_known_is_told(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    deployment.last_delta = -2;
    deployment.last_action = ACTION_FAILED;
    deployment.last_scale = (struct mono){ 30000 };
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.servers_per_host, 10);
    assert_int_equal(row.target_ppb, 15 * SHARE_PERCENT);
    assert_int_equal(row.hosts, 10);
    assert_int_equal(row.total_servers, 100);
    assert_int_equal(row.free_servers, 10);
    assert_int_equal(row.read_at.ms, WALL_AHEAD_MS + 20000);
    assert_int_equal(row.acted_at.ms, WALL_AHEAD_MS + 30000);
    assert_int_equal(row.last_delta, -2);
    assert_int_equal(row.last_action, ACTION_FAILED);
    assert_int_equal(row.raw_delta, 1);
    assert_int_equal(row.wanted_delta, 1);
    assert_int_equal(row.state, STATE_UP);
}

static void a_policys_target_is_the_one_in_force(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    struct policy policy = policy_default;
    policy.target_free_ppb = 40 * SHARE_PERCENT;
    deployment.policy = &policy;
    assert_int_equal(made_row(&deployment, &plain_context).target_ppb, 40 * SHARE_PERCENT);
}

static void what_is_on_its_way_is_not_wanted_twice(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    struct ledger ledger = { 0 };
    deployment.ledger = &ledger;
    ledger_send(&ledger, 1, (struct mono){ 30000 }, &timeouts);
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.pending_hosts, 1);
    assert_int_equal(row.wanted_delta, 0);
    ledger_lose(&ledger);
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.unconfirmed_hosts, 1);
    assert_int_equal(row.state, STATE_UNCONFIRMED);
}

static void who_pauses_makes_no_difference(void **state)
{
    (void)state;
    struct policy paused = policy_default;
    paused.is_paused = true;
    struct deployment deployment = read_deployment();
    deployment.policy = &paused;
    struct snapshot_row row = made_row(&deployment, &plain_context);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_false(row.is_paused);
    deployment = read_deployment();
    deployment.is_operator_paused = true;
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_true(row.is_paused);
    deployment = read_deployment();
    make_row(&deployment, &plain_name, true, &plain_context, 0, &row);
    assert_int_equal(row.state, STATE_PAUSED);
    assert_false(row.is_paused);
}

static bool find_known_pause(void *context, const char *id, struct shown_pause *ret_pause)
{
    (void)id;
    *ret_pause = *(const struct shown_pause *)context;
    return true;
}

static void a_row_has_the_end_of_its_own_pause(void **state)
{
    (void)state;
    struct shown_pause pause = { "ann", "", { 40000 }, { plain_context.now.ms + 60000 } };
    struct publish_context context = plain_context;
    struct policy policy = policy_default;
    struct deployment deployment = read_deployment();
    context.pauses = (struct pause_source){ .find = find_known_pause, .context = &pause };
    deployment.policy = &policy;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
    deployment.is_operator_paused = true;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms,
                     context.wall.ms + 60000 * 1000 / context.speed_millis);
    pause.until = MONO_NEVER;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
    pause.until = context.now;
    policy.is_paused = true;
    assert_int_equal(made_row(&deployment, &context).paused_until.ms, 0);
}

static void a_scale_by_hand_has_its_own_direction(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    deployment.action = ACTION_SCALED;
    deployment.reason = REASON_ABOVE_TARGET;
    deployment.last_delta = -2;
    assert_int_equal(made_row(&deployment, &plain_context).state, STATE_DOWN);
}

static const struct wall_case {
    const char *name;
    int32_t speed_millis;
    int64_t now_ms;
    int64_t at_ms;
    int64_t wall_ms; /* it is 1,000,000 */
} wall_cases[] = {
    { "now", 1000, 5000, 5000, 1000000 },
    { "a second ago", 1000, 5000, 4000, 999000 },
    { "in a second", 1000, 5000, 6000, 1001000 },
    { "a second ago, twenty times as fast", 20000, 5000, 4000, 999950 },
    { "in a second, twenty times as fast", 20000, 5000, 6000, 1000050 },
    { "a second ago, half as fast", 500, 5000, 4000, 998000 },
    { "a day ago, as slow as it gets", 1, 86400000, 0, 1000000 - INT64_C(86400000000) },
    { "never", 1000, 5000, INT64_MAX, 0 },
};

static void case_has_its_instant(void **state)
{
    const struct wall_case *row = *state;
    struct publish_context context = { .now = { row->now_ms },
                                       .wall = { 1000000 },
                                       .speed_millis = row->speed_millis };
    assert_int_equal(publish_context_wall(&context, (struct mono){ row->at_ms }).ms, row->wall_ms);
}

static void the_trend_has_a_place_for_every_pass(void **state)
{
    (void)state;
    struct deployment deployment = read_deployment();
    put_sample(&deployment, 1, 100, 0);
    put_sample(&deployment, 2, 0, 100);
    put_sample(&deployment, 3, 0, 0);
    put_sample(&deployment, 5, 50, 50);
    put_sample(&deployment, 6, 199, 1);
    struct snapshot_row row = made_row(&deployment, &plain_context);
    const uint8_t last[] = { 0, 200, TREND_UNREAD, TREND_UNREAD, 100, 1 };
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH - COUNT_OF(last); i++)
        assert_int_equal(row.trend[i], TREND_UNREAD);
    assert_memory_equal(row.trend + SNAPSHOT_TREND_LENGTH - COUNT_OF(last), last, sizeof last);
    /* A pass without a status is a gap, but only once its turn is over. */
    deployment.last_pass = 7;
    deployment.is_reading = true;
    assert_int_equal(made_row(&deployment, &plain_context).trend[SNAPSHOT_TREND_LENGTH - 1], 1);
    deployment.is_reading = false;
    row = made_row(&deployment, &plain_context);
    assert_int_equal(row.trend[SNAPSHOT_TREND_LENGTH - 1], TREND_UNREAD);
    assert_int_equal(row.trend[SNAPSHOT_TREND_LENGTH - 2], 1);
}

static void a_trend_that_goes_on_is_as_one_made_anew(void **state)
{
    (void)state;
    struct random random = { .state = 7 };
    struct deployment deployment = read_deployment();
    struct snapshot_row row = { 0 };
    uint32_t known_pass = 0;
    uint32_t pass = 0;
    for (int i = 0; i < 2000; i++) {
        pass += (uint32_t)random_below(&random, random_below(&random, 10) ? 3 : 40);
        if (pass > deployment.last_pass && random_below(&random, 3))
            put_sample(&deployment, pass, (int32_t)random_below(&random, 90),
                       (int32_t)random_below(&random, 20));
        deployment.last_pass = pass;
        /* What is not listed, or badly defined, has no turns. */
        deployment.is_listed = random_below(&random, 8) > 0;
        make_row(&deployment, &plain_name, false, &plain_context, known_pass, &row);
        known_pass = deployment_last_turn(&deployment);
        struct snapshot_row anew = made_row(&deployment, &plain_context);
        assert_memory_equal(row.trend, anew.trend, sizeof row.trend);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_minus_one_and_never),
        cmocka_unit_test(what_is_known_is_told),
        cmocka_unit_test(a_policys_target_is_the_one_in_force),
        cmocka_unit_test(what_is_on_its_way_is_not_wanted_twice),
        cmocka_unit_test(who_pauses_makes_no_difference),
        cmocka_unit_test(a_row_has_the_end_of_its_own_pause),
        cmocka_unit_test(a_scale_by_hand_has_its_own_direction),
        cmocka_unit_test(the_trend_has_a_place_for_every_pass),
        cmocka_unit_test(a_trend_that_goes_on_is_as_one_made_anew),
    };
    struct CMUnitTest walls[COUNT_OF(wall_cases)];
    TESTS_FROM_ROWS(walls, wall_cases, case_has_its_instant);
    int failed = cmocka_run_group_tests_name("publish row", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("publish row: instants", walls, NULL, NULL);
}

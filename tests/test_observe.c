#include "engine/core/observe.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <string.h>

#define PASS_S 30
#define BOOT_S 600
#define LOOKS_MAX 10

static int32_t events[EVENT_COUNT];
static struct policy policy;
static struct deployment deployment;
static struct ledger ledger;
static struct follow follow;
static uint32_t pass;
static struct pass_times times;

static void take_event(void *context, const struct event *event)
{
    (void)context;
    events[event->id]++;
}

static int set_up(void **state)
{
    (void)state;
    static char id[] = "a";
    policy = policy_formula;
    pass = 0;
    times = (struct pass_times){ 0 };
    memset(events, 0, sizeof events);
    follow = (struct follow){ 0 };
    ledger = (struct ledger){ 0 };
    deployment = (struct deployment){
        .id = id,
        .is_used = true,
        .is_listed = true,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .policy = &policy,
        .scaled_up_at = MONO_NEVER,
        .scaled_at = MONO_NEVER,
    };
    return 0;
}

static struct decision look_aged(int64_t now_s, int64_t age_ms, struct status status)
{
    static const struct event_sink sink = { take_event, NULL };
    struct observe_context context = {
        .now = { now_s * 1000 },
        .pass = ++pass,
        .pass_interval_ms = PASS_S * 1000,
        .status_age_max_ms = 2 * PASS_S * 1000,
        .times = &times,
        .follow = &follow,
        .sink = &sink,
    };
    struct decision decision;
    pass_times_put(&times, pass, context.now);
    deployment.read_started = (struct mono){ now_s * 1000 - age_ms };
    observe_status(&deployment, &status, &context, &decision);
    return decision;
}

static struct decision look(int64_t now_s, int32_t hosts, int32_t total, int32_t free)
{
    return look_aged(now_s, 20, (struct status){ hosts, total, free });
}

static void order(int32_t delta, int64_t now_s)
{
    deployment.ledger = &ledger;
    ledger_send(deployment.ledger, delta, (struct mono){ now_s * 1000 }, BOOT_S * 1000);
    ledger_accept(deployment.ledger);
}

/* A look at a time, and what is decided on it. */
static const struct look_row {
    const char *name;
    struct look {
        int32_t at_s;
        struct status status;
        enum reason reason;
        int32_t delta;
    } looks[LOOKS_MAX]; /* until at_s is 0 */
} look_rows[] = {
    /* clang-format off */
    { "the first status is acted on at once", {
        { 1000, { 10, 100, 10 }, REASON_BELOW_TARGET, 1 } } },
    { "more free than there are moves nothing", {
        { 1000, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1030, { 50, 100, 101 }, REASON_FREE_ABOVE_TOTAL, 0 },
        { 1060, { 11, 110, 20 }, REASON_ON_TARGET, 0 } } },
    { "servers without hosts", {
        { 1000, { 0, 10, 5 }, REASON_SERVERS_WITHOUT_HOSTS, 0 } } },
    { "servers of hosts that left within boot_timeout", {
        { 1000, { 12, 120, 30 }, REASON_ABOVE_TARGET, -1 },
        { 1030, { 11, 120, 20 }, REASON_BELOW_TARGET, 1 },
        { 1060, { 11, 121, 20 }, REASON_SERVERS_ABOVE_HOSTS, 0 } } },
    { "servers of hosts that left long ago", {
        { 1000, { 12, 110, 20 }, REASON_ABOVE_TARGET, -1 },
        { 1600, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 2200, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 2230, { 11, 111, 20 }, REASON_SERVERS_ABOVE_HOSTS, 0 } } },
    { "all hosts gone: two disagree, three are believed", {
        { 1000, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1030, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1060, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1090, { 0, 0, 0 }, REASON_MIN_HOSTS, 1 } } },
    { "all hosts gone and back starts again", {
        { 1000, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1030, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1060, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1090, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1120, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1150, { 0, 0, 0 }, REASON_COLLAPSED, 0 } } },
    { "no host from the start is no collapse", {
        { 1000, { 0, 0, 0 }, REASON_MIN_HOSTS, 1 } } },
    { "dark for boot_timeout still count", {
        { 1000, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1600, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 } } },
    { "dark for longer count no more", {
        { 1000, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1601, { 13, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1631, { 13, 110, 10 }, REASON_BELOW_TARGET, 1 } } },
    { "dark hosts that light up count again", {
        { 1000, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1601, { 13, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1631, { 13, 120, 30 }, REASON_ABOVE_TARGET, -1 },
        { 1661, { 13, 130, 40 }, REASON_ABOVE_TARGET, -2 } } },
    { "a moment of light starts the time again", {
        { 1000, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1300, { 13, 130, 40 }, REASON_ABOVE_TARGET, -2 },
        { 1330, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1700, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1931, { 13, 110, 20 }, REASON_ON_TARGET, 0 } } },
    { "the fewest that were dark throughout", {
        { 1000, { 13, 110, 20 }, REASON_ABOVE_TARGET, -2 },
        { 1300, { 13, 120, 30 }, REASON_ABOVE_TARGET, -2 },
        { 1601, { 13, 110, 20 }, REASON_ABOVE_TARGET, -1 } } },
    { "a host with one server is not dark", {
        { 1000, { 12, 111, 21 }, REASON_ABOVE_TARGET, -1 },
        { 1601, { 12, 111, 21 }, REASON_ABOVE_TARGET, -1 } } },
    /* clang-format on */
};

static void row_is_seen(void **state)
{
    const struct look_row *row = *state;
    set_up(NULL);
    for (const struct look *at = row->looks; at->at_s != 0; at++) {
        struct decision decision = look(at->at_s, at->status.current_hosts,
                                        at->status.total_servers, at->status.free_servers);
        assert_string_equal(reason_row(decision.reason)->name, reason_row(at->reason)->name);
        assert_int_equal(decision.delta, at->delta);
        assert_int_equal(deployment.reason, decision.reason);
        assert_int_equal(deployment.action, decision.action);
    }
}

static void hosts_that_boot_are_not_dark(void **state)
{
    (void)state;
    look(1000, 10, 100, 10);
    order(3, 1000);
    look(1030, 13, 100, 10);
    look(1599, 13, 100, 10);
    assert_int_equal(deployment.dark_hosts, 0);
    for (int64_t at_s = 1630; at_s < 2260; at_s += PASS_S)
        look(at_s, 13, 100, 10);
    assert_int_equal(deployment.dark_hosts, 0);
    look(2261, 13, 100, 10);
    assert_int_equal(deployment.dark_hosts, 3);
    assert_int_equal(events[EVENT_HOSTS_DARK], 1);
    look(2291, 13, 100, 10);
    assert_int_equal(events[EVENT_HOSTS_DARK], 1);
}

static void a_collapse_that_we_asked_for_is_believed(void **state)
{
    (void)state;
    policy.min_hosts = 0;
    look(1000, 2, 20, 20);
    order(-2, 1000);
    assert_int_equal(look(1030, 0, 0, 0).reason, REASON_ON_TARGET);
}

static void a_bad_status_moves_neither_ledger_nor_history(void **state)
{
    (void)state;
    struct history_sample sample;
    look(1000, 10, 100, 10);
    order(1, 1000);
    assert_int_equal(look(1030, 11, 100, 101).action, ACTION_HELD);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 1);
    assert_int_equal(deployment.status.current_hosts, 10);
    assert_int_equal(deployment.status_at.ms, 1000 * 1000 - 20);
    assert_true(history_get(&deployment.history, 1, &sample));
    assert_false(history_get(&deployment.history, 2, &sample));
    assert_int_equal(deployment.desired_hosts, -1);
}

static void a_status_is_too_old_after_its_time(void **state)
{
    (void)state;
    struct status status = { 10, 100, 10 };
    assert_int_equal(look_aged(1000, 2 * PASS_S * 1000, status).reason, REASON_BELOW_TARGET);
    assert_int_equal(look_aged(1100, 2 * PASS_S * 1000 + 1, status).reason, REASON_STALE_STATUS);
}

static void bad_data_expires_nothing(void **state)
{
    (void)state;
    look(1000, 10, 100, 10);
    order(1, 1000);
    look(1600, 11, 100, 101);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 1);
    assert_int_equal(events[EVENT_PENDING_EXPIRED], 0);
    look(1630, 10, 100, 10);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 0);
    assert_int_equal(events[EVENT_PENDING_EXPIRED], 1);
}

static void moves_of_others_are_told(void **state)
{
    (void)state;
    look(1000, 10, 100, 10);
    look(1030, 13, 130, 40);
    look(1060, 13, 130, 40);
    look(1090, 11, 110, 20);
    assert_int_equal(events[EVENT_HOSTS_MOVED], 2);
}

static void an_unconfirmed_request_holds_everything(void **state)
{
    (void)state;
    look(1000, 10, 100, 10);
    deployment.ledger = &ledger;
    ledger_send(deployment.ledger, 1, (struct mono){ 1000 * 1000 }, BOOT_S * 1000);
    ledger_lose(deployment.ledger);
    struct decision decision = look(1030, 10, 100, 0);
    assert_int_equal(decision.action, ACTION_UNCONFIRMED);
    assert_int_equal(decision.delta, 0);
    decision = look(1060, 11, 110, 10);
    assert_int_equal(decision.action, ACTION_SCALED);
    assert_int_equal(events[EVENT_SCALE_CONFIRMED], 1);
}

static void confirm_timeout_is_learned_from_three(void **state)
{
    (void)state;
    int64_t pass_ms = PASS_S * 1000;
    int32_t hosts = 10;
    look(1000, hosts, 100, 10);
    for (int32_t i = 0; i < 3; i++) {
        assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, pass_ms), BOOT_S * 1000);
        order(1, 1000 + i * 60);
        look(1000 + i * 60 + 20 + i, ++hosts, 100, 10);
    }
    assert_int_equal(follow.count, 3);
    assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, pass_ms), 2 * 22000 + pass_ms);
    policy.confirm_timeout_ms = 5000;
    assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, pass_ms), 5000);
}

static void confirm_timeout_is_never_above_boot_timeout(void **state)
{
    (void)state;
    follow = (struct follow){ .count = 3, .slowest_ms = 285000 };
    assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, 30000), 600000);
    follow.slowest_ms = 284999;
    assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, 30000), 599998);
    follow.slowest_ms = INT32_MAX;
    assert_int_equal(follow_confirm_timeout_ms(&follow, &policy, 30000), 600000);
}

static void a_policy_without_any_target_is_held(void **state)
{
    (void)state;
    deployment.target_free_ppb = -1;
    assert_int_equal(look(1000, 10, 100, 10).reason, REASON_BAD_TARGET);
    policy.target_free_ppb = 10 * SHARE_PERCENT;
    assert_int_equal(look(1030, 10, 100, 10).reason, REASON_ON_TARGET);
}

static void cooldowns_are_measured_from_the_last_scales(void **state)
{
    (void)state;
    policy.cooldown_up_ms = 60000;
    deployment.scaled_up_at = (struct mono){ 1000 * 1000 };
    assert_int_equal(look(1059, 10, 100, 10).reason, REASON_COOLDOWN_UP);
    assert_int_equal(deployment.input.cooldown_up_left_ms, 1000);
    assert_int_equal(look(1060, 10, 100, 10).reason, REASON_BELOW_TARGET);
    policy.cooldown_down_ms = 60000;
    assert_int_equal(look(1060, 10, 100, 90).reason, REASON_ABOVE_TARGET);
    deployment.scaled_at = (struct mono){ 1060 * 1000 };
    assert_int_equal(look(1119, 10, 100, 90).reason, REASON_COOLDOWN_DOWN);
    assert_int_equal(look(1120, 10, 100, 90).reason, REASON_ABOVE_TARGET);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(look_rows)];
    TESTS_FROM_ROWS(rows, look_rows, row_is_seen);
    const struct CMUnitTest tests[] = {
        TEST(hosts_that_boot_are_not_dark),
        TEST(a_collapse_that_we_asked_for_is_believed),
        TEST(a_bad_status_moves_neither_ledger_nor_history),
        TEST(a_status_is_too_old_after_its_time),
        TEST(bad_data_expires_nothing),
        TEST(moves_of_others_are_told),
        TEST(an_unconfirmed_request_holds_everything),
        TEST(confirm_timeout_is_learned_from_three),
        TEST(confirm_timeout_is_never_above_boot_timeout),
        TEST(a_policy_without_any_target_is_held),
        TEST(cooldowns_are_measured_from_the_last_scales),
    };
    int failed = cmocka_run_group_tests_name("observe: statuses in a row", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("observe", tests, NULL, NULL);
}

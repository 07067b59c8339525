#include "engine/core/intake.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#include <string.h>

#define PASS_S 30
#define BOOT_S 600
#define STATUSES_MAX 10

static const struct ledger_timeouts timeouts = { BOOT_S * 1000, BOOT_S * 1000, BOOT_S * 1000 };

static int32_t events[EVENT_COUNT];
static struct policy policy;
static struct deployment deployment;
static struct ledger ledger;
static struct drain_habit habit;
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
    habit = (struct drain_habit){ 0 };
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

static struct decision see_aged(int64_t now_s, int64_t age_ms, struct status status)
{
    static const struct event_sink sink = { take_event, NULL };
    struct intake_context context = {
        .now = { now_s * 1000 },
        .pass = ++pass,
        .pass_interval_ms = PASS_S * 1000,
        .status_age_max_ms = 2 * PASS_S * 1000,
        .times = &times,
        .habit = &habit,
        .sink = &sink,
    };
    struct decision decision;
    pass_times_put(&times, pass, context.now);
    deployment.read_started = (struct mono){ now_s * 1000 - age_ms };
    intake_status(&deployment, &status, &context, &decision);
    return decision;
}

static struct decision see(int64_t now_s, int32_t hosts, int32_t total, int32_t free)
{
    return see_aged(now_s, 20, (struct status){ hosts, total, free });
}

static void order(int32_t delta, int64_t now_s)
{
    deployment.ledger = &ledger;
    intake_send(&deployment, delta, (struct mono){ now_s * 1000 }, &timeouts);
    ledger_accept(deployment.ledger);
}

/* Statuses at given times, and the decision on each. */
static const struct status_row {
    const char *name;
    struct seen_status {
        int32_t at_s;
        struct status status;
        enum reason reason;
        int32_t delta;
    } statuses[STATUSES_MAX]; /* until at_s is 0 */
} status_rows[] = {
    /* clang-format off */
    { "the first status is used at once",     {
        { 1000, { 10, 100, 10 }, REASON_BELOW_TARGET, 1 } } },
    { "more free than total changes nothing", {
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
        { 1000, { 12, 110, 20 }, REASON_SURPLUS, 0 },
        { 1600, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 2200, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 2230, { 11, 111, 20 }, REASON_SERVERS_ABOVE_HOSTS, 0 } } },
    { "all hosts gone: held twice, accepted the third time", {
        { 1000, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1030, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1060, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1090, { 0, 0, 0 }, REASON_MIN_HOSTS, 1 } } },
    { "all hosts gone and back restarts the count", {
        { 1000, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1030, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1060, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1090, { 11, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1120, { 0, 0, 0 }, REASON_COLLAPSED, 0 },
        { 1150, { 0, 0, 0 }, REASON_COLLAPSED, 0 } } },
    { "no host from the start is not a collapse", {
        { 1000, { 0, 0, 0 }, REASON_MIN_HOSTS, 1 } } },
    { "without servers for boot_timeout: still count", {
        { 1000, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1600, { 13, 110, 20 }, REASON_SURPLUS, 0 } } },
    { "without servers for longer: unready", {
        { 1000, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1601, { 13, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1631, { 13, 110, 10 }, REASON_BELOW_TARGET, 1 } } },
    { "unready hosts that get servers count again", {
        { 1000, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1601, { 13, 110, 20 }, REASON_ON_TARGET, 0 },
        { 1631, { 13, 120, 30 }, REASON_ABOVE_TARGET, -1 },
        { 1661, { 13, 130, 40 }, REASON_ABOVE_TARGET, -2 } } },
    { "servers for one status restart the time", {
        { 1000, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1300, { 13, 130, 40 }, REASON_ABOVE_TARGET, -2 },
        { 1330, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1700, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1931, { 13, 110, 20 }, REASON_ON_TARGET, 0 } } },
    { "the fewest without servers in the whole time", {
        { 1000, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1300, { 13, 120, 30 }, REASON_SURPLUS, -1 },
        { 1601, { 13, 110, 20 }, REASON_SURPLUS, 0 },
        { 1631, { 13, 120, 30 }, REASON_ABOVE_TARGET, -1 } } },
    { "a host with one server is not unready", {
        { 1000, { 12, 111, 21 }, REASON_SURPLUS, 0 },
        { 1601, { 12, 111, 21 }, REASON_SURPLUS, 0 } } },
    /* clang-format on */
};

static void row_is_decided(void **state)
{
    const struct status_row *row = *state;
    set_up(NULL);
    for (const struct seen_status *at = row->statuses; at->at_s != 0; at++) {
        struct decision decision = see(at->at_s, at->status.current_hosts, at->status.total_servers,
                                       at->status.free_servers);
        assert_string_equal(reason_row(decision.reason)->name, reason_row(at->reason)->name);
        assert_int_equal(decision.delta, at->delta);
        assert_int_equal(deployment.reason, decision.reason);
        assert_int_equal(deployment.action, decision.action);
    }
}

static void booting_hosts_are_not_unready(void **state)
{
    (void)state;
    see(1000, 10, 100, 10);
    order(3, 1000);
    see(1030, 13, 100, 10);
    see(1599, 13, 100, 10);
    assert_int_equal(unready_hosts(&deployment.unready), 0);
    for (int64_t at_s = 1630; at_s < 2260; at_s += PASS_S)
        see(at_s, 13, 100, 10);
    assert_int_equal(unready_hosts(&deployment.unready), 0);
    see(2261, 13, 100, 10);
    assert_int_equal(unready_hosts(&deployment.unready), 3);
    assert_int_equal(events[EVENT_HOSTS_DARK], 1);
    see(2291, 13, 100, 10);
    assert_int_equal(events[EVENT_HOSTS_DARK], 1);
}

static void unready_hosts_stay_unready_when_others_boot(void **state)
{
    (void)state;
    policy.min_hosts = 5;
    see(1000, 5, 30, 20);
    see(1601, 5, 30, 20);
    assert_int_equal(unready_hosts(&deployment.unready), 2);
    order(2, 1601);
    see(1631, 7, 30, 20);
    assert_int_equal(unready_hosts(&deployment.unready), 2);
    struct decision decision = see(1661, 7, 50, 40);
    assert_int_equal(unready_hosts(&deployment.unready), 2);
    assert_int_equal(decision.delta, 0);
}

static void a_requested_removal_of_all_hosts_is_not_a_collapse(void **state)
{
    (void)state;
    policy.min_hosts = 0;
    see(1000, 2, 20, 20);
    order(-2, 1000);
    assert_int_equal(see(1030, 0, 0, 0).reason, REASON_ON_TARGET);
}

/* The hosts that left are in no count, but their servers are. The others are counted when they have booted. */
static void hosts_that_boot_have_servers_beside_those_that_drain(void **state)
{
    (void)state;
    see(1000, 20, 200, 140);
    order(-12, 1000);
    for (int32_t at_s = 1030; at_s < 4000; at_s += 300)
        assert_int_equal(see(at_s, 8, 200, 140).action, ACTION_NONE);
    order(4, 4000);
    assert_int_not_equal(see(4030, 12, 240, 140).action, ACTION_HELD);
    assert_int_equal(see(4060, 12, 241, 140).reason, REASON_SERVERS_ABOVE_HOSTS);
}

/* A removal by hand of hosts that were pending and never came: there are none to remove any more. */
static void an_empty_fleet_has_no_hosts_that_leave(void **state)
{
    (void)state;
    policy.min_hosts = 1;
    see(0, 3, 30, 20);
    order(-8, 1);
    struct decision decision = see(30, 0, 0, 0);
    assert_int_equal(ledger_leaving_hosts(&ledger), 5);
    assert_int_equal(decision.base_hosts, 0);
    assert_in_range(decision.delta, 0, 1);
}

static void a_bad_status_changes_neither_ledger_nor_history(void **state)
{
    (void)state;
    struct history_sample sample;
    see(1000, 10, 100, 10);
    order(1, 1000);
    assert_int_equal(see(1030, 11, 100, 101).action, ACTION_HELD);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 1);
    assert_int_equal(deployment.status.current_hosts, 10);
    assert_int_equal(deployment.status_at.ms, 1000 * 1000 - 20);
    assert_true(history_get(&deployment.history, 1, &sample));
    assert_false(history_get(&deployment.history, 2, &sample));
    assert_int_equal(deployment.desired_hosts, -1);
}

static void a_status_older_than_two_passes_is_not_used(void **state)
{
    (void)state;
    struct status status = { 10, 100, 10 };
    assert_int_equal(see_aged(1000, 2 * PASS_S * 1000, status).reason, REASON_BELOW_TARGET);
    assert_int_equal(see_aged(1100, 2 * PASS_S * 1000 + 1, status).reason, REASON_STALE_STATUS);
}

static void a_bad_status_expires_no_pending_hosts(void **state)
{
    (void)state;
    see(1000, 10, 100, 10);
    order(1, 1000);
    see(2800, 11, 100, 101);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 1);
    assert_int_equal(events[EVENT_PENDING_EXPIRED], 0);
    see(2830, 10, 100, 10);
    assert_int_equal(ledger_pending_hosts(deployment.ledger), 0);
    assert_int_equal(events[EVENT_PENDING_EXPIRED], 1);
}

static void only_plausible_statuses_end_the_start(void **state)
{
    (void)state;
    policy.is_bare = false;
    policy.scale_down_window_ms = 0;
    assert_int_equal(see(1000, 12, 120, 130).reason, REASON_FREE_ABOVE_TOTAL);
    assert_int_equal(see(1030, 12, 120, 30).reason, REASON_START_HOLD);
    assert_int_equal(see(1060, 12, 120, 130).reason, REASON_FREE_ABOVE_TOTAL);
    assert_int_equal(deployment.start_statuses, 1);
    assert_int_equal(see(1090, 12, 120, 30).delta, -1);
}

static void hosts_ordered_after_the_start_may_go(void **state)
{
    (void)state;
    policy.is_bare = false;
    policy.scale_down_window_ms = 0;
    policy.min_hosts = 2;
    see(1000, 10, 100, 10);
    policy.scale_down_window_ms = 3600000;
    order(3, 1000);
    deployment.desired_max = (struct window_max){ 0 };
    assert_int_equal(see(1030, 10, 100, 90).reason, REASON_START_HOLD);
    deployment.desired_max = (struct window_max){ 0 };
    assert_int_equal(see(1060, 13, 130, 120).delta, -3);
    assert_int_equal(deployment.reason, REASON_START_HOLD);
}

static void foreign_changes_are_logged(void **state)
{
    (void)state;
    see(1000, 10, 100, 10);
    see(1030, 13, 130, 40);
    see(1060, 13, 130, 40);
    see(1090, 11, 110, 20);
    assert_int_equal(events[EVENT_HOSTS_MOVED], 2);
}

static void an_unconfirmed_request_holds_everything(void **state)
{
    (void)state;
    see(1000, 10, 100, 10);
    deployment.ledger = &ledger;
    ledger_send(deployment.ledger, 1, (struct mono){ 1000 * 1000 }, &timeouts);
    ledger_lose(deployment.ledger);
    struct decision decision = see(1030, 10, 100, 0);
    assert_int_equal(decision.action, ACTION_UNCONFIRMED);
    assert_int_equal(decision.delta, 0);
    decision = see(1060, 11, 110, 10);
    assert_int_equal(decision.action, ACTION_UNCONFIRMED);
    assert_int_equal(events[EVENT_SCALE_CONFIRMED], 0);
    decision = see(1090, 11, 110, 10);
    assert_int_equal(decision.action, ACTION_SCALED);
    assert_int_equal(events[EVENT_SCALE_CONFIRMED], 1);
}

static void a_policy_without_any_target_is_held(void **state)
{
    (void)state;
    deployment.target_free_ppb = -1;
    assert_int_equal(see(1000, 10, 100, 10).reason, REASON_BAD_TARGET);
    policy.target_free_ppb = 10 * SHARE_PERCENT;
    assert_int_equal(see(1030, 10, 100, 10).reason, REASON_ON_TARGET);
}

static void cooldowns_are_measured_from_the_last_scales(void **state)
{
    (void)state;
    policy.cooldown_up_ms = 60000;
    deployment.scaled_up_at = (struct mono){ 1000 * 1000 };
    assert_int_equal(see(1059, 10, 100, 10).reason, REASON_COOLDOWN_UP);
    assert_int_equal(deployment.input.cooldown_up_left_ms, 1000);
    assert_int_equal(see(1060, 10, 100, 10).reason, REASON_BELOW_TARGET);
    policy.cooldown_down_ms = 60000;
    assert_int_equal(see(1060, 10, 100, 90).reason, REASON_ABOVE_TARGET);
    deployment.scaled_at = (struct mono){ 1060 * 1000 };
    assert_int_equal(see(1119, 10, 100, 90).reason, REASON_COOLDOWN_DOWN);
    assert_int_equal(see(1120, 10, 100, 90).reason, REASON_ABOVE_TARGET);
}

/* --- looking ahead ----------------------------------------------------------------------------------------------- */

static int set_up_ahead(void **state)
{
    set_up(state);
    policy = policy_default;
    return 0;
}

/* A status with all servers of the hosts. */
static struct decision see_busy(int64_t now_s, int32_t hosts, int32_t busy)
{
    return see(now_s, hosts, hosts * 10, hosts * 10 - busy);
}

static int64_t boot_ms(void)
{
    return boot_time_ms(&deployment.boot_time, INT64_MAX);
}

/* Orders whose hosts serve `ready_s` after they are sent, with a pass every thirty seconds. */
static const struct learn_row {
    const char *name;
    bool is_counted_when_ordered;
    int32_t ready_s;
    int32_t orders;
    int64_t learned_s;
} learn_rows[] = {
    /* clang-format off */
    { "counted when ordered: one is not enough",    true,   40, 1, 120 },
    { "counted when ordered: three are",            true,   40, 3, 46 },
    { "counted when ordered: at a pass",            true,   60, 3, 46 },
    { "counted when ordered: just after a pass",    true,   61, 3, 76 },
    { "counted when booted: one is not enough",     false,  40, 1, 120 },
    { "counted when booted: three are",             false,  40, 3, 46 },
    { "counted when booted: at a pass",             false,  60, 3, 46 },
    { "counted when booted: one slow boot",         false, 300, 1, 288 },
    { "counted when booted: within a pass",         false,   1, 3, 15 },
    /* clang-format on */
};

static void row_gives_its_boot_time(void **state)
{
    const struct learn_row *row = *state;
    set_up_ahead(NULL);
    int32_t ready = 10;
    int64_t now_s = 1000;
    see_busy(now_s, ready, 85);
    for (int32_t i = 0; i < row->orders; i++) {
        order(2, now_s);
        int64_t ready_s = now_s + row->ready_s;
        while (deployment.status.total_servers < (ready + 2) * 10) {
            now_s += PASS_S;
            int32_t there = ready + (now_s >= ready_s ? 2 : 0);
            see(now_s, row->is_counted_when_ordered ? ready + 2 : there, there * 10,
                there * 10 - 85);
        }
        ready += 2;
    }
    assert_int_equal(deployment.boot_time.count, row->orders);
    assert_int_equal(boot_ms(), row->learned_s * 1000);
    assert_int_equal(deployment.input.outlook.horizon_ms, row->learned_s * 1000 + PASS_S * 1000);
}

/* The hosts came at an unknown time of a long gap. */
static void no_boot_time_is_learned_after_a_gap(void **state)
{
    (void)state;
    see_busy(1000, 10, 85);
    order(2, 1000);
    see_busy(1000 + 3600, 12, 85);
    assert_int_equal(deployment.boot_time.count, 0);
    order(2, 4600);
    see_busy(4630, 12, 85);
    see_busy(4660, 14, 85);
    assert_int_equal(deployment.boot_time.count, 1);
}

static void a_missing_status_or_two_do_not_stop_learning(void **state)
{
    (void)state;
    see_busy(1000, 10, 85);
    order(2, 1000);
    see_busy(1030, 10, 85);
    see_busy(1120, 12, 85);
    assert_int_equal(deployment.boot_time.count, 1);
}

static void a_horizon_is_never_beyond_the_boot_timeout(void **state)
{
    (void)state;
    policy.boot_timeout_ms = 60000;
    see_busy(1000, 10, 85);
    assert_int_equal(deployment.input.outlook.horizon_ms, 60000 + PASS_S * 1000);
    policy.lookahead_ms = 300000;
    see_busy(1030, 10, 85);
    assert_int_equal(deployment.input.outlook.horizon_ms, 300000 + PASS_S * 1000);
}

/* Without a history, the look-ahead rules add nothing, and nothing shrinks. */
static void the_first_status_is_decided_by_the_formula(void **state)
{
    (void)state;
    for (int32_t hosts = 0; hosts < 30; hosts++) {
        for (int32_t busy = 0; busy <= hosts * 10; busy += 1 + busy / 20) {
            set_up(NULL);
            policy = policy_default;
            policy.min_hosts = 0;
            struct decision ahead = see_busy(1000, hosts, busy);
            set_up(NULL);
            policy.min_hosts = 0;
            struct decision plain = see_busy(1000, hosts, busy);
            assert_int_equal(ahead.formula_hosts, plain.formula_hosts);
            assert_int_equal(ahead.desired_hosts, plain.formula_hosts);
            assert_int_equal(ahead.delta, max_i64(0, plain.delta));
            assert_int_equal(ahead.reason, plain.delta < 0 ? REASON_START_HOLD : plain.reason);
            assert_int_equal(ahead.action, plain.delta < 0 ? ACTION_HELD : plain.action);
        }
    }
}

static void a_rise_is_ordered_ahead_and_kept_in_the_window(void **state)
{
    (void)state;
    policy.surge_reserve_ppb = 0;
    int64_t now_s = 1000;
    struct decision decision = { 0 };
    for (int32_t busy = 50; busy <= 85; busy += 5, now_s += PASS_S)
        decision = see_busy(now_s, 10, busy);
    /* Three quarters of five servers a pass, for 120 s and a pass: 104, plus the mean error. Two hosts more at most. */
    assert_int_equal(decision.formula_hosts, 10);
    assert_int_equal(deployment.input.outlook.rise_servers, 19);
    assert_int_equal(decision.desired_hosts, 12);
    assert_int_equal(decision.reason, REASON_LOOKAHEAD);
    assert_int_equal(decision.action, ACTION_SCALED);
    assert_int_equal(deployment.desired_hosts, decision.desired_hosts);
    assert_int_equal(deployment.input.desired_high, decision.desired_hosts);
    int32_t high = deployment.input.desired_high;
    /* The rise is over; its desired hosts are held for the window. */
    for (int32_t i = 0; i < 20; i++, now_s += PASS_S)
        decision = see_busy(now_s, high, 85);
    assert_true(decision.desired_hosts < high);
    assert_int_equal(deployment.input.desired_high, high);
    assert_int_equal(decision.delta, 0);
    assert_int_equal(decision.reason, REASON_SCALE_DOWN_WINDOW);
}

static void an_outage_holds_the_desired_hosts_before_it(void **state)
{
    (void)state;
    int64_t now_s = 1000;
    for (int32_t i = 0; i < 10; i++, now_s += PASS_S)
        see_busy(now_s, 20, 170);
    struct decision decision = see_busy(now_s, 20, 20);
    int64_t fell_s = now_s;
    assert_int_equal(decision.reason, REASON_SCALE_DOWN_WINDOW);
    assert_int_equal(events[EVENT_DEMAND_COLLAPSED], 1);
    for (now_s += PASS_S; now_s < fell_s + 15 * 60; now_s += PASS_S) {
        decision = see_busy(now_s, 20, 20);
        assert_int_equal(decision.delta, 0);
        assert_int_equal(deployment.input.outage_high, 20);
    }
    /* The window is over, the hold is not: it counts from the second pass of the fall. */
    for (; now_s < fell_s + PASS_S + 30 * 60; now_s += PASS_S) {
        decision = see_busy(now_s, 20, 20);
        assert_int_equal(decision.reason, REASON_OUTAGE_HOLD);
        assert_int_equal(decision.action, ACTION_HELD);
        assert_int_equal(decision.delta, 0);
        assert_int_equal(deployment.input.desired_high, 3);
    }
    assert_int_equal(events[EVENT_DEMAND_COLLAPSED], 1);
    decision = see_busy(now_s, 20, 20);
    assert_int_equal(deployment.input.outage_high, 0);
    assert_int_equal(decision.reason, REASON_ABOVE_TARGET);
    assert_int_equal(decision.delta, -17);
}

static void without_a_window_an_outage_holds_too(void **state)
{
    (void)state;
    int64_t now_s = 1000;
    policy.scale_down_window_ms = 0;
    for (int32_t i = 0; i < 10; i++, now_s += PASS_S)
        see_busy(now_s, 20, 170);
    assert_int_equal(see_busy(now_s, 20, 20).reason, REASON_OUTAGE_HOLD);
    assert_int_equal(deployment.input.outage_high, 20);
    policy.outage_hold_ms = 0;
    assert_int_equal(see_busy(now_s + PASS_S, 20, 20).delta, -17);
}

static void bad_data_changes_no_forecast(void **state)
{
    (void)state;
    int64_t now_s = 1000;
    for (int32_t i = 0; i < 20; i++, now_s += PASS_S)
        see_busy(now_s, 20, 170);
    order(2, now_s);
    struct forecast before = deployment.forecast;
    struct window_max peak = deployment.desired_max;
    /* More free than total; more than the hosts can run; all hosts gone; too old. */
    see(now_s, 22, 220, 221);
    see(now_s + 1, 22, 900, 0);
    see(now_s + 2, 0, 0, 0);
    see_aged(now_s + 3, 2 * PASS_S * 1000 + 1, (struct status){ 22, 220, 0 });
    assert_memory_equal(&deployment.forecast, &before, sizeof before);
    assert_memory_equal(&deployment.desired_max, &peak, sizeof peak);
    assert_int_equal(deployment.boot_time.count, 0);
    assert_int_equal(deployment.input.outlook.horizon_ms, 0);
    now_s += PASS_S;
    see_busy(now_s, 20, 170);
    assert_int_equal(deployment.input.outlook.rise_servers, 0);
    assert_int_equal(deployment.input.outlook.peak_error_servers, 0);
    assert_int_equal(deployment.input.outlook.outage_left_ms, 0);
}

/* Random demand with the rules off: the inputs of these rules stay zero. */
static void rules_that_are_off_have_no_effect(void **state)
{
    (void)state;
    set_up(NULL);
    policy.min_hosts = 0;
    struct random random = { 2 };
    for (int64_t now_s = 1000; now_s < 40000; now_s += PASS_S) {
        int32_t busy = 1 + (int32_t)random_below(&random, 200);
        int32_t hosts = (int32_t)ceil_div(busy, 10);
        struct decision decision = see_busy(now_s, hosts, busy);
        assert_int_equal(decision.desired_hosts, decision.formula_hosts);
        assert_int_equal(decision.delta, decision.formula_hosts - hosts);
        assert_int_equal(deployment.input.outlook.rise_servers, 0);
        assert_int_equal(deployment.input.outlook.outage_left_ms, 0);
        assert_false(deployment.input.outlook.is_trending);
    }
    /* Errors are measured all the same, for a later configuration. */
    assert_true(deployment.input.outlook.peak_error_servers > 0);
}

static void undrained_hosts_are_passed_to_the_decision(void **state)
{
    (void)state;
    see_busy(1000, 20, 100);
    order(-8, 1000);
    see_busy(1030, 20, 100);
    assert_int_equal(deployment.input.undrained_hosts, 0);
    see_busy(1060, 20, 100);
    assert_int_equal(deployment.input.undrained_hosts, 8);
    see_busy(1090, 15, 100);
    assert_int_equal(deployment.input.undrained_hosts, 3);
}

/* The response was lost, and no status came for a long time: busy servers that rose are demand. */
/* A replica that lags counts the removed hosts once more; its status looks as if the added one had come. */
static void an_added_host_that_may_be_a_removed_one_stays(void **state)
{
    (void)state;
    see(0, 9, 90, 66);
    order(-6, 1);
    assert_int_equal(see(30, 3, 30, 1).delta, 1);
    order(1, 31);
    struct decision decision = see(60, 9, 90, 66);
    assert_int_equal(decision.raw_delta, -1);
    assert_int_equal(decision.delta, 0);
    assert_int_equal(decision.reason, REASON_PENDING_HOSTS);
}

static void demand_after_the_time_of_a_removal_is_no_drain(void **state)
{
    (void)state;
    policy.drain_timeout_ms = 0;
    see(1000, 10, 100, 80);
    deployment.ledger = &ledger;
    intake_send(&deployment, -6, (struct mono){ 1000 * 1000 }, &timeouts);
    ledger_lose(deployment.ledger);
    struct decision decision = see(1000 + 2 * BOOT_S, 5, 50, 10);
    assert_int_equal(decision.action, ACTION_UNCONFIRMED);
    assert_int_equal(decision.formula_hosts, 5);
    assert_int_equal(deployment.input.drain_correction, 0);
    decision = see(1000 + 2 * BOOT_S + PASS_S, 5, 50, 10);
    assert_int_equal(decision.formula_hosts, 5);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

#define TEST_AHEAD(function) cmocka_unit_test_setup(function, set_up_ahead)

int main(void)
{
    struct CMUnitTest learns[COUNT_OF(learn_rows)];
    struct CMUnitTest rows[COUNT_OF(status_rows)];
    TESTS_FROM_ROWS(learns, learn_rows, row_gives_its_boot_time);
    TESTS_FROM_ROWS(rows, status_rows, row_is_decided);
    const struct CMUnitTest tests[] = {
        TEST(demand_after_the_time_of_a_removal_is_no_drain),
        TEST(booting_hosts_are_not_unready),
        TEST(unready_hosts_stay_unready_when_others_boot),
        TEST(a_requested_removal_of_all_hosts_is_not_a_collapse),
        TEST(hosts_that_boot_have_servers_beside_those_that_drain),
        TEST(an_empty_fleet_has_no_hosts_that_leave),
        TEST(a_bad_status_changes_neither_ledger_nor_history),
        TEST(a_status_older_than_two_passes_is_not_used),
        TEST(a_bad_status_expires_no_pending_hosts),
        TEST(only_plausible_statuses_end_the_start),
        TEST(hosts_ordered_after_the_start_may_go),
        TEST(foreign_changes_are_logged),
        TEST(an_unconfirmed_request_holds_everything),
        TEST(a_policy_without_any_target_is_held),
        TEST(cooldowns_are_measured_from_the_last_scales),
        TEST(an_added_host_that_may_be_a_removed_one_stays),
    };
    const struct CMUnitTest ahead[] = {
        TEST_AHEAD(no_boot_time_is_learned_after_a_gap),
        TEST_AHEAD(a_missing_status_or_two_do_not_stop_learning),
        TEST_AHEAD(a_horizon_is_never_beyond_the_boot_timeout),
        TEST_AHEAD(the_first_status_is_decided_by_the_formula),
        TEST_AHEAD(a_rise_is_ordered_ahead_and_kept_in_the_window),
        TEST_AHEAD(an_outage_holds_the_desired_hosts_before_it),
        TEST_AHEAD(without_a_window_an_outage_holds_too),
        TEST_AHEAD(bad_data_changes_no_forecast),
        TEST_AHEAD(rules_that_are_off_have_no_effect),
        TEST_AHEAD(undrained_hosts_are_passed_to_the_decision),
    };
    int failed = cmocka_run_group_tests_name("intake: look-ahead", ahead, NULL, NULL);
    failed += cmocka_run_group_tests_name("intake: boot times", learns, NULL, NULL);
    failed += cmocka_run_group_tests_name("intake: statuses in a row", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}

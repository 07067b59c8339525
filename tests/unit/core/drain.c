#include "engine/core/drain.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#define SIZE 10 /* servers per host */

/* 20 hosts with 60 sessions; 12 are removed with 36 of them, and 8 stay. Sessions that end begin again on those. */
#define HOSTS 20
#define STAYING 8
#define BUSY 60
#define DRAINING_BUSY 36

/* How an API reports leaving hosts. */
static const struct report_row {
    const char *name;
    bool is_counted;    /* in current_hosts */
    bool is_busy_total; /* busy servers are in total_servers */
    bool is_idle_total;
    bool is_idle_free;
    bool is_seen; /* the API is known to drain */
} report_rows[] = {
    /* clang-format off */
    { "counted, all servers, idle ones free",       true,  true,  true,  true,  false },
    { "counted, all servers, idle ones not free",   true,  true,  true,  false, false },
    { "counted, busy servers only",                 true,  true,  false, false, true },
    { "counted, no servers",                        true,  false, false, false, true },
    { "uncounted, all servers, idle ones free",     false, true,  true,  true,  false },
    { "uncounted, all servers, idle ones not free", false, true,  true,  false, false },
    { "uncounted, busy servers only",               false, true,  false, false, false },
    { "uncounted, no servers",                      false, false, false, false, false },
    /* clang-format on */
};

static struct status reported(const struct report_row *row, int32_t leaving, int32_t draining_busy)
{
    int32_t idle = leaving * SIZE - draining_busy;
    int32_t servers = STAYING * SIZE;
    return (struct status){
        .current_hosts = STAYING + (row->is_counted ? leaving : 0),
        .total_servers =
            servers + (row->is_busy_total ? draining_busy : 0) + (row->is_idle_total ? idle : 0),
        .free_servers = servers - (BUSY - draining_busy) + (row->is_idle_free ? idle : 0),
    };
}

struct fixture {
    struct drain drain;
    struct status status;
    enum draining draining;
    bool are_servers_restarting;
    int32_t leaving_hosts;
    int32_t booting_hosts;
};

static void begin(struct fixture *fixture, struct status status, int32_t hosts, int32_t usual_fall)
{
    fixture->status = status;
    struct drain_context context = { .servers_per_host = SIZE,
                                     .leaving_hosts = fixture->leaving_hosts,
                                     .usual_fall = usual_fall,
                                     .before = &status,
                                     .now = &status };
    drain_begin(&fixture->drain, &context, hosts, status.total_servers - status.free_servers);
    fixture->leaving_hosts += hosts;
}

static int32_t see(struct fixture *fixture, struct status status, int32_t leaving_hosts)
{
    struct status before = fixture->status;
    struct drain_context context = { .draining = fixture->draining,
                                     .servers_per_host = SIZE,
                                     .leaving_hosts = leaving_hosts,
                                     .booting_hosts = fixture->booting_hosts,
                                     .are_servers_restarting = fixture->are_servers_restarting,
                                     .before = &before,
                                     .now = &status };
    fixture->status = status;
    fixture->leaving_hosts = leaving_hosts;
    return drain_observe(&fixture->drain, &context);
}

static const struct status all_serve = { HOSTS, HOSTS *SIZE, HOSTS *SIZE - BUSY };

/* A session ends and begins on a host that stays; every third time, a host has become empty and goes. */
static void row_shows_the_demand(void **state)
{
    const struct report_row *row = *state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, HOSTS - STAYING, 0);
    for (int32_t busy = DRAINING_BUSY; busy >= 0; busy--) {
        int32_t leaving = (int32_t)ceil_div(busy, 3);
        struct status status = reported(row, leaving, busy);
        assert_int_equal(see(&fixture, status, row->is_counted ? leaving : 0), BUSY);
        if (busy == DRAINING_BUSY - 1)
            assert_int_equal(fixture.drain.is_seen, row->is_seen);
        /* Servers that are not on leaving hosts are at most those of the others. */
        assert_true(status.total_servers - fixture.drain.servers <= STAYING * SIZE);
    }
    assert_false(fixture.drain.is_idle_busy);
    assert_int_equal(fixture.drain.hidden_servers, 0);
}

static void without_a_removal_nothing_is_corrected(void **state)
{
    (void)state;
    struct fixture fixture = { .status = all_serve };
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 20 }, 0), 180);
    assert_int_equal(see(&fixture, (struct status){ 20, 170, 130 }, 0), 40);
    assert_int_equal(fixture.drain.servers, 0);
}

/* One of them fails, or restarts; 12 hosts of ten servers may still not be leaving. */
static void a_server_that_is_lost_is_no_drain(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 12, 0);
    see(&fixture, (struct status){ 20, 199, 139 }, 12);
    assert_false(fixture.drain.is_seen);
    see(&fixture, (struct status){ 20, 184, 124 }, 12);
    assert_true(fixture.drain.is_seen);
}

static void servers_that_restart_are_no_drain(void **state)
{
    (void)state;
    struct fixture fixture = { .are_servers_restarting = true };
    begin(&fixture, all_serve, 12, 0);
    see(&fixture, (struct status){ 20, 170, 110 }, 12);
    assert_false(fixture.drain.is_seen);
}

static void a_small_rise_is_demand(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 12, 0);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 120 }, 12), 80);
    assert_false(fixture.drain.is_idle_busy);
}

/* More than all servers of the leaving hosts. */
static void a_rush_is_demand(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 2, 0);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 80 }, 2), 120);
    assert_false(fixture.drain.is_idle_busy);
}

/* Idle servers look busy; new demand on the hosts that stay counts all the same. */
static void demand_beyond_the_one_before_is_seen(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 12, 0);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 56 }, 12), 60);
    assert_true(fixture.drain.is_idle_busy);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 20 }, 12), 60);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 5 }, 12), 75);
    assert_int_equal(see(&fixture, (struct status){ 20, 200, 0 }, 12), 80);
}

/* 60 sessions were on 20 hosts. 12 of these leave, and idle servers of theirs seem to look busy. */
static void guess_idle_busy(struct fixture *fixture, int32_t free)
{
    begin(fixture, all_serve, 12, 0);
    for (int i = 0; i < DRAIN_STATUSES; i++)
        assert_int_equal(see(fixture, (struct status){ 20, 200, free }, 12), 60);
    assert_true(fixture->drain.is_idle_busy);
}

/* Demand has risen to 116. Hosts leave with free servers, and the first few may be chance. */
static void hosts_that_go_with_free_servers_correct_the_guess(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    guess_idle_busy(&fixture, 84);
    see(&fixture, (struct status){ 20, 200, 84 }, 12);
    see(&fixture, (struct status){ 19, 190, 74 }, 11);
    see(&fixture, (struct status){ 18, 180, 64 }, 10);
    assert_true(fixture.drain.is_idle_busy);
    assert_int_equal(see(&fixture, (struct status){ 16, 160, 44 }, 8), 116);
    assert_false(fixture.drain.is_idle_busy);
}

/* 24 sessions are on the leaving hosts. In each status two move to free servers of others; empty hosts go. */
static void sessions_that_move_are_no_free_servers_that_go(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    guess_idle_busy(&fixture, 44);
    int32_t leaving = 12;
    for (int32_t sessions = 22; sessions >= 0; sessions -= 2) {
        leaving -= sessions < 12 ? 2 : 0;
        struct status status = { 8 + leaving, 80 + leaving * 10, 20 + sessions };
        assert_in_range(see(&fixture, status, leaving), 60, 62);
        assert_int_equal(fixture.drain.is_idle_busy, leaving > 0);
    }
}

/* Hosts with half of the mean load leave, one in each status: so many free servers go with their sessions. */
static void the_busy_share_of_departures_is_no_sign(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    guess_idle_busy(&fixture, 44);
    see(&fixture, (struct status){ 20, 200, 44 }, 12);
    for (int32_t leaving = 11; leaving > 0; leaving--) {
        see(&fixture, (struct status){ 8 + leaving, 80 + leaving * 10, 20 + leaving * 2 }, leaving);
        assert_true(fixture.drain.is_idle_busy);
    }
}

static void the_usual_fall_hides_nothing(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, (struct status){ 100, 1000, 400 }, 10, 60);
    assert_int_equal(see(&fixture, (struct status){ 90, 900, 360 }, 0), 540);
    assert_false(fixture.drain.is_open);
}

static void a_removal_of_idle_hosts_ends_at_once(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 5, 0);
    assert_int_equal(see(&fixture, (struct status){ 15, 150, 91 }, 0), 59);
    assert_false(fixture.drain.is_open);
    assert_false(drain_is_going_on(&fixture.drain));
}

/* Few sessions of many: the fall is within what demand does anyway, unless the configuration says it. */
static void the_configuration_decides(void **state)
{
    (void)state;
    static const struct {
        enum draining draining;
        int32_t demand;
    } rows[] = { { DRAINING_AUTO, 592 }, { DRAINING_EXACT, 592 }, { DRAINING_HIDDEN, 600 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture fixture = { .draining = rows[i].draining };
        begin(&fixture, (struct status){ 75, 750, 150 }, 1, 0);
        assert_int_equal(see(&fixture, (struct status){ 74, 740, 148 }, 0), rows[i].demand);
    }
    struct fixture fixture = { .draining = DRAINING_IDLE_BUSY };
    begin(&fixture, (struct status){ 75, 750, 150 }, 1, 0);
    assert_int_equal(see(&fixture, (struct status){ 75, 750, 148 }, 1), 600);
}

/* Of 160 servers that go, 33 were busy: beyond chance. */
static void sessions_of_lightly_loaded_hosts_are_hidden_too(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, (struct status){ 40, 400, 280 }, 16, 0);
    assert_int_equal(see(&fixture, (struct status){ 24, 240, 153 }, 0), 120);
    assert_int_equal(fixture.drain.hidden_servers, 33);
}

/* What is hidden lasts until as many are busy again, whatever the hosts do. */
static void hidden_sessions_count_until_they_are_back(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 12, 0);
    assert_int_equal(see(&fixture, (struct status){ 8, 80, 56 }, 0), 60);
    assert_true(drain_is_going_on(&fixture.drain));
    for (int32_t busy = 25; busy < 60; busy++)
        assert_int_equal(see(&fixture, (struct status){ 8, 80, 80 - busy }, 0), 60);
    assert_int_equal(see(&fixture, (struct status){ 8, 80, 20 }, 0), 60);
    assert_false(drain_is_going_on(&fixture.drain));
    assert_int_equal(see(&fixture, (struct status){ 8, 80, 40 }, 0), 40);
}

/* current_hosts counts hosts that were ordered meanwhile. The servers beyond the others are still on leaving hosts. */
static void booting_hosts_do_not_end_a_drain(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, all_serve, 12, 0);
    see(&fixture, (struct status){ 8, 116, 56 }, 0);
    assert_true(drain_is_going_on(&fixture.drain));
    fixture.booting_hosts = 4;
    see(&fixture, (struct status){ 12, 116, 16 }, 0);
    assert_true(drain_is_going_on(&fixture.drain));
    assert_int_equal(fixture.drain.servers, 36);
    fixture.booting_hosts = 0;
    see(&fixture, (struct status){ 12, 120, 20 }, 0);
    assert_false(drain_is_going_on(&fixture.drain));
}

/* Dead servers may be on any host. Those of the hosts that stay are not counted as theirs. */
static void servers_that_lacked_before_are_of_staying_hosts(void **state)
{
    (void)state;
    struct fixture fixture = { 0 };
    begin(&fixture, (struct status){ 20, 180, 90 }, 7, 0);
    assert_int_equal(fixture.drain.servers, 70);
    see(&fixture, (struct status){ 20, 180, 90 }, 7);
    assert_int_equal(fixture.drain.servers, 70);
}

int main(void)
{
    struct CMUnitTest reports[COUNT_OF(report_rows)];
    TESTS_FROM_ROWS(reports, report_rows, row_shows_the_demand);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_removal_nothing_is_corrected),
        cmocka_unit_test(a_small_rise_is_demand),
        cmocka_unit_test(a_rush_is_demand),
        cmocka_unit_test(a_server_that_is_lost_is_no_drain),
        cmocka_unit_test(servers_that_restart_are_no_drain),
        cmocka_unit_test(demand_beyond_the_one_before_is_seen),
        cmocka_unit_test(hosts_that_go_with_free_servers_correct_the_guess),
        cmocka_unit_test(sessions_that_move_are_no_free_servers_that_go),
        cmocka_unit_test(the_busy_share_of_departures_is_no_sign),
        cmocka_unit_test(the_usual_fall_hides_nothing),
        cmocka_unit_test(a_removal_of_idle_hosts_ends_at_once),
        cmocka_unit_test(the_configuration_decides),
        cmocka_unit_test(sessions_of_lightly_loaded_hosts_are_hidden_too),
        cmocka_unit_test(hidden_sessions_count_until_they_are_back),
        cmocka_unit_test(booting_hosts_do_not_end_a_drain),
        cmocka_unit_test(servers_that_lacked_before_are_of_staying_hosts),
    };
    int failed = cmocka_run_group_tests_name("reports", reports, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Statuses that contradict themselves, are stale, or show changes by another tool.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 128
#define STATUS(hosts, servers, free)                                                               \
    "{\"current_hosts\":" hosts ",\"total_servers\":" servers ",\"free_servers\":" free "}"
#define IN_NEED STATUS("10", "100", "4") /* needs two more hosts */

static void wait_until_scaled(struct api_fixture *fixture, const char *id, int64_t times)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " info scaled deployment=%s ", id);
    api_fixture_wait_lines(fixture, line, times);
}

/* Fails unless exactly these deltas were sent, in this order; 0 ends the list. */
static void assert_deltas(struct api_fixture *fixture, const char *id, const int64_t *deltas)
{
    struct scales scales;
    int64_t count = 0;
    scales_init(&scales, fixture->program_fixture.api);
    for (; deltas[count] != 0; count++) {
        const struct scale *scale = scales_find(&scales, id, count);
        assert_non_null(scale);
        assert_int_equal(scale->delta, deltas[count]);
    }
    assert_int_equal(scales_count(&scales, id), count);
    scales_fini(&scales);
}

/* The sum of all deltas; fails if one is outside these bounds. */
static int64_t sum_of_deltas(struct api_fixture *fixture, const char *id, int64_t least,
                             int64_t most)
{
    struct scales scales;
    const struct scale *scale;
    int64_t sum = 0;
    scales_init(&scales, fixture->program_fixture.api);
    for (int64_t i = 0; (scale = scales_find(&scales, id, i)); i++) {
        assert_true(least <= scale->delta && scale->delta <= most);
        sum += scale->delta;
    }
    scales_fini(&scales);
    return sum;
}

/* --- implausible statuses ------------------------------------------------------------------------------------- */

void fault_48(struct api_fixture *fixture)
{
    static const struct {
        const char *id;
        const char *body;
        const char *logged;
    } rows[] = {
        { "free", STATUS("10", "100", "101"),
          " held_bad_data deployment=free reason=free_above_total " },
        { "many", STATUS("10", "101", "4"),
          " held_bad_data deployment=many reason=servers_above_hosts " },
        { "none", STATUS("0", "100", "4"),
          " held_bad_data deployment=none reason=servers_without_hosts " },
        { "below", STATUS("-1", "100", "4"), " status_failed deployment=below reason=bad_status " },
        { "part", STATUS("9.5", "95", "4"), " status_failed deployment=part reason=bad_status " },
        { "minus", STATUS("10", "100", "-4"),
          " status_failed deployment=minus reason=bad_status " },
    };
    neighbour_add(fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hosts_api_add(fixture->hosts, rows[i].id, 10, 96);
        hosts_api_say_status(fixture->hosts, rows[i].id, rows[i].body, FOR_EVER);
    }
    api_fixture_start(fixture, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        api_fixture_wait_lines(fixture, rows[i].logged, 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        hosts_api_say_status(fixture->hosts, rows[i].id, "", 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        wait_until_scaled(fixture, rows[i].id, 1);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    neighbour_stop(fixture);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_scales(fixture, rows[i].id, 1, 2);
}

#define NOTHING STATUS("0", "0", "0")

/* Requests one pass; otherwise there is one each hour. */
static void run_pass(struct api_fixture *fixture)
{
    program_signal(fixture->program_fixture.program, SIGUSR1);
    api_fixture_wait(fixture, " info pass_done ");
}

void fault_49(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(
        fixture, (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    api_fixture_wait(fixture, " info pass_done ");
    for (int64_t agreeing = 1; agreeing <= 2; agreeing++) {
        hosts_api_say_status(fixture->hosts, "a", NOTHING, agreeing);
        run_pass(fixture);
        api_fixture_wait_lines(fixture, " warn held_bad_data deployment=a reason=collapsed ",
                               agreeing);
        for (int64_t i = 0; i < agreeing; i++)
            run_pass(fixture);
    }
    neighbour_grow(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    api_fixture_wait(fixture, " info pass_done ");
    hosts_api_say_status(fixture->hosts, "a", NOTHING, 3);
    for (int i = 0; i < 3; i++)
        run_pass(fixture);
    api_fixture_wait_lines(fixture, " info hosts_moved deployment=a hosts=-10 current_hosts=0", 1);
    wait_until_scaled(fixture, "a", 1);
    run_pass(fixture);
    wait_until_scaled(fixture, "a", 2);
    neighbour_stop(fixture);
    /* One host, so that the deployment can serve; later it is one host too many. */
    assert_deltas(fixture, "a", (const int64_t[]){ 1, -1, 0 });
}

/* --- hosts that come late, in part or never ------------------------------------------------------------------- */

#define SHORT_BOOT "--set=defaults.boot_timeout=700ms"
#define SHORT_BOOT_MS 700

/* Only expired orders are sent again. */
static void check_ordered_after_expiry(struct api_fixture *fixture, const char *id)
{
    char requested[LINE_SIZE], expired[LINE_SIZE];
    int64_t scales = 0, expiries = 0;
    const char *line;
    snprintf(requested, sizeof requested, " scale_requested deployment=%s delta=+", id);
    snprintf(expired, sizeof expired, " warn pending_expired deployment=%s ", id);
    for (int64_t i = 0; (line = program_find_line(fixture->program_fixture.program, "", i)); i++) {
        scales += strstr(line, requested) != NULL;
        assert_true(scales <= expiries + 1);
        if (!strstr(line, expired))
            continue;
        expiries++;
        assert_true(line_number(line, "age_ms") >= SHORT_BOOT_MS);
    }
    assert_true(scales > 1);
}

void fault_50(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_count_ordered(fixture->hosts);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    hosts_api_say_status(fixture->hosts, "a", IN_NEED, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ SHORT_BOOT, NULL });
    wait_until_scaled(fixture, "a", 1);
    neighbour_grow(fixture);
    assert_int_equal(
        line_number(api_fixture_wait(fixture, " warn pending_expired deployment=a delta=+1 "),
                    "seen"),
        0);
    wait_until_scaled(fixture, "a", 2);
    hosts_api_say_status(fixture->hosts, "a", "", 0);
    api_fixture_wait(fixture, " info scaled deployment=a delta=-"); /* all hosts had booted */
    api_fixture_wait_reads(fixture, "a", 10);
    neighbour_stop(fixture);
    check_ordered_after_expiry(fixture, "a");
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
}

void fault_51(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_count_ordered(fixture->hosts);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    hosts_api_add_stale_replica(fixture->hosts, "a");
    api_fixture_start(fixture, NULL);
    wait_until_scaled(fixture, "a", 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "a", 40);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
}

static void run_boot(struct api_fixture *fixture, bool counts_ordered, int64_t reads)
{
    if (counts_ordered)
        hosts_api_count_ordered(fixture->hosts);
    hosts_api_set_boot_reads(fixture->hosts, reads);
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    api_fixture_start(fixture, NULL);
    wait_until_scaled(fixture, "a", 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "a", reads + 10);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
}

/* Ordered hosts that never boot: the order expires and is sent again. */
static void hosts_that_never_boot_expire(struct api_fixture *fixture)
{
    hosts_api_set_boot_reads(fixture->hosts, FOR_EVER);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    api_fixture_start(fixture, (const char *const[]){ SHORT_BOOT, NULL });
    api_fixture_wait(fixture, " warn pending_expired deployment=a delta=+1 seen=+0 ");
    wait_until_scaled(fixture, "a", 2);
    api_fixture_stop(fixture);
    check_ordered_after_expiry(fixture, "a");
}

void fault_52(struct api_fixture *fixture)
{
    static const struct {
        bool counts_ordered;
        int64_t reads;
    } rows[] = { { true, 1 }, { true, 60 }, { false, 1 }, { false, 60 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        api_fixture_renew(fixture);
        run_boot(fixture, rows[i].counts_ordered, rows[i].reads);
    }
    api_fixture_renew(fixture);
    hosts_that_never_boot_expire(fixture);
}

void fault_53(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 50, 480);
    hosts_api_set_fill(fixture->hosts, 6);
    api_fixture_start(fixture, (const char *const[]){ SHORT_BOOT, NULL });
    wait_until_scaled(fixture, "a", 1);
    neighbour_grow(fixture);
    api_fixture_wait(fixture, " warn pending_expired deployment=a delta=+10 seen=+6 ");
    wait_until_scaled(fixture, "a", 2);
    api_fixture_wait_reads(fixture, "a", 10);
    neighbour_stop(fixture);
    check_ordered_after_expiry(fixture, "a");
    assert_deltas(fixture, "a", (const int64_t[]){ 10, 4, 0 });
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 60);
}

/* --- another tool --------------------------------------------------------------------------------------------- */

void fault_54(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "a", 2);
    hosts_api_set_ready(fixture->hosts, "a", 13);
    api_fixture_wait(fixture, " info hosts_moved deployment=a hosts=+3 current_hosts=13");
    wait_until_scaled(fixture, "a", 1);
    neighbour_grow(fixture);
    hosts_api_set_ready(fixture->hosts, "a", 8);
    api_fixture_wait(fixture, " info hosts_moved deployment=a hosts=-2 current_hosts=8");
    wait_until_scaled(fixture, "a", 2);
    hosts_api_set_ready(fixture->hosts, "a", 10);
    api_fixture_wait_reads(fixture, "a", 15);
    /* Another tool removes the ordered hosts. */
    hosts_api_set_ready(fixture->hosts, "a", 8);
    api_fixture_wait(fixture, " warn hosts_lost deployment=a hosts=2 current_hosts=8");
    wait_until_scaled(fixture, "a", 3);
    neighbour_stop(fixture);
    assert_deltas(fixture, "a", (const int64_t[]){ -3, 2, 2, 0 });
}

void fault_55(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "played", 20, 160);
    hosts_api_add(fixture->hosts, "left", 20, 160);
    api_fixture_start(fixture, (const char *const[]){ "--set=defaults.max_step_up=2",
                                                      "--set=defaults.outage_hold=30m", NULL });
    api_fixture_wait_reads(fixture, "left", 2);
    hosts_api_set_busy(fixture->hosts, "left", 80);
    hosts_api_set_ready(fixture->hosts, "left", 10);
    hosts_api_set_ready(fixture->hosts, "played", 10);
    api_fixture_wait_lines(fixture, " info hosts_moved deployment=left hosts=-10 current_hosts=10",
                           1);
    api_fixture_wait_lines(fixture,
                           " info hosts_moved deployment=played hosts=-10 current_hosts=10", 1);
    neighbour_grow(fixture);
    wait_until_scaled(fixture, "played", 5);
    api_fixture_wait_reads(fixture, "played", 20);
    neighbour_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "left"), 0);
    assert_int_equal(sum_of_deltas(fixture, "played", 1, 2), 10);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "played"), 20);
}

/* --- demand --------------------------------------------------------------------------------------------------- */

void fault_56(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "rush-free", 20, 20);
    hosts_api_add(fixture->hosts, "rush-stepping", 20, 20);
    hosts_api_add(fixture->hosts, "rush-bounded", 20, 20);
    api_fixture_start_with(fixture,
                           "policies:\n"
                           "  - match: rush-stepping\n    min_hosts: 20\n    max_step_up: 2\n"
                           "  - match: rush-bounded\n    min_hosts: 20\n    max_hosts: 22\n"
                           "  - match: rush-*\n    min_hosts: 20\n",
                           NULL);
    api_fixture_wait_reads(fixture, "rush-bounded", 2);
    hosts_api_set_busy(fixture->hosts, "rush-free", 200);
    hosts_api_set_busy(fixture->hosts, "rush-stepping", 200);
    hosts_api_set_busy(fixture->hosts, "rush-bounded", 200);
    neighbour_grow(fixture);
    wait_until_scaled(fixture, "rush-stepping", 3);
    api_fixture_wait_lines(fixture, " info held deployment=rush-bounded ", 1);
    api_fixture_wait_reads(fixture, "rush-free", 20);
    neighbour_stop(fixture);
    assert_scales(fixture, "rush-free", 1, 5);
    assert_scales(fixture, "rush-bounded", 1, 2);
    assert_int_equal(sum_of_deltas(fixture, "rush-stepping", 1, 2), 5);
    assert_non_null(program_find_line(fixture->program_fixture.program, "reason=max_step_up ", 0));
}

#define CROWD 8

void fault_57(struct api_fixture *fixture)
{
    char id[16], line[LINE_SIZE];
    neighbour_add(fixture);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(fixture->hosts, id, 10, 80);
    }
    api_fixture_start(fixture, (const char *const[]){ "--set=defaults.scale_down_window=0s",
                                                      "--set=defaults.outage_hold=30m",
                                                      "--log-level=debug", NULL });
    api_fixture_wait_reads(fixture, id, 5);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_set_busy(fixture->hosts, id, 1);
    }
    for (int i = 0; i < CROWD; i++) {
        snprintf(line, sizeof line, " waiting deployment=d%d delta=+0 raw_delta=-9 ", i);
        api_fixture_wait_lines(fixture, line, 1);
    }
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, id, 10);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_set_busy(fixture->hosts, id, 80);
    }
    api_fixture_wait_reads(fixture, id, 10);
    neighbour_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " reason=outage_hold"),
                     CROWD);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 1);
}

void fault_58(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "full-plain", 10, 1000000);
    hosts_api_add(fixture->hosts, "full-eager", 10, 1000000);
    api_fixture_start_with(fixture,
                           "policies:\n"
                           "  - match: full-eager\n    max_hosts: 20\n    saturation_step: 100%\n"
                           "  - match: full-*\n    max_hosts: 20\n",
                           NULL);
    api_fixture_wait_lines(fixture, " info held deployment=full-plain delta=+0 raw_delta=+5 ", 1);
    api_fixture_wait_lines(fixture, " current_hosts=20 desired_hosts=25 reason=max_hosts", 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "full-eager", 20);
    neighbour_stop(fixture);
    assert_int_equal(sum_of_deltas(fixture, "full-plain", 1, 10), 10);
    assert_int_equal(sum_of_deltas(fixture, "full-eager", 1, 10), 10);
}

void fault_59(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "idle", 20, 80);
    hosts_api_add(fixture->hosts, "bounded-used", 20, 130);
    hosts_api_add(fixture->hosts, "bounded-full", 20, 200);
    api_fixture_start_with(fixture, "policies:\n  - match: bounded-*\n    max_hosts: 10\n",
                           (const char *const[]){ "--set=defaults.scale_down_window=0s", NULL });
    wait_until_scaled(fixture, "idle", 1);
    wait_until_scaled(fixture, "bounded-used", 1);
    api_fixture_wait_lines(fixture, " info held deployment=bounded-full ", 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "bounded-full", 10);
    neighbour_stop(fixture);
    assert_scales(fixture, "idle", 1, -10);
    assert_scales(fixture, "bounded-used", 1, -3);
    assert_int_equal(api_fixture_scales(fixture, "bounded-full"), 0);
}

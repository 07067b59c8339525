/*
 * Statuses that contradict themselves, lag behind, or tell of a world that changes by another hand.
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
#define IN_NEED STATUS("10", "100", "4") /* of two hosts more */

static void wait_until_scaled(struct scene *scene, const char *id, int64_t times)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " info scaled deployment=%s ", id);
    scene_wait_lines(scene, line, times);
}

/* These were asked for, in this order, and nothing else; 0 ends them. */
static void assert_deltas(struct scene *scene, const char *id, const int64_t *deltas)
{
    struct scales scales;
    int64_t count = 0;
    scales_init(&scales, scene->stage.api);
    for (; deltas[count] != 0; count++) {
        const struct scale *scale = scales_find(&scales, id, count);
        assert_non_null(scale);
        assert_int_equal(scale->delta, deltas[count]);
    }
    assert_int_equal(scales_count(&scales, id), count);
    scales_fini(&scales);
}

/* The sum of what was asked for; every single scale within these bounds. */
static int64_t asked_for(struct scene *scene, const char *id, int64_t least, int64_t most)
{
    struct scales scales;
    const struct scale *scale;
    int64_t sum = 0;
    scales_init(&scales, scene->stage.api);
    for (int64_t i = 0; (scale = scales_find(&scales, id, i)); i++) {
        assert_true(least <= scale->delta && scale->delta <= most);
        sum += scale->delta;
    }
    scales_fini(&scales);
    return sum;
}

/* --- statuses that cannot be ---------------------------------------------------------------------------------- */

void fault_48(struct scene *scene)
{
    static const struct {
        const char *id;
        const char *body;
        const char *told;
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
    neighbour_add(scene);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        hosts_api_add(scene->hosts, rows[i].id, 10, 96);
        hosts_api_say_status(scene->hosts, rows[i].id, rows[i].body, FOR_EVER);
    }
    scene_start(scene, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        scene_wait_lines(scene, rows[i].told, 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    assert_int_equal(fake_api_count(scene->stage.api, "POST", NULL), 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        hosts_api_say_status(scene->hosts, rows[i].id, "", 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        wait_until_scaled(scene, rows[i].id, 1);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    neighbour_stop(scene);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_scales(scene, rows[i].id, 1, 2);
}

#define NOTHING STATUS("0", "0", "0")

/* One pass, by hand: there is one an hour otherwise. */
static void run_pass(struct scene *scene)
{
    program_signal(scene->stage.program, SIGUSR1);
    scene_wait(scene, " info pass_done ");
}

void fault_49(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene,
                (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    scene_wait(scene, " info pass_done ");
    for (int64_t agreeing = 1; agreeing <= 2; agreeing++) {
        hosts_api_say_status(scene->hosts, "a", NOTHING, agreeing);
        run_pass(scene);
        scene_wait_lines(scene, " warn held_bad_data deployment=a reason=collapsed ", agreeing);
        for (int64_t i = 0; i < agreeing; i++)
            run_pass(scene);
    }
    neighbour_grow(scene);
    assert_int_equal(scene_scales(scene, "a"), 0);
    scene_wait(scene, " info pass_done ");
    hosts_api_say_status(scene->hosts, "a", NOTHING, 3);
    for (int i = 0; i < 3; i++)
        run_pass(scene);
    scene_wait_lines(scene, " info hosts_moved deployment=a hosts=-10 current_hosts=0", 1);
    wait_until_scaled(scene, "a", 1);
    run_pass(scene);
    wait_until_scaled(scene, "a", 2);
    neighbour_stop(scene);
    /* One host, so that it can serve at all; it is one too many when the others are back. */
    assert_deltas(scene, "a", (const int64_t[]){ 1, -1, 0 });
}

/* --- hosts that come late, in part or never ------------------------------------------------------------------- */

#define SHORT_BOOT "--set=defaults.boot_timeout=700ms"
#define SHORT_BOOT_MS 700

/* Nothing is asked for again but what has been given up before. */
static void check_asked_after_expiry(struct scene *scene, const char *id)
{
    char requested[LINE_SIZE], expired[LINE_SIZE];
    int64_t scales = 0, expiries = 0;
    const char *line;
    snprintf(requested, sizeof requested, " scale_requested deployment=%s delta=+", id);
    snprintf(expired, sizeof expired, " warn pending_expired deployment=%s ", id);
    for (int64_t i = 0; (line = program_find_line(scene->stage.program, "", i)); i++) {
        scales += strstr(line, requested) != NULL;
        assert_true(scales <= expiries + 1);
        if (!strstr(line, expired))
            continue;
        expiries++;
        assert_true(line_number(line, "age_ms") >= SHORT_BOOT_MS);
    }
    assert_true(scales > 1);
}

void fault_50(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_count_ordered(scene->hosts);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_say_status(scene->hosts, "a", IN_NEED, FOR_EVER);
    scene_start(scene, (const char *const[]){ SHORT_BOOT, NULL });
    wait_until_scaled(scene, "a", 1);
    neighbour_grow(scene);
    assert_int_equal(
        line_number(scene_wait(scene, " warn pending_expired deployment=a delta=+2 "), "seen"), 0);
    wait_until_scaled(scene, "a", 2);
    hosts_api_say_status(scene->hosts, "a", "", 0);
    scene_wait(scene, " info scaled deployment=a delta=-"); /* all of them had come */
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    check_asked_after_expiry(scene, "a");
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
}

void fault_51(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_count_ordered(scene->hosts);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_add_stale_replica(scene->hosts, "a");
    scene_start(scene, NULL);
    wait_until_scaled(scene, "a", 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, "a", 40);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
}

static void run_boot(struct scene *scene, bool counts_ordered, int64_t reads)
{
    if (counts_ordered)
        hosts_api_count_ordered(scene->hosts);
    hosts_api_set_boot_reads(scene->hosts, reads);
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 96);
    scene_start(scene, NULL);
    wait_until_scaled(scene, "a", 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, "a", reads + 10);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
}

/* Hosts that are ordered and never come: given up, and ordered again. */
static void hosts_that_never_boot_are_given_up(struct scene *scene)
{
    hosts_api_set_boot_reads(scene->hosts, FOR_EVER);
    hosts_api_add(scene->hosts, "a", 10, 96);
    scene_start(scene, (const char *const[]){ SHORT_BOOT, NULL });
    scene_wait(scene, " warn pending_expired deployment=a delta=+2 seen=+0 ");
    wait_until_scaled(scene, "a", 2);
    scene_stop(scene);
    check_asked_after_expiry(scene, "a");
}

void fault_52(struct scene *scene)
{
    static const struct {
        bool counts_ordered;
        int64_t reads;
    } rows[] = { { true, 1 }, { true, 60 }, { false, 1 }, { false, 60 } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scene_renew(scene);
        run_boot(scene, rows[i].counts_ordered, rows[i].reads);
    }
    scene_renew(scene);
    hosts_that_never_boot_are_given_up(scene);
}

void fault_53(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 50, 480);
    hosts_api_set_fill(scene->hosts, 6);
    scene_start(scene, (const char *const[]){ SHORT_BOOT, NULL });
    wait_until_scaled(scene, "a", 1);
    neighbour_grow(scene);
    scene_wait(scene, " warn pending_expired deployment=a delta=+10 seen=+6 ");
    wait_until_scaled(scene, "a", 2);
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    check_asked_after_expiry(scene, "a");
    assert_deltas(scene, "a", (const int64_t[]){ 10, 4, 0 });
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 60);
}

/* --- another hand --------------------------------------------------------------------------------------------- */

void fault_54(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene, NULL);
    scene_wait_reads(scene, "a", 2);
    hosts_api_set_ready(scene->hosts, "a", 13);
    scene_wait(scene, " info hosts_moved deployment=a hosts=+3 current_hosts=13");
    wait_until_scaled(scene, "a", 1);
    neighbour_grow(scene);
    hosts_api_set_ready(scene->hosts, "a", 8);
    scene_wait(scene, " info hosts_moved deployment=a hosts=-2 current_hosts=8");
    wait_until_scaled(scene, "a", 2);
    /* Who takes back what was ordered is not fought: it counts as on its way until boot_timeout. */
    for (int i = 0; i < 3; i++) {
        scene_wait_reads(scene, "a", 3);
        hosts_api_set_ready(scene->hosts, "a", i % 2 == 0 ? 8 : 10);
    }
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    assert_deltas(scene, "a", (const int64_t[]){ -3, 2, 0 });
}

void fault_55(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "played", 20, 160);
    hosts_api_add(scene->hosts, "left", 20, 160);
    scene_start(scene, (const char *const[]){ "--set=defaults.max_step_up=2",
                                              "--set=defaults.outage_hold=30m", NULL });
    scene_wait_reads(scene, "left", 2);
    hosts_api_set_busy(scene->hosts, "left", 80);
    hosts_api_set_ready(scene->hosts, "left", 10);
    hosts_api_set_ready(scene->hosts, "played", 10);
    scene_wait_lines(scene, " info hosts_moved deployment=left hosts=-10 current_hosts=10", 1);
    scene_wait_lines(scene, " info hosts_moved deployment=played hosts=-10 current_hosts=10", 1);
    neighbour_grow(scene);
    wait_until_scaled(scene, "played", 5);
    scene_wait_reads(scene, "played", 20);
    neighbour_stop(scene);
    assert_int_equal(scene_scales(scene, "left"), 0);
    assert_int_equal(asked_for(scene, "played", 1, 2), 10);
    assert_int_equal(hosts_api_hosts(scene->hosts, "played"), 20);
}

/* --- demand --------------------------------------------------------------------------------------------------- */

void fault_56(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "rush-free", 20, 20);
    hosts_api_add(scene->hosts, "rush-stepping", 20, 20);
    hosts_api_add(scene->hosts, "rush-bounded", 20, 20);
    scene_start_with(scene,
                     "policies:\n"
                     "  - match: rush-stepping\n    min_hosts: 20\n    max_step_up: 2\n"
                     "  - match: rush-bounded\n    min_hosts: 20\n    max_hosts: 22\n"
                     "  - match: rush-*\n    min_hosts: 20\n",
                     NULL);
    scene_wait_reads(scene, "rush-bounded", 2);
    hosts_api_set_busy(scene->hosts, "rush-free", 200);
    hosts_api_set_busy(scene->hosts, "rush-stepping", 200);
    hosts_api_set_busy(scene->hosts, "rush-bounded", 200);
    neighbour_grow(scene);
    wait_until_scaled(scene, "rush-stepping", 3);
    scene_wait_lines(scene, " info held deployment=rush-bounded ", 1);
    scene_wait_reads(scene, "rush-free", 20);
    neighbour_stop(scene);
    assert_scales(scene, "rush-free", 1, 5);
    assert_scales(scene, "rush-bounded", 1, 2);
    assert_int_equal(asked_for(scene, "rush-stepping", 1, 2), 5);
    assert_non_null(program_find_line(scene->stage.program, "reason=max_step_up ", 0));
}

#define CROWD 8

void fault_57(struct scene *scene)
{
    char id[16], line[LINE_SIZE];
    neighbour_add(scene);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(scene->hosts, id, 10, 80);
    }
    scene_start(scene, (const char *const[]){ "--set=defaults.scale_down_window=0s",
                                              "--set=defaults.outage_hold=30m", "--log-level=debug",
                                              NULL });
    scene_wait_reads(scene, id, 5);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_set_busy(scene->hosts, id, 1);
    }
    for (int i = 0; i < CROWD; i++) {
        snprintf(line, sizeof line, " waiting deployment=d%d delta=+0 raw_delta=-9 ", i);
        scene_wait_lines(scene, line, 1);
    }
    neighbour_grow(scene);
    scene_wait_reads(scene, id, 10);
    for (int i = 0; i < CROWD; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_set_busy(scene->hosts, id, 80);
    }
    scene_wait_reads(scene, id, 10);
    neighbour_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, " reason=outage_hold"), CROWD);
    assert_int_equal(fake_api_count(scene->stage.api, "POST", NULL), 1);
}

void fault_58(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "full-plain", 10, 1000000);
    hosts_api_add(scene->hosts, "full-eager", 10, 1000000);
    scene_start_with(scene,
                     "policies:\n"
                     "  - match: full-eager\n    max_hosts: 20\n    saturation_step: 100%\n"
                     "  - match: full-*\n    max_hosts: 20\n",
                     NULL);
    scene_wait_lines(scene, " info held deployment=full-plain delta=+0 raw_delta=+5 ", 1);
    scene_wait_lines(scene, " current_hosts=20 desired_hosts=25 reason=max_hosts", 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, "full-eager", 20);
    neighbour_stop(scene);
    assert_int_equal(asked_for(scene, "full-plain", 1, 10), 10);
    assert_int_equal(asked_for(scene, "full-eager", 1, 10), 10);
}

void fault_59(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "idle", 20, 80);
    hosts_api_add(scene->hosts, "bounded-used", 20, 160);
    hosts_api_add(scene->hosts, "bounded-full", 20, 200);
    scene_start_with(scene, "policies:\n  - match: bounded-*\n    max_hosts: 10\n", NULL);
    wait_until_scaled(scene, "idle", 1);
    wait_until_scaled(scene, "bounded-used", 1);
    scene_wait_lines(scene, " info held deployment=bounded-full ", 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, "bounded-full", 10);
    neighbour_stop(scene);
    assert_scales(scene, "idle", 1, -10);
    assert_scales(scene, "bounded-used", 1, -4);
    assert_int_equal(scene_scales(scene, "bounded-full"), 0);
}

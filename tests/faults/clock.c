/*
 * Clock jumps, a stopped process, a suspended machine; and a long failure.
 *
 * Time passes only by changes of the program's clocks.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/clocks.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS ((long long)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define RARELY "--pass-interval=1h", "--discovery-interval=1h"

/* --- the clocks ----------------------------------------------------------------------------------------------- */

static struct clocks clocks;

/* Programs that start from now on have clocks that the test moves. */
static void use_clocks(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    clocks_close(&clocks);
    if (!clocks_open(&clocks, program_fixture_path(&fixture->program_fixture, "clocks", path)))
        fault_skip("there is no library to shift the clocks");
    fixture->program_fixture.environment = clocks.environment;
}

static void pass_time(long long ms)
{
    clocks_pass(&clocks, ms);
}

/* --- the wall clock ------------------------------------------------------------------------------------------- */

#define HOUR_LENGTH 13 /* of "2026-01-02T03" */
#define LINES_MAX 10000

/* Waits for log lines at least one hour away from the last ones. */
static void wait_for_another_hour(struct api_fixture *fixture, const char *before)
{
    for (int i = 0; i < LINES_MAX; i++)
        if (strncmp(api_fixture_wait(fixture, " info pass_done "), before, HOUR_LENGTH) != 0)
            return;
    fail_msg("the clock stays at %s", before);
}

static void jump(struct api_fixture *fixture, long long ms)
{
    char before[HOUR_LENGTH + 1];
    snprintf(before, sizeof before, "%s", api_fixture_wait(fixture, " info pass_done "));
    atomic_fetch_add(&clocks.shared->wall_ms, ms);
    wait_for_another_hour(fixture, before);
    api_fixture_wait(fixture, " info discovery_done ");
    api_fixture_wait_reads(fixture, "ordered", 5);
}

/* Three deployments: one with a pending order, one with a lost order, one in cooldown. */
static void start_with_orders(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "cooling", 10, 96);
    api_fixture_start_with(fixture, "policies:\n  - match: cooling\n    cooldown_up: 1h\n", NULL);
    api_fixture_wait(fixture, " info scaled deployment=cooling ");
    api_fixture_wait_reads(fixture, "cooling", 3);
    hosts_api_set_busy(fixture->hosts, "cooling", 120);
    hosts_api_set_boot_reads(fixture->hosts, 100000);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_add(fixture->hosts, "lost", 10, 96);
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=lost ");
    hosts_api_add(fixture->hosts, "ordered", 10, 96);
    api_fixture_wait(fixture, " info scaled deployment=ordered ");
}

void fault_71(struct api_fixture *fixture)
{
    static const char *const unexpected[] = { "clock_gap",     "pending_expired",
                                              "status_failed", "scale_not_applied",
                                              "stale_status",  "hosts_dark" };
    static const long long jumps[] = { HOUR_MS, -HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, -DAY_MS };
    use_clocks(fixture);
    start_with_orders(fixture);
    for (size_t i = 0; i < COUNT_OF(jumps); i++)
        jump(fixture, jumps[i]);
    atomic_store(&clocks.shared->is_wall_double, 1);
    api_fixture_wait_reads(fixture, "ordered", 20);
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    assert_scales(fixture, "cooling", 1, 2);
    assert_scales(fixture, "lost", 1, 2);
    assert_scales(fixture, "ordered", 1, 2);
    for (size_t i = 0; i < COUNT_OF(unexpected); i++)
        assert_int_equal(program_count_lines(fixture->program_fixture.program, unexpected[i]), 0);
}

/* --- a stop --------------------------------------------------------------------------------------------------- */

/* After a stop of ten hours there is one pass, not one for each missed interval. */
static void a_stopped_process_repeats_no_pass(struct api_fixture *fixture)
{
    use_clocks(fixture);
    neighbour_add(fixture);
    api_fixture_start(fixture, (const char *const[]){ RARELY, NULL });
    api_fixture_wait(fixture, " info pass_done pass=1 ");
    program_signal(fixture->program_fixture.program, SIGSTOP);
    pass_time(10 * HOUR_MS);
    program_signal(fixture->program_fixture.program, SIGCONT);
    const char *line = api_fixture_wait(fixture, " warn clock_gap ");
    assert_in_range(line_number(line, "gap_ms"), 8 * HOUR_MS, 10 * HOUR_MS);
    api_fixture_wait(fixture, " info pass_done pass=2 ");
    neighbour_grow(fixture);
    api_fixture_wait(fixture, " info pass_done pass=3 ");
    neighbour_stop(fixture);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), 2);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/status/" NEIGHBOUR), 3);
}

#define RESPONSE                                                                                   \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 58\r\n\r\n"              \
    "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4 }"

/* The machine is suspended while a status is in flight: the status is stale when it arrives. */
static void a_status_from_before_a_suspension_is_not_used(struct api_fixture *fixture)
{
    use_clocks(fixture);
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    hosts_api_trouble_site(fixture->hosts, "a", TROUBLE_HUNG, 1);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=10m", NULL });
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/a", 1);
    int64_t connection =
        fake_api_find(fixture->program_fixture.api, "GET", "/status/a", 0)->connection;
    program_signal(fixture->program_fixture.program, SIGSTOP);
    atomic_fetch_add(&clocks.shared->boot_ms, 90000);
    atomic_fetch_add(&clocks.shared->wall_ms, 90000);
    program_signal(fixture->program_fixture.program, SIGCONT);
    assert_true(fake_api_send(fixture->program_fixture.api, connection, RESPONSE, strlen(RESPONSE),
                              FAKE_CLOSE));
    api_fixture_wait(fixture, " warn held_bad_data deployment=a reason=stale_status ");
    api_fixture_wait_reads(fixture, "a", 5);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    api_fixture_wait_lines(fixture, " info scaled deployment=a delta=+2 ", 1);
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

void fault_72(struct api_fixture *fixture)
{
    a_stopped_process_repeats_no_pass(fixture);
    api_fixture_renew(fixture);
    a_status_from_before_a_suspension_is_not_used(fixture);
}

/* --- a long failure ------------------------------------------------------------------------------------------- */

#define LIMIT_MS 10000 /* the log's limit of lines for an event applies to this time */
#define LIMIT_LINES 50
#define PERIODS 3
#define PERIOD_PASSES 80

/* The end of a pass that read both deployments; a pass that a stop ends has read none. */
#define BLIND " read=0 scaled=0 hosts_added=+0 hosts_removed=+0 held=0 starved=0 failed=2 "

/* Lines that were written plus lines that were suppressed and counted. */
static int64_t logged_in_total(struct api_fixture *fixture, const char *event)
{
    struct program *program = fixture->program_fixture.program;
    char text[64], suppressed[64];
    const char *line;
    snprintf(text, sizeof text, " warn %s ", event);
    snprintf(suppressed, sizeof suppressed, " warn events_suppressed event=%s ", event);
    int64_t sum = program_count_lines(program, text);
    for (int64_t i = 0; (line = program_find_line(program, suppressed, i)); i++)
        sum += line_number(line, "count");
    return sum;
}

static void fail_for_periods(struct api_fixture *fixture)
{
    for (int period = 1; period <= PERIODS; period++) {
        api_fixture_wait_lines(fixture, " info pass_done ", (int64_t)period * PERIOD_PASSES);
        pass_time(LIMIT_MS);
        api_fixture_wait_lines(fixture, " warn events_suppressed event=pass_blind ", period);
    }
}

void fault_94(struct api_fixture *fixture)
{
    use_clocks(fixture);
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(fixture,
                      (const char *const[]){ "--set=api.retries=0", "--timeout=10m", NULL });
    api_fixture_wait_reads(fixture, "a", 1);
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    fail_for_periods(fixture);
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_NONE, 0);
    api_fixture_wait_lines(fixture, " info breaker_closed ", 1);
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    struct program *program = fixture->program_fixture.program;
    assert_int_equal(logged_in_total(fixture, "pass_blind"), program_count_lines(program, BLIND));
    assert_true(program_count_lines(program, " warn pass_blind ") <= LIMIT_LINES * (PERIODS + 1));
    assert_in_range(program_count_lines(program, " warn status_failed "), 2, 4);
    assert_int_equal(program_count_lines(program, " error breaker_opened "), 1);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
}

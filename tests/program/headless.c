/*
 * The whole program over many passes: slow boots, lost responses, failed discoveries. Requests are counted at the
 * server; the order of events is read from the log.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define CLOCK_SLACK_MS 20 /* the log and the waits use different clocks */

/* 12 hosts are needed and there are 10; 10 are needed and there are 12. */
static void add_growing(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 96);
}

#define NO_WINDOW                                                                                  \
    "--set=defaults.scale_down_window=0s" /* hosts may be removed soon after the start */

static void add_shrinking(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 20, 80);
}

static void add_content(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 80);
}

static void wait_until_ordered(struct api_fixture *fixture, int64_t count)
{
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", count);
}

/* --- each need is ordered once ----------------------------------------------------------------------------------- */

static const struct boot_row {
    const char *name;
    bool counts_ordered;
    int64_t boot_reads;
} boot_rows[] = {
    { "counted when ordered, boots at once", true, 1 },
    { "counted when ordered, boots slowly", true, 40 },
    { "counted when booted, boots at once", false, 1 },
    { "counted when booted, boots soon", false, 5 },
    { "counted when booted, boots slowly", false, 40 },
};

static void each_need_is_ordered_once(void **state)
{
    struct api_fixture *fixture = *state;
    const struct boot_row *row = fixture->program_fixture.row;
    if (row->counts_ordered)
        hosts_api_count_ordered(fixture->hosts);
    hosts_api_set_boot_reads(fixture->hosts, row->boot_reads);
    add_growing(fixture, "grow");
    add_shrinking(fixture, "shrink");
    add_content(fixture, "content");
    hosts_api_add(fixture->hosts, "empty", 0, 0);
    api_fixture_start(fixture, (const char *const[]){ NO_WINDOW, NULL });
    wait_until_ordered(fixture, 3);
    api_fixture_wait_reads(fixture, "grow", row->boot_reads + 20);
    api_fixture_stop(fixture);
    assert_scales(fixture, "grow", 1, 2);
    assert_scales(fixture, "shrink", 1, -10);
    assert_scales(fixture, "content", 0, 0);
    assert_scales(fixture, "empty", 1, 1);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "grow"), 12);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "shrink"), 10);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "empty"), 1);
}

/* If the need grows while hosts boot, only the difference is ordered. */
static void more_need_while_hosts_boot_orders_the_difference(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_set_boot_reads(fixture->hosts, 100000);
    hosts_api_add(fixture->hosts, "a", 20, 168);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "scaled deployment=a delta=+1 ");
    hosts_api_set_busy(fixture->hosts, "a", 184);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 20);
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 23);
}

/* --- scales with a lost or bad response -------------------------------------------------------------------------- */

#define SHORT_TIMEOUT "--timeout=500ms"

static const struct applied_row {
    const char *name;
    enum trouble trouble;
    bool counts_ordered;
    int64_t boot_reads;
    const char *arguments[2];
} applied_rows[] = {
    { "applied: reply lost, counted when ordered", TROUBLE_LOST, true, 10, { NULL } },
    { "applied: reply lost, counted when booted", TROUBLE_LOST, false, 10, { NULL } },
    { "applied: 500, counted when ordered", TROUBLE_ERROR_APPLIED, true, 10, { NULL } },
    { "applied: 500, counted when booted", TROUBLE_ERROR_APPLIED, false, 10, { NULL } },
    { "applied: no response in time", TROUBLE_HUNG_APPLIED, true, 1, { SHORT_TIMEOUT } },
    { "applied: no response, boots meanwhile", TROUBLE_HUNG_APPLIED, false, 3, { SHORT_TIMEOUT } },
};

static void an_applied_scale_is_confirmed_and_not_sent_again(void **state)
{
    struct api_fixture *fixture = *state;
    const struct applied_row *row = fixture->program_fixture.row;
    if (row->counts_ordered)
        hosts_api_count_ordered(fixture->hosts);
    hosts_api_set_boot_reads(fixture->hosts, row->boot_reads);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, row->trouble, 1);
    add_growing(fixture, "a");
    api_fixture_start(fixture, row->arguments);
    api_fixture_wait(fixture, "scale_requested deployment=a delta=+2 ");
    api_fixture_wait(fixture, "scale_unconfirmed deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", row->boot_reads + 20);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "scale_not_applied"), 0);
}

/* The changed host count confirms the scale, unless it changed before the response timed out. */
static void a_confirmation_is_logged(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_count_ordered(fixture->hosts);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_LOST, 1);
    add_growing(fixture, "a");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=a delta=+2 ");
    const char *line = api_fixture_wait(fixture, " info scale_confirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "seen"), 2);
    api_fixture_wait_reads(fixture, "a", 10);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

#define SHORT_CONFIRMATION "--set=defaults.confirm_timeout=300ms"

static const struct lost_row {
    const char *name;
    enum trouble trouble;
    const char *arguments[3];
} lost_rows[] = {
    { "lost: closed before applying", TROUBLE_DROPPED, { SHORT_CONFIRMATION } },
    { "lost: 500", TROUBLE_ERROR, { SHORT_CONFIRMATION } },
    { "lost: 503", TROUBLE_OVERLOADED, { SHORT_CONFIRMATION } },
    { "lost: a redirect", TROUBLE_REDIRECT, { SHORT_CONFIRMATION } },
    { "lost: no response in time", TROUBLE_HUNG, { SHORT_CONFIRMATION, SHORT_TIMEOUT } },
};

static void a_lost_scale_is_repeated_after_confirm_timeout(void **state)
{
    struct api_fixture *fixture = *state;
    const struct lost_row *row = fixture->program_fixture.row;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, row->trouble, 1);
    hosts_api_set_elsewhere(fixture->hosts, fake_api_url(fixture->program_fixture.api));
    add_growing(fixture, "a");
    api_fixture_start(fixture, row->arguments);
    api_fixture_wait(fixture, "scale_requested deployment=a delta=+2 ");
    api_fixture_wait(fixture, "scale_unconfirmed deployment=a delta=+2 ");
    const char *line = api_fixture_wait(fixture, " reason=repeated ");
    assert_int_equal(line_number(line, "repeat"), 1);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 10);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 2, 2);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "scale_requested"), 2);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, "/elsewhere"), 0);
}

/* Its hosts may drain unseen: it is not repeated before drain_timeout. */
static void a_lost_shrinking_counts_as_accepted(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    add_shrinking(fixture, "a");
    api_fixture_start(fixture, (const char *const[]){ "--set=defaults.confirm_timeout=20ms",
                                                      "--set=defaults.boot_timeout=700ms",
                                                      NO_WINDOW, NULL });
    api_fixture_wait(fixture, "scale_unconfirmed deployment=a delta=-10 ");
    const char *line = api_fixture_wait(fixture, "scale_assumed deployment=a delta=-10 ");
    assert_true(line_number(line, "age_ms") >= 700);
    api_fixture_wait_reads(fixture, "a", 10);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, -10);
}

static void nothing_is_sent_while_a_scale_is_unconfirmed(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_add(fixture->hosts, "a", 20, 168);
    add_content(fixture, "b");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "scale_unconfirmed deployment=a delta=+1 ");
    hosts_api_set_busy(fixture->hosts, "a", 200);
    api_fixture_wait_reads(fixture, "a", 10);
    hosts_api_set_busy(fixture->hosts, "b", 96);
    api_fixture_wait(fixture, "scaled deployment=b delta=+2 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 1);
}

/* Two hosts are missing: after a refusal, one is asked at a time. */
static void a_refused_scale_is_asked_in_parts(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_REFUSED, 1);
    add_growing(fixture, "a");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "scale_requested deployment=a delta=+2 ");
    const char *line = api_fixture_wait(fixture, " error scale_failed deployment=a delta=+2 ");
    assert_non_null(strstr(line, " applied=no "));
    assert_non_null(strstr(line, "HTTP 400"));
    api_fixture_wait(fixture, "scaled deployment=a delta=+1 ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+1 ");
    api_fixture_wait_reads(fixture, "a", 10);
    api_fixture_stop(fixture);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
    assert_int_equal(api_fixture_scales(fixture, "a"), 3);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "scale_unconfirmed"), 0);
}

/* --- Retry-After ------------------------------------------------------------------------------------------------- */

static int64_t time_between_ms(int64_t first_ms, int64_t second_ms)
{
    return (second_ms - first_ms + DAY_MS) % DAY_MS;
}

static void retry_after_delays_a_refused_scale(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_BUSY, 1);
    add_growing(fixture, "a");
    api_fixture_start(fixture, NULL);
    int64_t failed_ms = line_time_ms(api_fixture_wait(fixture, "scale_failed deployment=a "));
    int64_t again_ms = line_time_ms(api_fixture_wait(fixture, "scale_requested deployment=a "));
    assert_true(time_between_ms(failed_ms, again_ms) >= 1000 - CLOCK_SLACK_MS);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 2, 2);
}

static void retry_after_delays_a_status_read(void **state)
{
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    add_content(fixture, "b");
    hosts_api_trouble_site(fixture->hosts, "a", TROUBLE_BUSY, 1);
    api_fixture_start(fixture, NULL);
    const char *line = api_fixture_wait(fixture, "status_failed deployment=a reason=read_failed ");
    assert_non_null(strstr(line, "HTTP 429"));
    int64_t failed_ms = line_time_ms(line);
    int64_t again_ms = line_time_ms(api_fixture_wait(fixture, "status_recovered deployment=a "));
    assert_true(time_between_ms(failed_ms, again_ms) >= 1000 - CLOCK_SLACK_MS);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
}

/* --- discoveries that fail --------------------------------------------------------------------------------------- */

static const struct discovery_row {
    const char *name;
    enum trouble trouble;
    const char *logged;
    const char *arguments[2];
} discovery_rows[] = {
    { "discovery: empty", TROUBLE_EMPTY, " error discovery_empty ", { NULL } },
    { "discovery: garbage", TROUBLE_GARBAGE, " error discovery_failed ", { NULL } },
    { "discovery: 503", TROUBLE_OVERLOADED, " error discovery_failed ", { NULL } },
    { "discovery: 500", TROUBLE_ERROR, " error discovery_failed ", { NULL } },
    { "discovery: 400", TROUBLE_REFUSED, " error discovery_failed ", { NULL } },
    { "discovery: closed", TROUBLE_DROPPED, " error discovery_failed ", { NULL } },
    { "discovery: a redirect", TROUBLE_REDIRECT, " error discovery_failed ", { NULL } },
    { "discovery: hangs", TROUBLE_HUNG, " error discovery_failed ", { SHORT_TIMEOUT } },
};

static void passes_continue_without_a_discovery(void **state)
{
    struct api_fixture *fixture = *state;
    const struct discovery_row *row = fixture->program_fixture.row;
    hosts_api_set_elsewhere(fixture->hosts, fake_api_url(fixture->program_fixture.api));
    add_content(fixture, "a");
    api_fixture_start(fixture, row->arguments);
    api_fixture_wait_reads(fixture, "a", 1);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, row->trouble, FOR_EVER);
    const char *line = api_fixture_wait(fixture, row->logged);
    assert_int_equal(line_number(line, "known"), 1);
    api_fixture_wait_reads(fixture, "a", 10);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    api_fixture_wait(fixture, "discovery_done deployments=1 new=0 gone=0 bad=0 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "deployment_gone"), 0);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, "/elsewhere"), 0);
}

static void the_first_pass_waits_for_a_discovery(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_OVERLOADED, 7);
    add_growing(fixture, "a");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "discovery_failed ");
    api_fixture_wait(fixture, "discovery_done deployments=1 new=1 ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

/* --- statuses that fail ------------------------------------------------------------------------------------------ */

static void a_slow_status_delays_no_other(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "slow");
    add_growing(fixture, "a");
    hosts_api_trouble_site(fixture->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=10m", NULL });
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture); /* a stop does not wait for reads */
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "pass_done"), 1);
}

static void a_status_that_hangs_times_out(void **state)
{
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    hosts_api_trouble_site(fixture->hosts, "a", TROUBLE_HUNG, 1);
    api_fixture_start(fixture, (const char *const[]){ SHORT_TIMEOUT, "--set=api.retries=0", NULL });
    const char *line =
        api_fixture_wait(fixture, " warn status_failed deployment=a reason=read_timeout ");
    assert_non_null(strstr(line, "no response within 500ms"));
    api_fixture_wait(fixture, "status_recovered deployment=a ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

static void reads_survive_connections_that_the_server_closes(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "a");
    add_content(fixture, "b");
    api_fixture_start(fixture, (const char *const[]){ PASSES_ON_REQUEST, NULL });
    api_fixture_wait(fixture, "pass_done ");
    for (int64_t pass = 2; pass <= 6; pass++) {
        program_signal(fixture->program_fixture.program, SIGUSR1);
        api_fixture_wait_reads(fixture, "a", 1); /* that of b may be under way */
        fake_api_drop_connections(fixture->program_fixture.api, FAKE_CLOSE);
        api_fixture_wait_lines(fixture, " pass_done ", pass);
    }
    api_fixture_stop(fixture);
    assert_true(hosts_api_reads(fixture->hosts, "b") >= 6);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "status_failed"), 0);
}

static void reads_share_connections_over_passes(void **state)
{
    struct api_fixture *fixture = *state;
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(fixture, id);
    }
    api_fixture_start(fixture, (const char *const[]){ "--concurrency=4", NULL });
    /* Passes of 10 ms: longer than the second in which connections are on trial. */
    api_fixture_wait_reads(fixture, "d19", 150);
    int64_t before = fake_api_connections(fixture->program_fixture.api);
    api_fixture_wait_reads(fixture, "d19", 170);
    api_fixture_stop(fixture);
    assert_in_range(fake_api_connections(fixture->program_fixture.api) - before, 0, 6);
}

/* --- an API outage ----------------------------------------------------------------------------------------------- */

#define FLEET_SIZE 40
#define PROBES_PER_PASS 3

static void add_fleet(struct api_fixture *fixture)
{
    for (int i = 0; i < FLEET_SIZE; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(fixture, id);
    }
}

/* Counted at the server between the ends of two passes; a read may be in flight at both. */
static void assert_only_probes(struct api_fixture *fixture, int64_t passes)
{
    api_fixture_wait(fixture, "pass_done ");
    int64_t before = fake_api_count(fixture->program_fixture.api, "GET", NULL) -
                     fake_api_count(fixture->program_fixture.api, "GET", "/discover");
    for (int64_t i = 0; i < passes; i++)
        api_fixture_wait(fixture, "pass_done ");
    int64_t after = fake_api_count(fixture->program_fixture.api, "GET", NULL) -
                    fake_api_count(fixture->program_fixture.api, "GET", "/discover");
    /* More than `passes` passes may have ended, but each sends probes only: compare with the size of the fleet. */
    assert_true(after - before < passes * FLEET_SIZE / 2);
    assert_true(after - before >= passes);
}

static void the_breaker_opens_and_closes(void **state)
{
    struct api_fixture *fixture = *state;
    add_fleet(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "pass_done ");
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    const char *line = api_fixture_wait(fixture, " error breaker_opened ");
    assert_non_null(strstr(line, "HTTP 503"));
    assert_only_probes(fixture, 10);
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_NONE, 0);
    api_fixture_wait(fixture, " info breaker_closed ");
    /* Deployments with a failed last read come last, a few at a time. */
    do
        line = api_fixture_wait(fixture, "pass_done ");
    while (line_number(line, "read") < FLEET_SIZE);
    assert_int_equal(line_number(line, "failed"), 0);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "breaker_opened"), 1);
}

/* One probe at a time: while it hangs, its pass sends no other request. The next pass that is due sends one of its own. */
static void a_single_probe_is_in_flight(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_api *api = fixture->program_fixture.api;
    add_fleet(fixture);
    api_fixture_start(fixture, (const char *const[]){ PASSES_ON_REQUEST, "--timeout=10m",
                                                      "--set=api.retries=0",
                                                      "--discovery-interval=1h", NULL });
    api_fixture_wait(fixture, "pass_done ");
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    program_signal(fixture->program_fixture.program, SIGUSR1);
    api_fixture_wait(fixture, "breaker_opened ");
    api_fixture_wait(fixture, "pass_done ");
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_HUNG, FOR_EVER);
    int64_t seen = fake_api_count(api, "GET", NULL);
    for (int64_t probe = 1; probe <= 3; probe++) {
        program_signal(fixture->program_fixture.program, SIGUSR1);
        program_fixture_wait(&fixture->program_fixture, "GET", NULL, seen + probe);
    }
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(api, "GET", NULL), seen + 3);
}

static void the_api_goes_down_and_comes_back(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "a");
    add_content(fixture, "b");
    api_fixture_start(fixture, (const char *const[]){ "--set=api.retries=0", NULL });
    api_fixture_wait_reads(fixture, "a", 2);
    fake_api_set_listening(fixture->program_fixture.api, false);
    fake_api_drop_connections(fixture->program_fixture.api, FAKE_RESET);
    api_fixture_wait(fixture, "breaker_opened ");
    hosts_api_set_busy(fixture->hosts, "a", 96);
    fake_api_set_listening(fixture->program_fixture.api, true);
    api_fixture_wait(fixture, "breaker_closed ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "b", 2);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

/* --- independence of the environment ----------------------------------------------------------------------------- */

static void redirects_are_not_followed(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    hosts_api_set_elsewhere(fixture->hosts, fake_api_url(trap));
    add_growing(fixture, "a");
    add_content(fixture, "b");
    hosts_api_trouble_site(fixture->hosts, "b", TROUBLE_REDIRECT, FOR_EVER);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_REDIRECT, FOR_EVER);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "redirects are not followed");
    api_fixture_wait(fixture, "redirects are not followed");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_connections(trap), 0);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
    fake_api_destroy(trap);
}

static void proxies_in_the_environment_are_ignored(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    char variables[4][96];
    static const char *const names[] = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        snprintf(variables[i], sizeof variables[i], "%s=%s", names[i], fake_api_url(trap));
    const char *const environment[] = { variables[0], variables[1], variables[2],
                                        variables[3], "no_proxy=",  NULL };
    fixture->program_fixture.environment = environment;
    add_growing(fixture, "a");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_connections(trap), 0);
    fake_api_destroy(trap);
}

static const struct files_row {
    const char *name;
    unsigned files_max;
} files_rows[] = {
    { "64 descriptors", 64 },
    { "32 descriptors", 32 },
};

/* More requests than descriptors: a scale that cannot be sent now is sent later, once. */
static void few_descriptors_are_enough(void **state)
{
    struct api_fixture *fixture = *state;
    const struct files_row *row = fixture->program_fixture.row;
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_growing(fixture, id);
    }
    fixture->program_fixture.files_max = row->files_max;
    api_fixture_start(fixture, (const char *const[]){ "--concurrency=32", NULL });
    wait_until_ordered(fixture, 100);
    api_fixture_wait_reads(fixture, "d99", 3);
    api_fixture_stop(fixture);
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        assert_int_equal(hosts_api_hosts(fixture->hosts, id), 12);
    }
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 100);
}

#define API_FIXTURE_TEST(function)                                                                 \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        API_FIXTURE_TEST(more_need_while_hosts_boot_orders_the_difference),
        API_FIXTURE_TEST(a_confirmation_is_logged),
        API_FIXTURE_TEST(a_lost_shrinking_counts_as_accepted),
        API_FIXTURE_TEST(nothing_is_sent_while_a_scale_is_unconfirmed),
        API_FIXTURE_TEST(a_refused_scale_is_asked_in_parts),
        API_FIXTURE_TEST(retry_after_delays_a_refused_scale),
        API_FIXTURE_TEST(retry_after_delays_a_status_read),
        API_FIXTURE_TEST(the_first_pass_waits_for_a_discovery),
        API_FIXTURE_TEST(a_slow_status_delays_no_other),
        API_FIXTURE_TEST(a_status_that_hangs_times_out),
        API_FIXTURE_TEST(reads_survive_connections_that_the_server_closes),
        API_FIXTURE_TEST(reads_share_connections_over_passes),
        API_FIXTURE_TEST(the_breaker_opens_and_closes),
        API_FIXTURE_TEST(a_single_probe_is_in_flight),
        API_FIXTURE_TEST(the_api_goes_down_and_comes_back),
        API_FIXTURE_TEST(redirects_are_not_followed),
        API_FIXTURE_TEST(proxies_in_the_environment_are_ignored),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(boot_rows) + COUNT_OF(applied_rows) +
                          COUNT_OF(lost_rows) + COUNT_OF(discovery_rows) + COUNT_OF(files_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, boot_rows, each_need_is_ordered_once);
    at += COUNT_OF(boot_rows);
    TESTS_FROM_ROWS(at, applied_rows, an_applied_scale_is_confirmed_and_not_sent_again);
    at += COUNT_OF(applied_rows);
    TESTS_FROM_ROWS(at, lost_rows, a_lost_scale_is_repeated_after_confirm_timeout);
    at += COUNT_OF(lost_rows);
    TESTS_FROM_ROWS(at, discovery_rows, passes_continue_without_a_discovery);
    at += COUNT_OF(discovery_rows);
    TESTS_FROM_ROWS(at, files_rows, few_descriptors_are_enough);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = api_fixture_enter;
        all[i].teardown_func = api_fixture_leave;
    }
    return cmocka_run_group_tests_name("headless", all, NULL, NULL);
}

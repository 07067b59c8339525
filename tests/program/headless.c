/*
 * The whole program for a while: hosts that boot slowly, answers that get lost, discoveries that fail. What was asked
 * for is counted at the server; the order of things is read from the log.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define CLOCK_SLACK_MS 20 /* the log stamps another clock than the one that is waited by */

/* 12 hosts are wanted and there are 10; the other way round. */
static void add_growing(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 96);
}

static void add_shrinking(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 20, 80);
}

static void add_content(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 80);
}

static void wait_until_asked(struct scene *scene, int64_t count)
{
    stage_wait(&scene->stage, "POST", "/scale", count);
}

/* --- each need is asked for once ---------------------------------------------------------------------------------- */

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

static void each_need_is_asked_for_once(void **state)
{
    struct scene *scene = *state;
    const struct boot_row *row = scene->stage.row;
    if (row->counts_ordered)
        hosts_api_count_ordered(scene->hosts);
    hosts_api_set_boot_reads(scene->hosts, row->boot_reads);
    add_growing(scene, "grow");
    add_shrinking(scene, "shrink");
    add_content(scene, "content");
    hosts_api_add(scene->hosts, "empty", 0, 0);
    scene_start(scene, NULL);
    wait_until_asked(scene, 3);
    scene_wait_reads(scene, "grow", row->boot_reads + 20);
    scene_stop(scene);
    assert_scales(scene, "grow", 1, 2);
    assert_scales(scene, "shrink", 1, -10);
    assert_scales(scene, "content", 0, 0);
    assert_scales(scene, "empty", 1, 1);
    assert_int_equal(hosts_api_hosts(scene->hosts, "grow"), 12);
    assert_int_equal(hosts_api_hosts(scene->hosts, "shrink"), 10);
    assert_int_equal(hosts_api_hosts(scene->hosts, "empty"), 1);
}

/* A need that grows while the first hosts boot is the difference, not the whole. */
static void more_need_while_hosts_boot_is_the_difference(void **state)
{
    struct scene *scene = *state;
    hosts_api_set_boot_reads(scene->hosts, 100000);
    hosts_api_add(scene->hosts, "a", 20, 168);
    scene_start(scene, NULL);
    scene_wait(scene, "scaled deployment=a delta=+1 ");
    hosts_api_set_busy(scene->hosts, "a", 184);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 20);
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 23);
}

/* --- scales of which the answer is lost, or bad -------------------------------------------------------------------- */

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
    { "applied: no answer in time", TROUBLE_HUNG_APPLIED, true, 1, { SHORT_TIMEOUT } },
    { "applied: no answer, boots meanwhile", TROUBLE_HUNG_APPLIED, false, 3, { SHORT_TIMEOUT } },
};

static void what_was_applied_is_confirmed_and_not_asked_again(void **state)
{
    struct scene *scene = *state;
    const struct applied_row *row = scene->stage.row;
    if (row->counts_ordered)
        hosts_api_count_ordered(scene->hosts);
    hosts_api_set_boot_reads(scene->hosts, row->boot_reads);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, row->trouble, 1);
    add_growing(scene, "a");
    scene_start(scene, row->arguments);
    scene_wait(scene, "scale_requested deployment=a delta=+2 ");
    scene_wait(scene, "scale_unconfirmed deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", row->boot_reads + 20);
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
    assert_int_equal(program_count_lines(scene->stage.program, "scale_not_applied"), 0);
}

/* The move of the hosts is the confirmation; unless it was seen before the answer was given up. */
static void a_confirmation_is_told(void **state)
{
    struct scene *scene = *state;
    hosts_api_count_ordered(scene->hosts);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_LOST, 1);
    add_growing(scene, "a");
    scene_start(scene, NULL);
    scene_wait(scene, " error scale_unconfirmed deployment=a delta=+2 ");
    const char *line = scene_wait(scene, " info scale_confirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "seen"), 2);
    scene_wait_reads(scene, "a", 10);
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

#define SHORT_CONFIRMATION "--set=defaults.confirm_timeout=300ms"
#define CONFIRM_MS 300

static const struct lost_row {
    const char *name;
    enum trouble trouble;
    const char *arguments[3];
} lost_rows[] = {
    { "lost: closed before applying", TROUBLE_DROPPED, { SHORT_CONFIRMATION } },
    { "lost: 500", TROUBLE_ERROR, { SHORT_CONFIRMATION } },
    { "lost: 503", TROUBLE_OVERLOADED, { SHORT_CONFIRMATION } },
    { "lost: a redirect", TROUBLE_REDIRECT, { SHORT_CONFIRMATION } },
    { "lost: no answer in time", TROUBLE_HUNG, { SHORT_CONFIRMATION, SHORT_TIMEOUT } },
};

static void what_is_lost_is_asked_again_after_confirm_timeout(void **state)
{
    struct scene *scene = *state;
    const struct lost_row *row = scene->stage.row;
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, row->trouble, 1);
    hosts_api_set_elsewhere(scene->hosts, fake_api_url(scene->stage.api));
    add_growing(scene, "a");
    scene_start(scene, row->arguments);
    scene_wait(scene, "scale_requested deployment=a delta=+2 ");
    scene_wait(scene, "scale_unconfirmed deployment=a delta=+2 ");
    const char *line = scene_wait(scene, " warn scale_not_applied deployment=a delta=+2 ");
    assert_true(line_number(line, "age_ms") >= CONFIRM_MS);
    scene_wait(scene, "scale_requested deployment=a delta=+2 ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 10);
    scene_stop(scene);
    assert_scales(scene, "a", 2, 2);
    assert_int_equal(program_count_lines(scene->stage.program, "scale_requested"), 2);
    assert_int_equal(fake_api_count(scene->stage.api, NULL, "/elsewhere"), 0);
}

static void a_lost_shrinking_waits_for_boot_timeout(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    add_shrinking(scene, "a");
    scene_start(scene, (const char *const[]){ "--set=defaults.confirm_timeout=20ms",
                                              "--set=defaults.boot_timeout=700ms", NULL });
    scene_wait(scene, "scale_unconfirmed deployment=a delta=-10 ");
    const char *line = scene_wait(scene, "scale_not_applied deployment=a delta=-10 ");
    assert_true(line_number(line, "age_ms") >= 700);
    scene_wait(scene, "scaled deployment=a delta=-10 ");
    scene_stop(scene);
    assert_scales(scene, "a", 2, -10);
}

static void while_unconfirmed_nothing_more_is_sent(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_add(scene->hosts, "a", 20, 168);
    add_content(scene, "b");
    scene_start(scene, NULL);
    scene_wait(scene, "scale_unconfirmed deployment=a delta=+1 ");
    hosts_api_set_busy(scene->hosts, "a", 200);
    scene_wait_reads(scene, "a", 10);
    hosts_api_set_busy(scene->hosts, "b", 96);
    scene_wait(scene, "scaled deployment=b delta=+2 ");
    scene_stop(scene);
    assert_scales(scene, "a", 1, 1);
}

static void what_is_refused_is_asked_again_at_the_next_pass(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_REFUSED, 2);
    add_growing(scene, "a");
    scene_start(scene, NULL);
    for (int i = 0; i < 2; i++) {
        scene_wait(scene, "scale_requested deployment=a delta=+2 ");
        const char *line = scene_wait(scene, " error scale_failed deployment=a delta=+2 ");
        assert_non_null(strstr(line, " applied=no "));
        assert_non_null(strstr(line, "HTTP 400"));
    }
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 10);
    scene_stop(scene);
    assert_scales(scene, "a", 3, 2);
    assert_int_equal(program_count_lines(scene->stage.program, "scale_unconfirmed"), 0);
}

/* --- Retry-After ----------------------------------------------------------------------------------------------------- */

static int64_t time_between_ms(int64_t first_ms, int64_t second_ms)
{
    return (second_ms - first_ms + DAY_MS) % DAY_MS;
}

static void a_refused_scale_waits_as_long_as_the_api_asks(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_BUSY, 1);
    add_growing(scene, "a");
    scene_start(scene, NULL);
    int64_t failed_ms = line_time_ms(scene_wait(scene, "scale_failed deployment=a "));
    int64_t again_ms = line_time_ms(scene_wait(scene, "scale_requested deployment=a "));
    assert_true(time_between_ms(failed_ms, again_ms) >= 1000 - CLOCK_SLACK_MS);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_scales(scene, "a", 2, 2);
}

static void a_busy_status_waits_as_long_as_the_api_asks(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    add_content(scene, "b");
    hosts_api_trouble_site(scene->hosts, "a", TROUBLE_BUSY, 1);
    scene_start(scene, NULL);
    const char *line = scene_wait(scene, "status_failed deployment=a reason=read_failed ");
    assert_non_null(strstr(line, "HTTP 429"));
    int64_t failed_ms = line_time_ms(line);
    int64_t again_ms = line_time_ms(scene_wait(scene, "status_recovered deployment=a "));
    assert_true(time_between_ms(failed_ms, again_ms) >= 1000 - CLOCK_SLACK_MS);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
}

/* --- discoveries that fail -------------------------------------------------------------------------------------------- */

static const struct discovery_row {
    const char *name;
    enum trouble trouble;
    const char *told;
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

static void passes_go_on_without_a_discovery(void **state)
{
    struct scene *scene = *state;
    const struct discovery_row *row = scene->stage.row;
    hosts_api_set_elsewhere(scene->hosts, fake_api_url(scene->stage.api));
    add_content(scene, "a");
    scene_start(scene, row->arguments);
    scene_wait_reads(scene, "a", 1);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, row->trouble, FOR_EVER);
    const char *line = scene_wait(scene, row->told);
    assert_int_equal(line_number(line, "known"), 1);
    scene_wait_reads(scene, "a", 10);
    hosts_api_set_busy(scene->hosts, "a", 96);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    scene_wait(scene, "discovery_done deployments=1 new=0 gone=0 bad=0 ");
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(program_count_lines(scene->stage.program, "deployment_gone"), 0);
    assert_int_equal(fake_api_count(scene->stage.api, NULL, "/elsewhere"), 0);
}

static void waits_for_the_first_discovery(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_OVERLOADED, 7);
    add_growing(scene, "a");
    scene_start(scene, NULL);
    scene_wait(scene, "discovery_failed ");
    scene_wait(scene, "discovery_done deployments=1 new=1 ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

/* --- statuses that fail ------------------------------------------------------------------------------------------------ */

static void nobody_waits_for_the_slowest(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "slow");
    add_growing(scene, "a");
    hosts_api_trouble_site(scene->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    scene_start(scene, (const char *const[]){ "--timeout=10m", NULL });
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene); /* reads are not awaited */
    assert_int_equal(program_count_lines(scene->stage.program, "pass_done"), 1);
}

static void a_status_that_hangs_is_given_up(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    hosts_api_trouble_site(scene->hosts, "a", TROUBLE_HUNG, 1);
    scene_start(scene, (const char *const[]){ SHORT_TIMEOUT, "--set=api.retries=0", NULL });
    const char *line = scene_wait(scene, " warn status_failed deployment=a reason=read_timeout ");
    assert_non_null(strstr(line, "no answer within 500ms"));
    scene_wait(scene, "status_recovered deployment=a ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

static void connections_that_the_server_closes_do_no_harm(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "a");
    add_content(scene, "b");
    scene_start(scene, NULL);
    for (int i = 0; i < 5; i++) {
        scene_wait_reads(scene, "a", 2);
        fake_api_drop_connections(scene->stage.api, FAKE_CLOSE);
    }
    scene_wait_reads(scene, "b", 2);
    scene_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "status_failed"), 0);
}

static void reads_share_connections_over_passes(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(scene, id);
    }
    scene_start(scene, (const char *const[]){ "--concurrency=4", NULL });
    scene_wait_reads(scene, "d19", 20);
    scene_stop(scene);
    assert_in_range(fake_api_connections(scene->stage.api), 1, 6);
}

/* --- the API goes away -------------------------------------------------------------------------------------------------- */

#define FLEET_SIZE 40
#define PROBES_PER_PASS 3

static void add_fleet(struct scene *scene)
{
    for (int i = 0; i < FLEET_SIZE; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(scene, id);
    }
}

/* Counted at the server between two ends of passes: a read may be on its way at either. */
static void assert_only_probes(struct scene *scene, int64_t passes)
{
    scene_wait(scene, "pass_done ");
    int64_t before = fake_api_count(scene->stage.api, "GET", NULL) -
                     fake_api_count(scene->stage.api, "GET", "/discover");
    for (int64_t i = 0; i < passes; i++)
        scene_wait(scene, "pass_done ");
    int64_t after = fake_api_count(scene->stage.api, "GET", NULL) -
                    fake_api_count(scene->stage.api, "GET", "/discover");
    /* Passes that ended while we were counting are more than `passes`, but each needs probes: compare with a fleet. */
    assert_true(after - before < passes * FLEET_SIZE / 2);
    assert_true(after - before >= passes);
}

static void the_breaker_opens_and_closes(void **state)
{
    struct scene *scene = *state;
    add_fleet(scene);
    scene_start(scene, NULL);
    scene_wait(scene, "pass_done ");
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    const char *line = scene_wait(scene, " error breaker_opened ");
    assert_non_null(strstr(line, "HTTP 503"));
    assert_only_probes(scene, 10);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_NONE, 0);
    scene_wait(scene, " info breaker_closed ");
    scene_wait(scene, "pass_done ");
    line = scene_wait(scene, "pass_done ");
    assert_int_equal(line_number(line, "read"), FLEET_SIZE);
    assert_int_equal(line_number(line, "failed"), 0);
    scene_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "breaker_opened"), 1);
}

/* One at a time: the probe hangs, and nothing else is asked meanwhile. */
static void a_single_probe_is_in_flight(void **state)
{
    struct scene *scene = *state;
    add_fleet(scene);
    scene_start(scene, (const char *const[]){ "--timeout=10m", "--discovery-interval=1h", NULL });
    scene_wait(scene, "pass_done ");
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    scene_wait(scene, "breaker_opened ");
    fake_api_drop_connections(scene->stage.api, FAKE_CLOSE);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_HUNG, FOR_EVER);
    int64_t seen = fake_api_count(scene->stage.api, "GET", NULL);
    stage_wait(&scene->stage, "GET", NULL, seen + 1);
    scene_stop(scene);
    /* One was answered by the old script at most, one by the new. */
    assert_in_range(fake_api_count(scene->stage.api, "GET", NULL), seen + 1, seen + 2);
}

static void the_api_goes_down_and_comes_back(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "a");
    add_content(scene, "b");
    scene_start(scene, (const char *const[]){ "--set=api.retries=0", NULL });
    scene_wait_reads(scene, "a", 2);
    fake_api_set_listening(scene->stage.api, false);
    fake_api_drop_connections(scene->stage.api, FAKE_RESET);
    scene_wait(scene, "breaker_opened ");
    hosts_api_set_busy(scene->hosts, "a", 96);
    fake_api_set_listening(scene->stage.api, true);
    scene_wait(scene, "breaker_closed ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "b", 2);
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

/* --- what the environment must not change ------------------------------------------------------------------------------- */

static void redirects_are_not_followed(void **state)
{
    struct scene *scene = *state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    hosts_api_set_elsewhere(scene->hosts, fake_api_url(trap));
    add_growing(scene, "a");
    add_content(scene, "b");
    hosts_api_trouble_site(scene->hosts, "b", TROUBLE_REDIRECT, FOR_EVER);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_REDIRECT, FOR_EVER);
    scene_start(scene, NULL);
    scene_wait(scene, "redirects are not followed");
    scene_wait(scene, "redirects are not followed");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_int_equal(fake_api_connections(trap), 0);
    assert_int_equal(scene_scales(scene, "a"), 1);
    fake_api_destroy(trap);
}

static void proxies_in_the_environment_are_ignored(void **state)
{
    struct scene *scene = *state;
    struct fake_api *trap = fake_api_create(NULL, NULL);
    char variables[4][96];
    static const char *const names[] = { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        snprintf(variables[i], sizeof variables[i], "%s=%s", names[i], fake_api_url(trap));
    const char *const environment[] = { variables[0], variables[1], variables[2],
                                        variables[3], "no_proxy=",  NULL };
    scene->stage.environment = environment;
    add_growing(scene, "a");
    scene_start(scene, NULL);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
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

/* More calls than descriptors: what cannot be sent now is sent later, once. */
static void few_descriptors_are_enough(void **state)
{
    struct scene *scene = *state;
    const struct files_row *row = scene->stage.row;
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_growing(scene, id);
    }
    scene->stage.files_max = row->files_max;
    scene_start(scene, (const char *const[]){ "--concurrency=32", NULL });
    wait_until_asked(scene, 100);
    scene_wait_reads(scene, "d99", 3);
    scene_stop(scene);
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        assert_int_equal(hosts_api_hosts(scene->hosts, id), 12);
    }
    assert_int_equal(fake_api_count(scene->stage.api, "POST", NULL), 100);
}

#define SCENE_TEST(function)                                                                       \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCENE_TEST(more_need_while_hosts_boot_is_the_difference),
        SCENE_TEST(a_confirmation_is_told),
        SCENE_TEST(a_lost_shrinking_waits_for_boot_timeout),
        SCENE_TEST(while_unconfirmed_nothing_more_is_sent),
        SCENE_TEST(what_is_refused_is_asked_again_at_the_next_pass),
        SCENE_TEST(a_refused_scale_waits_as_long_as_the_api_asks),
        SCENE_TEST(a_busy_status_waits_as_long_as_the_api_asks),
        SCENE_TEST(waits_for_the_first_discovery),
        SCENE_TEST(nobody_waits_for_the_slowest),
        SCENE_TEST(a_status_that_hangs_is_given_up),
        SCENE_TEST(connections_that_the_server_closes_do_no_harm),
        SCENE_TEST(reads_share_connections_over_passes),
        SCENE_TEST(the_breaker_opens_and_closes),
        SCENE_TEST(a_single_probe_is_in_flight),
        SCENE_TEST(the_api_goes_down_and_comes_back),
        SCENE_TEST(redirects_are_not_followed),
        SCENE_TEST(proxies_in_the_environment_are_ignored),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(boot_rows) + COUNT_OF(applied_rows) +
                          COUNT_OF(lost_rows) + COUNT_OF(discovery_rows) + COUNT_OF(files_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, boot_rows, each_need_is_asked_for_once);
    at += COUNT_OF(boot_rows);
    TESTS_FROM_ROWS(at, applied_rows, what_was_applied_is_confirmed_and_not_asked_again);
    at += COUNT_OF(applied_rows);
    TESTS_FROM_ROWS(at, lost_rows, what_is_lost_is_asked_again_after_confirm_timeout);
    at += COUNT_OF(lost_rows);
    TESTS_FROM_ROWS(at, discovery_rows, passes_go_on_without_a_discovery);
    at += COUNT_OF(discovery_rows);
    TESTS_FROM_ROWS(at, files_rows, few_descriptors_are_enough);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = scene_enter;
        all[i].teardown_func = scene_leave;
    }
    return cmocka_run_group_tests_name("headless", all, NULL, NULL);
}

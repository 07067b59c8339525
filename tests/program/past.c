/*
 * The whole program and its past: every decision of a run is recorded and decided again, the journal and the demand of
 * the run are printed, and a run whose recording fails is not disturbed.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/test.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ARGUMENT_SIZE (2 * PROGRAM_FIXTURE_PATH_SIZE)

struct argument {
    char text[ARGUMENT_SIZE];
};

/* "--redecide=/tmp/.../state" */
static struct argument with_state(const struct api_fixture *fixture, const char *flag)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    struct argument argument;
    snprintf(argument.text, sizeof argument.text, "%s%s", flag,
             program_fixture_path(&fixture->program_fixture, "state", path));
    return argument;
}

static const char *output_of(struct api_fixture *fixture, int *ret_exit)
{
    size_t size;
    *ret_exit = program_finish(fixture->program_fixture.program);
    const char *output = program_output(fixture->program_fixture.program, &size);
    assert_printable(output, size);
    return output;
}

static const char *run(struct api_fixture *fixture, const char *const *arguments, int exit_code)
{
    int found;
    program_fixture_start(&fixture->program_fixture, arguments);
    const char *output = output_of(fixture, &found);
    assert_int_equal(found, exit_code);
    return output;
}

static long long number_before(const char *output, const char *word)
{
    const char *at = strstr(output, word);
    assert_non_null(at);
    while (at > output && strchr("0123456789 ", at[-1]))
        at--;
    long long number = -1;
    assert_int_equal(sscanf(at, "%lld", &number), 1);
    return number;
}

/* --- a run with everything that changes a decision --------------------------------------------------------------- */

static void demand_moves(struct api_fixture *fixture)
{
    hosts_api_set_busy(fixture->hosts, "eu-1", 150);
    api_fixture_wait_reads(fixture, "eu-1", 10);
    hosts_api_set_busy(fixture->hosts, "eu-2", 5);
    hosts_api_trouble_site(fixture->hosts, "eu-3", TROUBLE_ERROR, 12);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_LOST, 1);
    hosts_api_set_busy(fixture->hosts, "us-1", 200);
    api_fixture_wait_reads(fixture, "us-1", 10);
    hosts_api_say_status(fixture->hosts, "eu-2",
                         "{\"current_hosts\":1,\"total_servers\":10,\"free_servers\":11}", 5);
    hosts_api_set_busy(fixture->hosts, "eu-1", 20);
    api_fixture_wait_reads(fixture, "eu-3", 20);
}

static const char yaml[] = "defaults: {max_step_up: 30%, max_growth_per_hour: 50%}\n"
                           "policies:\n"
                           "  - {match: 'eu-*', max_hosts: 16, cooldown_up: 50ms}\n";

static const char other_yaml[] = "defaults: {min_hosts: 3}\n"
                                 "policies:\n"
                                 "  - {match: 'us-*', paused: true}\n"
                                 "  - {match: 'eu-1', target_free_pct: 50}\n";

static void record_run(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-1", 10, 75);
    hosts_api_add(fixture->hosts, "eu-2", 10, 60);
    hosts_api_add(fixture->hosts, "eu-3", 4, 40);
    hosts_api_add(fixture->hosts, "us-1", 20, 100);
    hosts_api_set_boot_reads(fixture->hosts, 5);
    api_fixture_start_with(fixture, yaml, NULL);
    api_fixture_wait_reads(fixture, "eu-1", 5);
    demand_moves(fixture);
    api_fixture_reload(fixture, other_yaml, " config_reloaded ");
    demand_moves(fixture);
    api_fixture_stop(fixture);
}

static void every_decision_of_a_run_is_decided_again(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    struct argument redecide = with_state(fixture, "--redecide=");
    const char *output = run(fixture, (const char *const[]){ redecide.text, NULL }, 0);
    long long passes = number_before(output, " passes, ");
    long long decisions = number_before(output, " decisions, ");
    assert_true(passes > 40);
    assert_true(decisions > 2 * passes);
    assert_int_equal(number_before(output, " different"), 0);
    assert_true(number_before(output, " unread") > 0);
    assert_null(strstr(output, "damaged"));
    const char *const some[] = { redecide.text, "--deployment=us-*", NULL };
    output = run(fixture, some, 0);
    assert_true(number_before(output, " decisions, ") < decisions / 2);
}

/* A killed program has not written its last pass: what it has written is whole. */
static void what_a_killed_program_has_recorded_is_decided_again(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 75);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "eu-1", 20);
    program_signal(fixture->program_fixture.program, SIGKILL);
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGKILL);
    struct argument redecide = with_state(fixture, "--redecide=");
    const char *output = run(fixture, (const char *const[]){ redecide.text, NULL }, 0);
    assert_true(number_before(output, " decisions, ") > 0);
    assert_int_equal(number_before(output, " different"), 0);
}

/* --- history ----------------------------------------------------------------------------------------------------- */

static void the_history_has_scales_and_overrides(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    const char *const all[] = { "--history", NULL };
    const char *output = run(fixture, all, 0);
    assert_non_null(strstr(output, "eu-1"));
    assert_non_null(strstr(output, "us-1"));
    assert_non_null(strstr(output, "accepted"));
    assert_non_null(strstr(output, " by engine"));
    const char *const one[] = { "--history=us-1", "--since=1h", NULL };
    output = run(fixture, one, 0);
    assert_non_null(strstr(output, "us-1"));
    assert_null(strstr(output, "eu-1"));
}

static void an_id_that_is_not_known_is_refused(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    const char *const typo[] = { "--history=us-", NULL };
    run(fixture, typo, 1);
    size_t size;
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_non_null(strstr(log, "nothing was recorded of a deployment 'us-'; there are us-1"));
    assert_int_equal(program_count_lines(fixture->program_fixture.program, ""), 1);
}

static int number_of(const cJSON *row, const char *key)
{
    return cJSON_GetObjectItem(row, key)->valueint;
}

static const cJSON *find_row(const cJSON *rows, const char *kind, const char *what)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        if (strcmp(cJSON_GetObjectItem(row, "kind")->valuestring, kind) == 0 &&
            strcmp(cJSON_GetObjectItem(row, "what")->valuestring, what) == 0)
            return row;
    }
    fail_msg("there is no %s with '%s'", kind, what);
    return NULL;
}

static void the_history_is_a_json_document(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    const char *const arguments[] = { "--history", "--output=json", NULL };
    cJSON *document = cJSON_Parse(run(fixture, arguments, 0));
    const cJSON *rows = cJSON_GetObjectItem(document, "history");
    const cJSON *scale = find_row(rows, "scale", "accepted");
    static const char *const numbers[] = { "delta",         "desired",      "current_hosts",
                                           "total_servers", "free_servers", "pending_hosts" };
    assert_string_equal(cJSON_GetArrayItem(scale, 0)->string, "time");
    assert_int_equal(cJSON_GetArraySize(scale), 13);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        assert_true(cJSON_IsNumber(cJSON_GetObjectItem(scale, numbers[i])));
    assert_int_equal(number_of(scale, "desired"), number_of(scale, "current_hosts") +
                                                      number_of(scale, "pending_hosts") +
                                                      number_of(scale, "delta"));
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(scale, "by")), "engine");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(find_row(rows, "run", "started"), "delta")));
    find_row(rows, "run", "stopped");
    cJSON_Delete(document);
}

/* A kill is seen by the next run. */
static void the_history_tells_a_kill_from_a_stop(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 75);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "eu-1", 3);
    program_signal(fixture->program_fixture.program, SIGKILL);
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGKILL);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    api_fixture_stop(fixture);
    const char *const arguments[] = { "--history", "--output=json", NULL };
    cJSON *document = cJSON_Parse(run(fixture, arguments, 0));
    const cJSON *rows = cJSON_GetObjectItem(document, "history");
    find_row(rows, "run", "killed");
    find_row(rows, "run", "stopped");
    cJSON_Delete(document);
}

static void the_history_is_read_beside_a_running_engine(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *program_fixture = &fixture->program_fixture;
    hosts_api_add(fixture->hosts, "eu-1", 10, 96);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info scaled deployment=eu-1");
    api_fixture_wait_reads(fixture, "eu-1", 5);
    program_fixture->partner = program_fixture->program;
    program_fixture->program = NULL;
    const char *const arguments[] = { "--history=eu-1", NULL };
    assert_non_null(strstr(run(fixture, arguments, 0), "below_target by engine"));
    program_signal(program_fixture->partner, SIGTERM);
    assert_int_equal(program_finish(program_fixture->partner), 0);
}

/* --- demand ------------------------------------------------------------------------------------------------------ */

static void recorded_demand_is_played_like_a_trace(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    struct argument backtest = with_state(fixture, "--backtest=");
    const char *const all[] = { backtest.text, "--pass-interval=100ms", NULL };
    const char *output = run(fixture, all, 0);
    assert_non_null(strstr(output, "eu-1: "));
    assert_non_null(strstr(output, "us-1: "));
    assert_non_null(strstr(output, "sum of 4 deployments: "));
    assert_non_null(strstr(output, "mean of 5 traces"));
    const char *const one[] = { backtest.text, "--pass-interval=100ms", "--deployment=us-*", NULL };
    output = run(fixture, one, 0);
    assert_non_null(strstr(output, "us-1: "));
    assert_null(strstr(output, "eu-1: "));
    assert_null(strstr(output, "sum of"));
}

/* --- what cannot be read ----------------------------------------------------------------------------------------- */

static const struct refusal_row {
    const char *name;
    const char *flag;
    const char *more; /* NULL: none */
    const char *complaint;
} refusal_rows[] = {
    { "nothing to decide again", "--redecide=/dev/null/x", NULL, "Not a directory" },
    { "a file that is no recording", "--redecide=/etc/passwd", NULL, "/etc/passwd" },
    { "a directory without one", "--redecide=/proc/self/fd", NULL, "there is no recording" },
    { "no demand", "--backtest=/proc/self/fd", NULL, "there is no recording" },
    { "a replay of nothing", "--replay=/dev/null/x", NULL, "Not a directory" },
    { "a replay of no recording", "--replay=/etc/passwd", NULL,
      "/etc/passwd: it is a text, and not a recording" },
    { "a directory to replay without one", "--replay=/proc/self/fd", NULL,
      "there is no recording" },
    { "a replay in lines of nothing", "--replay=/proc/self/fd", "--set=console.a11y=true",
      "there is no recording" },
    { "the demo has nothing to replay", "--replay=/tmp", "--demo", "--demo has no state" },
    { "nothing was recorded", "--history", NULL, "nothing was recorded for http" },
    { "no state", "--history", "--no-state", "--no-state has none" },
    { "decided again with a setting", "--redecide=/proc/self/fd", "--set=defaults.min_hosts=3",
      "--set cannot be combined with it" },
    { "since alone", "--since=1h", "--once", "--since needs --history" },
    { "a pattern alone", "--deployment=x", "--once", "--deployment needs --backtest" },
    { "the demo", "--history", "--demo", "--demo has no state" },
};

static void it_is_refused_in_one_line(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *program_fixture = &fixture->program_fixture;
    const struct refusal_row *row = program_fixture->row;
    size_t size;
    const char *const arguments[] = { row->flag, row->more, NULL };
    program_fixture_start(program_fixture, arguments);
    assert_int_equal(program_finish(program_fixture->program), 2);
    const char *log = program_log(program_fixture->program, &size);
    assert_non_null(strstr(log, row->complaint));
    assert_int_equal(strchr(log, '\n') - log + 1, size);
    assert_string_equal(program_output(program_fixture->program, &size), "");
}

/* --- a recording that fails --------------------------------------------------------------------------------------- */

static void a_recording_that_cannot_be_opened_stops_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    record_run(fixture);
    /* In place of the file there is a directory. */
    struct argument script = with_state(fixture, "");
    char command[2 * ARGUMENT_SIZE + 64];
    snprintf(command, sizeof command, "rm %s/*/recording.db && mkdir $(echo %s/*)/recording.db",
             script.text, script.text);
    assert_int_equal(system(command), 0);
    api_fixture_start(fixture, NULL);
    const char *line = api_fixture_wait(fixture, " warn recording_unavailable ");
    assert_non_null(strstr(line, "not a regular file"));
    api_fixture_wait_reads(fixture, "eu-1", 5);
    api_fixture_stop(fixture);
}

static void nothing_is_recorded_with_keep_off(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-1", 10, 75);
    api_fixture_start(fixture, (const char *const[]){ "--set=recording.keep=off", NULL });
    api_fixture_wait_reads(fixture, "eu-1", 5);
    api_fixture_stop(fixture);
    struct argument redecide = with_state(fixture, "--redecide=");
    run(fixture, (const char *const[]){ redecide.text, NULL }, 2);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, api_fixture_enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_decision_of_a_run_is_decided_again),
        TEST(what_a_killed_program_has_recorded_is_decided_again),
        TEST(the_history_has_scales_and_overrides),
        TEST(the_history_is_a_json_document),
        TEST(the_history_tells_a_kill_from_a_stop),
        TEST(an_id_that_is_not_known_is_refused),
        TEST(the_history_is_read_beside_a_running_engine),
        TEST(recorded_demand_is_played_like_a_trace),
        TEST(a_recording_that_cannot_be_opened_stops_nothing),
        TEST(nothing_is_recorded_with_keep_off),
    };
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(refusals, refusal_rows, it_is_refused_in_one_line);
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        refusals[i].setup_func = api_fixture_enter;
        refusals[i].teardown_func = api_fixture_leave;
    }
    int failed = cmocka_run_group_tests_name("past", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("refusals", refusals, NULL, NULL);
}

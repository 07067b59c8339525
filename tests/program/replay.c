/*
 * The whole program looks at the past: a recorded run in a replay, which contacts nothing, and the last passes beside a
 * running engine, which goes on meanwhile.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET "canary-0123456789"
#define ARGUMENT_SIZE (2 * PROGRAM_FIXTURE_PATH_SIZE)

static struct program_fixture *program_of(const struct tui_fixture *tui_fixture)
{
    return &tui_fixture->fixture->program_fixture;
}

/* Growth that is held at 12 hosts, then a loss of demand. */
static void record_run(struct tui_fixture *tui_fixture)
{
    struct api_fixture *fixture = tui_fixture->fixture;
    hosts_api_count_ordered(fixture->hosts);
    hosts_api_add(fixture->hosts, "eu-arena-1", 10, 50);
    hosts_api_add(fixture->hosts, "us-duel-2", 20, 160);
    api_fixture_start(fixture, (const char *const[]){ "--set=defaults.max_hosts=12", NULL });
    api_fixture_wait_reads(fixture, "eu-arena-1", 10);
    hosts_api_set_busy(fixture->hosts, "eu-arena-1", 95);
    api_fixture_wait(fixture, " info scaled deployment=eu-arena-1");
    api_fixture_wait_reads(fixture, "eu-arena-1", 20);
    api_fixture_stop(fixture);
}

static void open_replay(struct tui_fixture *tui_fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char replay[ARGUMENT_SIZE];
    snprintf(replay, sizeof replay, "--replay=%s",
             program_fixture_path(program_of(tui_fixture), "state", path));
    tui_fixture_open_to(tui_fixture, (const char *const[]){ replay, NULL }, "[REPLAY ");
    terminal_wait(tui_fixture->terminal, "eu-arena-1");
}

static void leave_replay(struct tui_fixture *tui_fixture)
{
    tui_fixture_type(tui_fixture, "q");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
}

/* --- replay ------------------------------------------------------------------------------------------------------ */

static void a_run_is_looked_at_again(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    record_run(tui_fixture);
    int64_t requests = fake_api_count(program_of(tui_fixture)->api, NULL, NULL);
    open_replay(tui_fixture);
    tui_fixture_press(tui_fixture, "]", "this is the end of the recording");
    tui_fixture_press(tui_fixture, "b2000-01-01\r", "the recording begins at ");
    tui_fixture_press(tui_fixture, "[", "this is the beginning of the recording");
    tui_fixture_press(tui_fixture, "m:speed 1000000\r", "this is the end of the recording");
    tui_fixture_press(tui_fixture, "M", "Difference of two moments");
    terminal_wait(tui_fixture->terminal, "10 -> 12");
    tui_fixture_press(tui_fixture, "\x1b", "REASON");
    tui_fixture_press(tui_fixture, "/arena\r\r", "INPUTS");
    tui_fixture_press(tui_fixture, "p", "nothing can be sent");
    tui_fixture_press(tui_fixture, "\x1b", "REASON");
    leave_replay(tui_fixture);
    assert_int_equal(fake_api_count(program_of(tui_fixture)->api, NULL, NULL), requests);
}

static void write_secret(const char *path)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(SECRET "\n", file);
    fclose(file);
    assert_int_equal(chmod(path, S_IRUSR | S_IWUSR), 0);
}

/* An API whose ids have the token: it was recorded as it came. */
static void the_token_is_not_shown(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char replay[ARGUMENT_SIZE];
    char token[ARGUMENT_SIZE];
    size_t size;
    hosts_api_add(tui_fixture->fixture->hosts, "eu-" SECRET, 10, 80);
    api_fixture_start(tui_fixture->fixture, NULL);
    api_fixture_wait_reads(tui_fixture->fixture, "eu-" SECRET, 10);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-" SECRET, 95);
    api_fixture_wait_reads(tui_fixture->fixture, "eu-" SECRET, 10);
    api_fixture_stop(tui_fixture->fixture);
    snprintf(replay, sizeof replay, "--replay=%s",
             program_fixture_path(program_of(tui_fixture), "state", path));
    write_secret(program_fixture_path(program_of(tui_fixture), "secret", path));
    snprintf(token, sizeof token, "--set=api.token_file=%s", path);
    tui_fixture_open_to(tui_fixture, (const char *const[]){ replay, token, NULL }, "eu-(token)");
    tui_fixture_press(tui_fixture, "b2000-01-01\r", "the recording begins at ");
    tui_fixture_press(tui_fixture, "m", "eu-(token)");
    tui_fixture_press(tui_fixture, ":speed 1000000\r", "this is the end of the recording");
    tui_fixture_press(tui_fixture, "M", "Difference of two moments");
    terminal_wait(tui_fixture->terminal, "eu-(token)");
    assert_null(strstr(terminal_written(tui_fixture->terminal, &size), SECRET));
    tui_fixture_press(tui_fixture, "\x1b", "REASON");
    leave_replay(tui_fixture);
}

/* Nothing else is known: the help names the key, its prompt names the form. */
static void a_time_is_found_by_the_help_alone(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    record_run(tui_fixture);
    open_replay(tui_fixture);
    tui_fixture_press(tui_fixture, "?", "Help");
    tui_fixture_press(tui_fixture, "/what happened\r", "no line has");
    tui_fixture_press(tui_fixture, "\x1b", "MOVE");
    tui_fixture_press(tui_fixture, "/go to a time\r",
                      "b                  go to a time in the past: 03:12");
    tui_fixture_type(tui_fixture, "\x1b\x1b");
    tui_fixture_press(tui_fixture, "b", "go to time (03:12, ");
    tui_fixture_press(tui_fixture, "noon\r", "no time: write 14:03");
    tui_fixture_type(tui_fixture, "\x1b");
    leave_replay(tui_fixture);
}

static void a_signal_ends_it(void **state)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    struct tui_fixture *tui_fixture = *state;
    record_run(tui_fixture);
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        open_replay(tui_fixture);
        terminal_signal(tui_fixture->terminal, signals[i]);
        assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
        tui_fixture_check_given_back(tui_fixture);
    }
}

/* The newest pass is another one each time. */
static void a_running_engine_is_looked_at_too(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct program_fixture *program_fixture = program_of(tui_fixture);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    api_fixture_start(tui_fixture->fixture, NULL);
    api_fixture_wait_reads(tui_fixture->fixture, "eu-arena-1", 20);
    program_fixture->partner = program_fixture->program;
    program_fixture->program = NULL;
    open_replay(tui_fixture);
    tui_fixture_press(tui_fixture, "[", "[REPLAY ");
    leave_replay(tui_fixture);
    program_signal(program_fixture->partner, SIGTERM);
    assert_int_equal(program_finish(program_fixture->partner), 0);
}

static void type_line(struct tui_fixture *tui_fixture, const char *line, const char *shown)
{
    terminal_type(tui_fixture->terminal, line);
    terminal_wait(tui_fixture->terminal, shown);
}

static void a_run_is_looked_at_in_lines(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char replay[ARGUMENT_SIZE];
    size_t size;
    record_run(tui_fixture);
    int64_t requests = fake_api_count(program_of(tui_fixture)->api, NULL, NULL);
    snprintf(replay, sizeof replay, "--replay=%s",
             program_fixture_path(program_of(tui_fixture), "state", path));
    tui_fixture->config.type = "dumb";
    tui_fixture->config.columns = 200;
    tui_fixture_open_to(tui_fixture, (const char *const[]){ replay, "--a11y", NULL },
                        "Type help for the commands.");
    assert_non_null(strstr(terminal_written(tui_fixture->terminal, &size),
                           "The recording is read; help lists the commands."));
    type_line(tui_fixture, "later\n", "this is the end of the recording");
    type_line(tui_fixture, "at 2000-01-01\n", "the recording begins at ");
    terminal_wait(tui_fixture->terminal, "2 deployments, 30 hosts");
    type_line(tui_fixture, "earlier\n", "this is the beginning of the recording");
    type_line(tui_fixture, "at noon\n", "no time: write 14:03");
    type_line(tui_fixture, "pause all\n", "nothing can be sent");
    terminal_type(tui_fixture->terminal, "\x04");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    assert_null(strchr(terminal_written(tui_fixture->terminal, &size), '\x1b'));
    assert_int_equal(fake_api_count(program_of(tui_fixture)->api, NULL, NULL), requests);
}

static bool is_answered(void *context)
{
    struct tui_fixture *tui_fixture = context;
    return terminal_find(tui_fixture->terminal, "[PAST ") >= 0 ||
           terminal_find(tui_fixture->terminal, "no pass is recorded") >= 0 ||
           terminal_find(tui_fixture->terminal, "there is no recording") >= 0;
}

/* The first passes may not be on the disk yet. */
static void enter_past(struct tui_fixture *tui_fixture)
{
    do {
        tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
        tui_fixture_type(tui_fixture, "[");
        terminal_wait_until(tui_fixture->terminal, is_answered, tui_fixture, "the past");
    } while (terminal_find(tui_fixture->terminal, "[PAST ") < 0);
}

/* --- beside the engine ------------------------------------------------------------------------------------------- */

static void the_past_is_shown_while_the_engine_goes_on(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    tui_fixture_open(tui_fixture, NULL);
    enter_past(tui_fixture);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 20, true);
    assert_true(terminal_find(tui_fixture->terminal, "[PAST ") >= 0);
    tui_fixture_press(tui_fixture, "P", "this is the past, and nothing can be sent");
    tui_fixture_press(tui_fixture, "\r", "DECISION");
    tui_fixture_press(tui_fixture, "\x1b", "REASON");
    tui_fixture_press(tui_fixture, "B", "[RUNNING]");
    tui_fixture_press(tui_fixture, "b-10s\r", "[PAST ");
    tui_fixture_press(tui_fixture, "B", "[RUNNING]");
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
    tui_fixture_quit(tui_fixture);
}

static void no_token_is_in_the_past(void **state)
{
    static const char *const environment[] = { "AUTOSCALER_TOKEN=" SECRET, NULL };
    struct tui_fixture *tui_fixture = *state;
    size_t size;
    tui_fixture->config.environment = environment;
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-" SECRET, 10, 80);
    tui_fixture_open(tui_fixture, NULL);
    enter_past(tui_fixture);
    terminal_wait(tui_fixture->terminal, "eu-(token)");
    tui_fixture_press(tui_fixture, "B", "[RUNNING]");
    assert_null(strstr(terminal_written(tui_fixture->terminal, &size), SECRET));
    tui_fixture_quit(tui_fixture);
}

/* The end of the engine ends the look at the past too. */
static void it_is_left_from_the_past(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    tui_fixture_open(tui_fixture, NULL);
    enter_past(tui_fixture);
    tui_fixture_quit(tui_fixture);
}

static void without_a_recording_it_is_said(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    tui_fixture_open(tui_fixture, (const char *const[]){ "--set=recording.keep=off", NULL });
    tui_fixture_press(tui_fixture, "[", "the past cannot be shown");
    tui_fixture_press(tui_fixture, "P", "Pause");
    tui_fixture_type(tui_fixture, "\x1b");
    tui_fixture_quit(tui_fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, tui_fixture_enter, tui_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_looked_at_again),
        TEST(a_run_is_looked_at_in_lines),
        TEST(the_token_is_not_shown),
        TEST(a_time_is_found_by_the_help_alone),
        TEST(a_signal_ends_it),
        TEST(a_running_engine_is_looked_at_too),
        TEST(the_past_is_shown_while_the_engine_goes_on),
        TEST(no_token_is_in_the_past),
        TEST(it_is_left_from_the_past),
        TEST(without_a_recording_it_is_said),
    };
    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}

/*
 * The log of a console: standard error is its screen, so that the log is a file of its own.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define LOG_PATH ".local/state/autoscaler/autoscaler.log"

/* Without --log-file. */
static void begin(struct tui_fixture *tui_fixture, const char *home)
{
    struct program_fixture *fixture = &tui_fixture->fixture->program_fixture;
    const char *const arguments[] = { "--no-state", "--api", fake_api_url(fixture->api), NULL };
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-duel-2", 20, 160);
    tui_fixture->config.arguments = arguments;
    tui_fixture->config.home = home ? home : fixture->directory;
    tui_fixture->terminal = terminal_start(&tui_fixture->config);
    program_fixture_path(fixture, LOG_PATH, tui_fixture->log_path);
}

static void the_console_logs_to_its_own_file(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    begin(tui_fixture, NULL);
    terminal_wait(tui_fixture->terminal, "pass_done pass=1");
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_started"), 1);
}

static bool is_reopened(void *context)
{
    return tui_fixture_count_log(context, " log_reopened ") > 0;
}

/* Each rotation moves the file away and sends HUP: the log goes on in a new file, never in the moved one. */
static void the_log_follows_every_rotation(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char moved[PROGRAM_FIXTURE_PATH_SIZE];
    begin(tui_fixture, NULL);
    program_fixture_path(&tui_fixture->fixture->program_fixture, "moved.log", moved);
    terminal_wait(tui_fixture->terminal, "pass_done pass=1");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rename(tui_fixture->log_path, moved), 0);
        terminal_signal(tui_fixture->terminal, SIGHUP);
        terminal_wait_until(tui_fixture->terminal, is_reopened, tui_fixture, "a new file");
    }
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

static void the_console_reports_that_there_is_no_log_file(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    begin(tui_fixture, "/dev/null");
    terminal_wait(tui_fixture->terminal, "log_failed");
    tui_fixture_press(tui_fixture, "q", "Stop the engine and quit");
    tui_fixture_press(tui_fixture, "\t", "[[ Stop ]]");
    tui_fixture_type(tui_fixture, "\r");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, tui_fixture_enter, tui_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_console_logs_to_its_own_file),
        TEST(the_log_follows_every_rotation),
        TEST(the_console_reports_that_there_is_no_log_file),
    };
    return cmocka_run_group_tests_name("console_log", tests, NULL, NULL);
}

/*
 * What the console keeps between runs: saved views, and the last view. The directory for it is the test's own.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTER "\r"
#define FILE_NAME "xdg/autoscaler/console"

static const char *state_path(struct tui_fixture *tui_fixture, const char *name)
{
    static char path[2 * PROGRAM_FIXTURE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", tui_fixture->fixture->program_fixture.directory, name);
    return path;
}

static void begin(struct tui_fixture *tui_fixture)
{
    static char variable[3 * PROGRAM_FIXTURE_PATH_SIZE];
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "us-siege-3", 30, 240);
    snprintf(variable, sizeof variable, "XDG_STATE_HOME=%s", state_path(tui_fixture, "xdg"));
    tui_fixture->state_home = variable;
}

/* The directory of the test is removed without directories in it. */
static void clean(struct tui_fixture *tui_fixture)
{
    unlink(state_path(tui_fixture, FILE_NAME));
    assert_int_equal(rmdir(state_path(tui_fixture, "xdg/autoscaler")), 0);
    assert_int_equal(rmdir(state_path(tui_fixture, "xdg")), 0);
}

static void read_state(struct tui_fixture *tui_fixture, char *text, size_t size)
{
    FILE *file = fopen(state_path(tui_fixture, FILE_NAME), "r");
    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void write_state(struct tui_fixture *tui_fixture, const char *text)
{
    mkdir(state_path(tui_fixture, "xdg"), 0700);
    mkdir(state_path(tui_fixture, "xdg/autoscaler"), 0700);
    FILE *file = fopen(state_path(tui_fixture, FILE_NAME), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The fixture checks the log of one run. */
static void end_run(struct tui_fixture *tui_fixture)
{
    tui_fixture_quit(tui_fixture);
    unlink(tui_fixture->log_path);
}

static void views_are_there_in_the_next_run(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char text[4096];
    struct stat status;
    begin(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "/arena" ENTER, "filter: arena");
    tui_fixture_press(tui_fixture, "S8 arenas" ENTER, "8:arenas");
    read_state(tui_fixture, text, sizeof text);
    assert_non_null(strstr(text, "\n8\tall\tseverity\tdown\t-\tarena\tarenas\n"));
    assert_int_equal(stat(state_path(tui_fixture, FILE_NAME), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    tui_fixture_press(tui_fixture, "7", "7:paused");
    end_run(tui_fixture);
    tui_fixture_open_to(tui_fixture, NULL, "7:paused");
    terminal_wait(tui_fixture->terminal, "no deployment is paused by itself");
    tui_fixture_press(tui_fixture, "8", "8:arenas");
    terminal_wait(tui_fixture->terminal, "filter: arena");
    end_run(tui_fixture);
    clean(tui_fixture);
}

static void a_configured_view_comes_first(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    begin(tui_fixture);
    write_state(tui_fixture, "autoscaler console 1\n0\tpaused\thosts\tup\t-\t\t\n");
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--view=held", NULL }, "4:held");
    terminal_wait(tui_fixture->terminal, "sort severity down");
    end_run(tui_fixture);
    clean(tui_fixture);
}

/* It stays as it is until something is saved. */
static void a_damaged_file_is_ignored_with_a_message(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char text[4096];
    begin(tui_fixture);
    write_state(tui_fixture, "autoscaler console 9\nwhat a newer one wrote\n");
    tui_fixture_open_to(tui_fixture, NULL, "the saved views cannot be read and are ignored");
    terminal_wait(tui_fixture->terminal, "1:all");
    end_run(tui_fixture);
    read_state(tui_fixture, text, sizeof text);
    assert_string_equal(text, "autoscaler console 9\nwhat a newer one wrote\n");
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "S9" ENTER, "9:all");
    end_run(tui_fixture);
    read_state(tui_fixture, text, sizeof text);
    assert_non_null(strstr(text, "\n9\tall\t"));
    clean(tui_fixture);
}

static void what_cannot_be_kept_is_for_this_run(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    begin(tui_fixture);
    tui_fixture->state_home = NULL;
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "S9" ENTER, "saved for this run only: Not a directory");
    tui_fixture_press(tui_fixture, "1", "1:all");
    tui_fixture_press(tui_fixture, "9", "9:all");
    end_run(tui_fixture);
}

/* Of the engine: it has no state either. */
static void no_state_is_shown(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    begin(tui_fixture);
    tui_fixture->state_home = NULL;
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--no-state", NULL }, "[NO STATE]");
    end_run(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    assert_int_equal(terminal_find(tui_fixture->terminal, "[NO STATE]"), -1);
    end_run(tui_fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_state_is_shown, tui_fixture_enter, tui_fixture_leave),
        cmocka_unit_test_setup_teardown(views_are_there_in_the_next_run, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_configured_view_comes_first, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_ignored_with_a_message, tui_fixture_enter,
                                        tui_fixture_leave),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_for_this_run, tui_fixture_enter,
                                        tui_fixture_leave),
    };
    return cmocka_run_group_tests_name("console_state", tests, NULL, NULL);
}

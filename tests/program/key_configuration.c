/*
 * Keys of the configuration on the real program: at the start, after a reload, and refused ones.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ENTER "\r"
#define ESC "\x1b"
#define TAB "\t"

static void write_config(struct tui_fixture *tui_fixture, const char *keys,
                         char ret_option[PROGRAM_FIXTURE_PATH_SIZE + 16])
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(&tui_fixture->fixture->program_fixture, "keys.yaml", path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "console:\n  keys: %s\n", keys);
    fclose(file);
    snprintf(ret_option, PROGRAM_FIXTURE_PATH_SIZE + 16, "--config=%s", path);
}

static void open_with(struct tui_fixture *tui_fixture, const char *keys)
{
    static char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    write_config(tui_fixture, keys, option);
    const char *const arguments[] = { option, NULL };
    tui_fixture_open_quiet(tui_fixture, arguments);
}

static void a_key_of_the_configuration_is_in_force_and_shown(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    open_with(tui_fixture, "{pause-row: x, freeze: []}");
    tui_fixture_press(tui_fixture, "x", "Pause eu-arena-1");
    tui_fixture_press(tui_fixture, ESC, "cancelled");
    tui_fixture_press(tui_fixture, ":help pause" ENTER, " x                  pause scaling of the");
    tui_fixture_press(tui_fixture, ESC ESC, "eu-arena-1");
    tui_fixture_press(tui_fixture, ":freeze" ENTER, ":freeze Thaw");
    tui_fixture_press(tui_fixture, ":freeze" ENTER, "[RUNNING]");
    tui_fixture_quit(tui_fixture);
}

static void a_reload_changes_the_keys(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    open_with(tui_fixture, "{}");
    write_config(tui_fixture, "{pause-row: x, log: p}", option);
    tui_fixture_press(tui_fixture, "R", "[[ Cancel ]]");
    tui_fixture_press(tui_fixture, TAB, "[[ Reload ]]");
    tui_fixture_press(tui_fixture, ENTER, "the log was opened and the configuration read again");
    tui_fixture_press(tui_fixture, "x", "Pause eu-arena-1");
    tui_fixture_press(tui_fixture, ESC, "cancelled");
    tui_fixture_press(tui_fixture, "p", "EscBack");
    tui_fixture_press(tui_fixture, "p", "DEPLOYMENT");
    tui_fixture_quit(tui_fixture);
}

static void a_reload_with_a_wrong_key_changes_nothing(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    open_with(tui_fixture, "{pause-row: x}");
    write_config(tui_fixture, "{pause-row: Foo, copy: Esc}", option);
    terminal_signal(tui_fixture->terminal, SIGHUP);
    terminal_wait(tui_fixture->terminal, "config_refused");
    tui_fixture_press(tui_fixture, "x", "Pause eu-arena-1");
    tui_fixture_press(tui_fixture, ESC, "cancelled");
    tui_fixture_quit(tui_fixture);
    assert_int_equal(
        tui_fixture_count_log(tui_fixture, "keys.yaml:2:21: console.keys.pause-row: no such key"),
        1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, tui_fixture_enter, tui_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_of_the_configuration_is_in_force_and_shown),
        TEST(a_reload_changes_the_keys),
        TEST(a_reload_with_a_wrong_key_changes_nothing),
    };
    return cmocka_run_group_tests_name("console_keys", tests, NULL, NULL);
}

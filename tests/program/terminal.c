/*
 * The console on terminals of any size and type; the terminal is restored after every kind of end.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void add_sites(struct tui_fixture *tui_fixture)
{
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-duel-2", 20, 160);
}

/* --- the end ---------------------------------------------------------------------------------------- */

static const struct end_row {
    const char *name;
    int number;
    int code;
    bool is_clean; /* the engine has stopped normally */
} end_rows[] = {
    { "TERM", SIGTERM, 0, true },
    { "INT", SIGINT, 0, true },
    { "HUP", SIGHUP, 0, true },
    { "SEGV", SIGSEGV, 128 + SIGSEGV, false },
    { "BUS", SIGBUS, 128 + SIGBUS, false },
    { "FPE", SIGFPE, 128 + SIGFPE, false },
    { "ILL", SIGILL, 128 + SIGILL, false },
    { "ABRT", SIGABRT, 128 + SIGABRT, false },
};

static void row_restores_the_terminal(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct end_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--mouse", NULL });
    assert_true(terminal_is_alternate(tui_fixture->terminal));
    assert_true(terminal_has_mouse(tui_fixture->terminal));
    assert_false(terminal_has_cursor(tui_fixture->terminal));
    terminal_signal(tui_fixture->terminal, row->number);
    int code = terminal_finish(tui_fixture->terminal);
    /* Sanitizers have their own exit code for fatal signals. */
    if (row->is_clean)
        assert_int_equal(code, row->code);
    else
        assert_true(code != 0);
    tui_fixture_check_given_back(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), row->is_clean);
}

static void a_closed_terminal_stops_the_engine_normally(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    terminal_hang_up(tui_fixture->terminal);
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

/* The terminal is not read: the console blocks, the engine continues. */
static void a_stop_does_not_wait_for_a_blocked_terminal(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open(tui_fixture, NULL);
    tui_fixture_wait_reads(tui_fixture, "eu-arena-1", 400, false);
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

/* A scale without a response: the first stop waits for it, the second does not. */
static void a_second_quit_does_not_wait_for_requests_in_flight(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    hosts_api_trouble(tui_fixture->fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG, FOR_EVER);
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--timeout=10m", NULL },
                        "scale_requested");
    fake_api_wait(tui_fixture->fixture->program_fixture.api, "POST", NULL, 1);
    tui_fixture_press(tui_fixture, "q", "Stop the engine and quit");
    tui_fixture_press(tui_fixture, "\r", "[STOPPING");
    terminal_type(tui_fixture->terminal, "q");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 1);
    tui_fixture_check_given_back(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "scale_unconfirmed"), 1);
}

/* A stop waits for requests in flight; a terminal that closes meanwhile is not a second stop. */
static void a_terminal_that_closes_during_a_stop_abandons_nothing(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    hosts_api_trouble(tui_fixture->fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG, FOR_EVER);
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--timeout=2s", NULL },
                        "scale_requested");
    tui_fixture_press(tui_fixture, "q", "Stop the engine and quit");
    tui_fixture_press(tui_fixture, "\r", "[STOPPING");
    terminal_hang_up(tui_fixture->terminal);
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "abandoned"), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

/* --- kinds of terminals ----------------------------------------------------------------------------- */

static const struct kind_row {
    const char *name;
    const char *type;
    const char *locale;
    bool has_color;
} kind_rows[] = {
    { "xterm-256color, UTF-8", "xterm-256color", "C.UTF-8", true },
    { "xterm-256color, C", "xterm-256color", "C", true },
    { "xterm", "xterm", "C.UTF-8", true },
    { "tmux-256color", "tmux-256color", "C.UTF-8", true },
    { "screen", "screen", "C.UTF-8", true },
    { "linux", "linux", "C.UTF-8", true },
    { "vt100, C", "vt100", "C", false },
};

/* The state of a failed deployment has a colour, if the terminal has colours. */
static void row_shows_the_list_and_helps(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct kind_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    hosts_api_trouble_site(tui_fixture->fixture->hosts, "eu-arena-1", TROUBLE_GARBAGE, FOR_EVER);
    tui_fixture->config.type = row->type;
    tui_fixture->config.locale = row->locale;
    tui_fixture_open_quiet(tui_fixture, NULL);
    terminal_wait(tui_fixture->terminal, "> = eu-arena-1");
    assert_int_equal(terminal_has_color(tui_fixture->terminal), row->has_color);
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, "q", "> = eu-arena-1");
    terminal_wait_gone(tui_fixture->terminal, "Help:");
    tui_fixture_press(tui_fixture, "\x1b[B", "> . eu-duel-2");
    tui_fixture_quit(tui_fixture);
}

static const struct color_row {
    const char *name;
    const char *variable;
    const char *option;
    bool has_color;
} color_rows[] = {
    { "NO_COLOR", "NO_COLOR=1", NULL, false },
    { "an empty NO_COLOR", "NO_COLOR=", NULL, true },
    { "--color=never", "X=", "--color=never", false },
    { "--color=16", "X=", "--color=16", true },
    { "--color=256", "X=", "--color=256", true },
    { "--color wins over NO_COLOR", "NO_COLOR=1", "--color=8", true },
};

static void row_selects_colors(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct color_row *row = tui_fixture->fixture->program_fixture.row;
    const char *const environment[] = { row->variable, NULL };
    add_sites(tui_fixture);
    hosts_api_trouble_site(tui_fixture->fixture->hosts, "eu-arena-1", TROUBLE_GARBAGE, FOR_EVER);
    tui_fixture->config.environment = environment;
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ row->option, NULL });
    terminal_wait(tui_fixture->terminal, "> = eu-arena-1");
    assert_int_equal(terminal_has_color(tui_fixture->terminal), row->has_color);
    tui_fixture_quit(tui_fixture);
}

static void a_c_locale_gets_ascii_only(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture->config.locale = "C";
    tui_fixture_open_quiet(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "p", "+-- Pause all deployments");
    terminal_wait(tui_fixture->terminal, "Esc cancels  Enter");
    terminal_type(tui_fixture->terminal, "\x1b");
    terminal_wait_gone(tui_fixture->terminal, "Esc cancels  Enter");
    tui_fixture_quit(tui_fixture);
    size_t size;
    const char *bytes = terminal_written(tui_fixture->terminal, &size);
    for (size_t i = 0; i < size; i++)
        assert_true((unsigned char)bytes[i] < 0x80);
}

static const struct refusal_row {
    const char *name;
    const char *type;
    bool has_no_tty;
    const char *text;
} refusal_rows[] = {
    { "no terminal", "xterm", true, "--no-ui" },
    { "an unknown terminal", "nonsense-9000", false, "--no-ui" },
    { "a dumb terminal", "dumb", false, "--no-ui" },
};

static void row_is_refused_in_one_line(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct refusal_row *row = tui_fixture->fixture->program_fixture.row;
    tui_fixture->config.type = row->type;
    tui_fixture->config.has_no_tty = row->has_no_tty;
    tui_fixture_check_refused(tui_fixture, row->text);
}

/* --- size ------------------------------------------------------------------------------------------- */

static void any_size_is_drawn(void **state)
{
    static const struct {
        int columns;
        int rows;
        const char *shown;
    } sizes[] = {
        { 200, 60, "last pass" },
        { 120, 40, "Help" },
        { 80, 24, "Help" },
        { 60, 12, "eu-duel-2" },
        { 40, 6, "eu-arena-1" },
        { 20, 2, "eu-" },
        { 10, 1, "R" },
        { 1, 1, "" },
        { 250, 80, "engine_started" },
        { 79, 23, "eu-duel-2" },
        { 80, 24, "Help" },
    };
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        terminal_resize(tui_fixture->terminal, sizes[i].columns, sizes[i].rows);
        terminal_wait(tui_fixture->terminal, sizes[i].shown);
        terminal_type(tui_fixture->terminal, "\x0c");
        terminal_wait(tui_fixture->terminal, sizes[i].shown);
    }
    tui_fixture_quit(tui_fixture);
}

/* --- suspended -------------------------------------------------------------------------------------- */

static bool has_come_back(void *context)
{
    static const char enter[] = "\x1b[?1049h";
    size_t size;
    const char *first = strstr(terminal_written(context, &size), enter);
    return first && strstr(first + 1, enter);
}

static void ctrl_z_stops_and_continues(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "\x1a", "uspend");
    terminal_wait(tui_fixture->terminal, "Esc cancels  Enter");
    /* Without job control the process does not stop: the console restores the terminal and continues. */
    terminal_type(tui_fixture->terminal, "\r");
    terminal_wait_until(tui_fixture->terminal, has_come_back, tui_fixture->terminal,
                        "the screen, again");
    terminal_wait(tui_fixture->terminal, "> . eu-arena-1");
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
    assert_true(terminal_is_alternate(tui_fixture->terminal));
    tui_fixture_quit(tui_fixture);
}

/* --- the log ---------------------------------------------------------------------------------------- */

static void the_console_logs_to_its_own_file(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    const char *const arguments[] = { "--api",
                                      fake_api_url(tui_fixture->fixture->program_fixture.api),
                                      NULL };
    tui_fixture->config.arguments = arguments;
    tui_fixture->config.home = tui_fixture->fixture->program_fixture.directory;
    tui_fixture->terminal = terminal_start(&tui_fixture->config);
    terminal_wait(tui_fixture->terminal, "pass_done pass=1");
    program_fixture_path(&tui_fixture->fixture->program_fixture,
                         ".local/state/autoscaler/autoscaler.log", tui_fixture->log_path);
    tui_fixture_quit(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_started"), 1);
}

static void the_console_reports_that_there_is_no_log_file(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    const char *const arguments[] = { "--api",
                                      fake_api_url(tui_fixture->fixture->program_fixture.api),
                                      NULL };
    tui_fixture->config.arguments = arguments;
    tui_fixture->config.home = "/dev/null";
    tui_fixture->terminal = terminal_start(&tui_fixture->config);
    terminal_wait(tui_fixture->terminal, "log_failed");
    tui_fixture_press(tui_fixture, "q", "Stop the engine and quit");
    terminal_type(tui_fixture->terminal, "\r");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
}

#define ROW_TESTS(tests, rows, check)                                                              \
    TESTS_FROM_ROWS(tests, rows, check);                                                           \
    for (size_t i = 0; i < COUNT_OF(tests); i++) {                                                 \
        (tests)[i].setup_func = tui_fixture_enter;                                                 \
        (tests)[i].teardown_func = tui_fixture_leave;                                              \
    }

#define TEST(test) cmocka_unit_test_setup_teardown(test, tui_fixture_enter, tui_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_closed_terminal_stops_the_engine_normally),
        TEST(a_stop_does_not_wait_for_a_blocked_terminal),
        TEST(a_second_quit_does_not_wait_for_requests_in_flight),
        TEST(a_terminal_that_closes_during_a_stop_abandons_nothing),
        TEST(a_c_locale_gets_ascii_only),
        TEST(any_size_is_drawn),
        TEST(ctrl_z_stops_and_continues),
        TEST(the_console_logs_to_its_own_file),
        TEST(the_console_reports_that_there_is_no_log_file),
    };
    struct CMUnitTest ends[COUNT_OF(end_rows)];
    struct CMUnitTest kinds[COUNT_OF(kind_rows)];
    struct CMUnitTest colors[COUNT_OF(color_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    ROW_TESTS(ends, end_rows, row_restores_the_terminal);
    ROW_TESTS(kinds, kind_rows, row_shows_the_list_and_helps);
    ROW_TESTS(colors, color_rows, row_selects_colors);
    ROW_TESTS(refusals, refusal_rows, row_is_refused_in_one_line);
    int failed = cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: ends", ends, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: kinds", kinds, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: colours", colors, NULL, NULL);
    return failed + cmocka_run_group_tests_name("terminal: refusals", refusals, NULL, NULL);
}

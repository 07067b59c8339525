/*
 * The console on a terminal: it is restored after every kind of end, suspended, resized; copies, lines, reloads.
 */
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include "engine/base/heap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_sites(struct tui_fixture *tui_fixture)
{
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-duel-2", 20, 160);
}

static const char *const by_id[] = { "--sort=deployment", NULL };

/* --- the end ---------------------------------------------------------------------------------------- */

static const struct end_row {
    const char *name;
    int number;
    int code;
    bool is_clean; /* the engine has stopped normally */
} end_rows[] = {
    { "TERM", SIGTERM, 0, true },
    { "INT", SIGINT, 0, true },
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
    tui_fixture_press(tui_fixture, "\t", "[[ Stop ]]");
    tui_fixture_press(tui_fixture, "\r", "[STOPPING");
    tui_fixture_type(tui_fixture, "q");
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
    tui_fixture_press(tui_fixture, "\t", "[[ Stop ]]");
    tui_fixture_press(tui_fixture, "\r", "[STOPPING");
    terminal_hang_up(tui_fixture->terminal);
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "abandoned"), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

/* --- size ------------------------------------------------------------------------------------------- */

static void any_size_is_drawn(void **state)
{
    static const struct {
        int columns;
        int rows;
        const char *shown;
    } sizes[] = {
        { 200, 60, "pass 1 at" },
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
        tui_fixture_type(tui_fixture, "\x0c");
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
    tui_fixture_press(tui_fixture, "\t", "[[ Suspend ]]");
    /* Without job control the process does not stop: the console restores the terminal and continues. */
    tui_fixture_type(tui_fixture, "\r");
    terminal_wait_until(tui_fixture->terminal, has_come_back, tui_fixture->terminal,
                        "the screen, again");
    terminal_wait(tui_fixture->terminal, ". on_target   eu-arena-1");
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
    assert_true(terminal_is_alternate(tui_fixture->terminal));
    tui_fixture_quit(tui_fixture);
}

static int count_entries(struct terminal *terminal)
{
    size_t size;
    int count = 0;
    for (const char *at = terminal_written(terminal, &size); (at = strstr(at, "\x1b[?1049h")); at++)
        count++;
    return count;
}

struct entries {
    struct terminal *terminal;
    int count;
};

static bool has_entered(void *context)
{
    const struct entries *entries = context;
    return count_entries(entries->terminal) >= entries->count;
}

static const struct stop_row {
    const char *name;
    int number;
} stop_rows[] = {
    { "TSTP",
      SIGTSTP }, /* without job control the process does not stop, but gives the terminal back */
    { "STOP", SIGSTOP },
    { "TTIN", SIGTTIN },
    { "TTOU", SIGTTOU },
};

/* What was asked before the stop is not answered after it, however long it was. */
static void row_cancels_the_open_dialog(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct stop_row *row = tui_fixture->fixture->program_fixture.row;
    struct terminal *terminal;
    add_sites(tui_fixture);
    tui_fixture_open_quiet(tui_fixture, by_id);
    terminal = tui_fixture->terminal;
    tui_fixture_press(tui_fixture, "P", "Pause all deployments");
    terminal_signal(terminal, row->number);
    terminal_signal(terminal, SIGCONT);
    terminal_wait_until(terminal, has_entered, &(struct entries){ terminal, 2 },
                        "the screen, again");
    terminal_wait(terminal, "cancelled, the program was suspended meanwhile: pause all");
    terminal_wait_gone(terminal, "Pause all deployments");
    terminal_type(terminal, "\r");
    tui_fixture_press(tui_fixture, "\x1b", "> . on_target   eu-arena-1");
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
    tui_fixture_quit(tui_fixture);
}

/* --- copies ----------------------------------------------------------------------------------------- */

static const struct copy_row {
    const char *name;
    const char *type;
    const char *option;
    const char *said;
    bool is_sent;
} copy_rows[] = {
    { "xterm", "xterm-256color", NULL, "sent to the terminal's clipboard: eu-arena-1", true },
    { "linux", "linux", NULL, "this terminal has no clipboard: :copy-file writes to a file",
      false },
    { "switched off", "xterm-256color", "--set=console.clipboard=false",
      "console.clipboard is off: Y writes to a file", false },
};

static bool has_sequence(struct terminal *terminal, const char *sequence)
{
    size_t size;
    return strstr(terminal_written(terminal, &size), sequence) != NULL;
}

static void row_copies_the_id(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct copy_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    tui_fixture->config.type = row->type;
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ by_id[0], row->option, NULL });
    tui_fixture_press(tui_fixture, "y", row->said);
    assert_int_equal(has_sequence(tui_fixture->terminal, "\x1b]52;c;ZXUtYXJlbmEtMQ==\x1b\\"),
                     row->is_sent);
    assert_int_equal(has_sequence(tui_fixture->terminal, "\x1b]"), row->is_sent);
    tui_fixture_quit(tui_fixture);
}

/* The first line of the explanation, and one of its steps; for its owner alone. */
static void a_copy_is_a_new_file(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE], place[256], name[128];
    struct stat st;
    char variable[PROGRAM_FIXTURE_PATH_SIZE + 32];
    snprintf(variable, sizeof variable, "XDG_STATE_HOME=%s",
             program_fixture_path(&tui_fixture->fixture->program_fixture, ".local/state", path));
    tui_fixture->state_home = variable;
    add_sites(tui_fixture);
    tui_fixture->config.columns = 200;
    tui_fixture_open_quiet(tui_fixture, by_id);
    tui_fixture_press(tui_fixture, "\r", "plausible");
    tui_fixture_press(tui_fixture, "Y", "written to ");
    const char *line =
        terminal_row(tui_fixture->terminal, terminal_find(tui_fixture->terminal, "written to "));
    assert_int_equal(sscanf(strstr(line, "/copy-"), "/%127s", name), 1);
    snprintf(place, sizeof place, ".local/state/autoscaler/%s", name);
    program_fixture_path(&tui_fixture->fixture->program_fixture, place, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *content = program_fixture_read(path);
    assert_int_equal(strncmp(content, "eu-arena-1: on_target, hosts 10,", 32), 0);
    assert_non_null(strstr(content, "\ncooldown_down: ok\n"));
    heap_free(content);
    tui_fixture_press(tui_fixture, "\x1b", "> . on_target   eu-arena-1");
    tui_fixture_quit(tui_fixture);
}

/* --- lines ------------------------------------------------------------------------------------------ */

/* The terminal hands over whole lines; a person takes some time for each. */
static void type_line(struct tui_fixture *tui_fixture, const char *line, const char *said)
{
    clocks_pass(&tui_fixture->clocks, 1000);
    terminal_type(tui_fixture->terminal, line);
    terminal_wait(tui_fixture->terminal, said);
}

/* A terminal without a cursor gets lines, and not one escape sequence. */
static void a_dumb_terminal_gets_lines(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct terminal *terminal;
    size_t size;
    add_sites(tui_fixture);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 160);
    tui_fixture->config.type = "dumb";
    tui_fixture->config.columns = 200;
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--a11y", "--read-only", NULL },
                        "Type help for the commands.");
    terminal = tui_fixture->terminal;
    assert_non_null(
        strstr(terminal_written(terminal, &size), "The engine starts; help lists the commands."));
    terminal_wait(terminal, "starved 1, on_target 1");
    type_line(tui_fixture, "list duel\n", "eu-duel-2: on_target, hosts 20");
    type_line(tui_fixture, "explain duel\n", "cooldown_down: ok");
    type_line(tui_fixture, "pause duel\n", "read-only: nothing can be changed from here");
    type_line(tui_fixture, "quit\n", "Stop: type yes to go on");
    type_line(tui_fixture, "yes\n", "asked: stop the engine");
    assert_int_equal(terminal_finish(terminal), 0);
    assert_null(strchr(terminal_written(terminal, &size), '\x1b'));
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
}

static void lines_end_with_their_input(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--a11y", NULL },
                        "Type help for the commands.");
    terminal_type(tui_fixture->terminal, "\x04");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

/* --- reload ----------------------------------------------------------------------------------------- */

static bool has_reloaded(void *context)
{
    return tui_fixture_count_log(context, " config_reloaded ") > 0;
}

static void start_with_file(struct tui_fixture *tui_fixture, char path[PROGRAM_FIXTURE_PATH_SIZE])
{
    static char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    struct program_fixture *fixture = &tui_fixture->fixture->program_fixture;
    program_fixture_write(fixture, "console.yaml", "defaults: { max_hosts: 10 }\n", 0600);
    program_fixture_path(fixture, "console.yaml", path);
    snprintf(option, sizeof option, "--config=%s", path);
    add_sites(tui_fixture);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-arena-1", 96);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ option, NULL });
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    program_fixture_write(fixture, "console.yaml", "defaults: { max_hosts: 11 }\n", 0600);
}

/* As with --no-ui: it is a hang-up only when the terminal is gone. */
static void a_hangup_signal_is_a_reload_while_the_terminal_is_there(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    start_with_file(tui_fixture, path);
    assert_int_equal(unlink(tui_fixture->log_path), 0);
    terminal_signal(tui_fixture->terminal, SIGHUP);
    terminal_wait_until(tui_fixture->terminal, has_reloaded, tui_fixture, "the reload");
    tui_fixture_wait_scales(tui_fixture, 1);
    assert_int_equal(tui_fixture_count_log(tui_fixture, " log_reopened "), 1);
    tui_fixture_quit(tui_fixture);
}

static void the_console_reloads(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    start_with_file(tui_fixture, path);
    tui_fixture_press(tui_fixture, "R", "[[ Cancel ]]  [ Reload ]");
    tui_fixture_press(tui_fixture, "\r", "cancelled, nothing was sent: reload");
    assert_int_equal(tui_fixture_count_log(tui_fixture, " config_reloaded "), 0);
    tui_fixture_press(tui_fixture, "R", "[[ Cancel ]]  [ Reload ]");
    tui_fixture_press(tui_fixture, "\t\r", "the log was opened and the configuration read again");
    tui_fixture_wait_scales(tui_fixture, 1);
    terminal_wait(tui_fixture->terminal, "pass_done pass=2");
    program_fixture_write(&tui_fixture->fixture->program_fixture, "console.yaml",
                          "defaults: { max_hosts: many }\n", 0600);
    tui_fixture_press(tui_fixture, "R", "[[ Cancel ]]  [ Reload ]");
    tui_fixture_press(tui_fixture, "\t\r", "refused: ");
    assert_int_equal(tui_fixture_count_log(tui_fixture, " config_refused "), 1);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "command=reload "), 2);
    tui_fixture_quit(tui_fixture);
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
        TEST(any_size_is_drawn),
        TEST(ctrl_z_stops_and_continues),
        TEST(a_hangup_signal_is_a_reload_while_the_terminal_is_there),
        TEST(the_console_reloads),
        TEST(a_copy_is_a_new_file),
        TEST(a_dumb_terminal_gets_lines),
        TEST(lines_end_with_their_input),
    };
    struct CMUnitTest ends[COUNT_OF(end_rows)];
    struct CMUnitTest copies[COUNT_OF(copy_rows)];
    struct CMUnitTest stops[COUNT_OF(stop_rows)];
    ROW_TESTS(ends, end_rows, row_restores_the_terminal);
    ROW_TESTS(copies, copy_rows, row_copies_the_id);
    ROW_TESTS(stops, stop_rows, row_cancels_the_open_dialog);
    int failed = cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: ends", ends, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: copies", copies, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal: stops", stops, NULL, NULL);
    return failed;
}

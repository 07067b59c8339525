/*
 * The console of an engine that is another program: what it shows, what it asks for, and what it survives.
 */
#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include "engine/control/peer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTER "\r"
#define TAB "\t"
#define LIST_TOP 5 /* rows of the screen with deployments */
#define LIST_ROWS 3

/* Passes run on request alone. */
static const char *const quiet[] = { PASSES_ON_REQUEST, "--discovery-interval=1h", NULL };

static void add_sites(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
    hosts_api_add(fixture->hosts, "us-siege-3", 30, 240);
}

/* An engine without a console, whose passes run on request. */
static void start_engine(struct api_fixture *fixture)
{
    add_sites(fixture);
    api_fixture_start(fixture, quiet);
    api_fixture_wait(fixture, "pass_done pass=1");
}

static void restart_engine(struct api_fixture *fixture)
{
    program_signal(fixture->program_fixture.program, SIGKILL);
    program_finish(fixture->program_fixture.program);
    api_fixture_start(fixture, quiet);
    api_fixture_wait(fixture, "pass_done pass=1");
}

static void attach(struct tui_fixture *tui_fixture)
{
    tui_fixture_attach(tui_fixture, socket_path(tui_fixture->fixture), "[ATTACHED]");
    terminal_wait(tui_fixture->terminal, "us-siege-3");
}

/* Without a dialog, and the engine goes on. */
static void leave(struct tui_fixture *tui_fixture)
{
    tui_fixture_type(tui_fixture, "q");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    api_fixture_run_passes(tui_fixture->fixture, 1);
}

/* --- what it shows ----------------------------------------------------------------------------------------------- */

static void it_shows_what_the_engine_has(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    terminal_wait(tui_fixture->terminal, "pass_done pass=1"); /* the log of before, too */
    assert_true(terminal_find(tui_fixture->terminal, "on_target   eu-arena-1") >= 0);
    assert_true(terminal_find(tui_fixture->terminal, "on_target   eu-duel-2") >= 0);
    hosts_api_set_busy(tui_fixture->fixture->hosts, "eu-duel-2", 195);
    api_fixture_run_passes(tui_fixture->fixture, 1);
    terminal_wait(tui_fixture->terminal, " 20   2.5 [");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
}

#define LAST_ROW "us-siege-3              30  20.0 [███│    ]     +0 on_target"

/* The rows of the list, one below the other. */
static void copy_rows(struct terminal *terminal, char *storage, size_t size)
{
    size_t length = 0;
    for (int row = 0; row < LIST_ROWS; row++) {
        const char *text = terminal_row(terminal, LIST_TOP + row);
        length += (size_t)snprintf(storage + length, size - length, "%s\n", text);
        assert_true(length < size);
    }
}

static void it_shows_the_rows_of_the_engines_own_console(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    char option[PROGRAM_FIXTURE_PATH_SIZE + 32];
    char own[LIST_ROWS * TERMINAL_ROW_SIZE], attached[LIST_ROWS * TERMINAL_ROW_SIZE];
    add_sites(tui_fixture->fixture);
    snprintf(option, sizeof option, "--set=control.socket=%s", socket_path(tui_fixture->fixture));
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ option, "--sort=deployment", NULL });
    struct terminal *engine = tui_fixture->terminal;
    tui_fixture->terminal = NULL;
    attach(tui_fixture);
    terminal_wait(engine, LAST_ROW);
    terminal_wait(tui_fixture->terminal, LAST_ROW);
    copy_rows(engine, own, sizeof own);
    copy_rows(tui_fixture->terminal, attached, sizeof attached);
    assert_string_equal(attached, own);
    assert_non_null(strstr(attached, "eu-arena-1"));
    tui_fixture_type(tui_fixture, "q");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    terminal_destroy(engine);
}

static void it_explains_a_deployment(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    tui_fixture_press(tui_fixture, ENTER, "ceil(160 / (10 x (100% - 20%))) = 20 hosts");
    tui_fixture_press(tui_fixture, "j", "ceil(240 / (10 x (100% - 20%))) = 30 hosts");
    tui_fixture_press(tui_fixture, "q", "> . on_target   us-siege-3");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
}

static void two_consoles_look_at_one_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    struct terminal *first = tui_fixture->terminal;
    tui_fixture->terminal = NULL;
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "P", "Pause all deployments");
    tui_fixture_press(tui_fixture, TAB, "[[ Pause ]]");
    tui_fixture_press(tui_fixture, ENTER, "[PAUSED since");
    terminal_wait(first, "[PAUSED since");
    terminal_destroy(first);
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
}

/* --- what it asks for -------------------------------------------------------------------------------------------- */

static void an_act_has_the_user_as_its_author(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct program_fixture *program_fixture = &tui_fixture->fixture->program_fixture;
    char name[PEER_NAME_SIZE], author[PEER_NAME_SIZE + 32];
    size_t size;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    tui_fixture_press(tui_fixture, "p", "Pause eu-duel-2");
    tui_fixture_press(tui_fixture, TAB, "[[ Pause ]]");
    tui_fixture_press(tui_fixture, ENTER, "eu-duel-2 paused: ");
    terminal_wait(tui_fixture->terminal, "> p paused      eu-duel-2");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
    assert_int_equal(
        program_fixture_run(program_fixture,
                            (const char *const[]){ "--history", "--output=json", NULL }),
        0);
    peer_name(getuid(), name);
    snprintf(author, sizeof author, "\"by\":\"%s\"", name);
    assert_non_null(strstr(program_output(program_fixture->program, &size), author));
}

/* Is there a row with this text, two numbers with two digits each, and the mark between them? */
struct ending {
    struct terminal *terminal;
    const char *before;
    char mark;
};

static bool is_ending_shown(void *context)
{
    const struct ending *ending = context;
    int first, second;
    char mark;
    int row = terminal_find(ending->terminal, ending->before);
    const char *text = row < 0 ? NULL : strstr(terminal_row(ending->terminal, row), ending->before);
    return text && sscanf(text + strlen(ending->before), "%2d%c%2d", &first, &mark, &second) == 3 &&
           mark == ending->mark;
}

static void wait_for_ending(struct terminal *terminal, const char *before, char mark)
{
    struct ending ending = { terminal, before, mark };
    terminal_wait_until(terminal, is_ending_shown, &ending, before);
}

static void the_end_of_a_pause_is_shown(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct api_fixture *fixture = tui_fixture->fixture;
    start_engine(fixture);
    attach(tui_fixture);
    ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"],\"for\":\"30m\"}");
    wait_for_ending(tui_fixture->terminal, "+0 paused ", ':');
    ask(fixture, "POST", "/v1/overrides/1/extend", "{\"for\":\"90h\"}");
    wait_for_ending(tui_fixture->terminal, "+0 paused ", '-');
    ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"for\":\"90h\",\"expect\":{\"count\":3}}");
    wait_for_ending(tui_fixture->terminal, "PAUSED until ", '-');
    leave(tui_fixture);
    api_fixture_stop(fixture);
}

static void an_act_is_undone(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "u", "no act is known that could be undone");
    ask(tui_fixture->fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"]}");
    terminal_wait(tui_fixture->terminal, " p paused      eu-duel-2");
    tui_fixture_press(tui_fixture, "u", "the pause of eu-duel-2, by ");
    tui_fixture_press(tui_fixture, TAB, "[[ Undo ]]");
    tui_fixture_press(tui_fixture, ENTER, "undone: eu-duel-2 resumed");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
}

static void a_scale_by_hand_is_sent_once(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    tui_fixture_press(tui_fixture, "+", "- 1 more than desired"); /* the engine has checked it */
    tui_fixture_press(tui_fixture, TAB, "Type 1 to go on");
    tui_fixture_press(tui_fixture, "1", "[[ Scale +1 ]]");
    tui_fixture_press(tui_fixture, ENTER, "eu-duel-2 +1: requested");
    api_fixture_wait(tui_fixture->fixture, "scaled deployment=eu-duel-2 delta=+1 ");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
    assert_scales(tui_fixture->fixture, "eu-duel-2", 1, 1);
}

/* --- in lines ---------------------------------------------------------------------------------------------------- */

static void type_line(struct tui_fixture *tui_fixture, const char *line, const char *said)
{
    clocks_pass(&tui_fixture->clocks, 1000);
    terminal_type(tui_fixture->terminal, line);
    terminal_wait(tui_fixture->terminal, said);
}

static void attach_in_lines(struct tui_fixture *tui_fixture)
{
    start_engine(tui_fixture->fixture);
    tui_fixture_attach_in_lines(tui_fixture, socket_path(tui_fixture->fixture),
                                "Type help for the commands.");
}

static void lines_look_and_act(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct api_fixture *fixture = tui_fixture->fixture;
    size_t size;
    attach_in_lines(tui_fixture);
    assert_non_null(strstr(terminal_written(tui_fixture->terminal, &size),
                           "Attached to a running engine; help lists the commands."));
    type_line(tui_fixture, "list duel\n", "eu-duel-2: on_target, hosts 20");
    type_line(tui_fixture, "explain duel\n", "cooldown_down: ok");
    type_line(tui_fixture, "pause duel\n", "Pause: type yes to go on");
    type_line(tui_fixture, "yes\n", "eu-duel-2 paused: ");
    api_fixture_wait(fixture, "control_act act=pause status=200 ");
    type_line(tui_fixture, "scale siege 1\n", "type 1 to go on");
    type_line(tui_fixture, "1\n", "us-siege-3 +1: requested");
    api_fixture_wait(fixture, "scaled deployment=us-siege-3 delta=+1 ");
    terminal_type(tui_fixture->terminal, "q\n");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    assert_null(strchr(terminal_written(tui_fixture->terminal, &size), '\x1b'));
    api_fixture_run_passes(fixture, 1);
    api_fixture_stop(fixture);
}

static void lines_go_on_after_a_restart_of_the_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    attach_in_lines(tui_fixture);
    program_signal(tui_fixture->fixture->program_fixture.program, SIGKILL);
    terminal_wait(tui_fixture->terminal, "The connection to the engine is lost; reconnecting.");
    type_line(tui_fixture, "list duel\n", "The connection to the engine is lost: as of ");
    terminal_wait(tui_fixture->terminal, "eu-duel-2: on_target, hosts 20");
    type_line(tui_fixture, "pause duel\n", "is lost: nothing can be asked of it");
    restart_engine(tui_fixture->fixture);
    terminal_wait(tui_fixture->terminal, "The engine is there again.");
    type_line(tui_fixture, "pause duel\n", "Pause: type yes to go on");
    terminal_type(tui_fixture->terminal, "\x04"); /* the end of the input */
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    api_fixture_run_passes(tui_fixture->fixture, 1);
    api_fixture_stop(tui_fixture->fixture);
}

static void a_signal_ends_lines_and_not_the_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    attach_in_lines(tui_fixture);
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    api_fixture_run_passes(tui_fixture->fixture, 1);
    api_fixture_stop(tui_fixture->fixture);
}

/* --- what it survives -------------------------------------------------------------------------------------------- */

static void it_goes_on_after_a_restart_of_the_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    terminal_wait(tui_fixture->terminal, "> . on_target   eu-arena-1");
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    program_signal(tui_fixture->fixture->program_fixture.program, SIGKILL);
    terminal_wait(tui_fixture->terminal, "reconnecting]");
    assert_true(terminal_find(tui_fixture->terminal, "eu-duel-2") >= 0);
    tui_fixture_press(tui_fixture, "p", "the connection to the engine is lost");
    restart_engine(tui_fixture->fixture);
    terminal_wait_gone(tui_fixture->terminal, "reconnecting]");
    terminal_wait(tui_fixture->terminal, "> . on_target   eu-duel-2");
    leave(tui_fixture);
    api_fixture_stop(tui_fixture->fixture);
}

/* Connected before the engine has a deployment: the one that was looked at comes back, and the cursor with it. */
static void the_cursor_waits_for_an_engine_that_starts(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    struct api_fixture *fixture = tui_fixture->fixture;
    start_engine(fixture);
    attach(tui_fixture);
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    program_signal(fixture->program_fixture.program, SIGKILL);
    program_finish(fixture->program_fixture.program);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_REFUSED, FOR_EVER);
    api_fixture_start(fixture, quiet);
    terminal_wait_gone(tui_fixture->terminal, "reconnecting]");
    terminal_wait_gone(tui_fixture->terminal, "eu-duel-2");
    hosts_api_heal(fixture->hosts);
    ask(fixture, "POST", "/v1/discovery", NULL);
    terminal_wait(tui_fixture->terminal, "> . on_target   eu-duel-2");
    leave(tui_fixture);
    api_fixture_stop(fixture);
}

static void a_signal_ends_the_console_and_not_the_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    start_engine(tui_fixture->fixture);
    attach(tui_fixture);
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    api_fixture_run_passes(tui_fixture->fixture, 1);
    api_fixture_stop(tui_fixture->fixture);
}

#define MANY 100

static void a_reader_that_takes_nothing_is_dropped(void **state)
{
    static const char request[] = "GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    struct tui_fixture *tui_fixture = *state;
    struct api_fixture *fixture = tui_fixture->fixture;
    char id[32], bytes[65536];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "eu-arena-%d", i);
        hosts_api_add(fixture->hosts, id, 10, 80);
    }
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
    int fd = control_client_connect(socket_path(fixture), request, sizeof request - 1);
    const char *line = api_fixture_wait(fixture, "control_reader_dropped ");
    assert_int_equal(line_number(line, "pid"), getpid());
    api_fixture_wait(fixture, "pass_done ");
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
    close(fd);
    api_fixture_stop(fixture);
}

/* --- what is refused --------------------------------------------------------------------------------------------- */

static const struct refused_row {
    const char *name;
    const char *arguments[3];
    int code;
    const char *shown;
} refused_rows[] = {
    /* clang-format off */
    { "no socket", { "--attach=/nonexistent/control.sock" }, 3, "no engine at /nonexistent/control.sock: there is no socket; start one with" },
    { "a file that is no socket", { "--attach=/etc/passwd" }, 3, "no engine at /etc/passwd" },
    { "a path that is too long", { "--attach=/01234567890123456789012345678901234567890123456789/01234567890123456789012345678901234567890123456789/01234567890123456789" }, 2, "attach" },
    { "with dry-run", { "--attach", "--dry-run" }, 2, "--dry-run cannot be combined" },
    { "with the demo", { "--attach", "--demo" }, 2, "--demo and --attach cannot be combined" },
    { "without a console", { "--attach", "--no-ui" }, 2, "--attach and --no-ui cannot be combined" },
    { "in lines, no socket", { "--attach=/nonexistent/control.sock", "--a11y" }, 3, "no engine at /nonexistent/control.sock: there is no socket; start one with" },
    /* clang-format on */
};

static void row_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct refused_row *row = program_fixture->row;
    const struct program_config config = { .arguments = row->arguments,
                                           .home = program_fixture->directory };
    program_fixture->program = program_start(&config);
    assert_int_equal(program_finish(program_fixture->program), row->code);
    const char *log = program_log_end(program_fixture->program);
    if (!strstr(log, row->shown))
        fail_msg("'%s' is not in: %s", row->shown, log);
    assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1);
}

static void add_row(struct CMUnitTest *test, const struct refused_row *row)
{
    *test = (struct CMUnitTest){ .name = row->name,
                                 .test_func = row_is_refused,
                                 .setup_func = program_fixture_enter,
                                 .teardown_func = program_fixture_leave,
                                 .initial_state = (void *)(uintptr_t)row };
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, tui_fixture_enter, tui_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_shows_what_the_engine_has),
        TEST(it_shows_the_rows_of_the_engines_own_console),
        TEST(it_explains_a_deployment),
        TEST(two_consoles_look_at_one_engine),
        TEST(an_act_has_the_user_as_its_author),
        TEST(the_end_of_a_pause_is_shown),
        TEST(an_act_is_undone),
        TEST(a_scale_by_hand_is_sent_once),
        TEST(lines_look_and_act),
        TEST(lines_go_on_after_a_restart_of_the_engine),
        TEST(a_signal_ends_lines_and_not_the_engine),
        TEST(it_goes_on_after_a_restart_of_the_engine),
        TEST(the_cursor_waits_for_an_engine_that_starts),
        TEST(a_signal_ends_the_console_and_not_the_engine),
        TEST(a_reader_that_takes_nothing_is_dropped),
    };
    struct CMUnitTest refused[COUNT_OF(refused_rows)];
    for (size_t i = 0; i < COUNT_OF(refused_rows); i++)
        add_row(&refused[i], &refused_rows[i]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(refused, NULL, NULL);
}

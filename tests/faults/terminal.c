/*
 * Terminals that block, close, or have any size or type; random input.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/sanitizer.h"
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include "engine/base/random.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTER "\r"
#define ESC "\x1b"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static struct tui_fixture *set_up(struct api_fixture *fixture)
{
    hosts_api_count_ordered(fixture->hosts);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    neighbour_add(fixture);
    return tui_fixture_on(fixture);
}

/* --- blocked, closed ------------------------------------------------------------------------------------------ */

void fault_83(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    tui_fixture_open(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    tui_fixture_wait_reads(tui_fixture, "a", 200, false);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    fake_api_wait(fixture->program_fixture.api, "POST", NULL, 1);
    tui_fixture_wait_reads(tui_fixture, "a", 50, false);
    tui_fixture_press(tui_fixture, "j", "> . on_target   " NEIGHBOUR);
    tui_fixture_press(tui_fixture, ENTER, "busy 120 - 24 = 96");
    tui_fixture_type(tui_fixture, ESC);
    terminal_wait_gone(tui_fixture->terminal, "busy 120");
    tui_fixture_quit(tui_fixture);
    neighbour_check(fixture);
}

static bool is_stopping(void *context)
{
    return tui_fixture_count_log(context, "engine_stopping") > 0;
}

/* The terminal closes while a scale is in flight: the program waits for the response and logs it. */
void fault_84(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    tui_fixture_open_to(tui_fixture, (const char *const[]){ "--timeout=10m", NULL },
                        "scale_requested");
    fake_api_wait(fixture->program_fixture.api, "POST", NULL, 1);
    int64_t connection = fake_api_find(fixture->program_fixture.api, "POST", NULL, 0)->connection;
    terminal_hang_up(tui_fixture->terminal);
    terminal_wait_until(tui_fixture->terminal, is_stopping, tui_fixture, "the stop");
    assert_true(fake_api_send(fixture->program_fixture.api, connection, OK_ANSWER,
                              strlen(OK_ANSWER), FAKE_CLOSE));
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(
        tui_fixture_count_log(tui_fixture, " info scaled deployment=" NEIGHBOUR " delta=+2 "), 1);
    assert_int_equal(tui_fixture_count_log(tui_fixture, " engine_stopped "), 1);
    neighbour_check(fixture);
}

/* --- without a console, on a terminal --------------------------------------------------------------------------- */

static void start_headless(struct tui_fixture *tui_fixture)
{
    static const char *arguments[] = {
        FORMULA_ALONE,
        "--no-ui",
        "--pass-interval=10ms",
        "--discovery-interval=100ms",
        "--log-level=debug",
        "--api",
        NULL,
        NULL,
    };
    arguments[COUNT_OF(arguments) - 2] = fake_api_url(tui_fixture->fixture->program_fixture.api);
    tui_fixture->config.arguments = arguments;
    tui_fixture->config.home = tui_fixture->fixture->program_fixture.directory;
    terminal_destroy(tui_fixture->terminal);
    tui_fixture->terminal = terminal_start(&tui_fixture->config);
}

static int64_t count_written(const struct tui_fixture *tui_fixture, const char *text)
{
    size_t size;
    int64_t count = 0;
    for (const char *at = terminal_written(tui_fixture->terminal, &size); (at = strstr(at, text));
         at++)
        count++;
    return count;
}

static bool is_caught_up(void *context)
{
    return count_written(context, " pass_done pass=350 ") > 0;
}

/* Many more lines than a terminal takes; then it is read, and has all of them. */
void fault_97(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    start_headless(tui_fixture);
    tui_fixture_wait_reads(tui_fixture, "a", 300, false);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    fake_api_wait(fixture->program_fixture.api, "POST", NULL, 1);
    tui_fixture_wait_reads(tui_fixture, "a", 50, false);
    terminal_wait_until(tui_fixture->terminal, is_caught_up, tui_fixture, "the waiting lines");
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    assert_int_equal(count_written(tui_fixture, " info scaled deployment=" NEIGHBOUR " delta=+2 "),
                     1);
    assert_int_equal(count_written(tui_fixture, " pass_done pass=10 "), 1);
    assert_int_equal(count_written(tui_fixture, " engine_stopped "), 1);
    neighbour_check(fixture);
}

static void a_hang_up_stops(struct tui_fixture *tui_fixture)
{
    struct api_fixture *fixture = tui_fixture->fixture;
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    tui_fixture->config.error_file = tui_fixture->log_path;
    start_headless(tui_fixture);
    fake_api_wait(fixture->program_fixture.api, "POST", NULL, 1);
    int64_t connection = fake_api_find(fixture->program_fixture.api, "POST", NULL, 0)->connection;
    terminal_hang_up(tui_fixture->terminal);
    terminal_wait_until(tui_fixture->terminal, is_stopping, tui_fixture, "the stop");
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopping signal=HUP "), 1);
    assert_true(fake_api_send(fixture->program_fixture.api, connection, OK_ANSWER,
                              strlen(OK_ANSWER), FAKE_CLOSE));
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, " info scaled deployment=" NEIGHBOUR " "),
                     1);
    neighbour_check(fixture);
}

static bool is_reloaded(void *context)
{
    return tui_fixture_count_log(context, " config_reloaded ") > 0;
}

static bool is_stopped(void *context)
{
    return tui_fixture_count_log(context, " engine_stopped ") > 0;
}

/* The terminal is still there, was never there, or nohup said that it does not matter. */
static void a_reload_is_still_one(struct tui_fixture *tui_fixture)
{
    for (int i = 0; i < 3; i++) {
        program_fixture_path(&tui_fixture->fixture->program_fixture,
                             i == 0   ? "terminal.log"
                             : i == 1 ? "no_terminal.log"
                                      : "nohup.log",
                             tui_fixture->log_path);
        tui_fixture->config.error_file = tui_fixture->log_path;
        tui_fixture->config.has_no_tty = i == 1;
        tui_fixture->config.ignores_hangups = i == 2;
        start_headless(tui_fixture);
        tui_fixture_wait_reads(tui_fixture, "a", 10, false);
        if (i == 2)
            terminal_hang_up(tui_fixture->terminal);
        terminal_signal(tui_fixture->terminal, SIGHUP);
        terminal_wait_until(tui_fixture->terminal, is_reloaded, tui_fixture, "the reload");
        tui_fixture_wait_reads(tui_fixture, "a", 10, false);
        terminal_signal(tui_fixture->terminal, SIGTERM);
        terminal_wait_until(tui_fixture->terminal, is_stopped, tui_fixture, "the stop");
        assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    }
}

void fault_98(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    a_hang_up_stops(tui_fixture);
    api_fixture_renew(fixture);
    a_reload_is_still_one(set_up(fixture));
}

/* --- sizes and kinds ------------------------------------------------------------------------------------------ */

#define RESIZES 300

static void resize_at_random(struct tui_fixture *tui_fixture)
{
    struct random random = { .state = 1 };
    for (int i = 0; i < RESIZES; i++) {
        int columns = 1 + (int)random_below(&random, 300);
        terminal_resize(tui_fixture->terminal, columns, 1 + (int)random_below(&random, 100));
    }
}

static void any_size(struct tui_fixture *tui_fixture)
{
    static const int sizes[][2] = { { 1, 1 }, { 500, 200 }, { 1, 200 }, { 500, 1 }, { 80, 24 } };
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ "--sort=deployment", NULL });
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        terminal_resize(tui_fixture->terminal, sizes[i][0], sizes[i][1]);
        tui_fixture_type(tui_fixture, "\x0c");
    }
    tui_fixture_press(tui_fixture, "j", "> . on_target   " NEIGHBOUR);
    resize_at_random(tui_fixture);
    terminal_resize(tui_fixture->terminal, 80, 24);
    tui_fixture_press(tui_fixture, "k", "> . on_target   a");
    tui_fixture_press(tui_fixture, "r", "pass_done pass=2");
}

/* As by a failed assertion. */
static void an_abort_restores_the_terminal(struct tui_fixture *tui_fixture)
{
    terminal_signal(tui_fixture->terminal, SIGABRT);
    assert_true(terminal_finish(tui_fixture->terminal) != 0);
    tui_fixture_check_given_back(tui_fixture);
}

/* An invalid terminal description. */
static void write_broken_terminfo(struct api_fixture *fixture)
{
    static const char *const directories[] = { "terminfo", "terminfo/b", "terminfo/62" };
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    for (size_t i = 0; i < COUNT_OF(directories); i++)
        assert_int_equal(
            mkdir(program_fixture_path(&fixture->program_fixture, directories[i], path), 0700), 0);
    program_fixture_write(&fixture->program_fixture, "terminfo/b/broken",
                          "\x1a\x01 no more than this", 0600);
    program_fixture_write(&fixture->program_fixture, "terminfo/62/broken",
                          "\x1a\x01 no more than this", 0600);
}

/* What is not known, or not readable, is drawn as the most common kind. */
static void unknown_kinds_fall_back(struct api_fixture *fixture)
{
    static char variable[PROGRAM_FIXTURE_PATH_SIZE + 32];
    static const char *const environment[] = { variable, NULL };
    static const char *const kinds[] = { "nonsense-9000", "", "../../etc/passwd", "broken" };
    struct tui_fixture *tui_fixture = set_up(fixture);
    write_broken_terminfo(fixture);
    snprintf(variable, sizeof variable, "TERMINFO=%s/terminfo", fixture->program_fixture.directory);
    tui_fixture->config.environment = environment;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        tui_fixture->config.type = kinds[i];
        tui_fixture_open_to(tui_fixture, NULL, "used as TERM=xterm-256color");
        terminal_wait(tui_fixture->terminal, " . on_target   a ");
        tui_fixture_quit(tui_fixture);
        unlink(tui_fixture->log_path);
    }
}

void fault_85(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    any_size(tui_fixture);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    tui_fixture_type(tui_fixture, "r");
    tui_fixture_wait_scales(tui_fixture, 1);
    an_abort_restores_the_terminal(tui_fixture);
    neighbour_check(fixture);
    api_fixture_renew(fixture);
    unknown_kinds_fall_back(fixture);
}

/* --- input ---------------------------------------------------------------------------------------------------- */

#define PASTED ((size_t)1 << (HAS_SANITIZER ? 18 : 20))
#define PRESSED ((size_t)1 << 16)
#define CHUNK ((size_t)4096)

/* Any byte except those of the Enter key, so that nothing is confirmed. */
static char random_key(struct random *random)
{
    for (;;) {
        char key = (char)(1 + random_below(random, 255));
        if (key != '\r' && key != '\n' && key != 'M')
            return key;
    }
}

/* Any byte except the first byte of the end-of-paste sequence. */
static char random_text(struct random *random)
{
    char key = (char)(1 + random_below(random, 255));
    return key == '\x1b' ? '\r' : key;
}

static void type_random(struct tui_fixture *tui_fixture, size_t count,
                        char (*draw)(struct random *random))
{
    static char chunk[CHUNK + 1];
    struct random random = { .state = 1 };
    for (size_t typed = 0; typed < count; typed += CHUNK) {
        for (size_t i = 0; i < CHUNK; i++)
            chunk[i] = draw(&random);
        terminal_type(tui_fixture->terminal, chunk);
    }
}

void fault_86(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = set_up(fixture);
    tui_fixture_open_quiet(tui_fixture, NULL);
    terminal_type(tui_fixture->terminal, "\x1b[200~");
    type_random(tui_fixture, PASTED, random_text);
    tui_fixture_paste(tui_fixture, "\x1b[201~");
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, ESC, "[RUNNING]");
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"), 0);
    type_random(tui_fixture, PRESSED, random_key);
    assert_int_equal(tui_fixture_scales(tui_fixture), 0);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    terminal_signal(tui_fixture->terminal, SIGUSR1);
    tui_fixture_wait_scales(tui_fixture, 1);
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    neighbour_check(fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "operator_command"),
                     tui_fixture_count_log(tui_fixture, "command=pass ") +
                         tui_fixture_count_log(tui_fixture, "command=discovery "));
}

#include "tests/support/tui_fixture.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tui/console/console_config.h"
#include "tui/console/typing.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REST_MS (3 * TYPING_RUN_MS)
#define KEY_SIZE 16
#define VARIABLES_MAX 8

static void clear(void *what)
{
    struct tui_fixture *tui_fixture = what;
    terminal_destroy(tui_fixture->terminal);
    clocks_close(&tui_fixture->clocks);
    heap_free(tui_fixture);
}

struct tui_fixture *tui_fixture_on(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = heap_alloc(1, sizeof *tui_fixture);
    must(tui_fixture);
    tui_fixture->fixture = fixture;
    tui_fixture->config.columns = 80;
    tui_fixture->config.rows = 24;
    program_fixture_path(&fixture->program_fixture, "console.log", tui_fixture->log_path);
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    must(clocks_open(&tui_fixture->clocks,
                     program_fixture_path(&fixture->program_fixture, "clocks", path)));
    tui_fixture->config.environment = tui_fixture->clocks.environment;
    fixture->clear = clear;
    fixture->what = tui_fixture;
    return tui_fixture;
}

int tui_fixture_enter(void **state)
{
    void *fixture = *state;
    if (api_fixture_enter(&fixture))
        return -1;
    *state = tui_fixture_on(fixture);
    return 0;
}

int tui_fixture_leave(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    void *fixture = tui_fixture->fixture;
    return api_fixture_leave(&fixture);
}

/* The test's own variables, and those for the clocks. */
static void start_terminal(struct tui_fixture *tui_fixture)
{
    static const char *all[VARIABLES_MAX + 1];
    struct terminal_config config = tui_fixture->config;
    const char *const *own = config.environment;
    const char *const *clocks = tui_fixture->clocks.environment;
    size_t count = 0;
    all[count++] = tui_fixture->state_home ? tui_fixture->state_home : "XDG_STATE_HOME=/dev/null";
    for (size_t i = 0; clocks[i]; i++)
        all[count++] = clocks[i];
    for (size_t i = 0; own && own != clocks && own[i]; i++) {
        must(count < VARIABLES_MAX);
        all[count++] = own[i];
    }
    all[count] = NULL;
    config.environment = all;
    terminal_destroy(tui_fixture->terminal);
    atomic_store(&tui_fixture->clocks.shared->bytes_read, 0);
    tui_fixture->terminal = terminal_start(&config);
}

static void start(struct tui_fixture *tui_fixture, const char *rhythm, const char *const *arguments)
{
    static char log_option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    static char pass_option[32];
    snprintf(log_option, sizeof log_option, "--log-file=%s", tui_fixture->log_path);
    snprintf(pass_option, sizeof pass_option, "--pass-interval=%s", rhythm);
    const char *all[PROGRAM_ARGUMENTS_MAX] = {
        FORMULA_ALONE,
        "--api",
        fake_api_url(tui_fixture->fixture->program_fixture.api),
        pass_option,
        "--discovery-interval=1h",
        log_option,
        "--set=console.refresh=10ms",
        tui_fixture->state_home ? "--view=auto"
                                : "--view=all", /* a chosen view hides the kept one */
    };
    for (size_t i = 0, at = FORMULA_ALONE_COUNT + 7; arguments && arguments[i]; i++, at++) {
        must(at + 1 < PROGRAM_ARGUMENTS_MAX);
        all[at] = arguments[i];
    }
    tui_fixture->config.arguments = all;
    tui_fixture->config.home = tui_fixture->fixture->program_fixture.directory;
    start_terminal(tui_fixture);
}

void tui_fixture_open(struct tui_fixture *tui_fixture, const char *const *arguments)
{
    start(tui_fixture, "10ms", arguments);
    terminal_wait(tui_fixture->terminal, "pass_done");
}

void tui_fixture_open_quiet(struct tui_fixture *tui_fixture, const char *const *arguments)
{
    start(tui_fixture, "1h", arguments);
    terminal_wait(tui_fixture->terminal, "pass_done pass=1");
}

void tui_fixture_open_to(struct tui_fixture *tui_fixture, const char *const *arguments,
                         const char *shown)
{
    start(tui_fixture, "1h", arguments);
    terminal_wait(tui_fixture->terminal, shown);
}

static void attach(struct tui_fixture *tui_fixture, const char *socket, const char *more,
                   const char *shown)
{
    char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    const char *const all[] = { option,       "--set=console.refresh=10ms",
                                "--view=all", "--sort=deployment",
                                more,         NULL };
    snprintf(option, sizeof option, "--attach=%s", socket);
    tui_fixture->config.arguments = all;
    tui_fixture->config.home = tui_fixture->fixture->program_fixture.directory;
    start_terminal(tui_fixture);
    terminal_wait(tui_fixture->terminal, shown);
}

void tui_fixture_attach(struct tui_fixture *tui_fixture, const char *socket, const char *shown)
{
    attach(tui_fixture, socket, NULL, shown);
}

void tui_fixture_attach_in_lines(struct tui_fixture *tui_fixture, const char *socket,
                                 const char *shown)
{
    tui_fixture->config.type = "dumb";
    tui_fixture->config.columns = 200;
    attach(tui_fixture, socket, "--a11y", shown);
}

/* --- keys -------------------------------------------------------------------------------------------- */

/* A key, or a part of a bracketed paste: the size of its bytes. */
static size_t key_size(const char *bytes)
{
    size_t size = 1;
    if (bytes[0] != '\x1b' || (bytes[1] != '[' && bytes[1] != 'O'))
        return size;
    for (size = 2; bytes[size] != '\0' && ((unsigned char)bytes[size] & 0xc0) != 0x40;)
        size++;
    return bytes[size] != '\0' ? size + 1 : size;
}

/* All that was typed was read, and the console waits for more. */
static bool is_waiting(void *context)
{
    const struct tui_fixture *tui_fixture = context;
    return atomic_load(&tui_fixture->clocks.shared->bytes_read) >=
               terminal_typed(tui_fixture->terminal) &&
           terminal_is_waiting(tui_fixture->terminal);
}

/* The program has done all that was due by then: the signal wakes it up. */
static void pass_time(struct tui_fixture *tui_fixture, int64_t ms)
{
    struct terminal *terminal = tui_fixture->terminal;
    terminal_wait_until(terminal, is_waiting, tui_fixture, "the program to read the keys");
    clocks_pass(&tui_fixture->clocks, ms);
    terminal_signal(terminal, SIGWINCH);
    terminal_wait_until(terminal, is_waiting, tui_fixture, "the program to look at the time");
}

/* A person rests between two keys, reads a dialog before an answer, and looks at what was pasted. */
static void rest(struct tui_fixture *tui_fixture, bool is_long)
{
    pass_time(tui_fixture, is_long ? TYPING_QUIET_MS + REST_MS : REST_MS);
}

void tui_fixture_type(struct tui_fixture *tui_fixture, const char *keys)
{
    while (*keys != '\0') {
        char key[KEY_SIZE];
        size_t size = key_size(keys);
        must(size < sizeof key);
        memcpy(key, keys, size);
        key[size] = '\0';
        rest(tui_fixture, tui_fixture->is_pasted || key[0] == '\r');
        terminal_type(tui_fixture->terminal, key);
        tui_fixture->is_pasted = false;
        keys += size;
    }
}

void tui_fixture_paste(struct tui_fixture *tui_fixture, const char *bytes)
{
    terminal_type(tui_fixture->terminal, bytes);
    tui_fixture->is_pasted = true;
}

/* A message of the last key is not the outcome of the next one. */
static void forget_message(struct tui_fixture *tui_fixture)
{
    static const char *const refusals[] = { "ignored: pasted", "press Enter again" };
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (terminal_find(tui_fixture->terminal, refusals[i]) >= 0)
            pass_time(tui_fixture, MESSAGE_MS);
        terminal_wait_gone(tui_fixture->terminal, refusals[i]);
    }
}

void tui_fixture_press(struct tui_fixture *tui_fixture, const char *keys, const char *shown)
{
    forget_message(tui_fixture);
    tui_fixture_type(tui_fixture, keys);
    terminal_wait(tui_fixture->terminal, shown);
}

/* --- requests and the log ---------------------------------------------------------------------------- */

void tui_fixture_wait_reads(struct tui_fixture *tui_fixture, const char *id, int64_t more,
                            bool is_read)
{
    struct hosts_api *hosts = tui_fixture->fixture->hosts;
    struct hosts_reads reads = { hosts, id, hosts_api_reads(hosts, id) + more };
    char path[128];
    if (is_read) {
        terminal_wait_until(tui_fixture->terminal, hosts_reads_are_enough, &reads, "more statuses");
        return;
    }
    snprintf(path, sizeof path, "/status/%s", id);
    int64_t sofar = fake_api_count(tui_fixture->fixture->program_fixture.api, "GET", path);
    fake_api_wait(tui_fixture->fixture->program_fixture.api, "GET", path, sofar + more);
}

int64_t tui_fixture_scales(const struct tui_fixture *tui_fixture)
{
    return fake_api_count(tui_fixture->fixture->program_fixture.api, "POST", NULL);
}

struct scales {
    const struct tui_fixture *tui_fixture;
    int64_t wanted;
};

static bool are_asked(void *context)
{
    const struct scales *scales = context;
    return tui_fixture_scales(scales->tui_fixture) >= scales->wanted;
}

void tui_fixture_wait_scales(struct tui_fixture *tui_fixture, int64_t count)
{
    struct scales scales = { tui_fixture, count };
    terminal_wait_until(tui_fixture->terminal, are_asked, &scales, "scale requests");
}

int64_t tui_fixture_count_log(const struct tui_fixture *tui_fixture, const char *text)
{
    char *bytes = program_fixture_read(tui_fixture->log_path);
    int64_t count = 0;
    for (const char *at = strstr(bytes, text); at; at = strstr(at, text)) {
        count++;
        at = strchr(at, '\n') ? strchr(at, '\n') : at + strlen(at);
    }
    heap_free(bytes);
    return count;
}

void tui_fixture_check_refused(struct tui_fixture *tui_fixture, const char *text)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    const char *const arguments[] = { "--api",
                                      fake_api_url(tui_fixture->fixture->program_fixture.api),
                                      NULL };
    struct terminal_config config = tui_fixture->config;
    config.arguments = arguments;
    config.home = tui_fixture->fixture->program_fixture.directory;
    config.error_file =
        program_fixture_path(&tui_fixture->fixture->program_fixture, "errors", path);
    terminal_destroy(tui_fixture->terminal);
    tui_fixture->terminal = terminal_start(&config);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 2);
    char *errors = program_fixture_read(path);
    const char *end = strchr(errors, '\n');
    if (!strstr(errors, text) || !end || end[1])
        fail_msg("no line with '%s': %s", text, errors);
    heap_free(errors);
    unlink(path);
    assert_int_equal(fake_api_connections(tui_fixture->fixture->program_fixture.api), 0);
    assert_int_equal(terminal_bytes(tui_fixture->terminal), 0);
}

void tui_fixture_check_given_back(struct tui_fixture *tui_fixture)
{
    struct termios before = terminal_modes_before(tui_fixture->terminal);
    struct termios after = terminal_modes(tui_fixture->terminal);
    assert_false(terminal_is_alternate(tui_fixture->terminal));
    assert_true(terminal_has_cursor(tui_fixture->terminal));
    assert_false(terminal_has_mouse(tui_fixture->terminal));
    assert_int_equal(after.c_iflag, before.c_iflag);
    assert_int_equal(after.c_oflag, before.c_oflag);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_int_equal(after.c_cflag, before.c_cflag);
    assert_memory_equal(after.c_cc, before.c_cc, sizeof after.c_cc);
}

void tui_fixture_quit(struct tui_fixture *tui_fixture)
{
    tui_fixture_press(tui_fixture, "q", "[[ Cancel ]]  [ Stop ]");
    tui_fixture_press(tui_fixture, "\t", "[[ Stop ]]");
    tui_fixture_type(tui_fixture, "\r");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

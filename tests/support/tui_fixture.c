#include "tests/support/tui_fixture.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void clear(void *what)
{
    struct tui_fixture *tui_fixture = what;
    terminal_destroy(tui_fixture->terminal);
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
    };
    for (size_t i = 0, at = FORMULA_ALONE_COUNT + 6; arguments && arguments[i]; i++, at++) {
        must(at + 1 < PROGRAM_ARGUMENTS_MAX);
        all[at] = arguments[i];
    }
    tui_fixture->config.arguments = all;
    tui_fixture->config.home = tui_fixture->fixture->program_fixture.directory;
    terminal_destroy(tui_fixture->terminal);
    tui_fixture->terminal = terminal_start(&tui_fixture->config);
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

void tui_fixture_press(struct tui_fixture *tui_fixture, const char *keys, const char *shown)
{
    terminal_type(tui_fixture->terminal, keys);
    terminal_wait(tui_fixture->terminal, shown);
}

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
    tui_fixture_press(tui_fixture, "q", "Stop the engine and quit");
    terminal_type(tui_fixture->terminal, "\r");
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    tui_fixture_check_given_back(tui_fixture);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
}

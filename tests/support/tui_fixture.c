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
    struct desk *desk = what;
    terminal_destroy(desk->terminal);
    heap_free(desk);
}

struct desk *desk_on(struct scene *scene)
{
    struct desk *desk = heap_alloc(1, sizeof *desk);
    must(desk);
    desk->scene = scene;
    desk->config.columns = 80;
    desk->config.rows = 24;
    stage_path(&scene->stage, "console.log", desk->log_path);
    scene->clear = clear;
    scene->what = desk;
    return desk;
}

int desk_enter(void **state)
{
    void *scene = *state;
    if (scene_enter(&scene))
        return -1;
    *state = desk_on(scene);
    return 0;
}

int desk_leave(void **state)
{
    struct desk *desk = *state;
    void *scene = desk->scene;
    return scene_leave(&scene);
}

static void start(struct desk *desk, const char *rhythm, const char *const *arguments)
{
    static char log_option[STAGE_PATH_SIZE + 16];
    static char pass_option[32];
    snprintf(log_option, sizeof log_option, "--log-file=%s", desk->log_path);
    snprintf(pass_option, sizeof pass_option, "--pass-interval=%s", rhythm);
    const char *all[PROGRAM_ARGUMENTS_MAX] = {
        FORMULA_ALONE,
        "--api",
        fake_api_url(desk->scene->stage.api),
        pass_option,
        "--discovery-interval=1h",
        log_option,
        "--set=console.refresh=10ms",
    };
    for (size_t i = 0, at = FORMULA_ALONE_COUNT + 6; arguments && arguments[i]; i++, at++) {
        must(at + 1 < PROGRAM_ARGUMENTS_MAX);
        all[at] = arguments[i];
    }
    desk->config.arguments = all;
    desk->config.home = desk->scene->stage.folder;
    terminal_destroy(desk->terminal);
    desk->terminal = terminal_start(&desk->config);
}

void desk_open(struct desk *desk, const char *const *arguments)
{
    start(desk, "10ms", arguments);
    terminal_wait(desk->terminal, "pass_done");
}

void desk_open_quiet(struct desk *desk, const char *const *arguments)
{
    start(desk, "1h", arguments);
    terminal_wait(desk->terminal, "pass_done pass=1");
}

void desk_open_to(struct desk *desk, const char *const *arguments, const char *shown)
{
    start(desk, "1h", arguments);
    terminal_wait(desk->terminal, shown);
}

void desk_press(struct desk *desk, const char *keys, const char *shown)
{
    terminal_type(desk->terminal, keys);
    terminal_wait(desk->terminal, shown);
}

struct reads {
    struct hosts_api *hosts;
    const char *id;
    int64_t wanted;
};

static bool are_enough(void *context)
{
    const struct reads *reads = context;
    return hosts_api_reads(reads->hosts, reads->id) >= reads->wanted;
}

void desk_wait_reads(struct desk *desk, const char *id, int64_t more, bool is_read)
{
    struct hosts_api *hosts = desk->scene->hosts;
    struct reads reads = { hosts, id, hosts_api_reads(hosts, id) + more };
    char path[128];
    if (is_read) {
        terminal_wait_until(desk->terminal, are_enough, &reads, "more statuses");
        return;
    }
    snprintf(path, sizeof path, "/status/%s", id);
    int64_t sofar = fake_api_count(desk->scene->stage.api, "GET", path);
    fake_api_wait(desk->scene->stage.api, "GET", path, sofar + more);
}

int64_t desk_scales(const struct desk *desk)
{
    return fake_api_count(desk->scene->stage.api, "POST", NULL);
}

struct scales {
    const struct desk *desk;
    int64_t wanted;
};

static bool are_asked(void *context)
{
    const struct scales *scales = context;
    return desk_scales(scales->desk) >= scales->wanted;
}

void desk_wait_scales(struct desk *desk, int64_t count)
{
    struct scales scales = { desk, count };
    terminal_wait_until(desk->terminal, are_asked, &scales, "scale requests");
}

int64_t desk_count_log(const struct desk *desk, const char *text)
{
    char *bytes = stage_read(desk->log_path);
    int64_t count = 0;
    for (const char *at = strstr(bytes, text); at; at = strstr(at, text)) {
        count++;
        at = strchr(at, '\n') ? strchr(at, '\n') : at + strlen(at);
    }
    heap_free(bytes);
    return count;
}

void desk_check_refused(struct desk *desk, const char *text)
{
    char path[STAGE_PATH_SIZE];
    const char *const arguments[] = { "--api", fake_api_url(desk->scene->stage.api), NULL };
    struct terminal_config config = desk->config;
    config.arguments = arguments;
    config.home = desk->scene->stage.folder;
    config.error_file = stage_path(&desk->scene->stage, "errors", path);
    terminal_destroy(desk->terminal);
    desk->terminal = terminal_start(&config);
    assert_int_equal(terminal_finish(desk->terminal), 2);
    char *errors = stage_read(path);
    const char *end = strchr(errors, '\n');
    if (!strstr(errors, text) || !end || end[1])
        fail_msg("no line with '%s': %s", text, errors);
    heap_free(errors);
    unlink(path);
    assert_int_equal(fake_api_connections(desk->scene->stage.api), 0);
    assert_int_equal(terminal_bytes(desk->terminal), 0);
}

void desk_check_given_back(struct desk *desk)
{
    struct termios before = terminal_modes_before(desk->terminal);
    struct termios after = terminal_modes(desk->terminal);
    assert_false(terminal_is_alternate(desk->terminal));
    assert_true(terminal_has_cursor(desk->terminal));
    assert_false(terminal_has_mouse(desk->terminal));
    assert_int_equal(after.c_iflag, before.c_iflag);
    assert_int_equal(after.c_oflag, before.c_oflag);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_int_equal(after.c_cflag, before.c_cflag);
    assert_memory_equal(after.c_cc, before.c_cc, sizeof after.c_cc);
}

void desk_quit(struct desk *desk)
{
    desk_press(desk, "q", "Stop the engine and quit");
    terminal_type(desk->terminal, "\r");
    assert_int_equal(terminal_finish(desk->terminal), 0);
    desk_check_given_back(desk);
    assert_int_equal(desk_count_log(desk, "engine_stopped"), 1);
}

/*
 * Terminals that take nothing, go away, have any size or kind, and hands that press anything.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include "engine/base/random.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ENTER "\r"
#define ESC "\x1b"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static struct desk *set_up(struct scene *scene)
{
    hosts_api_count_ordered(scene->hosts);
    hosts_api_add(scene->hosts, "a", 10, 80);
    neighbour_add(scene);
    return desk_on(scene);
}

/* --- stalled, gone -------------------------------------------------------------------------------------------- */

void fault_83(struct scene *scene)
{
    struct desk *desk = set_up(scene);
    desk_open(desk, (const char *const[]){ "--sort=deployment", NULL });
    desk_wait_reads(desk, "a", 200, false);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    fake_api_wait(scene->stage.api, "POST", NULL, 1);
    desk_wait_reads(desk, "a", 50, false);
    desk_press(desk, "j", "> . " NEIGHBOUR);
    desk_press(desk, ENTER, "busy 120 - 24 = 96");
    terminal_type(desk->terminal, ESC);
    terminal_wait_gone(desk->terminal, "busy 120");
    desk_quit(desk);
    neighbour_check(scene);
}

static bool is_stopping(void *context)
{
    return desk_count_log(context, "engine_stopping") > 0;
}

/* The line breaks while a scale is on its way: its answer is awaited, by nobody but the log. */
void fault_84(struct scene *scene)
{
    struct desk *desk = set_up(scene);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    desk_open_to(desk, (const char *const[]){ "--timeout=10m", NULL }, "scale_requested");
    fake_api_wait(scene->stage.api, "POST", NULL, 1);
    int64_t connection = fake_api_find(scene->stage.api, "POST", NULL, 0)->connection;
    terminal_hang_up(desk->terminal);
    terminal_wait_until(desk->terminal, is_stopping, desk, "the stop");
    assert_true(
        fake_api_send(scene->stage.api, connection, OK_ANSWER, strlen(OK_ANSWER), FAKE_CLOSE));
    assert_int_equal(terminal_finish_unread(desk->terminal), 0);
    assert_int_equal(desk_count_log(desk, " info scaled deployment=" NEIGHBOUR " delta=+2 "), 1);
    assert_int_equal(desk_count_log(desk, " engine_stopped "), 1);
    neighbour_check(scene);
}

/* --- sizes and kinds ------------------------------------------------------------------------------------------ */

#define RESIZES 300

static void resize_at_random(struct desk *desk)
{
    struct random random = { .state = 1 };
    for (int i = 0; i < RESIZES; i++) {
        int columns = 1 + (int)random_below(&random, 300);
        terminal_resize(desk->terminal, columns, 1 + (int)random_below(&random, 100));
    }
}

static void any_size(struct desk *desk)
{
    static const int sizes[][2] = { { 1, 1 }, { 500, 200 }, { 1, 200 }, { 500, 1 }, { 80, 24 } };
    desk_open_quiet(desk, (const char *const[]){ "--sort=deployment", NULL });
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        terminal_resize(desk->terminal, sizes[i][0], sizes[i][1]);
        terminal_type(desk->terminal, "\x0c");
    }
    desk_press(desk, "j", "> . " NEIGHBOUR);
    resize_at_random(desk);
    terminal_resize(desk->terminal, 80, 24);
    desk_press(desk, "k", "> . a");
    desk_press(desk, "r", "pass_done pass=2");
}

/* As after a failed assertion. */
static void an_abort_gives_it_back(struct desk *desk)
{
    terminal_signal(desk->terminal, SIGABRT);
    assert_true(terminal_finish(desk->terminal) != 0);
    desk_check_given_back(desk);
}

/* A description of a terminal that is none. */
static void write_broken_terminfo(struct scene *scene)
{
    static const char *const folders[] = { "terminfo", "terminfo/b", "terminfo/62" };
    char path[STAGE_PATH_SIZE];
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        assert_int_equal(mkdir(stage_path(&scene->stage, folders[i], path), 0700), 0);
    stage_write(&scene->stage, "terminfo/b/broken", "\x1a\x01 no more than this", 0600);
    stage_write(&scene->stage, "terminfo/62/broken", "\x1a\x01 no more than this", 0600);
}

static void unknown_kinds_are_refused(struct scene *scene)
{
    static char variable[STAGE_PATH_SIZE + 32];
    static const char *const environment[] = { variable, NULL };
    static const char *const kinds[] = { "nonsense-9000", "", "../../etc/passwd", "broken" };
    struct desk *desk = desk_on(scene);
    write_broken_terminfo(scene);
    snprintf(variable, sizeof variable, "TERMINFO=%s/terminfo", scene->stage.folder);
    desk->config.environment = environment;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        desk->config.type = kinds[i];
        desk_check_refused(desk, "--no-ui");
    }
}

void fault_85(struct scene *scene)
{
    struct desk *desk = set_up(scene);
    any_size(desk);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    terminal_type(desk->terminal, "r");
    desk_wait_scales(desk, 1);
    an_abort_gives_it_back(desk);
    neighbour_check(scene);
    scene_renew(scene);
    unknown_kinds_are_refused(scene);
}

/* --- hands ---------------------------------------------------------------------------------------------------- */

#define PASTED ((size_t)1 << (HAS_SANITIZER ? 18 : 20))
#define PRESSED ((size_t)1 << 16)
#define CHUNK ((size_t)4096)

/* Any byte but those that are, or end, the Enter key: nothing is ever confirmed. */
static char random_key(struct random *random)
{
    for (;;) {
        char key = (char)(1 + random_below(random, 255));
        if (key != '\r' && key != '\n' && key != 'M')
            return key;
    }
}

/* Any byte but the beginning of the end of a paste. */
static char random_text(struct random *random)
{
    char key = (char)(1 + random_below(random, 255));
    return key == '\x1b' ? '\r' : key;
}

static void type_random(struct desk *desk, size_t count, char (*draw)(struct random *random))
{
    static char chunk[CHUNK + 1];
    struct random random = { .state = 1 };
    for (size_t typed = 0; typed < count; typed += CHUNK) {
        for (size_t i = 0; i < CHUNK; i++)
            chunk[i] = draw(&random);
        terminal_type(desk->terminal, chunk);
    }
}

void fault_86(struct scene *scene)
{
    struct desk *desk = set_up(scene);
    desk_open_quiet(desk, NULL);
    terminal_type(desk->terminal, "\x1b[200~");
    type_random(desk, PASTED, random_text);
    terminal_type(desk->terminal, "\x1b[201~");
    desk_press(desk, "?", "Help: deployments");
    desk_press(desk, ESC, "[RUNNING]");
    assert_int_equal(desk_count_log(desk, "operator_command"), 0);
    type_random(desk, PRESSED, random_key);
    assert_int_equal(desk_scales(desk), 0);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    terminal_signal(desk->terminal, SIGUSR1);
    desk_wait_scales(desk, 1);
    terminal_signal(desk->terminal, SIGTERM);
    assert_int_equal(terminal_finish(desk->terminal), 0);
    desk_check_given_back(desk);
    neighbour_check(scene);
    assert_int_equal(desk_count_log(desk, "operator_command"),
                     desk_count_log(desk, "command=pass ") +
                         desk_count_log(desk, "command=discovery "));
}

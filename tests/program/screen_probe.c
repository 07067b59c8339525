/*
 * The screen on terminals of several types: keys, cells, and the restored terminal after every kind of end. A small
 * program (tests/support/screen_probe.c) shows the input that it gets from the screen.
 */
#include "tests/support/sanitizer.h"
#include "tests/support/terminal.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 512
#define TEXT_SIZE 512
#define LIST_ROW 2
#define WIDE_ROW 3
#define JOIN_ROW 4
#define EXIT_NO_SCREEN 2
#define EXIT_GONE 3

/* The probe is in tests/support, next to the directory of this test. */
static void use_probe(const char *self)
{
    char path[PATH_SIZE];
    const char *slash = strrchr(self, '/');
    int length = slash ? (int)(slash - self) + 1 : 0;
    assert_true(snprintf(path, sizeof path, "%.*s../support/screen_probe", length, self) <
                PATH_SIZE);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(setenv("AUTOSCALER", path, 1), 0);
}

static struct terminal *start(const char *type, const char *locale, const char *const *arguments)
{
    struct terminal_config config = { .type = type, .locale = locale, .arguments = arguments };
    return terminal_start(&config);
}

static struct terminal *start_plain(const char *const *arguments)
{
    struct terminal *terminal = start(NULL, NULL, arguments);
    terminal_wait(terminal, "closed 0;");
    return terminal;
}

static void leave(struct terminal *terminal)
{
    terminal_type(terminal, "!");
    assert_int_equal(terminal_finish(terminal), 0);
    terminal_destroy(terminal);
}

struct corner {
    struct terminal *terminal;
    int columns;
    int rows;
};

static bool has_corner(void *context)
{
    const struct corner *corner = context;
    const char *row = terminal_row(corner->terminal, corner->rows - 1);
    return (int)strlen(row) == corner->columns && row[corner->columns - 1] == 'X';
}

/*
 * The last cell is drawn last, on some terminals in two steps; the screen is complete after that. libvterm crashes if
 * wide characters arrive after it was resized to one column.
 */
static void wait_corner(struct terminal *terminal, int columns, int rows)
{
    terminal_wait_until(terminal, has_corner, &(struct corner){ terminal, columns, rows },
                        "the last corner");
}

/* Types and ends the list; returns the list with this number. */
static const char *list_of(struct terminal *terminal, const char *bytes, int number)
{
    char closed[TEXT_SIZE];
    terminal_type(terminal, bytes);
    terminal_type(terminal, ".");
    snprintf(closed, sizeof closed, "closed %d;", number);
    terminal_wait(terminal, closed);
    return terminal_row(terminal, LIST_ROW);
}

/* --- kinds of terminals ------------------------------------------------------------------------------------------ */

static const struct kind_row {
    const char *name;
    const char *type;
    const char *locale;
    bool is_ascii;
    bool has_color;
    const char
        *wide; /* two wide characters on the screen; their width is unknown in the C locale */
} kind_rows[] = {
    /* clang-format off */
    { "xterm-256color, UTF-8", "xterm-256color", "C.UTF-8", false, true, "\xe6\xbc\xa2\xe5\xad\x97" },
    { "xterm, UTF-8",          "xterm",          "C.UTF-8", false, true, "\xe6\xbc\xa2\xe5\xad\x97" },
    { "tmux-256color, UTF-8",  "tmux-256color",  "C.UTF-8", false, true, "\xe6\xbc\xa2\xe5\xad\x97" },
    { "screen, UTF-8",         "screen",         "C.UTF-8", false, true, "\xe6\xbc\xa2\xe5\xad\x97" },
    { "linux, UTF-8",          "linux",          "C.UTF-8", true,  true, "????" },
    { "vt100, UTF-8",          "vt100",          "C.UTF-8", true,  false, "????" },
    { "xterm-256color, C",     "xterm-256color", "C",       true,  true, "??" },
    { "xterm, C",              "xterm",          "C",       true,  true, "??" },
    { "tmux-256color, C",      "tmux-256color",  "C",       true,  true, "??" },
    { "screen, C",             "screen",         "C",       true,  true, "??" },
    { "linux, C",              "linux",          "C",       true,  true, "??" },
    { "vt100, C",              "vt100",          "C",       true,  false, "??" },
    /* clang-format on */
};

static const struct key_row {
    const char *bytes;
    const char *list;
} key_rows[] = {
    /* clang-format off */
    { "j",           " j" },         { "P",          " P" },         { " ",          " Space" },
    { "\r",          " Enter" },     { "\n",         " Enter" },     { "\x1bOM",     " Enter" },
    { "\t",          " Tab" },       { "\x1b[Z",     " S-Tab" },
    { "\x7f",        " Backspace" }, { "\b",         " Backspace" }, { "\x1b[3~",    " Delete" },
    { "\x03",        " Ctrl-c" },    { "\x04",       " Ctrl-d" },    { "\x0c",       " Ctrl-l" },
    { "\x0f",        " Ctrl-o" },    { "\x11",       " Ctrl-q" },    { "\x13",       " Ctrl-s" },
    { "\x16",        " Ctrl-v" },    { "\x1a",       " Ctrl-z" },
    { "\x1b[A",      " Up" },        { "\x1b[B",     " Down" },      { "\x1b[C",     " Right" },
    { "\x1b[D",      " Left" },      { "\x1bOA",     " Up" },        { "\x1bOB",     " Down" },
    { "\x1bOC",      " Right" },     { "\x1bOD",     " Left" },
    { "\x1b[H",      " Home" },      { "\x1b[F",     " End" },       { "\x1bOH",     " Home" },
    { "\x1bOF",      " End" },       { "\x1b[1~",    " Home" },      { "\x1b[4~",    " End" },
    { "\x1b[7~",     " Home" },      { "\x1b[8~",    " End" },
    { "\x1b[5~",     " PgUp" },      { "\x1b[6~",    " PgDn" },
    { "\x1bOP",      " F1" },        { "\x1bOQ",     " F2" },        { "\x1bOR",     " F3" },
    { "\x1bOS",      " F4" },        { "\x1b[11~",   " F1" },        { "\x1b[14~",   " F4" },
    { "\x1b[[A",     " F1" },        { "\x1b[[E",    " F5" },        { "\x1b[P",     " F1" },
    { "\x1b[15~",    " F5" },        { "\x1b[17~",   " F6" },        { "\x1b[18~",   " F7" },
    { "\x1b[19~",    " F8" },        { "\x1b[20~",   " F9" },        { "\x1b[21~",   " F10" },
    { "\x1b[23~",    " F11" },       { "\x1b[24~",   " F12" },
    { "\x1bQ",       "" },           { "\x1b[1;5A",  "" },           { "\x1b[99~",   "" },
    { "\x1b[?62;c",  "" },           { "\x1b[200~q!.\x1b[201~", " paste-q paste-! paste-." },
    /* clang-format on */
};

static void keys_are_decoded_on_every_terminal(void **state)
{
    const struct kind_row *row = *state;
    struct terminal *terminal = start(row->type, row->locale, NULL);
    terminal_wait(terminal, "closed 0;");
    for (size_t i = 0; i < COUNT_OF(key_rows); i++) {
        char wanted[TEXT_SIZE];
        snprintf(wanted, sizeof wanted, "list:%s", key_rows[i].list);
        assert_string_equal(list_of(terminal, key_rows[i].bytes, (int)i + 1), wanted);
    }
    leave(terminal);
}

static void cells_are_drawn_in_their_place(void **state)
{
    const struct kind_row *row = *state;
    struct terminal *terminal = start(row->type, row->locale, NULL);
    terminal_wait(terminal, "closed 0;");
    terminal_wait(terminal, row->is_ascii ? "size 80x24 ascii" : "size 80x24 utf8");
    wait_corner(terminal, 80, 24);
    char wide[TEXT_SIZE];
    snprintf(wide, sizeof wide, "wide:%s|", row->wide);
    assert_string_equal(terminal_row(terminal, WIDE_ROW), wide);
    if (!row->is_ascii)
        assert_string_equal(terminal_row(terminal, JOIN_ROW), "join:e\xcc\x81|");
    assert_int_equal(terminal_find(terminal, "size 80x24"), 0);
    assert_int_equal(terminal_has_color(terminal), row->has_color);
    leave(terminal);
}

/* --- without a terminal ------------------------------------------------------------------------------------------ */

static const struct refusal_row {
    const char *name;
    const char *type;
    bool has_no_tty;
} refusal_rows[] = {
    { "no terminal", NULL, true },
    { "TERM cannot place text", "dumb", false },
};

static void no_terminal_is_one_line(void **state)
{
    const struct refusal_row *row = *state;
    struct terminal_config config = { .type = row->type,
                                      .has_no_tty = row->has_no_tty,
                                      .has_no_input = row->has_no_tty,
                                      .columns = 200 };
    struct terminal *terminal = terminal_start(&config);
    assert_int_equal(terminal_finish(terminal), EXIT_NO_SCREEN);
    assert_int_equal(terminal_find(terminal, "--no-ui"), 0);
    assert_string_equal(terminal_row(terminal, 1), "");
    assert_false(terminal_is_alternate(terminal));
    terminal_destroy(terminal);
}

/* --- restored ---------------------------------------------------------------------------------------------------- */

static const struct end_row {
    const char *name;
    int number; /* of the signal; 0: normal end */
    const char *says;
} end_rows[] = {
    { "leave", 0, "" },
    { "segv", SIGSEGV, "" },
    { "bus", SIGBUS, "" },
    { "fpe", SIGFPE, "" },
    { "ill", SIGILL, "" },
    { "abort", SIGABRT, "" },
    { "must", SIGABRT, "internal check failed" },
    { "segv-thread", SIGSEGV, "" },
    { "bus-thread", SIGBUS, "" },
    { "fpe-thread", SIGFPE, "" },
    { "ill-thread", SIGILL, "" },
    { "abort-thread", SIGABRT, "" },
    { "must-thread", SIGABRT, "internal check failed" },
};

static const char *last_of(const char *text, const char *part)
{
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, part)); at++)
        last = at;
    return last;
}

static void check_modes(struct terminal *terminal)
{
    struct termios before = terminal_modes_before(terminal);
    struct termios now = terminal_modes(terminal);
    assert_int_equal(now.c_iflag, before.c_iflag);
    assert_int_equal(now.c_oflag, before.c_oflag);
    assert_int_equal(now.c_lflag, before.c_lflag);
    assert_int_equal(now.c_cflag, before.c_cflag);
    assert_memory_equal(now.c_cc, before.c_cc, sizeof now.c_cc);
}

static void check_restored(struct terminal *terminal)
{
    size_t size;
    const char *written = terminal_written(terminal, &size);
    const char *paste_on = last_of(written, "\x1b[?2004h");
    assert_false(terminal_is_alternate(terminal));
    assert_true(terminal_has_cursor(terminal));
    assert_false(terminal_has_mouse(terminal));
    assert_true(!paste_on || last_of(written, "\x1b[?2004l") > paste_on);
    check_modes(terminal);
}

static void the_terminal_is_restored(void **state)
{
    const struct end_row *row = *state;
    struct terminal *terminal = start_plain((const char *const[]){ row->name, "mouse", NULL });
    assert_true(terminal_is_alternate(terminal));
    assert_true(terminal_has_mouse(terminal));
    assert_false(terminal_has_cursor(terminal));
    terminal_type(terminal, "!");
    int code = terminal_finish(terminal);
    if (row->number == 0)
        assert_int_equal(code, 0);
    else if (HAS_SANITIZER) /* it may report and set its own exit code */
        assert_int_not_equal(code, 0);
    else
        assert_int_equal(code, 128 + row->number);
    assert_true(terminal_find(terminal, row->says) >= 0);
    check_restored(terminal);
    terminal_destroy(terminal);
}

struct stops {
    struct terminal *terminal;
    int count;
};

/* At each stop the shell writes a line on the normal screen. */
static bool has_stopped(void *context)
{
    const struct stops *stops = context;
    int count = 0;
    for (int row = 0; row < 24; row++)
        count += strstr(terminal_row(stops->terminal, row), "Stopped") != NULL;
    return !terminal_is_alternate(stops->terminal) && count == stops->count;
}

/* A shell with job control that does not change the modes of the terminal, and the probe as its job. */
static struct terminal *start_as_job(void)
{
    char probe[PATH_SIZE];
    char command[PATH_SIZE + 32];
    snprintf(probe, sizeof probe, "%s", getenv("AUTOSCALER"));
    snprintf(command, sizeof command, "%s suspend mouse\n", probe);
    setenv("AUTOSCALER", "/bin/sh", 1);
    struct terminal_config config = {
        .arguments = (const char *const[]){ "-i", NULL },
        .environment = (const char *const[]){ "PS1=prompt>", NULL },
    };
    struct terminal *terminal = terminal_start(&config);
    setenv("AUTOSCALER", probe, 1);
    terminal_wait(terminal, "prompt>");
    terminal_type(terminal, command);
    terminal_wait(terminal, "closed 0;");
    return terminal;
}

static void wait_stops(struct terminal *terminal, int count)
{
    terminal_wait_until(terminal, has_stopped, &(struct stops){ terminal, count }, "a stop");
    check_restored(terminal);
}

/* Back in the foreground, with the size of the terminal now. */
static void continue_as(struct terminal *terminal, const char *size, int number)
{
    terminal_type(terminal, "fg\n");
    terminal_wait(terminal, size);
    assert_true(terminal_is_alternate(terminal));
    assert_true(terminal_has_mouse(terminal));
    assert_string_equal(list_of(terminal, "\x1b[A\x1a", number), "list: Up Ctrl-z");
}

static void a_stop_restores_the_terminal_and_a_continue_redraws(void **state)
{
    (void)state;
    struct terminal *terminal = start_as_job();
    for (int i = 1; i <= 2; i++) {
        terminal_type(terminal, "!");
        wait_stops(terminal, i);
        terminal_resize(terminal, 80 + i, 24);
        continue_as(terminal, i == 1 ? "size 81x24" : "size 82x24", i);
    }
    terminal_destroy(terminal);
}

/* In the background it is stopped again, without a byte to the terminal; fg brings it back. */
/* The shell says so when it is asked; it is asked again when it has answered. */
static bool is_stopped_in_background(void *context)
{
    struct terminal *terminal = context;
    if (terminal_find(terminal, "(tty output)") >= 0)
        return true;
    int row = 23;
    while (row > 0 && terminal_row(terminal, row)[0] == '\0')
        row--;
    if (strcmp(terminal_row(terminal, row), "prompt>") == 0)
        terminal_type(terminal, "jobs\n");
    return false;
}

static void a_stop_then_the_background_then_the_foreground_redraws(void **state)
{
    (void)state;
    struct terminal *terminal = start_as_job();
    for (int i = 1; i <= 2; i++) {
        terminal_type(terminal, "!");
        wait_stops(terminal, 1);
        terminal_resize(terminal, 80 + i, 24);
        for (int j = 0; j < i; j++) {
            terminal_type(terminal, "bg\n");
            terminal_wait_until(terminal, is_stopped_in_background, terminal,
                                "a stop in the background");
            check_restored(terminal);
            terminal_type(terminal, "clear\n");
            terminal_wait_gone(terminal, "Stopped");
        }
        continue_as(terminal, i == 1 ? "size 81x24" : "size 82x24", i);
    }
    terminal_destroy(terminal);
}

static void a_closed_terminal_ends_the_program(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain(NULL);
    terminal_hang_up(terminal);
    assert_int_equal(terminal_finish_unread(terminal), EXIT_GONE);
    terminal_destroy(terminal);
}

/* --- other behaviour --------------------------------------------------------------------------------------------- */

static void sizes_are_followed(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain(NULL);
    wait_corner(terminal, 80, 24);
    static const struct {
        int columns;
        int rows;
    } sizes[] = { { 200, 60 }, { 1, 1 },    { 7, 2 }, { 2, 40 },
                  { 300, 1 },  { 200, 60 }, { 1, 1 }, { 80, 24 } };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        terminal_resize(terminal, sizes[i].columns, sizes[i].rows);
        wait_corner(terminal, sizes[i].columns, sizes[i].rows);
    }
    assert_int_equal(terminal_find(terminal, "size 80x24"), 0);
    leave(terminal);
}

static void a_split_sequence_is_one_key(void **state)
{
    (void)state;
    static const char *const sequences[] = { "\x1b[15~", "\x1b[21~", "\x1b[[A", "\x1bOP",
                                             "\x1b[1;2P" };
    struct terminal *terminal = start_plain(NULL);
    int closed = 0;
    for (size_t i = 0; i < COUNT_OF(sequences); i++) {
        char whole[TEXT_SIZE];
        snprintf(whole, sizeof whole, "%s", list_of(terminal, sequences[i], ++closed));
        for (size_t cut = 2; cut < strlen(sequences[i]); cut++) {
            char head[16];
            snprintf(head, sizeof head, "%.*s", (int)cut, sequences[i]);
            terminal_type(terminal, head);
            assert_string_equal(list_of(terminal, sequences[i] + cut, ++closed), whole);
        }
    }
    leave(terminal);
}

static void a_lone_escape_is_a_key(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain(NULL);
    terminal_type(terminal, "\x1b");
    terminal_wait(terminal, "open: Esc");
    leave(terminal);
}

static void characters_are_reported_as_utf8(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain(NULL);
    assert_string_equal(list_of(terminal, "\xc3\xa9\xe2\x82\xac", 1),
                        "list: \xc3\xa9 \xe2\x82\xac");
    leave(terminal);
}

static void the_mouse_is_reported_when_enabled(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain((const char *const[]){ "leave", "mouse", NULL });
    assert_true(terminal_has_mouse(terminal));
    assert_string_equal(list_of(terminal, "\x1b[<0;5;3M\x1b[<0;5;3m\x1b[<64;1;1M\x1b[<65;2;1M", 1),
                        "list: click@4,2 wheel-up@0,0 wheel-down@1,0");
    assert_string_equal(list_of(terminal, "\x1b[<0;9;9M\x1b[<0;9;9m\x1b[<0;9;9M\x1b[<0;9;9m", 2),
                        "list: click@8,8 double@8,8");
    leave(terminal);
    terminal = start_plain(NULL);
    assert_false(terminal_has_mouse(terminal));
    leave(terminal);
}

static void no_color_is_obeyed(void **state)
{
    (void)state;
    struct terminal_config config = { .environment = (const char *const[]){ "NO_COLOR=1", NULL } };
    struct terminal *terminal = terminal_start(&config);
    terminal_wait(terminal, "closed 0;");
    assert_false(terminal_has_color(terminal));
    leave(terminal);
    config.environment = (const char *const[]){ "NO_COLOR=", NULL };
    terminal = terminal_start(&config);
    terminal_wait(terminal, "closed 0;");
    assert_true(terminal_has_color(terminal));
    leave(terminal);
}

static void lines_and_columns_do_not_fix_the_size(void **state)
{
    (void)state;
    struct terminal_config config = {
        .environment = (const char *const[]){ "LINES=10", "COLUMNS=30", NULL },
    };
    struct terminal *terminal = terminal_start(&config);
    terminal_wait(terminal, "size 80x24");
    wait_corner(terminal, 80, 24);
    leave(terminal);
}

static void standard_error_stays_off_the_screen(void **state)
{
    (void)state;
    struct terminal *terminal = start_plain((const char *const[]){ "error", NULL });
    assert_string_equal(list_of(terminal, "!a", 1), "list: a");
    assert_int_equal(terminal_find(terminal, "said to standard error"), -1);
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    (void)argc;
    use_probe(argv[0]);
    struct CMUnitTest keys[COUNT_OF(kind_rows)];
    struct CMUnitTest cells[COUNT_OF(kind_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    struct CMUnitTest ends[COUNT_OF(end_rows)];
    TESTS_FROM_ROWS(keys, kind_rows, keys_are_decoded_on_every_terminal);
    TESTS_FROM_ROWS(cells, kind_rows, cells_are_drawn_in_their_place);
    TESTS_FROM_ROWS(refusals, refusal_rows, no_terminal_is_one_line);
    TESTS_FROM_ROWS(ends, end_rows, the_terminal_is_restored);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_restores_the_terminal_and_a_continue_redraws),
        cmocka_unit_test(a_stop_then_the_background_then_the_foreground_redraws),
        cmocka_unit_test(a_closed_terminal_ends_the_program),
        cmocka_unit_test(sizes_are_followed),
        cmocka_unit_test(a_split_sequence_is_one_key),
        cmocka_unit_test(a_lone_escape_is_a_key),
        cmocka_unit_test(characters_are_reported_as_utf8),
        cmocka_unit_test(the_mouse_is_reported_when_enabled),
        cmocka_unit_test(no_color_is_obeyed),
        cmocka_unit_test(lines_and_columns_do_not_fix_the_size),
        cmocka_unit_test(standard_error_stays_off_the_screen),
    };
    int failed = cmocka_run_group_tests_name("screen: keys", keys, NULL, NULL);
    failed += cmocka_run_group_tests_name("screen: cells", cells, NULL, NULL);
    failed += cmocka_run_group_tests_name("screen: refusals", refusals, NULL, NULL);
    failed += cmocka_run_group_tests_name("screen: restored", ends, NULL, NULL);
    failed += cmocka_run_group_tests_name("screen: other behaviour", tests, NULL, NULL);
    return failed;
}

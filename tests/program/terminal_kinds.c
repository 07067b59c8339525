/*
 * The console on kinds of terminals: their keys, colours, character sets, and those that it cannot use.
 */
#include "tests/support/contrast.h"
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include "engine/base/heap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_sites(struct tui_fixture *tui_fixture)
{
    hosts_api_count_ordered(tui_fixture->fixture->hosts);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-duel-2", 20, 160);
}

/* --- kinds of terminals ----------------------------------------------------------------------------- */

static const struct kind_row {
    const char *name;
    const char *type;
    const char *locale;
    bool has_color;
    bool has_frames; /* synchronised output */
} kind_rows[] = {
    { "xterm-256color, UTF-8", "xterm-256color", "C.UTF-8", true, true },
    { "xterm-256color, C", "xterm-256color", "C", true, true },
    { "xterm", "xterm", "C.UTF-8", true, true },
    { "tmux-256color", "tmux-256color", "C.UTF-8", true, true },
    { "screen", "screen", "C.UTF-8", true, false },
    { "linux", "linux", "C.UTF-8", true, false },
    { "vt100, C", "vt100", "C", false, false },
};

/* The state of a failed deployment has a colour, if the terminal has colours. */
/* Everything that is drawn is between the beginning and the end of a frame, where the terminal has them. */
static void check_frames(struct terminal *terminal, bool has_frames)
{
    size_t size;
    int open = 0, count = 0;
    for (const char *at = terminal_written(terminal, &size); (at = strstr(at, "\x1b[?2026"));
         at++) {
        open += at[7] == 'h' ? 1 : -1;
        assert_in_range(open, 0, 1);
        count++;
    }
    assert_int_equal(open, 0);
    assert_int_equal(count > 0, has_frames);
}

/* In this order the first row is the same before and after the statuses. */
static const char *const by_id[] = { "--sort=deployment", NULL };

/* The cursor is on the deployment that was read first: on any of them. */
static void wait_for_the_held_one(struct tui_fixture *tui_fixture)
{
    terminal_wait(tui_fixture->terminal, "= held        eu-arena-1");
    tui_fixture_press(tui_fixture, "g", "> = held        eu-arena-1");
}

static void row_shows_the_list_and_helps(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct kind_row *row = tui_fixture->fixture->program_fixture.row;
    add_sites(tui_fixture);
    hosts_api_trouble_site(tui_fixture->fixture->hosts, "eu-arena-1", TROUBLE_GARBAGE, FOR_EVER);
    tui_fixture->config.type = row->type;
    tui_fixture->config.locale = row->locale;
    tui_fixture_open_quiet(tui_fixture, NULL);
    wait_for_the_held_one(tui_fixture);
    assert_int_equal(terminal_has_color(tui_fixture->terminal), row->has_color);
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, "q", "> = held        eu-arena-1");
    terminal_wait_gone(tui_fixture->terminal, "Help:");
    tui_fixture_press(tui_fixture, "\x1b[B", "> . on_target   eu-duel-2");
    tui_fixture_quit(tui_fixture);
    check_frames(tui_fixture->terminal, row->has_frames);
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
    wait_for_the_held_one(tui_fixture);
    assert_int_equal(terminal_has_color(tui_fixture->terminal), row->has_color);
    tui_fixture_quit(tui_fixture);
}

/* As xterm-direct, which is not installed everywhere. */
static const char direct_source[] = "test-direct|direct colours,\n"
                                    "\tRGB, colors#0x1000000, pairs#0x10000,\n"
                                    "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38:2::%p1%{65536}%/"
                                    "%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,\n"
                                    "\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48:2::%p1%{65536}%/"
                                    "%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,\n"
                                    "\tuse=xterm-256color,\n";

static void compile_direct(struct program_fixture *fixture)
{
    char command[3 * PROGRAM_FIXTURE_PATH_SIZE];
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(fixture, "direct.src", direct_source, 0600);
    snprintf(command, sizeof command, "tic -x -o %s/terminfo %s 2>/dev/null", fixture->directory,
             program_fixture_path(fixture, "direct.src", path));
    assert_int_equal(system(command), 0);
}

/* Palette indices taken for direct colours would be blues that cannot be read on black. */
static void direct_colors_are_those_of_the_palette(void **state)
{
    static char variable[PROGRAM_FIXTURE_PATH_SIZE + 32];
    static const char *const environment[] = { variable, NULL };
    struct tui_fixture *tui_fixture = *state;
    struct program_fixture *fixture = &tui_fixture->fixture->program_fixture;
    size_t size;
    int count = 0;
    add_sites(tui_fixture);
    hosts_api_trouble_site(tui_fixture->fixture->hosts, "eu-arena-1", TROUBLE_GARBAGE, FOR_EVER);
    compile_direct(fixture);
    snprintf(variable, sizeof variable, "TERMINFO=%s/terminfo", fixture->directory);
    tui_fixture->config.environment = environment;
    tui_fixture->config.type = "test-direct";
    tui_fixture_open_quiet(tui_fixture, NULL);
    wait_for_the_held_one(tui_fixture);
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, "q", "> = held        eu-arena-1");
    tui_fixture_quit(tui_fixture);
    for (const char *at = terminal_written(tui_fixture->terminal, &size);
         (at = strstr(at, "8:2::")); at++, count++)
        assert_false(strncmp(at, "8:2::0:0:", 9) == 0);
    assert_true(count > 0);
}

/* --- themes ----------------------------------------------------------------------------------------- */

static const struct theme_row {
    const char *name;
    const char *option;
    int contrast_min;
    bool is_painted;
} theme_rows[] = {
    { "auto", NULL, CONTRAST_MIN, false },
    { "dark", "--theme=dark", CONTRAST_MIN, true },
    { "light", "--theme=light", CONTRAST_MIN, true },
    { "colour-blind", "--theme=colour-blind", CONTRAST_MIN, true },
    { "high-contrast", "--set=console.theme=high-contrast", CONTRAST_HIGH, true },
};

struct seen_colors {
    const struct theme_row *row;
    int count;     /* cells with a colour */
    int ink_count; /* different inks */
    bool inks[256];
};

static void see_color(void *context, int ink, int paper)
{
    struct seen_colors *seen = context;
    if (contrast_of_pair(ink, paper) < seen->row->contrast_min)
        fail_msg("%d on %d", ink, paper);
    assert_int_equal(paper >= 0, seen->row->is_painted);
    if (ink < 0)
        return;
    seen->count++;
    seen->ink_count += !seen->inks[ink];
    seen->inks[ink] = true;
}

static void check_colors(struct tui_fixture *tui_fixture, struct seen_colors *seen)
{
    terminal_each_color(tui_fixture->terminal, see_color, seen);
}

/* What is really on the screen: a failed deployment, the log, dialogs, help, the explanation, a pause. */
static void row_can_be_read_on_every_page(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct theme_row *row = tui_fixture->fixture->program_fixture.row;
    struct seen_colors seen = { .row = row };
    add_sites(tui_fixture);
    hosts_api_add(tui_fixture->fixture->hosts, "eu-grown-3", 10, 88);
    hosts_api_trouble_site(tui_fixture->fixture->hosts, "eu-arena-1", TROUBLE_GARBAGE, FOR_EVER);
    tui_fixture_open_quiet(tui_fixture, (const char *const[]){ row->option, NULL });
    wait_for_the_held_one(tui_fixture);
    check_colors(tui_fixture, &seen);
    static const struct {
        const char *keys;
        const char *shown;
    } pages[] = {
        { "j", "> + up          eu-grown-3" },
        { "?", "Help: deployments" },
        { "\x1b", "> + up          eu-grown-3" },
        { "\r", "INPUTS" },
        { "\x1b", "> + up          eu-grown-3" },
        { "l", "follow" },
        { "l", "> + up          eu-grown-3" },
        { "/eu", "filter: eu" },
        { "\x1b", "> + up          eu-grown-3" },
        { "s", "Sort by" },
        { "\x1b", "> + up          eu-grown-3" },
        { "p", "Pause eu-grown-3" },
        { "\t", "[[ Pause ]]" },
        { "\r", "> p paused      eu-grown-3" },
        { "P", "Pause all" },
        { "\t", "[[ Pause ]]" },
        { "\r", "[PAUSED" },
        { "z", "[FROZEN" },
        { "z", "[PAUSED" },
    };
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        tui_fixture_press(tui_fixture, pages[i].keys, pages[i].shown);
        check_colors(tui_fixture, &seen);
    }
    assert_true(seen.count > 50);
    assert_true(seen.ink_count >= 4);
    tui_fixture_quit(tui_fixture);
}

static void a_c_locale_gets_ascii_only(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture->config.locale = "C";
    tui_fixture_open_quiet(tui_fixture, NULL);
    tui_fixture_press(tui_fixture, "P", "+-- Pause all deployments");
    terminal_wait(tui_fixture->terminal, "Esc cancels  Enter");
    tui_fixture_type(tui_fixture, "\x1b");
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
    { "a dumb terminal", "dumb", false, "--a11y" },
};

static void row_is_refused_in_one_line(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct refusal_row *row = tui_fixture->fixture->program_fixture.row;
    tui_fixture->config.type = row->type;
    tui_fixture->config.has_no_tty = row->has_no_tty;
    tui_fixture->config.has_no_input = row->has_no_tty;
    tui_fixture_check_refused(tui_fixture, row->text);
}

static const struct unknown_row {
    const char *name;
    const char *type;
    const char *note; /* on standard error, and the beginning of it in the console */
} unknown_rows[] = {
    { "unknown", "xterm-nonesuch", "TERM=xterm-nonesuch is not known here" },
    { "not set", "", "TERM is not set" },
    { "too general", "unknown", "TERM=unknown is not known here" },
    { "a path", "../../etc/passwd", "TERM=../../etc/passwd is not known here" },
    { "an escape sequence", "x\x1b]0;y\x07", "TERM=x?]0;y? is not known here" },
};

static void row_falls_back_with_a_note(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    const struct unknown_row *row = tui_fixture->fixture->program_fixture.row;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    add_sites(tui_fixture);
    tui_fixture->config.type = row->type;
    tui_fixture->config.error_file =
        program_fixture_path(&tui_fixture->fixture->program_fixture, "errors", path);
    tui_fixture_open_to(tui_fixture, NULL, row->note);
    terminal_wait(tui_fixture->terminal, ". on_target   eu-arena-1");
    tui_fixture_quit(tui_fixture);
    char *errors = program_fixture_read(path);
    const char *said = strstr(errors, row->note);
    assert_non_null(said);
    assert_string_equal(strchr(said, '\n'), "\n");
    assert_null(strchr(errors, '\x1b'));
    heap_free(errors);
}

/* setsid, a container, a shell without job control: no controlling terminal, and the standard streams are one. */
static void the_standard_streams_are_used_without_a_controlling_terminal(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture->config.has_no_tty = true;
    tui_fixture_open_quiet(tui_fixture, by_id);
    tui_fixture_press(tui_fixture, "?", "Help: deployments");
    tui_fixture_press(tui_fixture, "q", "> . on_target   eu-arena-1");
    terminal_resize(tui_fixture->terminal, 100, 30);
    terminal_signal(tui_fixture->terminal, SIGWINCH);
    tui_fixture_press(tui_fixture, "j", "> . on_target   eu-duel-2");
    tui_fixture_quit(tui_fixture);
}

/* No signal comes then: the terminal itself says so. */
static void a_terminal_without_control_that_closes_stops_the_engine(void **state)
{
    struct tui_fixture *tui_fixture = *state;
    add_sites(tui_fixture);
    tui_fixture->config.has_no_tty = true;
    tui_fixture_open_quiet(tui_fixture, NULL);
    terminal_hang_up(tui_fixture->terminal);
    assert_int_equal(terminal_finish_unread(tui_fixture->terminal), 0);
    assert_int_equal(tui_fixture_count_log(tui_fixture, "engine_stopped"), 1);
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
        TEST(direct_colors_are_those_of_the_palette),
        TEST(a_c_locale_gets_ascii_only),
        TEST(the_standard_streams_are_used_without_a_controlling_terminal),
        TEST(a_terminal_without_control_that_closes_stops_the_engine),
    };
    struct CMUnitTest kinds[COUNT_OF(kind_rows)];
    struct CMUnitTest colors[COUNT_OF(color_rows)];
    struct CMUnitTest themes[COUNT_OF(theme_rows)];
    struct CMUnitTest unknown[COUNT_OF(unknown_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    ROW_TESTS(kinds, kind_rows, row_shows_the_list_and_helps);
    ROW_TESTS(colors, color_rows, row_selects_colors);
    ROW_TESTS(themes, theme_rows, row_can_be_read_on_every_page);
    ROW_TESTS(unknown, unknown_rows, row_falls_back_with_a_note);
    ROW_TESTS(refusals, refusal_rows, row_is_refused_in_one_line);
    int failed = cmocka_run_group_tests_name("terminal kinds", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal kinds: kinds", kinds, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal kinds: colours", colors, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal kinds: themes", themes, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal kinds: unknown kinds", unknown, NULL, NULL);
    failed += cmocka_run_group_tests_name("terminal kinds: refusals", refusals, NULL, NULL);
    return failed;
}

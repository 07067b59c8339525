/*
 * The log as operators see it, compared with reviewed screens.
 */
#include "tui/console/console_state.h"

#include "tests/support/console_steps.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

static void add_scales(struct console_fixture *fixture, int count)
{
    for (int i = 0; i < count; i++)
        snapshots_line(fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked",
                       "scaled deployment=eu-west-chess-ranked delta=+1 key=8d0c41f2-4712-8 "
                       "took_ms=74");
}

static void log_open(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "l");
}

/* Up to a line; then three more come. */
static void log_stopped(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "kk");
    add_scales(fixture, 3);
    console_fixture_take(fixture);
}

static void log_found(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "/DEPLOYMENT=eu");
    console_fixture_press(fixture, KEYPRESS_ENTER);
    add_scales(fixture, 3);
    console_fixture_take(fixture);
}

static void log_only(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "&chess");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_only_nothing(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "&zzz");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_errors(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "LL");
    fixture->now = mono_after(fixture->now, MESSAGE_MS);
    console_tick(fixture->console, fixture->now);
    console_fixture_draw(fixture);
}

static void log_lost(struct console_fixture *fixture)
{
    log_open(fixture);
    snapshots_lose_lines(fixture->maker, 312);
    add_scales(fixture, 2);
    console_fixture_take(fixture);
}

static void log_sideways(struct console_fixture *fixture)
{
    log_found(fixture);
    console_fixture_press(fixture, KEYPRESS_RIGHT);
}

static void log_line(struct console_fixture *fixture)
{
    log_found(fixture);
    console_fixture_type(fixture, "o");
}

/* Below the list, the last line. */
static void log_line_of_the_tail(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_press(fixture, KEYPRESS_TAB);
    console_fixture_type(fixture, "ko");
}

static void log_searching(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "/eu");
}

static void log_of_one(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_press(fixture, KEYPRESS_ENTER);
    console_fixture_type(fixture, "l");
}

static void log_expression(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "//^held|409/");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_bad_expression(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "&/(held/");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void log_no_time(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "tnoon");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* Three days, each with a few lines. */
static void log_days(struct console_fixture *fixture)
{
    log_open(fixture);
    for (int day = 0; day < 2; day++) {
        snapshots_at(fixture->maker)->ms += INT64_C(24) * 3600 * 1000;
        add_scales(fixture, 3);
        console_fixture_take(fixture);
    }
}

static void log_empty(struct console_fixture *fixture)
{
    console_fixture_take(fixture);
    console_fixture_type(fixture, "l");
}

static void log_full(struct console_fixture *fixture)
{
    add_scales(fixture, 100);
    log_open(fixture);
    console_fixture_press(fixture, KEYPRESS_PAGE_UP);
}

static void help_log(struct console_fixture *fixture)
{
    log_open(fixture);
    console_fixture_type(fixture, "?");
}

/* clang-format off */
static const struct screen_row screen_rows[] = {
    { "log_80x24",                  80, 24, false, log_open },
    { "log_120x40",                120, 40, false, log_open },
    { "log_200x60",                200, 60, false, log_open },
    { "log_40x6",                   40,  6, false, log_open },
    { "log_20x2",                   20,  2, false, log_open },
    { "log_stopped",                80, 24, false, log_stopped },
    { "log_stopped_40x6",           40,  6, false, log_stopped },
    { "log_found",                  80, 24, false, log_found },
    { "log_found_utf8",            120, 40, true,  log_found },
    { "log_only",                   80, 24, false, log_only },
    { "log_only_nothing",           80, 24, false, log_only_nothing },
    { "log_errors",                 80, 24, false, log_errors },
    { "log_lost",                   80, 24, false, log_lost },
    { "log_sideways",               80, 24, false, log_sideways },
    { "log_line_80x24",             80, 24, false, log_line },
    { "log_line_44x10",             44, 10, false, log_line },
    { "log_line_of_the_tail",       80, 24, false, log_line_of_the_tail },
    { "log_of_one",                 80, 24, false, log_of_one },
    { "log_of_one_44x10",           44, 10, false, log_of_one },
    { "log_of_one_120x40_utf8",    120, 40, true,  log_of_one },
    { "log_expression",             80, 24, false, log_expression },
    { "log_bad_expression",         80, 24, false, log_bad_expression },
    { "log_bad_expression_30x5",    30,  5, false, log_bad_expression },
    { "log_no_time",                44, 10, false, log_no_time },
    { "log_days",                   80, 24, false, log_days },
    { "log_days_44x10",             44, 10, false, log_days },
    { "log_searching",              80, 24, false, log_searching },
    { "log_empty",                  80, 24, false, log_empty },
    { "log_full",                   80, 24, false, log_full },
    { "help_log",                   80, 24, false, help_log },
};
/* clang-format on */

/* Screens with colours: letters stand for roles. */
/* clang-format off */
static const struct screen_row role_rows[] = {
    { "log_found",                  80, 24, false, log_found },
};
/* clang-format on */

/* --- laws ------------------------------------------------------------------------------------------------------ */

/* A match is marked at its position, scrolled sideways or not. */
static void hits_are_marked(void **state)
{
    (void)state;
    static void (*const scenes[])(struct console_fixture * fixture) = { log_found, log_sideways };
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        struct console_fixture fixture;
        char row[4096];
        steps_init(&fixture, 120, 40, true);
        scenes[i](&fixture);
        canvas_row_text(&fixture.canvas, 7, row, sizeof row);
        const char *id = strstr(row, "=eu-west-chess");
        assert_non_null(id);
        int column = (int)(id - row);
        assert_true(canvas_at(&fixture.canvas, column + 3, 7)->marks & CELL_CURSOR);
        assert_int_equal(canvas_at(&fixture.canvas, column + 2, 7)->marks & CELL_HIT,
                         i == 0 ? CELL_HIT : 0);
        assert_int_equal(canvas_at(&fixture.canvas, column + 3, 7)->marks & CELL_HIT, 0);
        console_fixture_fini(&fixture);
    }
}

/* It goes back and forth in every line: for thousands of lines it would take seconds. */
static void an_expression_that_takes_too_long_is_given_up_with_a_message(void **state)
{
    (void)state;
    static char line[2000];
    struct console_fixture fixture;
    steps_init(&fixture, 120, 40, true);
    steps_fill(&fixture);
    memset(line, 'a', sizeof line - 3);
    memcpy(&line[sizeof line - 3], "z!", 3);
    for (int i = 0; i < 100; i++)
        snapshots_line(fixture.maker, LEVEL_INFO, EVENT_SCALED, NULL, line);
    console_fixture_take(&fixture);
    console_fixture_type(&fixture, "l&/(*NO_JIT)[a-y]*[b-y]?!/");
    assert_string_equal(fixture.console->message,
                        "the expression takes too long: it is given up and matches nothing more");
    console_fixture_fini(&fixture);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(hits_are_marked),
        cmocka_unit_test(an_expression_that_takes_too_long_is_given_up_with_a_message),
    };
    int failed = screens_run("log", screen_rows, COUNT_OF(screen_rows));
    failed += screens_run_roles("log: roles", role_rows, COUNT_OF(role_rows));
    failed += cmocka_run_group_tests_name("log: laws", laws, NULL, NULL);
    return failed;
}

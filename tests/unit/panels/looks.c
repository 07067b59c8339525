/*
 * Every view and dialog in four sizes and every look, compared with reviewed files.
 *
 * What a terminal shows of a cell depends on its text, its role and its marks; the theme and the number of colours
 * turn role and marks into colours and attributes, the same in every view. So a view has one file for each size: its
 * text, the rows that differ in ASCII, and its roles; and all looks (dark, light and so on, with 256 and 8 colours, mono)
 * have one file together, a line for each role. A change of a theme changes that file alone, and a change of a view is
 * read in one place.
 */
#include "tests/support/console_steps.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"
#include "tests/support/views.h"
#include "tui/term/theme.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY "tests/data/golden/looks/"
#define FILE_SIZE ((size_t)256 * 1024)
#define ROW_SIZE 4096
#define TESTS_MAX 200

static const struct size {
    int columns, rows;
} sizes[] = { { 44, 10 }, { 80, 24 }, { 120, 40 }, { 200, 60 } };

struct look_test {
    const struct view_row *view;
    const struct size *size;
    char name[64];
};

static void play(struct console_fixture *fixture, const struct look_test *test, bool is_ascii)
{
    steps_init(fixture, test->size->columns, test->size->rows, is_ascii);
    test->view->play(fixture);
    console_fixture_draw(fixture);
}

static void add_rows(struct text *text, const struct canvas *canvas)
{
    char line[ROW_SIZE];
    for (int row = 0; row < canvas->rows; row++) {
        canvas_row_text(canvas, row, line, sizeof line);
        text_addf(text, "%s\n", line);
    }
}

/* "12: ..." */
static void add_different_rows(struct text *text, const struct canvas *canvas,
                               const struct canvas *other)
{
    char line[ROW_SIZE];
    char other_line[ROW_SIZE];
    for (int row = 0; row < canvas->rows; row++) {
        canvas_row_text(canvas, row, line, sizeof line);
        canvas_row_text(other, row, other_line, sizeof other_line);
        if (strcmp(line, other_line) != 0)
            text_addf(text, "%d: %s\n", row, line);
    }
}

/* "2. 14C 3." for each row: runs of cells with the same letter. */
static void add_roles(struct text *text, const struct canvas *canvas)
{
    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0, run; column < canvas->columns; column += run) {
            char letter = golden_letter(canvas_at(canvas, column, row));
            for (run = 1; column + run < canvas->columns &&
                          golden_letter(canvas_at(canvas, column + run, row)) == letter;)
                run++;
            text_addf(text, "%s%d%c", column > 0 ? " " : "", run, letter);
        }
        text_add_char(text, '\n');
    }
}

static void view_is_as_reviewed(void **state)
{
    const struct look_test *test = *state;
    struct console_fixture utf8;
    struct console_fixture ascii;
    static char storage[FILE_SIZE];
    char path[128];
    struct text text;
    text_init(&text, storage, sizeof storage);
    play(&utf8, test, false);
    play(&ascii, test, true);
    add_rows(&text, &utf8.canvas);
    text_add(&text, "--- in ASCII ---\n");
    add_different_rows(&text, &ascii.canvas, &utf8.canvas);
    text_add(&text, "--- roles ---\n");
    add_roles(&text, &utf8.canvas);
    assert_false(text.was_cut);
    snprintf(path, sizeof path, DIRECTORY "%s.txt", test->name);
    golden_check_file(path, storage);
    console_fixture_fini(&utf8);
    console_fixture_fini(&ascii);
}

/* --- themes ---------------------------------------------------------------------------------------------------- */

static void add_attributes(struct text *text, unsigned attributes)
{
    static const struct {
        unsigned attribute;
        const char *word;
    } rows[] = { { LOOK_BOLD, " bold" },
                 { LOOK_UNDER, " underlined" },
                 { LOOK_REVERSE, " reverse" },
                 { LOOK_DIM, " dim" } };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        text_add(text, attributes & rows[i].attribute ? rows[i].word : "");
}

static void add_look(struct text *text, char letter, const struct look *look)
{
    text_addf(text, "%c %d on %d", letter, look->ink, look->paper);
    add_attributes(text, look->attributes);
    text_add_char(text, '\n');
}

static void every_look_of_every_role(void **state)
{
    (void)state;
    static char storage[FILE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int has_256 = 1; has_256 >= 0; has_256--) {
            text_addf(&text, "--- %s, %d colours ---\n", theme_word((enum theme)theme),
                      has_256 ? 256 : 8);
            for (int role = 0; role < ROLE_COUNT; role++) {
                struct cell cell = { .role = (uint8_t)role };
                struct look look = theme_look((enum theme)theme, (enum role)role, has_256);
                add_look(&text, golden_letter(&cell), &look);
            }
        }
    text_add(&text, "--- no colours ---\n");
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct cell cell = { .role = (uint8_t)role };
        text_addf(&text, "%c", golden_letter(&cell));
        add_attributes(&text, theme_mono((enum role)role));
        text_add_char(&text, '\n');
    }
    golden_check_file(DIRECTORY "themes.txt", storage);
}

int main(void)
{
    static struct look_test looks[TESTS_MAX];
    struct CMUnitTest tests[TESTS_MAX];
    size_t count = 0;
    setlocale(LC_CTYPE, "C.UTF-8");
    must(view_row_count * COUNT_OF(sizes) <= TESTS_MAX);
    for (size_t view = 0; view < view_row_count; view++) {
        for (size_t size = 0; size < COUNT_OF(sizes); size++, count++) {
            looks[count] = (struct look_test){ .view = &view_rows[view], .size = &sizes[size] };
            snprintf(looks[count].name, sizeof looks[count].name, "%s_%dx%d", view_rows[view].name,
                     sizes[size].columns, sizes[size].rows);
            tests[count] = (struct CMUnitTest){ .name = looks[count].name,
                                                .test_func = view_is_as_reviewed,
                                                .initial_state = &looks[count] };
        }
    }
    const struct CMUnitTest themes[] = { cmocka_unit_test(every_look_of_every_role) };
    int failed = _cmocka_run_group_tests("looks", tests, count, NULL, NULL);
    return failed + cmocka_run_group_tests_name("themes", themes, NULL, NULL);
}

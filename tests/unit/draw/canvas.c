#include "tui/draw/canvas.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"
#include "tui/draw/glyph.h"
#include "tui/draw/utf8.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <string.h>

#define TEXT_SIZE 4096
#define WIDE "\xe4\xb8\xad"       /* U+4E2D, two columns */
#define ACUTE "\xcc\x81"          /* U+0301, joins */
#define ROCKET "\xf0\x9f\x9a\x80" /* U+1F680, two columns */
#define DIGITS "0123456789"

/* One text on a canvas of one row that is full of digits. */
static const struct put_row {
    const char *name;
    struct area area;
    int column;
    const char *text;
    int taken;
    const char *shown;
    const char *shown_in_ascii; /* NULL: the same */
} put_rows[] = {
    /* clang-format off */
    { "plain",                       { 0, 0, 10, 1 },   0, "abc",          3, "abc3456789", NULL },
    { "nothing",                     { 0, 0, 10, 1 },   0, "",             0, "0123456789", NULL },
    { "in the middle",               { 2, 0, 6, 1 },    1, "abc",          3, "012abc6789", NULL },
    { "up to the edge",              { 0, 0, 10, 1 },   7, "abc",          3, "0123456abc", NULL },
    { "cut at the area's edge",      { 2, 0, 4, 1 },    1, "abcdef",       3, "012ab~6789", NULL },
    { "cut at the canvas's edge",    { 5, 0, 99, 1 },   2, "abcdef",       3, "0123456ab~", NULL },
    { "negative column",             { 0, 0, 10, 1 },  -1, "abc",          0, "0123456789", NULL },
    { "column behind the area",      { 2, 0, 4, 1 },    4, "abc",          0, "0123456789", NULL },
    { "no area",                     { 2, 0, 0, 1 },    0, "abc",          0, "0123456789", NULL },
    { "area without rows",           { 2, 0, 5, 0 },    0, "abc",          0, "0123456789", NULL },
    { "area left of the canvas",     { -2, 0, 5, 1 },   0, "abcdef",       5, "cd~3456789", NULL },
    { "area right of the canvas",    { 10, 0, 5, 1 },   0, "abc",          0, "0123456789", NULL },
    { "area below the canvas",       { 0, 1, 5, 1 },    0, "abc",          0, "0123456789", NULL },
    { "area of all there is",        { 0, 0, INT_MAX, INT_MAX }, 8, "abc", 2, "01234567a~", NULL },
    { "area far away",               { INT_MAX, INT_MAX, INT_MAX, INT_MAX }, 8, "abc", 0, "0123456789", NULL },
    { "wide",                        { 0, 0, 10, 1 },   1, WIDE "b",       3, "0" WIDE "b456789", "0??b456789" },
    { "wide at the edge",            { 0, 0, 10, 1 },   8, WIDE "b",       2, "01234567 ~", "01234567?~" },
    { "wide that would be cut",      { 0, 0, 5, 1 },    4, WIDE "b",       1, "0123~56789", NULL },
    { "wide cut on the left",        { -1, 0, 5, 1 },   0, WIDE "b",       3, " b23456789", "?b23456789" },
    { "wide outside on the left",    { -2, 0, 5, 1 },   0, WIDE "b",       3, "b123456789", NULL },
    { "beyond the basic plane",      { 0, 0, 10, 1 },   0, ROCKET,         2, ROCKET "23456789", "??23456789" },
    { "narrow",                      { 0, 0, 10, 1 },   0, "\xc3\xa9",     1, "\xc3\xa9" "123456789", "?123456789" },
    { "combining",                   { 0, 0, 10, 1 },   0, "e" ACUTE "f",  2, "e" ACUTE "f23456789", "ef23456789" },
    { "two combining",               { 0, 0, 10, 1 },   0, "e" ACUTE ACUTE, 1, "e" ACUTE ACUTE "123456789", "e123456789" },
    { "three combining",             { 0, 0, 10, 1 },   0, "e" ACUTE ACUTE ACUTE "f", 2, "e" ACUTE ACUTE "f23456789", "ef23456789" },
    { "combining with nothing before", { 0, 0, 10, 1 }, 3, ACUTE "f",      1, "012f456789", NULL },
    { "combining on wide",           { 0, 0, 10, 1 },   0, WIDE ACUTE "f", 3, WIDE ACUTE "f3456789", "??f3456789" },
    { "combining at the edge",       { 0, 0, 10, 1 },   9, "e" ACUTE,      1, "012345678e" ACUTE, "012345678e" },
    { "combining beyond the edge",   { 0, 0, 10, 1 },   9, "ef" ACUTE,     1, "012345678~", NULL },
    { "combining on what is cut",    { 0, 0, 10, 1 },   9, WIDE ACUTE,     1, "012345678~", NULL },
    { "newline",                     { 0, 0, 10, 1 },   0, "a\nb",         4, "a\\nb456789", NULL },
    { "tab and return",              { 0, 0, 10, 1 },   0, "\t\r",         4, "\\t\\r456789", NULL },
    { "escape sequence",             { 0, 0, 10, 1 },   0, "\x1b[m",       6, "\\x1b[m6789", NULL },
    { "delete",                      { 0, 0, 10, 1 },   0, "\x7f",         4, "\\x7f456789", NULL },
    { "invalid byte",                { 0, 0, 10, 1 },   0, "a\xff",        5, "a\\xff56789", NULL },
    { "cut character",               { 0, 0, 10, 1 },   0, "\xe4\xb8",     8, "\\xe4\\xb889", NULL },
    { "C1",                          { 0, 0, 10, 1 },   0, "\xc2\x9b",     6, "\\u{9b}6789", NULL },
    { "bidirectional control",       { 0, 0, 10, 1 },   0, "\xe2\x80\xae", 8, "\\u{202e}89", NULL },
    { "escape that is cut",          { 0, 0, 3, 1 },    0, "\xff",         3, "\\x~3456789", NULL },
    { "backslash stays single",      { 0, 0, 10, 1 },   0, "\\n",          2, "\\n23456789", NULL },
    /* clang-format on */
};

static void make(struct canvas *canvas, int columns, int rows)
{
    canvas_init(canvas);
    assert_int_equal(canvas_resize(canvas, columns, rows), 0);
}

static void assert_row(const struct canvas *canvas, int row, const char *wanted)
{
    char text[TEXT_SIZE];
    canvas_row_text(canvas, row, text, sizeof text);
    assert_string_equal(text, wanted);
}

/* Invariants of every canvas. */
static void check_cells(const struct canvas *canvas)
{
    for (int row = 0; row < canvas->rows; row++)
        for (int column = 0; column < canvas->columns; column++) {
            const struct cell *cell = canvas_at(canvas, column, row);
            bool has_left_half = column > 0 && cell[-1].width == 2;
            assert_true(cell->width <= 2);
            assert_int_equal(cell->width == 0, has_left_half);
            assert_true(cell->width < 2 || column + 1 < canvas->columns);
            assert_true(cell->role < ROLE_COUNT);
            assert_int_equal(cell->zero, 0);
            assert_true(cell->text[0] >= ' ');
        }
}

static void put_once(const struct put_row *row, bool is_ascii, const char *wanted)
{
    struct canvas canvas;
    make(&canvas, 10, 1);
    canvas.is_ascii = is_ascii;
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_NORMAL, DIGITS);
    assert_int_equal(canvas_put(&canvas, row->area, row->column, 0, ROLE_UP, row->text),
                     row->taken);
    check_cells(&canvas);
    assert_row(&canvas, 0, wanted);
    canvas_fini(&canvas);
}

static void check_put(void **state)
{
    const struct put_row *row = *state;
    put_once(row, false, row->shown);
}

static void check_put_ascii(void **state)
{
    const struct put_row *row = *state;
    put_once(row, true, row->shown_in_ascii ? row->shown_in_ascii : row->shown);
}

static const struct right_row {
    const char *name;
    struct area area;
    int gap;
    const char *text;
    const char *shown;
} right_rows[] = {
    /* clang-format off */
    { "fits",                  { 0, 0, 10, 1 },  0, "abc",            "0123456abc" },
    { "gap",                   { 0, 0, 10, 1 },  2, "abc",            "01234abc89" },
    { "fills",                 { 3, 0, 3, 1 },   0, "abc",            "012abc6789" },
    { "cut on the left",       { 3, 0, 3, 1 },   0, "abcde",          "012~de6789" },
    { "cut on the left, gap",  { 3, 0, 4, 1 },   1, "abcde",          "012~de6789" },
    { "gap of the whole area", { 3, 0, 4, 1 },   4, "abcde",          "0123456789" },
    { "negative gap",          { 3, 0, 4, 1 },  -1, "abcde",          "0123456789" },
    { "wide cut on the left",  { 3, 0, 2, 1 },   0, WIDE "b",         "012~b56789" },
    { "combining",             { 3, 0, 2, 1 },   0, "xe" ACUTE "f",   "012~f56789" },
    { "combining, base gone",  { 3, 0, 1, 1 },   0, "e" ACUTE "f",    "012~456789" },
    { "off the canvas",        { 8, 0, 5, 1 },   0, "abc",            "0123456789" },
    { "half off the canvas",   { 6, 0, 5, 1 },   0, "abc",            "01234567a~" },
    { "left of the canvas",    { -3, 0, 5, 1 },  0, "abcd",           "cd23456789" },
    /* clang-format on */
};

static void check_right(void **state)
{
    const struct right_row *row = *state;
    struct canvas canvas;
    make(&canvas, 10, 1);
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_NORMAL, DIGITS);
    canvas_put_right(&canvas, row->area, row->gap, 0, ROLE_UP, row->text);
    check_cells(&canvas);
    assert_row(&canvas, 0, row->shown);
    canvas_fini(&canvas);
}

/* Drawn over a row of five wide characters. */
static const struct over_row {
    const char *name;
    int column;
    const char *text; /* NULL: one cell is filled with '#' */
    const char *shown;
} over_rows[] = {
    /* clang-format off */
    { "left half",           2, "a",       WIDE "a " WIDE WIDE WIDE },
    { "right half",          3, "a",       WIDE " a" WIDE WIDE WIDE },
    { "both halves",         2, "ab",      WIDE "ab" WIDE WIDE WIDE },
    { "halves of two",       3, "ab",      WIDE " ab " WIDE WIDE },
    { "wide over wide",      2, ROCKET,    WIDE ROCKET WIDE WIDE WIDE },
    { "wide over halves",    3, ROCKET,    WIDE " " ROCKET " " WIDE WIDE },
    { "first half",          0, "a",       "a " WIDE WIDE WIDE WIDE },
    { "last half",           9, "a",       WIDE WIDE WIDE WIDE " a" },
    { "filled, left half",   4, NULL,      WIDE WIDE "# " WIDE WIDE },
    { "filled, right half",  5, NULL,      WIDE WIDE " #" WIDE WIDE },
    /* clang-format on */
};

static void check_over(void **state)
{
    const struct over_row *row = *state;
    struct canvas canvas;
    make(&canvas, 10, 1);
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_NORMAL, WIDE WIDE WIDE WIDE WIDE);
    if (row->text)
        canvas_put(&canvas, canvas_area(&canvas), row->column, 0, ROLE_UP, row->text);
    else
        canvas_fill(&canvas, (struct area){ row->column, 0, 1, 1 }, ROLE_UP, '#');
    check_cells(&canvas);
    assert_row(&canvas, 0, row->shown);
    canvas_fini(&canvas);
}

#define FRAME_ROWS_MAX 4

static const struct frame_row {
    const char *name;
    struct area area;
    bool is_utf8;
    const char *title;
    const char *note;
    const char *rows[FRAME_ROWS_MAX];
} frame_rows[] = {
    /* clang-format off */
    { "plain", { 0, 0, 6, 3 }, false, NULL, NULL, {
        "+----+",
        "|    |",
        "+----+" } },
    { "box drawing", { 1, 0, 4, 3 }, true, NULL, NULL, {
        " \u250c\u2500\u2500\u2510",
        " \u2502  \u2502",
        " \u2514\u2500\u2500\u2518" } },
    { "title and note", { 0, 0, 20, 4 }, false, "Pause", "Esc cancels", {
        "+-- Pause ---------+",
        "|                  |",
        "|                  |",
        "+-- Esc cancels ---+" } },
    { "title in a narrow one", { 0, 0, 11, 2 }, false, "Pause", "Esc cancels", {
        "+ Pause --+",
        "+ Esc ca~ +" } },
    { "title that just fits", { 0, 0, 20, 2 }, false, "0123456789abcd", "0123456789abcde", {
        "+-- 0123456789abcd +",
        "+-- 0123456789abc~ +" } },
    { "no room for a title", { 0, 0, 4, 2 }, false, "Pause", NULL, {
        "+--+",
        "+--+" } },
    { "one row", { 0, 0, 8, 1 }, false, "a", "b", {
        "+ a ---+" } },
    { "one column", { 0, 0, 1, 3 }, false, "a", "b", {
        "+",
        "|",
        "+" } },
    { "one cell", { 0, 0, 1, 1 }, false, "a", "b", { "+" } },
    { "nothing", { 0, 0, 0, 3 }, false, "a", "b", { "" } },
    { "half off the canvas", { 16, 2, 8, 4 }, false, "ab", NULL, {
        "",
        "",
        "                + ab",
        "                |" } },
    { "off at the upper left", { -2, -1, 6, 3 }, false, "ab", "abcdef", {
        "   |",
        "a~ +" } },
    /* clang-format on */
};

static void check_frame(void **state)
{
    const struct frame_row *row = *state;
    struct canvas canvas;
    make(&canvas, 20, FRAME_ROWS_MAX);
    canvas.is_ascii = !row->is_utf8;
    canvas_frame(&canvas, row->area, row->title, row->note);
    check_cells(&canvas);
    for (int i = 0; i < FRAME_ROWS_MAX; i++)
        assert_row(&canvas, i, row->rows[i] ? row->rows[i] : "");
    canvas_fini(&canvas);
}

static const struct area_case {
    const char *name;
    struct area area;
    int rows;
    struct area below;
    struct area row;
} area_rows[] = {
    /* clang-format off */
    { "some rows",     { 1, 2, 3, 10 }, 4,  { 1, 6, 3, 6 },  { 1, 6, 3, 1 } },
    { "none",          { 1, 2, 3, 10 }, 0,  { 1, 2, 3, 10 }, { 1, 2, 3, 1 } },
    { "all",           { 1, 2, 3, 10 }, 10, { 1, 12, 3, 0 }, { 1, 2, 3, 0 } },
    { "more than all", { 1, 2, 3, 10 }, 11, { 1, 12, 3, 0 }, { 1, 2, 3, 0 } },
    { "negative",      { 1, 2, 3, 10 }, -1, { 1, 2, 3, 10 }, { 1, 2, 3, 0 } },
    { "of nothing",    { 1, 2, 3, 0 },  1,  { 1, 2, 3, 0 },  { 1, 2, 3, 0 } },
    /* clang-format on */
};

static void assert_area(struct area area, struct area wanted)
{
    assert_int_equal(area.column, wanted.column);
    assert_int_equal(area.row, wanted.row);
    assert_int_equal(area.columns, wanted.columns);
    assert_int_equal(area.rows, wanted.rows);
}

static void check_area(void **state)
{
    const struct area_case *row = *state;
    assert_area(area_below(row->area, row->rows), row->below);
    assert_area(area_row(row->area, row->rows), row->row);
}

static const struct columns_row {
    const char *name;
    const char *text;
    int columns;
    int columns_in_ascii;
} columns_rows[] = {
    /* clang-format off */
    { "nothing",        "",              0, 0 },
    { "plain",          "abc",           3, 3 },
    { "wide",           WIDE "a",        3, 3 },
    { "combining",      "e" ACUTE,       1, 1 },
    { "escape",         "\x1b[",         5, 5 },
    { "no width known", "\xcd\xb8",      7, 1 },
    { "highest",        "\xf4\x8f\xbf\xbf", 10, 10 },
    /* clang-format on */
};

static void check_columns(void **state)
{
    const struct columns_row *row = *state;
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_text_columns(&canvas, row->text), row->columns);
    canvas.is_ascii = true;
    assert_int_equal(canvas_text_columns(&canvas, row->text), row->columns_in_ascii);
}

static void test_resizing(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 80, 24);
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "abc");
    canvas.cursor_column = 3;
    assert_int_equal(canvas_resize(&canvas, 40, 6), 0);
    assert_area(canvas_area(&canvas), (struct area){ 0, 0, 40, 6 });
    assert_row(&canvas, 0, "");
    assert_int_equal(canvas_at(&canvas, 0, 0)->role, ROLE_NORMAL);
    assert_int_equal(canvas.cursor_column, -1);
    assert_int_equal(canvas_resize(&canvas, 0, -5), 0);
    assert_area(canvas_area(&canvas), (struct area){ 0, 0, 1, 1 });
    assert_int_equal(canvas_resize(&canvas, INT_MAX, INT_MAX), 0);
    assert_area(canvas_area(&canvas), (struct area){ 0, 0, CANVAS_COLUMNS_MAX, CANVAS_ROWS_MAX });
    check_cells(&canvas);
    canvas_fini(&canvas);
    canvas_fini(&canvas);
    canvas_fini(NULL);
    assert_int_equal(watched_heap.live_count, 0);
}

static void test_without_memory_it_stays_as_it_was(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 20, 2);
    canvas_put(&canvas, canvas_area(&canvas), 0, 1, ROLE_UP, "abc");
    watched_heap.succeed_count = 0;
    assert_int_equal(canvas_resize(&canvas, 30, 3), -ENOMEM);
    assert_area(canvas_area(&canvas), (struct area){ 0, 0, 20, 2 });
    assert_row(&canvas, 1, "abc");
    assert_int_equal(canvas_resize(&canvas, 10, 4), 0); /* there is room for it already */
    watched_heap.succeed_count = -1;
    canvas_fini(&canvas);
    assert_int_equal(watched_heap.live_count, 0);
}

static void test_roles_and_marks(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 10, 3);
    struct area all = canvas_area(&canvas);
    canvas_put(&canvas, all, 2, 1, ROLE_UP, "abc");
    canvas_mark(&canvas, area_row(all, 1), CELL_CURSOR);
    canvas_mark(&canvas, (struct area){ 3, 1, 1, 1 }, CELL_HIT);
    canvas_set_role(&canvas, (struct area){ 4, 0, 99, 2 }, ROLE_FAILED);
    assert_int_equal(canvas_at(&canvas, 3, 1)->role, ROLE_UP);
    assert_int_equal(canvas_at(&canvas, 3, 1)->marks, CELL_CURSOR | CELL_HIT);
    assert_int_equal(canvas_at(&canvas, 9, 1)->role, ROLE_FAILED);
    assert_int_equal(canvas_at(&canvas, 9, 1)->marks, CELL_CURSOR);
    assert_int_equal(canvas_at(&canvas, 9, 2)->role, ROLE_NORMAL);
    assert_int_equal(canvas_at(&canvas, 9, 2)->marks, 0);
    canvas_put(&canvas, all, 3, 1, ROLE_UP, "x");
    assert_int_equal(canvas_at(&canvas, 3, 1)->marks, 0);
    assert_int_equal(canvas_at(&canvas, 2, 1)->marks, CELL_CURSOR);
    assert_row(&canvas, 1, "  axc");
    canvas_clear(&canvas);
    check_cells(&canvas);
    assert_int_equal(canvas_at(&canvas, 2, 1)->marks, 0);
    assert_row(&canvas, 1, "");
    canvas_fini(&canvas);
}

static void test_formatted_text(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 20, 1);
    assert_int_equal(canvas_putf(&canvas, canvas_area(&canvas), 2, 0, ROLE_UP, "%s=%d", "delta", 6),
                     7);
    assert_row(&canvas, 0, "  delta=6");
    assert_int_equal(canvas_putf(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "%9999s", "delta"),
                     20);
    assert_row(&canvas, 0, "");
    canvas_fini(&canvas);
}

static void test_bytes_with_zeros(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 20, 1);
    assert_int_equal(canvas_put_bytes(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "a\0b", 3), 6);
    assert_row(&canvas, 0, "a\\x00b");
    canvas_fini(&canvas);
}

static void test_row_text_is_cut_at_whole_characters(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 10, 1);
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "a" WIDE "b");
    static const char *const wanted[] = { "", "a", "a", "a", "a" WIDE, "a" WIDE "b" };
    for (size_t size = 1; size <= COUNT_OF(wanted); size++) {
        char text[8] = "-------";
        canvas_row_text(&canvas, 0, text, size);
        assert_string_equal(text, wanted[size - 1]);
    }
    canvas_fini(&canvas);
}

/* U+0378 is not assigned: terminals differ in what they show. */
static void test_a_character_of_no_known_width(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 10, 1);
    assert_int_equal(canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "\xcd\xb8"), 7);
    assert_row(&canvas, 0, "\\u{378}");
    canvas_clear(&canvas);
    canvas.is_ascii = true;
    assert_int_equal(canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, "\xcd\xb8"), 1);
    assert_row(&canvas, 0, "?");
    canvas_fini(&canvas);
}

static void test_fill_in_ascii(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 4, 1);
    canvas_fill(&canvas, canvas_area(&canvas), ROLE_UP, 0x2588);
    assert_row(&canvas, 0, "\u2588\u2588\u2588\u2588");
    canvas.is_ascii = true;
    canvas_fill(&canvas, (struct area){ 1, 0, 2, 1 }, ROLE_UP, 0x2588);
    assert_row(&canvas, 0, "\u2588??\u2588");
    canvas_fini(&canvas);
}

/* Without a UTF-8 locale the width of a character is unknown. */
static void test_ascii_canvas_in_the_c_locale(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 20, 1);
    canvas.is_ascii = true;
    assert_non_null(setlocale(LC_CTYPE, "C"));
    canvas_put(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP,
               "a\xc3\xa9" WIDE "\x1b"
               "b");
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    assert_row(&canvas, 0, "a??\\x1bb");
    canvas_fini(&canvas);
}

static void test_every_character_comes_back_from_its_bytes(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
        char bytes[UTF8_SIZE_MAX];
        uint32_t back = 0;
        size_t size = utf8_encode(code_point, bytes);
        bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
        assert_int_equal(utf8_decode(bytes, size, &back), is_surrogate ? 0 : size);
        assert_true(is_surrogate || back == code_point);
    }
}

/* Every character takes the cells of its width, and every shown character is printable. */
static void test_every_character_takes_its_columns(void **state)
{
    (void)state;
    struct canvas canvas;
    make(&canvas, 20, 1);
    for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
        char bytes[UTF8_SIZE_MAX];
        size_t size = utf8_encode(code_point, bytes);
        canvas_clear(&canvas);
        canvas.is_ascii = (code_point & 1) != 0;
        int taken = canvas_put_bytes(&canvas, canvas_area(&canvas), 0, 0, ROLE_UP, bytes, size);
        assert_int_equal(taken, glyph_columns(bytes, size, canvas.is_ascii));
        assert_true(taken <= GLYPH_INSTEAD_SIZE);
        for (int i = 0; i < taken; i++) {
            uint32_t shown = canvas_at(&canvas, i, 0)->text[0];
            assert_true(code_point_is_printable(shown));
            assert_true(!canvas.is_ascii || shown < 0x7f);
        }
    }
    canvas_fini(&canvas);
}

static const char *const segments[] = { "a",  "bc",   " ",    WIDE,   ROCKET, ACUTE,
                                        "\n", "\xff", "\xe4", "\xb8", "\x1b", "\xe2\x80\xae" };

/* Draws something somewhere into the area. */
static void draw_anything(struct canvas *canvas, struct random *random, struct area area)
{
    char text[64] = "";
    size_t length = 0;
    for (int64_t i = random_below(random, 12); i > 0; i--) {
        const char *piece = segments[random_below(random, (int64_t)COUNT_OF(segments))];
        memcpy(text + length, piece, strlen(piece) + 1);
        length += strlen(piece);
    }
    int column = (int)random_below(random, 14) - 2;
    int row = (int)random_below(random, 6) - 1;
    enum role role = (enum role)random_below(random, ROLE_COUNT);
    int64_t what = random_below(random, 8);
    if (what == 0)
        canvas_fill(canvas, area, role, 0x2588);
    else if (what == 1)
        canvas_frame(canvas, area, text, text);
    else if (what == 2)
        canvas_put_right(canvas, area, column, row, role, text);
    else if (what == 3)
        canvas_mark(canvas, area, CELL_HIT);
    else
        canvas_put(canvas, area, column, row, role, text);
}

/* Outside of the area only the second halves of cut wide characters may change, to spaces. */
static void check_outside(const struct canvas *canvas, struct area area, const struct cell *before)
{
    for (int row = 0; row < canvas->rows; row++)
        for (int column = 0; column < canvas->columns; column++) {
            const struct cell *old = &before[row * canvas->columns + column];
            const struct cell *now = canvas_at(canvas, column, row);
            bool is_inside = column >= area.column && column < area.column + area.columns &&
                             row >= area.row && row < area.row + area.rows;
            if (is_inside || memcmp(old, now, sizeof *now) == 0)
                continue;
            assert_int_not_equal(old->width, 1);
            assert_int_equal(now->text[0], ' ');
            assert_int_equal(now->width, 1);
        }
}

static void test_nothing_is_drawn_outside_of_the_area(void **state)
{
    (void)state;
    struct random random = { 7 };
    struct canvas canvas;
    canvas_init(&canvas);
    for (int round = 0; round < 2000; round++) {
        struct cell before[20 * 8];
        int columns = (int)random_below(&random, 20) + 1;
        int rows = (int)random_below(&random, 8) + 1;
        assert_int_equal(canvas_resize(&canvas, columns, rows), 0);
        for (int i = 0; i < 20; i++) {
            struct area area = { (int)random_below(&random, 24) - 4,
                                 (int)random_below(&random, 12) - 3,
                                 (int)random_below(&random, 24) - 2,
                                 (int)random_below(&random, 10) - 2 };
            canvas.is_ascii = random_below(&random, 4) == 0;
            memcpy(before, canvas.cells, (size_t)columns * (size_t)rows * sizeof before[0]);
            draw_anything(&canvas, &random, area);
            check_cells(&canvas);
            check_outside(&canvas, area, before);
        }
    }
    canvas_fini(&canvas);
}

static int use_utf8(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_resizing),
        cmocka_unit_test(test_without_memory_it_stays_as_it_was),
        cmocka_unit_test(test_roles_and_marks),
        cmocka_unit_test(test_formatted_text),
        cmocka_unit_test(test_bytes_with_zeros),
        cmocka_unit_test(test_row_text_is_cut_at_whole_characters),
        cmocka_unit_test(test_a_character_of_no_known_width),
        cmocka_unit_test(test_fill_in_ascii),
        cmocka_unit_test(test_ascii_canvas_in_the_c_locale),
        cmocka_unit_test(test_every_character_comes_back_from_its_bytes),
        cmocka_unit_test(test_every_character_takes_its_columns),
        cmocka_unit_test(test_nothing_is_drawn_outside_of_the_area),
    };
    struct CMUnitTest put_tests[COUNT_OF(put_rows)];
    struct CMUnitTest put_ascii_tests[COUNT_OF(put_rows)];
    struct CMUnitTest right_tests[COUNT_OF(right_rows)];
    struct CMUnitTest over_tests[COUNT_OF(over_rows)];
    struct CMUnitTest frame_tests[COUNT_OF(frame_rows)];
    struct CMUnitTest area_tests[COUNT_OF(area_rows)];
    struct CMUnitTest columns_tests[COUNT_OF(columns_rows)];
    TESTS_FROM_ROWS(put_tests, put_rows, check_put);
    TESTS_FROM_ROWS(put_ascii_tests, put_rows, check_put_ascii);
    TESTS_FROM_ROWS(right_tests, right_rows, check_right);
    TESTS_FROM_ROWS(over_tests, over_rows, check_over);
    TESTS_FROM_ROWS(frame_tests, frame_rows, check_frame);
    TESTS_FROM_ROWS(area_tests, area_rows, check_area);
    TESTS_FROM_ROWS(columns_tests, columns_rows, check_columns);
    int failed = cmocka_run_group_tests_name("canvas_put", put_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("canvas_put, ASCII", put_ascii_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("canvas_put_right", right_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("over wide characters", over_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("canvas_frame", frame_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("areas", area_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("canvas_text_columns", columns_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("canvas", whole_tests, use_utf8, NULL);
    return failed;
}

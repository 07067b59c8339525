/*
 * Text that is wrapped and scrolled: what a screen shows of it, row by row, separated by '/'.
 */
#include "tui/draw/scroll_text.h"

#include "engine/base/text.h"
#include "tests/support/test.h"

#include <locale.h>
#include <string.h>

#define WIDE "\xe4\xb8\xad" /* U+4E2D, two columns */
#define ACUTE "\xcc\x81"    /* U+0301, joins */
#define SHOWN_WIDE                                                                                 \
    "?"                                                                                            \
    "?" /* that, on an ASCII canvas */
#define TEXT_SIZE 4096

static void init(struct canvas *canvas, int columns, int rows)
{
    canvas_init(canvas);
    assert_int_equal(canvas_resize(canvas, columns, rows), 0);
}

static void assert_rows(struct canvas *canvas, const char *wanted)
{
    char row[TEXT_SIZE];
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    for (int i = 0; i < canvas->rows; i++) {
        canvas_row_text(canvas, i, row, sizeof row);
        text_addf(&text, "%s%s", i == 0 ? "" : "/", row);
    }
    assert_string_equal(storage, wanted);
    canvas_fini(canvas);
}

/* clang-format off */
static const struct wrap_row {
    const char *name;
    int columns; /* of a scroll of four rows */
    int top;
    int column;  /* at which the text begins */
    const char *text;
    const char *wanted;
    int lines;   /* that it takes */
} wrap_rows[] = {
    { "fits",                     10, 0, 0, "one two",             "one two///",             1 },
    { "fits exactly",              7, 0, 0, "one two",             "one two///",             1 },
    { "one column short",          6, 0, 0, "one two",             "one/two//",              2 },
    { "empty",                    10, 0, 0, "",                    "///",                    1 },
    { "at a column",               9, 0, 2, "one two three",       "  one two/  three//",    2 },
    { "more spaces within",        9, 0, 0, "a   b",               "a   b///",               1 },
    { "more spaces at the break",  4, 0, 0, "one   two",           "one/two//",              2 },
    { "a word as long as a line",  4, 0, 0, "a long b",            "a/long/b/",              3 },
    { "a word that is too long",   4, 0, 0, "a longer b",          "a/long/er b/",           3 },
    { "a word of three lines",     3, 0, 0, "abcdefgh",            "abc/def/gh/",            3 },
    { "wide",                      6, 0, 0, WIDE WIDE " " WIDE,    WIDE WIDE "/" WIDE "//",  2 },
    { "wide, not cut in half",     3, 0, 0, WIDE WIDE,             WIDE "/" WIDE "//",       2 },
    { "wider than the line",       1, 0, 0, WIDE "b",              "~/b//",                  2 },
    { "an escape takes room",      7, 0, 0, "a\x1b" "b ccc",       "a\\x1bb/ccc//",          2 },
    { "an escape stays whole",     3, 0, 0, "a\x1b" "b",           "a/\\x~/b/",              3 },
    { "longer than the sheet",     3, 0, 0, "a b c d e f g h i j", "a b/c d/e f/g h",        5 },
    { "scrolled",                  3, 2, 0, "a b c d e f g h",     "e f/g h//",              4 },
    { "scrolled away",             3, 9, 0, "a b c d e f g h",     "///",                    4 },
    { "no room",                   4, 0, 4, "one two",             "///",                    1 },
    { "no room and more",          4, 0, 6, "one two",             "///",                    1 },
    { "one column",                5, 0, 4, "abc",                 "    a/    b/    c/",     3 },
};
/* clang-format on */

static void check_wrapped(void **state)
{
    const struct wrap_row *row = *state;
    struct canvas canvas;
    init(&canvas, row->columns, 4);
    struct scroll_text scroll = { .canvas = &canvas,
                                  .area = canvas_area(&canvas),
                                  .top = row->top };
    scroll_text_put_wrapped(&scroll, row->column, ROLE_NORMAL, row->text);
    assert_int_equal(scroll.row, row->lines - 1);
    assert_rows(&canvas, row->wanted);
}

/* To limit scrolling, the length is measured without a canvas. */
static void check_counted(void **state)
{
    const struct wrap_row *row = *state;
    struct scroll_text scroll = { .area = { 0, 0, row->columns, 1 }, .top = row->top };
    scroll_text_put_wrapped(&scroll, row->column, ROLE_NORMAL, row->text);
    assert_int_equal(scroll.row, row->lines - 1);
}

/* clang-format off */
static const struct put_row {
    const char *name;
    int top;
    int row;
    int column;
    const char *text;
    const char *wanted; /* of two rows of five columns, the area in the middle of seven by four */
} put_rows[] = {
    { "first",           0,  0, 0, "abc",     "/ abc//" },
    { "last",            0,  1, 0, "abc",     "// abc/" },
    { "at a column",     0,  0, 2, "abc",     "/   abc//" },
    { "clipped",         0,  0, 0, "abcdefg", "/ abcd~//" },
    { "clipped, wide",   0,  0, 0, "abcd" WIDE, "/ abcd~//" },
    { "out at the side", 0,  0, 5, "abc",     "///" },
    { "below",           0,  2, 0, "abc",     "///" },
    { "above",           1,  0, 0, "abc",     "///" },
    { "scrolled",        3,  4, 0, "abc",     "// abc/" },
};
/* clang-format on */

static void check_put(void **state)
{
    const struct put_row *row = *state;
    struct canvas canvas;
    init(&canvas, 7, 4);
    struct scroll_text scroll = { .canvas = &canvas, .area = { 1, 1, 5, 2 }, .top = row->top };
    scroll_text_next(&scroll, row->row);
    scroll_text_putf(&scroll, row->column, ROLE_NORMAL, "%s", row->text);
    assert_rows(&canvas, row->wanted);
}

/* clang-format off */
static const struct area_case {
    const char *name;
    int top;
    int row;
    int column;
    int rows;
    struct area wanted; /* of the area { 1, 1, 10, 5 } */
} area_rows[] = {
    { "whole",               0, 0, 0, 5, { 1, 1, 10, 5 } },
    { "in the middle",       0, 1, 3, 2, { 4, 2,  7, 2 } },
    { "cut below",           0, 3, 0, 5, { 1, 4, 10, 2 } },
    { "cut above",           2, 0, 0, 5, { 1, 1, 10, 3 } },
    { "cut above and below", 2, 0, 0, 9, { 1, 1, 10, 5 } },
    { "below",               0, 5, 0, 5, { 1, 1,  0, 0 } },
    { "above",               5, 0, 0, 5, { 1, 1,  0, 0 } },
    { "out at the side",     0, 0, 10, 5, { 1, 1, 0, 0 } },
    { "scrolled",            7, 8, 1, 2, { 2, 2,  9, 2 } },
};
/* clang-format on */

static void check_area(void **state)
{
    const struct area_case *row = *state;
    struct canvas canvas;
    init(&canvas, 20, 10);
    struct scroll_text scroll = { &canvas, { 1, 1, 10, 5 }, row->top, row->row };
    struct area area = scroll_text_area(&scroll, row->column, row->rows);
    assert_memory_equal(&area, &row->wanted, sizeof area);
    canvas_fini(&canvas);
}

static void without_a_canvas_there_is_no_area(void **state)
{
    (void)state;
    const struct scroll_text scroll = { .area = { 0, 0, 10, 5 } };
    assert_int_equal(scroll_text_area(&scroll, 0, 2).rows, 0);
}

/* They are counted without one. */
static void lines_are_the_same_on_every_canvas(void **state)
{
    static const char text[] = WIDE WIDE " a" ACUTE ACUTE "b";
    static const bool ways[] = { false, true };
    (void)state;
    struct scroll_text counted = { .area = { 0, 0, 4, 1 } };
    scroll_text_put_wrapped(&counted, 0, ROLE_NORMAL, text);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct canvas canvas;
        init(&canvas, 4, 3);
        canvas.is_ascii = ways[i];
        struct scroll_text scroll = { .canvas = &canvas, .area = canvas_area(&canvas) };
        scroll_text_put_wrapped(&scroll, 0, ROLE_NORMAL, text);
        assert_int_equal(scroll.row, counted.row);
        assert_rows(&canvas,
                    ways[i] ? SHOWN_WIDE SHOWN_WIDE "/ab/" : WIDE WIDE "/a" ACUTE ACUTE "b/");
    }
}

static void nothing_stands_outside(void **state)
{
    (void)state;
    struct canvas canvas;
    init(&canvas, 9, 4);
    struct scroll_text scroll = { .canvas = &canvas, .area = { 2, 1, 4, 2 }, .top = 1 };
    scroll_text_put_wrapped(&scroll, 0, ROLE_NORMAL, "aaaa bbbbbb cccc dddd eeee");
    assert_int_equal(scroll.row, 5);
    assert_rows(&canvas, "/  bbbb/  bb/");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest wraps[COUNT_OF(wrap_rows)];
    struct CMUnitTest counts[COUNT_OF(wrap_rows)];
    struct CMUnitTest puts[COUNT_OF(put_rows)];
    struct CMUnitTest areas[COUNT_OF(area_rows)];
    TESTS_FROM_ROWS(wraps, wrap_rows, check_wrapped);
    TESTS_FROM_ROWS(counts, wrap_rows, check_counted);
    TESTS_FROM_ROWS(puts, put_rows, check_put);
    TESTS_FROM_ROWS(areas, area_rows, check_area);
    const struct CMUnitTest others[] = {
        cmocka_unit_test(without_a_canvas_there_is_no_area),
        cmocka_unit_test(lines_are_the_same_on_every_canvas),
        cmocka_unit_test(nothing_stands_outside),
    };
    int failed = cmocka_run_group_tests_name("sheet: wrapped", wraps, NULL, NULL);
    failed += cmocka_run_group_tests_name("sheet: counted", counts, NULL, NULL);
    failed += cmocka_run_group_tests_name("sheet: put", puts, NULL, NULL);
    failed += cmocka_run_group_tests_name("sheet: areas", areas, NULL, NULL);
    failed += cmocka_run_group_tests_name("sheet: others", others, NULL, NULL);
    return failed;
}

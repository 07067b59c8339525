#include "tui/draw/chart.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"
#include "tui/draw/format.h"

#include <limits.h>
#include <locale.h>
#include <string.h>

#define TEXT_SIZE 4096
#define PCT(percent) ((int64_t)((percent)*10) * (SHARE_PERCENT / 10))
#define GAP TREND_UNREAD
#define CHART_ROWS_MAX 4

static const struct bar_row {
    const char *name;
    int64_t share_ppb;
    int64_t target_ppb;
    int columns;
    const char *ascii;
    const char *utf8;
} bar_rows[] = {
    /* clang-format off */
    { "below the target",     PCT(16.1),   PCT(20),  12, "[###.|.....]", "[\u2588\u2588\u2588\u258e\u2502     ]" },
    { "far below",            PCT(3.1),    PCT(20),  12, "[#...|.....]", "[\u258b   \u2502     ]" },
    { "above the target",     PCT(30),     PCT(20),  12, "[####|#....]", "[\u2588\u2588\u2588\u2588\u2502\u2588    ]" },
    { "other target",         PCT(6),      PCT(15),  12, "[#..|......]", "[\u2588\u258e \u2502      ]" },
    { "nothing free",         0,           PCT(20),  12, "[....|.....]", "[    \u2502     ]" },
    { "hardly anything free", 1,           PCT(20),  12, "[#...|.....]", "[\u258f   \u2502     ]" },
    { "full",                 PCT(50),     PCT(20),  7,  "[##|##]",      "[\u2588\u2588\u2502\u2588\u2588]" },
    { "more than full",       PCT(80),     PCT(20),  7,  "[##|##]",      "[\u2588\u2588\u2502\u2588\u2588]" },
    { "target of nothing",    PCT(10),     0,        7,  "[|....]",      "[\u2502    ]" },
    { "target at the end",    PCT(10),     PCT(50),  7,  "[#...|]",      "[\u2588   \u2502]" },
    { "target beyond",        PCT(10),     PCT(90),  7,  "[#...|]",      "[\u2588   \u2502]" },
    { "target unknown",       PCT(10),     -1,       7,  "[#....]",      "[\u2588    ]" },
    { "unknown",              -1,          PCT(20),  12, "[----------]", "[----------]" },
    { "one cell",             PCT(50),     -1,       3,  "[#]",          "[\u2588]" },
    { "half a cell",          PCT(25),     -1,       3,  "[#]",          "[\u258c]" },
    { "no cell",              PCT(25),     PCT(20),  2,  "",             "" },
    { "no room",              PCT(25),     PCT(20),  0,  "",             "" },
    { "negative room",        PCT(25),     PCT(20),  -4, "",             "" },
    { "extremes",             INT64_MAX,   INT64_MAX, 5, "[##|]",        "[\u2588\u2588\u2502]" },
    /* clang-format on */
};

static void check_bar(void **state)
{
    const struct bar_row *row = *state;
    char text[TEXT_SIZE];
    chart_bar_text(row->share_ppb, row->target_ppb, PCT(50), row->columns, true, text, sizeof text);
    assert_string_equal(text, row->ascii);
    chart_bar_text(row->share_ppb, row->target_ppb, PCT(50), row->columns, false, text,
                   sizeof text);
    assert_string_equal(text, row->utf8);
}

static const struct trend_row {
    const char *name;
    uint8_t levels[8]; /* half percents */
    size_t count;
    int columns;
    const char *ascii;
    const char *utf8;
} trend_rows[] = {
    /* clang-format off */
    { "of 40 %",            { 0, 1, 16, 17, 40, 64, 79, 80 }, 8, 8, "_...=*##", "_\u2581\u2582\u2582\u2584\u2586\u2588\u2588" },
    { "as far as 100 %",    { 0, 20, 40, 80, 120, 160, 200 }, 7, 7, "_..-=*#", "_\u2581\u2582\u2583\u2585\u2586\u2588" },
    { "newest at the right", { 80, 40 },                      2, 5, "   #=", "   \u2588\u2584" },
    { "only the newest",    { 200, 80, 40 },                  3, 2, "#=", "\u2588\u2584" },
    { "gaps",               { GAP, 80, GAP, GAP },            4, 4, " #  ", " \u2588  " },
    { "only gaps",          { GAP, GAP },                     2, 2, "  ", "  " },
    { "nothing free",       { 0, 0 },                         2, 2, "__", "__" },
    { "hardly anything",    { 1, 0 },                         2, 2, "._", "\u2581_" },
    { "no levels",          { 0 },                            0, 3, "   ", "   " },
    { "no room",            { 80 },                           1, 0, "", "" },
    { "negative room",      { 80 },                           1, -1, "", "" },
    /* clang-format on */
};

static void check_trend(void **state)
{
    const struct trend_row *row = *state;
    char text[TEXT_SIZE];
    chart_trend_text(row->levels, row->count, row->columns, true, text, sizeof text);
    assert_string_equal(text, row->ascii);
    chart_trend_text(row->levels, row->count, row->columns, false, text, sizeof text);
    assert_string_equal(text, row->utf8);
}

#define VALUES_MAX 20

struct chart_values {
    size_t count;
    int64_t values[VALUES_MAX];
    uint32_t symbol;
};

static const struct chart_row {
    const char *name;
    int columns;
    int rows;
    bool is_utf8;
    struct chart_values series[2];
    const char *shown[CHART_ROWS_MAX];
} chart_rows[] = {
    /* clang-format off */
    { "filled", 12, 2, false, { { 6, { 0, 1, 20, 25, 30, 40 }, 0 } }, {
        "   40|   _-#",
        "    0|__####" } },
    { "filled, eighths", 12, 2, true, { { 6, { 0, 1, 20, 25, 30, 40 }, 0 } }, {
        "   40\u2502   \u2582\u2584\u2588",
        "    0\u2502_\u2581\u2588\u2588\u2588\u2588" } },
    { "gaps", 12, 2, false, { { 6, { 40, -1, 40, -1, INT64_MIN, 20 }, 0 } }, {
        "   40|# #",
        "    0|# #  #" } },
    { "newest at the right", 12, 2, false, { { 2, { 20, 40 }, 0 } }, {
        "   40|     #",
        "    0|    ##" } },
    { "only the newest", 12, 2, false, { { 8, { 9000, 9000, 1, 2, 2, 2, 2, 2 }, 0 } }, {
        "    2| #####",
        "    0|######" } },
    { "a line", 12, 3, false, { { 6, { 0, 1, 4, 5, 9, 12 }, 'o' } }, {
        "   12|    oo",
        "     |   o",
        "    0|ooo" } },
    { "a line over what is filled", 12, 2, false,
        { { 6, { 4, 4, 4, 4, 4, 4 }, 0 }, { 6, { 2, 2, 2, 4, 4, -1 }, 'o' } }, {
        "    4|###oo#",
        "    0|ooo###" } },
    { "series of different lengths", 12, 2, false,
        { { 6, { 1, 1, 1, 1, 1, 1 }, 'a' }, { 2, { 2, 2 }, 'd' } }, {
        "    2|    dd",
        "    0|aaaaaa" } },
    { "nothing at all", 12, 2, false, { { 0, { 0 }, 0 } }, {
        "    1|",
        "    0|" } },
    { "nothing but zeros", 12, 2, false, { { 6, { 0, 0, 0, 0, 0, 0 }, 0 } }, {
        "    1|",
        "    0|______" } },
    { "nothing but gaps", 12, 2, false, { { 2, { -1, -1 }, 'o' } }, {
        "    1|",
        "    0|" } },
    { "large numbers", 12, 2, false, { { 2, { 123456789, 60000000 }, 0 } }, {
        " 123M|    #",
        "    0|    ##" } },
    { "largest numbers", 12, 2, false, { { 3, { INT64_MAX, INT64_MAX / 2, 1 }, 0 } }, {
        "9223P|   #",
        "    0|   ##_" } },
    { "no room for a scale", 11, 2, false, { { 3, { 1, 2, 2 }, 0 } }, {
        "         ##",
        "        ###" } },
    { "one row", 12, 1, false, { { 3, { 1, 4, 8 }, 0 } }, {
        "    8|   _-#" } },
    { "one cell", 1, 1, false, { { 3, { 1, 4, 8 }, 0 } }, {
        "#" } },
    { "no rows", 12, 0, false, { { 3, { 1, 4, 8 }, 0 } }, { "" } },
    { "no columns", 0, 3, false, { { 3, { 1, 4, 8 }, 0 } }, { "" } },
    /* clang-format on */
};

static void check_chart(void **state)
{
    const struct chart_row *row = *state;
    struct chart_series series[2];
    for (size_t i = 0; i < 2; i++)
        series[i] = (struct chart_series){ row->series[i].values, row->series[i].count,
                                           i == 0 ? ROLE_UP : ROLE_DOWN, row->series[i].symbol };
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 20, CHART_ROWS_MAX), 0);
    canvas.is_ascii = !row->is_utf8;
    chart_draw(&canvas, (struct area){ 0, 0, row->columns, row->rows }, series, 2);
    for (int i = 0; i < CHART_ROWS_MAX; i++) {
        char text[TEXT_SIZE];
        canvas_row_text(&canvas, i, text, sizeof text);
        assert_string_equal(text, row->shown[i] ? row->shown[i] : "");
    }
    canvas_fini(&canvas);
}

static void test_roles_of_a_chart(void **state)
{
    (void)state;
    static const int64_t values[] = { 1, 2, 3, 4, 5, 6 };
    const struct chart_series series[] = { { values, 6, ROLE_UP, 0 },
                                           { values, 6, ROLE_DOWN, 'o' } };
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 12, 6), 0);
    chart_draw(&canvas, canvas_area(&canvas), series, 2);
    assert_int_equal(canvas_at(&canvas, 4, 0)->role, ROLE_DIM);
    assert_int_equal(canvas_at(&canvas, 5, 3)->role, ROLE_DIM);
    assert_int_equal(canvas_at(&canvas, 11, 0)->role, ROLE_DOWN);
    assert_int_equal(canvas_at(&canvas, 11, 1)->role, ROLE_UP);
    assert_int_equal(canvas_at(&canvas, 6, 0)->role, ROLE_NORMAL);
    canvas_fini(&canvas);
}

/* Texts end at a whole character when their storage does. */
static void test_texts_are_cut_whole(void **state)
{
    (void)state;
    static const uint8_t levels[] = { 80, 80, 80 };
    for (size_t size = 1; size < 16; size++) {
        char text[16];
        chart_trend_text(levels, 3, 3, false, text, size);
        assert_int_equal(strlen(text), 3 * (size - 1 < 9 ? (size - 1) / 3 : 3));
        chart_bar_text(PCT(50), -1, PCT(50), 5, false, text, size);
        /* A bracket of one byte, three blocks of three, another bracket. */
        size_t blocks = size < 2 ? 0 : (size - 2) / 3;
        size_t wanted = size < 2 ? 0 : size >= 12 ? 11 : 1 + 3 * (blocks < 3 ? blocks : 3);
        assert_int_equal(strlen(text), wanted);
    }
}

/* Bars and trends have the requested width, and only ASCII on an ASCII canvas. */
static void test_widths(void **state)
{
    (void)state;
    struct random random = { 11 };
    for (int i = 0; i < 20000; i++) {
        char text[TEXT_SIZE];
        uint8_t levels[40];
        int columns = (int)random_below(&random, 60);
        bool is_ascii = random_below(&random, 2) == 0;
        int64_t full = 1 + random_below(&random, SHARE_WHOLE);
        chart_bar_text(random_below(&random, SHARE_WHOLE) - 1000,
                       random_below(&random, SHARE_WHOLE), full, columns, is_ascii, text,
                       sizeof text);
        assert_int_equal(format_columns(text), columns < 3 ? 0 : columns);
        assert_true(!is_ascii || format_columns(text) == (int)strlen(text));
        for (size_t j = 0; j < COUNT_OF(levels); j++)
            levels[j] = (uint8_t)random_below(&random, UINT8_MAX + 1);
        chart_trend_text(levels, (size_t)random_below(&random, 41), columns, is_ascii, text,
                         sizeof text);
        assert_int_equal(format_columns(text), columns);
        assert_true(!is_ascii || columns == (int)strlen(text));
    }
}

/* For every size and position, only cells of the area change. */
static void test_charts_stay_in_their_area(void **state)
{
    (void)state;
    struct random random = { 13 };
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 30, 10), 0);
    for (int i = 0; i < 20000; i++) {
        int64_t values[50];
        for (size_t j = 0; j < COUNT_OF(values); j++)
            values[j] = (int64_t)(random_next(&random) >> random_below(&random, 64));
        const struct chart_series series[] = {
            { values, (size_t)random_below(&random, 51), ROLE_UP, 0 },
            { values + 10, (size_t)random_below(&random, 41), ROLE_DOWN, 'o' },
        };
        struct area area = { (int)random_below(&random, 40) - 5, (int)random_below(&random, 14) - 2,
                             (int)random_below(&random, 40) - 2,
                             (int)random_below(&random, 14) - 2 };
        canvas_clear(&canvas);
        chart_draw(&canvas, area, series, 2);
        for (int row = 0; row < canvas.rows; row++)
            for (int column = 0; column < canvas.columns; column++) {
                bool is_inside = column >= area.column && column < area.column + area.columns &&
                                 row >= area.row && row < area.row + area.rows;
                assert_true(is_inside || canvas_at(&canvas, column, row)->text[0] == ' ');
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
        cmocka_unit_test(test_roles_of_a_chart),
        cmocka_unit_test(test_texts_are_cut_whole),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_charts_stay_in_their_area),
    };
    struct CMUnitTest bar_tests[COUNT_OF(bar_rows)];
    struct CMUnitTest trend_tests[COUNT_OF(trend_rows)];
    struct CMUnitTest chart_tests[COUNT_OF(chart_rows)];
    TESTS_FROM_ROWS(bar_tests, bar_rows, check_bar);
    TESTS_FROM_ROWS(trend_tests, trend_rows, check_trend);
    TESTS_FROM_ROWS(chart_tests, chart_rows, check_chart);
    int failed = cmocka_run_group_tests_name("chart_bar_text", bar_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("chart_trend_text", trend_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("chart_draw", chart_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("chart", whole_tests, use_utf8, NULL);
    return failed;
}

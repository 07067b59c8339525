#include "tui/draw/layout.h"

#include "tests/support/test.h"

#include <stdbool.h>
#include <string.h>

#define COLUMNS_SWEEP 250
#define ROWS_SWEEP 80

/* --- sizes that people have ------------------------------------------------------------------------------------ */

/* First row and how many; 0, 0: not there. */
struct span {
    int row;
    int rows;
};

static const struct list_row {
    const char *name;
    int columns;
    int rows;
    struct span status, totals, states, pass, strip, view, heading, list, log_title, log, hints;
} list_rows[] = {
    /* clang-format off */
    /*                     status    totals    states    pass      strip     view      heading   list      log title  log        hints */
    { "10x1",    10,  1, { 0, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
    { "20x2",    20,  2, { 0, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
    { "40x6",    40,  6, { 0, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 5 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
    { "40x8",    40,  8, { 0, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 5 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
    { "44x10",   44, 10, { 0, 1 }, { 1, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 2, 1 }, { 3, 1 }, { 4, 5 }, { 0, 0 }, { 0, 0 }, { 9, 1 } },
    { "60x12",   60, 12, { 0, 1 }, { 1, 1 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 2, 1 }, { 3, 1 }, { 4, 7 }, { 0, 0 }, { 0, 0 }, { 11, 1 } },
    { "80x24",   80, 24, { 0, 1 }, { 1, 1 }, { 2, 1 }, { 0, 0 }, { 0, 0 }, { 3, 1 }, { 4, 1 }, { 5, 13 }, { 18, 1 }, { 19, 4 }, { 23, 1 } },
    { "120x40", 120, 40, { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 }, { 5, 1 }, { 6, 1 }, { 7, 23 }, { 30, 1 }, { 31, 8 }, { 39, 1 } },
    { "200x60", 200, 60, { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 4, 1 }, { 5, 1 }, { 6, 1 }, { 7, 39 }, { 46, 1 }, { 47, 12 }, { 59, 1 } },
    /* clang-format on */
};

static void span_is(const struct area *area, struct span span, int columns)
{
    assert_int_equal(area->rows, span.rows);
    if (span.rows == 0)
        return;
    assert_int_equal(area->row, span.row);
    assert_int_equal(area->column, 0);
    assert_int_equal(area->columns, columns);
}

static void row_is_laid_out(void **state)
{
    const struct list_row *row = *state;
    struct layout layout;
    layout_list(row->columns, row->rows, &layout);
    span_is(&layout.status, row->status, row->columns);
    span_is(&layout.totals, row->totals, row->columns);
    span_is(&layout.states, row->states, row->columns);
    span_is(&layout.pass, row->pass, row->columns);
    span_is(&layout.strip, row->strip, row->columns);
    span_is(&layout.view, row->view, row->columns);
    span_is(&layout.heading, row->heading, row->columns);
    span_is(&layout.list, row->list, row->columns);
    span_is(&layout.log_title, row->log_title, row->columns);
    span_is(&layout.log, row->log, row->columns);
    span_is(&layout.hints, row->hints, row->columns);
}

static const struct dialog_row {
    const char *name;
    int columns, rows, wanted_columns, wanted_rows;
    struct area area;
} dialog_rows[] = {
    /* clang-format off */
    /*                                      terminal   wanted    column, row, columns, rows */
    { "in the middle",                      80, 24,    60,  8,   { 10, 8, 60,  8 } },
    { "no larger than the terminal",        40,  6,    60,  8,   {  0, 0, 40,  6 } },
    { "never too narrow for its buttons",   80, 24,     1,  1,   { 32, 10, 16, 3 } },
    { "no room for a frame: rows",          80,  2,    60,  8,   {  0, 0,  0,  0 } },
    { "no room for a frame: columns",       15, 24,    60,  8,   {  0, 0,  0,  0 } },
    /* clang-format on */
};

static void row_has_its_dialog(void **state)
{
    const struct dialog_row *row = *state;
    struct area area =
        layout_dialog(row->columns, row->rows, row->wanted_columns, row->wanted_rows);
    assert_int_equal(area.columns, row->area.columns);
    assert_int_equal(area.rows, row->area.rows);
    assert_int_equal(area.column, row->area.column);
    assert_int_equal(area.row, row->area.row);
}

/* --- all sizes ------------------------------------------------------------------------------------------------- */

/*
 * All areas from top to bottom: none begins before the one above it ends, so they do not overlap.
 */
#define AREA_COUNT 11

static void collect(const struct layout *layout, struct area ret_areas[AREA_COUNT])
{
    const struct area areas[AREA_COUNT] = { layout->status,  layout->totals, layout->states,
                                            layout->pass,    layout->strip,  layout->view,
                                            layout->heading, layout->list,   layout->log_title,
                                            layout->log,     layout->hints };
    memcpy(ret_areas, areas, sizeof areas);
}

/* Every row of the terminal belongs to exactly one area. */
static void is_covered(const struct layout *layout, int columns, int rows)
{
    struct area areas[AREA_COUNT];
    collect(layout, areas);
    int next = 0;
    for (size_t i = 0; i < AREA_COUNT; i++) {
        if (areas[i].rows == 0)
            continue;
        assert_int_equal(areas[i].row, next);
        assert_true(areas[i].rows > 0);
        assert_int_equal(areas[i].column, 0);
        assert_int_equal(areas[i].columns, columns);
        next += areas[i].rows;
    }
    assert_int_equal(next, rows);
}

static void areas_cover_every_terminal_and_never_overlap(void **state)
{
    (void)state;
    for (int columns = 1; columns <= COLUMNS_SWEEP; columns++) {
        for (int rows = 1; rows <= ROWS_SWEEP; rows++) {
            struct layout layout;
            layout_list(columns, rows, &layout);
            is_covered(&layout, columns, rows);
            layout_fold_strip(&layout);
            is_covered(&layout, columns, rows);
            assert_int_equal(layout.strip.rows, 0);
            layout_page(columns, rows, &layout);
            is_covered(&layout, columns, rows);
            assert_int_equal(layout.totals.rows + layout.log.rows + layout.log_title.rows, 0);
        }
    }
}

/* The order in which areas are dropped: the log, the hints, the totals, the headings, the view line, the list. */
static void areas_leave_in_order(void **state)
{
    (void)state;
    for (int rows = 1; rows <= ROWS_SWEEP; rows++) {
        struct layout layout;
        layout_list(80, rows, &layout);
        assert_int_equal(layout.status.rows, 1);
        assert_int_equal(layout.log.rows > 0, layout.log_title.rows > 0);
        assert_true(!layout.pass.rows || layout.log.rows);
        assert_true(!layout.strip.rows || layout.states.rows);
        assert_true(!layout.states.rows || layout.log.rows);
        assert_true(!layout.log.rows || layout.hints.rows);
        assert_true(!layout.hints.rows || layout.totals.rows);
        assert_true(!layout.totals.rows || layout.heading.rows);
        assert_true(!layout.heading.rows || layout.view.rows);
        assert_true(!layout.view.rows || layout.list.rows >= 5);
        assert_true(layout.log.rows * 4 <= rows);
    }
}

static void dialogs_stay_inside(void **state)
{
    (void)state;
    for (int columns = 1; columns <= COLUMNS_SWEEP; columns += 3) {
        for (int rows = 1; rows <= ROWS_SWEEP; rows++) {
            struct area area = layout_dialog(columns, rows, rows * 3, columns / 4);
            assert_true(area.column >= 0);
            assert_true(area.row >= 0);
            assert_true(area.column + area.columns <= columns);
            assert_true(area.row + area.rows <= rows);
            assert_true(area.columns == 0 || area.rows >= 3);
        }
    }
}

int main(void)
{
    struct CMUnitTest lists[COUNT_OF(list_rows)];
    struct CMUnitTest dialogs[COUNT_OF(dialog_rows)];
    TESTS_FROM_ROWS(lists, list_rows, row_is_laid_out);
    TESTS_FROM_ROWS(dialogs, dialog_rows, row_has_its_dialog);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(areas_cover_every_terminal_and_never_overlap),
        cmocka_unit_test(areas_leave_in_order),
        cmocka_unit_test(dialogs_stay_inside),
    };
    int failed = cmocka_run_group_tests_name("layout: sizes", lists, NULL, NULL);
    failed += cmocka_run_group_tests_name("layout: dialogs", dialogs, NULL, NULL);
    failed += cmocka_run_group_tests_name("layout: laws", laws, NULL, NULL);
    return failed;
}

/*
 * Every view and dialog in every size from 1x1 to 250x80: what must hold of any picture, whatever it shows.
 *
 * Drawn are all columns up to 60 and all rows up to 30, where the layout changes with each, and beyond every seventh.
 * That texts which are cut end with a mark is the canvas's rule (draw/canvas); that areas are on the screen and apart
 * is the layout's (draw/layout). Here: each panel stays in its areas, what lies over others covers them, the row of
 * the cursor and the buttons are there.
 */
#include "tui/console/console_state.h"
#include "tui/panels/panel.h"
#include "tui/panels/panels.h"

#include "engine/base/panic.h"
#include "tests/support/console_steps.h"
#include "tests/support/test.h"
#include "tests/support/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 250
#define ROWS_MAX 80
#define VIEWS_MAX 64
#define UNTOUCHED '#' /* no panel draws it in these views */

/* From this size on a dialog has its buttons; below, one line with its keys. */
#define BUTTONS_COLUMNS 44
#define BUTTONS_ROWS 11

static int next_columns(int columns)
{
    return columns < 60 ? columns + 1 : columns + 7;
}

static int next_rows(int rows)
{
    return rows < 30 ? rows + 1 : rows + 7;
}

static bool is_in(struct area area, int column, int row)
{
    return column >= area.column && column < area.column + area.columns && row >= area.row &&
           row < area.row + area.rows;
}

/* --- panels in their areas ------------------------------------------------------------------------------------- */

static void draw_alone(struct console_fixture *fixture,
                       void (*draw)(const struct console *console, struct canvas *canvas))
{
    canvas_fill(&fixture->canvas, canvas_area(&fixture->canvas), ROLE_NORMAL, UNTOUCHED);
    draw(fixture->console, &fixture->canvas);
}

static bool is_touched(const struct canvas *canvas, int column, int row)
{
    return canvas_at(canvas, column, row)->text[0] != UNTOUCHED;
}

static void expect_inside(const struct console_fixture *fixture, const struct view_row *view,
                          const char *panel, const struct area *areas, size_t count)
{
    for (int row = 0; row < fixture->rows; row++) {
        for (int column = 0; column < fixture->columns; column++) {
            bool is_allowed = !is_touched(&fixture->canvas, column, row);
            for (size_t i = 0; i < count && !is_allowed; i++)
                is_allowed = is_in(areas[i], column, row);
            if (!is_allowed)
                fail_msg("%s at %dx%d: the %s draws at %d,%d", view->name, fixture->columns,
                         fixture->rows, panel, column, row);
        }
    }
}

/* On the log's page its title is in the area of the list. */
static void check_areas(struct console_fixture *fixture, const struct view_row *view)
{
    const struct console *console = fixture->console;
    const struct layout *layout = &console->layout;
    const struct area head[] = { layout->status, layout->totals, layout->states,
                                 layout->pass,   layout->strip,  layout->view };
    const struct area list[] = { layout->heading, layout->list };
    const struct area log[] = { layout->log_title, layout->log };
    draw_alone(fixture, panel_status_draw);
    expect_inside(fixture, view, "header", head, COUNT_OF(head));
    if (console->page == PAGE_LIST) {
        draw_alone(fixture, panel_fleet_draw);
        expect_inside(fixture, view, "list", list, COUNT_OF(list));
        draw_alone(fixture, panel_log_draw);
        expect_inside(fixture, view, "log", log, COUNT_OF(log));
    } else {
        bool is_log = console->page == PAGE_LOG;
        draw_alone(fixture, is_log ? panel_log_draw : panel_explain_draw);
        expect_inside(fixture, view, "page", &layout->list, 1);
    }
}

/* --- what lies over others ------------------------------------------------------------------------------------- */

static void (*const overlays[])(const struct console *,
                                struct canvas *) = { panel_line_draw,       panel_help_draw,
                                                     panel_difference_draw, panel_columns_draw,
                                                     panel_fault_draw,      panel_dialog_draw };

/* Nothing shows through: every cell of the rectangle around it is its own. */
static void check_cover(struct console_fixture *fixture, const struct view_row *view, size_t which)
{
    struct area around = { fixture->columns, fixture->rows, 0, 0 };
    int right = 0;
    int bottom = 0;
    int count = 0;
    draw_alone(fixture, overlays[which]);
    for (int row = 0; row < fixture->rows; row++) {
        for (int column = 0; column < fixture->columns; column++) {
            if (!is_touched(&fixture->canvas, column, row))
                continue;
            around.column = column < around.column ? column : around.column;
            around.row = row < around.row ? row : around.row;
            right = column + 1 > right ? column + 1 : right;
            bottom = row + 1 > bottom ? row + 1 : bottom;
            count++;
        }
    }
    if (count > 0 && count != (right - around.column) * (bottom - around.row))
        fail_msg("%s at %dx%d: overlay %zu covers %d cells of %dx%d", view->name, fixture->columns,
                 fixture->rows, which, count, right - around.column, bottom - around.row);
}

/* Is it open? Then in every size in which there is room for it. */
static bool is_open(struct console_fixture *fixture, size_t which)
{
    draw_alone(fixture, overlays[which]);
    for (int row = 0; row < fixture->rows; row++)
        for (int column = 0; column < fixture->columns; column++)
            if (is_touched(&fixture->canvas, column, row))
                return true;
    return false;
}

/* --- the cursor ------------------------------------------------------------------------------------------------ */

static void check_cursor(struct console_fixture *fixture, const struct view_row *view)
{
    const struct console *console = fixture->console;
    const struct area list = console->layout.list;
    size_t position;
    if (console->page != PAGE_LIST || list.rows == 0 ||
        !order_find(console->order, console->cursor.slot, &position))
        return;
    int64_t row = (int64_t)position - (int64_t)console->list_top;
    if (row < 0 || row >= list.rows)
        fail_msg("%s at %dx%d: the cursor is in row %lld of %d", view->name, fixture->columns,
                 fixture->rows, (long long)row, list.rows);
    draw_alone(fixture, panel_fleet_draw);
    for (int column = list.column; column < list.column + list.columns; column++)
        assert_true(canvas_at(&fixture->canvas, column, list.row + (int)row)->marks & CELL_CURSOR);
}

/* --- dialogs --------------------------------------------------------------------------------------------------- */

static bool shows(const struct console_fixture *fixture, const char *text)
{
    char line[COLUMNS_MAX * 4];
    for (int row = 0; row < fixture->rows; row++) {
        canvas_row_text(&fixture->canvas, row, line, sizeof line);
        if (strstr(line, text))
            return true;
    }
    return false;
}

/* "[[ Cancel ]]" and the action, both whole; in one line "Enter/Esc", "type 23" or why it is refused. */
static void check_buttons(struct console_fixture *fixture, const struct view_row *view)
{
    struct dialog_text text;
    char action[64];
    char focused[64];
    if (!view->is_dialog)
        return;
    console_commands_describe(fixture->console, &text);
    snprintf(action, sizeof action, "[ %s ]", text.action);
    snprintf(focused, sizeof focused, "[[ %s ]]", text.action);
    bool has_cancel = shows(fixture, "[ Cancel ]") || shows(fixture, "[[ Cancel ]]");
    bool has_action = text.is_refused || shows(fixture, action) || shows(fixture, focused);
    bool has_one_button = has_cancel || shows(fixture, "[ Canc") || shows(fixture, "Cancel");
    if (has_one_button && !(has_cancel && has_action))
        fail_msg("%s at %dx%d: a button is cut", view->name, fixture->columns, fixture->rows);
    bool is_large = fixture->columns >= BUTTONS_COLUMNS && fixture->rows >= BUTTONS_ROWS;
    if (is_large && !has_cancel && !text.is_refused)
        fail_msg("%s at %dx%d: there are no buttons", view->name, fixture->columns, fixture->rows);
    bool has_keys = shows(fixture, "Esc") || shows(fixture, "type ");
    if (!has_cancel && fixture->columns >= 20 && !has_keys)
        fail_msg("%s at %dx%d: there are neither buttons nor keys", view->name, fixture->columns,
                 fixture->rows);
}

/* --- all ------------------------------------------------------------------------------------------------------- */

/* The page below a dialog is that of another view. */
static void check(struct console_fixture *fixture, const struct view_row *view,
                  const bool are_open[COUNT_OF(overlays)])
{
    console_fixture_draw(fixture);
    check_buttons(fixture, view);
    for (size_t i = 0; i < COUNT_OF(overlays); i++)
        if (are_open[i])
            check_cover(fixture, view, i);
    if (view->is_dialog)
        return;
    check_areas(fixture, view);
    check_cursor(fixture, view);
}

static void view_is_sound_in_every_size(void **state)
{
    const struct view_row *view = *state;
    struct console_fixture fixture;
    bool are_open[COUNT_OF(overlays)];
    steps_init(&fixture, 80, 24, true);
    view->play(&fixture);
    console_fixture_draw(&fixture);
    for (size_t i = 0; i < COUNT_OF(overlays); i++)
        are_open[i] = is_open(&fixture, i);
    for (fixture.columns = 1; fixture.columns <= COLUMNS_MAX;
         fixture.columns = next_columns(fixture.columns))
        for (fixture.rows = 1; fixture.rows <= ROWS_MAX; fixture.rows = next_rows(fixture.rows))
            check(&fixture, view, are_open);
    console_fixture_fini(&fixture);
}

int main(void)
{
    struct CMUnitTest tests[VIEWS_MAX];
    must(view_row_count <= VIEWS_MAX);
    for (size_t i = 0; i < view_row_count; i++)
        tests[i] = (struct CMUnitTest){ .name = view_rows[i].name,
                                        .test_func = view_is_sound_in_every_size,
                                        .initial_state = (void *)(uintptr_t)&view_rows[i] };
    return _cmocka_run_group_tests("every size", tests, view_row_count, NULL, NULL);
}

#include "tui/columns.h"
#include "tui/console_state.h"
#include "tui/format.h"
#include "tui/sheet.h"

#include <stdio.h>
#include <string.h>

#define DIALOG_COLUMNS 78
#define EDGES 2 /* the frame's, and a space at each side */

static void draw_button(struct canvas *canvas, struct area area, int *column, int row,
                        const char *label, bool has_focus)
{
    char text[64];
    snprintf(text, sizeof text, has_focus ? "[[ %s ]]" : "[ %s ]", label);
    *column += canvas_put(canvas, area, *column, row, has_focus ? ROLE_FOCUS : ROLE_NORMAL, text);
    *column += 2;
}

static int button_columns(const char *label, bool has_focus)
{
    return format_columns(label) + (has_focus ? 6 : 4) + 2;
}

static void draw_buttons(const struct dialog *dialog, const struct dialog_text *text,
                         struct canvas *canvas, struct area area, int row)
{
    bool on_action = dialog->focus == FOCUS_ACTION && !text->is_refused;
    int columns = button_columns("Cancel", !on_action);
    if (!text->is_refused)
        columns += button_columns(text->action, on_action);
    int column = area.columns > columns ? area.columns - columns : 0;
    draw_button(canvas, area, &column, row, "Cancel", !on_action);
    if (!text->is_refused)
        draw_button(canvas, area, &column, row, text->action, on_action);
}

static void draw_one_line(const struct console *console, const struct dialog_text *text,
                          struct canvas *canvas)
{
    struct area row = console->layout.hints;
    if (row.columns == 0)
        row = area_row(canvas_area(canvas), canvas->rows - 1);
    canvas_fill(canvas, row, ROLE_BAR_CAREFUL, ' ');
    if (text->must_type)
        canvas_putf(canvas, row, 0, 0, ROLE_BAR_CAREFUL, "type %s: %s", text->wanted,
                    console->dialog.typed.text);
    else
        canvas_putf(canvas, row, 0, 0, ROLE_BAR_CAREFUL, "%s? %s", text->title,
                    console->dialog.focus == FOCUS_ACTION ? "Enter/Esc" : "Tab Enter/Esc");
}

/* The frame, emptied; inside of it, with a space at each side. */
static struct area open_frame(struct canvas *canvas, struct area area, const char *title,
                              const char *note)
{
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    canvas_frame(canvas, area, title, note);
    struct area inside = { area.column + EDGES, area.row + 1, area.columns - 2 * EDGES,
                           area.rows - 2 };
    return inside;
}

static void put_lines(struct sheet *sheet, const struct dialog_text *text)
{
    for (size_t i = 0; i < text->line_count; i++) {
        sheet_put_wrapped(sheet, 0, ROLE_NORMAL, text->lines[i]);
        sheet_next(sheet, 1);
    }
}

static int count_lines(const struct dialog_text *text, int columns)
{
    struct sheet sheet = { .area = { 0, 0, columns, 1 } };
    put_lines(&sheet, text);
    return sheet.row;
}

static void draw_question(const struct console *console, struct canvas *canvas)
{
    struct dialog_limits limits = { console->config.confirm_above_ppb };
    struct dialog_text text;
    dialog_describe(&console->dialog, console->shown, &limits, &text);
    int columns = canvas->columns < DIALOG_COLUMNS ? canvas->columns : DIALOG_COLUMNS;
    int rows = count_lines(&text, columns - 2 * EDGES) + 3 + text.must_type;
    struct area area = layout_dialog(canvas->columns, canvas->rows, columns, rows);
    if (area.columns == 0 || area.rows < rows) {
        draw_one_line(console, &text, canvas);
        return;
    }
    struct sheet sheet = { .canvas = canvas };
    sheet.area = open_frame(canvas, area, text.title, text.note);
    put_lines(&sheet, &text);
    char label[64];
    snprintf(label, sizeof label, "Type %s to go on: ", text.wanted);
    if (text.must_type)
        prompt_draw(&console->dialog.typed, canvas, sheet.area, sheet.row++, label, ROLE_STRONG);
    draw_buttons(&console->dialog, &text, canvas, sheet.area, sheet.row);
}

/* The columns as a menu, scrolled so that the choice shows. */
static void draw_sort_menu(const struct console *console, struct canvas *canvas)
{
    struct area area =
        layout_dialog(canvas->columns, canvas->rows, DIALOG_COLUMNS, COLUMN_COUNT + 2);
    int choice = console->dialog.choice;
    if (area.columns == 0) {
        struct area row = area_row(canvas_area(canvas), canvas->rows - 1);
        canvas_fill(canvas, row, ROLE_BAR_CAREFUL, ' ');
        canvas_putf(canvas, row, 0, 0, ROLE_BAR_CAREFUL, "sort: %s",
                    column_row((enum column)choice)->word);
        return;
    }
    struct area inside = open_frame(canvas, area, "Sort by", "Enter sorts; again: the other way");
    int first = choice < inside.rows ? 0 : choice - inside.rows + 1;
    for (int i = 0; i < inside.rows && first + i < COLUMN_COUNT; i++) {
        const struct column_row *column = column_row((enum column)(first + i));
        struct area row = area_row(inside, i);
        canvas_put(canvas, row, 2, 0, ROLE_STRONG, column->word);
        canvas_put(canvas, row, 14, 0, ROLE_NORMAL, column->help);
        if (first + i == (int)console->sort)
            canvas_put(canvas, row, 1, 0, ROLE_STRONG, console->is_descending ? "v" : "^");
        if (first + i != choice)
            continue;
        canvas_put(canvas, row, 0, 0, ROLE_STRONG, ">");
        canvas_mark(canvas, row, CELL_CURSOR);
    }
}

void panel_dialog_draw(const struct console *console, struct canvas *canvas)
{
    if (console->dialog.kind == DIALOG_NONE)
        return;
    if (console->dialog.kind == DIALOG_SORT)
        draw_sort_menu(console, canvas);
    else
        draw_question(console, canvas);
}

#include "tui/panels/panel.h"

#include "tui/list/columns.h"

#define WANTED_COLUMNS 110 /* as the menu of the sorting */
#define EDGE 2
#define WORD_COLUMN 4
#define HELP_COLUMN 16
#define HELP_COLUMNS_MIN 8

static bool has_room(const struct console *console, enum column column)
{
    for (int i = 0; i < console->columns.count; i++)
        if (console->columns.places[i].column == column)
            return true;
    return false;
}

/* "[x] hosts       hosts that the API counts" */
static void draw_entry(const struct console *console, struct canvas *canvas, struct area row,
                       int place)
{
    enum column column = console->choice.order[place];
    bool is_shown = console->choice.is_shown[column];
    canvas_put(canvas, row, 0, 0, ROLE_KEY, is_shown ? "[x]" : "[ ]");
    canvas_put(canvas, row, WORD_COLUMN, 0, is_shown ? ROLE_STRONG : ROLE_DIM,
               columns_row(column)->word);
    enum role role = is_shown ? ROLE_NORMAL : ROLE_DIM;
    struct area help = { row.column + HELP_COLUMN, row.row, row.columns - HELP_COLUMN, 1 };
    if (is_shown && !has_room(console, column) && help.columns > 0) {
        int taken = canvas_put(canvas, help, 0, 0, ROLE_DIM, "(no room now) ");
        help.column += taken;
        help.columns -= taken;
    }
    if (help.columns >= HELP_COLUMNS_MIN)
        panel_put_parts(canvas, help, role, columns_row(column)->help);
    if (place == console->chooser.place)
        canvas_mark(canvas, row, CELL_CURSOR);
}

/* Scrolled so that the selected one is seen. */
static void draw_entries(const struct console *console, struct canvas *canvas, struct area area)
{
    int first = console->chooser.place - area.rows + 1;
    if (first < 0)
        first = 0;
    for (int i = 0; i < area.rows && first + i < COLUMN_CHOICE_COUNT; i++)
        draw_entry(console, canvas, area_row(area, i), first + i);
}

void panel_columns_draw(const struct console *console, struct canvas *canvas)
{
    if (!console->chooser.is_open)
        return;
    /* Below the bar. */
    struct area frame =
        layout_dialog(canvas->columns, canvas->rows - 1, WANTED_COLUMNS, COLUMN_CHOICE_COUNT + 2);
    frame.row++;
    if (frame.columns == 0) {
        struct area row = area_row(canvas_area(canvas), canvas->rows - 1);
        canvas_fill(canvas, row, ROLE_NORMAL, ' ');
        draw_entries(console, canvas, row);
        return;
    }
    canvas_fill(canvas, frame, ROLE_NORMAL, ' ');
    canvas_frame(canvas, frame, "Columns", "Space show, hide  < > move  0 reset  Enter  Esc");
    draw_entries(console, canvas,
                 (struct area){ frame.column + EDGE, frame.row + 1, frame.columns - 2 * EDGE,
                                frame.rows - 2 });
}

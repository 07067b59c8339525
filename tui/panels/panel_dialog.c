#include "tui/panels/panel.h"

#include "tui/draw/format.h"
#include "tui/draw/scroll_text.h"
#include "tui/list/columns.h"

#include <stdio.h>
#include <string.h>

#define DIALOG_COLUMNS 80
#define SORT_COLUMNS 110 /* wide, because each column has its explanation */
#define HELP_COLUMN 15   /* behind the longest word and the direction */
#define TYPED_COLUMNS 12 /* room behind a label for ": " and the typed text */
#define LABEL_SIZE 64
#define EDGES 2 /* frame and a space on each side */

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

/* Of the row of buttons, with either focus. */
static int buttons_columns(const struct dialog_text *text, bool on_action)
{
    int columns = button_columns("Cancel", !on_action);
    return text->is_refused ? columns : columns + button_columns(text->action, on_action);
}

static void draw_buttons(const struct dialog *dialog, const struct dialog_text *text,
                         struct canvas *canvas, struct area area, int row)
{
    bool on_action = dialog->focus == FOCUS_ACTION && !text->is_refused;
    int columns = buttons_columns(text, on_action);
    int column = area.columns > columns ? area.columns - columns : 0;
    draw_button(canvas, area, &column, row, "Cancel", !on_action);
    if (!text->is_refused)
        draw_button(canvas, area, &column, row, text->action, on_action);
}

static struct area last_line(const struct console *console, struct canvas *canvas)
{
    struct area row = console->layout.hints;
    if (row.columns == 0)
        row = area_row(canvas_area(canvas), canvas->rows - 1);
    canvas_fill(canvas, row, ROLE_BAR_CAREFUL, ' ');
    return row;
}

/* The keys are first, because the line may be short. The subject follows when there is room. */
static void draw_one_line(const struct console *console, const struct dialog_text *text,
                          struct canvas *canvas)
{
    const struct dialog *dialog = &console->dialog;
    struct area row = last_line(console, canvas);
    char storage[DIALOG_LINE_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    if (text->is_refused) {
        text_addf(&line, "Esc: %s", text->lines[text->line_count - 1]);
    } else if (dialog->focus == FOCUS_ACTION) {
        text_addf(&line, "%s? Enter/Esc", text->action);
    } else if (text->must_type) {
        int room = row.columns - TYPED_COLUMNS;
        text_addf(&line, "%s: %s %s", text->action, text->must_leave ? "Tab, type" : "type",
                  text->wanted);
        if (format_columns(storage) > room) {
            text_reset(&line);
            text_addf(&line, "%s %s", text->must_leave ? "Tab, type" : "type", text->wanted);
        }
        prompt_draw(&dialog->typed, canvas, row, 0, storage, ROLE_BAR_CAREFUL);
        return;
    } else {
        text_addf(&line, "%s? Tab Enter/Esc", text->action);
        if (format_columns(storage) > row.columns) {
            text_reset(&line);
            text_add(&line, "Tab Enter/Esc");
        }
    }
    int end = canvas_put(canvas, row, 0, 0, ROLE_BAR_CAREFUL, storage);
    if (!text->is_refused && end + 2 + format_columns(text->title) <= row.columns)
        canvas_put_right(canvas, row, 0, 0, ROLE_BAR_CAREFUL, text->title);
}

/* Draws an empty frame. Returns the area inside, with a space on each side. */
static struct area open_frame(struct canvas *canvas, struct area area, const char *title,
                              const char *note)
{
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    canvas_frame(canvas, area, title, note);
    struct area inside = { area.column + EDGES, area.row + 1, area.columns - 2 * EDGES,
                           area.rows - 2 };
    return inside;
}

static void put_lines(struct scroll_text *scroll, const struct dialog_text *text)
{
    for (size_t i = 0; i < text->line_count; i++) {
        scroll_text_put_wrapped(scroll, 0, ROLE_NORMAL, text->lines[i]);
        scroll_text_next(scroll, 1);
    }
}

static int count_lines(const struct dialog_text *text, int columns)
{
    struct scroll_text scroll = { .area = { 0, 0, columns, 1 } };
    put_lines(&scroll, text);
    return scroll.row;
}

/* What must be typed, before the place for it. */
static void make_label(const struct dialog_text *text, char ret_label[LABEL_SIZE])
{
    snprintf(ret_label, LABEL_SIZE, "%s %s to go on", text->must_leave ? "Tab, then type" : "Type",
             text->wanted);
}

/* Lines are wrapped; the buttons and what must be typed are not. */
static int inside_columns_min(const struct dialog_text *text)
{
    char label[LABEL_SIZE];
    make_label(text, label);
    int typed = text->must_type ? format_columns(label) + TYPED_COLUMNS : 0;
    int buttons = buttons_columns(text, true) - 2; /* without the space behind the last one */
    return typed > buttons ? typed : buttons;
}

/* The dialog's frame on a screen of this size; no columns when it does not fit. */
static struct area frame_of(const struct dialog_text *text, int screen_columns, int screen_rows)
{
    int columns = screen_columns < DIALOG_COLUMNS ? screen_columns : DIALOG_COLUMNS;
    int rows = count_lines(text, columns - 2 * EDGES) + 3 + text->must_type;
    struct area area = layout_dialog(screen_columns, screen_rows, columns, rows);
    if (area.rows < rows || area.columns - 2 * EDGES < inside_columns_min(text))
        area.columns = 0;
    return area;
}

bool panel_dialog_has_room(const struct console *console, const struct dialog_text *text)
{
    return frame_of(text, console->screen_columns, console->screen_rows).columns > 0;
}

static void draw_question(const struct console *console, struct canvas *canvas)
{
    struct dialog_text text;
    console_commands_describe(console, &text);
    struct area area = frame_of(&text, canvas->columns, canvas->rows);
    if (area.columns == 0) {
        draw_one_line(console, &text, canvas);
        return;
    }
    struct scroll_text scroll = { .canvas = canvas };
    scroll.area = open_frame(canvas, area, text.title, text.note);
    put_lines(&scroll, &text);
    char label[LABEL_SIZE];
    make_label(&text, label);
    if (text.must_type)
        prompt_draw(&console->dialog.typed, canvas, scroll.area, scroll.row++, label, ROLE_STRONG);
    draw_buttons(&console->dialog, &text, canvas, scroll.area, scroll.row);
}

static void draw_sort_row(const struct console *console, struct canvas *canvas, struct area row,
                          enum column column)
{
    int end = 2 + canvas_put(canvas, row, 2, 0, ROLE_STRONG, columns_row(column)->word);
    if (row.columns > HELP_COLUMN)
        panel_put_parts(
            canvas,
            (struct area){ row.column + HELP_COLUMN, row.row, row.columns - HELP_COLUMN, 1 },
            ROLE_NORMAL, columns_row(column)->help);
    if (column == console->sort)
        canvas_put(canvas, row, end + 1, 0, ROLE_STRONG, console->is_descending ? "v" : "^");
    if ((int)column != console->dialog.choice)
        return;
    canvas_put(canvas, row, 0, 0, ROLE_STRONG, ">");
    canvas_mark(canvas, row, CELL_CURSOR);
}

/* The columns as a menu, scrolled so that the selected one is visible. */
static void draw_sort_menu(const struct console *console, struct canvas *canvas)
{
    struct area area = layout_dialog(canvas->columns, canvas->rows, SORT_COLUMNS, COLUMN_COUNT + 2);
    int choice = console->dialog.choice;
    if (area.columns == 0) {
        canvas_putf(canvas, last_line(console, canvas), 0, 0, ROLE_BAR_CAREFUL, "sort: %s",
                    columns_row((enum column)choice)->word);
        return;
    }
    struct area inside = open_frame(canvas, area, "Sort by", "Enter sorts; again: the other way");
    int first = choice < inside.rows ? 0 : choice - inside.rows + 1;
    for (int i = 0; i < inside.rows && first + i < COLUMN_COUNT; i++)
        draw_sort_row(console, canvas, area_row(inside, i), (enum column)(first + i));
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

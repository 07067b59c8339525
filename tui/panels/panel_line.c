#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/scroll_text.h"

#include <stdio.h>

#define EDGES 2 /* frame and a space on each side */
#define FRAME_ROWS 2

/* "2026-01-02 14:03:15.337Z error scale_failed deployment=eu-1 ..." */
static void add_line(const struct logbook_line *line, struct text *text)
{
    char at[WALL_TEXT_SIZE];
    wall_format(line->at, at);
    text_addf(text, "%s %s %s", at, level_name(line->level), line->text);
}

/* The row of the line on the screen, from the first one on; `rows`: it is not shown. */
static int row_of(const struct console *console, uint64_t number, int rows)
{
    struct log_walk walk = console_log_walk(console, console_log_first(console, rows));
    struct log_row row;
    int at = 0;
    while (at < rows && console_log_next(console, &walk, &row) &&
           (row.is_date || row.number != number))
        at++;
    return at;
}

/* Above or below the line itself, which stays visible where there is room, else over everything but the status. */
static struct area place(const struct console *console, const struct canvas *canvas,
                         uint64_t number, int wanted)
{
    struct area lines = console->page == PAGE_LOG ? console_log_area(console) : console->layout.log;
    struct area whole = canvas_area(canvas);
    int line_row = lines.row + row_of(console, number, lines.rows);
    int bottom = console->layout.hints.rows > 0 ? whole.rows - 1 : whole.rows;
    int below = bottom - line_row - 1;
    int above = line_row - 1;
    int room = below >= above ? below : above;
    int rows = wanted < room ? wanted : room;
    int row = below >= above ? bottom - rows : line_row - rows;
    if (wanted > room) {
        rows = wanted < bottom - 1 ? wanted : bottom - 1;
        row = bottom - rows;
    }
    return (struct area){ whole.column, row, whole.columns, rows };
}

/* hidden: lines of the text for which the screen has no room. */
static void draw_frame(const struct console *console, struct canvas *canvas, struct area frame,
                       int hidden)
{
    char title[64];
    char note[128];
    if (hidden > 0)
        snprintf(title, sizeof title, "Line, without its last %d row%s", hidden,
                 hidden == 1 ? "" : "s");
    else
        snprintf(title, sizeof title, "Line");
    snprintf(note, sizeof note, "%s or Esc closes, %s %s go on",
             console_key(console, ACT_LINE).text, console_key(console, ACT_DOWN).text,
             console_key(console, ACT_UP).text);
    canvas_fill(canvas, frame, ROLE_NORMAL, ' ');
    canvas_frame(canvas, frame, title, note);
}

void panel_line_draw(const struct console *console, struct canvas *canvas)
{
    char storage[LINE_TEXT_SIZE];
    struct text text;
    uint64_t number;
    if (!console->log.is_line_open || console_key_context(console) != KEY_CONTEXT_LOG ||
        !console_log_selected(console, &number))
        return;
    text_init(&text, storage, sizeof storage);
    add_line(logbook_at(console->logbook, number), &text);
    struct scroll_text scroll = { .area = { .columns = canvas->columns - 2 * EDGES, .rows = 1 } };
    if (scroll.area.columns < 1)
        return;
    scroll_text_put_wrapped(&scroll, 0, ROLE_NORMAL, storage);
    struct area frame = place(console, canvas, number, scroll.row + 1 + FRAME_ROWS);
    if (frame.rows <= FRAME_ROWS)
        return;
    draw_frame(console, canvas, frame, scroll.row + 1 - (frame.rows - FRAME_ROWS));
    scroll = (struct scroll_text){ .canvas = canvas,
                                   .area = { frame.column + EDGES, frame.row + 1,
                                             frame.columns - 2 * EDGES, frame.rows - FRAME_ROWS } };
    scroll_text_put_wrapped(&scroll, 0, ROLE_NORMAL, storage);
}

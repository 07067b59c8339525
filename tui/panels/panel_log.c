#include "tui/panels/panel.h"

#include "tui/draw/format.h"
#include "tui/draw/glyph.h"

#include <inttypes.h>
#include <string.h>

#define TIME_COLUMN 1
#define STAMP_COLUMNS 12  /* "14:03:15.337" */
#define SECONDS_COLUMNS 8 /* "14:03:15", when there is little room */
#define LEVEL_COLUMNS 5
#define NARROW_COLUMNS 60
#define STAMP_SIZE 16

static enum role level_role(const struct logbook_line *line)
{
    if ((int)line->event == EVENT_COUNT)
        return ROLE_WARN;
    switch (line->level) {
    case LEVEL_DEBUG:
        return ROLE_DIM;
    case LEVEL_INFO:
        return ROLE_NORMAL;
    case LEVEL_WARN:
        return ROLE_WARN;
    case LEVEL_ERROR:
        return ROLE_ERROR;
    }
    return ROLE_NORMAL;
}

static int stamp_columns(struct area row)
{
    return row.columns < NARROW_COLUMNS ? SECONDS_COLUMNS : STAMP_COLUMNS;
}

static int text_column(struct area row)
{
    return TIME_COLUMN + stamp_columns(row) + 1 + LEVEL_COLUMNS + 1;
}

/* "14:03:15.337" */
static void stamp_of(struct wall at, char ret_stamp[STAMP_SIZE])
{
    char whole[WALL_TEXT_SIZE];
    wall_format(at, whole);
    memcpy(ret_stamp, whole + 11, 12);
    ret_stamp[12] = '\0';
}

/* The text without its first `columns` columns. */
static const char *skip_columns(const char *text, int columns, bool is_ascii)
{
    size_t length = strlen(text);
    struct glyph glyph;
    for (; length > 0; text += glyph.size, length -= glyph.size) {
        glyph_next(text, length, is_ascii, &glyph);
        if (columns <= 0 && glyph.width > 0)
            break;
        columns -= glyph.width;
    }
    return text;
}

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool begins_folded(const char *text, const char *prefix)
{
    while (*prefix && fold(*text) == fold(*prefix)) {
        text++;
        prefix++;
    }
    return *prefix == '\0';
}

static void mark_hits(const struct console *console, struct canvas *canvas, struct area row,
                      const char *text)
{
    size_t length = strlen(console->log.search);
    if (length == 0)
        return;
    for (const char *at = text; *at; at++) {
        if (!begins_folded(at, console->log.search))
            continue;
        char before[PROMPT_SIZE * 4];
        struct text prefix;
        text_init(&prefix, before, sizeof before);
        text_add_bytes(&prefix, text, (size_t)(at - text));
        struct area hit = row;
        hit.column += text_column(row) + canvas_text_columns(canvas, before);
        hit.columns = canvas_text_columns(canvas, console->log.search);
        if (hit.column + hit.columns <= row.column + row.columns)
            canvas_mark(canvas, hit, CELL_HIT);
        at += length - 1;
    }
}

static void draw_line(const struct console *console, struct canvas *canvas, struct area row,
                      uint64_t number)
{
    const struct logbook_line *line = logbook_at(console->logbook, number);
    enum role role = level_role(line);
    char stamp[STAMP_SIZE];
    stamp_of(line->at, stamp);
    canvas_put_bytes(canvas, row, TIME_COLUMN, 0, ROLE_DIM, stamp, (size_t)stamp_columns(row));
    canvas_put(canvas, row, TIME_COLUMN + stamp_columns(row) + 1, 0, role,
               (int)line->event == EVENT_COUNT ? "~~~" : level_name(line->level));
    const char *text = skip_columns(line->text, console->log.sideways, canvas->is_ascii);
    canvas_put(canvas, row, text_column(row), 0, role, text);
    mark_hits(console, canvas, row, text);
    if (console->log.is_following || number != console->log.cursor)
        return;
    canvas_put(canvas, row, 0, 0, ROLE_STRONG, ">");
    canvas_mark(canvas, row, CELL_CURSOR);
}

static void draw_lines(const struct console *console, struct canvas *canvas, struct area area)
{
    struct logbook_query query = console_log_query(console);
    uint64_t from = console_log_first(console, area.rows);
    uint64_t number;
    int row = 0;
    while (row < area.rows && logbook_find(console->logbook, from, true, &query, &number)) {
        draw_line(console, canvas, area_row(area, row), number);
        from = number + 1;
        row++;
    }
    if (row == 0 && area.rows > 0)
        canvas_put(canvas, area, TIME_COLUMN, 0, ROLE_DIM,
                   query.text && *query.text ? "no line has this text" : "nothing yet");
}

static void add_follow(const struct console *console, struct text *title)
{
    if (console->log.is_following) {
        text_add(title, "follow");
        return;
    }
    uint64_t fresh = logbook_end(console->logbook) - console->log.seen_end;
    text_addf(title, "follow OFF (+%" PRIu64 " new, G resumes)", fresh);
}

static void describe(const struct console *console, struct text *title)
{
    text_add(title, "log ");
    add_follow(console, title);
    text_addf(title, "  level>=%s", level_name(console->log.level_min));
    if (console->log.sideways > 0)
        text_addf(title, "  column %d", console->log.sideways + 1);
    if (console->log.only[0])
        text_addf(title, "  only \"%s\"", console->log.only);
    if (console->log.search[0])
        text_addf(title, "  find \"%s\"", console->log.search);
}

static void draw_title(const struct console *console, struct canvas *canvas, struct area area,
                       const char *note)
{
    char storage[2 * PROMPT_SIZE + 128];
    struct text title;
    text_init(&title, storage, sizeof storage);
    describe(console, &title);
    canvas_fill(canvas, area, ROLE_FRAME, canvas->is_ascii ? '-' : 0x2500);
    int end = canvas_putf(canvas, area, 2, 0, ROLE_FRAME, " %s ", storage) + 2;
    int room = area.columns - end - format_columns(note) - 4;
    if (room > 0)
        canvas_put(canvas, area, area.columns - format_columns(note) - 4, 0, ROLE_FRAME, note);
}

void panel_log_draw(const struct console *console, struct canvas *canvas)
{
    const struct layout *layout = &console->layout;
    if (console->page == PAGE_LOG) {
        draw_title(console, canvas, area_row(layout->list, 0), " / find  & only  q back ");
        draw_lines(console, canvas, area_below(layout->list, 1));
        return;
    }
    draw_title(console, canvas, layout->log_title,
               console->is_log_focused ? " Tab: back to the list "
                                       : " Tab: focus  l: whole screen ");
    draw_lines(console, canvas, layout->log);
}

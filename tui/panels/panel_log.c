#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/console/log_time.h"
#include "tui/draw/format.h"
#include "tui/draw/glyph.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

/* The event stays when the rest is scrolled sideways; '~' is where columns are left out. */
static void add_shown(struct text *text, const char *line, int sideways, bool is_ascii)
{
    size_t event = strcspn(line, " ");
    if (sideways == 0 || line[event] == '\0') {
        text_add(text, line);
        return;
    }
    text_add_bytes(text, line, event + 1);
    text_add_char(text, '~');
    text_add(text, skip_columns(line + event + 1, sideways, is_ascii));
}

/* A text that goes on behind the edge ends with a mark. */
static void draw_text(struct canvas *canvas, struct area row, enum role role, const char *text)
{
    int at = text_column(row);
    canvas_put(canvas, row, at, 0, role, text);
    if (at < row.columns && at + canvas_text_columns(canvas, text) > row.columns)
        canvas_put(canvas, row, row.columns - 1, 0, ROLE_STRONG, "~");
}

/* Every place of the word that is searched for. */
static void mark_word(struct canvas *canvas, struct area row, const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; *at && length > 0; at++) {
        if (strncasecmp(at, word, length) != 0)
            continue;
        char before[PROMPT_SIZE * 4];
        struct text prefix;
        text_init(&prefix, before, sizeof before);
        text_add_bytes(&prefix, text, (size_t)(at - text));
        struct area hit = row;
        hit.column += text_column(row) + canvas_text_columns(canvas, before);
        hit.columns = canvas_text_columns(canvas, word);
        if (hit.column + hit.columns <= row.column + row.columns)
            canvas_mark(canvas, hit, CELL_HIT);
        at += length - 1;
    }
}

/* An expression, and what a line does not contain, have no place in it: its whole text is marked. */
static void mark_hits(const struct console *console, struct canvas *canvas, struct area row,
                      const char *text, uint64_t number)
{
    const struct line_pattern *search = console->log.search;
    const char *word = line_pattern_word(search);
    const struct logbook_query query = { .level_min = LEVEL_DEBUG, .pattern = search };
    if (word) {
        mark_word(canvas, row, text, word);
        return;
    }
    if (!logbook_matches(console->logbook, number, &query))
        return;
    struct area hit = row;
    hit.column += text_column(row);
    hit.columns = canvas_text_columns(canvas, text);
    if (hit.columns > row.columns - text_column(row))
        hit.columns = row.columns - text_column(row);
    if (hit.columns > 0)
        canvas_mark(canvas, hit, CELL_HIT);
}

/* In the log of one deployment its id is in the title, and leaves the room to the other fields. */
static void add_event(const struct console *console, const char *line, struct text *text)
{
    if (console->page == PAGE_LOG && console->log.scope[0] != '\0')
        panel_add_without_id(line, text);
    else
        text_add(text, line);
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
    char event[LINE_TEXT_SIZE];
    char storage[LINE_TEXT_SIZE];
    struct text text;
    text_init(&text, event, sizeof event);
    add_event(console, line->text, &text);
    text_init(&text, storage, sizeof storage);
    add_shown(&text, event, console->log.sideways, canvas->is_ascii);
    draw_text(canvas, row, role, storage);
    mark_hits(console, canvas, row, storage, number);
    if (console->log.is_following || number != console->log.cursor)
        return;
    canvas_put(canvas, row, 0, 0, ROLE_STRONG, ">");
    canvas_mark(canvas, row, CELL_CURSOR);
}

static void draw_date(const struct console *console, struct canvas *canvas, struct area row,
                      uint64_t number)
{
    char date[LOG_DATE_SIZE];
    log_time_date(logbook_at(console->logbook, number)->at, date);
    canvas_putf(canvas, row, TIME_COLUMN, 0, ROLE_HEADING, "%s", date);
}

static void draw_nothing(const struct console *console, struct canvas *canvas, struct area area)
{
    const char *sentence = "nothing yet";
    if (!line_pattern_is_empty(console->log.only))
        sentence = "no line has this text";
    else if (console->page == PAGE_LOG && console->log.scope[0] != '\0')
        sentence = "no line of this deployment: Esc shows all lines";
    canvas_put(canvas, area, TIME_COLUMN, 0, ROLE_DIM, sentence);
}

static void draw_lines(const struct console *console, struct canvas *canvas, struct area area)
{
    struct log_walk walk = console_log_walk(console, console_log_first(console, area.rows));
    struct log_row found;
    int row = 0;
    for (; row < area.rows && console_log_next(console, &walk, &found); row++) {
        if (found.is_date)
            draw_date(console, canvas, area_row(area, row), found.number);
        else
            draw_line(console, canvas, area_row(area, row), found.number);
    }
    if (row == 0 && area.rows > 0)
        draw_nothing(console, canvas, area);
}

static void add_follow(const struct console *console, struct text *title)
{
    if (console->log.is_following) {
        text_add(title, "follow");
        return;
    }
    uint64_t fresh = logbook_end(console->logbook) - console->log.seen_end;
    text_add(title, "follow OFF (");
    if (fresh > 0)
        text_addf(title, "+%" PRIu64 " new, ", fresh);
    text_addf(title, "%s resumes)", console_key(console, ACT_LAST).text);
}

/* "error 3  warn 12  info 840": also of levels that are not shown. */
static void add_levels(const struct log_tally *tally, enum level level_min, struct text *title)
{
    for (int level = LEVEL_ERROR; level >= (int)level_min; level--)
        if (tally->levels[level] > 0)
            text_addf(title, "  %s %zu", level_name((enum level)level), tally->levels[level]);
}

/* The number of the selected line among those that the search matches, and how many there are. */
static void add_search(const struct console *console, struct text *title)
{
    const struct logbook *logbook = console->logbook;
    const struct logbook_query search = { .level_min = LEVEL_DEBUG,
                                          .pattern = console->log.search };
    struct logbook_query shown = console_log_query(console);
    size_t count = 0;
    size_t number = 0;
    for (uint64_t at = logbook_first(logbook); at < logbook_end(logbook); at++) {
        if (!logbook_matches(logbook, at, &shown) || !logbook_matches(logbook, at, &search))
            continue;
        count++;
        if (!console->log.is_following && at == console->log.cursor)
            number = count;
    }
    text_addf(title, "  find \"%s\"", line_pattern_text(console->log.search));
    if (number > 0)
        text_addf(title, " %zu of %zu", number, count);
    else
        text_addf(title, " %zu", count);
}

/* What the operator asked for comes first: the end is cut where there is no room. */
static void describe(const struct console *console, const struct log_tally *tally,
                     struct text *title)
{
    bool is_page = console->page == PAGE_LOG;
    text_add(title, "log ");
    if (is_page && console->log.scope[0] != '\0') {
        text_add(title, "of ");
        text_add_escaped(title, console->log.scope, strlen(console->log.scope));
        text_add(title, " only  ");
    }
    add_follow(console, title);
    if (!line_pattern_is_empty(console->log.search))
        add_search(console, title);
    if (!line_pattern_is_empty(console->log.only))
        text_addf(title, "  only \"%s\"", line_pattern_text(console->log.only));
    text_addf(title, "  level>=%s", level_name(console->log.level_min));
    add_levels(tally, is_page ? LEVEL_DEBUG : LEVEL_WARN, title);
    if (console->log.sideways > 0)
        text_addf(title, "  column %d", console->log.sideways + 1);
}

static void draw_title(const struct console *console, struct canvas *canvas, struct area area,
                       const struct log_tally *tally, const char *note)
{
    char storage[2 * PROMPT_SIZE + 4 * COMMAND_ID_SIZE + 256];
    struct text title;
    text_init(&title, storage, sizeof storage);
    describe(console, tally, &title);
    canvas_fill(canvas, area, ROLE_FRAME, canvas->is_ascii ? '-' : 0x2500);
    int end = canvas_putf(canvas, area, 2, 0, ROLE_FRAME, " %s ", storage) + 2;
    int room = area.columns - end - format_columns(note) - 4;
    if (room > 0)
        canvas_put(canvas, area, area.columns - format_columns(note) - 4, 0, ROLE_FRAME, note);
}

static void draw_page(const struct console *console, struct canvas *canvas)
{
    struct area list = console->layout.list;
    struct area row = area_row(list, 1);
    bool has_histogram = console_log_has_histogram(console);
    struct logbook_query query = console_log_query(console);
    struct log_tally tally;
    log_tally_make(console->logbook, &query, has_histogram ? panel_histogram_columns(row) : 0,
                   &tally);
    draw_title(console, canvas, area_row(list, 0), &tally, " / find  & only  t time  q back ");
    if (has_histogram)
        panel_histogram_draw(console, canvas, row, &tally);
    draw_lines(console, canvas, console_log_area(console));
}

void panel_log_draw(const struct console *console, struct canvas *canvas)
{
    const struct layout *layout = &console->layout;
    struct logbook_query query = console_log_query(console);
    struct log_tally tally;
    if (console->page == PAGE_LOG) {
        draw_page(console, canvas);
        return;
    }
    if (layout->log_title.rows == 0)
        return;
    log_tally_make(console->logbook, &query, 0, &tally);
    char keys[96];
    struct key_label pane = console_key(console, ACT_NEXT_PANE);
    if (console->is_log_focused)
        snprintf(keys, sizeof keys, " %s: back to the list ", pane.text);
    else
        snprintf(keys, sizeof keys, " %s: focus  %s: whole screen ", pane.text,
                 console_key(console, ACT_LOG).text);
    draw_title(console, canvas, layout->log_title, &tally, keys);
    draw_lines(console, canvas, layout->log);
}

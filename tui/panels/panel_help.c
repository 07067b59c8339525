#include "tui/panels/panel.h"

#include "tui/draw/scroll_text.h"
#include "tui/list/columns.h"

#include <stdio.h>
#include <string.h>

#define KEYS_COLUMN 1
#define TEXT_COLUMN 20
#define NARROW_TEXT_COLUMN 4 /* for a text on its own line, when there is no room behind the keys */
#define NARROW_COLUMNS 60
#define WIDE_COLUMNS 140 /* from this width on the parts that are not keys are at the right */
#define EDGES 2
#define FRAME_COLUMNS_MIN 24
#define FRAME_ROWS_MIN 5

static const struct {
    const char *example;
    const char *meaning;
} filter_rows[] = {
    { "eu arena", "the id contains both words, whatever the case" },
    { "!test", "the id does not contain it" },
    { "eu-*-0?", "a shell pattern for the whole id" },
    { "/^eu-(west|east)/", "an extended regular expression" },
    { "free<15 delta!=0",
      "numbers: < <= = != >= > on hosts, pending, want, total, busy, free, free_pct, "
      "target, raw, delta, per_host" },
    { "state:held", "words by their beginning: state, reason, last" },
};

/* On a read-only engine, keys that change what is sent do nothing. */
static bool is_greyed(const struct console *console, const struct key_row *row)
{
    return row->group == KEYS_ACT && row->act != ACT_PASS && row->act != ACT_DISCOVER &&
           console->shown && console->shown->engine.is_read_only;
}

static void put_entry(struct scroll_text *scroll, enum role left_role, const char *left,
                      enum role role, const char *right)
{
    bool is_narrow = scroll->area.columns < NARROW_COLUMNS;
    scroll_text_put(scroll, KEYS_COLUMN, left_role, left);
    scroll_text_next(scroll, is_narrow);
    scroll_text_put_wrapped(scroll, is_narrow ? NARROW_TEXT_COLUMN : TEXT_COLUMN, role, right);
    scroll_text_next(scroll, 1);
}

static void put_heading(struct scroll_text *scroll, const char *heading)
{
    scroll_text_put_wrapped(scroll, 0, ROLE_HEADING, heading);
    scroll_text_next(scroll, 1);
}

static void put_group_name(struct scroll_text *scroll, enum key_group group, bool has_greyed)
{
    char heading[96];
    snprintf(heading, sizeof heading, "%s%s", keys_group_name(group),
             has_greyed ? ": the engine is read-only, greyed keys do nothing" : "");
    put_heading(scroll, heading);
}

static void put_group(const struct console *console, struct scroll_text *scroll,
                      enum key_group group, unsigned context)
{
    bool has_greyed = false;
    bool is_empty = true;
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        bool is_here = row->group == group && (row->contexts & context);
        is_empty = is_empty && !is_here;
        has_greyed = has_greyed || (is_here && is_greyed(console, row));
    }
    if (is_empty)
        return;
    put_group_name(scroll, group, has_greyed);
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        bool is_grey = is_greyed(console, row);
        if (row->group == group && (row->contexts & context))
            put_entry(scroll, is_grey ? ROLE_DIM : ROLE_KEY, row->keys,
                      is_grey ? ROLE_DIM : ROLE_NORMAL, row->help);
    }
    scroll_text_next(scroll, 1);
}

static void put_states(struct scroll_text *scroll)
{
    put_heading(scroll, "STATES");
    for (int state = 0; state < STATE_COUNT; state++) {
        const struct state_row *row = state_row((enum state)state);
        char left[32];
        snprintf(left, sizeof left, "%c %s", row->glyph, row->name);
        put_entry(scroll, columns_state_role((enum state)state), left, ROLE_NORMAL, row->meaning);
    }
    scroll_text_next(scroll, 1);
}

static void put_columns(struct scroll_text *scroll)
{
    put_heading(scroll, "COLUMNS, by the word for --sort");
    for (int column = 0; column < COLUMN_COUNT; column++)
        put_entry(scroll, ROLE_KEY, columns_row((enum column)column)->word, ROLE_NORMAL,
                  columns_row((enum column)column)->help);
    scroll_text_next(scroll, 1);
}

static void put_filters(struct scroll_text *scroll)
{
    put_heading(scroll, "FILTERS, words of which all must hold");
    for (size_t i = 0; i < sizeof filter_rows / sizeof filter_rows[0]; i++)
        put_entry(scroll, ROLE_KEY, filter_rows[i].example, ROLE_NORMAL, filter_rows[i].meaning);
    scroll_text_next(scroll, 1);
}

static void put_about(const struct console *console, struct scroll_text *scroll)
{
    const struct snapshot *snapshot = console->shown;
    put_heading(scroll, "ABOUT");
    put_entry(scroll, ROLE_NORMAL, "autoscaler", ROLE_NORMAL,
              snapshot ? snapshot->engine.version : "-");
    put_entry(scroll, ROLE_NORMAL, "api", ROLE_NORMAL, snapshot ? snapshot->engine.api_url : "-");
    put_entry(scroll, ROLE_NORMAL, "log", ROLE_NORMAL,
              console->config.log_target ? console->config.log_target : "no file");
}

/* Draws the help and returns its number of lines. */
static int put_all(const struct console *console, struct canvas *canvas, struct area area)
{
    unsigned context = console_help_context(console);
    bool is_wide = area.columns >= WIDE_COLUMNS;
    struct scroll_text left = { .canvas = canvas, .area = area, .top = console->help_top };
    struct scroll_text right = left;
    if (is_wide) {
        left.area.columns = area.columns / 2 - 1;
        right.area.column += area.columns / 2 + 1;
        right.area.columns -= area.columns / 2 + 1;
    }
    for (int group = 0; group < KEY_GROUP_COUNT; group++)
        put_group(console, &left, (enum key_group)group, context);
    struct scroll_text *rest = is_wide ? &right : &left;
    put_states(rest);
    if (context == KEY_CONTEXT_LIST) {
        put_columns(rest);
        put_filters(rest);
    }
    put_about(console, rest);
    return left.row > right.row ? left.row : right.row;
}

static bool has_frame(int columns, int rows)
{
    return columns >= FRAME_COLUMNS_MIN && rows >= FRAME_ROWS_MIN;
}

static struct area inside_of(struct area area)
{
    if (!has_frame(area.columns, area.rows))
        return area;
    return (struct area){ area.column + EDGES, area.row + 1, area.columns - 2 * EDGES,
                          area.rows - 2 };
}

int panel_help_lines(const struct console *console, int columns)
{
    struct area screen = { 0, 0, columns, console->screen_rows };
    int lines = put_all(console, NULL, inside_of(screen));
    /* Without a frame the hints cover the last row; one more line lets it scroll into view. */
    bool is_covered = !has_frame(columns, console->screen_rows) && console->layout.hints.rows > 0;
    return lines + is_covered;
}

static const char *context_title(unsigned context)
{
    return context == KEY_CONTEXT_EXPLAIN ? "Help: explanation"
           : context == KEY_CONTEXT_LOG   ? "Help: log"
                                          : "Help: deployments";
}

/* The hints replace the lower side of the frame when they have a row. */
void panel_help_draw(const struct console *console, struct canvas *canvas)
{
    if (!console->is_help_open)
        return;
    struct area area = canvas_area(canvas);
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    if (has_frame(area.columns, area.rows))
        canvas_frame(canvas, area, context_title(console_help_context(console)),
                     "? or Esc closes, j k scroll");
    put_all(console, canvas, inside_of(area));
    if (console->layout.hints.rows > 0)
        canvas_fill(canvas, console->layout.hints, ROLE_NORMAL, ' ');
}

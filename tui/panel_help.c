#include "tui/columns.h"
#include "tui/console_state.h"
#include "tui/sheet.h"

#include <stdio.h>
#include <string.h>

#define KEYS_COLUMN 1
#define TEXT_COLUMN 20
#define EDGES 2

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

/* Keys that steer do nothing on an engine that is read-only. */
static bool is_greyed(const struct console *console, const struct key_row *row)
{
    return row->group == KEYS_ACT && row->act != ACT_PASS && row->act != ACT_DISCOVER &&
           console->shown && console->shown->engine.is_read_only;
}

static void put_key(const struct console *console, struct sheet *sheet, const struct key_row *row)
{
    bool is_grey = is_greyed(console, row);
    sheet_put(sheet, KEYS_COLUMN, is_grey ? ROLE_DIM : ROLE_KEY, row->chords);
    sheet_put_wrapped(sheet, TEXT_COLUMN, is_grey ? ROLE_DIM : ROLE_NORMAL, row->help);
    if (is_grey) {
        sheet_next(sheet, 1);
        sheet_put(sheet, TEXT_COLUMN, ROLE_DIM, "(the engine is read-only)");
    }
    sheet_next(sheet, 1);
}

static void put_group(const struct console *console, struct sheet *sheet, enum key_group group,
                      unsigned place)
{
    bool is_first = true;
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = key_row((enum act)act);
        if (row->group != group || !(row->places & place))
            continue;
        if (is_first) {
            sheet_put(sheet, 0, ROLE_HEADING, key_group_name(group));
            sheet_next(sheet, 1);
        }
        is_first = false;
        put_key(console, sheet, row);
    }
    sheet_next(sheet, !is_first);
}

static void put_entry(struct sheet *sheet, enum role role, const char *left, const char *right)
{
    sheet_put(sheet, KEYS_COLUMN, role, left);
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_NORMAL, right);
    sheet_next(sheet, 1);
}

static void put_states(struct sheet *sheet)
{
    sheet_put(sheet, 0, ROLE_HEADING, "STATES");
    sheet_next(sheet, 1);
    for (int state = 0; state < STATE_COUNT; state++) {
        const struct state_row *row = state_row((enum state)state);
        char left[32];
        snprintf(left, sizeof left, "%c %s", row->glyph, row->name);
        put_entry(sheet, state_role((enum state)state), left, row->meaning);
    }
    sheet_next(sheet, 1);
}

static void put_columns(struct sheet *sheet)
{
    sheet_put(sheet, 0, ROLE_HEADING, "COLUMNS, by the word for --sort");
    sheet_next(sheet, 1);
    for (int column = 0; column < COLUMN_COUNT; column++)
        put_entry(sheet, ROLE_KEY, column_row((enum column)column)->word,
                  column_row((enum column)column)->help);
    sheet_next(sheet, 1);
}

static void put_filters(struct sheet *sheet)
{
    sheet_put(sheet, 0, ROLE_HEADING, "FILTERS, words of which all must hold");
    sheet_next(sheet, 1);
    for (size_t i = 0; i < sizeof filter_rows / sizeof filter_rows[0]; i++)
        put_entry(sheet, ROLE_KEY, filter_rows[i].example, filter_rows[i].meaning);
    sheet_next(sheet, 1);
}

static void put_about(const struct console *console, struct sheet *sheet)
{
    const struct snapshot *snapshot = console->shown;
    sheet_put(sheet, 0, ROLE_HEADING, "ABOUT");
    sheet_next(sheet, 1);
    put_entry(sheet, ROLE_NORMAL, "autoscaler", snapshot ? snapshot->engine.version : "-");
    put_entry(sheet, ROLE_NORMAL, "api", snapshot ? snapshot->engine.api_url : "-");
    put_entry(sheet, ROLE_NORMAL, "log",
              console->config.log_place ? console->config.log_place : "no file");
}

static void put_all(const struct console *console, struct sheet *sheet)
{
    unsigned place = console_help_place(console);
    for (int group = 0; group < KEY_GROUP_COUNT; group++)
        put_group(console, sheet, (enum key_group)group, place);
    put_states(sheet);
    if (place == PLACE_LIST) {
        put_columns(sheet);
        put_filters(sheet);
    }
    put_about(console, sheet);
}

int panel_help_lines(const struct console *console, int columns)
{
    struct sheet sheet = { .area = { 0, 0, columns - 2 * EDGES, 1 } };
    put_all(console, &sheet);
    return sheet.row;
}

static const char *place_title(unsigned place)
{
    return place == PLACE_EXPLAIN ? "Help: explanation"
           : place == PLACE_LOG   ? "Help: log"
                                  : "Help: deployments";
}

void panel_help_draw(const struct console *console, struct canvas *canvas)
{
    if (!console->is_help_open)
        return;
    struct area area = canvas_area(canvas);
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    bool has_frame = area.rows >= 5 && area.columns >= 24;
    if (has_frame) {
        canvas_frame(canvas, area, place_title(console_help_place(console)),
                     "? or Esc closes, j k scroll");
        area = (struct area){ EDGES, 1, area.columns - 2 * EDGES, area.rows - 2 };
    }
    struct sheet sheet = { .canvas = canvas, .area = area, .top = console->help_top };
    put_all(console, &sheet);
}

#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/console/palette.h"
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
    { "!test", "the id does not contain it; ! reverses every word" },
    { "eu-*-0?", "a shell pattern for the whole id" },
    { "/^eu-(west|east)/", "a Perl-compatible expression" },
    { "free<15 total>1k",
      "numbers: < <= = != >= > on hosts, pending, want, total, busy, free, raw, delta, per_host" },
    { "free%<12.5", "shares: free_pct, target, margin, trend; free<15% and busy>80% too" },
    { "age>2m", "times since the last scale request (age) and status (read): ms s m h d" },
    { "free<target", "two fields" },
    { "state:held,paused", "words by their beginning: state, reason, last" },
    { "policy=eu-*", "the whole pattern of the policy in force; policy:eu is a part of it" },
    { "id=eu-west-1", "the whole id; id:eu is a part of it" },
    { "free%<10", "fields by their word or title in COLUMNS" },
};

/* On a read-only engine, keys that change what is sent do nothing; without the right to act, none that ask for it. */
static bool is_greyed(const struct console *console, const struct key_row *row)
{
    if (row->group == KEYS_ACT && console->shown && snapshot_is_look_only(console->shown))
        return true;
    return row->group == KEYS_ACT && row->act != ACT_PASS && row->act != ACT_DISCOVER &&
           row->act != ACT_RELOAD && console->shown && console->shown->engine.is_read_only;
}

/* The lines of the help, or those with a text: a heading comes with the first line below it. */
struct help {
    struct scroll_text scroll;
    const char *wanted;  /* "": all */
    const char *heading; /* of the lines to come; NULL: it was put */
    bool has_lines;      /* since the last space between parts */
};

static char lower(char c)
{
    return 'A' <= c && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *string, const char *text)
{
    while (*text != '\0' && lower(*string) == lower(*text)) {
        string++;
        text++;
    }
    return *text == '\0';
}

static bool contains(const char *string, const char *text)
{
    do {
        if (begins_with(string, text))
            return true;
    } while (*string++ != '\0');
    return false;
}

static void put_pending_heading(struct help *help)
{
    if (!help->heading)
        return;
    scroll_text_put_wrapped(&help->scroll, 0, ROLE_HEADING, help->heading);
    scroll_text_next(&help->scroll, 1);
    help->heading = NULL;
}

static void put_entry(struct help *help, enum role left_role, const char *left, enum role role,
                      const char *right)
{
    struct scroll_text *scroll = &help->scroll;
    if (!contains(left, help->wanted) && !contains(right, help->wanted))
        return;
    put_pending_heading(help);
    help->has_lines = true;
    bool is_narrow = scroll->area.columns < NARROW_COLUMNS;
    scroll_text_put(scroll, KEYS_COLUMN, left_role, left);
    scroll_text_next(scroll, is_narrow);
    scroll_text_put_wrapped(scroll, is_narrow ? NARROW_TEXT_COLUMN : TEXT_COLUMN, role, right);
    scroll_text_next(scroll, 1);
}

/* `heading` is kept until a line of its part is put, or the next one. */
static void begin_part(struct help *help, const char *heading)
{
    help->heading = heading;
    help->has_lines = false;
}

static void end_part(struct help *help)
{
    if (help->has_lines)
        scroll_text_next(&help->scroll, 1);
}

/* A command without a key is there by its name. */
static void put_key(const struct console *console, struct help *help, const struct key_row *row,
                    bool is_grey)
{
    char keys[160];
    struct text text;
    text_init(&text, keys, sizeof keys);
    key_bindings_add(&console->bindings, row->act, &text);
    if (text.length == 0)
        text_add(&text, console_key(console, row->act).text);
    put_entry(help, is_grey ? ROLE_DIM : ROLE_KEY, keys, is_grey ? ROLE_DIM : ROLE_NORMAL,
              row->help);
}

static void put_group(const struct console *console, struct help *help, enum key_group group,
                      unsigned context)
{
    bool has_greyed = false;
    char heading[96];
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        bool is_here = row->group == group && (row->contexts & context);
        has_greyed = has_greyed || (is_here && is_greyed(console, row));
    }
    snprintf(heading, sizeof heading, "%s%s", keys_group_name(group),
             has_greyed ? ": the engine is read-only, greyed keys do nothing" : "");
    begin_part(help, heading);
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        bool is_grey = is_greyed(console, row);
        if (row->group == group && (row->contexts & context))
            put_key(console, help, row, is_grey);
    }
    end_part(help);
    help->heading = NULL;
}

static void put_commands(struct help *help)
{
    const char *name;
    const char *text;
    begin_part(help, "COMMANDS, after the key :, beside one for each key");
    for (size_t i = 0; palette_describe(i, &name, &text); i++)
        put_entry(help, ROLE_KEY, name, ROLE_NORMAL, text);
    end_part(help);
}

static void put_pastes(struct help *help)
{
    begin_part(help, "PASTED TEXT");
    put_entry(help, ROLE_NORMAL, "a paste", ROLE_NORMAL,
              "is ignored, except in prompts; keys that come faster than typed ones are a paste");
    end_part(help);
}

static void put_states(struct help *help)
{
    begin_part(help, "STATES");
    for (int state = 0; state < STATE_COUNT; state++) {
        const struct state_row *row = state_row((enum state)state);
        char left[32];
        snprintf(left, sizeof left, "%c %s", row->glyph, row->name);
        put_entry(help, columns_state_role((enum state)state), left, ROLE_NORMAL, row->meaning);
    }
    end_part(help);
}

static void put_columns(struct help *help)
{
    begin_part(help, "COLUMNS, by the word for --sort");
    for (int column = 0; column < COLUMN_COUNT; column++)
        put_entry(help, ROLE_KEY, columns_row((enum column)column)->word, ROLE_NORMAL,
                  columns_row((enum column)column)->help);
    end_part(help);
}

static void put_filters(struct help *help)
{
    begin_part(help, "FILTERS, words of which all must hold");
    for (size_t i = 0; i < sizeof filter_rows / sizeof filter_rows[0]; i++)
        put_entry(help, ROLE_KEY, filter_rows[i].example, ROLE_NORMAL, filter_rows[i].meaning);
    end_part(help);
}

static void put_about(const struct console *console, struct help *help)
{
    const struct snapshot *snapshot = console->shown;
    begin_part(help, "ABOUT");
    put_entry(help, ROLE_NORMAL, "autoscaler", ROLE_NORMAL,
              snapshot ? snapshot->engine.version : "-");
    put_entry(help, ROLE_NORMAL, "api", ROLE_NORMAL, snapshot ? snapshot->engine.api_url : "-");
    put_entry(help, ROLE_NORMAL, "log", ROLE_NORMAL,
              console->config.log_target ? console->config.log_target : "no file");
}

static void put_nothing(struct help *help)
{
    char sentence[PROMPT_SIZE + 64];
    snprintf(sentence, sizeof sentence, "no line has '%s': Esc shows all again", help->wanted);
    scroll_text_put_wrapped(&help->scroll, KEYS_COLUMN, ROLE_NORMAL, sentence);
    scroll_text_next(&help->scroll, 1);
}

/* Draws the help and returns its number of lines. */
static int put_all(const struct console *console, struct canvas *canvas, struct area area)
{
    unsigned context = console_help_context(console);
    bool is_wide = area.columns >= WIDE_COLUMNS;
    struct scroll_text whole = { .canvas = canvas, .area = area, .top = console->help_top };
    struct help left = { .scroll = whole, .wanted = console->help_wanted };
    struct help right = left;
    if (is_wide) {
        left.scroll.area.columns = area.columns / 2 - 1;
        right.scroll.area.column += area.columns / 2 + 1;
        right.scroll.area.columns -= area.columns / 2 + 1;
    }
    for (int group = 0; group < KEY_GROUP_COUNT; group++)
        put_group(console, &left, (enum key_group)group, context);
    struct help *rest = is_wide ? &right : &left;
    put_commands(rest);
    put_states(rest);
    if (context == KEY_CONTEXT_LIST) {
        put_columns(rest);
        put_filters(rest);
    }
    put_pastes(rest);
    put_about(console, rest);
    if (left.scroll.row == 0 && right.scroll.row == 0)
        put_nothing(&left);
    return left.scroll.row > right.scroll.row ? left.scroll.row : right.scroll.row;
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
    char title[128];
    snprintf(title, sizeof title, "%s or Esc closes, %s %s scroll",
             console_key(console, ACT_HELP).text, console_key(console, ACT_DOWN).text,
             console_key(console, ACT_UP).text);
    if (has_frame(area.columns, area.rows))
        canvas_frame(canvas, area, context_title(console_help_context(console)), title);
    put_all(console, canvas, inside_of(area));
    if (console->layout.hints.rows > 0)
        canvas_fill(canvas, console->layout.hints, ROLE_NORMAL, ' ');
}

#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"
#include "tui/draw/scroll_text.h"

#include <inttypes.h>
#include <string.h>

/* --- the heading ----------------------------------------------------------------------------------------------- */

/* The sort mark is behind the title when there is room, else in the gap before the next column. */
static void draw_title(const struct console *console, struct canvas *canvas,
                       const struct column_place *place)
{
    struct area heading = console->layout.heading;
    const struct column_row *row = columns_row(place->column);
    bool is_sorted = place->column == console->sort;
    enum role role = is_sorted ? ROLE_STRONG : ROLE_HEADING;
    struct area cell = { heading.column + place->at, heading.row, place->width, 1 };
    const char *shown = columns_title(place->column, place->width);
    int title = canvas_text_columns(canvas, shown);
    int at = row->align == COLUMN_RIGHT && title < place->width ? place->width - title : 0;
    int mark = at + title + (title + 1 < place->width && row->align == COLUMN_LEFT);
    bool is_at_edge = place->at + mark >= heading.columns;
    if (is_sorted && is_at_edge && at > 0) {
        at--;
        mark--;
    }
    canvas_put(canvas, cell, at, 0, role, shown);
    if (is_sorted)
        canvas_put(canvas, heading, place->at + mark, 0, role, console->is_descending ? "v" : "^");
}

static void draw_heading(const struct console *console, struct canvas *canvas)
{
    const struct column_layout *columns = &console->columns;
    if (console->layout.heading.rows == 0)
        return;
    canvas_fill(canvas, console->layout.heading, ROLE_HEADING, ' ');
    for (int i = 0; i < columns->count; i++)
        draw_title(console, canvas, &columns->places[i]);
}

/* --- marking the filtered text --------------------------------------------------------------------------------- */

static char lower(char c)
{
    return 'A' <= c && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *string, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(string[i]) != lower(word[i])) /* stops at the string's NUL at the latest */
            return false;
    }
    return true;
}

/* Is it a word that means "contains"? The other kinds of filter words have one of these characters. */
static bool is_plain(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr("!/*?[<>=:", word[i]))
            return false;
    }
    return length > 0;
}

static void mark_word(struct canvas *canvas, struct area cell, const char *shown, const char *word,
                      size_t length)
{
    char before[COLUMN_TEXT_SIZE];
    for (size_t i = 0; shown[i] != '\0'; i++) {
        if (!begins_with(&shown[i], word, length))
            continue;
        struct text text;
        text_init(&text, before, sizeof before);
        text_add_bytes(&text, shown, i);
        int first = canvas_text_columns(canvas, before);
        text_add_bytes(&text, &shown[i], length);
        int end = canvas_text_columns(canvas, before);
        struct area hit = { cell.column + first, cell.row, end - first, 1 };
        canvas_mark(canvas, hit, CELL_HIT);
        return;
    }
}

/* Marks the plain words of a filter where the shown name contains them. False: there are none. */
static bool mark_words(struct canvas *canvas, struct area cell, const char *shown, const char *word)
{
    bool has_plain = false;
    while (*word != '\0') {
        size_t length = strcspn(word, " ");
        if (is_plain(word, length))
            mark_word(canvas, cell, shown, word, length);
        has_plain = has_plain || is_plain(word, length);
        word += length;
        word += strspn(word, " ");
    }
    return has_plain;
}

/* A row that the search matches for another reason than its name is marked whole. */
static void mark_hits(const struct console *console, struct canvas *canvas, struct area cell,
                      const char *shown, const struct snapshot_row *row)
{
    mark_words(canvas, cell, shown, filter_text(console->filter));
    if (filter_is_empty(console->search) || !filter_matches(console->search, row, console->shown))
        return;
    if (!mark_words(canvas, cell, shown, filter_text(console->search)))
        canvas_mark(canvas, cell, CELL_HIT);
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static bool is_column_shown(const struct console *console, enum column column)
{
    for (int i = 0; i < console->columns.count; i++)
        if (console->columns.places[i].column == column)
            return true;
    return false;
}

/* Does the column show what the last status said, or what was decided from it? */
static bool is_from_status(enum column column)
{
    return column != COLUMN_STATE && column != COLUMN_DEPLOYMENT && column != COLUMN_LAST &&
           column != COLUMN_AGE && column != COLUMN_SINCE;
}

/* The free share is never dim. */
static bool is_of_share(enum column column)
{
    return column == COLUMN_FREE_PCT || column == COLUMN_BAR;
}

/* In the attention view: what led to its entry is over, and it waits to be acknowledged. */
static bool has_ended(const struct console *console, uint32_t slot)
{
    const struct attention_entry *entry = attention_at(console->attention, slot);
    return console->view == VIEW_ATTENTION && entry && entry->ended.ms != 0;
}

/* An old row has the time of its status beside it: in its own column, else in that of the reason. */
static void add_text(const struct console *console, const struct column_place *place, uint32_t slot,
                     const struct snapshot_row *row, bool is_old, bool is_ascii,
                     char ret_shown[COLUMN_TEXT_SIZE])
{
    struct column_context context = { console->shown->at, is_ascii,
                                      attention_at(console->attention, slot),
                                      snapshot_policy(console->shown, row),
                                      console->shown->engine.is_paused };
    struct text text;
    columns_text(place->column, row, place->width, &context, ret_shown);
    if (!is_old || place->column != COLUMN_REASON || is_column_shown(console, COLUMN_READ))
        return;
    text_init(&text, ret_shown, COLUMN_TEXT_SIZE);
    text_add(&text, "read ");
    format_time(&text, row->read_at);
}

static void draw_cell(const struct console *console, struct canvas *canvas, struct area line,
                      const struct column_place *place, uint32_t slot,
                      const struct snapshot_row *row, bool is_old, bool is_over)
{
    char shown[COLUMN_TEXT_SIZE];
    add_text(console, place, slot, row, is_old, canvas->is_ascii, shown);
    struct area cell = { line.column + place->at, line.row, place->width, 1 };
    bool is_dim = is_old && is_from_status(place->column);
    enum role role = is_dim                                   ? ROLE_UNREAD
                     : is_over && !is_of_share(place->column) ? ROLE_DIM
                                                              : columns_role(place->column, row);
    if (columns_row(place->column)->align == COLUMN_RIGHT)
        canvas_put_right(canvas, cell, 0, 0, role, shown);
    else
        canvas_put(canvas, cell, 0, 0, role, shown);
    if (place->column == COLUMN_DEPLOYMENT)
        mark_hits(console, canvas, cell, shown, row);
}

static void draw_row(const struct console *console, struct canvas *canvas, struct area line,
                     uint32_t slot)
{
    const struct column_layout *columns = &console->columns;
    const struct snapshot_row *row = snapshot_row_at(console->shown, slot);
    bool is_old = row && row->state != STATE_GONE && console_is_old(console, row->read_at);
    bool is_over = has_ended(console, slot);
    for (int i = 0; row && i < columns->count; i++)
        draw_cell(console, canvas, line, &columns->places[i], slot, row, is_old, is_over);
    if (slot != console->cursor.slot)
        return;
    canvas_put(canvas, line, 0, 0, ROLE_STRONG, ">");
    if (!console->is_log_focused)
        canvas_mark(canvas, line, CELL_CURSOR);
}

static void draw_rows(const struct console *console, struct canvas *canvas)
{
    struct area list = console->layout.list;
    size_t count = order_count(console->order);
    for (int i = 0; i < list.rows && console->list_top + (size_t)i < count; i++) {
        uint32_t slot = order_slot(console->order, console->list_top + (size_t)i);
        draw_row(console, canvas, area_row(list, i), slot);
    }
}

/* --- empty list ------------------------------------------------------------------------------------------------ */

static void tell_no_fleet(const struct snapshot *snapshot, struct text *text)
{
    if (snapshot->engine.discovery_failed_at.ms != 0) {
        text_add(text, "no deployments: discovery fails since ");
        format_minute(text, snapshot->engine.discovery_failed_at);
    } else if (snapshot->pass.number == 0) {
        text_add(text, "no deployments: discovery has not answered yet");
    } else {
        text_add(text, "no deployments: the API lists none");
    }
}

static void tell_no_attention(const struct fleet_totals *totals, struct text *text)
{
    int32_t on_target = totals->states[STATE_ON_TARGET];
    int32_t pending = totals->states[STATE_PENDING];
    int32_t waiting = totals->states[STATE_WAITING];
    if (on_target == totals->deployments)
        text_addf(text, "all %" PRId32 " on target", on_target);
    else
        text_addf(text,
                  "nothing needs attention: %" PRId32 " on target, %" PRId32
                  " wait for hosts, %" PRId32 " to shrink",
                  on_target, pending, waiting);
    text_add(text, " (1 lists them)");
}

static void tell_empty_view(const struct console *console, struct text *text)
{
    switch (console->view) {
    case VIEW_ALL:
        text_add(text, "no deployments");
        break;
    case VIEW_ATTENTION:
        tell_no_attention(&console->shown->totals, text);
        break;
    case VIEW_SCALING:
        text_add(text, "nothing was scaled in the last pass");
        break;
    case VIEW_HELD:
        text_add(text, "nothing is held");
        break;
    case VIEW_FAILED:
        text_add(text, "nothing failed");
        break;
    case VIEW_UNREAD:
        text_add(text, "each deployment was read in the last two passes");
        break;
    case VIEW_PAUSED:
        text_add(text, "no deployment is paused by itself");
        break;
    }
}

static void draw_empty(const struct console *console, struct canvas *canvas)
{
    char storage[FILTER_SIZE + 128];
    struct text text;
    text_init(&text, storage, sizeof storage);
    if (!console->shown) {
        text_add(&text, "waiting for the engine");
    } else if (console->shown->totals.deployments == 0) {
        tell_no_fleet(console->shown, &text);
    } else if (!filter_is_empty(console->filter)) {
        text_addf(&text, "nothing%s matches the filter '%s': %sEsc clears it",
                  console->view == VIEW_ALL ? "" : " in this view", filter_text(console->filter),
                  console->view == VIEW_ALL ? "" : "1 looks in all, ");
    } else {
        tell_empty_view(console, &text);
    }
    struct scroll_text scroll = { .canvas = canvas, .area = console->layout.list };
    scroll_text_put_wrapped(&scroll, scroll.area.columns > 4 ? 2 : 0, ROLE_NORMAL, storage);
}

void panel_fleet_draw(const struct console *console, struct canvas *canvas)
{
    draw_heading(console, canvas);
    if (console->shown && order_count(console->order) > 0)
        draw_rows(console, canvas);
    else
        draw_empty(console, canvas);
}

#include "tui/chart.h"
#include "tui/console_state.h"
#include "tui/format.h"
#include "tui/sheet.h"

#include "engine/base/arith.h"

#include <stdio.h>
#include <string.h>

#define LABEL_COLUMN 1
#define TEXT_COLUMN 11
#define VERDICT_SIZE 5
#define FORMULA_STEPS 3 /* plausible, desired, base: the rules come behind them */
#define CHART_ROWS 5
#define EVENTS_MAX 100
#define WIDE_COLUMNS 140 /* from here on the charts stand beside the text */
#define LINE_SIZE 512

/* --- text ------------------------------------------------------------------------------------------ */

static void put_label(struct sheet *sheet, const char *label)
{
    sheet_put(sheet, LABEL_COLUMN, ROLE_HEADING, label);
}

static void put_inputs(struct sheet *sheet, const struct snapshot_row *row)
{
    char storage[LINE_SIZE];
    struct text text;
    put_label(sheet, "INPUTS");
    text_init(&text, storage, sizeof storage);
    text_add(&text, "hosts ");
    format_count(&text, row->hosts);
    text_addf(&text, "   pending %+d   servers per host ", row->pending_hosts);
    format_count(&text, row->servers_per_host);
    text_add(&text, "   target ");
    format_target(&text, row->target_ppb);
    text_add(&text, "% free");
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_NORMAL, storage);
    sheet_next(sheet, 1);
    text_reset(&text);
    text_add(&text, "servers ");
    format_count(&text, row->total_servers);
    text_add(&text, "   busy ");
    format_count(&text, row->total_servers < 0 ? -1 : row->total_servers - row->free_servers);
    text_add(&text, "   free ");
    format_count(&text, row->free_servers);
    text_add(&text, " (");
    format_share(&text, row->free_servers, row->total_servers);
    text_add(&text, "%)   read ");
    format_time(&text, row->read_at);
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_NORMAL, storage);
    sheet_next(sheet, 1);
}

static const char *verdict_word(enum snapshot_verdict verdict)
{
    switch (verdict) {
    case VERDICT_SHOWN_OK:
        return "ok";
    case VERDICT_SHOWN_CUT:
        return "CUT";
    case VERDICT_SHOWN_HELD:
        return "HELD";
    }
    return "";
}

static enum role verdict_role(enum snapshot_verdict verdict)
{
    return verdict == VERDICT_SHOWN_OK ? ROLE_NORMAL : ROLE_HELD;
}

/* The word of the verdict stands in front of a rule: at its end it would stand twice. */
static void step_text(const struct snapshot_step *step, bool is_formula,
                      char ret_text[SNAPSHOT_STEP_SIZE])
{
    static const char ending[] = ": ok";
    size_t length = strlen(step->text);
    size_t cut = strlen(ending);
    if (!is_formula && length > cut && strcmp(step->text + length - cut, ending) == 0)
        length -= cut;
    memcpy(ret_text, step->text, length);
    ret_text[length] = '\0';
}

static void put_steps(struct sheet *sheet, const struct snapshot_detail *detail)
{
    for (size_t i = 0; i < detail->step_count; i++) {
        const struct snapshot_step *step = &detail->steps[i];
        bool is_formula = i < FORMULA_STEPS && detail->step_count > 1;
        if (i == 0)
            put_label(sheet, "DECISION");
        if (i == FORMULA_STEPS)
            put_label(sheet, "RULES");
        int column = TEXT_COLUMN;
        if (!is_formula) {
            sheet_put(sheet, column, verdict_role(step->verdict), verdict_word(step->verdict));
            column += VERDICT_SIZE;
        }
        char text[SNAPSHOT_STEP_SIZE];
        step_text(step, is_formula, text);
        sheet_put_wrapped(sheet, column, verdict_role(step->verdict), text);
        sheet_next(sheet, 1);
    }
}

static void put_outcome(struct sheet *sheet, const struct snapshot_row *row)
{
    const struct reason_row *reason = reason_row((enum reason)row->reason);
    put_label(sheet, "ACTION");
    sheet_putf(sheet, TEXT_COLUMN, state_role((enum state)row->state), "%s %+d: %s",
               action_name((enum action)row->action), row->delta, reason->name);
    sheet_next(sheet, 1);
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_NORMAL, reason->meaning);
    sheet_next(sheet, 1);
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_DIM, reason->advice);
    sheet_next(sheet, 1);
}

static void put_last(struct sheet *sheet, const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return;
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%+d at ", row->last_delta);
    format_time(&text, row->acted_at);
    text_addf(&text, ": %s",
              row->last_action == ACTION_NONE ? "its answer is awaited"
                                              : action_name((enum action)row->last_action));
    put_label(sheet, "LAST");
    sheet_put(sheet, TEXT_COLUMN, ROLE_NORMAL, storage);
    sheet_next(sheet, 1);
}

static void put_failure(struct sheet *sheet, const struct snapshot_detail *detail)
{
    if (!detail->failure[0])
        return;
    put_label(sheet, "FAILURE");
    sheet_put_wrapped(sheet, TEXT_COLUMN, ROLE_FAILED, detail->failure);
    sheet_next(sheet, 1);
}

static void put_orders(struct sheet *sheet, const struct snapshot_detail *detail)
{
    for (size_t i = 0; i < detail->order_count; i++) {
        const struct snapshot_order *order = &detail->orders[i];
        char storage[LINE_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        text_addf(&text, "%+d sent ", order->delta);
        format_time(&text, order->sent);
        text_addf(&text, ", %d seen, counts until ", order->seen);
        format_time(&text, order->until);
        if (order->is_in_flight)
            text_add(&text, " (in flight)");
        if (order->is_unconfirmed)
            text_add(&text, " (unconfirmed: its answer was lost)");
        if (i == 0)
            put_label(sheet, "ORDERS");
        sheet_put_wrapped(sheet, TEXT_COLUMN,
                          order->is_unconfirmed ? ROLE_UNCONFIRMED : ROLE_NORMAL, storage);
        sheet_next(sheet, 1);
    }
}

/* --- charts ---------------------------------------------------------------------------------------- */

struct samples {
    int64_t free_pct[SNAPSHOT_HISTORY_LENGTH];
    int64_t target_pct[SNAPSHOT_HISTORY_LENGTH];
    int64_t busy[SNAPSHOT_HISTORY_LENGTH];
    int64_t hosts[SNAPSHOT_HISTORY_LENGTH];
};

static void gather(const struct snapshot_detail *detail, const struct snapshot_row *row,
                   struct samples *samples)
{
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        const struct snapshot_sample *sample = &detail->history[i];
        int64_t total = (int64_t)sample->busy_servers + sample->free_servers;
        bool has_share = sample->is_read && total > 0;
        samples->free_pct[i] =
            has_share ? floor_div((int64_t)sample->free_servers * 100 + total / 2, total) : -1;
        samples->target_pct[i] = row->target_ppb < 0 ? -1 : row->target_ppb / SHARE_PERCENT;
        samples->busy[i] = sample->is_read ? sample->busy_servers : -1;
        samples->hosts[i] = sample->is_read ? sample->hosts : -1;
    }
}

static void put_chart(struct sheet *sheet, const char *label, const struct chart_series *series,
                      size_t count)
{
    put_label(sheet, label);
    struct area area = sheet_area(sheet, TEXT_COLUMN, CHART_ROWS);
    if (area.rows > 0)
        chart_draw(sheet->canvas, area, series, count);
    sheet_next(sheet, CHART_ROWS + 1);
}

static void put_charts(struct sheet *sheet, const struct snapshot_detail *detail,
                       const struct snapshot_row *row)
{
    struct samples samples;
    gather(detail, row, &samples);
    struct chart_series free_pct[] = {
        { samples.free_pct, SNAPSHOT_HISTORY_LENGTH, ROLE_UP, 0 },
        { samples.target_pct, SNAPSHOT_HISTORY_LENGTH, ROLE_HELD, 'T' },
    };
    struct chart_series busy[] = { { samples.busy, SNAPSHOT_HISTORY_LENGTH, ROLE_DOWN, 0 } };
    struct chart_series hosts[] = { { samples.hosts, SNAPSHOT_HISTORY_LENGTH, ROLE_NORMAL, 0 } };
    put_chart(sheet, "FREE %", free_pct, 2);
    put_chart(sheet, "BUSY", busy, 1);
    put_chart(sheet, "HOSTS", hosts, 1);
}

/* --- events ---------------------------------------------------------------------------------------- */

static void put_event(struct sheet *sheet, const struct logbook_line *line)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_time(&text, line->at);
    text_addf(&text, " %-5s ", level_name(line->level));
    sheet_put(sheet, TEXT_COLUMN, ROLE_DIM, storage);
    sheet_put_wrapped(sheet, TEXT_COLUMN + format_columns(storage),
                      line->level == LEVEL_ERROR  ? ROLE_ERROR
                      : line->level == LEVEL_WARN ? ROLE_WARN
                                                  : ROLE_NORMAL,
                      line->text);
    sheet_next(sheet, 1);
}

/* Its own lines of the log, the newest first. */
static void put_events(const struct console *console, struct sheet *sheet)
{
    struct logbook_query query = { .level_min = LEVEL_DEBUG, .id = console->cursor.id };
    uint64_t from = logbook_end(console->logbook);
    uint64_t number;
    put_label(sheet, "EVENTS");
    for (int i = 0; i < EVENTS_MAX && from > logbook_first(console->logbook); i++) {
        if (!logbook_find(console->logbook, from - 1, false, &query, &number))
            break;
        put_event(sheet, logbook_at(console->logbook, number));
        from = number;
    }
    if (from == logbook_end(console->logbook)) {
        sheet_put(sheet, TEXT_COLUMN, ROLE_DIM, "none in the lines that are kept");
        sheet_next(sheet, 1);
    }
}

/* --- all of it ------------------------------------------------------------------------------------- */

/* What the engine told about this deployment; NULL: nothing yet. */
static const struct snapshot_detail *detail_of(const struct console *console)
{
    const struct snapshot_detail *detail = console->shown ? console->shown->detail : NULL;
    bool is_its_own = detail && detail->slot == console->cursor.slot &&
                      strcmp(detail->name->id, console->cursor.id) == 0;
    return is_its_own ? detail : NULL;
}

static void put_texts(struct sheet *sheet, const struct snapshot_row *row,
                      const struct snapshot_detail *detail)
{
    put_inputs(sheet, row);
    if (detail)
        put_steps(sheet, detail);
    else
        sheet_put(sheet, TEXT_COLUMN, ROLE_DIM, "waiting for the engine's explanation");
    sheet_next(sheet, !detail);
    put_outcome(sheet, row);
    put_last(sheet, row);
    if (!detail)
        return;
    put_failure(sheet, detail);
    put_orders(sheet, detail);
}

/* In one column: the text, the events, the charts; where it is wide, the charts at the right. */
static int put_all(const struct console *console, struct canvas *canvas, struct area area)
{
    const struct snapshot_row *row = console_cursor_row(console);
    const struct snapshot_detail *detail = detail_of(console);
    if (!row)
        return 0;
    bool is_wide = area.columns >= WIDE_COLUMNS;
    struct sheet left = { .canvas = canvas, .area = area, .top = console->explain_top };
    left.area.columns = is_wide ? area.columns / 2 - 1 : area.columns;
    struct sheet right = left;
    right.area.column += area.columns / 2 + 1;
    right.area.columns = area.columns - area.columns / 2 - 1;
    put_texts(&left, row, detail);
    if (detail && is_wide)
        put_charts(&right, detail, row);
    put_events(console, &left);
    if (detail && !is_wide) {
        sheet_next(&left, 1);
        put_charts(&left, detail, row);
    }
    return left.row > right.row ? left.row : right.row;
}

int panel_explain_lines(const struct console *console, int columns)
{
    struct area area = { 0, 0, columns, 1 };
    return put_all(console, NULL, area);
}

static void draw_title(const struct console *console, struct canvas *canvas, struct area area,
                       const struct snapshot_row *row)
{
    canvas_fill(canvas, area, ROLE_FRAME, canvas->is_ascii ? '-' : 0x2500);
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, " < ");
    format_cut_middle(&text, row->name->shown, area.columns > 40 ? area.columns - 24 : 16);
    text_addf(&text, "  %c %s ", state_row((enum state)row->state)->glyph,
              state_row((enum state)row->state)->name);
    canvas_put(canvas, area, 1, 0, ROLE_STRONG, storage);
    snprintf(storage, sizeof storage, " %zu of %zu ", console->cursor.position + 1,
             order_count(console->order));
    if (area.columns >= 60)
        canvas_put_right(canvas, area, 2, 0, ROLE_FRAME, storage);
}

void panel_explain_draw(const struct console *console, struct canvas *canvas)
{
    struct area area = console->layout.list;
    const struct snapshot_row *row = console_cursor_row(console);
    if (!row) {
        canvas_put(canvas, area, 1, 0, ROLE_DIM, "this deployment is gone; Esc goes back");
        return;
    }
    draw_title(console, canvas, area_row(area, 0), row);
    put_all(console, canvas, area_below(area, 1));
}

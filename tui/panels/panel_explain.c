#include "tui/panels/panel.h"

#include "engine/base/arith.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"
#include "tui/draw/scroll_text.h"

#include <stdio.h>
#include <string.h>

#define LABEL_COLUMN 1
#define LABEL_COLUMNS 9
#define TEXT_COLUMN 11
#define NAME_SIZE 11 /* for the name of a step of the formula: "plausible", "desired", "base" */
#define VERDICT_SIZE 5
#define CHART_ROWS 5
#define CHART_ROWS_MIN 2
#define CHART_COLUMNS (SNAPSHOT_HISTORY_LENGTH + 6) /* the scale and one column per pass */
#define EVENTS_MAX 100
#define EVENTS_ABOVE_CHARTS 8 /* limited, so that the charts below are near */
#define WIDE_COLUMNS 140      /* from this width on the charts are to the right of the text */
#define LINE_SIZE 512

/* --- text ------------------------------------------------------------------------------------------ */

static void put_label(struct scroll_text *scroll, const char *label)
{
    scroll_text_put(scroll, LABEL_COLUMN, ROLE_HEADING, label);
}

static void put_line(struct scroll_text *scroll, enum role role, const char *line)
{
    scroll_text_put_wrapped(scroll, TEXT_COLUMN, role, line);
    scroll_text_next(scroll, 1);
}

static void add_hosts(const struct snapshot_row *row, struct text *text)
{
    text_add(text, "hosts ");
    format_count(text, row->hosts);
    if (row->servers_per_host >= 0)
        text_addf(text, " x %d servers", row->servers_per_host);
    if (row->pending_hosts != 0)
        text_addf(text, "   pending %+d", row->pending_hosts);
    if (row->unconfirmed_hosts != 0)
        text_addf(text, " (unconfirmed %+d)", row->unconfirmed_hosts);
    if (row->target_ppb < 0)
        return;
    text_add(text, "   target ");
    format_target(text, row->target_ppb);
    text_add(text, "% free");
}

static void add_servers(const struct snapshot_row *row, struct text *text)
{
    text_add(text, "servers ");
    format_count(text, row->total_servers);
    text_add(text, "   busy ");
    format_count(text, row->total_servers - row->free_servers);
    text_add(text, "   free ");
    format_count(text, row->free_servers);
    if (row->free_servers <= row->total_servers && row->total_servers > 0) {
        text_add(text, " (");
        format_share(text, row->free_servers, row->total_servers);
        text_add(text, "%)");
    }
    text_add(text, "   read ");
    format_time(text, row->read_at);
}

/* The inputs of the decision; grey when they are not from the last pass. */
static void put_inputs(struct scroll_text *scroll, const struct snapshot_row *row)
{
    enum role role = row->state == STATE_UNREAD ? ROLE_UNREAD : ROLE_NORMAL;
    char storage[LINE_SIZE];
    struct text text;
    put_label(scroll, "INPUTS");
    text_init(&text, storage, sizeof storage);
    add_hosts(row, &text);
    put_line(scroll, role, storage);
    text_reset(&text);
    if (row->total_servers >= 0 && row->free_servers >= 0)
        add_servers(row, &text);
    else
        text_add(&text, "no status that can be used has been read");
    put_line(scroll, role, storage);
}

static const char *verdict_word(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_OK:
        return "ok";
    case VERDICT_RAISED:
        return "MORE";
    case VERDICT_CUT:
        return "CUT";
    case VERDICT_HELD:
        return "HELD";
    }
    return "";
}

static enum role verdict_role(enum verdict verdict)
{
    if (verdict == VERDICT_RAISED)
        return ROLE_UP;
    return verdict == VERDICT_OK ? ROLE_NORMAL : ROLE_HELD;
}

/* "base | hosts 12 + pending 0 = 12 | delta 15 - 12 = +3": the name has its own column, each clause its own line. */
static void put_input(struct scroll_text *scroll, const struct explanation *step)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    explanation_add_body(&text, step, "\n");
    scroll_text_put(scroll, TEXT_COLUMN, ROLE_NORMAL, rule_row(step->rule)->name);
    for (char *clause = storage; clause;) {
        char *end = strchr(clause, '\n');
        if (end)
            *end++ = '\0';
        scroll_text_put_wrapped(scroll, TEXT_COLUMN + NAME_SIZE, ROLE_NORMAL, clause);
        scroll_text_next(scroll, 1);
        clause = end;
    }
}

static void put_verdict(struct scroll_text *scroll, enum verdict verdict, const char *line)
{
    scroll_text_put(scroll, TEXT_COLUMN, verdict_role(verdict), verdict_word(verdict));
    scroll_text_put_wrapped(scroll, TEXT_COLUMN + VERDICT_SIZE, verdict_role(verdict), line);
    scroll_text_next(scroll, 1);
}

/* Does the next rule share the line? Only rules with verdict "ok" do, so that the other rules are easy to find. */
static bool joins(const struct scroll_text *scroll, const struct text *line,
                  const struct text *rule, const struct explanation *step)
{
    size_t columns = line->length + 2 + rule->length;
    int room = scroll->area.columns - TEXT_COLUMN - VERDICT_SIZE;
    return step[-1].verdict == VERDICT_OK && step->verdict == VERDICT_OK && room > 0 &&
           columns <= (size_t)room;
}

/* In the order in which the rules were applied. The verdict stands before the rule. */
static void put_rules(struct scroll_text *scroll, const struct explanation *steps, size_t count)
{
    char storage[LINE_SIZE];
    char rule_storage[LINE_SIZE];
    struct text line;
    struct text rule;
    text_init(&line, storage, sizeof storage);
    text_init(&rule, rule_storage, sizeof rule_storage);
    for (size_t i = 0; i < count; i++) {
        text_reset(&rule);
        explanation_add_body(&rule, &steps[i], "; ");
        if (i > 0 && joins(scroll, &line, &rule, &steps[i])) {
            text_add(&line, "; ");
        } else if (i > 0) {
            put_verdict(scroll, steps[i - 1].verdict, storage);
            text_reset(&line);
        }
        text_add(&line, rule.data);
    }
    put_verdict(scroll, steps[count - 1].verdict, storage);
}

/* Bad data has one step, which says why; it stands in place of the inputs. */
static void put_fault(struct scroll_text *scroll, const struct explanation *step)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    explanation_add_body(&text, step, "; ");
    put_verdict(scroll, step->verdict, storage);
}

static void put_steps(struct scroll_text *scroll, const struct snapshot_detail *detail)
{
    const struct explanation *step = detail->steps;
    const struct explanation *end = step + detail->step_count;
    put_label(scroll, "DECISION");
    if (step == end)
        put_line(scroll, ROLE_DIM, "nothing has been decided yet");
    for (; step < end && rule_row(step->rule)->stage == STAGE_INPUT; step++) {
        if (step->verdict == VERDICT_OK)
            put_input(scroll, step);
        else
            put_fault(scroll, step);
    }
    if (step == end)
        return;
    put_label(scroll, "RULES");
    put_rules(scroll, step, (size_t)(end - step));
}

/* "scaled +2 of +3: max_step_up", "held +0 of +7: cooldown_up", "nothing sent: on_target". */
static void add_action(const struct snapshot_row *row, struct text *text)
{
    bool is_nothing = row->action == ACTION_NONE && row->delta == 0;
    text_add(text, is_nothing ? "nothing sent" : action_name((enum action)row->action));
    if (row->delta != 0 || row->raw_delta != 0)
        text_addf(text, " %+d", row->delta);
    if (row->raw_delta != row->delta && row->raw_delta != 0)
        text_addf(text, " of %+d", row->raw_delta);
    const char *reason = reason_row((enum reason)row->reason)->name;
    if (strcmp(reason, action_name((enum action)row->action)) != 0)
        text_addf(text, ": %s", reason);
}

/* Does a step already say what the reason means? */
static bool is_said(const struct snapshot_detail *detail, int64_t reason)
{
    for (size_t i = 0; detail && i < detail->step_count; i++)
        if (detail->steps[i].phrase == PHRASE_REASON && detail->steps[i].numbers[0] == reason)
            return true;
    return false;
}

static void put_outcome(struct scroll_text *scroll, const struct snapshot_row *row,
                        const struct snapshot_detail *detail)
{
    const char *meaning = reason_row((enum reason)row->reason)->meaning;
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_action(row, &text);
    put_label(scroll, "ACTION");
    put_line(scroll, columns_state_role((enum state)row->state), storage);
    if (!is_said(detail, row->reason))
        put_line(scroll, ROLE_NORMAL, meaning);
    if (!detail || !detail->failure[0] || strcmp(detail->failure, meaning) == 0)
        return;
    put_label(scroll, "ERROR");
    put_line(scroll, ROLE_FAILED, detail->failure);
}

/* The last scale; it may be from an earlier pass. */
static void put_last(struct scroll_text *scroll, const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return;
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%+d sent ", row->last_delta);
    format_time(&text, row->acted_at);
    text_addf(&text, ": %s",
              row->last_action == ACTION_NONE ? "waiting for the response"
                                              : action_name((enum action)row->last_action));
    put_label(scroll, "LAST");
    put_line(scroll, ROLE_NORMAL, storage);
}

static void add_order(const struct snapshot_order *order, struct text *text)
{
    text_addf(text, "%+d sent ", order->delta);
    format_time(text, order->sent);
    if (order->is_in_flight) {
        text_add(text, ": in flight");
        return;
    }
    if (order->is_unconfirmed)
        text_add(text, ", response lost");
    if (order->seen != 0)
        text_addf(text, ", %+d seen", order->seen);
    else
        text_add(text, ", none seen");
    text_add(text, "; counts as pending until ");
    if (order->until.ms == 0)
        text_add(text, "the next status");
    else
        format_time(text, order->until);
}

/* Orders in flight, and the advice for the operator. */
static void put_next(struct scroll_text *scroll, const struct snapshot_row *row,
                     const struct snapshot_detail *detail)
{
    put_label(scroll, "NEXT");
    for (size_t i = 0; detail && i < detail->order_count; i++) {
        const struct snapshot_order *order = &detail->orders[i];
        char storage[LINE_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        add_order(order, &text);
        put_line(scroll, order->is_unconfirmed ? ROLE_UNCONFIRMED : ROLE_NORMAL, storage);
    }
    put_line(scroll, ROLE_NORMAL, reason_row((enum reason)row->reason)->advice);
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

/* A figure below the label of a chart: "max   240". */
static void put_figure(struct scroll_text *scroll, const char *name, int64_t value)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_short(&text, value, LABEL_COLUMNS - 4);
    scroll_text_putf(scroll, LABEL_COLUMN, ROLE_DIM, "%s %*s", name, LABEL_COLUMNS - 4, storage);
    scroll_text_next(scroll, 1);
}

static void put_figures(struct scroll_text *scroll, const struct chart_series *series)
{
    int64_t low = -1;
    int64_t high = -1;
    for (size_t i = 0; i < series->count; i++) {
        int64_t value = series->values[i];
        if (value >= 0 && (low < 0 || value < low))
            low = value;
        high = max_i64(high, value);
    }
    put_figure(scroll, "now", series->values[series->count - 1]);
    put_figure(scroll, "min", low);
    put_figure(scroll, "max", high);
}

/* The whole chart is drawn into the visible part of its area. */
static void put_chart(struct scroll_text *scroll, const char *label,
                      const struct chart_series *series, size_t count)
{
    struct scroll_text legend = *scroll;
    struct area area = scroll_text_area(scroll, TEXT_COLUMN, CHART_ROWS);
    area.columns = (int)min_i64(area.columns, CHART_COLUMNS);
    if (area.rows >= CHART_ROWS_MIN)
        chart_draw(scroll->canvas, area, series, count);
    put_label(&legend, label);
    scroll_text_next(&legend, 1);
    put_figures(&legend, &series[0]);
    if (count > 1)
        scroll_text_put(&legend, LABEL_COLUMN, ROLE_HELD, "T target");
    scroll_text_next(scroll, CHART_ROWS + 1);
}

static bool is_anything_read(const struct snapshot_detail *detail)
{
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        if (detail->history[i].is_read)
            return true;
    return false;
}

static void put_charts(struct scroll_text *scroll, const struct snapshot_detail *detail,
                       const struct snapshot_row *row)
{
    if (!is_anything_read(detail)) {
        put_label(scroll, "CHARTS");
        put_line(scroll, ROLE_DIM, "nothing that can be used was read in the last passes");
        return;
    }
    struct samples samples;
    gather(detail, row, &samples);
    struct chart_series free_pct[] = {
        { samples.free_pct, SNAPSHOT_HISTORY_LENGTH, ROLE_UP, 0 },
        { samples.target_pct, SNAPSHOT_HISTORY_LENGTH, ROLE_HELD, 'T' },
    };
    struct chart_series busy[] = { { samples.busy, SNAPSHOT_HISTORY_LENGTH, ROLE_DOWN, 0 } };
    struct chart_series hosts[] = { { samples.hosts, SNAPSHOT_HISTORY_LENGTH, ROLE_NORMAL, 0 } };
    put_chart(scroll, "FREE %", free_pct, 2);
    put_chart(scroll, "BUSY", busy, 1);
    put_chart(scroll, "HOSTS", hosts, 1);
    put_line(scroll, ROLE_DIM, "one column is one pass, the newest at the right");
}

/* --- events ---------------------------------------------------------------------------------------- */

/* End of the value that begins here: the closing quote, or a space. */
static const char *value_end(const char *value)
{
    if (*value != '"')
        return value + strcspn(value, " ");
    for (value++; *value && *value != '"'; value++)
        if (*value == '\\' && value[1])
            value++;
    return *value ? value + 1 : value;
}

/* Leaves the deployment's id out, because the title shows it. */
static void add_without_id(const char *line, struct text *text)
{
    static const char key[] = " deployment=";
    const char *field = strstr(line, key);
    if (!field) {
        text_add(text, line);
        return;
    }
    text_add_bytes(text, line, (size_t)(field - line));
    text_add(text, value_end(field + strlen(key)));
}

static enum role line_role(const struct logbook_line *line)
{
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

static void put_event(struct scroll_text *scroll, const struct logbook_line *line)
{
    char storage[4 * LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_time(&text, line->at);
    text_addf(&text, " %-5s ", level_name(line->level));
    scroll_text_put(scroll, TEXT_COLUMN, ROLE_DIM, storage);
    int column = TEXT_COLUMN + format_columns(storage);
    text_reset(&text);
    add_without_id(line->text, &text);
    scroll_text_put_wrapped(scroll, column, line_role(line), storage);
    scroll_text_next(scroll, 1);
}

/* Log lines of this deployment, the newest first. */
static void put_events(const struct console *console, struct scroll_text *scroll, int count_max)
{
    struct logbook_query query = { .level_min = LEVEL_DEBUG, .id = console->cursor.id };
    uint64_t first = logbook_first(console->logbook);
    uint64_t from = logbook_end(console->logbook);
    uint64_t number;
    int count = 0;
    put_label(scroll, "EVENTS");
    while (from > first && logbook_find(console->logbook, from - 1, false, &query, &number)) {
        if (count == count_max) {
            put_line(scroll, ROLE_DIM, "older ones are in the log: l opens it");
            return;
        }
        put_event(scroll, logbook_at(console->logbook, number));
        from = number;
        count++;
    }
    if (count == 0)
        put_line(scroll, ROLE_DIM, "none in the lines that are kept");
}

/* --- whole page ------------------------------------------------------------------------------------ */

/* The engine's explanation of this deployment; NULL: not received yet. */
static const struct snapshot_detail *detail_of(const struct console *console)
{
    const struct snapshot_detail *detail = console->shown ? console->shown->detail : NULL;
    bool is_its_own = detail && detail->slot == console->cursor.slot &&
                      strcmp(detail->name->id, console->cursor.id) == 0;
    return is_its_own ? detail : NULL;
}

static void put_texts(struct scroll_text *scroll, const struct snapshot_row *row,
                      const struct snapshot_detail *detail)
{
    put_inputs(scroll, row);
    if (detail) {
        put_steps(scroll, detail);
    } else {
        put_label(scroll, "DECISION");
        put_line(scroll, ROLE_DIM, "waiting for the engine's explanation");
    }
    put_outcome(scroll, row, detail);
    put_last(scroll, row);
    put_next(scroll, row, detail);
}

static int chart_columns(int columns)
{
    return (int)min_i64(columns / 2 - 1, TEXT_COLUMN + CHART_COLUMNS + 1);
}

/* In one column: the text, the events, the charts. On a wide screen the charts are at the right. */
static int put_all(const struct console *console, struct canvas *canvas, struct area area)
{
    const struct snapshot_row *row = console_cursor_row(console);
    const struct snapshot_detail *detail = detail_of(console);
    if (!row)
        return 0;
    bool is_wide = area.columns >= WIDE_COLUMNS;
    struct scroll_text left = { .canvas = canvas, .area = area, .top = console->explain_top };
    struct scroll_text right = left;
    if (is_wide) {
        right.area.columns = chart_columns(area.columns);
        left.area.columns -= right.area.columns + 2;
        right.area.column += left.area.columns + 2;
    }
    put_texts(&left, row, detail);
    put_events(console, &left, is_wide ? EVENTS_MAX : EVENTS_ABOVE_CHARTS);
    if (detail && !is_wide)
        scroll_text_next(&left, 1);
    if (detail)
        put_charts(is_wide ? &right : &left, detail, row);
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
        canvas_put(canvas, area, 1, 0, ROLE_DIM,
                   "this deployment is not there any more; Esc goes back");
        return;
    }
    draw_title(console, canvas, area_row(area, 0), row);
    put_all(console, canvas, area_below(area, 1));
}

#include "tui/panels/explain.h"
#include "tui/panels/panel.h"

#include "engine/base/arith.h"
#include "engine/serving.h"
#include "tui/draw/format.h"
#include "tui/draw/scroll_text.h"
#include "tui/list/row_metric.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 11 /* for the name of a step of the formula: "plausible", "desired", "base" */
#define VERDICT_SIZE 5
#define EVENTS_MAX 100
#define WIDE_COLUMNS                                                                               \
    140 /* from this width on the chart and the events are to the right of the text */

/* --- text ------------------------------------------------------------------------------------------ */

/* "target 20% free (policy eu-*)", "target 20% free (API)   policy eu-*" */
static void add_target(const struct snapshot_row *row, const struct snapshot_detail *detail,
                       struct text *text)
{
    if (row->target_ppb >= 0) {
        text_add(text, "   target ");
        format_target(text, row->target_ppb);
        text_add(text, "% free");
    }
    if (!detail)
        return;
    if (detail->is_target_own)
        text_addf(text, " (policy %s)", detail->policy);
    else if (row->target_ppb >= 0)
        text_add(text, " (API)");
}

/* Behind the others when there is room, else in a line of its own; with its own target it is there already. */
static void put_policy(struct scroll_text *scroll, enum role role,
                       const struct snapshot_detail *detail, struct text *line)
{
    if (!detail || detail->is_target_own)
        return;
    struct text before = *line;
    text_addf(line, "   policy %s", detail->policy);
    if (EXPLAIN_TEXT_COLUMN + format_columns(line->data) <= scroll->area.columns)
        return;
    before.data[before.length] = '\0';
    explain_put_line(scroll, role, before.data);
    text_reset(line);
    text_addf(line, "policy %s", detail->policy);
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

/* In words, when fewer hosts have servers than are counted, and the decision does not say so. */
static void put_serving(struct scroll_text *scroll, enum role role, const struct snapshot_row *row,
                        const struct snapshot_detail *detail)
{
    int64_t serving;
    bool is_said =
        detail && detail->step_count > 0 && detail->steps[0].phrase == PHRASE_PLAUSIBLE_PARTLY;
    if (is_said || !row_metric_serving(row, &serving) || serving >= row->hosts)
        return;
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    serving_add(&text, serving, row->hosts);
    explain_put_line(scroll, role, storage);
}

/* The inputs of the decision; grey when they are old or not from the last pass. */
static void put_inputs(struct scroll_text *scroll, const struct snapshot_row *row,
                       const struct snapshot_detail *detail, bool is_old)
{
    enum role role = row_metric_is_unread(row) || is_old ? ROLE_UNREAD : ROLE_NORMAL;
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    explain_put_label(scroll, "INPUTS");
    text_init(&text, storage, sizeof storage);
    add_hosts(row, &text);
    add_target(row, detail, &text);
    put_policy(scroll, role, detail, &text);
    explain_put_line(scroll, role, storage);
    text_reset(&text);
    if (row->total_servers >= 0 && row->free_servers >= 0)
        add_servers(row, &text);
    else
        text_add(&text, "no status that can be used has been read");
    explain_put_line(scroll, role, storage);
    put_serving(scroll, role, row, detail);
}

/* "base | hosts 12 + pending 0 = 12 | delta 15 - 12 = +3": the name has its own column, each clause its own line. */
static void put_input(struct scroll_text *scroll, enum role role, const struct explanation *step)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    explanation_add_body(&text, step, "\n");
    scroll_text_put(scroll, EXPLAIN_TEXT_COLUMN, role, rule_row(step->rule)->name);
    for (char *clause = storage; clause;) {
        char *end = strchr(clause, '\n');
        if (end)
            *end++ = '\0';
        scroll_text_put_wrapped(scroll, EXPLAIN_TEXT_COLUMN + NAME_SIZE, role, clause);
        scroll_text_next(scroll, 1);
        clause = end;
    }
}

static void put_verdict(struct scroll_text *scroll, enum verdict verdict, bool is_old,
                        const char *line)
{
    enum role role = is_old ? ROLE_UNREAD : explain_verdict_role(verdict);
    scroll_text_put(scroll, EXPLAIN_TEXT_COLUMN, role, explain_verdict_word(verdict));
    scroll_text_put_wrapped(scroll, EXPLAIN_TEXT_COLUMN + VERDICT_SIZE, role, line);
    scroll_text_next(scroll, 1);
}

/* In the order in which the rules were applied, one rule a line. The verdict stands before the rule. */
static void put_rules(struct scroll_text *scroll, const struct explanation *steps, size_t count,
                      bool is_old)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < count; i++) {
        text_reset(&text);
        explanation_add_body(&text, &steps[i], "; ");
        put_verdict(scroll, steps[i].verdict, is_old, storage);
    }
}

/* Bad data has one step, which says why; it stands in place of the inputs. */
static void put_fault(struct scroll_text *scroll, const struct explanation *step, bool is_old)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    explanation_add_body(&text, step, "; ");
    put_verdict(scroll, step->verdict, is_old, storage);
}

static void put_steps(struct scroll_text *scroll, const struct snapshot_detail *detail, bool is_old)
{
    const struct explanation *step = detail->steps;
    const struct explanation *end = step + detail->step_count;
    explain_put_label(scroll, "DECISION");
    if (step == end)
        explain_put_line(scroll, ROLE_DIM, "nothing has been decided yet");
    for (; step < end && rule_row(step->rule)->stage == STAGE_INPUT; step++) {
        if (step->verdict == VERDICT_OK)
            put_input(scroll, is_old ? ROLE_UNREAD : ROLE_NORMAL, step);
        else
            put_fault(scroll, step, is_old);
    }
    if (step == end)
        return;
    explain_put_label(scroll, "RULES");
    put_rules(scroll, step, (size_t)(end - step), is_old);
}

/* "scaled +2 of +3: max_step_up", "held +0 of +7: max_step_up, cooldown_up", "nothing sent: on_target". */
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
    for (size_t i = 0; i < row_metric_later_reasons(row); i++)
        text_addf(text, ", %s", reason_row((enum reason)row->later_reasons[i])->name);
}

static void put_outcome(struct scroll_text *scroll, const struct snapshot_row *row)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_action(row, &text);
    explain_put_label(scroll, "ACTION");
    explain_put_line(scroll, columns_state_role((enum state)row->state), storage);
}

/* The last scale; it may be from an earlier pass. */
static void put_last(struct scroll_text *scroll, const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return;
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%+d sent ", row->last_delta);
    format_time(&text, row->acted_at);
    text_addf(&text, ": %s",
              row->last_action == ACTION_NONE ? "waiting for the response"
                                              : action_name((enum action)row->last_action));
    explain_put_label(scroll, "LAST");
    explain_put_line(scroll, ROLE_NORMAL, storage);
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

static void put_orders(struct scroll_text *scroll, const struct snapshot_detail *detail)
{
    if (!detail || detail->order_count == 0)
        return;
    explain_put_label(scroll, "ORDERS");
    for (size_t i = 0; i < detail->order_count; i++) {
        const struct snapshot_order *order = &detail->orders[i];
        char storage[EXPLAIN_LINE_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        add_order(order, &text);
        explain_put_line(scroll, order->is_unconfirmed ? ROLE_UNCONFIRMED : ROLE_NORMAL, storage);
    }
}

/* --- events ---------------------------------------------------------------------------------------- */

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
    char storage[4 * EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_time(&text, line->at);
    text_addf(&text, " %-5s ", level_name(line->level));
    scroll_text_put(scroll, EXPLAIN_TEXT_COLUMN, ROLE_DIM, storage);
    int column = EXPLAIN_TEXT_COLUMN + format_columns(storage);
    text_reset(&text);
    panel_add_without_id(line->text, &text);
    scroll_text_put_wrapped(scroll, column, line_role(line), storage);
    scroll_text_next(scroll, 1);
}

static void put_older(const struct console *console, struct scroll_text *scroll)
{
    char line[80];
    snprintf(line, sizeof line, "older ones are in the log: %s opens it",
             console_key(console, ACT_LOG).text);
    explain_put_line(scroll, ROLE_DIM, line);
}

/* Log lines of this deployment, the newest first. */
static void put_events(const struct console *console, struct scroll_text *scroll, int count_max)
{
    struct logbook_query query = { .level_min = LEVEL_DEBUG, .id = console->cursor.id };
    uint64_t first = logbook_first(console->logbook);
    uint64_t from = logbook_end(console->logbook);
    uint64_t number;
    int count = 0;
    explain_put_label(scroll, "EVENTS");
    while (from > first && logbook_find(console->logbook, from - 1, false, &query, &number)) {
        if (count == count_max) {
            put_older(console, scroll);
            return;
        }
        put_event(scroll, logbook_at(console->logbook, number));
        from = number;
        count++;
    }
    if (count == 0)
        explain_put_line(scroll, ROLE_DIM, "none in the lines that are kept");
}

/* --- whole page ------------------------------------------------------------------------------------ */

static void put_texts(struct scroll_text *scroll, const struct snapshot_row *row,
                      const struct snapshot_detail *detail, bool is_old)
{
    put_inputs(scroll, row, detail, is_old);
    if (detail) {
        put_steps(scroll, detail, is_old);
    } else {
        explain_put_label(scroll, "DECISION");
        explain_put_line(scroll, ROLE_DIM, "waiting for the engine's explanation");
    }
    put_outcome(scroll, row);
    put_last(scroll, row);
    put_orders(scroll, detail);
}

/* The verdict, the text, the chart, the events. On a wide screen the last two are at the right of the text. */
static int put_all(const struct console *console, struct canvas *canvas, struct area area)
{
    const struct snapshot_row *row = console_cursor_row(console);
    const struct snapshot_detail *detail = console_detail(console);
    if (!row)
        return 0;
    struct scroll_text left = { .canvas = canvas, .area = area, .top = console->explain_top };
    explain_put_verdict(console, &left, row, detail);
    struct scroll_text right = left;
    bool is_wide = area.columns >= WIDE_COLUMNS;
    if (is_wide) {
        right.area.columns = (int)min_i64(area.columns / 2 - 1, EXPLAIN_CHART_COLUMNS);
        left.area.columns -= right.area.columns + 2;
        right.area.column += left.area.columns + 2;
    }
    put_texts(&left, row, detail, explain_is_old(console, row));
    struct scroll_text *pictures = is_wide ? &right : &left;
    if (detail)
        explain_put_chart(pictures, &console->shown->engine, row, detail);
    put_events(console, pictures, EVENTS_MAX);
    return left.row > right.row ? left.row : right.row;
}

int panel_explain_lines(const struct console *console, int columns)
{
    struct area area = { 0, 0, columns, 1 };
    return put_all(console, NULL, area);
}

static void add_state(struct text *text, enum state state)
{
    text_addf(text, "  %c %s", state_row(state)->glyph, state_row(state)->name);
}

static void draw_title(const struct console *console, struct canvas *canvas, struct area area,
                       const struct snapshot_row *row)
{
    canvas_fill(canvas, area, ROLE_FRAME, canvas->is_ascii ? '-' : 0x2500);
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, " < ");
    format_cut_middle(&text, row->name->shown, area.columns > 40 ? area.columns - 24 : 16);
    add_state(&text, (enum state)row->state);
    if (row->state == STATE_STARVED)
        add_state(&text, (enum state)row->base_state);
    text_add_char(&text, ' ');
    canvas_put(canvas, area, 1, 0, ROLE_STRONG, storage);
    snprintf(storage, sizeof storage, " %zu of %zu ", console->cursor.position + 1,
             order_count(console->order));
    if (area.columns >= 60)
        canvas_put_right(canvas, area, 2, 0, ROLE_FRAME, storage);
}

/* At the end of the last row: how much is below it. */
static void draw_more(const struct console *console, struct canvas *canvas, struct area text,
                      int below)
{
    char more[80];
    if (below <= 0 || text.rows < 2)
        return;
    snprintf(more, sizeof more, " %d more line%s: %s  ", below, below == 1 ? "" : "s",
             console_key(console, ACT_PAGE_DOWN).text);
    canvas_put_right(canvas, area_row(text, text.rows - 1), 0, 0, ROLE_KEY, more);
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
    struct area text = area_below(area, 1);
    int lines = put_all(console, canvas, text);
    draw_more(console, canvas, text, lines - console->explain_top - text.rows);
}

#include "tui/list/columns.h"

#include "engine/base/text.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"
#include "tui/list/row_metric.h"

#include <string.h>
#include <strings.h>

/* The bar of the free share ends here. */
#define BAR_FULL_PPB INT64_C(500000000)

#define PPB_PLACES 7 /* from percent to parts per billion */

/* --- what stands in them --------------------------------------------------------------------------------------- */

static void add_signed(struct text *text, int64_t value, int width)
{
    text_add_char(text, value < 0 ? '-' : '+');
    format_short(text, value < 0 ? -value : value, width - 1);
}

/* Starved when it was last read, and not read again: it may have ended. */
static bool is_starved_before(const struct snapshot_row *row)
{
    return row->state == STATE_STARVED && row_metric_is_unverified(row);
}

static void state_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)column;
    (void)context;
    const struct state_row *state = state_row((enum state)row->state);
    text_add_char(text, state->glyph);
    if (width >= COLUMNS_STATE_WORD)
        text_addf(text, " %s%s", state->name, is_starved_before(row) ? "?" : "");
}

static void name_text(struct text *text, const struct column_row *column,
                      const struct snapshot_row *row, int width,
                      const struct column_context *context)
{
    (void)column;
    (void)context;
    format_cut_middle(text, row->name ? row->name->shown : "", width);
}

static void count_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)context;
    int64_t count;
    if (column->metric(row, &count))
        format_short(text, count, width);
    else
        text_add_char(text, '-');
}

/* "43"; "27/43" when only 27 of them serve; "<430" without room for both numbers. */
static void hosts_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    int64_t serving;
    if (!row_metric_serving(row, &serving) || serving >= row->hosts) {
        count_text(text, column, row, width, context);
        return;
    }
    text_addf(text, "%lld/%d", (long long)serving, row->hosts);
    if (text->length <= (size_t)width)
        return;
    text_reset(text);
    text_add_char(text, '<');
    format_short(text, row->hosts, width - 1);
}

static void pending_text(struct text *text, const struct column_row *column,
                         const struct snapshot_row *row, int width,
                         const struct column_context *context)
{
    (void)column;
    (void)context;
    if (row->pending_hosts != 0)
        add_signed(text, row->pending_hosts, width);
}

static void share_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)width;
    (void)context;
    int64_t share_ppb;
    if (column->metric(row, &share_ppb))
        format_share(text, row->free_servers, row->total_servers);
    else
        text_add_char(text, '-');
}

static void bar_text(struct text *text, const struct column_row *column,
                     const struct snapshot_row *row, int width,
                     const struct column_context *context)
{
    (void)column;
    int64_t share_ppb = -1;
    row_metric_free_share(row, &share_ppb);
    chart_bar_text(share_ppb, row->target_ppb, BAR_FULL_PPB, width, context->is_ascii, text->data,
                   text->size);
}

static void target_text(struct text *text, const struct column_row *column,
                        const struct snapshot_row *row, int width,
                        const struct column_context *context)
{
    (void)column;
    (void)width;
    (void)context;
    format_target(text, row->target_ppb);
}

/* '?': the decision is not known; '-': there was no number to decide. */
static void add_unknown_delta(struct text *text, const struct snapshot_row *row)
{
    bool is_failure = reason_row((enum reason)row->reason)->kind == REASON_FAILURE;
    text_add_char(text, row_metric_is_unread(row) || is_failure ? '?' : '-');
}

static void raw_text(struct text *text, const struct column_row *column,
                     const struct snapshot_row *row, int width,
                     const struct column_context *context)
{
    (void)context;
    int64_t raw;
    if (column->metric(row, &raw))
        add_signed(text, raw, width);
    else
        add_unknown_delta(text, row);
}

/* Are the hosts of its delta not asked for, only because of a pause, dry-run or read-only? */
static bool is_kept_back(const struct snapshot_row *row)
{
    return row->action == ACTION_DRY_RUN || row->delta == 0;
}

static void delta_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)context;
    int64_t delta;
    if (!column->metric(row, &delta)) {
        add_unknown_delta(text, row);
    } else if (delta == 0 || !is_kept_back(row)) {
        add_signed(text, delta, width);
    } else {
        text_add_char(text, '(');
        add_signed(text, delta, width - 2);
        text_add_char(text, ')');
    }
}

/* The names of reasons, from the longest to the shortest; a pause has its end beside its name as long as it fits. */
enum naming { NAMES_WHOLE, NAMES_SHORT, NAMES_WITHOUT_TIME, NAMES_SHORTEST };

/* Those of the row, and its pause when that has an end, whatever the last decision was about. */
struct named_reasons {
    size_t count;
    enum reason list[1 + SNAPSHOT_LATER_REASONS_MAX + 1];
    struct wall end; /* of the pause; 0: not shown */
};

static void name_reason(struct named_reasons *reasons, enum reason reason)
{
    reasons->list[reasons->count++] = reason;
}

/* A fault stands before the pause, a limit behind it, and beside it nothing is said of what is no limit. */
static struct named_reasons named_reasons_of(const struct snapshot_row *row,
                                             const struct column_context *context)
{
    struct named_reasons reasons = { 0 };
    enum reason first = row_metric_reason(row);
    enum reason_kind kind = reason_row(first)->kind;
    bool has_end = row->paused_until.ms != 0 && !context->is_all_paused;
    bool is_fault = kind == REASON_FAILURE || kind == REASON_DATA;
    bool is_named = !has_end || row_metric_is_paused(row);
    if (has_end)
        reasons.end = row->paused_until;
    if (!is_named && !is_fault)
        name_reason(&reasons, REASON_PAUSED);
    if (is_named || kind != REASON_PLAIN)
        name_reason(&reasons, first);
    for (size_t i = 0; i < row_metric_later_reasons(row); i++)
        name_reason(&reasons, (enum reason)row->later_reasons[i]);
    if (!is_named && is_fault)
        name_reason(&reasons, REASON_PAUSED);
    return reasons;
}

/* "paused until 14:30", "paused 14:30", "paused 01-05" when that is a day or more ahead. */
static void add_reason(struct text *text, const struct named_reasons *reasons, size_t index,
                       struct wall now, enum naming naming)
{
    enum reason reason = reasons->list[index];
    bool is_whole = naming == NAMES_WHOLE || naming == NAMES_WITHOUT_TIME;
    text_add(text, is_whole ? reason_row(reason)->name : reason_row(reason)->short_name);
    if (reason != REASON_PAUSED || reasons->end.ms == 0)
        return;
    if (naming == NAMES_WHOLE) {
        text_add(text, " until ");
        format_end(text, reasons->end, now);
    } else if (naming == NAMES_SHORT) {
        text_add_char(text, ' ');
        format_end_short(text, reasons->end, now);
    }
}

/* "max_hosts, cooldown_up" */
static void add_reasons(struct text *text, const struct named_reasons *reasons, struct wall now,
                        enum naming naming)
{
    text_reset(text);
    for (size_t i = 0; i < reasons->count; i++) {
        text_add(text, i == 0 ? "" : ", ");
        add_reason(text, reasons, i, now, naming);
    }
}

/* "max_hosts+1" when there is no room for the others, and the first one alone when there is none for the number. */
static void add_first_reason(struct text *text, const struct named_reasons *reasons,
                             struct wall now, size_t width)
{
    size_t count = reasons->count - 1;
    size_t room = width - (count > 0 && width > 2 ? 2 : 0);
    for (int naming = NAMES_WHOLE; naming <= NAMES_SHORTEST; naming++) {
        text_reset(text);
        add_reason(text, reasons, 0, now, (enum naming)naming);
        if (text->length <= room)
            break;
    }
    if (count > 0 && text->length + 2 <= width)
        text_addf(text, "+%zu", count);
}

/* Is the row in the attention list for flapping alone? */
static bool only_flaps(const struct snapshot_row *row, const struct attention_entry *entry)
{
    return entry && entry->is_flapping && !attention_is_troubled(row);
}

#define PENDING_WIDTH 5 /* of a number with its sign */

/* Enough hosts are ordered, and none of their servers is free yet: "on_target" would deny that it is starved. */
static bool waits_for_hosts(const struct snapshot_row *row)
{
    return row->state == STATE_STARVED && row->reason == REASON_ON_TARGET && row->pending_hosts > 0;
}

static void reason_text(struct text *text, const struct column_row *column,
                        const struct snapshot_row *row, int width,
                        const struct column_context *context)
{
    (void)column;
    if (only_flaps(row, context->attention)) {
        text_add(text, "flapping");
        return;
    }
    if (waits_for_hosts(row) && width >= PENDING_WIDTH + (int)sizeof " pending" - 1) {
        add_signed(text, row->pending_hosts, PENDING_WIDTH);
        text_add(text, " pending");
        return;
    }
    struct named_reasons reasons = named_reasons_of(row, context);
    if (reasons.list[0] == REASON_NONE) {
        text_add(text, row_metric_is_unread(row) ? state_row(STATE_UNREAD)->name : "-");
        return;
    }
    for (int naming = NAMES_WHOLE; naming <= NAMES_SHORTEST; naming++) {
        add_reasons(text, &reasons, context->now, (enum naming)naming);
        if (text->length <= (size_t)width)
            return;
    }
    add_first_reason(text, &reasons, context->now, (size_t)width);
}

static void trend_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)column;
    chart_trend_text(row->trend, SNAPSHOT_TREND_LENGTH, width, context->is_ascii, text->data,
                     text->size);
}

static const char *outcome_word(enum action action)
{
    switch (action) {
    case ACTION_NONE:
        return "sent";
    case ACTION_SCALED:
        return "scaled";
    case ACTION_DRY_RUN:
        return "dry";
    case ACTION_HELD:
        return "held";
    case ACTION_FAILED:
        return "failed";
    case ACTION_UNCONFIRMED:
        return "unconfirmed";
    }
    return "";
}

static void last_text(struct text *text, const struct column_row *column,
                      const struct snapshot_row *row, int width,
                      const struct column_context *context)
{
    (void)column;
    (void)width;
    (void)context;
    if (row->last_delta == 0) {
        text_add_char(text, '-');
        return;
    }
    text_add_signed(text, row->last_delta);
    text_add_char(text, ' ');
    text_add(text, outcome_word((enum action)row->last_action));
}

static void age_text(struct text *text, const struct column_row *column,
                     const struct snapshot_row *row, int width,
                     const struct column_context *context)
{
    (void)column;
    (void)width;
    struct wall acted_at = { 0 };
    row_metric_acted_ms(row, &acted_at.ms);
    format_age(text, acted_at, context->now);
}

/* "14:03", acknowledged "(14:03)", ended "ok 14:20": a time after "to" would be read as the end of a hold. */
static void since_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)column;
    (void)row;
    (void)width;
    const struct attention_entry *entry = context->attention;
    if (!entry)
        return;
    bool has_ended = entry->ended.ms != 0;
    text_add(text, has_ended ? "ok " : entry->is_acknowledged ? "(" : "");
    format_minute(text, has_ended ? entry->ended : entry->since);
    text_add(text, entry->is_acknowledged ? ")" : "");
}

static void read_text(struct text *text, const struct column_row *column,
                      const struct snapshot_row *row, int width,
                      const struct column_context *context)
{
    (void)column;
    (void)width;
    (void)context;
    format_time(text, row->read_at);
}

/* --- how it looks ---------------------------------------------------------------------------------------------- */

static void policy_text(struct text *text, const struct column_row *column,
                        const struct snapshot_row *row, int width,
                        const struct column_context *context)
{
    (void)column;
    (void)row;
    format_cut_middle(text, context->policy ? context->policy : "-", width);
}

enum role columns_state_role(enum state state)
{
    switch (state) {
    case STATE_STARVED:
    case STATE_FAILED:
        return ROLE_FAILED;
    case STATE_UNCONFIRMED:
        return ROLE_UNCONFIRMED;
    case STATE_UNREAD:
        return ROLE_UNREAD;
    case STATE_HELD:
        return ROLE_HELD;
    case STATE_PAUSED:
        return ROLE_PAUSED;
    case STATE_UP:
        return ROLE_UP;
    case STATE_DOWN:
        return ROLE_DOWN;
    case STATE_PENDING:
    case STATE_WAITING:
        return ROLE_PENDING;
    case STATE_ON_TARGET:
        return ROLE_NORMAL;
    case STATE_GONE:
        return ROLE_DIM;
    }
    return ROLE_NORMAL;
}

static enum role normal_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    (void)row;
    return ROLE_NORMAL;
}

static enum role dim_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    (void)row;
    return ROLE_DIM;
}

static enum role pending_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    (void)row;
    return ROLE_PENDING;
}

static enum role glyph_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    return columns_state_role((enum state)row->state);
}

/* Without a recent status, what the last one said is old. */
static enum role status_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    return row_metric_is_unread(row) ? ROLE_UNREAD : ROLE_NORMAL;
}

/* By the distance to the target: below its half, below it, above its double. */
static enum role share_role(const struct column_row *column, const struct snapshot_row *row)
{
    int64_t margin_ppb;
    if (row_metric_is_unread(row) || !row_metric_margin(row, &margin_ppb))
        return status_role(column, row);
    if (2 * margin_ppb < -(int64_t)row->target_ppb)
        return ROLE_FAILED;
    if (margin_ppb < 0)
        return ROLE_WARN;
    return margin_ppb > row->target_ppb ? ROLE_UP : ROLE_NORMAL;
}

static enum role signed_role(const struct column_row *column, const struct snapshot_row *row)
{
    int64_t value;
    if (!column->metric(row, &value))
        return ROLE_UNREAD;
    if (value == 0)
        return ROLE_DIM;
    return value > 0 ? ROLE_UP : ROLE_DOWN;
}

static enum role reason_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    if (row->state == STATE_UNREAD || row->state == STATE_STARVED)
        return columns_state_role((enum state)row->state);
    switch (reason_row((enum reason)row->reason)->kind) {
    case REASON_PLAIN:
        if (row->paused_until.ms != 0)
            return ROLE_PAUSED;
        return row->reason == REASON_ON_TARGET || row->reason == REASON_NONE ? ROLE_DIM
                                                                             : ROLE_NORMAL;
    case REASON_RAIL:
    case REASON_DATA:
    case REASON_FAILURE:
        return columns_state_role((enum state)row->state);
    }
    return ROLE_NORMAL;
}

static enum role last_role(const struct column_row *column, const struct snapshot_row *row)
{
    (void)column;
    if (row->last_delta == 0)
        return ROLE_DIM;
    if (row->last_action == ACTION_FAILED)
        return ROLE_FAILED;
    return row->last_action == ACTION_UNCONFIRMED ? ROLE_UNCONFIRMED : ROLE_NORMAL;
}

/* --- what filters call them ------------------------------------------------------------------------------------ */

static const char *state_word(size_t value)
{
    return state_row((enum state)value)->name;
}

static uint64_t bit(size_t value)
{
    return UINT64_C(1) << value;
}

static uint64_t state_values(const struct snapshot_row *row)
{
    return bit(row->state);
}

static const struct column_words state_words = { STATE_COUNT, state_word, state_values };

static const char *reason_word(size_t value)
{
    return reason_row((enum reason)value)->name;
}

static uint64_t reason_values(const struct snapshot_row *row)
{
    uint64_t values = bit(row_metric_reason(row));
    for (size_t i = 0; i < row_metric_later_reasons(row); i++)
        values |= bit(row->later_reasons[i]);
    return row->paused_until.ms != 0 ? values | bit(REASON_PAUSED) : values;
}

_Static_assert(REASON_COUNT <= COLUMN_WORDS_MAX, "a filter has a bit for each reason");
static const struct column_words reason_words = { REASON_COUNT, reason_word, reason_values };

/* A scale without an answer yet is "sent"; before the first scale the word is "none". */
#define LAST_SENT ACTION_COUNT

static const char *last_word(size_t value)
{
    return value == LAST_SENT ? "sent" : action_name((enum action)value);
}

static uint64_t last_values(const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return bit(ACTION_NONE);
    return bit(row->last_action == ACTION_NONE ? LAST_SENT : row->last_action);
}

static const struct column_words last_words = { LAST_SENT + 1, last_word, last_values };

/* --- the table ------------------------------------------------------------------------------------------------- */

static const struct column_row column_rows[] = {
#define COLUMN(id, ...) [COLUMN_##id] = { __VA_ARGS__ },
#include "tui/list/columns.def"
#undef COLUMN
};

const struct column_row *columns_row(enum column column)
{
    return &column_rows[column];
}

const char *columns_title(enum column column, int width)
{
    const struct column_row *row = &column_rows[column];
    return row->wide_title && width > row->width ? row->wide_title : row->title;
}

static bool is_called(const struct column_row *row, const char *name)
{
    return strcmp(row->filter, name) == 0 || strcmp(row->word, name) == 0 ||
           strcasecmp(row->title, name) == 0 ||
           (row->wide_title && strcasecmp(row->wide_title, name) == 0);
}

const struct column_row *columns_find_filter(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (*name != '\0' && column_rows[i].filter && is_called(&column_rows[i], name))
            return &column_rows[i];
    return NULL;
}

bool columns_parse(const char *word, enum column *ret_column)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcmp(column_rows[i].word, word) != 0)
            continue;
        *ret_column = (enum column)i;
        return true;
    }
    return false;
}

void columns_text(enum column column, const struct snapshot_row *row, int width,
                  const struct column_context *context, char ret_text[COLUMN_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_text, COLUMN_TEXT_SIZE);
    if (width <= 0)
        return;
    column_rows[column].text(&text, &column_rows[column], row, width, context);
    if (format_columns(ret_text) <= width)
        return;
    char whole[COLUMN_TEXT_SIZE];
    memcpy(whole, ret_text, sizeof whole);
    text_reset(&text);
    format_cut_middle(&text, whole, width);
}

enum role columns_role(enum column column, const struct snapshot_row *row)
{
    if (row->state == STATE_GONE)
        return ROLE_DIM;
    return column_rows[column].role(&column_rows[column], row);
}

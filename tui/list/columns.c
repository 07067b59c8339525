#include "tui/list/columns.h"

#include "engine/base/text.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"
#include "tui/list/row_metric.h"

#include <string.h>

/* The bar of the free share ends here. */
#define BAR_FULL_PPB INT64_C(500000000)

#define PPB_PLACES 7 /* from percent to parts per billion */

/* Below this the state stands beside the cursor's mark, without a space between. */
#define TIGHT_COLUMNS 40

/* Names have so much before any column of a lower rank comes, and no more in the end. */
#define NAME_WIDTH_MIN 20
#define NAME_WIDTH_GOOD 24
#define NAME_WIDTH_MAX 40
#define REASON_WIDTH_MAX 21

/* --- what stands in them --------------------------------------------------------------------------------------- */

static void add_signed(struct text *text, int64_t value, int width)
{
    text_add_char(text, value < 0 ? '-' : '+');
    format_short(text, value < 0 ? -value : value, width - 1);
}

static void state_text(struct text *text, const struct column_row *column,
                       const struct snapshot_row *row, int width,
                       const struct column_context *context)
{
    (void)column;
    (void)width;
    (void)context;
    text_add_char(text, state_row((enum state)row->state)->glyph);
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
    text_add_char(text, row->state == STATE_UNREAD || is_failure ? '?' : '-');
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

static void reason_text(struct text *text, const struct column_row *column,
                        const struct snapshot_row *row, int width,
                        const struct column_context *context)
{
    (void)column;
    (void)width;
    (void)context;
    enum reason reason = row_metric_reason(row);
    if (reason != REASON_NONE)
        text_add(text, reason_row(reason)->name);
    else
        text_add(text, row->state == STATE_UNREAD ? state_row(STATE_UNREAD)->name : "-");
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

enum role columns_state_role(enum state state)
{
    switch (state) {
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
    return row->state == STATE_UNREAD ? ROLE_UNREAD : ROLE_NORMAL;
}

static enum role share_role(const struct column_row *column, const struct snapshot_row *row)
{
    int64_t margin_ppb;
    bool is_below = row_metric_margin(row, &margin_ppb) && margin_ppb < 0;
    return row->state != STATE_UNREAD && is_below ? ROLE_STRONG : status_role(column, row);
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
    if (row->state == STATE_UNREAD)
        return ROLE_UNREAD;
    switch (reason_row((enum reason)row->reason)->kind) {
    case REASON_PLAIN:
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

static size_t state_value(const struct snapshot_row *row)
{
    return row->state;
}

static const struct column_words state_words = { STATE_COUNT, state_word, state_value };

static const char *reason_word(size_t value)
{
    return reason_row((enum reason)value)->name;
}

static size_t reason_value(const struct snapshot_row *row)
{
    return row_metric_reason(row);
}

_Static_assert(REASON_COUNT <= COLUMN_WORDS_MAX, "a filter has a bit for each reason");
static const struct column_words reason_words = { REASON_COUNT, reason_word, reason_value };

/* A scale without an answer yet is "sent"; before the first scale the word is "none". */
#define LAST_SENT ACTION_COUNT

static const char *last_word(size_t value)
{
    return value == LAST_SENT ? "sent" : action_name((enum action)value);
}

static size_t last_value(const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return ACTION_NONE;
    return row->last_action == ACTION_NONE ? LAST_SENT : row->last_action;
}

static const struct column_words last_words = { LAST_SENT + 1, last_word, last_value };

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

const struct column_row *columns_find_filter(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].filter && strcmp(column_rows[i].filter, name) == 0)
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

/* --- which fit ------------------------------------------------------------------------------------------------- */

struct choice {
    bool is_shown[COLUMN_COUNT];
    int widths[COLUMN_COUNT];
    int left; /* screen columns that are not given to any yet */
};

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* Where the state stands. */
static int state_at(int columns)
{
    return columns < TIGHT_COLUMNS ? 1 : 2;
}

/* The state, and a name that can be told from others, unless another column needs that room. */
static void choose_first(struct choice *choice, int columns, int needed)
{
    *choice = (struct choice){ .left = columns - state_at(columns) - 1 };
    for (int i = 0; i < COLUMN_COUNT; i++)
        choice->widths[i] = column_rows[i].width;
    choice->is_shown[COLUMN_STATE] = true;
    choice->is_shown[COLUMN_DEPLOYMENT] = true;
    int wanted = min_int(NAME_WIDTH_MIN, columns / 2);
    choice->widths[COLUMN_DEPLOYMENT] = max_int(0, min_int(choice->left - 1 - needed, wanted));
    choice->left -= 1 + choice->widths[COLUMN_DEPLOYMENT];
}

static bool choose(struct choice *choice, enum column column)
{
    int needed = 1 + column_rows[column].width;
    if (needed > choice->left)
        return false;
    choice->is_shown[column] = true;
    choice->left -= needed;
    return true;
}

/* The lowest rank that is not shown yet; COLUMN_COUNT: all are. */
static int next_by_rank(const struct choice *choice)
{
    int best = COLUMN_COUNT;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (!choice->is_shown[i] &&
            (best == COLUMN_COUNT || column_rows[i].rank < column_rows[best].rank))
            best = i;
    }
    return best;
}

/* Stops at the first that does not fit: a wider terminal never takes a column away. */
static void choose_by_rank(struct choice *choice)
{
    int next = next_by_rank(choice);
    while (next < COLUMN_COUNT && choose(choice, (enum column)next))
        next = next_by_rank(choice);
}

static void widen(struct choice *choice, enum column column, int width_max)
{
    int more = min_int(choice->left, width_max - choice->widths[column]);
    if (!choice->is_shown[column] || more <= 0)
        return;
    choice->widths[column] += more;
    choice->left -= more;
}

static void share_out(struct choice *choice)
{
    widen(choice, COLUMN_DEPLOYMENT, NAME_WIDTH_GOOD);
    widen(choice, COLUMN_REASON, REASON_WIDTH_MAX);
    widen(choice, COLUMN_DEPLOYMENT, NAME_WIDTH_MAX);
}

static void place(const struct choice *choice, int columns, struct column_layout *ret_layout)
{
    *ret_layout = (struct column_layout){ 0 };
    int at = state_at(columns);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int width = min_int(choice->widths[i], columns - at);
        if (!choice->is_shown[i] || width <= 0)
            continue;
        ret_layout->places[ret_layout->count++] =
            (struct column_place){ (enum column)i, at, width };
        at += width + 1;
    }
}

void columns_fit(int columns, struct column_layout *ret_layout)
{
    struct choice choice;
    choose_first(&choice, columns, 0);
    choose_by_rank(&choice);
    share_out(&choice);
    place(&choice, columns, ret_layout);
}

void columns_fit_sideways(int columns, int skipped, struct column_layout *ret_layout)
{
    if (skipped <= 0) {
        columns_fit(columns, ret_layout);
        return;
    }
    int first = min_int(COLUMN_DEPLOYMENT + min_int(skipped, COLUMN_COUNT), COLUMN_COUNT - 1);
    struct choice choice;
    choose_first(&choice, columns, 1 + column_rows[first].width);
    for (int i = first; i < COLUMN_COUNT && choose(&choice, (enum column)i); i++)
        ;
    share_out(&choice);
    place(&choice, columns, ret_layout);
}

static bool is_last_shown(int columns, int skipped)
{
    struct column_layout layout;
    columns_fit_sideways(columns, skipped, &layout);
    return layout.count > 0 && layout.places[layout.count - 1].column == COLUMN_COUNT - 1;
}

int columns_skipped_max(int columns)
{
    struct column_layout layout;
    columns_fit(columns, &layout);
    if (layout.count == COLUMN_COUNT)
        return 0;
    int skipped = 1;
    while (skipped < COLUMN_COUNT - 1 - COLUMN_DEPLOYMENT && !is_last_shown(columns, skipped))
        skipped++;
    return skipped;
}

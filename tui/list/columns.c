#include "tui/list/columns.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/draw/chart.h"
#include "tui/draw/format.h"

#include <string.h>

/* The bar of the free share ends here. */
#define BAR_FULL_PPB INT64_C(500000000)

/* Below this the state stands beside the cursor's mark, without a space between. */
#define TIGHT_COLUMNS 40

/* Names have so much before any column of a lower rank comes, and no more in the end. */
#define NAME_WIDTH_MIN 20
#define NAME_WIDTH_GOOD 24
#define NAME_WIDTH_MAX 40
#define REASON_WIDTH_MAX 21

static const struct column_row column_rows[] = {
#define ASCENDING false
#define DESCENDING true
#define COLUMN(id, word, title, width, rank, align, direction, help)                               \
    { word, title, width, rank, COLUMN_##align, direction, help },
#include "tui/list/columns.def"
#undef COLUMN
#undef DESCENDING
#undef ASCENDING
};

const struct column_row *column_row(enum column column)
{
    return &column_rows[column];
}

bool column_parse(const char *word, enum column *ret_column)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcmp(column_rows[i].word, word) != 0)
            continue;
        *ret_column = (enum column)i;
        return true;
    }
    return false;
}

/* --- which fit ------------------------------------------------------------------------------------------------- */

struct choice {
    bool is_shown[COLUMN_COUNT];
    int widths[COLUMN_COUNT];
    int left; /* screen columns that nobody has yet */
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

/* --- what stands in them --------------------------------------------------------------------------------------- */

static void add_count(struct text *text, int64_t count, int width)
{
    if (count < 0)
        text_add_char(text, '-');
    else
        format_short(text, count, width);
}

static void add_signed(struct text *text, int64_t value, int width)
{
    text_add_char(text, value < 0 ? '-' : '+');
    format_short(text, value < 0 ? -value : value, width - 1);
}

static bool is_share_known(const struct snapshot_row *row)
{
    return row->total_servers > 0 && 0 <= row->free_servers &&
           row->free_servers <= row->total_servers;
}

static int64_t free_share_ppb(const struct snapshot_row *row)
{
    if (!is_share_known(row))
        return -1;
    return INT64_C(1000000000) * row->free_servers / row->total_servers;
}

/* Compared without rounding: 14.99 % of 15 % is below. */
static bool is_below_target(const struct snapshot_row *row)
{
    return is_share_known(row) && row->target_ppb >= 0 &&
           INT64_C(1000000000) * row->free_servers < (int64_t)row->target_ppb * row->total_servers;
}

static int64_t busy_servers(const struct snapshot_row *row)
{
    bool is_known = row->total_servers >= 0 && 0 <= row->free_servers &&
                    row->free_servers <= row->total_servers;
    return is_known ? (int64_t)row->total_servers - row->free_servers : -1;
}

/* '\0': the last decision has a number, and is not old; else the character that stands for there being none. */
static char no_number(const struct snapshot_row *row, bool is_before_rules)
{
    enum reason reason = (enum reason)row->reason;
    if (row->state == STATE_UNREAD)
        return '?';
    switch (reason_row(reason)->kind) {
    case REASON_PLAIN:
        return reason == REASON_NONE ? '-' : '\0';
    case REASON_RAIL:
        return '\0';
    case REASON_DATA:
        return is_before_rules ? '-' : '\0';
    case REASON_FAILURE:
        return reason == REASON_SCALE_REFUSED ? '\0' : '?';
    }
    return '-';
}

/* Hosts that are not asked for only because somebody said so: of them one should see how many. */
static int32_t kept_back(const struct snapshot_row *row)
{
    if (row->action == ACTION_DRY_RUN)
        return row->delta != 0 ? row->delta : row->wanted_delta;
    return row->delta == 0 ? row->wanted_delta : 0;
}

static void add_delta(struct text *text, const struct snapshot_row *row, int width)
{
    char none = no_number(row, false);
    int32_t kept = kept_back(row);
    if (none != '\0') {
        text_add_char(text, none);
    } else if (kept == 0) {
        add_signed(text, row->delta, width);
    } else {
        text_add_char(text, '(');
        add_signed(text, kept, width - 2);
        text_add_char(text, ')');
    }
}

static void add_raw(struct text *text, const struct snapshot_row *row, int width)
{
    char none = no_number(row, true);
    if (none != '\0')
        text_add_char(text, none);
    else
        add_signed(text, row->raw_delta, width);
}

/* A good word from passes ago says nothing about a deployment that cannot be read. */
static const char *reason_word(const struct snapshot_row *row)
{
    const struct reason_row *reason = reason_row((enum reason)row->reason);
    if (row->state == STATE_UNREAD && reason->kind == REASON_PLAIN)
        return state_row(STATE_UNREAD)->name;
    return row->reason == REASON_NONE ? "-" : reason->name;
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

static void add_last(struct text *text, const struct snapshot_row *row)
{
    if (row->last_delta == 0) {
        text_add_char(text, '-');
        return;
    }
    text_add_signed(text, row->last_delta);
    text_add_char(text, ' ');
    text_add(text, outcome_word((enum action)row->last_action));
}

static void add_text(struct text *text, enum column column, const struct snapshot_row *row,
                     int width, const struct column_context *context)
{
    switch (column) {
    case COLUMN_STATE:
        text_add_char(text, state_row((enum state)row->state)->glyph);
        break;
    case COLUMN_DEPLOYMENT:
        format_cut_middle(text, row->name ? row->name->shown : "", width);
        break;
    case COLUMN_HOSTS:
        add_count(text, row->hosts, width);
        break;
    case COLUMN_PENDING:
        if (row->pending_hosts != 0)
            add_signed(text, row->pending_hosts, width);
        break;
    case COLUMN_WANT:
        add_count(text, row->desired_hosts, width);
        break;
    case COLUMN_PER_HOST:
        add_count(text, row->servers_per_host, width);
        break;
    case COLUMN_TOTAL:
        add_count(text, row->total_servers, width);
        break;
    case COLUMN_BUSY:
        add_count(text, busy_servers(row), width);
        break;
    case COLUMN_FREE:
        add_count(text, row->free_servers, width);
        break;
    case COLUMN_FREE_PCT:
        if (is_share_known(row))
            format_share(text, row->free_servers, row->total_servers);
        else
            text_add_char(text, '-');
        break;
    case COLUMN_BAR:
        chart_bar_text(free_share_ppb(row), row->target_ppb, BAR_FULL_PPB, width, context->is_ascii,
                       text->data, text->size);
        break;
    case COLUMN_TARGET:
        format_target(text, row->target_ppb);
        break;
    case COLUMN_RAW:
        add_raw(text, row, width);
        break;
    case COLUMN_DELTA:
        add_delta(text, row, width);
        break;
    case COLUMN_REASON:
        text_add(text, reason_word(row));
        break;
    case COLUMN_TREND:
        chart_trend_text(row->trend, SNAPSHOT_TREND_LENGTH, width, context->is_ascii, text->data,
                         text->size);
        break;
    case COLUMN_LAST:
        add_last(text, row);
        break;
    case COLUMN_AGE:
        format_age(text, row->acted_at, context->now);
        break;
    case COLUMN_READ:
        format_time(text, row->read_at);
        break;
    }
}

void column_text(enum column column, const struct snapshot_row *row, int width,
                 const struct column_context *context, char ret_text[COLUMN_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_text, COLUMN_TEXT_SIZE);
    if (width <= 0)
        return;
    add_text(&text, column, row, width, context);
    if (format_columns(ret_text) <= width)
        return;
    char whole[COLUMN_TEXT_SIZE];
    memcpy(whole, ret_text, sizeof whole);
    text_reset(&text);
    format_cut_middle(&text, whole, width);
}

/* --- how it looks ---------------------------------------------------------------------------------------------- */

enum role state_role(enum state state)
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

static enum role signed_role(int64_t delta)
{
    if (delta == 0)
        return ROLE_DIM;
    return delta > 0 ? ROLE_UP : ROLE_DOWN;
}

static enum role delta_role(const struct snapshot_row *row)
{
    int32_t kept = kept_back(row);
    if (no_number(row, false) != '\0')
        return ROLE_UNREAD;
    return signed_role(kept != 0 ? kept : row->delta);
}

static enum role last_role(const struct snapshot_row *row)
{
    if (row->last_delta == 0)
        return ROLE_DIM;
    if (row->last_action == ACTION_FAILED)
        return ROLE_FAILED;
    return row->last_action == ACTION_UNCONFIRMED ? ROLE_UNCONFIRMED : ROLE_NORMAL;
}

static enum role reason_role(const struct snapshot_row *row)
{
    if (row->state == STATE_UNREAD)
        return ROLE_UNREAD;
    switch (reason_row((enum reason)row->reason)->kind) {
    case REASON_PLAIN:
        return row->reason == REASON_ON_TARGET || row->reason == REASON_NONE ? ROLE_DIM
                                                                             : ROLE_NORMAL;
    case REASON_RAIL:
    case REASON_DATA:
    case REASON_FAILURE:
        return state_role((enum state)row->state);
    }
    return ROLE_NORMAL;
}

/* What a status says is old when there was none lately. */
static enum role status_role(const struct snapshot_row *row)
{
    return row->state == STATE_UNREAD ? ROLE_UNREAD : ROLE_NORMAL;
}

enum role column_role(enum column column, const struct snapshot_row *row)
{
    if (row->state == STATE_GONE)
        return ROLE_DIM;
    switch (column) {
    case COLUMN_STATE:
        return state_role((enum state)row->state);
    case COLUMN_DEPLOYMENT:
        return ROLE_NORMAL;
    case COLUMN_PENDING:
        return ROLE_PENDING;
    case COLUMN_FREE_PCT:
    case COLUMN_BAR:
        return row->state != STATE_UNREAD && is_below_target(row) ? ROLE_STRONG : status_role(row);
    case COLUMN_HOSTS:
    case COLUMN_WANT:
    case COLUMN_TOTAL:
    case COLUMN_BUSY:
    case COLUMN_FREE:
    case COLUMN_TREND:
    case COLUMN_READ:
        return status_role(row);
    case COLUMN_PER_HOST:
    case COLUMN_TARGET:
        return ROLE_DIM;
    case COLUMN_RAW:
        return no_number(row, true) != '\0' ? ROLE_UNREAD : signed_role(row->raw_delta);
    case COLUMN_DELTA:
        return delta_role(row);
    case COLUMN_REASON:
        return reason_role(row);
    case COLUMN_LAST:
        return last_role(row);
    case COLUMN_AGE:
        return ROLE_DIM;
    }
    return ROLE_NORMAL;
}

#include "tui/list/columns.h"

/* Below this the state stands beside the cursor's mark, without a space between. */
#define TIGHT_COLUMNS 40

/* Names have so much before any column of a lower rank comes, and no more in the end. */
#define NAME_WIDTH_MIN 20
#define NAME_WIDTH_GOOD 24
#define NAME_WIDTH_MAX 40
#define REASON_WIDTH_MAX 21
#define HOSTS_WIDTH_MAX 9

/* The word of the state comes behind the columns of lower ranks than this. */
#define STATE_WORD_RANK 6

struct choice {
    bool is_attention;
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
static void choose_first(struct choice *choice, int columns, bool is_attention, int needed)
{
    *choice =
        (struct choice){ .is_attention = is_attention, .left = columns - state_at(columns) - 1 };
    for (int i = 0; i < COLUMN_COUNT; i++)
        choice->widths[i] = columns_row((enum column)i)->width;
    choice->is_shown[COLUMN_STATE] = true;
    choice->is_shown[COLUMN_DEPLOYMENT] = true;
    int wanted = min_int(NAME_WIDTH_MIN, columns / 2);
    choice->widths[COLUMN_DEPLOYMENT] = max_int(0, min_int(choice->left - 1 - needed, wanted));
    choice->left -= 1 + choice->widths[COLUMN_DEPLOYMENT];
}

static bool choose(struct choice *choice, enum column column)
{
    int needed = 1 + columns_row(column)->width;
    if (needed > choice->left)
        return false;
    choice->is_shown[column] = true;
    choice->left -= needed;
    return true;
}

static int rank_of(const struct choice *choice, int column)
{
    if (column == COLUMN_SINCE && choice->is_attention)
        return columns_row(COLUMN_DELTA)->rank + 1;
    return columns_row((enum column)column)->rank;
}

/* The lowest rank that is not shown yet, of equal ones the last; COLUMN_COUNT: all are. */
static int next_by_rank(const struct choice *choice)
{
    int best = COLUMN_COUNT;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (!choice->is_shown[i] &&
            (best == COLUMN_COUNT || rank_of(choice, i) <= rank_of(choice, best)))
            best = i;
    }
    return best;
}

static bool choose_state_word(struct choice *choice)
{
    int more = COLUMNS_STATE_WORD - choice->widths[COLUMN_STATE];
    if (more > choice->left)
        return false;
    choice->widths[COLUMN_STATE] += more;
    choice->left -= more;
    return true;
}

/* The state's word comes after this rank: in the attention view before the bar. */
static int word_rank(const struct choice *choice)
{
    return choice->is_attention ? columns_row(COLUMN_BAR)->rank - 1 : STATE_WORD_RANK;
}

/* Stops at the first that does not fit: a wider terminal never takes a column away. */
static void choose_by_rank(struct choice *choice)
{
    for (;;) {
        int next = next_by_rank(choice);
        bool is_word_next = next == COLUMN_COUNT || rank_of(choice, next) > word_rank(choice);
        if (is_word_next && !choose_state_word(choice))
            return;
        if (next == COLUMN_COUNT || !choose(choice, (enum column)next))
            return;
    }
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
    widen(choice, COLUMN_HOSTS, HOSTS_WIDTH_MAX);
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

void columns_fit(int columns, bool is_attention, struct column_layout *ret_layout)
{
    struct choice choice;
    choose_first(&choice, columns, is_attention, 0);
    choose_by_rank(&choice);
    share_out(&choice);
    place(&choice, columns, ret_layout);
}

void columns_fit_sideways(int columns, int skipped, bool is_attention,
                          struct column_layout *ret_layout)
{
    if (skipped <= 0) {
        columns_fit(columns, is_attention, ret_layout);
        return;
    }
    int first = min_int(COLUMN_DEPLOYMENT + min_int(skipped, COLUMN_COUNT), COLUMN_COUNT - 1);
    struct choice choice;
    choose_first(&choice, columns, is_attention, 1 + columns_row((enum column)first)->width);
    for (int i = first; i < COLUMN_COUNT && choose(&choice, (enum column)i); i++)
        ;
    share_out(&choice);
    place(&choice, columns, ret_layout);
}

static bool is_last_shown(int columns, int skipped, bool is_attention)
{
    struct column_layout layout;
    columns_fit_sideways(columns, skipped, is_attention, &layout);
    return layout.count > 0 && layout.places[layout.count - 1].column == COLUMN_COUNT - 1;
}

int columns_skipped_max(int columns, bool is_attention)
{
    struct column_layout layout;
    columns_fit(columns, is_attention, &layout);
    if (layout.count == COLUMN_COUNT)
        return 0;
    int skipped = 1;
    while (skipped < COLUMN_COUNT - 1 - COLUMN_DEPLOYMENT &&
           !is_last_shown(columns, skipped, is_attention))
        skipped++;
    return skipped;
}

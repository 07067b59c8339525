#include "tui/list/column_choice.h"

#include "engine/base/text.h"

#include <string.h>

#define FIRST_CHOSEN (COLUMN_DEPLOYMENT + 1)
#define NAME_WIDTH_MIN 20
#define NAME_WIDTH_MAX 40
#define PLACE_OF_STATE 2
#define WORD_SIZE 32

_Static_assert(COLUMN_STATE == 0 && COLUMN_DEPLOYMENT == 1, "they come first");

/* --- changes --------------------------------------------------------------------------------------------------- */

void column_choice_reset(struct column_choice *choice)
{
    for (int i = 0; i < COLUMN_CHOICE_COUNT; i++)
        choice->order[i] = (enum column)(FIRST_CHOSEN + i);
    for (int i = 0; i < COLUMN_COUNT; i++)
        choice->is_shown[i] = true;
}

bool column_choice_is_default(const struct column_choice *choice)
{
    for (int i = 0; i < COLUMN_CHOICE_COUNT; i++)
        if ((int)choice->order[i] != FIRST_CHOSEN + i || !choice->is_shown[FIRST_CHOSEN + i])
            return false;
    return true;
}

int column_choice_move(struct column_choice *choice, int place, int by)
{
    int step = by < 0 ? -1 : 1;
    for (; by != 0; by -= step) {
        int to = place + step;
        if (to < 0 || to >= COLUMN_CHOICE_COUNT)
            break;
        enum column moved = choice->order[place];
        choice->order[place] = choice->order[to];
        choice->order[to] = moved;
        place = to;
    }
    return place;
}

/* --- text ------------------------------------------------------------------------------------------------------ */

void column_choice_format(const struct column_choice *choice,
                          char ret_text[COLUMN_CHOICE_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_text, COLUMN_CHOICE_TEXT_SIZE);
    if (column_choice_is_default(choice)) {
        text_add_char(&text, '-');
        return;
    }
    for (int i = 0; i < COLUMN_CHOICE_COUNT; i++)
        text_addf(&text, "%s%s%s", i > 0 ? "," : "", choice->is_shown[choice->order[i]] ? "" : "-",
                  columns_row(choice->order[i])->word);
}

/* A column that is not part of the choice yet. */
static bool parse_word(const char *word, size_t length, const bool is_known[COLUMN_COUNT],
                       enum column *ret_column)
{
    char copy[WORD_SIZE];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, word, length);
    copy[length] = '\0';
    return columns_parse(copy, ret_column) && *ret_column >= FIRST_CHOSEN && !is_known[*ret_column];
}

bool column_choice_parse(const char *text, struct column_choice *ret_choice)
{
    struct column_choice choice = { 0 };
    bool is_known[COLUMN_COUNT] = { false };
    int count = 0;
    column_choice_reset(&choice);
    if (strcmp(text, "-") == 0) {
        *ret_choice = choice;
        return true;
    }
    for (;;) {
        enum column column;
        bool is_hidden = *text == '-';
        text += is_hidden;
        size_t length = strcspn(text, ",");
        if (!parse_word(text, length, is_known, &column))
            return false;
        is_known[column] = true;
        choice.is_shown[column] = !is_hidden;
        choice.order[count++] = column;
        if (text[length] == '\0')
            break;
        text += length + 1;
    }
    for (int i = FIRST_CHOSEN; i < COLUMN_COUNT; i++) {
        if (is_known[i])
            continue;
        choice.is_shown[i] = false;
        choice.order[count++] = (enum column)i;
    }
    *ret_choice = choice;
    return true;
}

/* --- layout ---------------------------------------------------------------------------------------------------- */

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* The chosen column of the lowest rank that has no place yet; COLUMN_COUNT: all have one. */
static int next_by_rank(const struct column_choice *choice, const bool has_place[COLUMN_COUNT],
                        int first)
{
    int best = COLUMN_COUNT;
    for (int i = first; i < COLUMN_CHOICE_COUNT; i++) {
        int column = (int)choice->order[i];
        if (choice->is_shown[column] && !has_place[column] &&
            (best == COLUMN_COUNT ||
             columns_row((enum column)column)->rank < columns_row((enum column)best)->rank))
            best = column;
    }
    return best;
}

/* The place in the order behind so many shown columns. */
static int place_behind(const struct column_choice *choice, int skipped)
{
    int place = 0;
    for (; place < COLUMN_CHOICE_COUNT && skipped > 0; place++)
        skipped -= choice->is_shown[choice->order[place]];
    return place;
}

static void put(struct column_layout *layout, int *at, enum column column, int width, int columns)
{
    width = min_int(width, columns - *at);
    if (width <= 0)
        return;
    layout->places[layout->count++] = (struct column_place){ column, *at, width };
    *at += width + 1;
}

void column_choice_fit(const struct column_choice *choice, int columns, int skipped,
                       bool is_attention, struct column_layout *ret_layout)
{
    if (column_choice_is_default(choice)) {
        columns_fit_sideways(columns, skipped, is_attention, ret_layout);
        return;
    }
    bool has_place[COLUMN_COUNT] = { false };
    int first = place_behind(choice, skipped);
    int name = min_int(NAME_WIDTH_MIN, columns / 2);
    int left = columns - PLACE_OF_STATE - 1 - 1 - name;
    int next;
    while ((next = next_by_rank(choice, has_place, first)) < COLUMN_COUNT &&
           columns_row((enum column)next)->width + 1 <= left) {
        has_place[next] = true;
        left -= columns_row((enum column)next)->width + 1;
    }
    int at = PLACE_OF_STATE;
    *ret_layout = (struct column_layout){ 0 };
    put(ret_layout, &at, COLUMN_STATE, columns_row(COLUMN_STATE)->width, columns);
    put(ret_layout, &at, COLUMN_DEPLOYMENT, left > 0 ? min_int(NAME_WIDTH_MAX, name + left) : name,
        columns);
    for (int i = first; i < COLUMN_CHOICE_COUNT; i++)
        if (has_place[choice->order[i]])
            put(ret_layout, &at, choice->order[i], columns_row(choice->order[i])->width, columns);
}

int column_choice_skipped_max(const struct column_choice *choice, int columns, bool is_attention)
{
    if (column_choice_is_default(choice))
        return columns_skipped_max(columns, is_attention);
    int shown = 0;
    struct column_layout layout;
    for (int i = 0; i < COLUMN_CHOICE_COUNT; i++)
        shown += choice->is_shown[choice->order[i]];
    for (int skipped = 0; skipped < shown; skipped++) {
        column_choice_fit(choice, columns, skipped, is_attention, &layout);
        if (layout.count - 2 >= shown - skipped)
            return skipped;
    }
    return shown > 0 ? shown - 1 : 0;
}

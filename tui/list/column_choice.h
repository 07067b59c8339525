/*
 * column_choice - the columns that an operator chose, in their order.
 *
 * The state and the deployment always come first and are no part of it. The default is every column, in the order of
 * columns.def. When a terminal is narrow, chosen columns are left out by their rank, as others are.
 * Plain value. Any thread.
 */
#ifndef TUI_LIST_COLUMN_CHOICE_H
#define TUI_LIST_COLUMN_CHOICE_H

#include "tui/list/columns.h"

/* The columns that can be chosen. */
#define COLUMN_CHOICE_COUNT (COLUMN_COUNT - 2)

/* All of them in their order; the shown ones are marked. */
struct column_choice {
    enum column order[COLUMN_CHOICE_COUNT];
    bool is_shown[COLUMN_COUNT]; /* by column */
};

void column_choice_reset(struct column_choice *choice);
bool column_choice_is_default(const struct column_choice *choice);

/* Moves the column at `place` by `by` places, at most to an end; its new place. */
int column_choice_move(struct column_choice *choice, int place, int by);

/* "hosts,want,-free": all of them, a minus before those that are not shown; "-": the default. */
#define COLUMN_CHOICE_TEXT_SIZE 256
void column_choice_format(const struct column_choice *choice,
                          char ret_text[COLUMN_CHOICE_TEXT_SIZE]);

/* Columns that are missing stand behind the others, not shown. False: an unknown word, or one twice. */
bool column_choice_parse(const char *text, struct column_choice *ret_choice);

/* As columns_fit_sideways. The default choice gives what that gives. */
void column_choice_fit(const struct column_choice *choice, int columns, int skipped,
                       bool is_attention, struct column_layout *ret_layout);
int column_choice_skipped_max(const struct column_choice *choice, int columns, bool is_attention);

#endif

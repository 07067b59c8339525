/*
 * saved_views - what an operator keeps: views on the digits 1 to 9, and the last view.
 *
 * A saved view is a set of states, a filter, the sorting and the columns, with a name. Its text is one line for each,
 * fields between tabs; a text with anything else in it is damaged as a whole. Plain value. Any thread.
 */
#ifndef TUI_CONSOLE_SAVED_VIEWS_H
#define TUI_CONSOLE_SAVED_VIEWS_H

#include "tui/list/column_choice.h"
#include "tui/list/filter.h"
#include "tui/list/view.h"

#define SAVED_VIEWS_MAX 9
#define SAVED_NAME_SIZE 25
#define SAVED_VIEWS_TEXT_SIZE 8192

struct saved_view {
    bool is_there;
    char name[SAVED_NAME_SIZE];
    enum view view;
    char filter[FILTER_SIZE];
    enum column sort;
    bool is_descending;
    struct column_choice columns;
};

struct saved_views {
    struct saved_view last; /* has neither name nor filter: no row is hidden unasked */
    struct saved_view digits[SAVED_VIEWS_MAX];
};

void saved_views_format(const struct saved_views *views, char ret_text[SAVED_VIEWS_TEXT_SIZE]);

/*
 * For several consoles on one file: what `own` has not changed since `base` is taken from `other`, digit by digit. The
 * last view is that of `own`.
 */
void saved_views_merge(struct saved_views *own, const struct saved_views *base,
                       const struct saved_views *other);

/* False: damaged; *ret_views is untouched. */
bool saved_views_parse(const char *text, struct saved_views *ret_views);

#endif

/*
 * view - the views of the list: fixed sets of rows, chosen by state or by attention.
 *
 * Constant. Any thread. Cannot fail.
 */
#ifndef TUI_LIST_VIEW_H
#define TUI_LIST_VIEW_H

#include "engine/snapshot.h"
#include "tui/list/attention.h"

#include <stdbool.h>

enum view {
    VIEW_ALL,
    VIEW_ATTENTION,
    VIEW_SCALING,
    VIEW_HELD,
    VIEW_FAILED,
    VIEW_UNREAD,
    VIEW_PAUSED
};
#define VIEW_COUNT 7

/* "all", "attention" ...: as --view and the view line call it. */
const char *view_name(enum view view);
bool view_parse(const char *word, enum view *ret_view);

/*
 * Is a row part of a view? ATTENTION has the rows with an entry (`entry`; NULL: none), whatever their state is now. A
 * starved row is also part of the views of its base state.
 */
bool view_has(enum view view, const struct snapshot_row *row, const struct attention_entry *entry);

#endif

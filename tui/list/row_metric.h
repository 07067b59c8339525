/*
 * figure - the numbers of a row as people compare them: what sorts by one and what filters by it see the same.
 *
 * Shares are in parts per billion, rounded down. What is not known has no figure: it matches no comparison and comes
 * last in every order. Pure. Any thread. Cannot fail.
 */
#ifndef TUI_LIST_ROW_METRIC_H
#define TUI_LIST_ROW_METRIC_H

#include "engine/snapshot.h"

#include <stdbool.h>

enum figure {
    FIGURE_HOSTS,
    FIGURE_PENDING,
    FIGURE_WANT,
    FIGURE_PER_HOST,
    FIGURE_TOTAL,
    FIGURE_BUSY,
    FIGURE_FREE,
    FIGURE_FREE_SHARE,
    FIGURE_TARGET,
    FIGURE_MARGIN, /* free share minus target */
    FIGURE_RAW,
    FIGURE_DELTA, /* as the list shows it: what was asked for, or what is kept back */
    FIGURE_TREND, /* newest level minus oldest, in half percents */
};

/* False: not known; *ret_value untouched. */
bool figure_of(enum figure figure, const struct snapshot_row *row, int64_t *ret_value);

#endif

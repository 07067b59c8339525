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

enum row_metric {
    METRIC_HOSTS,
    METRIC_PENDING,
    METRIC_WANT,
    METRIC_PER_HOST,
    METRIC_TOTAL,
    METRIC_BUSY,
    METRIC_FREE,
    METRIC_FREE_SHARE,
    METRIC_TARGET,
    METRIC_MARGIN, /* free share minus target */
    METRIC_RAW,
    METRIC_DELTA, /* as the list shows it: what was asked for, or what is kept back */
    METRIC_TREND, /* newest level minus oldest, in half percents */
};

/* False: not known; *ret_value untouched. */
bool row_metric_of(enum row_metric metric, const struct snapshot_row *row, int64_t *ret_value);

#endif

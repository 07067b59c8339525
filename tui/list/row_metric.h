/*
 * row_metric - the numbers of a row, and which of them are known: what is shown, sorted and filtered is the same.
 *
 * Shares are in parts per billion, rounded down. A number that is not known matches no comparison, comes last in every
 * order and is shown as a mark. Each function fills *ret_value and returns true, or returns false for an unknown
 * number, with *ret_value untouched. Pure. Any thread.
 */
#ifndef TUI_LIST_ROW_METRIC_H
#define TUI_LIST_ROW_METRIC_H

#include "engine/snapshot.h"

#include <stdbool.h>

/* Was it not read for two passes, also when it is starved by its last status? */
bool row_metric_is_unread(const struct snapshot_row *row);

/* Did its last pass bring no usable status? The numbers are those of an earlier one. */
bool row_metric_is_unverified(const struct snapshot_row *row);

bool row_metric_hosts(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_serving(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_pending(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_want(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_per_host(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_total(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_busy(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_free(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_free_share(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_busy_share(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_target(const struct snapshot_row *row, int64_t *ret_value);

/* Free share minus target: below 0 exactly when the exact share is below the target. */
bool row_metric_margin(const struct snapshot_row *row, int64_t *ret_value);

/* Hosts before the rules, and after them: asked for, or kept back. An unread row has neither, its decision is old. */
bool row_metric_raw(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_delta(const struct snapshot_row *row, int64_t *ret_value);

/* Newest level minus oldest, a difference of shares. */
bool row_metric_trend(const struct snapshot_row *row, int64_t *ret_value);

/* When its last scale was sent; the same negated, which grows with the age; when the status was read. */
bool row_metric_acted_ms(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_acted_ago(const struct snapshot_row *row, int64_t *ret_value);
bool row_metric_read_ms(const struct snapshot_row *row, int64_t *ret_value);

/* REASON_NONE for an unread row with an ordinary last decision: that reason is old. */
enum reason row_metric_reason(const struct snapshot_row *row);

/* How many reasons stand behind it. */
size_t row_metric_later_reasons(const struct snapshot_row *row);

/* Is a pause one of these reasons? */
bool row_metric_is_paused(const struct snapshot_row *row);

#endif

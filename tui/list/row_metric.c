#include "tui/list/row_metric.h"

#include "engine/base/arith.h"
#include "engine/serving.h"

#define HALF_PERCENT_PPB (SHARE_PERCENT / 2)

static bool give(int64_t value, int64_t *ret_value)
{
    *ret_value = value;
    return true;
}

static bool give_count(int32_t count, int64_t *ret_value)
{
    return count >= 0 && give(count, ret_value);
}

static bool is_split_known(const struct snapshot_row *row)
{
    return 0 <= row->free_servers && row->free_servers <= row->total_servers;
}

/* Without servers there is no share. */
static bool is_share_known(const struct snapshot_row *row)
{
    return is_split_known(row) && row->total_servers > 0;
}

static int64_t free_share(const struct snapshot_row *row)
{
    return floor_div((int64_t)row->free_servers * SHARE_WHOLE, row->total_servers);
}

bool row_metric_is_unread(const struct snapshot_row *row)
{
    return row->state == STATE_UNREAD ||
           (row->state == STATE_STARVED && row->base_state == STATE_UNREAD);
}

bool row_metric_is_unverified(const struct snapshot_row *row)
{
    enum reason_kind kind = reason_row((enum reason)row->reason)->kind;
    bool is_refused = row->reason == REASON_SCALE_REFUSED;
    return row_metric_is_unread(row) || kind == REASON_DATA ||
           (kind == REASON_FAILURE && !is_refused);
}

/* Nothing is decided without a read; on bad data the decision is to send nothing. */
static bool is_delta_known(const struct snapshot_row *row, bool is_before_rules)
{
    enum reason reason = (enum reason)row->reason;
    if (row_metric_is_unread(row))
        return false;
    switch (reason_row(reason)->kind) {
    case REASON_PLAIN:
        return reason != REASON_NONE;
    case REASON_RAIL:
        return true;
    case REASON_DATA:
        return !is_before_rules;
    case REASON_FAILURE:
        return reason == REASON_SCALE_REFUSED;
    }
    return false;
}

/* Without a last scale there is no instant of it. */
static bool has_acted(const struct snapshot_row *row)
{
    return row->last_delta != 0 && row->acted_at.ms != 0;
}

bool row_metric_hosts(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->hosts, ret_value);
}

bool row_metric_serving(const struct snapshot_row *row, int64_t *ret_value)
{
    return row->hosts >= 0 && row->total_servers >= 0 && row->servers_per_host >= 1 &&
           give(serving_hosts(row->hosts, row->total_servers, row->servers_per_host), ret_value);
}

bool row_metric_pending(const struct snapshot_row *row, int64_t *ret_value)
{
    return give(row->pending_hosts, ret_value);
}

bool row_metric_want(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->desired_hosts, ret_value);
}

bool row_metric_per_host(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->servers_per_host, ret_value);
}

bool row_metric_total(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->total_servers, ret_value);
}

bool row_metric_busy(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_split_known(row) && give((int64_t)row->total_servers - row->free_servers, ret_value);
}

bool row_metric_free(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->free_servers, ret_value);
}

bool row_metric_free_share(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_share_known(row) && give(free_share(row), ret_value);
}

bool row_metric_busy_share(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_share_known(row) && give(SHARE_WHOLE - free_share(row), ret_value);
}

bool row_metric_target(const struct snapshot_row *row, int64_t *ret_value)
{
    return give_count(row->target_ppb, ret_value);
}

bool row_metric_margin(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_share_known(row) && row->target_ppb >= 0 &&
           give(free_share(row) - row->target_ppb, ret_value);
}

bool row_metric_raw(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_delta_known(row, true) && give(row->raw_delta, ret_value);
}

bool row_metric_delta(const struct snapshot_row *row, int64_t *ret_value)
{
    return is_delta_known(row, false) &&
           give(row->delta != 0 ? row->delta : row->wanted_delta, ret_value);
}

bool row_metric_trend(const struct snapshot_row *row, int64_t *ret_value)
{
    int oldest = 0;
    int newest = SNAPSHOT_TREND_LENGTH - 1;
    while (oldest < newest && row->trend[oldest] == TREND_UNREAD)
        oldest++;
    while (newest > oldest && row->trend[newest] == TREND_UNREAD)
        newest--;
    return row->trend[oldest] != TREND_UNREAD &&
           give((int64_t)(row->trend[newest] - row->trend[oldest]) * HALF_PERCENT_PPB, ret_value);
}

bool row_metric_acted_ms(const struct snapshot_row *row, int64_t *ret_value)
{
    return has_acted(row) && give(row->acted_at.ms, ret_value);
}

bool row_metric_acted_ago(const struct snapshot_row *row, int64_t *ret_value)
{
    return has_acted(row) && give(-row->acted_at.ms, ret_value);
}

bool row_metric_read_ms(const struct snapshot_row *row, int64_t *ret_value)
{
    return row->read_at.ms != 0 && give(row->read_at.ms, ret_value);
}

enum reason row_metric_reason(const struct snapshot_row *row)
{
    enum reason reason = (enum reason)row->reason;
    bool is_old = row_metric_is_unread(row) && reason_row(reason)->kind == REASON_PLAIN;
    return is_old ? REASON_NONE : reason;
}

bool row_metric_is_paused(const struct snapshot_row *row)
{
    bool is_paused = row_metric_reason(row) == REASON_PAUSED;
    for (size_t i = 0; i < row_metric_later_reasons(row); i++)
        is_paused = is_paused || row->later_reasons[i] == REASON_PAUSED;
    return is_paused;
}

size_t row_metric_later_reasons(const struct snapshot_row *row)
{
    size_t count = 0;
    while (count < SNAPSHOT_LATER_REASONS_MAX && row->later_reasons[count] != REASON_NONE)
        count++;
    return row_metric_reason(row) == REASON_NONE ? 0 : count;
}

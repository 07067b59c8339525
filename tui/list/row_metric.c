#include "tui/list/row_metric.h"

#include "engine/base/arith.h"

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

/* Nothing is decided on what was not read; on bad data it is decided that nothing is sent. */
static bool is_delta_known(const struct snapshot_row *row, bool is_before_rules)
{
    enum reason reason = (enum reason)row->reason;
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

static bool give_trend(const struct snapshot_row *row, int64_t *ret_change)
{
    int oldest = 0;
    int newest = SNAPSHOT_TREND_LENGTH - 1;
    while (oldest < newest && row->trend[oldest] == TREND_UNREAD)
        oldest++;
    while (newest > oldest && row->trend[newest] == TREND_UNREAD)
        newest--;
    return row->trend[oldest] != TREND_UNREAD &&
           give(row->trend[newest] - row->trend[oldest], ret_change);
}

bool row_metric_of(enum row_metric metric, const struct snapshot_row *row, int64_t *ret_value)
{
    switch (metric) {
    case METRIC_HOSTS:
        return give_count(row->hosts, ret_value);
    case METRIC_PENDING:
        return give(row->pending_hosts, ret_value);
    case METRIC_WANT:
        return give_count(row->desired_hosts, ret_value);
    case METRIC_PER_HOST:
        return give_count(row->servers_per_host, ret_value);
    case METRIC_TOTAL:
        return give_count(row->total_servers, ret_value);
    case METRIC_BUSY:
        return is_split_known(row) &&
               give((int64_t)row->total_servers - row->free_servers, ret_value);
    case METRIC_FREE:
        return give_count(row->free_servers, ret_value);
    case METRIC_FREE_SHARE:
        return is_share_known(row) && give(free_share(row), ret_value);
    case METRIC_TARGET:
        return give_count(row->target_ppb, ret_value);
    case METRIC_MARGIN:
        return is_share_known(row) && row->target_ppb >= 0 &&
               give(free_share(row) - row->target_ppb, ret_value);
    case METRIC_RAW:
        return is_delta_known(row, true) && give(row->raw_delta, ret_value);
    case METRIC_DELTA:
        return is_delta_known(row, false) &&
               give(row->delta != 0 ? row->delta : row->wanted_delta, ret_value);
    case METRIC_TREND:
        return give_trend(row, ret_value);
    }
    return false;
}

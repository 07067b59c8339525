#include "tui/console/fleet_trend.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <string.h>

#define UNKNOWN (-1)

void fleet_trend_init(struct fleet_trend *trend)
{
    trend->minute = 0;
    for (int figure = 0; figure < FLEET_FIGURES; figure++)
        for (size_t i = 0; i < FLEET_TREND_MINUTES; i++)
            trend->values[figure][i] = UNKNOWN;
}

static int64_t figure_of(const struct fleet_totals *totals, enum fleet_figure figure)
{
    switch (figure) {
    case FLEET_FREE_PPB:
        return totals->servers > 0 ? mul_div(totals->free_servers, SHARE_WHOLE, totals->servers)
                                   : UNKNOWN;
    case FLEET_HOSTS:
        return totals->hosts;
    case FLEET_PENDING:
        return totals->pending_hosts < 0 ? -totals->pending_hosts : totals->pending_hosts;
    }
    return UNKNOWN;
}

/* Moves the samples to the left, so that the last `count` places are free. */
static void shift(int64_t values[FLEET_TREND_MINUTES], size_t count)
{
    size_t kept = FLEET_TREND_MINUTES - count;
    memmove(values, values + count, kept * sizeof *values);
    for (size_t i = kept; i < FLEET_TREND_MINUTES; i++)
        values[i] = UNKNOWN;
}

void fleet_trend_add(struct fleet_trend *trend, struct wall at, const struct fleet_totals *totals,
                     bool is_known, int64_t filled)
{
    int64_t minute = floor_div(at.ms, FLEET_TREND_MINUTE_MS);
    int64_t passed = trend->minute == 0 ? 0 : minute - trend->minute;
    if (passed < 0)
        fleet_trend_init(trend);
    size_t moved = (size_t)clamp_i64(passed, 0, FLEET_TREND_MINUTES);
    size_t written = passed <= filled ? (size_t)max_i64(1, (int64_t)moved) : 1;
    trend->minute = minute;
    for (int figure = 0; figure < FLEET_FIGURES; figure++) {
        int64_t *values = trend->values[figure];
        shift(values, moved);
        for (size_t i = 1; is_known && i <= written && i <= FLEET_TREND_MINUTES; i++)
            values[FLEET_TREND_MINUTES - i] = figure_of(totals, (enum fleet_figure)figure);
    }
}

static int64_t combined(enum fleet_figure figure, int64_t left, int64_t right)
{
    if (left == UNKNOWN || right == UNKNOWN)
        return max_i64(left, right);
    return figure == FLEET_FREE_PPB ? min_i64(left, right) : max_i64(left, right);
}

void fleet_trend_combine(const struct fleet_trend *trend, enum fleet_figure figure, size_t count,
                         int64_t *ret_values)
{
    must(count > 0);
    must(FLEET_TREND_MINUTES % count == 0);
    size_t minutes = FLEET_TREND_MINUTES / count;
    for (size_t i = 0; i < count; i++) {
        ret_values[i] = UNKNOWN;
        for (size_t j = 0; j < minutes; j++)
            ret_values[i] = combined(figure, ret_values[i], trend->values[figure][i * minutes + j]);
    }
}

/*
 * forecast - the expected demand at the time when hosts ordered now can serve, and the errors of earlier forecasts.
 *
 *     rise        linear trend of the busy servers of the last TREND_MS, extrapolated to the horizon (boot time plus a
 *                 pass), times TREND_PARTS_USED / TREND_PARTS; 0 when falling. With the full slope, recorded demand
 *                 costs more and is late just as often: rises end.
 *     mean error  demand above its forecast, 0 when below: the mean, with a half-life of one hour
 *     peak error  the highest such error that two passes in a row have seen, halved every PEAK_ERROR_HALF_MS
 *     demand high the highest number of busy servers, halved every DEMAND_HIGH_HALF_MS; not less than now
 *
 * A forecast is checked one horizon later, with the same history and the same deployment. Each pass is scored once,
 * never across a gap, and not during an outage hold: the return of demand is no error.
 *
 * Without a free server, demand waits; when hosts boot, it becomes busy. That rise is not a trend, and the error of a
 * forecast that was made then means nothing. From such a pass on until one horizon after the last of them, the rise is
 * 0. Samples of that time are not used later. The same holds during an outage hold while demand is not above its level
 * from before the collapse: its return is no trend. A fleet that has all servers of that level is not saturated then.
 *
 * When the servers of a full fleet are fewer than were busy in the statuses before, the players of the lost ones wait:
 * the demand of before counts as waiting until as many servers are there again, for outage_hold at most. Not kept over
 * a restart.
 *
 * Samples of a trend have the timestamps of their passes. A missing sample counts as no change; samples from before a
 * change of the host size are not used; fewer than two samples give no trend. With passes closer than
 * TREND_MS / TREND_PASSES_MAX, the history holds only a part of TREND_MS. A reading below half of both neighbours is
 * replaced by the lower neighbour.
 *
 * Plain values; zeroed memory means that nothing is known. Busy servers come from the history and have its rounding.
 * Whole numbers. Time is an argument. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_FORECAST_H
#define ENGINE_CORE_FORECAST_H

#include "engine/core/history.h"
#include "engine/core/pass_times.h"

#include <stdbool.h>
#include <stdint.h>

/* The window of a trend: its time, the least and the most passes in it, and the most samples taken of them. */
#define TREND_MS ((int64_t)180 * 1000)
#define TREND_PASSES_MIN 6
#define TREND_PASSES_MAX (HISTORY_LENGTH / 2)
#define TREND_SAMPLES_MAX 24
#define TREND_PARTS 4
#define TREND_PARTS_USED 3

#define MEAN_ERROR_MS ((int64_t)5200 * 1000) /* a half-life of one hour */
#define PEAK_ERROR_HALF_MS ((int64_t)12 * 3600 * 1000)
#define DEMAND_HIGH_HALF_MS ((int64_t)168 * 3600 * 1000)

/*
 * A collapse: within OUTAGE_PASSES, or since the last status before a silence, demand fell to half or less, and by the
 * servers of OUTAGE_HOSTS or more.
 */
#define OUTAGE_PASSES 2
#define OUTAGE_HOSTS 2

/* Of passes without a free server, one counts in each period of this length. */
#define SATURATION_GRAIN_MS ((int64_t)20 * 1000)

struct forecast {
    int32_t mean_error; /* in 1/ERROR_UNIT servers */
    int32_t last_error; /* in servers; negative: demand was below */
    int32_t peak_error; /* in servers, at peak_at_s */
    uint32_t peak_at_s;
    int32_t demand_high; /* busy servers, at demand_high_at_s */
    uint32_t demand_high_at_s;
    uint32_t outage_until_s;
    uint32_t since_pass;       /* earlier samples belong to hosts of another size */
    int32_t outage_level;      /* busy servers before the collapse, during the hold */
    uint32_t catch_up_until_s; /* demand that waited enters until then */
    int32_t waiting_level;     /* busy servers before hosts of a full fleet went; 0: none went */
    uint32_t waiting_until_s;
    uint16_t error_count;     /* errors in mean_error */
    uint8_t saturated_passes; /* in a row, without a free server; not counted above turnover */
    bool is_scored;           /* last_error is of the last status; not kept over a restart */
};

#define ERROR_UNIT 4096

struct forecast_context {
    const struct history *history; /* with this pass's sample */
    const struct pass_times *times;
    uint32_t pass;
    int64_t pass_interval_ms;
    int64_t horizon_ms;     /* boot time plus a pass */
    int64_t outage_hold_ms; /* 0: no detection of collapses */
    int32_t servers_per_host;
    int32_t busy_servers; /* not rounded */
    int32_t busy_before;  /* after a silence or a restart: of the last status before it; else 0 */
    int32_t free_servers;
    bool is_trending;       /* false: the rise is 0 */
    bool is_above_turnover; /* more servers restart than usual: some are soon back */
};

struct outlook {
    int32_t horizon_ms;
    int32_t rise_servers;
    int32_t mean_error_servers;
    int32_t peak_error_servers;
    int32_t demand_high_servers;
    int32_t outage_left_ms;  /* 0: demand has not collapsed */
    int32_t waiting_servers; /* busy before hosts went, while no server is free; 0: as many serve */
    uint8_t saturated_passes;
    bool is_trending;
    bool is_catching_up; /* the rise is 0: demand that waited enters */
};

/* Statuses before hosts went: the lower demand of these counts, so that one bad reading changes nothing. */
#define WAITING_SAMPLES 2

/* To be called once for each plausible status, after history_put. */
void forecast_observe(struct forecast *forecast, const struct forecast_context *context,
                      struct outlook *ret_outlook);

/* After a change of the host size: samples before `pass` are not used. */
void forecast_restart(struct forecast *forecast, uint32_t pass);

#endif

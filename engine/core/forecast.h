/*
 * forecast - what demand is expected to be when hosts that are ordered now can be used.
 *
 *     rise        three quarters of the straight line through the busy servers of the last minutes, carried forward by
 *                 boot time and a pass; upwards only. Three quarters, because what rises does not go on rising for
 *                 ever: on recorded demand that costs less and is late no more often.
 *     usual miss  by how much demand was above what had been forecast for it: the mean of the last hours
 *     surge       the most that it was so, seen by two passes in a row, half of it forgotten every SURGE_HALF_MS
 *
 * Every miss is that of this deployment's own forecast, made one horizon earlier from the same history, so that the
 * reserve is as large as demand has been surprising, and nothing where it never was. Each pass is judged by once,
 * nobody judges across a gap, and while demand is held for collapsed nothing is learned: its return is expected.
 *
 * A trend is a matter of real time: samples carry the dates of their passes, a missing one counts as no change, and
 * what lies before a change of hosts is not looked at. Less than two samples are no trend. The history is as long as it
 * is: passes that follow each other in less than TREND_MS / TREND_PASSES_MAX see a part of a trend only. What one pass
 * alone has read is not believed where it would cost most: a fall to less than half between its neighbours is filled.
 *
 * Plain values; zeroed memory is "nothing known". Busy servers come from the history (see there for its grain). Whole
 * numbers. Time is an argument. Cannot fail.
 */
#ifndef ENGINE_CORE_FORECAST_H
#define ENGINE_CORE_FORECAST_H

#include "engine/core/history.h"
#include "engine/core/pass_times.h"

#include <stdbool.h>
#include <stdint.h>

/* The trend looks back so far, over so many passes at least and at most, at so many regular ones of them at most. */
#define TREND_MS ((int64_t)180 * 1000)
#define TREND_PASSES_MIN 6
#define TREND_PASSES_MAX (HISTORY_LENGTH / 2)
#define TREND_SAMPLES_MAX 24
#define TREND_PARTS 4
#define TREND_PARTS_USED 3

#define USUAL_MISS_MS ((int64_t)5200 * 1000) /* an hour's half-life */
#define SURGE_HALF_MS ((int64_t)12 * 3600 * 1000)

/* A collapse: demand fell to half or less within so many passes, and by so many hosts' servers. */
#define OUTAGE_PASSES 2
#define OUTAGE_HOSTS 2

/* Passes without a free server count once in so long. */
#define SATURATION_GRAIN_MS ((int64_t)20 * 1000)

struct forecast {
    int32_t usual_miss; /* in 1/MISS_UNIT servers */
    int32_t last_miss;  /* servers; negative: demand stayed below */
    int32_t worst_miss; /* servers, at worst_at_s */
    uint32_t worst_at_s;
    uint32_t outage_until_s;
    uint32_t since_pass;      /* earlier samples tell nothing about today's hosts */
    uint16_t miss_count;      /* that usual_miss is the mean of */
    uint8_t saturated_passes; /* in a row, without a free server */
};

#define MISS_UNIT 4096

struct forecast_context {
    const struct history *history; /* with this pass's sample */
    const struct pass_times *times;
    uint32_t pass;
    int64_t pass_interval_ms;
    int64_t horizon_ms;     /* boot time and a pass */
    int64_t outage_hold_ms; /* 0: collapses are not looked for */
    int32_t servers_per_host;
    int32_t busy_servers; /* exact */
    int32_t free_servers;
    bool is_trending; /* false: what is expected is what is */
};

struct outlook {
    int32_t horizon_ms;
    int32_t rise_servers;
    int32_t mean_error_servers;
    int32_t peak_error_servers;
    int32_t outage_left_ms; /* 0: demand has not collapsed */
    uint8_t saturated_passes;
    bool is_trending;
};

/* Once for every status that is believed. */
void forecast_observe(struct forecast *forecast, const struct forecast_context *context,
                      struct outlook *ret_outlook);

/* Hosts of another size: nothing that was seen before `pass` counts. */
void forecast_restart(struct forecast *forecast, uint32_t pass);

#endif

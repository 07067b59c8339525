/*
 * fleet_trend - the sums of the fleet over the last hour, one sample a minute.
 *
 * Plain value; owns nothing. Console thread. Hosts are counts, the free share is in parts per billion; -1: not known in
 * that minute. Cannot fail.
 */
#ifndef TUI_CONSOLE_FLEET_TREND_H
#define TUI_CONSOLE_FLEET_TREND_H

#include "engine/snapshot.h"

#define FLEET_TREND_MINUTES 60
#define FLEET_TREND_MINUTE_MS 60000

enum fleet_figure { FLEET_FREE_PPB, FLEET_HOSTS, FLEET_PENDING };
#define FLEET_FIGURES (FLEET_PENDING + 1)

struct fleet_trend {
    int64_t minute; /* since the epoch, of the newest sample; 0: there is none */
    int64_t values[FLEET_FIGURES][FLEET_TREND_MINUTES]; /* oldest first */
};

/* Nothing is known. */
void fleet_trend_init(struct fleet_trend *trend);

/*
 * The sums of a snapshot of this time; is_known: they are not old. The last sums of a minute count. Minutes without a
 * snapshot get these sums when they are at most `filled` before it; others are not known.
 */
void fleet_trend_add(struct fleet_trend *trend, struct wall at, const struct fleet_totals *totals,
                     bool is_known, int64_t filled);

/*
 * Combines the minutes into `count` values, oldest first; FLEET_TREND_MINUTES is a multiple of count. A value is the
 * lowest free share, or the largest number of hosts, of its minutes.
 */
void fleet_trend_combine(const struct fleet_trend *trend, enum fleet_figure figure, size_t count,
                         int64_t *ret_values);

#endif

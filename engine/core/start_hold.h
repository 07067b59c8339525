/*
 * start_hold - the first statuses of a deployment do not shrink it.
 *
 * The window of desired hosts is empty at the start: a dip, an outage or a crowd looks like the usual demand. Until
 * scale_down_window has passed since the first plausible status, and until START_STATUSES_MIN of them were seen, no
 * removal goes below current_hosts of the first. A deployment starts when it is added to the fleet, so also when the
 * program starts; after a silence of more than START_SILENT_PASSES passes and scale_down_window, which the window does
 * not reach across; and after start_hold_begin. A status that was requested before that call does not count: the next
 * one is the first.
 *
 * A hold that was restored (deployment_record.h) goes on after a start, over or not, unless the program did not run for
 * scale_down_window. Two statuses of the new run come before a removal in any case.
 *
 * Hosts may have been removed before the program started, and drain: when nothing is remembered, the hold lasts until
 * drain_timeout while some hosts lack servers. Draining hosts that show no lack of servers are not recognised.
 *
 * The state is in the deployment, to take few bytes. Time is an argument, and is kept in seconds, rounded up: the hold
 * is at most a second too long. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_START_HOLD_H
#define ENGINE_CORE_START_HOLD_H

#include "engine/core/fleet.h"

#define START_STATUSES_MIN 2
#define START_SILENT_PASSES 4

/* From now on nothing shrinks below the hosts of now, until the next plausible status is the first. */
void start_hold_begin(struct deployment *deployment);

/*
 * `deployment->status` is a new plausible status, so long and so many passes after the last one. 0: it is the first;
 * then the caller has set is_start_unknown.
 */
void start_hold_observe(struct deployment *deployment, struct mono now, int64_t silent_ms,
                        uint32_t silent_passes);

/* Fills in start_hosts and start_left_ms. */
void start_hold_fill_input(const struct deployment *deployment, struct mono now,
                           struct decision_input *input);

#endif

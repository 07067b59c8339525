/*
 * past_fleet - the fleet of a recording at one moment, as the deployments of a running engine: what snapshots of the
 * past are made of.
 *
 * Follows a reader frame by frame. Of a deployment it has what is recorded: the input of its decision, the outcome, and
 * what follows from those of the passes that were read since past_fleet_reset: history, last scale, time of the status.
 * What was logged is made from the same rows, as events to the sink. Orders are not known one by one: pending hosts are
 * one order.
 *
 * The passes that were read last can be taken back and done again without reading: as many as fit into 64 MiB, and none
 * before the last one in which deployments came or went, or a group of the recording began.
 *
 * Instants of the deployments are those of the recording: a struct mono has the same number as the struct wall.
 * Owns the fleet. One thread at a time. Errors are those of recording_reader.h.
 */
#ifndef ENGINE_RUN_PAST_PAST_FLEET_H
#define ENGINE_RUN_PAST_PAST_FLEET_H

#include "engine/core/event.h"
#include "engine/core/fleet_summary.h"
#include "engine/core/pass.h"
#include "engine/recording/recording_reader.h"
#include "engine/run/past/past_orders.h"
#include "engine/snapshot.h"

struct past_fleet;

/* The sink gets what happened in a pass at the time past_fleet_at. */
int past_fleet_create(const struct event_sink *sink, struct past_fleet **ret_past);
void past_fleet_destroy(struct past_fleet *past);

/* What follows does not continue what was read: the history of all deployments is forgotten. */
void past_fleet_reset(struct past_fleet *past);

/* Takes the next frame. 1: it ends a pass, a moment to show; 0: there is none (yet); 2: a part of a pass. */
int past_fleet_next(struct past_fleet *past, struct recording_reader *reader, struct error *err);

/* Before the moment is shown: brings up to it what has not changed. */
void past_fleet_arrive(struct past_fleet *past);

/*
 * To the pass whose last frame has this number, back or forth. True: there. Else the fleet is at the nearest pass that
 * was kept; past_fleet_next goes on from the last one that was read (INT64_MAX) only.
 */
bool past_fleet_go(struct past_fleet *past, int64_t seq);
/* 0: no pass was read. */
int64_t past_fleet_seq(const struct past_fleet *past);

struct fleet *past_fleet_fleet(const struct past_fleet *past);
/* Brought up to date; NULL: no memory. */
const struct fleet_summary *past_fleet_summary(struct past_fleet *past);

/* The pass that was read last, with its end as the time of the moment. */
const struct pass_summary *past_fleet_pass(const struct past_fleet *past);
struct wall past_fleet_at(const struct past_fleet *past);
int64_t
past_fleet_interval_ms(const struct past_fleet *past); /* since the pass before; 0: unknown */

/* The sums after the passes that were read since past_fleet_reset: the last of each minute. Returns how many. */
size_t past_fleet_sums(const struct past_fleet *past,
                       struct snapshot_sums ret_sums[SNAPSHOT_SUMS_MAX]);

/* What holds for the whole fleet, as far as its decisions show it. */
struct past_modes {
    bool is_paused;
    bool is_dry_run;
    bool is_read_only;
    bool is_latched;
    struct mono last_read;
};
void past_fleet_modes(const struct past_fleet *past, struct past_modes *ret_modes);

void past_fleet_count_orders(struct past_fleet *past);
struct past_orders past_fleet_orders(const struct past_fleet *past, uint32_t slot);

#endif

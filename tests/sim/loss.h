/*
 * loss - the phase after the calm one: demand rises, hosts come for it, and some hosts are gone.
 *
 *     rise ----------------------> strike -----------------------> check
 *          (until they can serve)         (time to replace a loss)
 *
 * A loss soon after an order looks like hosts that are still to come. Nothing else happens in this phase, so the time
 * until they are replaced is exact: the statuses that have to agree, and the passes that a replica may lag. An order that
 * was decided before the loss may bring hosts before a status shows it: as many lost ones are not seen, see losses.h.
 *
 * Writes the phase, the demand and the fleet_truth of the sites that take part. Calls model, trace and fleet_truth.
 */
#ifndef TESTS_SIM_LOSS_H
#define TESTS_SIM_LOSS_H

#include "tests/sim/sim_state.h"

void loss_rise(struct sim_state *sim_state);

/* Milliseconds from the rise until its hosts can serve, and from the loss until it is replaced. */
int64_t loss_rise_ms(const struct sim_state *sim_state);
int64_t loss_replace_ms(const struct sim_state *sim_state);

/* Nothing but a status that is believed keeps the site from growing. */
bool loss_may_strike(const struct sim_state *sim_state, const struct site *site);

/* Its last status has shown every host, and it has as many as it needs. */
bool loss_is_at_rest(const struct site *site);

/* Hosts that come shortly after others have left are not counted as hosts of an order: see losses.h. */
bool loss_has_shrunk(const struct sim_state *sim_state, const struct site *site);

void loss_strike(struct sim_state *sim_state);

/* A status of the site is used; the one before it had `hosts_before`. */
void loss_take(struct site *site, int64_t hosts_before);

void loss_check(struct sim_state *sim_state);

#endif

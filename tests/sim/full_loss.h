/*
 * full_loss - a fleet without free servers loses hosts: at once, one after the other, or again and again.
 *
 *     begin ----------> strike ----------------------------------> end
 *          (it is full)       (losses, and the time to replace them)
 *
 * Its status does not show the demand of the hosts that are gone. For each status, what is owned, ordered by its
 * decision, or lost within the time that a loss may take (losses.h), is enough for what it shows.
 *
 * In the phase of losses nothing else happens. In the family of that name, it happens among all other faults, and the
 * laws of every scale hold.
 *
 * Writes the demand, the fleet_truth and the full_loss of the sites that take part. Calls model, trace, fault_plan and
 * fleet_truth.
 */
#ifndef TESTS_SIM_FULL_LOSS_H
#define TESTS_SIM_FULL_LOSS_H

#include "tests/sim/sim_state.h"

void full_loss_begin(struct sim_state *sim_state);
void full_loss_strike(struct sim_state *sim_state);

/* Milliseconds: from the beginning to the first loss, and from that to the end. */
int64_t full_loss_full_ms(const struct sim_state *sim_state);
int64_t full_loss_replace_ms(const struct sim_state *sim_state);

/* A read begins. */
void full_loss_read(struct sim_state *sim_state, struct site *site);

/* A status of the site was taken, and decided about. */
void full_loss_take(struct sim_state *sim_state, struct site *site,
                    const struct deployment *deployment);

#endif

/*
 * scales - scale requests: checks before sending, the result, and the effect on the hosts.
 *
 * Hosts may boot late, in part or never. The request or its response may be lost. Writes the site: its scales,
 * fleet_truth and model. Calls api, in_flight, fault_plan, trace and the reconciler.
 */
#ifndef TESTS_SIM_SCALES_H
#define TESTS_SIM_SCALES_H

#include "tests/sim/sim_state.h"

/* The reconciler sends a scale. */
void scales_start(struct sim_state *sim_state, struct site *site, const struct effect *effect);

/* The program has ended; the API carries the scale out if it would have. */
void scales_abandon(struct sim_state *sim_state, const struct call *call);

/* The response has arrived, or the request has timed out. */
void scales_respond(struct sim_state *sim_state, const struct call *call);

/* The core does not expect so many hosts of earlier orders any more. The API may still have the orders. */
void scales_note_written_off(struct sim_state *sim_state, struct site *site, int32_t hosts,
                             bool is_unconfirmed);

#endif

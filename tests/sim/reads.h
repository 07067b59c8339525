/*
 * reads - status requests: the result of each read, the reported status, and checks of what the reconciler does with
 * it.
 *
 * Before a read, hosts may die, or another tool may add or remove hosts. A status may be late, stale, from another
 * deployment, or implausible. Writes the site: its reads, fleet_truth and model. Calls api, in_flight, fault_plan,
 * trace and the reconciler.
 */
#ifndef TESTS_SIM_READS_H
#define TESTS_SIM_READS_H

#include "tests/sim/sim_state.h"

/* The reconciler requests a status. */
void reads_start(struct sim_state *sim_state, struct site *site, const struct effect *effect);

/* The response has arrived. */
void reads_respond(struct sim_state *sim_state, const struct call *call);

#endif

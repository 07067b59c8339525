/*
 * incidents - planned events that affect all deployments: operator commands, reloads, a stalled process, API outages,
 * restarts of the program.
 *
 * Writes the position in the plan, the configuration, outages, the clock after a stall, and after a restart what a new
 * process does not know. Calls operator, scales, in_flight, trace, model and the reconciler.
 */
#ifndef TESTS_SIM_INCIDENTS_H
#define TESTS_SIM_INCIDENTS_H

#include "tests/sim/sim_state.h"

/* The time of the next incident; INT64_MAX: there is none. */
int64_t incidents_due_ms(struct sim_state *sim_state);

/* Carries out the next incident. There must be one. */
void incidents_happen(struct sim_state *sim_state);

#endif

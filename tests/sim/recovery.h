/*
 * recovery - the phase without faults: ends all faults, computes the time to recover, and checks the final hosts.
 *
 * Writes the phase, constant demand, the sites that are too slow to wait for, the fleet_truth and outages. Calls
 * operator, fault_plan, trace, model and fleet_truth.
 */
#ifndef TESTS_SIM_RECOVERY_H
#define TESTS_SIM_RECOVERY_H

#include "tests/sim/sim_state.h"

/* Ends all faults and pauses; demand stays constant from now on. */
void recovery_begin(struct sim_state *sim_state);

/* Milliseconds until all sites have recovered that are not too slow. The last lists must be correct. */
int64_t recovery_time_ms(struct sim_state *sim_state);

/* Checks every site after that time. */
void recovery_check(struct sim_state *sim_state);

#endif

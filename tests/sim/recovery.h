/*
 * rest - a world without faults: what is mended, how long it may take until nothing is left to do, and whether every
 * deployment is where it belongs then.
 *
 * Writes the phase, demand that stays, who will not be waited for, and mends truth and outages. Calls operator,
 * fault_plan, trace, model and truth.
 */
#ifndef TESTS_SIM_RECOVERY_H
#define TESTS_SIM_RECOVERY_H

#include "tests/sim/sim_state.h"

/* Nothing is wrong any more, demand stays as it is, nobody is paused. */
void rest_heal(struct sim_state *sim_state);

/* Milliseconds until all have come to rest that can be waited for. The lists must be right. */
int64_t rest_time_ms(struct sim_state *sim_state);

/* It is so late. */
void rest_check(struct sim_state *sim_state);

#endif

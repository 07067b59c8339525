/*
 * api - what all requests of a life have in common: outages, how late an answer comes, and how long to wait after it.
 *
 * Reads the sim_state; writes how long a deployment's model knows that it is to be left alone. Calls fault_plan.
 * Cannot fail.
 */
#ifndef TESTS_SIM_API_H
#define TESTS_SIM_API_H

#include "tests/sim/sim_state.h"

/* Where a family is about reads and scales of a deployment alike, the number of a scale has this mark. */
#define API_SCALE ((uint64_t)1 << 31)

/* Nothing is answered as it should be. */
bool api_is_out(const struct sim_state *sim_state);

/* Milliseconds to wait that are told with the answer of this number. */
int64_t api_wait_ms(const struct sim_state *sim_state, uint32_t site, uint64_t number);

/* Milliseconds until the answer of this number comes. */
int64_t api_delay_ms(struct sim_state *sim_state, uint32_t site, enum answer answer,
                     uint64_t number, int64_t usual_ms);

/* Does it say that trying again may help? */
bool api_is_transient(enum answer answer);

/* The answer has come: if it says to wait, the deployment is to be left alone for so long. */
void api_hush(const struct sim_state *sim_state, struct site *site, const struct call *call);

#endif

/*
 * exchange - carries requests from the reconciler to the simulated API, responses back, and takes its events.
 *
 * Writes the number of requests in flight and the pass number. Calls reads, scales, lists, in_flight, trace and the
 * reconciler.
 */
#ifndef TESTS_SIM_EXCHANGE_H
#define TESTS_SIM_EXCHANGE_H

#include "tests/sim/sim_state.h"

/* A new reconciler, which knows nothing. The caller destroys it. */
void exchange_open(struct sim_state *sim_state);

/* Carries out all requests that the reconciler has now. */
void exchange_pump(struct sim_state *sim_state);

/* Delivers the next response. At least one request must be in flight. */
void exchange_deliver(struct sim_state *sim_state);

#endif

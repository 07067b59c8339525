/*
 * incidents - what happens to the whole world at a planned time: an operator, another configuration, a process that
 * stands still, an API that answers nobody.
 *
 * Writes the place in the plan, the configuration, outages, and the clock when it stands still. Calls operator, trace,
 * model and the reconciler.
 */
#ifndef TESTS_SIM_INCIDENTS_H
#define TESTS_SIM_INCIDENTS_H

#include "tests/sim/sim_state.h"

/* When the next one happens; INT64_MAX: none will. */
int64_t incidents_due_ms(struct sim_state *sim_state);

/* Lets it happen; there is one. */
void incidents_happen(struct sim_state *sim_state);

#endif

/*
 * shown_state - checks the state that the core shows for a deployment against its last reported status.
 *
 * An independent oracle: what is starved is computed from the model, without code of the core. Writes the trace only.
 * One thread. Cannot fail.
 */
#ifndef TESTS_SIM_SHOWN_STATE_H
#define TESTS_SIM_SHOWN_STATE_H

#include "tests/sim/sim_state.h"

/* After each response about the site. `deployment` is its entry. */
void shown_state_check(struct sim_state *sim_state, const struct site *site,
                       const struct deployment *deployment);

#endif

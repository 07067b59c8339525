/*
 * scales - what is sent to change a deployment: whether it may be sent, what becomes of it, what is carried out.
 *
 * Orders may come in part, late or never, answers may be lost, and so may be what was asked. Writes the deployment: its
 * scales, its truth, its model. Calls api, mail, fault_plan, trace and the reconciler.
 */
#ifndef TESTS_SIM_SCALES_H
#define TESTS_SIM_SCALES_H

#include "tests/sim/sim_state.h"

/* The reconciler wants hosts to come or go. */
void scales_start(struct sim_state *sim_state, struct site *site, const struct effect *effect);

/* The answer has come, or the last moment in which it could have. */
void scales_answer(struct sim_state *sim_state, const struct call *call);

#endif

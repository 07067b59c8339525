/*
 * reads - the statuses of deployments: what becomes of a read, what is told of the truth, and whether the reconciler
 * makes of it what it may.
 *
 * Before a read hosts may die or be moved by somebody else. What is told may be late, old, another deployment's, or
 * nonsense. Writes the deployment: its reads, its truth, its model. Calls api, mail, fault_plan, trace and the
 * reconciler.
 */
#ifndef TESTS_SIM_READS_H
#define TESTS_SIM_READS_H

#include "tests/sim/sim_state.h"

/* The reconciler wants to know. */
void reads_start(struct sim_state *sim_state, struct site *site, const struct effect *effect);

/* The answer has come. */
void reads_answer(struct sim_state *sim_state, const struct call *call);

#endif

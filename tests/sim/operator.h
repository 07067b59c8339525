/*
 * operator - what people ask the reconciler for, what it answers, and what the world makes of what was accepted.
 *
 * Writes pauses and dry-run, a deployment's pause and scale by hand, and that somebody does not want to wait for a
 * list. Calls trace, model and the reconciler.
 */
#ifndef TESTS_SIM_OPERATOR_H
#define TESTS_SIM_OPERATOR_H

#include "tests/sim/sim_state.h"

/* As planned. */
void operator_send(struct sim_state *sim_state, const struct incident *incident);

/* Without any detail; `site` where it is about one. */
void operator_ask(struct sim_state *sim_state, enum command_kind kind, uint32_t site);

#endif

/*
 * operator - operator commands to the reconciler, its replies, and the effect of accepted commands on the sim_state.
 *
 * Writes pauses, dry-run, manual scales, and the end of a wait before a requested list. Calls trace, model and the
 * reconciler.
 */
#ifndef TESTS_SIM_OPERATOR_H
#define TESTS_SIM_OPERATOR_H

#include "tests/sim/sim_state.h"

/* Sends the command of an incident. */
void operator_send(struct sim_state *sim_state, const struct incident *incident);

/* Sends a command without arguments. `site` is used by commands about one deployment. */
void operator_ask(struct sim_state *sim_state, enum command_kind kind, uint32_t site);

#endif

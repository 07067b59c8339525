/*
 * exchange - between reconciler and world: what the reconciler asks for is handed to whom it concerns, answers are
 * brought back, and what it tells is heard.
 *
 * Writes how many requests are in flight, and which pass it is. Calls reads, scales, lists, mail, trace and the
 * reconciler.
 */
#ifndef TESTS_SIM_EXCHANGE_H
#define TESTS_SIM_EXCHANGE_H

#include "tests/sim/sim_state.h"

/* The reconciler's event sink; `context` is the sim_state. */
void exchange_hear(void *context, const struct event *event);

/* Carries out everything that the reconciler wants now. */
void exchange_pump(struct sim_state *sim_state);

/* Brings the next answer; there is one. */
void exchange_answer(struct sim_state *sim_state);

#endif

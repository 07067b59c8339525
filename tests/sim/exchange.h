/*
 * exchange - between machine and world: what the machine asks for is handed to whom it concerns, answers are brought
 * back, and what it tells is heard.
 *
 * Writes how many requests are in flight, and which pass it is. Calls reads, scales, lists, mail, witness and the
 * machine.
 */
#ifndef TESTS_SIM_EXCHANGE_H
#define TESTS_SIM_EXCHANGE_H

#include "tests/sim/sim_state.h"

/* The machine's event sink; `context` is the realm. */
void exchange_hear(void *context, const struct event *event);

/* Carries out everything that the machine wants now. */
void exchange_pump(struct realm *realm);

/* Brings the next answer; there is one. */
void exchange_answer(struct realm *realm);

#endif

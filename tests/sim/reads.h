/*
 * reads - the statuses of deployments: what becomes of a read, what is told of the truth, and whether the machine makes
 * of it what it may.
 *
 * Before a read hosts may die or be moved by somebody else. What is told may be late, old, another deployment's, or
 * nonsense. Writes the deployment: its reads, its truth, its book. Calls api, mail, luck, witness and the machine.
 */
#ifndef TESTS_SIM_READS_H
#define TESTS_SIM_READS_H

#include "tests/sim/sim_state.h"

/* The machine wants to know. */
void reads_start(struct realm *realm, struct site *site, const struct effect *effect);

/* The answer has come. */
void reads_answer(struct realm *realm, const struct call *call);

#endif

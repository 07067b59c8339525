/*
 * lists - discovery: which deployments a list names and what it says of them, and what the machine has to make of it.
 *
 * A list may fail, be empty, lose some or nine of ten, name one twice, beside a twin, or with a fault; hosts may get
 * another size before it. Writes the listing and what the book knows from lists. Calls api, mail, luck, witness and the
 * machine.
 */
#ifndef TESTS_SIM_LISTS_H
#define TESTS_SIM_LISTS_H

#include "tests/sim/sim_state.h"

/* The machine wants to know which there are. */
void lists_start(struct realm *realm);

/* The answer has come. */
void lists_answer(struct realm *realm, const struct call *call);

#endif

/*
 * lists - discovery: which deployments a list names and what it says of them, and what the reconciler has to make of
 * it.
 *
 * A list may fail, be empty, lose some or nine of ten, name one twice, beside a twin, or with a fault; hosts may get
 * another size before it. Writes the listing and what the model knows from lists. Calls api, mail, fault_plan, trace
 * and the reconciler.
 */
#ifndef TESTS_SIM_LISTS_H
#define TESTS_SIM_LISTS_H

#include "tests/sim/sim_state.h"

/* The reconciler wants to know which there are. */
void lists_start(struct sim_state *sim_state);

/* The answer has come. */
void lists_answer(struct sim_state *sim_state, const struct call *call);

#endif

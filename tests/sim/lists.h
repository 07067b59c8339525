/*
 * lists - discovery: the content of each list, and checks of what the reconciler does with it.
 *
 * A list may fail or be empty. Entries may be missing, some of them or nine of ten. An entry may be duplicate, have a
 * twin with an id that differs in case, or be invalid. The size of hosts may change before a list. Writes the listing
 * and the fields of the model that come from lists. Calls api, in_flight, fault_plan, trace and the reconciler.
 */
#ifndef TESTS_SIM_LISTS_H
#define TESTS_SIM_LISTS_H

#include "tests/sim/sim_state.h"

/* The reconciler requests a list. */
void lists_start(struct sim_state *sim_state);

/* The response has arrived. */
void lists_respond(struct sim_state *sim_state, const struct call *call);

#endif

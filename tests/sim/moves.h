/*
 * moves - the API has moved: for a while, the old server responds to reads, and scales are carried out at the new one.
 *
 * The old server is a copy of the fleet from the moment of the move, or another fleet with the same ids. Connections
 * that stay open and names that are cached cause it. No status shows it. Writes its fields of sim_state and sites; calls
 * fault_plan and the model. Cannot fail.
 */
#ifndef TESTS_SIM_MOVES_H
#define TESTS_SIM_MOVES_H

#include "tests/sim/sim_state.h"

void moves_begin(struct sim_state *sim_state, int64_t duration_ms, enum old_server old_server);

/* Does the old server respond to this read? Then its status is set. */
bool moves_respond(struct sim_state *sim_state, const struct site *site, struct call *call);

#endif

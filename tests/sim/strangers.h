/*
 * strangers - deployments that are in a few lists and do not come back, so that ids that are gone fill the memory.
 *
 * Half of them have an entry with a fault and are held; the others are on target, and nothing may be sent for them.
 * Writes its fields of sim_state. Calls in_flight. Cannot fail.
 */
#ifndef TESTS_SIM_STRANGERS_H
#define TESTS_SIM_STRANGERS_H

#include "engine/core/apply_discovery.h"
#include "tests/sim/sim_state.h"

#define STRANGER_ID_SIZE 24

bool strangers_is_one(const char *id);

/* The next list has others: the oldest are gone, new ones are there. Returns how many are gone. */
int32_t strangers_change(struct sim_state *sim_state);

static inline int32_t strangers_count(const struct sim_state *sim_state)
{
    return (int32_t)(sim_state->strangers_end - sim_state->strangers_from);
}

/* The entry with this index, below strangers_count(). */
struct definition strangers_define(const struct sim_state *sim_state, int32_t index,
                                   char storage[STRANGER_ID_SIZE]);

void strangers_start_read(struct sim_state *sim_state, const struct effect *effect,
                          bool is_limited);
void strangers_respond(struct sim_state *sim_state, const struct call *call);

#endif

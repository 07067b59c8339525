/*
 * turns - checks that the tail of the list is served: no deployment waits for its read for many passes, and no pass
 * waits for requests that hang.
 *
 * A pass counts when an interval is over since the last one that counted. Deployments wait while they may be read:
 * listed, defined, without a Retry-After, and not during an outage or while the breaker is open. Those with a
 * failed last read come last, with a bound of their own. Writes its fields of sim_state and sites; calls the trace.
 * Cannot fail.
 */
#ifndef TESTS_SIM_TURNS_H
#define TESTS_SIM_TURNS_H

#include "tests/sim/sim_state.h"

#define TURN_PASSES_MAX 2          /* passes without a read */
#define TURN_PASSES_MAX_LIMITED 30 /* the same with a rate limit */

/* It is listed from now on, and may be usable. */
void turns_list(const struct sim_state *sim_state, struct site *site);

void turns_start_read(struct sim_state *sim_state, struct site *site);
void turns_note_read(struct site *site, enum call_result result, bool is_failed);

/* The read that begins will hang. */
void turns_hang(const struct sim_state *sim_state, struct site *site);

/* A pass begins. */
void turns_start_pass(struct sim_state *sim_state);

/* After every step: a pass with nothing more to begin does not keep the next one waiting. */
void turns_check_progress(struct sim_state *sim_state);

#endif

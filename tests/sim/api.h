/*
 * api - what all requests share: outages, response delays, and waits that the API requests.
 *
 * Reads the sim_state; writes the backoff in a deployment's model, and the count of a rate limit. Calls fault_plan. Cannot fail.
 */
#ifndef TESTS_SIM_API_H
#define TESTS_SIM_API_H

#include "tests/sim/sim_state.h"

/* Added to the number of a scale, for families that affect both reads and scales of a deployment. */
#define API_SCALE ((uint64_t)1 << 31)

/* During an outage every request fails. */
bool api_is_out(const struct sim_state *sim_state);

/* The Retry-After of the response with this number, in milliseconds. */
int64_t api_wait_ms(const struct sim_state *sim_state, uint32_t site, uint64_t number);

/* Milliseconds until the response with this number arrives. */
int64_t api_delay_ms(struct sim_state *sim_state, uint32_t site, enum call_result result,
                     uint64_t number, int64_t usual_ms);

/* Is this read beyond the rate limit of its window? Counts it. */
bool api_is_limited(struct sim_state *sim_state);

/* Is this a failure that a retry may fix? */
bool api_is_transient(enum call_result result);

/* Records the Retry-After of a response: until then no request may be sent for the deployment. */
void api_note_wait(const struct sim_state *sim_state, struct site *site, const struct call *call);

#endif

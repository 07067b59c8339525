/*
 * decision - one pure function from the state of a deployment to an action, with the verdict of every rule.
 *
 * The rules are rows of rules.def and are applied in that order. STAGE_DESIRED rules raise the desired hosts that the
 * formula gives (desired.h); the difference to the hosts that exist or are pending is the delta; STAGE_GUARD rules
 * limit it; STAGE_SEND decides whether it is sent. The explanation is not stored: the same input gives the same steps
 * again, and explain.h makes text of them.
 *
 * Owns nothing. Any thread. Hosts, servers, milliseconds, parts per billion. Cannot fail.
 */
#ifndef ENGINE_CORE_DECISION_H
#define ENGINE_CORE_DECISION_H

#include "engine/core/api_result.h"
#include "engine/core/decision_data.h"

#include <stdint.h>

void decide(const struct decision_input *in, struct decision *ret_decision);

/*
 * Applies each rule of STAGE_GUARD by itself to a proposed delta. A step of the result is not OK when its rule
 * would have cut or stopped the delta; a rule that would have made it larger does not object.
 * The fault and the gate of the input are ignored. `action`, `reason` and `delta` of the result are not set.
 */
void decide_proposed(const struct decision_input *in, int64_t delta, struct decision *ret_decision);

/* The desired hosts alone: the formula and the rules of STAGE_DESIRED. */
int64_t decision_desired_hosts(const struct decision_input *in);

/*
 * Checks a status by itself and against `hosts_high`, the most hosts seen within boot_timeout: the API may still count
 * servers of hosts that just left. REASON_NONE, FREE_ABOVE_TOTAL, SERVERS_WITHOUT_HOSTS or SERVERS_ABOVE_HOSTS.
 */
enum reason status_fault(const struct status *status, int32_t servers_per_host, int32_t hosts_high);

#endif

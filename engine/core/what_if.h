/*
 * what_if - the decision that a deployment would get now, on its newest status, also with another policy.
 *
 * The windows of demand and the forecast are those of the last decision: they follow from statuses that another policy
 * would have kept otherwise. Changes nothing. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_CORE_WHAT_IF_H
#define ENGINE_CORE_WHAT_IF_H

#include "engine/core/decision.h"
#include "engine/core/reconciler.h"

/*
 * The input of that decision; `policy` NULL: its own. It borrows the policy. False: nothing can be decided, because no
 * usable status or no target is known.
 */
bool what_if_input(const struct reconciler *reconciler, const struct deployment *deployment,
                   const struct policy *policy, struct mono now, struct decision_input *ret_input);

#endif

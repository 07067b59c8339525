/*
 * want - how many hosts a deployment wants: the formula, and what its history adds to it.
 *
 *     formula            so many that the target share stays free of the servers that are busy now (delta.h)
 *     lookahead          the same for the busy servers expected when hosts ordered now can be used: with the rise until
 *                        then and the usual miss of such forecasts
 *     surge_reserve      room for the expected busy servers and, free beside them, a share of the worst surprise of
 *                        late
 *     saturation_step    while no server is free, what can be seen of demand is only what there is room for: demand is
 *                        taken for a share higher and for a host's servers more with every such pass, from the
 *                        SATURATED_PASSES_MIN-th on (a share alone would take a fleet that begins with one host for
 *                        ever). After SATURATED_PASSES_MAX of them a deployment is not believed to be that popular,
 *                        and grows by the formula alone
 *     min_free_servers   room for the expected busy servers and so many free ones
 *
 * Each gives a number of hosts; the wish is the largest. Only the formula asks for anything before there is a history,
 * but for min_free_servers. Pure functions of the decision's input. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_DESIRED_H
#define ENGINE_CORE_DESIRED_H

#include "engine/core/decision.h"

#include <stdint.h>

#define SATURATED_PASSES_MIN 2
#define SATURATED_PASSES_MAX 20

int64_t desired_by_formula(const struct decision_input *in);

/* 0: the rule asks for nothing. */
int64_t desired_by_lookahead(const struct decision_input *in);
int64_t desired_by_surge(const struct decision_input *in);
int64_t desired_by_saturation(const struct decision_input *in);
int64_t desired_by_min_free(const struct decision_input *in);

/* What they are made of, for explanations: servers. */
int64_t busy_now(const struct decision_input *in);
int64_t busy_expected(const struct decision_input *in); /* with the rise */
int64_t surge_servers(const struct decision_input *in); /* to be free, by the policy's share */
int64_t busy_when_saturated(const struct decision_input *in); /* taken for demand when saturated */
int64_t min_free_servers(const struct decision_input *in);
bool is_saturated(const struct decision_input *in);

#endif

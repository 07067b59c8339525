/*
 * shown_reasons - the reasons of the last decision in the order in which the rules limited the change.
 *
 * The first one limits the change before all others; those behind it limited what it left. A rule that turns the
 * direction of the change begins anew: what limited the other direction does not matter any more. When no rule limits
 * it, the reason is that of the decision. Of a fault, a failure, an operator's scale or a lost response, there is only
 * that.
 *
 * Nothing is stored: the rules are applied again to the input of the last decision, and only when one of them can have
 * limited it. Owns nothing. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_SHOWN_REASONS_H
#define ENGINE_CORE_SHOWN_REASONS_H

#include "engine/core/fleet.h"

/* Of more reasons, the last one stays: it decided the outcome. */
#define SHOWN_REASONS_MAX 3

struct shown_reasons {
    size_t count; /* 1 .. SHOWN_REASONS_MAX */
    enum reason list[SHOWN_REASONS_MAX];
};

void shown_reasons_of_decision(const struct decision *decision, struct shown_reasons *ret_reasons);

/* The rule of the first reason; without one, the last rule that raised the desired hosts. False: there is none. */
bool shown_rule_of_decision(const struct decision *decision, enum rule *ret_rule);

void shown_reasons_make(const struct deployment *deployment, struct shown_reasons *ret_reasons);

/* With deployment_wanted_delta: mostly one decision serves both. */
void shown_reasons_make_with_delta(const struct deployment *deployment,
                                   struct shown_reasons *ret_reasons, int32_t *ret_wanted_delta);

#endif

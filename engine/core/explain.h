/*
 * explain - a decision as lines for people, from the very values that decided.
 *
 * Each step of a decision becomes one line: the rule, what it looked at, and what it made of the delta. Writes into the
 * caller's text. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_EXPLAIN_H
#define ENGINE_CORE_EXPLAIN_H

#include "engine/base/text.h"
#include "engine/core/decision.h"

#include <stddef.h>

/* Step `index` of the decision that `decide` made of `in`. */
void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct text *text);

#endif

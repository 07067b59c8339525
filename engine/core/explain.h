/*
 * explain - the steps of a decision as explanations: for each step its phrase and the numbers that decided.
 *
 * The functions are named by rules.def, one for each rule. Text is made by the reader (engine/explanation.h).
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_EXPLAIN_H
#define ENGINE_CORE_EXPLAIN_H

#include "engine/core/decision.h"
#include "engine/explanation.h"

#include <stddef.h>

/* Step `index` of the decision that `decide` or `decide_proposed` made of `in`. */
void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct explanation *ret_explanation);

#endif

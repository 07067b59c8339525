/*
 * explain - the text of a decision, from the input of that decision.
 *
 * Each step becomes one line: the rule, its figures, and the delta before and after it. Writes into the caller's text.
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_EXPLAIN_H
#define ENGINE_CORE_EXPLAIN_H

#include "engine/base/text.h"
#include "engine/core/decision.h"

#include <stddef.h>

/* Step `index` of a decision made of `in`. */
void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct text *text);

#endif

/*
 * rule_functions - the functions behind rules.def. Only for decision.c and the files with the rules.
 *
 * Each function takes a value and returns it, changed or not: the desired hosts for STAGE_DESIRED, the delta for
 * STAGE_GUARD and STAGE_SEND. `decision` has what earlier stages found (desired hosts, base hosts). A rule whose row
 * has no reason sets *reason when it changes the value; the others do not change it. Pure. Cannot fail.
 */
#ifndef ENGINE_CORE_RULE_FUNCTIONS_H
#define ENGINE_CORE_RULE_FUNCTIONS_H

#include "engine/core/decision_data.h"

typedef int64_t rule_function(const struct decision_input *in, const struct decision *decision,
                              int64_t value, enum reason *reason);

#define RULE(id, name, stage, cause, apply, explain) rule_function apply_##apply;
#include "engine/rules.def"
#undef RULE

#endif

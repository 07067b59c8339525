/*
 * guards - what other modules ask of the rules of STAGE_GUARD. Pure. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_GUARDS_H
#define ENGINE_CORE_GUARDS_H

#include "engine/core/decision_data.h"

/* Why a shrink must not be sent, whatever is desired: KEPT_DEFINITION, DISCOVERY_SHRANK, NO_SERVERS or NONE. */
enum reason shrink_doubt(const struct decision_input *in);

/* Why this growth must not be sent, except for min_hosts: NOT_COUNTABLE, GROWTH_WITHOUT_EFFECT or NONE. */
enum reason growth_doubt(const struct decision_input *in, const struct decision *decision,
                         int64_t delta);

/* Hosts that max_growth_per_hour leaves for now, when `delta` are wanted; only if there is a limit. */
int64_t growth_left_hosts(const struct decision_input *in, int64_t delta);

#endif

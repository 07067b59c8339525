/*
 * guards - what other modules ask of the rules of STAGE_GUARD. Pure. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_GUARDS_H
#define ENGINE_CORE_GUARDS_H

#include "engine/core/decision_data.h"

/* Why a shrink must not be sent, whatever is desired: DISCOVERY_SHRANK, NO_SERVERS or NONE. */
enum reason shrink_doubt(const struct decision_input *in);

#endif

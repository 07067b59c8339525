/*
 * listed_targets - targets of the API that are valid and probably not meant (target_doubt.h).
 *
 * Targets of the configuration are warnings of the configuration. Engine thread only.
 */
#ifndef ENGINE_RUN_LISTED_TARGETS_H
#define ENGINE_RUN_LISTED_TARGETS_H

#include "engine/core/event.h"
#include "engine/core/fleet.h"

/* Emits target_doubtful once for each kind of doubt: the first deployment that has it, and how many have it. */
void listed_targets_report(const struct fleet *fleet, const struct event_sink *sink);

#endif

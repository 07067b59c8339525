/*
 * policy_use - which policies of a configuration no listed deployment has.
 *
 * Such an entry is a pattern that was mistyped, or its deployments are gone. Engine thread only.
 */
#ifndef ENGINE_RUN_POLICY_USE_H
#define ENGINE_RUN_POLICY_USE_H

#include "engine/config/config_data.h"
#include "engine/core/event.h"
#include "engine/core/fleet.h"

/* Emits policy_unused for each of them. The policies of the fleet are those of `config`. Without memory: nothing. */
void policy_use_report(const struct config *config, const struct fleet *fleet,
                       const struct event_sink *sink);

#endif

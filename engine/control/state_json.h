/*
 * state_json - the engine, its last pass and the sums over the fleet as one JSON object, for GET /v1/state.
 *
 * Instants are RFC 3339 in UTC, or null. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_CONTROL_STATE_JSON_H
#define ENGINE_CONTROL_STATE_JSON_H

#include "engine/base/text.h"
#include "engine/core/reconciler.h"
#include "engine/view/publish_context.h"

#define STATE_JSON_SIZE 8192

void state_json_add(struct text *text, const struct reconciler *reconciler,
                    const struct publish_context *context);

#endif

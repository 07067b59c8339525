/*
 * deployment_json - a deployment as a JSON object, for --once and for clients of the control API.
 *
 * Numbers are those of the last decision. What is not known is null. The object is not redacted: the caller does that
 * with the finished text. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_VIEW_DEPLOYMENT_JSON_H
#define ENGINE_VIEW_DEPLOYMENT_JSON_H

#include "engine/base/text.h"
#include "engine/core/fleet.h"
#include "engine/snapshot.h"

#include <stdbool.h>

/* Enough for any object. */
#define DEPLOYMENT_JSON_SIZE 16384

/* `state` is that of deployment_state. `pause`: of this deployment alone, see publish_context_pause; NULL: none. */
void deployment_json_add(struct text *text, const struct deployment *deployment, enum state state,
                         const struct snapshot_pause *pause);

/* ,"key":{"author":"ann","since":"...","until":null,"reason":"..."}; null when there is none. */
void pause_json_add(struct text *text, const char *key, const struct snapshot_pause *pause);

/* Are the numbers of its last status known? A deployment that was not read has none. */
bool deployment_has_status(const struct deployment *deployment);

/* Are those of its last decision known, too? */
bool deployment_has_decision(const struct deployment *deployment);

#endif

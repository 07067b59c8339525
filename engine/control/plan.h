/*
 * plan - what the next pass would do on the newest statuses, as the body of a response: the largest changes first.
 *
 *     {"deployments":3,"up":1,"up_hosts":6,"down":0,"down_hosts":0,"held":1,
 *      "plan":[{"id":"eu-1","hosts":20,"delta":6,"wanted":6,"action":"scaled","reason":"below_target"}]}
 *
 * `delta` is what would be sent, `wanted` what would be sent if no pause, dry-run or open request held it. Deployments
 * that want nothing are counted only. Nothing is sent.
 *
 * The fleet is looked at in steps of about a millisecond between which the loop goes on; a line break is sent for each.
 * Deployments that come or go meanwhile may be missing. Owns its rows. Engine thread only.
 */
#ifndef ENGINE_CONTROL_PLAN_H
#define ENGINE_CONTROL_PLAN_H

#include "engine/control/control_data.h"

#include <stdint.h>

#define PLAN_ROWS_MAX 1000

struct plan;

/* NULL: no memory. `engine` lives as long as the plan. */
struct plan *plan_create(const struct control_engine *engine);

/* See http_server_pieces; `context` is the plan, which `end` destroys. */
int64_t plan_write(void *context, char *bytes, size_t size);
void plan_end(void *context);

#endif

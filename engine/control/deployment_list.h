/*
 * deployment_list - the listed deployments as a JSON document that is made while the client reads it.
 *
 *     {"deployments":[{...},...],"next":"ID"}
 *
 * In the order of their slots, which a deployment keeps while it is known. `next` names the last one when `limit` ended
 * the list: the next request continues after it. A list is not of one instant: each deployment is as it is when it is
 * written. One step looks at a bounded number of slots, so that a list of 100,000 does not hold up the loop.
 *
 * Engine thread only. Owns its pattern.
 */
#ifndef ENGINE_CONTROL_DEPLOYMENT_LIST_H
#define ENGINE_CONTROL_DEPLOYMENT_LIST_H

#include "engine/base/error.h"
#include "engine/control/control_data.h"

#include <stddef.h>
#include <stdint.h>

struct deployment_list;

struct deployment_list_config {
    const struct control_engine *engine; /* lives as long as the list */
    const char *match;                   /* a shell pattern; NULL: all; copied */
    int state;                           /* enum state; -1: any */
    uint32_t from;                       /* the first slot */
    int64_t limit;                       /* deployments, at most; 0: all */
};

/* NULL: no memory. */
struct deployment_list *deployment_list_create(const struct deployment_list_config *config);

/* See http_server_pieces: the functions for a body in pieces; `context` is the list, which `end` destroys. */
int64_t deployment_list_write(void *context, char *bytes, size_t size);
void deployment_list_end(void *context);

#endif

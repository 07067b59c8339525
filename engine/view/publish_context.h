/*
 * publish_context - current facts that the reconciler does not know, and its time as timestamps for people.
 *
 * Plain value, filled by the caller. Any thread, but for the pauses: engine thread. Cannot fail.
 */
#ifndef ENGINE_VIEW_PUBLISH_CONTEXT_H
#define ENGINE_VIEW_PUBLISH_CONTEXT_H

#include "engine/snapshot.h"
#include "engine/view/pause_source.h"

#include <stdbool.h>
#include <stdint.h>

struct publish_context {
    struct mono now;      /* the reconciler's time */
    struct wall wall;     /* the same instant for people */
    int32_t speed_millis; /* reconciler time per second of real time, in thousandths */
    const char *version;  /* these two live as long as the publisher */
    const char *api_url;
    bool is_insecure;
    bool is_stateless;
    bool is_demo;
    struct pause_source pauses;
};

/* Reconciler time as a timestamp for people; MONO_NEVER is 0. */
struct wall publish_context_wall(const struct publish_context *context, struct mono at);

/* The last act of an operator that can be undone; zeroed: there is none. */
void publish_context_act(const struct publish_context *context, struct snapshot_act *ret_act);

/* The pause of a deployment, or of all (NULL); zeroed: nothing is known of it. */
void publish_context_pause(const struct publish_context *context, const char *id,
                           struct snapshot_pause *ret_pause);

#endif

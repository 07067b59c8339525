/*
 * state_bridges - what an engine keeps on the disk: the journal (journal_bridge.h) and the recording
 * (recording_bridge.h), as one.
 *
 * Zeroed memory has neither. Owns both. Engine thread only, as they are.
 */
#ifndef ENGINE_RUN_STATE_BRIDGES_H
#define ENGINE_RUN_STATE_BRIDGES_H

#include "engine/run/journal_bridge.h"
#include "engine/run/recording_bridge.h"

struct state_bridges {
    struct journal_bridge *journal;     /* NULL: nothing is remembered */
    struct recording_bridge *recording; /* NULL: nothing is recorded */
    void (*finished)(void *context);
    void *context;
};

struct state_bridges_config {
    const struct config *config;
    struct driver *driver;
    struct override_keeper *overrides;
    const struct state_place *place;
    size_t intents_max;
    struct event_fanout *events;
    struct redaction *redaction; /* NULL: none */
};

/* Blocks for as long as the disk of the journal does. Errors are those of the journal. */
int state_bridges_open(struct state_bridges *bridges, uv_loop_t *loop,
                       const struct state_bridges_config *config, struct error *err);

/* See the functions of the bridges. */
void state_bridges_begin(struct state_bridges *bridges);
void state_bridges_reload(struct state_bridges *bridges);
void state_bridges_finish(struct state_bridges *bridges, void (*finished)(void *context),
                          void *context);
bool state_bridges_are_over(const struct state_bridges *bridges);
void state_bridges_close(struct state_bridges *bridges);
void state_bridges_destroy(struct state_bridges *bridges);

#endif

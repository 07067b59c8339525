/*
 * recording_bridge - between the reconciler and the recorder: every decision into the recording, and its troubles into
 * events.
 *
 * Only an engine that owns its state records (state_place.h). A recording that fails never delays or stops the engine.
 *
 * Owns the recorder and two handles on the loop; borrows the rest of its configuration. Engine thread only; a bridge
 * that was created on another thread is used by the thread of the loop from recording_bridge_begin on. All functions
 * but the first accept NULL.
 */
#ifndef ENGINE_RUN_RECORDING_BRIDGE_H
#define ENGINE_RUN_RECORDING_BRIDGE_H

#include "engine/log/event_fanout.h"
#include "engine/recording/recorder_config.h"
#include "engine/run/driver.h"
#include "engine/run/state_place.h"

/* At the end of the program, a disk that does not answer is waited for so long. */
#define RECORDING_PATIENCE_MS 3000

struct recording_bridge_config {
    struct driver *driver;
    const struct state_place *place;
    struct recording_limits limits; /* keep_ms 0: nothing is recorded */
    struct event_fanout *events;
};

struct recording_bridge;

/* NULL in *ret_bridge: nothing is recorded. Does not wait for the disk. */
int recording_bridge_create(uv_loop_t *loop, const struct recording_bridge_config *config,
                            struct recording_bridge **ret_bridge, struct error *err);

/* The loop begins. */
void recording_bridge_begin(struct recording_bridge *bridge);

/* The policies are others than before. */
void recording_bridge_reload(struct recording_bridge *bridge);

/* What is left is written, then `finished` is called; after RECORDING_PATIENCE_MS at the latest. */
void recording_bridge_finish(struct recording_bridge *bridge, void (*finished)(void *context),
                             void *context);

/* False: the thread still waits for the disk, and uses the bridge: it must not be closed. */
bool recording_bridge_is_over(const struct recording_bridge *bridge);

/* Writes what is left and closes the handles, while the loop runs. Then recording_bridge_destroy. */
void recording_bridge_close(struct recording_bridge *bridge);
void recording_bridge_destroy(struct recording_bridge *bridge);

#endif

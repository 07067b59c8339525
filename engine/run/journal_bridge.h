/*
 * journal_bridge - between the driver and the journal: what is remembered over restarts, and the order
 * "recorded, then sent".
 *
 *     driver: record  ---> intent ---> journal (store thread) ---> receipt ---> driver_record_done, then sent
 *     events          ---> outcomes of scales, gone deployments, decisions
 *     commands        ---> overrides (override_keeper.h)
 *     a timer         ---> states of the deployments (state_sweep.h)
 *
 * Records are passed on before the loop waits: one commit serves all scales of a turn. The loop never waits for the
 * disk. When the journal cannot store, or does not answer for JOURNAL_SLOW_MS, no scale is sent (`state_unavailable`),
 * everything else goes on, and it resumes by itself.
 *
 * With a directory that is only read (state_place.h) it restores, and records nothing.
 *
 * Owns the journal and three handles on the loop; borrows the rest of its configuration. Engine thread only; a bridge
 * that was created on another thread is adopted by journal_bridge_begin.
 */
#ifndef ENGINE_RUN_JOURNAL_BRIDGE_H
#define ENGINE_RUN_JOURNAL_BRIDGE_H

#include "engine/base/redaction.h"
#include "engine/log/event_fanout.h"
#include "engine/run/driver.h"
#include "engine/run/override_keeper.h"
#include "engine/run/state_place.h"
#include "engine/store/journal_config.h"

/* At the end of the program, a disk that does not answer is waited for so long. */
#define JOURNAL_PATIENCE_MS 3000

struct journal_bridge_config {
    struct driver *driver;
    struct override_keeper *overrides;
    const struct state_place *place;
    enum journal_sync sync;
    size_t intents_max; /* scales that are recorded at a time */
    struct event_fanout *events;
    struct redaction *redaction; /* for what an API has said of a scale; NULL: none */
};

struct journal_bridge;

/*
 * Opens the journal, gives the driver what it holds, and becomes the driver's recorder. Blocks for as long as the disk
 * does. Errors are those of journal.h; without a state there is none, and *ret_bridge is NULL.
 */
int journal_bridge_create(uv_loop_t *loop, const struct journal_bridge_config *config,
                          struct journal_bridge **ret_bridge, struct error *err);

/* This thread runs the loop. Says what was restored. The functions below accept NULL, this one too. */
void journal_bridge_begin(struct journal_bridge *bridge);

/* The API may be another one: what the journal has of the deployments is written anew. */
void journal_bridge_reload(struct journal_bridge *bridge);

/*
 * The reconciler is finished: what is left is written, then `finished` is called; at once, if there is nothing to
 * write, and after JOURNAL_PATIENCE_MS at the latest.
 */
void journal_bridge_finish(struct journal_bridge *bridge, void (*finished)(void *context),
                           void *context);

/* False: the store thread still waits for the disk, and uses the bridge: it must not be closed. */
bool journal_bridge_is_over(const struct journal_bridge *bridge);

/* Writes what is left and closes the handles, while the loop runs. Then journal_bridge_destroy. */
void journal_bridge_close(struct journal_bridge *bridge);
void journal_bridge_destroy(struct journal_bridge *bridge);

#endif

/*
 * batch - the rows of a stream that belong together, until their end comes.
 *
 * Zeroed memory is an empty one. Owns its texts. -ENOMEM: nothing changed. One thread.
 */
#ifndef ENGINE_REMOTE_BATCH_H
#define ENGINE_REMOTE_BATCH_H

#include "engine/snapshot.h"

struct batch_row {
    uint32_t slot; /* of the engine */
    char *id;      /* NULL: the slot is empty */
    bool is_entry;
    struct snapshot_row row;
};

struct batch {
    struct batch_row *rows;
    size_t count;
    size_t room;
};

/* Without its rows; the memory stays unless it is large. */
void batch_reset(struct batch *batch);
void batch_fini(struct batch *batch);

/* `id` is copied; NULL: an empty slot. */
int batch_add(struct batch *batch, uint32_t slot, const char *id, bool is_entry,
              const struct snapshot_row *row);

#endif

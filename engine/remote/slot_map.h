/*
 * slot_map - the slot in which the deployments of another engine are shown.
 *
 * An engine that was restarted has its deployments in other slots. They are shown where they were before, so that a
 * cursor and marks stay on them: slots are given by id when a whole snapshot comes, and stay until the next one.
 *
 * Owns its tables. -ENOMEM: nothing changed. One thread at a time.
 */
#ifndef ENGINE_REMOTE_SLOT_MAP_H
#define ENGINE_REMOTE_SLOT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is an empty one. */
struct slot_map {
    uint32_t *shown; /* by slot of the engine; SLOT_NONE: none yet */
    size_t count;
    bool *is_taken; /* by slot that is shown */
    size_t taken_count;
    uint32_t free_from; /* all below are taken */
};

void slot_map_fini(struct slot_map *map);

/* Room for so many slots of either kind. */
int slot_map_reserve(struct slot_map *map, size_t slot_count);

/* No slot is given any more. */
void slot_map_clear(struct slot_map *map);

/* SLOT_NONE: none is given. `slot` is reserved. */
uint32_t slot_map_get(const struct slot_map *map, uint32_t slot);

/* Gives the wanted slot if it is free and reserved, else the first free one. */
uint32_t slot_map_give(struct slot_map *map, uint32_t slot, uint32_t wanted);

bool slot_map_is_free(const struct slot_map *map, uint32_t shown);

#endif

/*
 * fleet_changes - the slots with a visible state that has changed, for any number of readers.
 *
 * Each reader has its own marks, one bit a slot, and takes them at its own pace: setting a mark twice has no further
 * effect, and marks that are never taken need no more memory. Without readers a change costs nothing.
 *
 * The caller owns the reader and must not move it while it is attached; its marks belong to the fleet
 * (fleet_attach_reader). One thread at a time.
 */
#ifndef ENGINE_CORE_FLEET_CHANGES_H
#define ENGINE_CORE_FLEET_CHANGES_H

#include "engine/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet_changes;

/* Zeroed memory is a reader that is not attached: it has no marks. */
struct fleet_reader {
    struct fleet_changes *changes; /* NULL: not attached */
    struct fleet_reader *next;
    uint64_t *marks;
    size_t word_count;
    size_t mark_count;
};

/* Zeroed memory has no reader and no slot. */
struct fleet_changes {
    struct fleet_reader *first;
    size_t word_count;
};

bool fleet_reader_has_marks(const struct fleet_reader *reader);

/* Removes the first mark from `slot` on and returns its slot; SLOT_NONE: there is none. */
uint32_t fleet_reader_take(struct fleet_reader *reader, uint32_t slot);

/* Sets the mark of this reader alone, for example when a change could not be handled yet. It must be attached. */
void fleet_reader_mark(struct fleet_reader *reader, uint32_t slot);

/* No effect on a reader that is not attached. */
void fleet_reader_detach(struct fleet_reader *reader);

/* For fleet.c. Reserving: -ENOMEM, no marks are lost. */
int fleet_changes_reserve(struct fleet_changes *changes, size_t slot_count);
int fleet_changes_attach(struct fleet_changes *changes, struct fleet_reader *reader);
void fleet_changes_mark(struct fleet_changes *changes, uint32_t slot);
void fleet_changes_fini(struct fleet_changes *changes);

#endif

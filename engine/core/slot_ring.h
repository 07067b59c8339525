/*
 * slot_ring - a queue of deployment slots with room for all of them.
 *
 * Room is reserved when the fleet grows, so that slot_ring_put never fails. Zeroed memory is an empty ring without
 * room. Owns its memory. One thread at a time.
 */
#ifndef ENGINE_CORE_SLOT_RING_H
#define ENGINE_CORE_SLOT_RING_H

#include <stddef.h>
#include <stdint.h>

struct slot_ring {
    uint32_t *slots;
    size_t size;
    size_t first;
    size_t count;
};

/* -ENOMEM: nothing changed. Never shrinks. */
int slot_ring_reserve(struct slot_ring *ring, size_t size);

/* The ring must have room. */
void slot_ring_put(struct slot_ring *ring, uint32_t slot);

/* The oldest slot. The ring must not be empty. */
uint32_t slot_ring_first(const struct slot_ring *ring);

/* Removes the oldest slot. The ring must not be empty. */
uint32_t slot_ring_take(struct slot_ring *ring);

void slot_ring_fini(struct slot_ring *ring);

#endif

#include "engine/core/slot_ring.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

int slot_ring_reserve(struct slot_ring *ring, size_t size)
{
    if (size <= ring->size)
        return 0;
    uint32_t *slots = heap_alloc(size, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < ring->count; i++)
        slots[i] = ring->slots[(ring->first + i) % ring->size];
    heap_free(ring->slots);
    *ring = (struct slot_ring){ .slots = slots, .size = size, .count = ring->count };
    return 0;
}

void slot_ring_put(struct slot_ring *ring, uint32_t slot)
{
    must(ring->count < ring->size);
    ring->slots[(ring->first + ring->count++) % ring->size] = slot;
}

uint32_t slot_ring_first(const struct slot_ring *ring)
{
    must(ring->count > 0);
    return ring->slots[ring->first];
}

uint32_t slot_ring_take(struct slot_ring *ring)
{
    uint32_t slot = slot_ring_first(ring);
    ring->first = (ring->first + 1) % ring->size;
    ring->count--;
    return slot;
}

void slot_ring_fini(struct slot_ring *ring)
{
    heap_free(ring->slots);
    *ring = (struct slot_ring){ 0 };
}

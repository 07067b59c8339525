#include "engine/base/ring.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

/* A cache line, and the neighbour that processors fetch with it. */
#define LINE_SIZE 128

/*
 * Each side writes only its own part. The heap does not align to cache lines; a whole line of padding between the
 * parts keeps them apart at any start address.
 */
struct ring {
    void **items;
    size_t mask;
    char space_before[LINE_SIZE];
    /* Written by the producer. */
    atomic_size_t head; /* next to write */
    size_t tail_seen;   /* the tail when it was last loaded; the real one is never before it */
    char space_between[LINE_SIZE];
    /* Written by the consumer. */
    atomic_size_t tail; /* next to read */
    size_t head_seen;   /* the head when it was last loaded */
    char space_after[LINE_SIZE];
    /* Written once, by the producer. */
    atomic_bool is_closed;
};

int ring_create(size_t size, struct ring **ret_ring)
{
    must(size >= 1);
    must((size & (size - 1)) == 0);
    struct ring *ring = heap_alloc(1, sizeof *ring);
    if (!ring)
        return -ENOMEM;
    ring->items = heap_alloc(size, sizeof *ring->items);
    if (!ring->items) {
        heap_free(ring);
        return -ENOMEM;
    }
    ring->mask = size - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    atomic_init(&ring->is_closed, false);
    *ret_ring = ring;
    return 0;
}

void ring_destroy(struct ring *ring)
{
    if (!ring)
        return;
    heap_free(ring->items);
    heap_free(ring);
}

bool ring_push(struct ring *ring, void *item)
{
    must(item);
    /* relaxed: no other thread writes it */
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->tail_seen > ring->mask) {
        /* acquire: pairs with the release in ring_pop(); the slot has been read before it is written again */
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->tail_seen > ring->mask)
            return false;
    }
    ring->items[head & ring->mask] = item;
    /* release: pairs with the acquire in ring_pop(); the item, and all that was written before, is seen there */
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

void ring_close(struct ring *ring)
{
    /* release: pairs with the acquire in ring_is_over(); a thread that sees the flag sees the last push */
    atomic_store_explicit(&ring->is_closed, true, memory_order_release);
}

void *ring_pop(struct ring *ring)
{
    /* relaxed: no other thread writes it */
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->head_seen) {
        /* acquire: pairs with the release in ring_push() */
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->head_seen)
            return NULL;
    }
    void *item = ring->items[tail & ring->mask];
    /* release: pairs with the acquire in ring_push(); the slot may be written again from now on */
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return item;
}

bool ring_is_over(const struct ring *ring)
{
    /* acquire: pairs with the release in ring_close(); so the head below is the last one */
    if (!atomic_load_explicit(&ring->is_closed, memory_order_acquire))
        return false;
    /* relaxed, both: the acquire above has ordered the head, and the tail is written by this thread only */
    return atomic_load_explicit(&ring->head, memory_order_relaxed) ==
           atomic_load_explicit(&ring->tail, memory_order_relaxed);
}

/*
 * ring - a bounded queue of pointers between exactly two threads, without a lock.
 *
 *     producer:  ring_push, ring_close            consumer:  ring_pop
 *
 *        tail               head                  head: next to write, the producer's
 *         v                  v                    tail: next to read, the consumer's
 *     [.][a][b][c][d][e][f][.][.][.]              both only grow; an index is taken modulo the size
 *
 * The producer writes a slot, then releases `head`; the consumer acquires `head`, then reads the slot, so whatever was
 * written before the push is seen after the pop. The other way round `tail` is released after the slot was read, and
 * acquired before it is written again. Each side keeps a copy of the other's index and looks at the real one only when
 * the copy says full or empty. Indices stand on cache lines of their own.
 *
 * One producer thread, one consumer thread (each may hand its part over with a happens-before of its own). Never
 * blocks, allocates only in ring_create. Pointers are passed on; nothing is owned.
 */
#ifndef ENGINE_BASE_RING_H
#define ENGINE_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* `size` is a power of two. -ENOMEM. */
int ring_create(size_t size, struct ring **ret_ring);

/* Accepts NULL. */
void ring_destroy(struct ring *ring);

/* Producer. False: full, nothing happened. `item` is not NULL. */
bool ring_push(struct ring *ring, void *item);

/* Producer: nothing will be pushed any more. */
void ring_close(struct ring *ring);

/* Consumer. NULL: empty. */
void *ring_pop(struct ring *ring);

/* Consumer: closed, and nothing is left. */
bool ring_is_over(const struct ring *ring);

#endif

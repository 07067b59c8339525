/*
 * ring - a bounded queue of pointers between exactly two threads, without a lock.
 *
 *     producer:  ring_push, ring_close            consumer:  ring_pop
 *
 *        tail               head                  head: next to write, the producer's
 *         v                  v                    tail: next to read, the consumer's
 *     [.][a][b][c][d][e][f][.][.][.]              both only grow; an index is taken modulo the size
 *
 * The producer writes a slot, then releases `head`. The consumer acquires `head`, then reads the slot: all writes
 * before the push are visible after the pop. In the other direction, `tail` is released after the slot was read and
 * acquired before the slot is written again. Each side keeps a copy of the other's index and loads the real one only
 * when the copy says full or empty. The indices are on separate cache lines.
 *
 * One producer thread, one consumer thread (a side may move to another thread with its own happens-before). Never
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

/* Producer: no push follows. */
void ring_close(struct ring *ring);

/* Consumer. NULL: empty. */
void *ring_pop(struct ring *ring);

/* Consumer: closed and empty. */
bool ring_is_over(const struct ring *ring);

#endif

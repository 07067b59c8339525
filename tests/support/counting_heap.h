/*
 * counting_heap - stands in for engine/base/heap: counts what is taken, and fails when it is told to.
 *
 * Linked before the base archive, whose own heap is then left out. One thread.
 */
#ifndef TESTS_SUPPORT_COUNTING_HEAP_H
#define TESTS_SUPPORT_COUNTING_HEAP_H

#include <stddef.h>

/* Allocations and resizes so far. */
size_t heap_taken_count(void);

/* Pieces that are alive. */
size_t heap_held_count(void);

/* Lets `successes` more calls work; those after them fail until heap_fail_never(). */
void heap_fail_after(size_t successes);
void heap_fail_never(void);

#endif

/*
 * counting_heap - replaces engine/base/heap: counts allocations, and makes them fail on request.
 *
 * It is linked before the base archive, so the linker does not take the original. One thread.
 */
#ifndef TESTS_SUPPORT_COUNTING_HEAP_H
#define TESTS_SUPPORT_COUNTING_HEAP_H

#include <stddef.h>

/* Allocations and resizes so far. */
size_t heap_taken_count(void);

/* Allocations that are not freed. */
size_t heap_held_count(void);

/* The next `successes` calls succeed; later calls fail until heap_fail_never(). */
void heap_fail_after(size_t successes);
void heap_fail_never(void);

#endif

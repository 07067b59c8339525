/*
 * watched_heap - a replacement of engine/base/heap that counts memory and makes selected allocations fail.
 *
 * Include it in one .c file of a test: it defines the heap_* functions, so the linker does not take the archive's.
 * Any thread may allocate: each counter is atomic. live_size_max is exact where one thread allocates.
 */
#ifndef TESTS_SUPPORT_WATCHED_HEAP_H
#define TESTS_SUPPORT_WATCHED_HEAP_H

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    atomic_size_t live_size;
    atomic_size_t live_size_max; /* since it was last set */
    atomic_size_t live_count;
    /* This number succeed, then all fail; negative: all succeed. */
    atomic_int_least64_t succeed_count;
} watched_heap = { .succeed_count = -1 };

static void *heap_watch(void *memory)
{
    if (!memory)
        return NULL;
    size_t size = malloc_usable_size(memory);
    watched_heap.live_count++;
    size_t live_size = atomic_fetch_add(&watched_heap.live_size, size) + size;
    if (live_size > watched_heap.live_size_max)
        watched_heap.live_size_max = live_size;
    return memory;
}

static void heap_unwatch(void *memory)
{
    if (!memory)
        return;
    watched_heap.live_count--;
    watched_heap.live_size -= malloc_usable_size(memory);
}

static bool heap_may_give(size_t size)
{
    if (size > PTRDIFF_MAX)
        return false;
    int_least64_t count = watched_heap.succeed_count;
    while (count > 0 &&
           !atomic_compare_exchange_weak(&watched_heap.succeed_count, &count, count - 1))
        continue;
    return count != 0;
}

void *heap_alloc(size_t count, size_t size)
{
    return heap_watch(heap_may_give(size_mul(count, size)) ? calloc(count, size) : NULL);
}

void *heap_resize(void *old, size_t count, size_t size)
{
    if (!heap_may_give(size_mul(count, size)))
        return NULL;
    heap_unwatch(old);
    return heap_watch(realloc(old, size_mul(count, size)));
}

char *heap_copy_text(const char *text, size_t length)
{
    char *copy = heap_alloc(size_add(length, 1), 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void heap_free(void *memory)
{
    heap_unwatch(memory);
    free(memory);
}

void heap_trim(void)
{
}

#endif

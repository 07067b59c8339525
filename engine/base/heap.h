/*
 * heap - the only user of malloc: zeroed memory, sizes that cannot wrap, NULL when memory is exhausted.
 *
 * Any thread. Memory from heap_* is freed with heap_free by its one owner. A saturated or huge product of count and
 * size is refused like exhausted memory. Callers turn NULL into -ENOMEM.
 */
#ifndef ENGINE_BASE_HEAP_H
#define ENGINE_BASE_HEAP_H

#include <stddef.h>

/* `count` zeroed objects of `size` bytes; never called with 0. */
void *heap_alloc(size_t count, size_t size);

/* Changes the number of objects; new bytes are not zeroed; on failure NULL, and `old` stays as it was. */
void *heap_resize(void *old, size_t count, size_t size);

/* A copy of `length` bytes and a NUL. */
char *heap_copy_text(const char *text, size_t length);

void heap_free(void *memory);

/* Returns freed memory to the system, after much of it was freed. May take milliseconds. */
void heap_trim(void);

#endif

#include "engine/base/heap.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *heap_alloc(size_t count, size_t size)
{
    must(count > 0);
    must(size > 0);
    return size_mul(count, size) > PTRDIFF_MAX ? NULL : calloc(count, size);
}

void *heap_resize(void *old, size_t count, size_t size)
{
    must(count > 0);
    must(size > 0);
    size_t bytes = size_mul(count, size);
    return bytes > PTRDIFF_MAX ? NULL : realloc(old, bytes);
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
    free(memory);
}

void heap_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

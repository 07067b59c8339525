#include "tests/support/counting_heap.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t taken_count;
static size_t held_count;
static size_t successes_left = SIZE_MAX;

size_t heap_taken_count(void)
{
    return taken_count;
}

size_t heap_held_count(void)
{
    return held_count;
}

void heap_fail_after(size_t successes)
{
    successes_left = successes;
}

void heap_fail_never(void)
{
    successes_left = SIZE_MAX;
}

static bool may_take(size_t bytes)
{
    taken_count++;
    if (bytes > PTRDIFF_MAX || successes_left == 0)
        return false;
    successes_left -= successes_left != SIZE_MAX;
    return true;
}

void *heap_alloc(size_t count, size_t size)
{
    must(count > 0);
    must(size > 0);
    if (!may_take(size_mul(count, size)))
        return NULL;
    void *memory = calloc(count, size);
    held_count += memory != NULL;
    return memory;
}

void *heap_resize(void *old, size_t count, size_t size)
{
    must(count > 0);
    must(size > 0);
    if (!may_take(size_mul(count, size)))
        return NULL;
    void *memory = realloc(old, count * size);
    held_count += memory != NULL && old == NULL;
    return memory;
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
    held_count -= memory != NULL;
    free(memory);
}

void heap_trim(void)
{
}

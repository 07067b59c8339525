#include "engine/base/arena.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)16 * 1024)
#define ALIGNMENT alignof(max_align_t)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t size_max)
{
    *arena = (struct arena){ .size_max = size_max };
}

static struct arena_chunk *create_chunk(struct arena *arena, size_t size)
{
    size_t room = arena->size_max - arena->held_size;
    if (size > room)
        return NULL;
    size_t roomy = room < CHUNK_SIZE ? room : CHUNK_SIZE;
    size_t wanted = size > roomy ? size : roomy;
    struct arena_chunk *chunk = heap_alloc(1, size_add(sizeof *chunk, wanted));
    if (!chunk)
        return NULL;
    chunk->size = wanted;
    arena->held_size += wanted;
    return chunk;
}

/*
 * The next chunk with space for `size`: a kept one or a new one. Kept chunks that are too small are freed. Otherwise
 * a list that grows a little with every use would leave many unused chunks.
 */
static struct arena_chunk *next_chunk(struct arena *arena, size_t size)
{
    struct arena_chunk **link = arena->current ? &arena->current->next : &arena->first;
    while (*link && (*link)->size < size) {
        struct arena_chunk *small = *link;
        *link = small->next;
        arena->held_size -= small->size;
        heap_free(small);
    }
    if (!*link)
        *link = create_chunk(arena, size);
    return *link;
}

static bool fits(const struct arena *arena, size_t size)
{
    return arena->current && arena->used <= arena->current->size &&
           arena->current->size - arena->used >= size;
}

static void *take(struct arena *arena, size_t size)
{
    if (!fits(arena, size)) {
        struct arena_chunk *chunk = next_chunk(arena, size);
        if (!chunk)
            return NULL;
        arena->current = chunk;
        arena->used = 0;
    }
    void *piece = arena->current->bytes + arena->used;
    arena->used += size;
    return piece;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = size_add(size, ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded >= SIZE_MAX - ALIGNMENT)
        return NULL;
    arena->used = size_add(arena->used, ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return take(arena, rounded);
}

char *arena_copy_text(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = take(arena, size_add(length, 1));
    if (!copy)
        return NULL;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void free_chunks(struct arena *arena, struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *next = chunk->next;
        arena->held_size -= chunk->size;
        heap_free(chunk);
        chunk = next;
    }
}

void arena_trim(struct arena *arena)
{
    arena->current = NULL;
    arena->used = 0;
    if (!arena->first)
        return;
    free_chunks(arena, arena->first->next);
    arena->first->next = NULL;
}

void arena_fini(struct arena *arena)
{
    if (!arena)
        return;
    free_chunks(arena, arena->first);
    must(arena->held_size == 0);
    *arena = (struct arena){ 0 };
}

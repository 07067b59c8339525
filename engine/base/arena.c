#include "engine/base/arena.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <stdalign.h>
#include <stdint.h>

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

static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t wanted = size > CHUNK_SIZE ? size : CHUNK_SIZE;
    if (size_add(arena->held_size, wanted) > arena->size_max)
        return NULL;
    struct arena_chunk *chunk = heap_alloc(1, size_add(sizeof *chunk, wanted));
    if (!chunk)
        return NULL;
    chunk->size = wanted;
    arena->held_size += wanted;
    if (arena->current) {
        chunk->next = arena->current->next;
        arena->current->next = chunk;
    } else {
        chunk->next = arena->first;
        arena->first = chunk;
    }
    return chunk;
}

/* The next chunk with room for `size`, kept from before or new. */
static struct arena_chunk *next_chunk(struct arena *arena, size_t size)
{
    struct arena_chunk *next = arena->current ? arena->current->next : arena->first;
    return next && next->size >= size ? next : add_chunk(arena, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = size_add(size, ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded >= SIZE_MAX - ALIGNMENT)
        return NULL;
    if (!arena->current || arena->current->size - arena->used < rounded) {
        struct arena_chunk *chunk = next_chunk(arena, rounded);
        if (!chunk)
            return NULL;
        arena->current = chunk;
        arena->used = 0;
    }
    void *piece = arena->current->bytes + arena->used;
    arena->used += rounded;
    return piece;
}

void arena_reset(struct arena *arena)
{
    arena->current = NULL;
    arena->used = 0;
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
    arena_reset(arena);
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

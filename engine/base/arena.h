/*
 * arena - memory that is allocated piece by piece and freed all at once.
 *
 * Grows in chunks, of which arena_trim keeps one, and arena_fini none. For data that lives exactly as long as one
 * response: a parsed document, a temporary list. One thread at a time. Pieces are aligned for any type, not zeroed.
 */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *first;
    struct arena_chunk *current;
    size_t used;      /* bytes used of `current` */
    size_t held_size; /* bytes of all chunks */
    size_t size_max;  /* maximum of `held_size`; beyond: NULL */
};

void arena_init(struct arena *arena, size_t size_max);

/* NULL when memory is exhausted or the arena would exceed its maximum. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `length` bytes and a NUL, directly behind the last piece; NULL as above. */
char *arena_copy_text(struct arena *arena, const char *bytes, size_t length);

/* Invalidates all pieces. Keeps at most one chunk, so that one huge response does not hold its memory for ever. */
void arena_trim(struct arena *arena);

void arena_fini(struct arena *arena);

#endif

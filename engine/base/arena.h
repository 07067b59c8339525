/*
 * arena - memory that is taken piece by piece and given back all at once.
 *
 * Grows in chunks, keeps them over a reset, frees them in arena_fini. For what lives exactly as long as one answer: a
 * parsed document, a list that is looked at once. One thread at a time. Pieces are aligned for any type, not zeroed.
 */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *first;
    struct arena_chunk *current;
    size_t used;      /* bytes taken from `current` */
    size_t held_size; /* bytes of all chunks */
    size_t size_max;  /* it never holds more; beyond: NULL */
};

void arena_init(struct arena *arena, size_t size_max);

/* NULL when memory is exhausted or the arena would outgrow its maximum. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of `length` bytes and a NUL, close behind the last piece; NULL as above. */
char *arena_copy_text(struct arena *arena, const char *bytes, size_t length);

/* Everything taken is void; the chunks stay for the next use. */
void arena_reset(struct arena *arena);

/* Keeps one chunk at most, so that one huge answer is not paid for ever. */
void arena_trim(struct arena *arena);

void arena_fini(struct arena *arena);

#endif

/*
 * past_tape - what passes have changed of blocks of memory, so that passes can be taken back, and done again.
 *
 * A change of a block is kept as the bytes that differ, with their differences: the same change leads from the values
 * before to those after it, and back. The blocks belong to the caller and have a key; between two calls they
 * have the values of the pass at which the tape stands.
 *
 * Owns its memory, at most as much as it was created with: beyond, the oldest passes are dropped. Without memory, all
 * of them are. One thread at a time.
 */
#ifndef ENGINE_RUN_PAST_PAST_TAPE_H
#define ENGINE_RUN_PAST_PAST_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct past_tape;

/* -ENOMEM. */
int past_tape_create(size_t size_max, struct past_tape **ret_tape);
void past_tape_destroy(struct past_tape *tape);

/* No pass can be taken back any more. */
void past_tape_clear(struct past_tape *tape);

/* A pass begins. Those that were taken back are dropped. */
void past_tape_begin(struct past_tape *tape);

/* The block with this key was `before`, and is `after`. Sizes are multiples of 8. */
void past_tape_note(struct past_tape *tape, uint32_t key, const void *before, const void *after,
                    size_t size);

/* How many passes can be taken back, or done again. */
size_t past_tape_behind(const struct past_tape *tape);
size_t past_tape_ahead(const struct past_tape *tape);

struct past_change;

/* Changes a block with the key of the change, in the caller's memory: past_tape_apply on its bytes. */
typedef void past_tape_visit(void *context, uint32_t key, const struct past_change *change);
void past_tape_apply(const struct past_change *change, void *block, size_t size);

/* Takes the pass back at which the tape stands, or does the next one again: every change of it. There has to be one. */
void past_tape_back(struct past_tape *tape, past_tape_visit *visit, void *context);
void past_tape_again(struct past_tape *tape, past_tape_visit *visit, void *context);

#endif

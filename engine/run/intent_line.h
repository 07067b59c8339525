/*
 * intent_line - the scales that are between the decision and the request: recorded, or being recorded.
 *
 *     being recorded ---> stored ---> (sent, or known not to be sent)
 *
 * In the order of their tickets. At most one for each slot, and at most as many as it was created for. Engine thread
 * only.
 */
#ifndef ENGINE_RUN_INTENT_LINE_H
#define ENGINE_RUN_INTENT_LINE_H

#include "engine/core/order_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intent {
    uint64_t ticket;
    uint32_t slot;
    bool is_stored;
    bool is_repeat; /* a request with its key was sent before */
    char key[KEY_SIZE];
};

struct intent_line {
    struct intent *intents;
    size_t count;
    size_t capacity;
};

/* -ENOMEM. */
int intent_line_init(struct intent_line *line, size_t capacity);
void intent_line_fini(struct intent_line *line);

/* False: no room. */
bool intent_line_add(struct intent_line *line, const struct intent *intent);

/* The first one that is being recorded, with a ticket up to this one; NULL: none. */
struct intent *intent_line_next(struct intent_line *line, uint64_t last_ticket);

/* Accepts NULL. */
void intent_line_remove(struct intent_line *line, struct intent *intent);
struct intent *intent_line_find(struct intent_line *line, uint32_t slot);

#endif

/*
 * agenda - when something happens to one deployment's hosts, once for each of them: a heap of moments.
 *
 * Takes no memory until something is reserved and keeps what it has; eight bytes a moment, since a simulated fleet has
 * an agenda or two per deployment. The owner calls agenda_fini; a zeroed agenda is an empty one. One thread at a time.
 */
#ifndef ENGINE_SIM_AGENDA_H
#define ENGINE_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda {
    int64_t *moments_ms; /* the earliest first; otherwise in heap order */
    uint32_t count;
    uint32_t capacity;
};

/* Room for `more` moments beyond those that are there. -ENOMEM: nothing changed. */
int agenda_reserve(struct agenda *agenda, size_t more);

/* Needs room that was reserved. */
void agenda_add(struct agenda *agenda, int64_t due_ms);

/* Takes out the earliest moment if it is due. */
bool agenda_take_due(struct agenda *agenda, int64_t now_ms);

/* Forgets the `count` latest moments. Sorts all that are there. */
void agenda_forget_latest(struct agenda *agenda, size_t count);

void agenda_fini(struct agenda *agenda);

#endif

/*
 * agenda - the moments at which something happens to one deployment's hosts, one per host: a heap.
 *
 * Allocates nothing until something is reserved and keeps its memory. Eight bytes a moment, because a simulated fleet
 * has one or two agendas per deployment. The owner calls agenda_fini; a zeroed agenda is an empty one. One thread at
 * a time.
 */
#ifndef ENGINE_SIM_AGENDA_H
#define ENGINE_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda {
    int64_t *moments_ms; /* earliest first; the rest in heap order */
    uint32_t count;
    uint32_t capacity;
};

/* Reserves space for `more` additional moments. -ENOMEM: nothing changed. */
int agenda_reserve(struct agenda *agenda, size_t more);

/* The space must be reserved. */
void agenda_add(struct agenda *agenda, int64_t due_ms);

/* Removes the earliest moment if it is due. */
bool agenda_take_due(struct agenda *agenda, int64_t now_ms);

/* Removes the `count` latest moments. Sorts the agenda. */
void agenda_forget_latest(struct agenda *agenda, size_t count);

void agenda_fini(struct agenda *agenda);

#endif

/*
 * past_arrival - how deployments were before they were brought up to the moment that is shown: it can be undone.
 *
 * Zeroed memory is empty. At most PAST_ARRIVAL_SIZE_MAX bytes; beyond, and without memory, it is lost. One thread at a
 * time.
 */
#ifndef ENGINE_RUN_PAST_PAST_ARRIVAL_H
#define ENGINE_RUN_PAST_PAST_ARRIVAL_H

#include "engine/core/fleet.h"

#define PAST_ARRIVAL_SIZE_MAX ((size_t)64 * 1024 * 1024)

struct arrived {
    uint32_t slot;
    uint32_t last_pass;
    struct mono status_at;
    uint32_t cell_count; /* of the history */
};

struct past_arrival {
    bool is_there; /* a moment is shown */
    bool is_lost;
    struct arrived *list;
    size_t count;
    size_t room;
    uint8_t *cells;
    size_t cells_size;
    size_t cells_room;
};

void past_arrival_fini(struct past_arrival *arrival);

/* Before the deployment is brought up to `turn`, which writes so many cells of its history. */
void past_arrival_keep(struct past_arrival *arrival, struct deployment *deployment, uint32_t turn,
                       uint32_t cell_count);

/* All deployments are as before, unless it is lost: then false, and they stay as they are. It is empty then. */
bool past_arrival_undo(struct past_arrival *arrival, struct fleet *fleet, uint32_t turn);

/* The deployments stay as they are. */
void past_arrival_forget(struct past_arrival *arrival);

#endif

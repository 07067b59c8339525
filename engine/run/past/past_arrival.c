#include "engine/run/past/past_arrival.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <string.h>

#define ROOM_MIN 1024

void past_arrival_forget(struct past_arrival *arrival)
{
    arrival->is_there = false;
    arrival->is_lost = false;
    arrival->count = 0;
    arrival->cells_size = 0;
}

void past_arrival_fini(struct past_arrival *arrival)
{
    heap_free(arrival->list);
    heap_free(arrival->cells);
    *arrival = (struct past_arrival){ 0 };
}

/* NULL: no memory, or too much of it. */
static void *grow(void *array, size_t *room, size_t needed, size_t size)
{
    size_t larger = *room < ROOM_MIN ? ROOM_MIN : *room;
    if (needed <= *room)
        return array;
    while (larger < needed)
        larger += larger / 2;
    void *resized = larger * size > PAST_ARRIVAL_SIZE_MAX ? NULL : heap_resize(array, larger, size);
    *room = resized ? larger : *room;
    return resized;
}

static bool reserve(struct past_arrival *arrival, size_t cells)
{
    struct arrived *list =
        grow(arrival->list, &arrival->room, arrival->count + 1, sizeof *arrival->list);
    arrival->list = list ? list : arrival->list;
    uint8_t *bytes = grow(arrival->cells, &arrival->cells_room, arrival->cells_size + cells, 1);
    arrival->cells = bytes ? bytes : arrival->cells;
    return list && (bytes || cells == 0);
}

void past_arrival_keep(struct past_arrival *arrival, struct deployment *deployment, uint32_t turn,
                       uint32_t cell_count)
{
    must(cell_count <= HISTORY_LENGTH);
    if (arrival->is_lost || !reserve(arrival, (size_t)cell_count * HISTORY_CELL_SIZE)) {
        arrival->is_lost = true;
        return;
    }
    arrival->list[arrival->count++] = (struct arrived){ deployment->slot, deployment->last_pass,
                                                        deployment->status_at, cell_count };
    for (uint32_t i = 0; i < cell_count; i++) {
        memcpy(arrival->cells + arrival->cells_size, history_cell(&deployment->history, turn - i),
               HISTORY_CELL_SIZE);
        arrival->cells_size += HISTORY_CELL_SIZE;
    }
}

static void undo(const struct arrived *arrived, struct deployment *deployment, uint32_t turn,
                 const uint8_t *cells)
{
    if (arrived->cell_count > 0)
        deployment->history.last_pass = arrived->last_pass;
    deployment->last_pass = arrived->last_pass;
    deployment->status_at = arrived->status_at;
    for (uint32_t i = 0; i < arrived->cell_count; i++)
        memcpy(history_cell(&deployment->history, turn - i), cells + (size_t)i * HISTORY_CELL_SIZE,
               HISTORY_CELL_SIZE);
}

bool past_arrival_undo(struct past_arrival *arrival, struct fleet *fleet, uint32_t turn)
{
    bool is_lost = arrival->is_lost;
    const uint8_t *cells = arrival->cells;
    for (size_t i = 0; !is_lost && i < arrival->count; i++) {
        const struct arrived *arrived = &arrival->list[i];
        struct deployment *deployment = fleet_at(fleet, arrived->slot);
        must(deployment);
        undo(arrived, deployment, turn, cells);
        cells += (size_t)arrived->cell_count * HISTORY_CELL_SIZE;
        fleet_mark(fleet, arrived->slot);
    }
    past_arrival_forget(arrival);
    return !is_lost;
}

#include "engine/remote/slot_map.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/command.h"

#include <errno.h>
#include <string.h>

#define COUNT_MIN 256

void slot_map_fini(struct slot_map *map)
{
    heap_free(map->shown);
    heap_free(map->is_taken);
    *map = (struct slot_map){ 0 };
}

int slot_map_reserve(struct slot_map *map, size_t slot_count)
{
    size_t count = map->count > 0 ? map->count : COUNT_MIN;
    while (count < slot_count)
        count *= 2;
    if (count == map->count)
        return 0;
    uint32_t *shown = heap_resize(map->shown, count, sizeof *shown);
    if (!shown)
        return -ENOMEM;
    map->shown = shown;
    bool *is_taken = heap_resize(map->is_taken, count, sizeof *is_taken);
    if (!is_taken)
        return -ENOMEM;
    map->is_taken = is_taken;
    for (size_t slot = map->count; slot < count; slot++) {
        shown[slot] = SLOT_NONE;
        is_taken[slot] = false;
    }
    map->count = count;
    return 0;
}

void slot_map_clear(struct slot_map *map)
{
    for (size_t slot = 0; slot < map->count; slot++) {
        map->shown[slot] = SLOT_NONE;
        map->is_taken[slot] = false;
    }
    map->taken_count = 0;
    map->free_from = 0;
}

uint32_t slot_map_get(const struct slot_map *map, uint32_t slot)
{
    return map->shown[slot];
}

bool slot_map_is_free(const struct slot_map *map, uint32_t shown)
{
    return shown < map->count && !map->is_taken[shown];
}

/* There is one: as many can be taken as there are slots. */
static uint32_t first_free(struct slot_map *map)
{
    while (map->is_taken[map->free_from])
        map->free_from++;
    return map->free_from;
}

uint32_t slot_map_give(struct slot_map *map, uint32_t slot, uint32_t wanted)
{
    must(slot < map->count);
    must(map->shown[slot] == SLOT_NONE);
    uint32_t given = slot_map_is_free(map, wanted) ? wanted : first_free(map);
    map->shown[slot] = given;
    map->is_taken[given] = true;
    if (map->taken_count <= given)
        map->taken_count = (size_t)given + 1;
    return given;
}

#include "engine/control/change_order.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/command.h"

#include <errno.h>

#define COUNT_MIN 256

void change_order_init(struct change_order *order)
{
    *order = (struct change_order){ .oldest = SLOT_NONE, .newest = SLOT_NONE };
}

void change_order_fini(struct change_order *order)
{
    heap_free(order->places);
    change_order_init(order);
}

int change_order_reserve(struct change_order *order, size_t slot_count)
{
    size_t count = order->count > 0 ? order->count : COUNT_MIN;
    while (count < slot_count)
        count *= 2;
    if (count == order->count)
        return 0;
    struct change_place *places = heap_resize(order->places, count, sizeof *places);
    if (!places)
        return -ENOMEM;
    for (size_t slot = order->count; slot < count; slot++)
        places[slot] = (struct change_place){ .older = SLOT_NONE, .newer = SLOT_NONE };
    order->places = places;
    order->count = count;
    return 0;
}

static void take_out(struct change_order *order, const struct change_place *place)
{
    if (place->older == SLOT_NONE)
        order->oldest = place->newer;
    else
        order->places[place->older].newer = place->newer;
    if (place->newer == SLOT_NONE)
        order->newest = place->older;
    else
        order->places[place->newer].older = place->older;
}

void change_order_touch(struct change_order *order, uint32_t slot)
{
    must(slot < order->count);
    struct change_place *place = &order->places[slot];
    if (place->seq != 0)
        take_out(order, place);
    *place =
        (struct change_place){ .seq = ++order->seq, .older = order->newest, .newer = SLOT_NONE };
    if (order->newest == SLOT_NONE)
        order->oldest = slot;
    else
        order->places[order->newest].newer = slot;
    order->newest = slot;
}

uint32_t change_order_after(const struct change_order *order, uint64_t seq)
{
    uint32_t found = SLOT_NONE;
    if (seq == 0)
        return order->oldest;
    for (uint32_t slot = order->newest; slot != SLOT_NONE && order->places[slot].seq > seq;
         slot = order->places[slot].older)
        found = slot;
    return found;
}

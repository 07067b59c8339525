/*
 * change_order - the slots of a fleet in the order of their last change, for any number of readers.
 *
 * A slot that changes goes to the end, under the next sequence number. A reader that has everything up to a number
 * goes on from there: what it has missed is each slot once, however often it has changed. So a whole copy is what is
 * behind number 0, and no reader needs memory of its own.
 *
 * Owns its table. -ENOMEM: nothing changed. One thread at a time.
 */
#ifndef ENGINE_CONTROL_CHANGE_ORDER_H
#define ENGINE_CONTROL_CHANGE_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct change_place {
    uint64_t seq; /* 0: never changed */
    uint32_t older;
    uint32_t newer;
};

/* Set up by change_order_init. */
struct change_order {
    struct change_place *places; /* by slot */
    size_t count;
    uint32_t oldest; /* SLOT_NONE: none has changed */
    uint32_t newest;
    uint64_t seq; /* of the newest */
};

void change_order_init(struct change_order *order);
void change_order_fini(struct change_order *order);

int change_order_reserve(struct change_order *order, size_t slot_count);

/* The slot has changed. It is reserved. */
void change_order_touch(struct change_order *order, uint32_t slot);

/* The slot with the lowest number above `seq`; SLOT_NONE: there is none. Takes as long as there are such slots. */
uint32_t change_order_after(const struct change_order *order, uint64_t seq);

/* The slot that changed next; SLOT_NONE: this is the newest. */
static inline uint32_t change_order_newer(const struct change_order *order, uint32_t slot)
{
    return order->places[slot].newer;
}

#endif

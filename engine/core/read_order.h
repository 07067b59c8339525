/*
 * read_order - the order in which a pass reads the deployments.
 *
 * First those whose status is the oldest, counted in passes; after every second read in a row that a rate limit has
 * refused, by their last attempt. Last those with a failed last read, the longest untried first. Otherwise by slot.
 * Owns its memory, which grows with the fleet. One thread at a time.
 */
#ifndef ENGINE_CORE_READ_ORDER_H
#define ENGINE_CORE_READ_ORDER_H

#include "engine/core/fleet.h"

#include <stddef.h>
#include <stdint.h>

struct read_order {
    uint32_t *slots;
    uint8_t *keys; /* by slot; for read_order_build */
    size_t room;
    size_t count;
    size_t failing_from; /* index of the first deployment with a failed last read */
    size_t next;         /* index of the next one to visit; `failing_from`: none */
    size_t next_failing; /* the same of those with a failed last read; `count`: none */
    struct unread {
        int32_t deployments; /* without a status in the last UNREAD_PASSES passes */
        uint32_t slot;       /* the longest unread of them */
        int32_t passes;      /* begun since its last status, up to 255 */
    } unread;
};

#define UNREAD_PASSES 8

/* -ENOMEM: nothing changed. Never shrinks. */
int read_order_reserve(struct read_order *order, size_t slot_count);

/* For the pass with this number. Counts it as unread for every listed deployment. Room for all slots is reserved. */
void read_order_build(struct read_order *order, const struct fleet *fleet, uint32_t pass);

static inline bool read_order_has_failing(const struct read_order *order)
{
    return order->next_failing < order->count;
}

static inline bool read_order_has_others(const struct read_order *order)
{
    return order->next < order->failing_from;
}

static inline bool read_order_is_done(const struct read_order *order)
{
    return !read_order_has_others(order) && !read_order_has_failing(order);
}

/* The rest is not visited. */
static inline void read_order_cut(struct read_order *order)
{
    order->next = order->failing_from;
    order->next_failing = order->count;
}

void read_order_fini(struct read_order *order);

#endif

/*
 * past_orders - the scale requests of a deployment of the past, counted for a comparison of two moments.
 *
 * Plain values.
 */
#ifndef ENGINE_RUN_PAST_PAST_ORDERS_H
#define ENGINE_RUN_PAST_PAST_ORDERS_H

#include <stdint.h>

/* The scale requests of a deployment since past_fleet_count_orders. */
struct past_orders {
    int32_t orders;
    int64_t added; /* hosts */
    int64_t removed;
};

#endif

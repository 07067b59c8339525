/*
 * past_image - all that passes change of one deployment of the past, as plain bytes without pointers that move.
 *
 * An image is taken before and after a change: what differs goes onto a past_tape, and leads back. The id, the detail
 * and the policies of a deployment outlive its images. Plain values; one thread at a time.
 */
#ifndef ENGINE_RUN_PAST_PAST_IMAGE_H
#define ENGINE_RUN_PAST_PAST_IMAGE_H

#include "engine/core/fleet.h"
#include "engine/run/past/past_orders.h"

/* Pending orders, unconfirmed ones, and the one of the last pass. */
#define PAST_ORDERS_MAX 3

/* What is known of a deployment beside the fleet. */
struct past_place {
    uint32_t group; /* the last one that has shown its deployment */
    uint32_t site;  /* its slot of the recording */
    struct past_orders orders;
    struct status counted; /* what it adds to the sums */
    int32_t counted_pending;
};

struct past_image {
    struct deployment deployment; /* its pointers, but the policies, are NULL */
    struct past_place place;
    struct mono sent[PAST_ORDERS_MAX]; /* of the ledger */
    int32_t deltas[PAST_ORDERS_MAX];
    uint8_t order_count;
    uint8_t ledger_state;
    bool has_ledger;
    uint8_t outcome;
};

void past_image_take(const struct deployment *deployment, const struct past_place *place,
                     uint8_t outcome, struct past_image *ret_image);

/* Without memory for it, the deployment has no ledger. */
void past_image_put(const struct past_image *image, struct fleet *fleet,
                    struct deployment *deployment, struct past_place *place);

#endif

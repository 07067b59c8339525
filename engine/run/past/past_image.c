#include "engine/run/past/past_image.h"

#include "engine/base/panic.h"

#include <string.h>

_Static_assert(sizeof(struct past_image) % sizeof(uint64_t) == 0, "whole words");

static void take_ledger(const struct ledger *ledger, struct past_image *image)
{
    if (!ledger)
        return;
    must(ledger->count <= PAST_ORDERS_MAX);
    image->has_ledger = true;
    image->order_count = ledger->count;
    image->ledger_state = ledger->state;
    for (size_t i = 0; i < ledger->count; i++) {
        image->deltas[i] = ledger->entries[i].delta;
        image->sent[i] = ledger->entries[i].sent;
    }
}

void past_image_take(const struct deployment *deployment, const struct past_place *place,
                     uint8_t outcome, struct past_image *ret_image)
{
    memset(ret_image, 0, sizeof *ret_image); /* the padding counts */
    memcpy(&ret_image->deployment, deployment, sizeof *deployment);
    memcpy(&ret_image->place, place, sizeof *place);
    ret_image->deployment.id = NULL;
    ret_image->deployment.detail = NULL;
    ret_image->deployment.ledger = NULL;
    ret_image->outcome = outcome;
    take_ledger(deployment->ledger, ret_image);
}

static void put_ledger(const struct past_image *image, struct fleet *fleet,
                       struct deployment *deployment)
{
    fleet_close_ledger(fleet, deployment);
    struct ledger *ledger = image->has_ledger ? fleet_open_ledger(fleet, deployment) : NULL;
    if (!ledger)
        return;
    ledger->count = image->order_count;
    ledger->state = image->ledger_state;
    for (size_t i = 0; i < ledger->count; i++)
        ledger->entries[i] =
            (struct ledger_entry){ .delta = image->deltas[i], .sent = image->sent[i] };
    fleet_rest_ledger(fleet, deployment);
}

void past_image_put(const struct past_image *image, struct fleet *fleet,
                    struct deployment *deployment, struct past_place *place)
{
    char *id = deployment->id;
    char *detail = deployment->detail;
    struct ledger *ledger = deployment->ledger;
    memcpy(deployment, &image->deployment, sizeof *deployment);
    memcpy(place, &image->place, sizeof *place);
    deployment->id = id;
    deployment->detail = detail;
    deployment->ledger = ledger;
    put_ledger(image, fleet, deployment);
}

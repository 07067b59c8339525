#include "engine/core/read_order.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>

/* Keys, in the order of reading: 0 is read first. Passes beyond AGE_MAX count as AGE_MAX. */
#define AGE_MAX 126
#define KEY_FAILING (AGE_MAX + 1)
#define KEY_COUNT (KEY_FAILING + KEY_FAILING)
#define KEY_NONE UINT8_MAX

int read_order_reserve(struct read_order *order, size_t slot_count)
{
    if (slot_count <= order->room)
        return 0;
    uint32_t *slots = heap_alloc(slot_count, sizeof *slots);
    uint8_t *keys = heap_alloc(slot_count, sizeof *keys);
    if (!slots || !keys) {
        heap_free(slots);
        heap_free(keys);
        return -ENOMEM;
    }
    for (size_t i = 0; i < order->count; i++)
        slots[i] = order->slots[i];
    heap_free(order->slots);
    heap_free(order->keys);
    order->slots = slots;
    order->keys = keys;
    order->room = slot_count;
    return 0;
}

/*
 * Those that are refused again and again are tried in turn every second time: they must not keep the others from being
 * tried. In turn every time, some would always come when the limit is reached.
 */
static uint32_t age_of(const struct deployment *deployment, uint32_t pass)
{
    bool is_by_turn = deployment->is_failing ||
                      (deployment->limited_count > 0 && deployment->limited_count % 2 == 0);
    return is_by_turn ? pass - deployment->last_pass : deployment->unread_passes;
}

static uint8_t key_of(const struct deployment *deployment, uint32_t pass)
{
    if (!deployment || !deployment->is_listed)
        return KEY_NONE;
    uint8_t key = (uint8_t)(AGE_MAX - min_i64(age_of(deployment, pass), AGE_MAX));
    return deployment->is_failing ? (uint8_t)(KEY_FAILING + key) : key;
}

static void count_pass(struct unread *unread, struct deployment *deployment)
{
    if (!deployment->is_listed || deployment->definition_fault != REASON_NONE) {
        deployment->unread_passes = 0;
        return;
    }
    if (deployment->unread_passes >= UNREAD_PASSES)
        unread->deployments++;
    if (deployment->unread_passes > unread->passes)
        *unread =
            (struct unread){ unread->deployments, deployment->slot, deployment->unread_passes };
    deployment->unread_passes = (uint8_t)min_i64(deployment->unread_passes + 1, UINT8_MAX);
}

/* The keys are stored, since deployments are scattered in memory. */
void read_order_build(struct read_order *order, const struct fleet *fleet, uint32_t pass)
{
    /* ends[key] is where the slots of that key begin, and then where they end */
    size_t ends[KEY_COUNT + 1] = { 0 };
    size_t slot_count = fleet_slot_count(fleet);
    must(slot_count <= order->room);
    order->unread = (struct unread){ 0 };
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (deployment)
            count_pass(&order->unread, deployment);
        order->keys[slot] = key_of(deployment, pass);
        if (order->keys[slot] != KEY_NONE)
            ends[order->keys[slot] + 1]++;
    }
    for (size_t key = 1; key <= KEY_COUNT; key++)
        ends[key] += ends[key - 1];
    order->next = 0;
    order->count = ends[KEY_COUNT];
    order->failing_from = ends[KEY_FAILING];
    order->next_failing = order->failing_from;
    for (uint32_t slot = 0; slot < slot_count; slot++)
        if (order->keys[slot] != KEY_NONE)
            order->slots[ends[order->keys[slot]]++] = slot;
}

void read_order_fini(struct read_order *order)
{
    heap_free(order->slots);
    heap_free(order->keys);
    *order = (struct read_order){ 0 };
}

#include "engine/metrics/below_target.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/core/deployment_state.h"

#include <string.h>

#define NOT_KNOWN (-1)

/* FNV-1a. */
static uint32_t hash(const char *id)
{
    uint32_t sum = 2166136261u;
    for (; *id != '\0'; id++)
        sum = (sum ^ (unsigned char)*id) * 16777619u;
    return sum;
}

void below_target_fini(struct below_target *below)
{
    heap_free(below->slots);
    *below = (struct below_target){ 0 };
}

static bool reserve(struct below_target *below, uint32_t slot)
{
    if (slot < below->room)
        return true;
    size_t room = size_add(size_mul(below->room, 2), FLEET_SLAB);
    room = room > slot ? room : (size_t)slot + 1;
    struct below_slot *slots = heap_resize(below->slots, room, sizeof *slots);
    if (!slots)
        return false;
    memset(slots + below->room, 0, (room - below->room) * sizeof *slots);
    below->slots = slots;
    below->room = room;
    return true;
}

static bool is_below(const struct deployment *deployment)
{
    const struct status *status = &deployment->status;
    int64_t target_ppb = deployment_target_ppb(deployment);
    if (status->total_servers == 0)
        return status_is_starved(status, (int32_t)target_ppb);
    return (int64_t)status->free_servers * SHARE_WHOLE < target_ppb * status->total_servers;
}

void below_target_observe(struct below_target *below, const struct deployment *deployment)
{
    if (!reserve(below, deployment->slot))
        return;
    struct below_slot *slot = &below->slots[deployment->slot];
    uint32_t id_hash = hash(deployment->id);
    int64_t at_ms = deployment->read_started.ms;
    if (slot->id_hash != id_hash)
        *slot = (struct below_slot){ .id_hash = id_hash, .since_ms = NOT_KNOWN };
    if (slot->is_below && slot->since_ms != NOT_KNOWN)
        slot->below_ms += max_i64(0, at_ms - slot->since_ms);
    bool is_read = deployment->failure_count == 0 && deployment->input.fault == REASON_NONE;
    slot->since_ms = is_read ? at_ms : NOT_KNOWN;
    slot->is_below = is_read && is_below(deployment);
}

int64_t below_target_ms(const struct below_target *below, const struct deployment *deployment)
{
    if (deployment->slot >= below->room)
        return 0;
    const struct below_slot *slot = &below->slots[deployment->slot];
    return slot->id_hash == hash(deployment->id) ? slot->below_ms : 0;
}

/*
 * Scales that are recorded before they are sent.
 *
 *     EFFECT_RECORD ---> being recorded ---> recorded ---> EFFECT_SCALE
 *                              |                |
 *                              |                +--- not wanted any more ---> EFFECT_UNSENT
 *                              +--- not stored ---> dropped
 */
#include "engine/core/reconciler_state.h"

#include "engine/base/panic.h"

void reconciler_record_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                            bool is_stored)
{
    (void)now;
    struct deployment *deployment = fleet_at(reconciler->fleet, slot);
    must(deployment);
    must(is_recording(deployment));
    must(reconciler->recorded.count < (size_t)reconciler->recordings);
    reconciler->version++;
    if (is_stored) {
        slot_ring_put(&reconciler->recorded, slot);
        return;
    }
    struct effect unsent;
    reconciler_drop_recording(reconciler, deployment, REASON_STATE_UNAVAILABLE, &unsent);
}

/* No pass waits for a disk that does not answer. */
static void set_apart(struct reconciler *reconciler)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (!deployment || !is_recording(deployment) || deployment->ledger->is_apart)
            continue;
        deployment->ledger->is_apart = true;
        reconciler->outstanding -= !deployment->is_scale_manual;
    }
}

void reconciler_set_recordable(struct reconciler *reconciler, struct mono now, bool is_recordable)
{
    if (reconciler->is_unrecordable == !is_recordable)
        return;
    reconciler->is_unrecordable = !is_recordable;
    reconciler->unrecordable_at = now;
    reconciler->version++;
    if (!is_recordable && !reconciler->config.is_once)
        set_apart(reconciler);
}

static struct deployment *take_recorded(struct reconciler *reconciler)
{
    struct deployment *deployment =
        fleet_at(reconciler->fleet, slot_ring_take(&reconciler->recorded));
    must(deployment);
    must(is_recording(deployment));
    return deployment;
}

bool reconciler_next_recorded(struct reconciler *reconciler, struct mono now,
                              struct effect *ret_effect)
{
    if (reconciler->recorded.count == 0 || !has_scale_room(reconciler))
        return false;
    struct deployment *deployment = take_recorded(reconciler);
    enum reason reason = reconciler_look_again(reconciler, deployment, now);
    if (reason == REASON_NONE)
        reconciler_send_recorded(reconciler, deployment, now, ret_effect);
    else
        reconciler_drop_recording(reconciler, deployment, reason, ret_effect);
    return true;
}

void reconciler_drop_records(struct reconciler *reconciler)
{
    struct effect unsent;
    while (reconciler->recorded.count > 0)
        reconciler_drop_recording(reconciler, take_recorded(reconciler), REASON_STOPPING, &unsent);
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (deployment && is_recording(deployment))
            reconciler_drop_recording(reconciler, deployment, REASON_STOPPING, &unsent);
    }
}

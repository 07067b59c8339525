#include "engine/run/state_sweep.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/store/failpoint.h"

#define CAPACITY_MIN 16

void state_sweep_begin(struct state_sweep *sweep, const struct fleet *fleet, struct mono now)
{
    size_t count = fleet_slot_count(fleet);
    sweep->cursor = count > 0 ? (uint32_t)((uint64_t)now.ms % count) : 0;
}

void state_sweep_fini(struct state_sweep *sweep)
{
    heap_free(sweep->urgent);
    sweep->urgent = NULL;
}

void state_sweep_hurry(struct state_sweep *sweep, uint32_t slot)
{
    for (size_t i = 0; i < sweep->urgent_count; i++)
        if (sweep->urgent[i] == slot)
            return;
    if (sweep->urgent_count == sweep->urgent_capacity) {
        size_t capacity = sweep->urgent_capacity ? 2 * sweep->urgent_capacity : CAPACITY_MIN;
        uint32_t *grown = heap_resize(sweep->urgent, capacity, sizeof *grown);
        if (!grown)
            return;
        sweep->urgent = grown;
        sweep->urgent_capacity = capacity;
    }
    sweep->urgent[sweep->urgent_count++] = slot;
}

/* A state without anything worth keeping is empty: it replaces an earlier one. */
static bool put(struct state_sweep *sweep, const struct deployment *deployment,
                struct journal *journal, struct mono now)
{
    if (!deployment || deployment->is_entry || !deployment->is_listed)
        return true;
    struct record record = {
        .kind = RECORD_STATE,
        .at = stamp_now(),
        .state = {
            .deployment = deployment->id,
            .version = DEPLOYMENT_RECORD_VERSION,
            .blob = sweep->bytes,
            .blob_size = deployment_export(deployment, now, sweep->bytes, sizeof sweep->bytes),
        },
    };
    if (journal_put(journal, &record, NULL))
        return false;
    failpoint(FAILPOINT_STATE_GIVEN);
    return true;
}

static bool put_some(struct state_sweep *sweep, const struct fleet *fleet, struct journal *journal,
                     struct mono now, uint32_t count)
{
    while (sweep->left > 0 && count-- > 0) {
        if (sweep->cursor >= fleet_slot_count(fleet))
            sweep->cursor = 0;
        if (!put(sweep, fleet_at(fleet, sweep->cursor), journal, now))
            return false;
        sweep->cursor++;
        sweep->left--;
    }
    return true;
}

void state_sweep_restart(struct state_sweep *sweep, const struct fleet *fleet)
{
    sweep->left = (uint32_t)fleet_slot_count(fleet);
    sweep->is_urgent = false;
}

void state_sweep_hurry_all(struct state_sweep *sweep, const struct fleet *fleet)
{
    state_sweep_restart(sweep, fleet);
    sweep->is_urgent = true;
}

bool state_sweep_flush(struct state_sweep *sweep, const struct fleet *fleet,
                       struct journal *journal, struct mono now)
{
    while (sweep->urgent_count > 0) {
        uint32_t slot = sweep->urgent[sweep->urgent_count - 1];
        bool is_known = slot < fleet_slot_count(fleet);
        if (is_known && !put(sweep, fleet_at(fleet, slot), journal, now))
            return false;
        sweep->urgent_count--;
    }
    if (sweep->is_urgent && !put_some(sweep, fleet, journal, now, SWEEP_BURST))
        return false;
    sweep->is_urgent = sweep->is_urgent && sweep->left > 0;
    return !sweep->is_urgent;
}

void state_sweep_step(struct state_sweep *sweep, const struct fleet *fleet, struct journal *journal,
                      struct mono now)
{
    if (sweep->left == 0)
        state_sweep_restart(sweep, fleet);
    int64_t share = ceil_div((int64_t)fleet_slot_count(fleet) * SWEEP_STEP_MS, SWEEP_MS);
    put_some(sweep, fleet, journal, now, (uint32_t)share);
}

bool state_sweep_rest(struct state_sweep *sweep, const struct fleet *fleet, struct journal *journal,
                      struct mono now)
{
    return put_some(sweep, fleet, journal, now, sweep->left) && sweep->left == 0;
}

#include "engine/core/fleet_summary.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/core/deployment_state.h"
#include "engine/serving.h"

#include <errno.h>
#include <string.h>

/* Slots with memory that is prefetched: deployments are scattered, and each access would wait for memory. */
#define BATCH_SLOTS 32

void fleet_summary_fini(struct fleet_summary *summary)
{
    fleet_reader_detach(&summary->changes);
    heap_free(summary->figures);
    *summary = (struct fleet_summary){ 0 };
}

/* Of a size that is not known, all. */
static int32_t serving_hosts_of(const struct deployment *deployment, const struct status *status)
{
    return deployment->servers_per_host < 1
               ? status->current_hosts
               : serving_hosts(status->current_hosts, status->total_servers,
                               deployment->servers_per_host);
}

void deployment_figures_make(const struct deployment *deployment, bool is_all_paused,
                             struct deployment_figures *ret_figures)
{
    static const struct status unknown = { 0 };
    const struct status *status = deployment->has_status ? &deployment->status : &unknown;
    int32_t wanted_delta;
    struct shown_reasons reasons;
    struct state_facts facts;
    shown_reasons_make_with_delta(deployment, &reasons, &wanted_delta);
    deployment_state_facts(deployment, is_all_paused, wanted_delta, &facts);
    *ret_figures = (struct deployment_figures){
        .hosts = status->current_hosts,
        .serving_hosts = serving_hosts_of(deployment, status),
        .pending_hosts = ledger_pending_hosts(deployment->ledger),
        .total_servers = status->total_servers,
        .free_servers = status->free_servers,
        .wanted_delta = wanted_delta,
        .state = (uint8_t)state_of_facts(&facts),
        .base_state = (uint8_t)base_state_of_facts(&facts),
        .is_paused = deployment->is_operator_paused || deployment->policy->is_paused,
        .is_listed = deployment->is_listed,
        .is_used = true,
    };
    for (size_t i = 0; i < reasons.count; i++)
        ret_figures->reasons[i] = (uint8_t)reasons.list[i];
}

static void count(struct fleet_totals *totals, const struct deployment_figures *figures, int sign)
{
    if (!figures->is_used)
        return;
    totals->states[figures->state] += sign;
    if (!figures->is_listed)
        return;
    int64_t wanted = figures->is_paused ? 0 : figures->wanted_delta;
    totals->deployments += sign;
    totals->hosts += sign * (int64_t)figures->hosts;
    totals->serving_hosts += sign * (int64_t)figures->serving_hosts;
    totals->pending_hosts += sign * (int64_t)figures->pending_hosts;
    totals->servers += sign * (int64_t)figures->total_servers;
    totals->free_servers += sign * (int64_t)figures->free_servers;
    totals->paused += figures->is_paused ? sign : 0;
    totals->wanted_up += wanted > 0 ? sign : 0;
    totals->wanted_down += wanted < 0 ? sign : 0;
    totals->wanted_up_hosts += sign * max_i64(0, wanted);
    totals->wanted_down_hosts += sign * max_i64(0, -wanted);
}

static void update_slot(struct fleet_summary *summary, const struct fleet *fleet, uint32_t slot,
                        bool is_all_paused)
{
    struct deployment_figures *figures = &summary->figures[slot];
    const struct deployment *deployment = fleet_at(fleet, slot);
    count(&summary->totals, figures, -1);
    if (deployment)
        deployment_figures_make(deployment, is_all_paused, figures);
    else
        *figures = (struct deployment_figures){ 0 };
    count(&summary->totals, figures, 1);
}

static int reserve(struct fleet_summary *summary, const struct fleet *fleet)
{
    size_t slot_count = fleet_slot_count(fleet);
    if (slot_count <= summary->room)
        return 0;
    size_t room = slot_count + slot_count / 4;
    struct deployment_figures *figures = heap_resize(summary->figures, room, sizeof *figures);
    if (!figures)
        return -ENOMEM;
    memset(figures + summary->room, 0, (room - summary->room) * sizeof *figures);
    summary->figures = figures;
    summary->room = room;
    return 0;
}

/* Takes the next changes from `*slot` on; 0: there are no more. */
static size_t take_batch(struct fleet_summary *summary, const struct fleet *fleet, uint32_t *slot,
                         uint32_t ret_slots[BATCH_SLOTS])
{
    size_t taken = 0;
    while (taken < BATCH_SLOTS && *slot != SLOT_NONE) {
        *slot = fleet_reader_take(&summary->changes, *slot);
        if (*slot == SLOT_NONE)
            break;
        fleet_prefetch(fleet, *slot);
        __builtin_prefetch(&summary->figures[*slot]);
        ret_slots[taken++] = (*slot)++;
    }
    return taken;
}

static void prefetch_ledgers(const struct fleet *fleet, const uint32_t *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct deployment *deployment = fleet_at(fleet, slots[i]);
        if (deployment)
            deployment_prefetch_ledger(deployment);
    }
}

int fleet_summary_update(struct fleet_summary *summary, struct fleet *fleet, bool is_all_paused)
{
    int failed = summary->changes.changes ? 0 : fleet_attach_reader(fleet, &summary->changes);
    failed = failed ? failed : reserve(summary, fleet);
    if (failed)
        return failed;
    uint32_t slots[BATCH_SLOTS];
    uint32_t slot = 0;
    size_t taken;
    while ((taken = take_batch(summary, fleet, &slot, slots)) > 0) {
        prefetch_ledgers(fleet, slots, taken);
        for (size_t i = 0; i < taken; i++)
            update_slot(summary, fleet, slots[i], is_all_paused);
    }
    return 0;
}

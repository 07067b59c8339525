#include "engine/core/reconciler_state.h"

#include "engine/base/panic.h"

/* Counted anew from the deployments. */
struct tally {
    size_t deployments;
    int32_t listed;
    int32_t reads_in_flight;
    int32_t slow_in_flight;
    int32_t failing_in_flight;
    size_t retries_waiting;
    size_t scales_queued;
    int32_t scales_in_flight;
    int32_t recordings;
    int32_t outstanding;
};

static bool is_status_plausible(const struct status *status)
{
    return status->current_hosts >= 0 && status->free_servers >= 0 &&
           status->free_servers <= status->total_servers;
}

/* A request and its retry exclude each other, and so do a queued scale and one in flight. */
static bool is_deployment_consistent(const struct deployment *deployment)
{
    bool is_in_flight = ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT;
    return deployment->id && deployment->policy &&
           !(deployment->is_reading && deployment->is_retry_waiting) &&
           (deployment->is_reading || !deployment->is_read_slow) &&
           !(deployment->is_scale_queued && is_in_flight) &&
           (!deployment->has_status || is_status_plausible(&deployment->status)) &&
           (deployment->action == ACTION_SCALED || deployment->action == ACTION_DRY_RUN ||
            deployment->action == ACTION_FAILED || deployment->action == ACTION_UNCONFIRMED ||
            deployment->delta == 0);
}

static void count(const struct deployment *deployment, struct tally *tally)
{
    bool is_in_flight = ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT;
    bool is_scaling = deployment->is_scale_queued || is_in_flight;
    bool is_recording = is_in_flight && deployment->ledger->is_recording;
    bool is_apart = is_in_flight && deployment->ledger->is_apart;
    tally->deployments++;
    tally->listed += deployment->is_listed;
    tally->reads_in_flight += deployment->is_reading;
    tally->slow_in_flight += deployment->is_read_slow;
    tally->failing_in_flight += deployment->is_reading && deployment->is_failing;
    tally->retries_waiting += deployment->is_retry_waiting;
    tally->scales_queued += deployment->is_scale_queued;
    tally->scales_in_flight += is_in_flight && !is_recording;
    tally->recordings += is_recording;
    tally->outstanding += deployment->is_reading + deployment->is_retry_waiting;
    tally->outstanding += is_scaling && !deployment->is_scale_manual && !is_apart;
}

static bool is_probe_in_flight(const struct reconciler *reconciler)
{
    const struct deployment *deployment = fleet_at(reconciler->fleet, reconciler->probe_slot);
    return deployment && deployment->is_reading;
}

bool reconciler_is_consistent(const struct reconciler *reconciler)
{
    struct tally tally = { 0 };
    for (uint32_t slot = 0; slot < fleet_slot_count(reconciler->fleet); slot++) {
        const struct deployment *deployment = fleet_at(reconciler->fleet, slot);
        if (!deployment)
            continue;
        must(is_deployment_consistent(deployment));
        count(deployment, &tally);
    }
    must(tally.deployments == fleet_count(reconciler->fleet));
    must(tally.listed == reconciler->listed);
    must(tally.reads_in_flight == reconciler->slots.in_flight);
    must(tally.slow_in_flight == reconciler->slots.slow);
    must(tally.failing_in_flight == reconciler->slots.failing);
    must(tally.retries_waiting == reconciler->retries.count);
    must(tally.scales_queued == reconciler->scales.count);
    must(tally.scales_in_flight == reconciler->scales_in_flight);
    must(tally.recordings == reconciler->recordings);
    must(reconciler->recorded.count <= (size_t)reconciler->recordings);
    must(tally.outstanding == reconciler->outstanding);
    must(reconciler->probe_slot == SLOT_NONE || is_probe_in_flight(reconciler));
    return true;
}

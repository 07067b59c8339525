#include "engine/core/what_if.h"

#include "engine/core/intake.h"
#include "engine/core/reconciler_state.h"

static enum reason gate_of(const struct reconciler *reconciler, const struct deployment *deployment,
                           struct mono now)
{
    if (deployment->is_scale_queued || ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
        return REASON_REQUEST_IN_FLIGHT;
    if (ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED)
        return REASON_UNCONFIRMED;
    return intake_gate(deployment, &deployment->input.status,
                       reconciler_gate(reconciler, deployment, now));
}

bool what_if_input(const struct reconciler *reconciler, const struct deployment *deployment,
                   const struct policy *policy, struct mono now, struct decision_input *ret_input)
{
    struct deployment changed = *deployment;
    if (policy)
        changed.policy = policy;
    if (!deployment->is_listed || deployment->input.fault != REASON_NONE ||
        deployment->input.servers_per_host < 1 || deployment->servers_per_host < 1 ||
        intake_target_ppb(&changed) < 0)
        return false;
    *ret_input = deployment->input;
    ret_input->gate = gate_of(reconciler, &changed, now);
    ret_input->is_shrink_latched = now.ms < reconciler->latched_until.ms;
    intake_fill_input(&changed, now, reconciler->config.pass_interval_ms, ret_input);
    return true;
}

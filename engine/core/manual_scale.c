#include "engine/core/manual_scale.h"

#include "engine/base/arith.h"
#include "engine/core/explain.h"
#include "engine/core/intake.h"

static int64_t hosts_after(const struct deployment *deployment, int32_t delta)
{
    return (int64_t)deployment->status.current_hosts + ledger_pending_hosts(deployment->ledger) +
           delta;
}

static enum reason refusal_of(const struct deployment *deployment, int32_t delta, enum reason gate)
{
    if (gate != REASON_NONE)
        return gate;
    if (!deployment->is_listed)
        return REASON_GONE;
    if (deployment->definition_fault != REASON_NONE)
        return deployment->definition_fault;
    if (deployment->is_scale_queued || ledger_state(deployment->ledger) == LEDGER_IN_FLIGHT)
        return REASON_REQUEST_IN_FLIGHT;
    if (ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED)
        return REASON_UNCONFIRMED;
    if (!deployment->has_status)
        return REASON_STALE_STATUS;
    if (intake_target_ppb(deployment) < 0)
        return REASON_BAD_TARGET;
    return hosts_after(deployment, delta) < 0 ? REASON_MIN_HOSTS : REASON_NONE;
}

/*
 * The input that a pass would have now. Forecast and windows are those of the last decision. After a read that was not
 * used there are none, and only the highest desired hosts of the window are known.
 */
static void gather_input(const struct deployment *deployment, const struct manual_context *context,
                         struct decision_input *ret_input)
{
    *ret_input = deployment->input;
    if (deployment->input.fault != REASON_NONE)
        *ret_input = (struct decision_input){
            .desired_high =
                window_max_high(&deployment->desired_max, deployment->policy->scale_down_window_ms),
        };
    ret_input->fault = REASON_NONE;
    ret_input->gate = REASON_NONE;
    ret_input->status = deployment->status;
    ret_input->is_shrink_latched = context->is_shrink_latched;
    intake_fill_input(deployment, context->now, context->pass_interval_ms, ret_input);
}

static void add_objections(struct manual_check *check)
{
    const struct decision *decision = &check->decision;
    for (size_t i = 0; i < decision->step_count; i++) {
        if (decision->steps[i].verdict == VERDICT_OK)
            continue;
        check->objections[check->objection_count] = decision->steps[i].reason;
        check->steps[check->objection_count++] = i;
    }
}

void manual_check(const struct deployment *deployment, int32_t delta,
                  const struct manual_context *context, struct manual_check *ret_check)
{
    must(delta != 0);
    ret_check->refusal = refusal_of(deployment, delta, context->gate);
    ret_check->hosts = hosts_after(deployment, delta);
    ret_check->objection_count = 0;
    if (ret_check->refusal != REASON_NONE)
        return;
    gather_input(deployment, context, &ret_check->input);
    decide_proposed(&ret_check->input, delta, &ret_check->decision);
    add_objections(ret_check);
}

void manual_explain_refusal(const struct manual_check *check, struct text *text)
{
    must(check->refusal != REASON_NONE);
    if (check->refusal == REASON_MIN_HOSTS)
        text_addf(text, "there would be %lld hosts", (long long)check->hosts);
    else if (check->refusal == REASON_STALE_STATUS)
        text_add(text, "it has not been read yet");
    else
        text_addf(text, "%s: %s", reason_row(check->refusal)->name,
                  reason_row(check->refusal)->meaning);
}

void manual_explain_objection(const struct manual_check *check, size_t index,
                              struct explanation *ret_explanation)
{
    must(index < check->objection_count);
    explain_step(&check->input, &check->decision, check->steps[index], ret_explanation);
}

#include "engine/core/shown_reasons.h"

static bool has_reason(const struct shown_reasons *reasons, enum reason reason)
{
    for (size_t i = 0; i < reasons->count; i++)
        if (reasons->list[i] == reason)
            return true;
    return false;
}

static void add(struct shown_reasons *reasons, enum reason reason)
{
    if (reason == REASON_NONE || has_reason(reasons, reason))
        return;
    reasons->count -= reasons->count == SHOWN_REASONS_MAX;
    reasons->list[reasons->count++] = reason;
}

static void show_only(struct shown_reasons *reasons, enum reason reason)
{
    *reasons = (struct shown_reasons){ 1, { reason } };
}

static bool is_limit(const struct step *step)
{
    enum rule_stage stage = rule_row(step->rule)->stage;
    return step->before != step->after && (stage == STAGE_GUARD || stage == STAGE_SEND);
}

static bool is_turn(const struct step *step)
{
    return (step->before <= 0 && step->after > 0) || (step->before >= 0 && step->after < 0);
}

void shown_reasons_of_decision(const struct decision *decision, struct shown_reasons *ret_reasons)
{
    ret_reasons->count = 0;
    for (size_t i = 0; i < decision->step_count; i++) {
        const struct step *step = &decision->steps[i];
        if (!is_limit(step))
            continue;
        if (is_turn(step))
            ret_reasons->count = 0;
        add(ret_reasons, step->reason);
    }
    if (ret_reasons->count == 0)
        show_only(ret_reasons, decision->reason);
    else
        add(ret_reasons, decision->reason);
}

/* Did a rule that limits set it? Those that limit nothing are ordinary ones. */
static bool is_of_limit(enum reason reason)
{
    return reason_row(reason)->kind == REASON_RAIL || reason == REASON_PENDING_HOSTS ||
           reason == REASON_REPEATED;
}

void shown_reasons_make(const struct deployment *deployment, struct shown_reasons *ret_reasons)
{
    const struct decision_input *input = &deployment->input;
    bool is_decided = input->fault == REASON_NONE && input->servers_per_host >= 1;
    show_only(ret_reasons, deployment->reason);
    if (!is_decided || !is_of_limit(deployment->reason) ||
        reason_has(deployment->reason, REASON_HAS_NO_VERDICT))
        return;
    struct decision decision;
    decide(input, &decision);
    /* Another one than that of the decision is of what became of it: a lost response, a dry-run that began. */
    if (decision.reason == deployment->reason)
        shown_reasons_of_decision(&decision, ret_reasons);
}

#include "engine/core/shown_reasons.h"

#include "engine/core/deployment_state.h"

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

bool shown_rule_of_decision(const struct decision *decision, enum rule *ret_rule)
{
    const struct step *first = NULL;
    const struct step *raise = NULL;
    for (size_t i = 0; i < decision->step_count; i++) {
        const struct step *step = &decision->steps[i];
        if (step->before == step->after && step->verdict != VERDICT_HELD)
            continue;
        if (rule_row(step->rule)->stage == STAGE_DESIRED)
            raise = step;
        else if (rule_row(step->rule)->stage != STAGE_INPUT && (!first || is_turn(step)))
            first = step;
    }
    const struct step *shown = first ? first : raise;
    if (!shown)
        return false;
    *ret_rule = shown->rule;
    return true;
}

/* Did a rule that limits set it? Those that limit nothing are ordinary ones. */
static bool is_of_limit(enum reason reason)
{
    return reason_row(reason)->kind == REASON_RAIL || reason == REASON_PENDING_HOSTS ||
           reason == REASON_REPEATED;
}

/* Can a rule have limited the last decision? */
static bool is_limited(const struct deployment *deployment)
{
    const struct decision_input *input = &deployment->input;
    bool is_decided = input->fault == REASON_NONE && input->servers_per_host >= 1;
    return is_decided && is_of_limit(deployment->reason) &&
           !reason_has(deployment->reason, REASON_HAS_NO_VERDICT);
}

/* Another reason than that of the decision is of what became of it: a lost response, a dry-run that began. */
static void show(const struct deployment *deployment, const struct decision *decision,
                 struct shown_reasons *ret_reasons)
{
    if (decision->reason == deployment->reason)
        shown_reasons_of_decision(decision, ret_reasons);
    else
        show_only(ret_reasons, deployment->reason);
}

void shown_reasons_make(const struct deployment *deployment, struct shown_reasons *ret_reasons)
{
    struct decision decision;
    if (!is_limited(deployment)) {
        show_only(ret_reasons, deployment->reason);
        return;
    }
    decide(&deployment->input, &decision);
    show(deployment, &decision, ret_reasons);
}

void shown_reasons_make_with_delta(const struct deployment *deployment,
                                   struct shown_reasons *ret_reasons, int32_t *ret_wanted_delta)
{
    struct decision_input input;
    struct decision decision;
    bool is_last = false;
    bool is_any = deployment_wanted_input(deployment, &input, &is_last);
    if (is_any)
        decide(&input, &decision);
    *ret_wanted_delta = is_any ? decision.delta : 0;
    if (is_any && is_last && is_limited(deployment))
        show(deployment, &decision, ret_reasons);
    else
        shown_reasons_make(deployment, ret_reasons);
}

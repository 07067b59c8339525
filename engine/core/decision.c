#include "engine/core/decision.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"
#include "engine/core/rule_functions.h"

/* Copies of the rule_row() fields beside the function: a decision reads them without a call. */
static const struct {
    rule_function *apply;
    enum rule_stage stage;
    enum reason reason;
} rules[] = {
#define RULE(id, name, stage, reason, apply, explain)                                              \
    { apply_##apply, STAGE_##stage, REASON_##reason },
#include "engine/rules.def"
#undef RULE
};

int64_t apply_nothing(const struct decision_input *in, const struct decision *decision,
                      int64_t value, enum reason *reason)
{
    (void)in;
    (void)decision;
    (void)reason;
    return value;
}

static int64_t usable_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts - in->unready_hosts;
}

/* A rule that changes the value gives its reason to the decision. */
static int64_t apply_rule(enum rule rule, const struct decision_input *in,
                          const struct decision *decision, int64_t before, enum reason *reason)
{
    int64_t after = rules[rule].apply(in, decision, before, reason);
    if (after != before && rules[rule].reason != REASON_NONE)
        *reason = rules[rule].reason;
    return after;
}

static enum verdict verdict_of(enum rule rule, int64_t before, int64_t after)
{
    if (rules[rule].stage == STAGE_DESIRED || (after > 0 && after > before))
        return VERDICT_RAISED;
    return after == 0 ? VERDICT_HELD : VERDICT_CUT;
}

static void add_step(struct decision *decision, enum rule rule, enum reason reason, int64_t before,
                     int64_t after)
{
    must(decision->step_count < RULE_COUNT);
    struct step *step = &decision->steps[decision->step_count++];
    *step = (struct step){ rule, REASON_NONE, VERDICT_OK, before, after };
    if (before == after)
        return;
    step->reason = reason;
    step->verdict = verdict_of(rule, before, after);
}

/* The rule that raised the desired hosts is the reason, unless hosts are to be removed or are pending. */
static enum reason raw_reason(const struct decision_input *in, const struct decision *decision,
                              enum reason wanted_by)
{
    if (decision->raw_delta < 0)
        return REASON_ABOVE_TARGET;
    if (decision->raw_delta == 0 && decision->desired_hosts != usable_hosts(in))
        return REASON_PENDING_HOSTS;
    if (wanted_by != REASON_NONE)
        return wanted_by;
    return decision->raw_delta > 0 ? REASON_BELOW_TARGET : REASON_ON_TARGET;
}

static void begin(const struct decision_input *in, struct decision *decision)
{
    decision->step_count = 0;
    decision->delta = 0;
    decision->raw_delta = 0;
    decision->formula_hosts = desired_by_formula(in);
    decision->desired_hosts = decision->formula_hosts;
    decision->base_hosts = usable_hosts(in) + in->pending_hosts;
}

/* Returns the first rule of the next stage. */
static enum rule add_inputs(struct decision *decision)
{
    int64_t delta = decision->formula_hosts - decision->base_hosts;
    enum rule rule = (enum rule)0;
    for (; rules[rule].stage == STAGE_INPUT; rule++)
        add_step(decision, rule, REASON_NONE, delta, delta);
    return rule;
}

/* Returns the first rule of the next stage. */
static enum rule add_desired(const struct decision_input *in, struct decision *decision,
                             enum rule rule)
{
    enum reason wanted_by = REASON_NONE;
    for (; rules[rule].stage == STAGE_DESIRED; rule++) {
        int64_t before = decision->desired_hosts;
        decision->desired_hosts = apply_rule(rule, in, decision, before, &wanted_by);
        add_step(decision, rule, wanted_by, before - decision->base_hosts,
                 decision->desired_hosts - decision->base_hosts);
    }
    decision->raw_delta = decision->desired_hosts - decision->base_hosts;
    decision->reason = raw_reason(in, decision, wanted_by);
    return rule;
}

int64_t decision_desired_hosts(const struct decision_input *in)
{
    struct decision decision = { .desired_hosts = desired_by_formula(in) };
    enum reason reason = REASON_NONE;
    for (enum rule rule = (enum rule)0; rule < (enum rule)RULE_COUNT; rule++)
        if (rules[rule].stage == STAGE_DESIRED)
            decision.desired_hosts =
                apply_rule(rule, in, &decision, decision.desired_hosts, &reason);
    return decision.desired_hosts;
}

static enum action final_action(const struct decision_input *in, const struct decision *decision)
{
    if (in->gate == REASON_UNCONFIRMED)
        return ACTION_UNCONFIRMED;
    if (decision->delta != 0)
        return in->gate == REASON_DRY_RUN ? ACTION_DRY_RUN : ACTION_SCALED;
    return reason_has(decision->reason, REASON_IS_SETTLED) ? ACTION_NONE : ACTION_HELD;
}

static void hold_for_fault(const struct decision_input *in, struct decision *ret_decision)
{
    ret_decision->action = ACTION_HELD;
    ret_decision->reason = in->fault;
    ret_decision->delta = 0;
    ret_decision->raw_delta = 0;
    ret_decision->base_hosts = 0;
    ret_decision->formula_hosts = -1;
    ret_decision->desired_hosts = -1;
    ret_decision->steps[0] = (struct step){ .rule = RULE_PLAUSIBLE, .verdict = VERDICT_HELD };
    ret_decision->step_count = 1;
}

void decide(const struct decision_input *in, struct decision *ret_decision)
{
    struct decision *decision = ret_decision;
    if (in->fault != REASON_NONE) {
        hold_for_fault(in, decision);
        return;
    }
    begin(in, decision);
    enum rule rule = add_inputs(decision);
    rule = add_desired(in, decision, rule);

    int64_t delta = decision->raw_delta;
    for (; rule < (enum rule)RULE_COUNT; rule++) {
        int64_t after = apply_rule(rule, in, decision, delta, &decision->reason);
        add_step(decision, rule, decision->reason, delta, after);
        delta = after;
    }
    decision->delta = saturate_i32(delta);
    decision->action = final_action(in, decision);
}

/* A rule objects when it makes the delta smaller or changes its direction. */
static bool is_limited(int64_t delta, int64_t after)
{
    return delta > 0 ? after < delta : after > delta;
}

void decide_proposed(const struct decision_input *in, int64_t delta, struct decision *ret_decision)
{
    begin(in, ret_decision);
    ret_decision->desired_hosts = decision_desired_hosts(in);
    for (enum rule rule = (enum rule)0; rule < (enum rule)RULE_COUNT; rule++) {
        if (rules[rule].stage != STAGE_GUARD)
            continue;
        enum reason reason = REASON_NONE;
        int64_t after = apply_rule(rule, in, ret_decision, delta, &reason);
        add_step(ret_decision, rule, reason, delta, is_limited(delta, after) ? after : delta);
    }
}

enum reason status_fault(const struct status *status, int32_t servers_per_host, int32_t hosts_high)
{
    if (status->free_servers > status->total_servers)
        return REASON_FREE_ABOVE_TOTAL;
    if (status->current_hosts == 0 && status->total_servers > 0)
        return REASON_SERVERS_WITHOUT_HOSTS;
    if (status->total_servers > (int64_t)hosts_high * servers_per_host)
        return REASON_SERVERS_ABOVE_HOSTS;
    return REASON_NONE;
}

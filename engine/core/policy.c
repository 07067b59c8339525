#include "engine/core/policy.h"

#include "engine/base/arith.h"
#include "engine/core/desired.h"

#define MINUTE_MS ((int64_t)60 * 1000)

const struct policy policy_default = {
    .min_hosts = 1,
    .max_hosts = HOSTS_UNLIMITED,
    .scale_down_window_ms = 15 * MINUTE_MS,
    .boot_timeout_ms = 10 * MINUTE_MS,
    .lookahead_ms = LOOKAHEAD_AUTO,
    .surge_reserve_ppb = 80 * SHARE_PERCENT,
    .saturation_step_ppb = SHARE_WHOLE,
    .outage_hold_ms = 30 * MINUTE_MS,
    .confirm_timeout_ms = CONFIRM_AUTO,
    .target_free_ppb = TARGET_FROM_API,
};

const struct policy policy_formula = {
    .min_hosts = 1,
    .max_hosts = HOSTS_UNLIMITED,
    .boot_timeout_ms = 10 * MINUTE_MS,
    .lookahead_ms = LOOKAHEAD_OFF,
    .confirm_timeout_ms = CONFIRM_AUTO,
    .target_free_ppb = TARGET_FROM_API,
};

static int64_t usable_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts - in->unready_hosts;
}

/* All that is paid for: what there is and what is on its way. */
static int64_t owned_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts + in->pending_hosts;
}

/* Hosts that are in the account and not there: what leaves does not make up for them. */
static int64_t coming_hosts(const struct decision_input *in)
{
    return max_i64(in->coming_hosts, max_i64(0, in->pending_hosts));
}

/* Each rule takes the delta and gives it back, changed or not; *reason becomes its own when it changed it. */

static int64_t apply_window(const struct decision_input *in, const struct decision *decision,
                            int64_t delta, enum reason *reason)
{
    if (delta >= 0)
        return delta;
    /* Never upwards: a window that has seen more than there is stops at what there is. */
    int64_t held =
        min_i64(0, max_i64(in->desired_high, decision->desired_hosts) - decision->base_hosts);
    if (held != delta)
        *reason = REASON_SCALE_DOWN_WINDOW;
    return held;
}

/* The window, longer: those who lost their game are expected back. */
static int64_t apply_outage(const struct decision_input *in, const struct decision *decision,
                            int64_t delta, enum reason *reason)
{
    if (delta >= 0 || in->outlook.outage_left_ms == 0)
        return delta;
    int64_t held = min_i64(0, max_i64(in->outage_high - decision->base_hosts, delta));
    if (held != delta)
        *reason = REASON_OUTAGE_HOLD;
    return held;
}

enum reason shrink_doubt(const struct decision_input *in)
{
    if (in->is_shrink_latched)
        return REASON_DISCOVERY_SHRANK;
    /* Hosts without a single server tell nothing about demand. */
    return in->status.current_hosts > 0 && in->status.total_servers == 0 ? REASON_NO_SERVERS
                                                                         : REASON_NONE;
}

/*
 * What was asked for and has not happened is an interval: every direction takes its worse end. Hosts on their way are
 * not given back before they have come, for those that are there would go in their place. Hosts that were asked away
 * and stay are not replaced.
 */
static int64_t apply_pending(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    int64_t kept = delta;
    if (delta < 0)
        kept = min_i64(0, delta + coming_hosts(in));
    if (delta > 0)
        kept = max_i64(0, delta - in->undrained_hosts);
    if (kept != delta)
        *reason = REASON_PENDING_HOSTS;
    return kept;
}

static int64_t apply_doubt(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    if (delta >= 0 || shrink_doubt(in) == REASON_NONE)
        return delta;
    *reason = shrink_doubt(in);
    return 0;
}

/* What a bound allows, by the worse end too: it removes only of those that are there, and replaces nobody who stays. */
static int64_t bound_delta(int64_t delta, const struct decision_input *in)
{
    return delta < 0 ? min_i64(0, delta + coming_hosts(in))
                     : max_i64(0, delta - in->undrained_hosts);
}

/* Of hosts that can serve: dark ones do not keep a deployment alive. */
static int64_t apply_min_hosts(const struct decision_input *in, const struct decision *decision,
                               int64_t delta, enum reason *reason)
{
    int64_t lowest = bound_delta(in->policy->min_hosts - decision->base_hosts, in);
    if (delta >= lowest)
        return delta;
    *reason = REASON_MIN_HOSTS;
    return lowest;
}

/* Of hosts that are paid for. A lowered bound removes idle hosts that are there: never those that busy servers fill. */
static int64_t apply_max_hosts(const struct decision_input *in, const struct decision *decision,
                               int64_t delta, enum reason *reason)
{
    int64_t highest = bound_delta(in->policy->max_hosts - owned_hosts(in), in);
    if (in->policy->max_hosts == HOSTS_UNLIMITED || delta <= highest)
        return delta;
    int64_t busy_servers = (int64_t)in->status.total_servers - in->status.free_servers;
    int64_t there = decision->base_hosts - coming_hosts(in);
    int64_t idle = there - ceil_div(busy_servers, in->servers_per_host);
    int64_t cut = max_i64(highest, min_i64(delta, -max_i64(0, idle)));
    cut = shrink_doubt(in) == REASON_NONE ? cut : max_i64(cut, 0);
    if (cut != delta)
        *reason = REASON_MAX_HOSTS;
    return cut;
}

int64_t step_limit_hosts(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    /* A share of nothing would keep a deployment without hosts, and without a minimum, where it is for ever. */
    int64_t fleet = max_i64(1, max_i64(hosts, policy->min_hosts));
    switch (limit->kind) {
    case STEP_UNLIMITED:
        return INT32_MAX;
    case STEP_HOSTS:
        return limit->amount;
    case STEP_SHARE:
        break;
    }
    return ceil_div(fleet * limit->amount, SHARE_WHOLE);
}

static int64_t step_hosts(const struct decision_input *in, const struct step_limit *limit)
{
    return step_limit_hosts(limit, in->policy, in->status.current_hosts);
}

static int64_t apply_max_step(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    int64_t limit =
        step_hosts(in, delta > 0 ? &in->policy->max_step_up : &in->policy->max_step_down);
    int64_t cut = clamp_i64(delta, -limit, limit);
    if (cut != delta)
        *reason = delta > 0 ? REASON_MAX_STEP_UP : REASON_MAX_STEP_DOWN;
    return cut;
}

static int64_t apply_cooldown(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    int32_t left_ms = delta > 0 ? in->cooldown_up_left_ms : in->cooldown_down_left_ms;
    if (delta == 0 || left_ms <= 0)
        return delta;
    *reason = delta > 0 ? REASON_COOLDOWN_UP : REASON_COOLDOWN_DOWN;
    return 0;
}

/* A dry-run keeps the delta: it is shown as what would be sent. */
static int64_t apply_gate(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    if (in->gate == REASON_UNCONFIRMED)
        *reason = in->gate;
    if (delta == 0 || in->gate == REASON_NONE)
        return delta;
    if (in->gate == REASON_DRY_RUN)
        return delta;
    *reason = in->gate;
    return 0;
}

static int64_t apply_rule(enum rule rule, const struct decision_input *in,
                          const struct decision *decision, int64_t delta, enum reason *reason)
{
    switch (rule) {
    case RULE_PLAUSIBLE:
    case RULE_DESIRED:
    case RULE_BASE:
    case RULE_LOOKAHEAD:
    case RULE_SURGE_RESERVE:
    case RULE_SATURATION_STEP:
    case RULE_MIN_FREE_SERVERS:
        break;
    case RULE_SCALE_DOWN_WINDOW:
        return apply_window(in, decision, delta, reason);
    case RULE_OUTAGE_HOLD:
        return apply_outage(in, decision, delta, reason);
    case RULE_PENDING:
        return apply_pending(in, delta, reason);
    case RULE_SHRINK_DOUBT:
        return apply_doubt(in, delta, reason);
    case RULE_MIN_HOSTS:
        return apply_min_hosts(in, decision, delta, reason);
    case RULE_MAX_HOSTS:
        return apply_max_hosts(in, decision, delta, reason);
    case RULE_MAX_STEP:
        return apply_max_step(in, delta, reason);
    case RULE_COOLDOWN:
        return apply_cooldown(in, delta, reason);
    case RULE_GATE:
        return apply_gate(in, delta, reason);
    }
    return delta;
}

static void add_step(struct decision *decision, enum rule rule, int64_t before, int64_t after)
{
    must(decision->step_count < RULE_COUNT);
    bool is_wish = RULE_LOOKAHEAD <= rule && rule <= RULE_MIN_FREE_SERVERS;
    enum verdict verdict = before == after ? VERDICT_OK
                           : is_wish       ? VERDICT_RAISED
                           : after == 0    ? VERDICT_HELD
                                           : VERDICT_CUT;
    decision->steps[decision->step_count++] = (struct step){ rule, verdict, before, after };
}

static enum reason want_reason(enum rule rule)
{
    static const enum reason reasons[] = {
        [RULE_LOOKAHEAD] = REASON_LOOKAHEAD,
        [RULE_SURGE_RESERVE] = REASON_SURGE_RESERVE,
        [RULE_SATURATION_STEP] = REASON_SATURATION_STEP,
        [RULE_MIN_FREE_SERVERS] = REASON_MIN_FREE_SERVERS,
    };
    return reasons[rule];
}

/* The rule that asked for the most, when that is what there is or more. */
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

static void add_wish(const struct decision_input *in, struct decision *decision)
{
    enum reason wanted_by = REASON_NONE;
    for (enum rule rule = RULE_LOOKAHEAD; rule <= RULE_MIN_FREE_SERVERS; rule++) {
        int64_t before = decision->desired_hosts;
        decision->desired_hosts = max_i64(before, want_by_rule(in, rule));
        if (decision->desired_hosts != before)
            wanted_by = want_reason(rule);
        add_step(decision, rule, before - decision->base_hosts,
                 decision->desired_hosts - decision->base_hosts);
    }
    decision->raw_delta = decision->desired_hosts - decision->base_hosts;
    decision->reason = raw_reason(in, decision, wanted_by);
}

/* An idle deployment at its minimum has what its policy wants, and so has one at its wish: that is no hold. */
static bool is_settled(enum reason reason)
{
    return reason == REASON_ON_TARGET || reason == REASON_PENDING_HOSTS ||
           reason == REASON_MIN_HOSTS || reason == REASON_LOOKAHEAD ||
           reason == REASON_SURGE_RESERVE || reason == REASON_SATURATION_STEP ||
           reason == REASON_MIN_FREE_SERVERS;
}

static enum action final_action(const struct decision_input *in, const struct decision *decision)
{
    if (in->gate == REASON_UNCONFIRMED)
        return ACTION_UNCONFIRMED;
    if (decision->delta != 0)
        return in->gate == REASON_DRY_RUN ? ACTION_DRY_RUN : ACTION_SCALED;
    return is_settled(decision->reason) ? ACTION_NONE : ACTION_HELD;
}

static void hold_for_fault(const struct decision_input *in, struct decision *ret_decision)
{
    ret_decision->action = ACTION_HELD;
    ret_decision->reason = in->fault;
    ret_decision->formula_hosts = -1;
    ret_decision->desired_hosts = -1;
    ret_decision->steps[0] = (struct step){ .rule = RULE_PLAUSIBLE, .verdict = VERDICT_HELD };
    ret_decision->step_count = 1;
}

void decide(const struct decision_input *in, struct decision *ret_decision)
{
    struct decision *decision = ret_decision;
    decision->step_count = 0;
    decision->delta = 0;
    decision->raw_delta = 0;
    decision->base_hosts = 0;
    if (in->fault != REASON_NONE) {
        hold_for_fault(in, decision);
        return;
    }
    decision->formula_hosts = want_by_formula(in);
    decision->desired_hosts = decision->formula_hosts;
    decision->base_hosts = usable_hosts(in) + in->pending_hosts;
    int64_t formula_delta = decision->formula_hosts - decision->base_hosts;
    add_step(decision, RULE_PLAUSIBLE, 0, 0);
    add_step(decision, RULE_DESIRED, 0, 0);
    add_step(decision, RULE_BASE, formula_delta, formula_delta);
    add_wish(in, decision);

    int64_t delta = decision->raw_delta;
    for (enum rule rule = RULE_SCALE_DOWN_WINDOW; rule <= RULE_GATE; rule++) {
        int64_t after = apply_rule(rule, in, decision, delta, &decision->reason);
        add_step(decision, rule, delta, after);
        delta = after;
    }
    decision->delta = saturate_i32(delta);
    decision->action = final_action(in, decision);
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

#include "engine/core/policy.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/core/delta.h"

#define MINUTE_MS ((int64_t)60 * 1000)

const struct policy policy_default = {
    .min_hosts = 1,
    .max_hosts = HOSTS_UNLIMITED,
    .scale_down_window_ms = 5 * MINUTE_MS,
    .boot_timeout_ms = 10 * MINUTE_MS,
    .confirm_timeout_ms = CONFIRM_AUTO,
    .target_free_ppb = TARGET_FROM_API,
};

static int64_t usable_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts - in->dark_hosts;
}

/* All that is paid for: what there is and what is on its way. */
static int64_t owned_hosts(const struct decision_input *in)
{
    return (int64_t)in->status.current_hosts + in->pending_hosts;
}

static struct delta_input formula_input(const struct decision_input *in)
{
    return (struct delta_input){
        .servers_per_host = in->servers_per_host,
        .current_hosts = in->status.current_hosts,
        .pending_hosts = in->pending_hosts,
        .total_servers = in->status.total_servers,
        .free_servers = in->status.free_servers,
        .target_free_ppb = in->target_free_ppb,
    };
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

/* Why shrinking is not to be trusted, whatever the formula says. */
static enum reason shrink_doubt(const struct decision_input *in)
{
    if (in->is_shrink_latched)
        return REASON_DISCOVERY_SHRANK;
    /* Hosts without a single server tell nothing about demand. */
    return in->status.current_hosts > 0 && in->status.total_servers == 0 ? REASON_NO_SERVERS
                                                                         : REASON_NONE;
}

static int64_t apply_doubt(const struct decision_input *in, int64_t delta, enum reason *reason)
{
    if (delta >= 0 || shrink_doubt(in) == REASON_NONE)
        return delta;
    *reason = shrink_doubt(in);
    return 0;
}

/* Of hosts that can serve: dark ones do not keep a deployment alive. */
static int64_t apply_min_hosts(const struct decision_input *in, const struct decision *decision,
                               int64_t delta, enum reason *reason)
{
    int64_t lowest = in->policy->min_hosts - decision->base_hosts;
    if (delta >= lowest)
        return delta;
    *reason = REASON_MIN_HOSTS;
    return lowest;
}

/* Of hosts that are paid for. A lowered bound removes idle hosts only: never those that the busy servers fill. */
static int64_t apply_max_hosts(const struct decision_input *in, const struct decision *decision,
                               int64_t delta, enum reason *reason)
{
    int64_t highest = in->policy->max_hosts - owned_hosts(in);
    if (in->policy->max_hosts == HOSTS_UNLIMITED || delta <= highest)
        return delta;
    int64_t busy_servers = (int64_t)in->status.total_servers - in->status.free_servers;
    int64_t idle = decision->base_hosts - ceil_div(busy_servers, in->servers_per_host);
    int64_t cut = max_i64(highest, min_i64(delta, -max_i64(0, idle)));
    cut = shrink_doubt(in) == REASON_NONE ? cut : max_i64(cut, 0);
    if (cut != delta)
        *reason = REASON_MAX_HOSTS;
    return cut;
}

int64_t step_limit_hosts(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    int64_t fleet = max_i64(hosts, policy->min_hosts);
    switch (limit->kind) {
    case STEP_UNLIMITED:
        return INT32_MAX;
    case STEP_HOSTS:
        return limit->amount;
    case STEP_SHARE:
        return ceil_div(fleet * limit->amount, SHARE_WHOLE);
    }
    return 0;
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
        return delta;
    case RULE_SCALE_DOWN_WINDOW:
        return apply_window(in, decision, delta, reason);
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
    enum verdict verdict = before == after ? VERDICT_OK : after == 0 ? VERDICT_HELD : VERDICT_CUT;
    decision->steps[decision->step_count++] = (struct step){ rule, verdict, before, after };
}

static enum reason formula_reason(const struct decision_input *in, const struct decision *decision)
{
    if (decision->raw_delta > 0)
        return REASON_BELOW_TARGET;
    if (decision->raw_delta < 0)
        return REASON_ABOVE_TARGET;
    return decision->desired_hosts == usable_hosts(in) ? REASON_ON_TARGET : REASON_PENDING_HOSTS;
}

/* An idle deployment at its minimum has what its policy wants: that is no hold. */
static bool is_settled(enum reason reason)
{
    return reason == REASON_ON_TARGET || reason == REASON_PENDING_HOSTS ||
           reason == REASON_MIN_HOSTS;
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
    struct delta_input formula = formula_input(in);
    decision->desired_hosts = delta_desired_hosts(&formula);
    decision->base_hosts = usable_hosts(in) + in->pending_hosts;
    decision->raw_delta = decision->desired_hosts - decision->base_hosts;
    decision->reason = formula_reason(in, decision);
    add_step(decision, RULE_PLAUSIBLE, 0, 0);
    add_step(decision, RULE_DESIRED, 0, 0);
    add_step(decision, RULE_BASE, decision->raw_delta, decision->raw_delta);

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

static void explain_plausible(const struct decision_input *in, struct text *text)
{
    if (in->fault != REASON_NONE) {
        text_addf(text, "%s: %s", reason_row(in->fault)->name, reason_row(in->fault)->meaning);
        return;
    }
    text_addf(text, "plausible: free %d <= total %d, %d hosts with %d servers each",
              in->status.free_servers, in->status.total_servers, in->status.current_hosts,
              in->servers_per_host);
    int64_t capacity = (int64_t)in->status.current_hosts * in->servers_per_host;
    if (in->status.total_servers > capacity)
        text_addf(text, "; inconsistent, %lld servers too many: of hosts that just left",
                  (long long)(in->status.total_servers - capacity));
}

static void explain_desired(const struct decision_input *in, const struct decision *decision,
                            struct text *text)
{
    text_addf(text, "desired: busy %d - %d = %d; ceil(%d / (%d x (100%% - ",
              in->status.total_servers, in->status.free_servers,
              in->status.total_servers - in->status.free_servers,
              in->status.total_servers - in->status.free_servers, in->servers_per_host);
    text_add_percent(text, in->target_free_ppb);
    text_addf(text, "%%))) = %lld hosts", (long long)decision->desired_hosts);
}

static void explain_base(const struct decision_input *in, const struct decision *decision,
                         struct text *text)
{
    text_addf(text, "base: hosts %d", in->status.current_hosts);
    if (in->dark_hosts > 0)
        text_addf(text, " - dark %d", in->dark_hosts);
    text_addf(text, " %c pending %d", in->pending_hosts < 0 ? '-' : '+',
              in->pending_hosts < 0 ? -in->pending_hosts : in->pending_hosts);
    if (in->unconfirmed_hosts != 0)
        text_addf(text, " (unconfirmed %+d)", in->unconfirmed_hosts);
    text_addf(text, " = %lld; delta %lld - %lld = %+lld", (long long)decision->base_hosts,
              (long long)decision->desired_hosts, (long long)decision->base_hosts,
              (long long)decision->raw_delta);
}

static void explain_step_limit(const struct decision_input *in, bool is_up, struct text *text)
{
    const struct step_limit *limit = is_up ? &in->policy->max_step_up : &in->policy->max_step_down;
    text_add(text, is_up ? "max_step_up " : "max_step_down ");
    if (limit->kind == STEP_UNLIMITED) {
        text_add(text, "none");
        return;
    }
    if (limit->kind == STEP_SHARE) {
        text_add_percent(text, limit->amount);
        text_add(text, "% = ");
    }
    text_addf(text, "%lld", (long long)step_hosts(in, limit));
}

static void explain_cooldown(const struct decision_input *in, int64_t delta, struct text *text)
{
    bool is_up = delta > 0;
    int32_t left_ms = is_up ? in->cooldown_up_left_ms : in->cooldown_down_left_ms;
    text_add(text, is_up ? "cooldown_up" : "cooldown_down");
    if (left_ms > 0) {
        text_add(text, " for another ");
        text_add_duration(text, left_ms);
    }
}

static void explain_gate(const struct decision_input *in, const struct step *step,
                         struct text *text)
{
    if (in->gate == REASON_NONE)
        text_add(text, "gate: free to send");
    else if (in->gate == REASON_DRY_RUN && step->after != 0)
        text_addf(text, "dry_run: %+lld is not sent", (long long)step->after);
    else
        text_addf(text, "%s: %s", reason_row(in->gate)->name, reason_row(in->gate)->meaning);
}

static void explain_doubt(const struct decision_input *in, struct text *text)
{
    if (in->is_shrink_latched)
        text_add(text, "discovery lost many deployments: nothing shrinks");
    else if (shrink_doubt(in) == REASON_NO_SERVERS)
        text_add(text, "hosts without a server: nothing shrinks");
    else
        text_add(text, "discovery is trusted");
}

static void explain_rail(const struct decision_input *in, const struct step *step,
                         struct text *text)
{
    switch (step->rule) {
    case RULE_PLAUSIBLE:
    case RULE_DESIRED:
    case RULE_BASE:
    case RULE_GATE:
        break;
    case RULE_SCALE_DOWN_WINDOW:
        text_add(text, "scale_down_window ");
        text_add_duration(text, in->policy->scale_down_window_ms);
        text_addf(text, ": highest desired %d", in->desired_high);
        break;
    case RULE_SHRINK_DOUBT:
        explain_doubt(in, text);
        break;
    case RULE_MIN_HOSTS:
        text_addf(text, "min_hosts %d", in->policy->min_hosts);
        break;
    case RULE_MAX_HOSTS:
        if (in->policy->max_hosts == HOSTS_UNLIMITED)
            text_add(text, "max_hosts none");
        else
            text_addf(text, "max_hosts %d", in->policy->max_hosts);
        break;
    case RULE_MAX_STEP:
        explain_step_limit(in, step->before > 0, text);
        break;
    case RULE_COOLDOWN:
        explain_cooldown(in, step->before, text);
        break;
    }
    if (step->verdict == VERDICT_OK)
        text_add(text, ": ok");
    else
        text_addf(text, ": %+lld -> %+lld", (long long)step->before, (long long)step->after);
}

void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct text *text)
{
    must(index < decision->step_count);
    const struct step *step = &decision->steps[index];
    switch (step->rule) {
    case RULE_PLAUSIBLE:
        explain_plausible(in, text);
        return;
    case RULE_DESIRED:
        explain_desired(in, decision, text);
        return;
    case RULE_BASE:
        explain_base(in, decision, text);
        return;
    case RULE_GATE:
        explain_gate(in, step, text);
        return;
    case RULE_SCALE_DOWN_WINDOW:
    case RULE_SHRINK_DOUBT:
    case RULE_MIN_HOSTS:
    case RULE_MAX_HOSTS:
    case RULE_MAX_STEP:
    case RULE_COOLDOWN:
        explain_rail(in, step, text);
        return;
    }
}

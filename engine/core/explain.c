#include "engine/core/explain.h"

#include "engine/base/panic.h"
#include "engine/core/desired.h"
#include "engine/core/growth.h"
#include "engine/core/guards.h"
#include "engine/serving.h"

static void explain_plausible(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    if (in->fault != REASON_NONE) {
        explanation_set(out, PHRASE_REASON, in->fault);
        return;
    }
    const struct status *status = &in->status;
    int64_t capacity = (int64_t)status->current_hosts * in->servers_per_host;
    int64_t excess = status->total_servers > capacity ? status->total_servers - capacity : 0;
    int32_t serving =
        serving_hosts(status->current_hosts, status->total_servers, in->servers_per_host);
    if (serving < status->current_hosts) {
        explanation_set(out, PHRASE_PLAUSIBLE_PARTLY, status->free_servers, status->total_servers,
                        status->current_hosts, in->servers_per_host, serving,
                        status->current_hosts);
        return;
    }
    explanation_set(out, PHRASE_PLAUSIBLE, status->free_servers, status->total_servers,
                    status->current_hosts, in->servers_per_host, excess);
}

static void explain_desired(const struct decision_input *in, const struct decision *decision,
                            const struct step *step, struct explanation *out)
{
    (void)step;
    explanation_set(out, PHRASE_DESIRED, in->status.total_servers, in->status.free_servers,
                    in->drain_correction, busy_now(in), busy_now(in), in->servers_per_host,
                    in->target_free_ppb, decision->formula_hosts);
}

static void explain_base(const struct decision_input *in, const struct decision *decision,
                         const struct step *step, struct explanation *out)
{
    (void)step;
    explanation_set(out, PHRASE_BASE, in->status.current_hosts, in->unready_hosts,
                    in->pending_hosts, in->unconfirmed_hosts, decision->base_hosts,
                    decision->formula_hosts, decision->base_hosts,
                    decision->formula_hosts - decision->base_hosts);
}

/* The limit that an explanation shows; 0: none. */
static int64_t limit_if_reached(int64_t hosts, int64_t limit)
{
    return hosts == limit ? limit : 0;
}

static void explain_lookahead(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    const struct outlook *outlook = &in->outlook;
    if (outlook->is_trending && outlook->is_catching_up)
        explanation_set(out, PHRASE_CATCHING_UP, outlook->horizon_ms, busy_now(in),
                        outlook->mean_error_servers,
                        busy_expected(in) + outlook->mean_error_servers, desired_by_lookahead(in));
    else if (outlook->is_trending)
        explanation_set(out, PHRASE_LOOKAHEAD, outlook->horizon_ms, busy_now(in), rise_expected(in),
                        outlook->mean_error_servers,
                        busy_expected(in) + outlook->mean_error_servers, desired_by_lookahead(in),
                        limit_if_reached(desired_by_lookahead(in), lookahead_limit(in)));
    else
        explanation_set(out, PHRASE_LOOKAHEAD_OFF, 0);
}

static void explain_surge(const struct decision_input *in, const struct decision *decision,
                          const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    int64_t share_ppb = in->policy->surge_reserve_ppb;
    if (share_ppb == 0)
        explanation_set(out, PHRASE_SURGE_OFF, 0);
    else if (surge_servers(in) == 0)
        explanation_set(out, PHRASE_SURGE_NONE, share_ppb);
    else
        explanation_set(out, PHRASE_SURGE, share_ppb, in->outlook.peak_error_servers,
                        surge_servers(in), busy_expected(in), desired_by_surge(in),
                        limit_if_reached(desired_by_surge(in), surge_limit(in)));
}

static void explain_saturation(const struct decision_input *in, const struct decision *decision,
                               const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    int64_t share_ppb = in->policy->saturation_step_ppb;
    int64_t passes = in->outlook.saturated_passes;
    if (share_ppb == 0)
        explanation_set(out, PHRASE_SATURATION_OFF, 0);
    else if (is_waiting(in) && hosts_of_waiting(in) == desired_by_saturation(in))
        explanation_set(out, PHRASE_SATURATION_WAIT, share_ppb, in->outlook.waiting_servers,
                        hosts_of_waiting(in));
    else if (passes == 0)
        explanation_set(out, PHRASE_SATURATION_NONE, share_ppb);
    else if (is_saturated(in))
        explanation_set(out, PHRASE_SATURATION, share_ppb, passes, hosts_when_saturated(in),
                        step_when_saturated(in), desired_by_saturation(in));
    else if (passes > SATURATED_PASSES_MAX)
        explanation_set(out, PHRASE_SATURATION_OVER, share_ppb, passes, SATURATED_PASSES_MAX);
    else
        explanation_set(out, PHRASE_SATURATION_SOON, share_ppb, passes);
}

static void explain_min_free(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    bool is_auto = in->policy->min_free_servers == MIN_FREE_AUTO;
    int64_t free_servers = min_free_servers(in);
    if (free_servers > 0)
        explanation_set(out, is_auto ? PHRASE_MIN_FREE_AUTO : PHRASE_MIN_FREE, free_servers,
                        busy_expected(in), desired_by_min_free(in));
    else
        explanation_set(out, is_auto ? PHRASE_MIN_FREE_AUTO_NONE : PHRASE_MIN_FREE_NONE,
                        free_servers);
}

static void explain_window(const struct decision_input *in, const struct decision *decision,
                           const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    explanation_set(out, PHRASE_WINDOW, in->policy->scale_down_window_ms, in->desired_high);
}

static void explain_outage(const struct decision_input *in, const struct decision *decision,
                           const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    int64_t hold_ms = in->policy->outage_hold_ms;
    if (hold_ms == 0)
        explanation_set(out, PHRASE_OUTAGE_OFF, 0);
    else if (in->outlook.outage_left_ms == 0)
        explanation_set(out, PHRASE_OUTAGE_NONE, hold_ms);
    else
        explanation_set(out, PHRASE_OUTAGE, hold_ms, in->outage_high, in->outlook.outage_left_ms);
}

static void explain_pending(const struct decision_input *in, const struct decision *decision,
                            const struct step *step, struct explanation *out)
{
    (void)decision;
    if (step->before < 0 && in->pending_hosts > 0)
        explanation_set(out, PHRASE_PENDING_ADDED, in->pending_hosts);
    else if (in->is_whole_repeat && step->after > step->before)
        explanation_set(out, PHRASE_PENDING_WHOLE, in->repeat_delta);
    else if (step->before > 0 && in->undrained_hosts > 0)
        explanation_set(out, PHRASE_PENDING_REMOVED, in->undrained_hosts);
    else
        explanation_set(out, PHRASE_PENDING_NONE, 0);
}

static void explain_shrink_doubt(const struct decision_input *in, const struct decision *decision,
                                 const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    enum reason doubt = shrink_doubt(in);
    enum phrase phrase = doubt == REASON_KEPT_DEFINITION    ? PHRASE_KEPT_DEFINITION
                         : doubt == REASON_DISCOVERY_SHRANK ? PHRASE_DISCOVERY_SHRANK
                         : doubt == REASON_NO_SERVERS       ? PHRASE_NO_SERVERS
                                                            : PHRASE_TRUSTED;
    explanation_set(out, phrase, in->entry_fault);
}

static void explain_min_hosts(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    explanation_set(out, PHRASE_MIN_HOSTS, in->policy->min_hosts);
}

static void explain_max_hosts(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    if (in->policy->max_hosts == HOSTS_UNLIMITED)
        explanation_set(out, PHRASE_MAX_HOSTS_NONE, 0);
    else
        explanation_set(out, PHRASE_MAX_HOSTS, in->policy->max_hosts);
}

static void explain_start_hold(const struct decision_input *in, const struct decision *decision,
                               const struct step *step, struct explanation *out)
{
    (void)decision;
    if (in->policy->is_bare)
        explanation_set(out, PHRASE_START_HOLD_OFF, 0);
    else if (step->before >= 0 || in->start_hosts == 0)
        explanation_set(out, PHRASE_START_HOLD_NONE, 0);
    else if (in->start_left_ms == 0)
        explanation_set(out, PHRASE_START_HOLD_FIRST, in->start_hosts);
    else
        explanation_set(out, PHRASE_START_HOLD, in->start_hosts, in->start_left_ms);
}

static void explain_surplus(const struct decision_input *in, const struct decision *decision,
                            const struct step *step, struct explanation *out)
{
    (void)decision;
    if (step->before < 0)
        explanation_set(out, PHRASE_SURPLUS, in->status.total_servers, in->drain_servers,
                        needed_servers(in), surplus_servers(in), surplus_hosts(in));
    else
        explanation_set(out, PHRASE_SURPLUS_NONE, 0);
}

/* What a share is of is shown when something was ordered, or is cut. */
static void explain_growth_limit(const struct decision_input *in, const struct step *step,
                                 struct explanation *out)
{
    const struct policy *policy = in->policy;
    const struct step_limit *limit = &policy->max_growth_per_hour;
    int64_t hosts = growth_limit_hosts(policy, in->growth_base_hosts, in->servers_per_host);
    int64_t left = growth_left_hosts(in, step->before);
    bool is_share = in->grown_hosts > 0 || step->before != step->after;
    switch (limit->kind) {
    case STEP_UNLIMITED:
        explanation_set(out, PHRASE_GROWTH_OFF, 0);
        return;
    case STEP_SHARE:
        if (is_share)
            break;
        explanation_set(out, PHRASE_GROWTH, hosts);
        return;
    case STEP_HOSTS:
        explanation_set(out, PHRASE_GROWTH, hosts, in->grown_hosts, left, in->grown_left_ms);
        return;
    }
    explanation_set(
        out, PHRASE_GROWTH_SHARE, limit->amount, growth_fleet_hosts(policy, in->growth_base_hosts),
        growth_least_hosts(in->servers_per_host), hosts, in->grown_hosts, left, in->grown_left_ms);
}

static void explain_max_growth(const struct decision_input *in, const struct decision *decision,
                               const struct step *step, struct explanation *out)
{
    enum reason doubt = growth_doubt(in, decision, step->before);
    if (doubt == REASON_NOT_COUNTABLE)
        explanation_set(out, PHRASE_NOT_COUNTABLE, decision->desired_hosts);
    else if (doubt == REASON_GROWTH_WITHOUT_EFFECT)
        explanation_set(out, PHRASE_GROWTH_WAIT, in->growth_wait_ms);
    else
        explain_growth_limit(in, step, out);
}

static void explain_max_step(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct explanation *out)
{
    (void)decision;
    bool is_up = step->before > 0;
    const struct step_limit *limit = is_up ? &in->policy->max_step_up : &in->policy->max_step_down;
    int64_t hosts = step_limit_hosts(limit, in->policy, in->status.current_hosts);
    switch (limit->kind) {
    case STEP_UNLIMITED:
        explanation_set(out, is_up ? PHRASE_STEP_UP_NONE : PHRASE_STEP_DOWN_NONE, 0);
        break;
    case STEP_HOSTS:
        explanation_set(out, is_up ? PHRASE_STEP_UP : PHRASE_STEP_DOWN, hosts);
        break;
    case STEP_SHARE:
        explanation_set(out, is_up ? PHRASE_STEP_UP_SHARE : PHRASE_STEP_DOWN_SHARE, limit->amount,
                        hosts);
        break;
    }
}

static void explain_order_backoff(const struct decision_input *in, const struct decision *decision,
                                  const struct step *step, struct explanation *out)
{
    (void)decision;
    (void)step;
    int64_t hosts = (int64_t)in->unfilled_hosts + in->dark_owed_hosts;
    if (hosts > 0 || in->order_limit > 0 || in->refused_left_ms > 0 || in->unproven_limit > 0)
        explanation_set(out, PHRASE_BACKOFF, hosts, in->retry_left_ms, in->unchanged_ms,
                        in->order_limit, in->refused_left_ms, in->unproven_limit);
    else
        explanation_set(out, PHRASE_BACKOFF_NONE, 0);
}

static void explain_cooldown(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct explanation *out)
{
    (void)decision;
    bool is_up = step->before > 0;
    int64_t left_ms = is_up ? in->cooldown_up_left_ms : in->cooldown_down_left_ms;
    if (left_ms > 0)
        explanation_set(out, is_up ? PHRASE_COOLDOWN_UP : PHRASE_COOLDOWN_DOWN, left_ms);
    else
        explanation_set(out, is_up ? PHRASE_COOLDOWN_UP_OVER : PHRASE_COOLDOWN_DOWN_OVER, 0);
}

static void explain_gate(const struct decision_input *in, const struct decision *decision,
                         const struct step *step, struct explanation *out)
{
    (void)decision;
    if (in->gate == REASON_NONE && step->after != 0 && step->after == in->repeat_delta)
        explanation_set(out, PHRASE_GATE_REPEAT, step->after);
    else if (in->gate == REASON_NONE)
        explanation_set(out, PHRASE_GATE_FREE, 0);
    else if (in->gate == REASON_DRY_RUN && step->after != 0)
        explanation_set(out, PHRASE_GATE_DRY_RUN, step->after);
    else
        explanation_set(out, PHRASE_REASON, in->gate);
}

typedef void explain_function(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct explanation *out);

static explain_function *const explain_functions[] = {
#define RULE(id, name, stage, reason, apply, explain) explain_##explain,
#include "engine/rules.def"
#undef RULE
};

void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct explanation *ret_explanation)
{
    must(index < decision->step_count);
    const struct step *step = &decision->steps[index];
    *ret_explanation = (struct explanation){
        .rule = step->rule,
        .verdict = step->verdict,
        .reason = step->reason,
        .before = step->before,
        .after = step->after,
    };
    explain_functions[step->rule](in, decision, step, ret_explanation);
}

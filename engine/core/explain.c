#include "engine/core/explain.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/core/desired.h"

static void explain_plausible(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
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
                            const struct step *step, struct text *text)
{
    (void)step;
    text_addf(text, "desired: busy %d - %d = %d; ceil(%d / (%d x (100%% - ",
              in->status.total_servers, in->status.free_servers,
              in->status.total_servers - in->status.free_servers,
              in->status.total_servers - in->status.free_servers, in->servers_per_host);
    text_add_percent(text, in->target_free_ppb);
    text_addf(text, "%%))) = %lld hosts", (long long)decision->formula_hosts);
}

static void explain_base(const struct decision_input *in, const struct decision *decision,
                         const struct step *step, struct text *text)
{
    (void)step;
    text_addf(text, "base: hosts %d", in->status.current_hosts);
    if (in->unready_hosts > 0)
        text_addf(text, " - dark %d", in->unready_hosts);
    text_addf(text, " %c pending %d", in->pending_hosts < 0 ? '-' : '+',
              in->pending_hosts < 0 ? -in->pending_hosts : in->pending_hosts);
    if (in->unconfirmed_hosts != 0)
        text_addf(text, " (unconfirmed %+d)", in->unconfirmed_hosts);
    text_addf(text, " = %lld; delta %lld - %lld = %+lld", (long long)decision->base_hosts,
              (long long)decision->formula_hosts, (long long)decision->base_hosts,
              (long long)(decision->formula_hosts - decision->base_hosts));
}

/* In whole seconds; in whole minutes above ten minutes. */
static void add_time_left(struct text *text, int64_t left_ms)
{
    int64_t grain_ms = left_ms > 600000 ? 60000 : 1000;
    text_add_duration(text, ceil_div(left_ms, grain_ms) * grain_ms);
}

static void add_share(struct text *text, int32_t ppb)
{
    text_add_percent(text, ppb);
    text_add(text, "%");
}

/* "lookahead 150s: busy 932 + rise 9 + usual miss 5 = 946, 112 hosts" */
static void explain_lookahead(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    const struct outlook *outlook = &in->outlook;
    int64_t expected = busy_expected(in) + outlook->mean_error_servers;
    text_add(text, "lookahead ");
    if (!outlook->is_trending) {
        text_add(text, "off");
        return;
    }
    text_add_duration(text, outlook->horizon_ms);
    text_addf(text, ": busy %lld + rise %d + usual miss %d = %lld, %lld hosts",
              (long long)busy_now(in), outlook->rise_servers, outlook->mean_error_servers,
              (long long)expected, (long long)desired_by_lookahead(in));
}

/* "surge_reserve 80%: demand outran its forecast by 30; 24 free beside busy 93, 12 hosts" */
static void explain_surge(const struct decision_input *in, const struct decision *decision,
                          const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    text_add(text, "surge_reserve ");
    if (in->policy->surge_reserve_ppb == 0) {
        text_add(text, "off");
        return;
    }
    add_share(text, in->policy->surge_reserve_ppb);
    if (surge_servers(in) == 0)
        text_add(text, ": demand has not outrun its forecast");
    else
        text_addf(text,
                  ": demand outran its forecast by %d; %lld free beside busy %lld, %lld hosts",
                  in->outlook.peak_error_servers, (long long)surge_servers(in),
                  (long long)busy_expected(in), (long long)desired_by_surge(in));
}

/* "saturation_step 100%: no server free in 3 passes; busy taken for 40, 5 hosts" */
static void explain_saturation(const struct decision_input *in, const struct decision *decision,
                               const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    int32_t passes = in->outlook.saturated_passes;
    text_add(text, "saturation_step ");
    if (in->policy->saturation_step_ppb == 0) {
        text_add(text, "off");
        return;
    }
    add_share(text, in->policy->saturation_step_ppb);
    if (passes == 0)
        text_add(text, ": not saturated");
    else
        text_addf(text, ": no server free in %d pass%s", passes, passes == 1 ? "" : "es");
    if (is_saturated(in))
        text_addf(text, "; busy taken for %lld, %lld hosts", (long long)busy_when_saturated(in),
                  (long long)desired_by_saturation(in));
    else if (passes > SATURATED_PASSES_MAX)
        text_addf(text, "; not believed after %d", SATURATED_PASSES_MAX);
}

static void explain_min_free(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    text_addf(text, "min_free_servers %lld", (long long)min_free_servers(in));
    if (in->policy->min_free_servers == MIN_FREE_AUTO)
        text_add(text, " (auto)");
    if (min_free_servers(in) > 0)
        text_addf(text, " beside busy %lld, %lld hosts", (long long)busy_expected(in),
                  (long long)desired_by_min_free(in));
}

static void explain_outage(const struct decision_input *in, const struct decision *decision,
                           const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    text_add(text, "outage_hold ");
    if (in->policy->outage_hold_ms == 0)
        text_add(text, "off");
    else
        text_add_duration(text, in->policy->outage_hold_ms);
    if (in->outlook.outage_left_ms == 0)
        return;
    text_addf(text, ": demand collapsed, highest desired %d for another ", in->outage_high);
    add_time_left(text, in->outlook.outage_left_ms);
}

static void explain_max_step(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    bool is_up = step->before > 0;
    const struct step_limit *limit = is_up ? &in->policy->max_step_up : &in->policy->max_step_down;
    text_add(text, is_up ? "max_step_up " : "max_step_down ");
    if (limit->kind == STEP_UNLIMITED) {
        text_add(text, "none");
        return;
    }
    if (limit->kind == STEP_SHARE) {
        add_share(text, limit->amount);
        text_add(text, " = ");
    }
    text_addf(text, "%lld",
              (long long)step_limit_hosts(limit, in->policy, in->status.current_hosts));
}

static void explain_cooldown(const struct decision_input *in, const struct decision *decision,
                             const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    bool is_up = step->before > 0;
    int32_t left_ms = is_up ? in->cooldown_up_left_ms : in->cooldown_down_left_ms;
    text_add(text, is_up ? "cooldown_up" : "cooldown_down");
    if (left_ms > 0) {
        text_add(text, " for another ");
        add_time_left(text, left_ms);
    }
}

static void explain_gate(const struct decision_input *in, const struct decision *decision,
                         const struct step *step, struct text *text)
{
    (void)decision;
    if (in->gate == REASON_NONE)
        text_add(text, "gate: free to send");
    else if (in->gate == REASON_DRY_RUN && step->after != 0)
        text_addf(text, "dry_run: %+lld is not sent", (long long)step->after);
    else
        text_addf(text, "%s: %s", reason_row(in->gate)->name, reason_row(in->gate)->meaning);
}

static void explain_pending(const struct decision_input *in, const struct decision *decision,
                            const struct step *step, struct text *text)
{
    (void)decision;
    if (step->before < 0 && in->pending_hosts > 0)
        text_addf(text, "pending: %d on their way, not given back before they come",
                  in->pending_hosts);
    else if (step->before > 0 && in->undrained_hosts > 0)
        text_addf(text, "pending: %d asked away are still there, not replaced",
                  in->undrained_hosts);
    else
        text_add(text, "pending");
}

static void explain_shrink_doubt(const struct decision_input *in, const struct decision *decision,
                                 const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    if (in->is_shrink_latched)
        text_add(text, "discovery lost many deployments: nothing shrinks");
    else if (shrink_doubt(in) == REASON_NO_SERVERS)
        text_add(text, "hosts without a server: nothing shrinks");
    else
        text_add(text, "discovery is trusted");
}

static void explain_max_hosts(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    if (in->policy->max_hosts == HOSTS_UNLIMITED)
        text_add(text, "max_hosts none");
    else
        text_addf(text, "max_hosts %d", in->policy->max_hosts);
}

static void explain_window(const struct decision_input *in, const struct decision *decision,
                           const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    text_add(text, "scale_down_window ");
    text_add_duration(text, in->policy->scale_down_window_ms);
    text_addf(text, ": highest desired %d", in->desired_high);
}

static void explain_min_hosts(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct text *text)
{
    (void)decision;
    (void)step;
    text_addf(text, "min_hosts %d", in->policy->min_hosts);
}

typedef void explain_function(const struct decision_input *in, const struct decision *decision,
                              const struct step *step, struct text *text);

static explain_function *const explain_functions[] = {
#define RULE(id, name, stage, reason, apply, explain) explain_##explain,
#include "engine/rules.def"
#undef RULE
};

void explain_step(const struct decision_input *in, const struct decision *decision, size_t index,
                  struct text *text)
{
    must(index < decision->step_count);
    const struct step *step = &decision->steps[index];
    explain_functions[step->rule](in, decision, step, text);
    /* Rules of these stages have no delta before and after. */
    enum rule_stage stage = rule_row(step->rule)->stage;
    if (stage == STAGE_INPUT || stage == STAGE_SEND)
        return;
    if (step->verdict == VERDICT_OK)
        text_add(text, ": ok");
    else
        text_addf(text, ": %+lld -> %+lld", (long long)step->before, (long long)step->after);
}

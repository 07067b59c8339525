#include "engine/core/explain.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/core/want.h"

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
    text_addf(text, "%%))) = %lld hosts", (long long)decision->formula_hosts);
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
              (long long)decision->formula_hosts, (long long)decision->base_hosts,
              (long long)(decision->formula_hosts - decision->base_hosts));
}

/* "lookahead 2m30s: busy 932 + rise 9 + usual miss 5 = 946, 106 hosts" */
static void explain_lookahead(const struct decision_input *in, struct text *text)
{
    const struct outlook *outlook = &in->outlook;
    text_add(text, "lookahead ");
    if (in->policy->lookahead_ms == LOOKAHEAD_OFF) {
        text_add(text, "off");
        return;
    }
    text_add_duration(text, outlook->horizon_ms);
    text_addf(text, ": busy %lld + rise %d + usual miss %d = %lld, %lld hosts",
              (long long)want_busy_now(in), outlook->rise_servers, outlook->usual_miss_servers,
              (long long)(want_busy_expected(in) + outlook->usual_miss_servers),
              (long long)want_by_rule(in, RULE_LOOKAHEAD));
}

static void explain_surge(const struct decision_input *in, struct text *text)
{
    text_add(text, "surge_reserve ");
    text_add_percent(text, in->policy->surge_reserve_ppb);
    text_addf(text, "%%: demand outran the forecast by %d", in->outlook.surge_servers);
    if (want_surge_servers(in) > 0)
        text_addf(text, "; %lld free beside busy %lld, %lld hosts",
                  (long long)want_surge_servers(in), (long long)want_busy_expected(in),
                  (long long)want_by_rule(in, RULE_SURGE_RESERVE));
}

static void explain_saturation(const struct decision_input *in, struct text *text)
{
    text_add(text, "saturation_step ");
    text_add_percent(text, in->policy->saturation_step_ppb);
    text_addf(text, "%%: %s in %d pass%s",
              in->outlook.saturated_passes == 0 ? "some server was free" : "no server was free",
              in->outlook.saturated_passes == 0 ? 1 : in->outlook.saturated_passes,
              in->outlook.saturated_passes <= 1 ? "" : "es");
    if (want_is_saturated(in))
        text_addf(text, "; busy taken for %lld, %lld hosts", (long long)want_busy_hidden(in),
                  (long long)want_by_rule(in, RULE_SATURATION_STEP));
}

static void explain_min_free(const struct decision_input *in, struct text *text)
{
    text_addf(text, "min_free_servers %lld", (long long)want_min_free(in));
    if (in->policy->min_free_servers == MIN_FREE_AUTO)
        text_add(text, " (auto)");
    if (want_min_free(in) > 0)
        text_addf(text, " beside busy %lld, %lld hosts", (long long)want_busy_expected(in),
                  (long long)want_by_rule(in, RULE_MIN_FREE_SERVERS));
}

static void explain_outage(const struct decision_input *in, struct text *text)
{
    text_add(text, "outage_hold ");
    text_add_duration(text, in->policy->outage_hold_ms);
    if (in->outlook.outage_left_ms == 0)
        return;
    text_addf(text, ": demand has collapsed; highest desired %d for another ", in->outage_high);
    text_add_duration(text, in->outlook.outage_left_ms);
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
    text_addf(text, "%lld",
              (long long)step_limit_hosts(limit, in->policy, in->status.current_hosts));
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

static void explain_pending(const struct decision_input *in, const struct step *step,
                            struct text *text)
{
    if (step->before < 0 && in->pending_hosts > 0)
        text_addf(text, "pending: %d on their way are not given back before they have come",
                  in->pending_hosts);
    else if (step->before > 0 && in->staying_hosts > 0)
        text_addf(text, "pending: %d asked away are still there", in->staying_hosts);
    else
        text_add(text, "pending");
}

static void explain_doubt(const struct decision_input *in, struct text *text)
{
    if (in->is_shrink_latched)
        text_add(text, "discovery lost many deployments: nothing shrinks");
    else if (shrink_doubt(in) == REASON_NO_SERVERS)
        text_add(text, "hosts without a server: nothing shrinks");
    else if (in->pending_hosts > 0)
        text_addf(text, "%d on their way: not given back before they have come", in->pending_hosts);
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
    case RULE_LOOKAHEAD:
        explain_lookahead(in, text);
        break;
    case RULE_SURGE_RESERVE:
        explain_surge(in, text);
        break;
    case RULE_SATURATION_STEP:
        explain_saturation(in, text);
        break;
    case RULE_MIN_FREE_SERVERS:
        explain_min_free(in, text);
        break;
    case RULE_OUTAGE_HOLD:
        explain_outage(in, text);
        break;
    case RULE_SCALE_DOWN_WINDOW:
        text_add(text, "scale_down_window ");
        text_add_duration(text, in->policy->scale_down_window_ms);
        text_addf(text, ": highest desired %d", in->desired_high);
        break;
    case RULE_PENDING:
        explain_pending(in, step, text);
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
    case RULE_LOOKAHEAD:
    case RULE_SURGE_RESERVE:
    case RULE_SATURATION_STEP:
    case RULE_MIN_FREE_SERVERS:
    case RULE_SCALE_DOWN_WINDOW:
    case RULE_OUTAGE_HOLD:
    case RULE_PENDING:
    case RULE_SHRINK_DOUBT:
    case RULE_MIN_HOSTS:
    case RULE_MAX_HOSTS:
    case RULE_MAX_STEP:
    case RULE_COOLDOWN:
        explain_rail(in, step, text);
        return;
    }
}

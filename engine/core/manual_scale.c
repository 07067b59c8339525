#include "engine/core/manual_scale.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"

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
    return hosts_after(deployment, delta) < 0 ? REASON_MIN_HOSTS : REASON_NONE;
}

static int64_t cooldown_left_ms(const struct deployment *deployment, int32_t delta, struct mono now)
{
    struct mono since = delta > 0 ? deployment->scaled_up_at : deployment->scaled_at;
    int64_t period_ms =
        delta > 0 ? deployment->policy->cooldown_up_ms : deployment->policy->cooldown_down_ms;
    return since.ms == MONO_NEVER.ms ? 0 : max_i64(0, since.ms + period_ms - now.ms);
}

static int64_t step_max(const struct deployment *deployment, int32_t delta)
{
    const struct policy *policy = deployment->policy;
    return step_limit_hosts(delta > 0 ? &policy->max_step_up : &policy->max_step_down, policy,
                            deployment->status.current_hosts);
}

/* The most hosts that were wanted within the window, this decision's included. */
static int64_t wanted_hosts(const struct deployment *deployment)
{
    bool is_decided = deployment->desired_hosts >= 0;
    return is_decided ? max_i64(deployment->input.desired_high, deployment->desired_hosts) : 0;
}

static void object(struct manual_check *check, bool does, enum reason reason)
{
    if (!does)
        return;
    must(check->objection_count < MANUAL_OBJECTIONS_MAX);
    check->objections[check->objection_count++] = reason;
}

void manual_check(const struct deployment *deployment, int32_t delta, enum reason gate,
                  struct mono now, struct manual_check *ret_check)
{
    must(delta != 0);
    const struct policy *policy = deployment->policy;
    bool is_up = delta > 0;
    struct manual_check check = {
        .refusal = refusal_of(deployment, delta, gate),
        .hosts = hosts_after(deployment, delta),
    };
    object(&check, !is_up && check.hosts < policy->min_hosts, REASON_MIN_HOSTS);
    object(&check, is_up && policy->max_hosts != HOSTS_UNLIMITED && check.hosts > policy->max_hosts,
           REASON_MAX_HOSTS);
    int64_t size = is_up ? delta : -(int64_t)delta;
    object(&check, size > step_max(deployment, delta),
           is_up ? REASON_MAX_STEP_UP : REASON_MAX_STEP_DOWN);
    object(&check, cooldown_left_ms(deployment, delta, now) > 0,
           is_up ? REASON_COOLDOWN_UP : REASON_COOLDOWN_DOWN);
    object(&check, !is_up && check.hosts < wanted_hosts(deployment), REASON_SCALE_DOWN_WINDOW);
    *ret_check = check;
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

static void explain_bound(const char *name, int32_t bound, const struct manual_check *check,
                          struct text *text)
{
    text_addf(text, "%s %d: there would be %lld", name, bound, (long long)check->hosts);
}

static void explain_cooldown(const char *name, int64_t left_ms, struct text *text)
{
    text_addf(text, "%s: for another ", name);
    text_add_duration(text, 1000 * ceil_div(left_ms, 1000));
}

void manual_explain_objection(const struct deployment *deployment, int32_t delta,
                              const struct manual_check *check, size_t index, struct mono now,
                              struct text *text)
{
    must(index < check->objection_count);
    enum reason reason = check->objections[index];
    const struct policy *policy = deployment->policy;
    const char *name = reason_row(reason)->name;
    if (reason == REASON_MIN_HOSTS)
        explain_bound(name, policy->min_hosts, check, text);
    else if (reason == REASON_MAX_HOSTS)
        explain_bound(name, policy->max_hosts, check, text);
    else if (reason == REASON_COOLDOWN_UP || reason == REASON_COOLDOWN_DOWN)
        explain_cooldown(name, cooldown_left_ms(deployment, delta, now), text);
    else if (reason == REASON_SCALE_DOWN_WINDOW)
        text_addf(text, "%s: %lld hosts are wanted, there would be %lld", name,
                  (long long)wanted_hosts(deployment), (long long)check->hosts);
    else
        text_addf(text, "%s %lld: this is %+d", name, (long long)step_max(deployment, delta),
                  delta);
}

#include "engine/core/policy.h"

#include "engine/base/arith.h"

#define MINUTE_MS ((int64_t)60 * 1000)

const struct policy policy_default = {
    .min_hosts = 1,
    .max_hosts = HOSTS_UNLIMITED,
    .max_growth_per_hour = { STEP_SHARE, 700 * (int64_t)SHARE_PERCENT },
    .scale_down_window_ms = 15 * MINUTE_MS,
    .boot_timeout_ms = 10 * MINUTE_MS,
    .drain_timeout_ms = 180 * MINUTE_MS,
    .lookahead_ms = LOOKAHEAD_AUTO,
    .surge_reserve_ppb = 112 * SHARE_PERCENT,
    .saturation_step_ppb = 20 * SHARE_PERCENT,
    .outage_hold_ms = 30 * MINUTE_MS,
    .confirm_timeout_ms = CONFIRM_AUTO,
    .target_free_ppb = TARGET_FROM_API,
};

const struct policy policy_formula = {
    .min_hosts = 1,
    .max_hosts = HOSTS_UNLIMITED,
    .boot_timeout_ms = 10 * MINUTE_MS,
    .drain_timeout_ms = 180 * MINUTE_MS,
    .lookahead_ms = LOOKAHEAD_OFF,
    .confirm_timeout_ms = CONFIRM_AUTO,
    .target_free_ppb = TARGET_FROM_API,
    .is_bare = true,
};

void policy_make_bare(struct policy *policy)
{
    policy->cooldown_up_ms = 0;
    policy->cooldown_down_ms = 0;
    policy->scale_down_window_ms = 0;
    policy->lookahead_ms = LOOKAHEAD_OFF;
    policy->surge_reserve_ppb = 0;
    policy->saturation_step_ppb = 0;
    policy->outage_hold_ms = 0;
    policy->max_growth_per_hour = (struct step_limit){ 0 };
    policy->is_bare = true;
}

const char *policy_name(const struct policy *policy)
{
    return policy->match ? policy->match : "defaults";
}

const char *policy_target_source(const struct policy *policy)
{
    return policy->target_free_ppb == TARGET_FROM_API ? "api" : "policy";
}

int64_t policy_confirm_ms(const struct policy *policy)
{
    return policy->confirm_timeout_ms == CONFIRM_AUTO ? policy->boot_timeout_ms
                                                      : policy->confirm_timeout_ms;
}

int64_t step_limit_hosts(const struct step_limit *limit, const struct policy *policy, int64_t hosts)
{
    /* At least one: with a share of 0 hosts, an empty deployment could never grow. */
    int64_t fleet = max_i64(1, max_i64(hosts, policy->min_hosts));
    switch (limit->kind) {
    case STEP_UNLIMITED:
        return INT32_MAX;
    case STEP_HOSTS:
        return limit->amount;
    case STEP_SHARE:
        break;
    }
    /* In two parts: a count times a share above 100 % may not fit. */
    int64_t whole = fleet * (limit->amount / SHARE_WHOLE);
    return whole + ceil_div(fleet * (limit->amount % SHARE_WHOLE), SHARE_WHOLE);
}

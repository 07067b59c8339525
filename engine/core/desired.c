#include "engine/core/desired.h"

#include "engine/base/arith.h"
#include "engine/core/delta.h"

/* Servers are counted in 32 bits everywhere else: what is expected never leaves them. */
static int64_t hosts_for(const struct decision_input *in, int64_t busy_servers)
{
    return delta_desired_hosts(&(struct delta_input){
        .servers_per_host = in->servers_per_host,
        .total_servers = saturate_i32(busy_servers),
        .target_free_ppb = in->target_free_ppb,
    });
}

static int64_t hosts_with_free(const struct decision_input *in, int64_t free_servers)
{
    return ceil_div(want_busy_expected(in) + free_servers, in->servers_per_host);
}

int64_t want_busy_now(const struct decision_input *in)
{
    return (int64_t)in->status.total_servers - in->status.free_servers;
}

int64_t want_busy_expected(const struct decision_input *in)
{
    return want_busy_now(in) + in->outlook.rise_servers;
}

int64_t want_surge_servers(const struct decision_input *in)
{
    return ceil_div((int64_t)in->outlook.peak_error_servers * in->policy->surge_reserve_ppb,
                    SHARE_WHOLE);
}

bool want_is_saturated(const struct decision_input *in)
{
    return in->policy->saturation_step_ppb > 0 &&
           in->outlook.saturated_passes >= SATURATED_PASSES_MIN &&
           in->outlook.saturated_passes <= SATURATED_PASSES_MAX;
}

int64_t want_busy_hidden(const struct decision_input *in)
{
    int64_t busy = want_busy_now(in);
    int64_t further = (int64_t)in->outlook.saturated_passes - (SATURATED_PASSES_MIN - 1);
    return busy + ceil_div(busy * in->policy->saturation_step_ppb, SHARE_WHOLE) +
           further * in->servers_per_host;
}

/* Square-root staffing: two deviations of a load that comes and goes by itself. */
int64_t want_min_free(const struct decision_input *in)
{
    if (in->policy->min_free_servers != MIN_FREE_AUTO)
        return in->policy->min_free_servers;
    int64_t four_fold = 4 * want_busy_expected(in);
    int64_t root = floor_sqrt(four_fold);
    return root + (root * root < four_fold);
}

int64_t want_by_formula(const struct decision_input *in)
{
    return delta_desired_hosts(&(struct delta_input){
        .servers_per_host = in->servers_per_host,
        .total_servers = in->status.total_servers,
        .free_servers = in->status.free_servers,
        .target_free_ppb = in->target_free_ppb,
    });
}

int64_t want_by_rule(const struct decision_input *in, enum rule rule)
{
    switch (rule) {
    case RULE_LOOKAHEAD:
        return in->outlook.is_trending
                   ? hosts_for(in, want_busy_expected(in) + in->outlook.mean_error_servers)
                   : 0;
    case RULE_SURGE_RESERVE:
        return want_surge_servers(in) > 0 ? hosts_with_free(in, want_surge_servers(in)) : 0;
    case RULE_SATURATION_STEP:
        return want_is_saturated(in) ? hosts_for(in, want_busy_hidden(in)) : 0;
    case RULE_MIN_FREE_SERVERS:
        return want_min_free(in) > 0 ? hosts_with_free(in, want_min_free(in)) : 0;
    case RULE_PLAUSIBLE:
    case RULE_DESIRED:
    case RULE_BASE:
    case RULE_SCALE_DOWN_WINDOW:
    case RULE_OUTAGE_HOLD:
    case RULE_PENDING:
    case RULE_SHRINK_DOUBT:
    case RULE_MIN_HOSTS:
    case RULE_MAX_HOSTS:
    case RULE_MAX_STEP:
    case RULE_COOLDOWN:
    case RULE_GATE:
        break;
    }
    return 0;
}

int64_t want_hosts(const struct decision_input *in)
{
    int64_t hosts = want_by_formula(in);
    for (enum rule rule = RULE_LOOKAHEAD; rule <= RULE_MIN_FREE_SERVERS; rule++)
        hosts = max_i64(hosts, want_by_rule(in, rule));
    return hosts;
}

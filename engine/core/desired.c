#include "engine/core/desired.h"

#include "engine/base/arith.h"
#include "engine/core/delta.h"
#include "engine/core/rule_functions.h"

/* Expected servers saturate at 32 bits, the range of every other server count. */
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
    return ceil_div(busy_expected(in) + free_servers, in->servers_per_host);
}

int64_t busy_now(const struct decision_input *in)
{
    return (int64_t)in->status.total_servers - in->status.free_servers + in->drain_correction;
}

int64_t rise_expected(const struct decision_input *in)
{
    int64_t part = floor_div(busy_now(in), OVERSHOOT_PARTS);
    int64_t limit = max_i64(part, (int64_t)OVERSHOOT_HOSTS * in->servers_per_host);
    return min_i64(in->outlook.rise_servers, limit);
}

int64_t busy_expected(const struct decision_input *in)
{
    return busy_now(in) + rise_expected(in);
}

int64_t surge_servers(const struct decision_input *in)
{
    return ceil_div((int64_t)in->outlook.peak_error_servers * in->policy->surge_reserve_ppb,
                    SHARE_WHOLE);
}

bool is_saturated(const struct decision_input *in)
{
    return in->policy->saturation_step_ppb > 0 &&
           in->outlook.saturated_passes >= SATURATED_PASSES_MIN &&
           in->outlook.saturated_passes <= SATURATED_PASSES_MAX;
}

/* Square-root staffing: 2 sqrt(busy), rounded up; two standard deviations of a Poisson load. */
int64_t min_free_servers(const struct decision_input *in)
{
    if (in->policy->min_free_servers != MIN_FREE_AUTO)
        return in->policy->min_free_servers;
    int64_t four_fold = 4 * busy_expected(in);
    int64_t root = floor_sqrt(four_fold);
    return root + (root * root < four_fold);
}

/*
 * Servers that only look busy may be busy all the same, and hidden sessions may have been replaced by others: a removal
 * counts them.
 */
static int64_t busy_to_keep(const struct decision_input *in)
{
    return (int64_t)in->status.total_servers - in->status.free_servers + in->drain_hidden;
}

static int64_t servers_for(const struct decision_input *in, int64_t busy_servers)
{
    return delta_needed_servers(&(struct delta_input){
        .servers_per_host = in->servers_per_host,
        .total_servers = saturate_i32(busy_servers),
        .target_free_ppb = in->target_free_ppb,
    });
}

int64_t needed_servers(const struct decision_input *in)
{
    return servers_for(in, busy_to_keep(in));
}

int64_t desired_by_formula(const struct decision_input *in)
{
    return hosts_for(in, busy_now(in));
}

bool is_waiting(const struct decision_input *in)
{
    return in->policy->saturation_step_ppb > 0 && in->outlook.waiting_servers > 0 &&
           (is_saturated(in) || in->status.current_hosts == 0);
}

int64_t hosts_of_waiting(const struct decision_input *in)
{
    return is_waiting(in) ? hosts_for(in, in->outlook.waiting_servers) : 0;
}

int64_t hosts_when_saturated(const struct decision_input *in)
{
    return in->outlook.saturated_passes >= SATURATED_PASSES_SURE
               ? desired_by_formula(in)
               : ceil_div(in->status.total_servers, in->servers_per_host);
}

int64_t step_when_saturated(const struct decision_input *in)
{
    int64_t hosts = hosts_when_saturated(in);
    int64_t share = share_floor(hosts, in->policy->saturation_step_ppb);
    int64_t most = floor_div(hosts, SATURATED_PARTS);
    return max_i64(SATURATED_HOSTS_MIN, min_i64(share, most));
}

static int64_t with_overshoot(int64_t hosts)
{
    return hosts + max_i64(OVERSHOOT_HOSTS, floor_div(hosts, OVERSHOOT_PARTS));
}

int64_t lookahead_limit(const struct decision_input *in)
{
    return with_overshoot(desired_by_formula(in));
}

int64_t surge_limit(const struct decision_input *in)
{
    int64_t highest = max_i64(busy_now(in), in->outlook.demand_high_servers);
    return with_overshoot(hosts_for(in, highest));
}

/* Not more than the limit for these hosts of the formula. */
static int64_t hosts_ahead(const struct decision_input *in, int64_t formula_hosts)
{
    if (!in->outlook.is_trending)
        return 0;
    int64_t hosts = hosts_for(in, busy_expected(in) + in->outlook.mean_error_servers);
    return min_i64(hosts, with_overshoot(formula_hosts));
}

int64_t desired_by_lookahead(const struct decision_input *in)
{
    return hosts_ahead(in, desired_by_formula(in));
}

int64_t desired_by_surge(const struct decision_input *in)
{
    if (surge_servers(in) == 0)
        return 0;
    return min_i64(hosts_with_free(in, surge_servers(in)), surge_limit(in));
}

int64_t desired_by_saturation(const struct decision_input *in)
{
    int64_t hosts = is_saturated(in) ? hosts_when_saturated(in) + step_when_saturated(in) : 0;
    return max_i64(hosts, hosts_of_waiting(in));
}

int64_t desired_by_min_free(const struct decision_input *in)
{
    return min_free_servers(in) > 0 ? hosts_with_free(in, min_free_servers(in)) : 0;
}

int64_t coming_hosts(const struct decision_input *in)
{
    return max_i64(in->coming_hosts, max_i64(0, in->pending_hosts));
}

int64_t surplus_servers(const struct decision_input *in)
{
    return in->status.total_servers - in->drain_servers - needed_servers(in);
}

int64_t surplus_hosts(const struct decision_input *in)
{
    return max_i64(0, floor_div(surplus_servers(in), in->servers_per_host));
}

int64_t short_hosts(const struct decision_input *in)
{
    const struct status *status = &in->status;
    int64_t capacity = (int64_t)status->current_hosts * in->servers_per_host;
    int64_t booting = max_i64(0, capacity - status->total_servers);
    int64_t needed = servers_for(in, (int64_t)status->total_servers - status->free_servers);
    int64_t hosts = ceil_div(needed - status->total_servers - booting, in->servers_per_host);
    return max_i64(0, hosts - coming_hosts(in));
}

/* --- as rules -------------------------------------------------------------------------------------------------- */

int64_t apply_lookahead(const struct decision_input *in, const struct decision *decision,
                        int64_t hosts, enum reason *reason)
{
    (void)decision;
    (void)reason;
    /* The first of the rules: these are the hosts of the formula. */
    return max_i64(hosts, hosts_ahead(in, hosts));
}

int64_t apply_surge(const struct decision_input *in, const struct decision *decision, int64_t hosts,
                    enum reason *reason)
{
    (void)decision;
    (void)reason;
    /* The limit costs a division; seldom is the reserve larger than what is desired already. */
    if (surge_servers(in) == 0 || hosts_with_free(in, surge_servers(in)) <= hosts)
        return hosts;
    return max_i64(hosts, desired_by_surge(in));
}

int64_t apply_saturation(const struct decision_input *in, const struct decision *decision,
                         int64_t hosts, enum reason *reason)
{
    (void)decision;
    (void)reason;
    return max_i64(hosts, desired_by_saturation(in));
}

int64_t apply_min_free(const struct decision_input *in, const struct decision *decision,
                       int64_t hosts, enum reason *reason)
{
    (void)decision;
    (void)reason;
    return max_i64(hosts, desired_by_min_free(in));
}

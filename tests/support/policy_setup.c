#include "tests/support/policy_setup.h"

int32_t drain_servers(const struct status *status, int32_t pending_hosts, int32_t coming_hosts,
                      int32_t servers_per_host)
{
    int64_t coming = max_i64(coming_hosts, max_i64(0, pending_hosts));
    return (int32_t)min_i64(status->total_servers, (coming - pending_hosts) * servers_per_host);
}

struct decision_input setup_input(const struct setup *setup, struct policy *ret_policy)
{
    *ret_policy = setup->is_formula_only ? policy_formula : policy_default;
    /* The rows count with four fifths of the peak error. */
    if (!setup->is_formula_only)
        ret_policy->surge_reserve_ppb = 80 * SHARE_PERCENT;
    ret_policy->min_free_servers = setup->min_free;
    ret_policy->min_hosts = setup->min_hosts == 0 ? 1 : (int32_t)max_i64(0, setup->min_hosts);
    ret_policy->max_hosts = setup->max_hosts == 0 ? HOSTS_UNLIMITED : setup->max_hosts;
    ret_policy->max_step_up = setup->up;
    ret_policy->max_step_down = setup->down;
    if (setup->growth.kind != STEP_UNLIMITED || setup->is_growth_off)
        ret_policy->max_growth_per_hour = setup->growth;
    return (struct decision_input){
        .policy = ret_policy,
        .fault = setup->fault,
        .servers_per_host = setup->servers_per_host > 0 ? setup->servers_per_host : 10,
        .target_free_ppb = setup->target_free_ppb > 0 ? setup->target_free_ppb : PCT(15),
        .status = setup->status,
        .pending_hosts = setup->pending_hosts,
        .coming_hosts = setup->coming_hosts,
        .unconfirmed_hosts = setup->unconfirmed_hosts,
        .unready_hosts = setup->unready_hosts,
        .undrained_hosts = setup->undrained_hosts,
        .drain_servers =
            drain_servers(&setup->status, setup->pending_hosts, setup->coming_hosts, 10),
        .outlook = setup->outlook,
        .desired_high = setup->desired_high,
        .outage_high = setup->outage_high,
        .start_hosts = setup->start_hosts,
        .start_left_ms = setup->start_left_ms,
        .cooldown_up_left_ms = setup->up_left_ms,
        .cooldown_down_left_ms = setup->down_left_ms,
        .growth_base_hosts = setup->growth_base,
        .grown_hosts = setup->grown,
        .grown_left_ms = setup->grown_left_ms,
        .growth_wait_ms = setup->growth_wait_ms,
        .gate = setup->gate,
        .is_shrink_latched = setup->is_shrink_latched,
        .entry_fault = setup->entry_fault,
    };
}

#include "tests/sim/recovery.h"

#include "engine/core/growth.h"
#include "engine/core/order_backoff.h"
#include "tests/sim/operator.h"

#include <stdlib.h>

#define RECOVERY_MS_MAX ((int64_t)3 * 60 * 60 * 1000)

/* --- end of faults ---------------------------------------------------------------------------------- */

/* Some sites keep their unready hosts, so that the core must detect them. */
static bool is_unready_removed(const struct site *site)
{
    return site->index % 2 == 0 || model_expects(&site->model) ||
           site->model.policy->max_hosts != HOSTS_UNLIMITED;
}

static void end_faults_of_site(struct sim_state *sim_state, struct site *site)
{
    struct fleet_truth *truth = &site->truth;
    site->back_at = 0;
    site->is_hanging = false;
    if (site->model.is_paused)
        operator_ask(sim_state, COMMAND_RESUME, site->index);
    fleet_truth_advance(truth, sim_state_now_ms(sim_state));
    if (truth->unready + truth->never + truth->drains.hosts > 0)
        sim_state_disturb(sim_state, site, truth->unready + truth->never);
    fleet_truth_clean(truth, is_unready_removed(site));
    site->full_loss = (struct full_loss){ 0 };
    site->had_turnover = truth->turnover.session_ms > 0;
    truth->turnover = (struct turnover){ 0 };
    truth->away_servers = 0;
    site->demand = demand_at(site->plan, sim_state_age_ms(sim_state));
}

void recovery_begin(struct sim_state *sim_state)
{
    sim_state->phase = PHASE_RECOVERY;
    trace_note(&sim_state->trace, SITE_NONE, RECORD_PHASE, sim_state->phase, 0, 0);
    fault_plan_end(&sim_state->fault_plan);
    sim_state->outage_until_ms = INT64_MIN;
    sim_state->old_server_until_ms = INT64_MIN;
    operator_ask(sim_state, COMMAND_RESUME_ALL, 0);
    operator_ask(sim_state, COMMAND_DRY_RUN_OFF, 0);
    for (size_t i = 0; i < sim_state->site_count; i++)
        if (sim_state->sites[i].is_there)
            end_faults_of_site(sim_state, &sim_state->sites[i]);
}

/* --- time to recover -------------------------------------------------------------------------------- */

/*
 * Events that cannot be observed leave wrong entries in the ledger. An entry expires after one boot_timeout, a removal
 * after one drain_timeout. Hosts that are ordered after that are credited to the oldest entry, so that at most half of
 * the rest looks new: one round for each halving. Each unready host that is replaced hides another one for one more
 * period.
 */
static int64_t misled_rounds(const struct site *site)
{
    int64_t hosts = fleet_truth_owned(&site->truth);
    int64_t rounds = 3 + 2 * (int64_t)site->truth.unready;
    for (int64_t left = llabs(model_rest(&site->model, hosts, site->demand) - hosts); left > 1;
         left /= 2)
        rounds++;
    return rounds;
}

/* Unfilled orders are asked again in lots: 1, 4, 16 ... hosts, each after its boot and another boot_timeout. */
static int64_t backoff_ms(const struct sim_state *sim_state, const struct site *site)
{
    const struct deployment *deployment = sim_state_deployment(sim_state, site);
    const struct policy *policy = site->model.policy;
    if (!deployment || !deployment->ledger || !ledger_expects_hosts(deployment->ledger))
        return 0;
    int64_t lots = 1;
    for (int64_t hosts = model_rest(&site->model, fleet_truth_owned(&site->truth), site->demand);
         hosts > 1; hosts /= BACKOFF_LOT_GROWTH)
        lots++;
    int64_t left_ms = order_backoff_retry_left_ms(deployment->ledger, sim_state_now(sim_state));
    return max_i64(left_ms, BACKOFF_TIMEOUTS_FIRST * policy->boot_timeout_ms) +
           lots * (policy->boot_timeout_ms + site->plan->boot_ms_high);
}

/* The core forgets servers that restarted when the number of missing ones has not changed for so long. */
static int64_t turnover_ms(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    int64_t pass_ms = sim_state->plan->pass_interval_ms;
    int64_t memory_ms = max_i64(policy->boot_timeout_ms, policy->scale_down_window_ms) / 2;
    return site->had_turnover ? 4 * max_i64(memory_ms, TURNOVER_SAMPLES * pass_ms) : 0;
}

/* The core raises the rate of its reads slowly. */
static int64_t rate_limit_ms(const struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    return plan->permille[FAMILY_RATE_LIMIT] > 0 ? 40 * plan->pass_interval_ms : 0;
}

static int64_t settle_ms(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    int64_t open_ms = site->model.is_unconfirmed ? site->model.confirm_ms : 0;
    /* A fall of demand during a removal may be hidden sessions: they are remembered as long as the removal. */
    int64_t drain_ms = max_i64(policy->boot_timeout_ms, policy->drain_timeout_ms);
    int64_t owned = fleet_truth_owned(&site->truth);
    bool is_shrinking = owned > model_rest(&site->model, owned, site->demand);
    int64_t round_ms = is_shrinking ? drain_ms : policy->boot_timeout_ms;
    int64_t misled_ms = misled_rounds(site) * round_ms;
    return misled_ms + open_ms + rate_limit_ms(sim_state) + turnover_ms(sim_state, site) +
           backoff_ms(sim_state, site) + drain_ms + 2 * policy->boot_timeout_ms +
           policy->scale_down_window_ms + policy->outage_hold_ms + LATCH_MS +
           4 * sim_state->plan->discovery_interval_ms;
}

/* Hosts after one scale in the direction of the goal. */
static int64_t step_towards(const struct policy *policy, int64_t hosts, int64_t goal)
{
    bool is_up = goal > hosts;
    const struct step_limit *limit = is_up ? &policy->max_step_up : &policy->max_step_down;
    int64_t most = max_i64(1, step_limit_hosts(limit, policy, hosts));
    int64_t step = min_i64(llabs(goal - hosts), most);
    return is_up ? hosts + step : hosts - step;
}

/* Every growth waits for its hosts to boot, every removal for its cooldown. */
static int64_t time_of_site_ms(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    int64_t up_ms = site->plan->boot_ms_high + policy->cooldown_up_ms;
    int64_t time_ms = settle_ms(sim_state, site);
    int64_t hosts = fleet_truth_owned(&site->truth);
    for (int64_t goal; (goal = model_rest(&site->model, hosts, site->demand)) != hosts;) {
        time_ms += 3 * sim_state->plan->pass_interval_ms;
        time_ms += goal > hosts ? up_ms : policy->cooldown_down_ms;
        hosts = step_towards(policy, hosts, goal);
        if (time_ms > RECOVERY_MS_MAX)
            break;
    }
    return time_ms;
}

/* The last lists were correct for this site. */
static bool is_known(const struct site *site)
{
    const struct model *model = &site->model;
    return model->servers_per_host == site->listed_size && model_target(model) >= 0 &&
           (model->policy->target_free_ppb != TARGET_FROM_API ||
            model->target_free_ppb == site->listed_target);
}

/*
 * An API that removes ready hosts while others boot causes changes of demand, and a policy that uses history treats
 * them as a trend. The final number of hosts is then not predictable.
 */
static bool is_misled(const struct site *site)
{
    return site->plan->is_ready_removed_first && model_expects(&site->model);
}

/*
 * The growth of an hour may end before the final number of hosts is reached. Hosts that never boot count as well. While
 * no server becomes free, orders may slow down.
 */
static bool is_short_of_growth(const struct sim_state *sim_state, const struct site *site)
{
    int64_t hosts = fleet_truth_owned(&site->truth);
    int64_t enough_hosts = site->demand + 1;
    int64_t missing = model_rest(&site->model, enough_hosts, site->demand) - hosts;
    int64_t left = model_growth_left(&site->model, sim_state_now_ms(sim_state));
    bool is_full = site->demand >= (int64_t)site->truth.ready * site->model.servers_per_host;
    bool is_slow = site->model.stuck.is_watched || (is_full && missing > GROWTH_ROUNDS);
    return missing > 0 && (is_slow || left / 2 < missing);
}

int64_t recovery_time_ms(struct sim_state *sim_state)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        int64_t time_ms = site->model.servers_per_host > 0 ? time_of_site_ms(sim_state, site) : 0;
        site->is_too_slow =
            !site->is_there || is_misled(site) || time_ms > RECOVERY_MS_MAX || !is_known(site) ||
            (site->model.servers_per_host > 0 && is_short_of_growth(sim_state, site));
        if (!site->is_too_slow)
            longest_ms = max_i64(longest_ms, time_ms);
    }
    return longest_ms;
}

/* --- checks ----------------------------------------------------------------------------------------- */

/* A policy that uses history may keep its desired hosts. */
static int64_t owned_max(const struct model *model, int64_t least)
{
    if (!model_expects(model))
        return least;
    int64_t desired_max = max_i64(model->wanted, model_desired_max(model));
    return max_i64(least,
                   min_i64(desired_max + model->policy->min_hosts, model->policy->max_hosts));
}

static void check_owned(struct sim_state *sim_state, const struct site *site)
{
    int64_t owned = fleet_truth_owned(&site->truth);
    int64_t least = model_rest(&site->model, owned, site->demand);
    int64_t most = owned_max(&site->model, least);
    trace_require(&sim_state->trace, owned >= least, LAW_REST, site->index, owned, least);
    trace_require(&sim_state->trace, owned <= most, LAW_REST, site->index, owned, most);
}

static void check_account(struct sim_state *sim_state, const struct site *site)
{
    struct trace *trace = &sim_state->trace;
    const struct deployment *deployment = sim_state_deployment(sim_state, site);
    bool is_open = !deployment || ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED;
    trace_require(trace, !is_open, LAW_EXPIRE, site->index, 1, 0);
    if (!deployment || model_expects(&site->model))
        return;
    int64_t pending = ledger_pending_hosts(deployment->ledger);
    trace_require(trace, pending == 0, LAW_EXPIRE, site->index, pending, 0);
}

void recovery_check(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
        if (site->is_too_slow || site->model.policy->is_paused || sim_state->around.is_read_only)
            continue;
        check_owned(sim_state, site);
        check_account(sim_state, site);
    }
}

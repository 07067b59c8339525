#include "tests/sim/recovery.h"

#include "tests/sim/operator.h"

#include <stdlib.h>

#define REST_MS_MAX ((int64_t)2 * 60 * 60 * 1000)

/* --- healing ---------------------------------------------------------------------------------------- */

/* Here and there the dead stay in the list: the core has to find out. */
static bool is_buried(const struct site *site)
{
    return site->index % 2 == 0 || model_expects(&site->model) ||
           site->model.policy->max_hosts != HOSTS_UNLIMITED;
}

static void heal_site(struct sim_state *sim_state, struct site *site)
{
    struct fleet_truth *truth = &site->truth;
    if (site->model.is_paused)
        operator_ask(sim_state, COMMAND_RESUME, site->index);
    fleet_truth_advance(truth, sim_state_now_ms(sim_state));
    if (truth->dark + truth->never + truth->drains.hosts > 0)
        sim_state_shake(sim_state, site, truth->dark + truth->never);
    fleet_truth_clean(truth, is_buried(site));
    site->demand = demand_at(site->plan, sim_state_age_ms(sim_state));
}

void rest_heal(struct sim_state *sim_state)
{
    sim_state->phase = PHASE_REST;
    trace_note(&sim_state->trace, NOBODY, RECORD_PHASE, sim_state->phase, 0, 0);
    fault_plan_turn(&sim_state->fault_plan);
    sim_state->outage_until_ms = INT64_MIN;
    operator_ask(sim_state, COMMAND_RESUME_ALL, 0);
    operator_ask(sim_state, COMMAND_DRY_RUN_OFF, 0);
    for (size_t i = 0; i < sim_state->site_count; i++)
        if (sim_state->sites[i].is_there)
            heal_site(sim_state, &sim_state->sites[i]);
}

/* --- how long --------------------------------------------------------------------------------------- */

/*
 * What nobody could see has misled the account: what it waits for in vain is given up after a boot_timeout. What is
 * asked for then makes a part of the rest look new, for a move is booked on the oldest request: at most the half of it,
 * so that there are as many rounds as halves. And each dead host that is replaced lets another one pass for one that
 * boots, until it has been missing for a whole period.
 */
static int64_t misled_rounds(const struct site *site)
{
    int64_t hosts = fleet_truth_owned(&site->truth);
    int64_t rounds = 3 + 2 * (int64_t)site->truth.dark;
    for (int64_t left = llabs(model_rest(&site->model, hosts, site->demand) - hosts); left > 1;
         left /= 2)
        rounds++;
    return rounds;
}

static int64_t settle_ms(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    int64_t misled_ms = site->model.room > 0 ? misled_rounds(site) * policy->boot_timeout_ms : 0;
    return misled_ms + 2 * policy->boot_timeout_ms + policy->scale_down_window_ms +
           policy->outage_hold_ms + LATCH_MS + 4 * sim_state->plan->discovery_interval_ms;
}

/* Hosts after one scale towards the goal. */
static int64_t step_towards(const struct policy *policy, int64_t hosts, int64_t goal)
{
    bool is_up = goal > hosts;
    const struct step_limit *limit = is_up ? &policy->max_step_up : &policy->max_step_down;
    int64_t most = max_i64(1, step_limit_hosts(limit, policy, hosts));
    int64_t step = min_i64(llabs(goal - hosts), most);
    return is_up ? hosts + step : hosts - step;
}

/* Every round of growth waits for its hosts, shrinking for rails. */
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
        if (time_ms > REST_MS_MAX)
            break;
    }
    return time_ms;
}

/* The last lists said of it what is so. */
static bool is_known(const struct site *site)
{
    const struct model *model = &site->model;
    return model->servers_per_host == site->listed_size && model_target(model) >= 0 &&
           (model->policy->target_free_ppb != TARGET_FROM_API ||
            model->target_free_ppb == site->listed_target);
}

/*
 * An API that gives back hosts that serve while others boot turns demand away, and who expects takes that for a trend:
 * where such a deployment comes to rest, nobody can say.
 */
static bool is_misled(const struct site *site)
{
    return site->plan->is_rude && model_expects(&site->model);
}

int64_t rest_time_ms(struct sim_state *sim_state)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        int64_t time_ms = site->model.servers_per_host > 0 ? time_of_site_ms(sim_state, site) : 0;
        site->is_too_slow =
            !site->is_there || is_misled(site) || time_ms > REST_MS_MAX || !is_known(site);
        if (!site->is_too_slow)
            longest_ms = max_i64(longest_ms, time_ms);
    }
    return longest_ms;
}

/* --- where they are --------------------------------------------------------------------------------- */

/* Who expects something may keep what it wished for. */
static int64_t owned_max(const struct model *model, int64_t least)
{
    if (!model_expects(model))
        return least;
    int64_t wish = max_i64(model->wanted, model_wish_max(model));
    return max_i64(least, min_i64(wish + model->policy->min_hosts, model->policy->max_hosts));
}

static void check_owned(struct sim_state *sim_state, const struct site *site)
{
    int64_t owned = fleet_truth_owned(&site->truth);
    int64_t least = model_rest(&site->model, owned, site->demand);
    int64_t most = owned_max(&site->model, least);
    trace_demand(&sim_state->trace, owned >= least, LAW_REST, site->index, owned, least);
    trace_demand(&sim_state->trace, owned <= most, LAW_REST, site->index, owned, most);
}

static void check_account(struct sim_state *sim_state, const struct site *site)
{
    struct trace *trace = &sim_state->trace;
    const struct deployment *deployment = sim_state_deployment(sim_state, site);
    bool is_open = !deployment || ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED;
    trace_demand(trace, !is_open, LAW_EXPIRE, site->index, 1, 0);
    if (!deployment || model_expects(&site->model))
        return;
    int64_t pending = ledger_pending_hosts(deployment->ledger);
    trace_demand(trace, pending == 0, LAW_EXPIRE, site->index, pending, 0);
}

void rest_check(struct sim_state *sim_state)
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

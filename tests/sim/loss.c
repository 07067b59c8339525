#include "tests/sim/loss.h"

#include "engine/base/arith.h"
#include "engine/core/losses.h"

#define RISE_HOSTS 2
#define LOST_HOSTS 2

bool loss_may_strike(const struct sim_state *sim_state, const struct site *site)
{
    const struct policy *policy = site->model.policy;
    if (!site->is_there || site->is_too_slow || site->model.servers_per_host < 1)
        return false;
    int64_t left = model_growth_left(&site->model, sim_state_now_ms(sim_state));
    return !policy->is_paused && !sim_state->around.is_read_only &&
           policy->max_hosts == HOSTS_UNLIMITED && policy->max_step_up.kind == STEP_UNLIMITED &&
           !site->model.stuck.is_watched && left / 4 > RISE_HOSTS + LOST_HOSTS;
}

void loss_rise(struct sim_state *sim_state)
{
    sim_state->phase = PHASE_LOSS;
    trace_note(&sim_state->trace, SITE_NONE, RECORD_PHASE, sim_state->phase, 0, 0);
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        if (loss_may_strike(sim_state, site))
            site->demand += (int64_t)RISE_HOSTS * site->model.servers_per_host;
    }
}

/* The longest of all sites, with two passes before and after. */
int64_t loss_rise_ms(const struct sim_state *sim_state)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        const struct site *site = &sim_state->sites[i];
        if (site->is_there)
            longest_ms = max_i64(longest_ms, site->plan->boot_ms_high);
    }
    return longest_ms + 4 * sim_state->plan->pass_interval_ms;
}

static int64_t cooldown_ms(const struct sim_state *sim_state)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < sim_state->site_count; i++)
        if (sim_state->sites[i].is_there)
            longest_ms = max_i64(longest_ms, sim_state->sites[i].model.policy->cooldown_up_ms);
    return longest_ms;
}

int64_t loss_replace_ms(const struct sim_state *sim_state)
{
    int64_t passes = LOSS_STATUSES + LOSS_LAG_PASSES + 2;
    return passes * sim_state->plan->pass_interval_ms + cooldown_ms(sim_state);
}

/* Servers stay free: with none, the status does not show all of the demand. */
static int32_t spare_hosts(const struct site *site)
{
    int32_t serving = (int32_t)(site->demand / site->model.servers_per_host + 1);
    return (int32_t)clamp_i64(site->truth.ready - serving, 0, LOST_HOSTS);
}

/* One that comes and goes unseen is a host that has not come yet. */
bool loss_is_at_rest(const struct site *site)
{
    int64_t owned = fleet_truth_owned(&site->truth);
    const struct status *reported = &site->model.reported;
    return site->truth.boots.hosts == 0 && site->truth.unready == 0 &&
           reported->current_hosts == owned &&
           reported->total_servers == owned * site->model.servers_per_host &&
           owned == model_rest(&site->model, owned, site->demand);
}

bool loss_has_shrunk(const struct sim_state *sim_state, const struct site *site)
{
    int64_t lag_ms = LOSS_LAG_PASSES * sim_state->plan->pass_interval_ms;
    int64_t now_ms = sim_state_now_ms(sim_state);
    return now_ms - site->model.shrunk_ms <= loss_rise_ms(sim_state) + lag_ms;
}

void loss_strike(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        site->recent_loss = (struct recent_loss){ 0 };
        if (!loss_may_strike(sim_state, site))
            continue;
        fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
        bool is_struck = loss_is_at_rest(site) && !loss_has_shrunk(sim_state, site);
        int32_t lost = is_struck ? spare_hosts(site) : 0;
        if (lost == 0)
            continue;
        site->recent_loss.lost = lost;
        fleet_truth_die(&site->truth, lost, false);
        sim_state_disturb(sim_state, site, 2 * (int64_t)lost);
    }
}

/* The status before the loss has shown every host: see loss_is_at_rest. */
void loss_take(struct site *site, int64_t hosts_before)
{
    struct recent_loss *loss = &site->recent_loss;
    if (loss->lost == 0 || loss->is_shown)
        return;
    int64_t come = site->model.reported.current_hosts - (hosts_before - loss->lost);
    loss->hidden = (int32_t)clamp_i64(come, 0, loss->lost);
    loss->is_shown = true;
}

void loss_check(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        const struct recent_loss *loss = &site->recent_loss;
        if (loss->lost == 0)
            continue;
        int64_t owned = fleet_truth_owned(&site->truth);
        int64_t least = model_rest(&site->model, owned + loss->lost, site->demand) - loss->hidden;
        trace_require(&sim_state->trace, owned >= least, LAW_REPLACES, site->index, owned, least);
    }
}

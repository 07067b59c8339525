#include "tests/sim/full_loss.h"

#include "engine/base/arith.h"
#include "engine/core/losses.h"
#include "tests/sim/loss.h"

#define STRETCH_READS 48 /* of the family: how long a fleet is full */
#define AGAIN_READS 6
#define AGAIN_TIMES 3
#define SINGLE_TIMES 6
#define PASSES_FULL 3

/* --- losses ----------------------------------------------------------------------------------------- */

/* Hosts that are lost before the read of this number since the first loss. */
static int64_t loss_of_read(const struct site *site, int32_t read)
{
    int64_t ready = site->truth.ready;
    switch (site->plan->full_loss) {
    case FULL_LOSS_AT_ONCE:
        return read == 0 ? 1 + mul_div(ready, site->plan->full_loss_percent, 100) : 0;
    case FULL_LOSS_ONE_BY_ONE:
        return read < SINGLE_TIMES ? 1 : 0;
    case FULL_LOSS_AGAIN:
        return read % AGAIN_READS == 0 && read < AGAIN_TIMES * AGAIN_READS ? 1 + ready / 4 : 0;
    }
    return 0;
}

static void note_loss(struct full_loss *full_loss, int64_t now_ms, int64_t hosts)
{
    full_loss->lost += hosts;
    if (full_loss->count < FULL_LOSSES_MAX)
        full_loss->losses[full_loss->count++] = (struct full_loss_event){ now_ms, hosts };
}

static void lose(struct sim_state *sim_state, struct site *site)
{
    struct full_loss *full_loss = &site->full_loss;
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    int64_t hosts = min_i64(loss_of_read(site, full_loss->reads++), site->truth.ready);
    if (hosts == 0)
        return;
    fleet_truth_die(&site->truth, (int32_t)hosts, false);
    sim_state_disturb(sim_state, site, 2 * hosts);
    note_loss(full_loss, sim_state_now_ms(sim_state), hosts);
}

static void fill(struct sim_state *sim_state, struct site *site)
{
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    site->full_loss.demand = (int64_t)site->truth.ready * site->truth.servers_per_host;
    site->full_loss.is_full = true;
}

/* --- the family --------------------------------------------------------------------------------------- */

static void draw_stretch(struct sim_state *sim_state, struct site *site)
{
    if (site->read_number % STRETCH_READS != 1)
        return;
    site->full_loss = (struct full_loss){ 0 };
    if (!fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_FULL_LOSS,
                            site->read_number))
        return;
    fill(sim_state, site);
}

void full_loss_read(struct sim_state *sim_state, struct site *site)
{
    if (fault_plan_has(&sim_state->fault_plan, FAMILY_FULL_LOSS))
        draw_stretch(sim_state, site);
    bool is_struck =
        sim_state->phase == PHASE_LOSS
            ? site->full_loss.is_struck
            : site->full_loss.is_full && site->read_number % STRETCH_READS > PASSES_FULL;
    if (is_struck)
        lose(sim_state, site);
}

/* --- the phase of losses ------------------------------------------------------------------------------ */

void full_loss_begin(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        site->full_loss = (struct full_loss){ 0 };
        if (loss_may_strike(sim_state, site) && loss_is_at_rest(site) &&
            !loss_has_shrunk(sim_state, site) && site->truth.ready > 0)
            fill(sim_state, site);
    }
}

int64_t full_loss_full_ms(const struct sim_state *sim_state)
{
    return PASSES_FULL * sim_state->plan->pass_interval_ms;
}

int64_t full_loss_replace_ms(const struct sim_state *sim_state)
{
    int64_t reads = AGAIN_TIMES * AGAIN_READS;
    return loss_replace_ms(sim_state) + reads * sim_state->plan->pass_interval_ms;
}

void full_loss_strike(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        struct full_loss *full_loss = &site->full_loss;
        if (!full_loss->is_full)
            continue;
        fill(sim_state, site);
        full_loss->is_struck = true;
        full_loss->hosts = site->model.reported.current_hosts;
    }
}

/* --- laws --------------------------------------------------------------------------------------------- */

static int64_t lost_since(const struct full_loss *full_loss, int64_t since_ms)
{
    int64_t hosts = 0;
    for (int32_t i = 0; i < full_loss->count; i++)
        if (full_loss->losses[i].at_ms >= since_ms)
            hosts += full_loss->losses[i].hosts;
    return hosts;
}

/*
 * Hosts that come while a replica may still show those that were lost, or unseen between two statuses: as many may count
 * as the lost ones, and be waited for.
 */
static void note_come(struct full_loss *full_loss, int64_t hosts, int64_t since_ms)
{
    int64_t risen = max_i64(0, hosts - full_loss->hosts);
    full_loss->hosts = hosts;
    full_loss->hidden += min_i64(risen, lost_since(full_loss, since_ms));
}

/* Cooldowns, recent removals, the growth of an hour and orders without effect are limits of their own. */
static bool is_limited(const struct sim_state *sim_state, const struct site *site, int64_t missing)
{
    const struct model *model = &site->model;
    int64_t now_ms = sim_state_now_ms(sim_state);
    bool is_cooling =
        model->up_ms != INT64_MIN && now_ms - model->up_ms < model->policy->cooldown_up_ms;
    return is_cooling || loss_has_shrunk(sim_state, site) || model->is_in_flight ||
           model->stuck.is_slow || model_growth_left(model, now_ms) / 4 < missing;
}

void full_loss_take(struct sim_state *sim_state, struct site *site,
                    const struct deployment *deployment)
{
    struct full_loss *full_loss = &site->full_loss;
    if (sim_state->phase != PHASE_LOSS || !full_loss->is_struck)
        return;
    full_loss->is_beyond_counts |= site->model.reported.total_servers == INT32_MAX;
    if (full_loss->is_beyond_counts)
        return;
    int64_t since_ms = sim_state_now_ms(sim_state) - loss_replace_ms(sim_state);
    note_come(full_loss, site->model.reported.current_hosts + full_loss->lost, since_ms);
    int64_t owned = fleet_truth_owned(&site->truth) + max_i64(0, deployment->delta) +
                    lost_since(full_loss, since_ms) + full_loss->hidden;
    int64_t needed = max_i64(model_needed_hosts_now(&site->model), site->model.policy->min_hosts);
    int64_t missing = needed - owned + max_i64(0, deployment->delta);
    trace_require(&sim_state->trace, owned >= needed || is_limited(sim_state, site, missing),
                  LAW_REFILLS, site->index, owned, needed);
}

#include "tests/sim/incidents.h"

#include "tests/sim/exchange.h"
#include "tests/sim/journal.h"
#include "tests/sim/moves.h"
#include "tests/sim/operator.h"
#include "tests/sim/scales.h"

#include <stdlib.h>

/*
 * The invariants depend on the policy: desired values of the old policy do not count for the new one, and an open
 * scale may expire by either policy.
 */
static void change_policy(struct sim_state *sim_state, struct site *site)
{
    struct model *model = &site->model;
    model->policy = sim_state_policy(sim_state, site->index);
    sim_state_disturb(sim_state, site, 0);
    model->desired_highs.count = 0;
    model->is_whole = false;
    if (model->is_in_flight || model->is_unconfirmed)
        model->confirm_ms = 0;
}

static void start_again(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++)
        model_start_again(&sim_state->sites[i].model, sim_state->sites[i].is_reading);
    reconciler_start_again(sim_state->reconciler);
}

static void reload(struct sim_state *sim_state, bool is_other_api)
{
    if (is_other_api)
        start_again(sim_state);
    /* What is remembered from now on is of the other API. */
    for (size_t i = 0; is_other_api && i < sim_state->site_count; i++)
        journal_write(sim_state, &sim_state->sites[i]);
    sim_state->generation++;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        change_policy(sim_state, &sim_state->sites[i]);
        /* Under the new policy fewer hosts may be wanted: those that have not come are written off. */
        sim_state->sites[i].vain_hosts = 0;
    }
    sim_state->around.is_dry_run = sim_state->config.is_dry_run;
    reconciler_configure(sim_state->reconciler, &sim_state->config, sim_state_now(sim_state));
}

/* --- restart ---------------------------------------------------------------------------------------- */

/* The API carries out what it has received. Its responses are not read. */
static void abandon_requests(struct sim_state *sim_state)
{
    while (in_flight_due_ms(&sim_state->in_flight) != INT64_MAX) {
        struct call call;
        in_flight_take(&sim_state->in_flight, &call);
        if (call.kind == EFFECT_SCALE)
            scales_abandon(sim_state, &call);
    }
    sim_state->requests_in_flight = 0;
}

/* With the orders of before, the new process would know that the first status is an old one. */
static int64_t lagging_hosts(const struct sim_state *sim_state, const struct site *site)
{
    bool has_replica = fault_plan_has(&sim_state->fault_plan, FAMILY_STALE);
    bool has_past = fault_plan_has(&sim_state->fault_plan, FAMILY_BELATED);
    int64_t hosts = sim_state_status(sim_state, site).current_hosts;
    int64_t most = has_replica ? llabs(hosts - site->replica.current_hosts) : 0;
    if (sim_state_now_ms(sim_state) < sim_state->old_server_until_ms)
        most = max_i64(most, llabs(hosts - site->old_status.current_hosts));
    for (size_t i = 0; has_past && i < PAST_READS; i++)
        most = max_i64(most, llabs(hosts - site->past[i].status.current_hosts));
    return most;
}

/*
 * The new process knows nothing of the hosts that boot or leave: they may be ordered or removed a second time. It does
 * not know of waits, pauses and cooldowns either.
 */
static void forget_site(struct sim_state *sim_state, struct site *site)
{
    struct fleet_truth *truth = &site->truth;
    fleet_truth_advance(truth, sim_state_now_ms(sim_state));
    sim_state_disturb(sim_state, site,
                      (int64_t)truth->boots.hosts + truth->never + truth->drains.hosts +
                          lagging_hosts(sim_state, site));
    model_forget(&site->model);
    site->model.had_drains = truth->drains.hosts > 0;
    site->is_reading = false;
    site->manual_delta = 0;
    site->has_twin = false;
    site->key = 0;
    site->applied_count = 0;
    site->is_outcome_unknown = false;
    site->is_late = false;
    site->vain_hosts = 0;
}

/* With state it knows all that was recorded. */
static void restart_site(struct sim_state *sim_state, struct site *site)
{
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    sim_state_disturb(sim_state, site, lagging_hosts(sim_state, site));
    site->is_outcome_unknown |= site->model.is_in_flight;
    const struct recollection recollection = {
        .recorded_ms = site->journal.at_ms,
        .begun_delta = site->journal.begun_delta,
        .has_start = site->journal.has_start,
        .status_ms = site->journal.status_ms,
    };
    model_restart(&site->model, sim_state_now_ms(sim_state), &recollection);
    site->is_reading = false;
    site->manual_delta = 0;
    site->has_twin = false;
    if (site->journal.begun_delta != 0)
        site->journal.recalled_key = journal_key(site->journal.begun_key);
    site->journal.is_stored = false;
    site->journal.begun_delta = 0;
}

static void restart_sites(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        if (sim_state->plan->has_state)
            restart_site(sim_state, &sim_state->sites[i]);
        else
            forget_site(sim_state, &sim_state->sites[i]);
    }
}

static void restart(struct sim_state *sim_state)
{
    struct surroundings *around = &sim_state->around;
    abandon_requests(sim_state);
    reconciler_destroy(sim_state->reconciler);
    restart_sites(sim_state);
    sim_state->listing =
        (struct listing){ .number = sim_state->listing.number, .backoff_until_ms = INT64_MIN };
    sim_state->strangers_from = sim_state->strangers_end; /* the new process knows none of them */
    sim_state->last_key = 0;
    sim_state->restarted_ms = sim_state_now_ms(sim_state);
    if (!sim_state->plan->has_state) {
        around->is_paused = false;
        around->is_dry_run = sim_state->config.is_dry_run;
    }
    around->latched_until_ms = INT64_MIN;
    exchange_open(sim_state);
    if (sim_state->plan->has_state)
        journal_restore(sim_state);
}

/* --- the plan --------------------------------------------------------------------------------------- */

static bool may_happen(const struct sim_state *sim_state, size_t number)
{
    static const enum family families[] = {
        [INCIDENT_COMMAND] = FAMILY_OPERATOR, [INCIDENT_RELOAD] = FAMILY_RELOAD,
        [INCIDENT_STALL] = FAMILY_STALL,      [INCIDENT_OUTAGE] = FAMILY_OUTAGE,
        [INCIDENT_RESTART] = FAMILY_RESTART,  [INCIDENT_MOVE] = FAMILY_MOVED,
    };
    const bool *is_cancelled = sim_state->options->is_cancelled;
    return fault_plan_has(&sim_state->fault_plan,
                          families[sim_state->plan->incidents[number].kind]) &&
           !(is_cancelled && is_cancelled[number]);
}

int64_t incidents_due_ms(struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    while (sim_state->next_incident < plan->incident_count &&
           !may_happen(sim_state, sim_state->next_incident))
        sim_state->next_incident++;
    return sim_state->next_incident < plan->incident_count
               ? plan->begin_ms + plan->incidents[sim_state->next_incident].at_ms
               : INT64_MAX;
}

void incidents_happen(struct sim_state *sim_state)
{
    const struct incident *incident = &sim_state->plan->incidents[sim_state->next_incident++];
    if (incident->kind != INCIDENT_COMMAND)
        trace_note(&sim_state->trace, SITE_NONE, RECORD_INCIDENT, incident->kind, incident->amount,
                   0);
    sim_state->passes_allowed++;
    switch (incident->kind) {
    case INCIDENT_COMMAND:
        operator_send(sim_state, incident);
        break;
    case INCIDENT_RELOAD:
        reload(sim_state, incident->amount > 0);
        break;
    case INCIDENT_STALL:
        sim_state_pass_time(sim_state, sim_state_now_ms(sim_state) + incident->amount);
        break;
    case INCIDENT_OUTAGE:
        sim_state->outage_until_ms = sim_state_now_ms(sim_state) + incident->amount;
        break;
    case INCIDENT_MOVE:
        moves_begin(sim_state, incident->amount, incident->old_server);
        break;
    case INCIDENT_RESTART:
        restart(sim_state);
        break;
    }
}

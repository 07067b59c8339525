#include "tests/sim/incidents.h"

#include "tests/sim/operator.h"

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

static void reload(struct sim_state *sim_state)
{
    sim_state->generation++;
    for (size_t i = 0; i < sim_state->site_count; i++)
        change_policy(sim_state, &sim_state->sites[i]);
    sim_state->around.is_dry_run = sim_state->config.is_dry_run;
    reconciler_configure(sim_state->reconciler, &sim_state->config, sim_state_now(sim_state));
}

static bool may_happen(const struct sim_state *sim_state, size_t number)
{
    static const enum family families[] = {
        [INCIDENT_COMMAND] = FAMILY_OPERATOR,
        [INCIDENT_RELOAD] = FAMILY_RELOAD,
        [INCIDENT_STALL] = FAMILY_STALL,
        [INCIDENT_OUTAGE] = FAMILY_OUTAGE,
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
        reload(sim_state);
        break;
    case INCIDENT_STALL:
        sim_state_pass_time(sim_state, sim_state_now_ms(sim_state) + incident->amount);
        break;
    case INCIDENT_OUTAGE:
        sim_state->outage_until_ms = sim_state_now_ms(sim_state) + incident->amount;
        break;
    }
}

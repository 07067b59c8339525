#include "tests/sim/sim_state.h"

#include "engine/base/panic.h"
#include "tests/sim/strangers.h"
#include "tests/support/counting_heap.h"

#include <stdlib.h>

static const struct policy *policy_of(const void *context, const char *id)
{
    uint32_t index = site_index(id);
    if (index != SITE_NONE)
        return sim_state_policy(context, index);
    return strangers_is_one(id) ? &policy_formula : &policy_default;
}

static void init_site(struct sim_state *sim_state, uint32_t index)
{
    const struct plan_site *plan = &sim_state->plan->sites[index];
    const bool *is_left_out = sim_state->options->is_left_out;
    struct site *site = &sim_state->sites[index];
    *site = (struct site){
        .plan = plan,
        .index = index,
        .demand = -1,
        .listed_size = plan->servers_per_host,
        .listed_target = plan->target_free_ppb,
        .is_there = !is_left_out || !is_left_out[index],
        .truth = { .servers_per_host = plan->servers_per_host,
                   .is_counted_when_ordered = plan->is_counted_when_ordered,
                   .is_ready_removed_first = plan->is_ready_removed_first,
                   .is_drain_uncounted = plan->is_drain_uncounted,
                   .drain_report = plan->drain_report,
                   .drain_busy_percent = plan->drain_busy_percent,
                   .ready = plan->hosts },
    };
    site->model.policy = &plan->policies[0];
    model_forget(&site->model);
    site->replica = sim_state_status(sim_state, site);
    site->replica_ms = sim_state_now_ms(sim_state);
    site->turn_ms = sim_state_now_ms(sim_state);
    for (size_t i = 0; i < PAST_READS; i++)
        site->past[i] = (struct past_read){ site->replica_ms, site->replica };
}

static void configure(struct sim_state *sim_state)
{
    const struct plan *plan = sim_state->plan;
    sim_state->timeout_ms = plan->timeout_ms;
    sim_state->around = (struct surroundings){ .now_ms = plan->begin_ms,
                                               .pass_interval_ms = plan->pass_interval_ms,
                                               .is_read_only = plan->is_read_only,
                                               .latched_until_ms = INT64_MIN };
    sim_state->config = (struct reconciler_config){
        .discovery_interval_ms = plan->discovery_interval_ms,
        .pass_interval_ms = plan->pass_interval_ms,
        .known_max = plan->known_max,
        .concurrency = plan->concurrency,
        .retries = plan->retries,
        .is_read_only = plan->is_read_only,
        .is_recording = plan->has_state,
        .policy_of = policy_of,
        .policy_context = sim_state,
    };
}

struct sim_state *sim_state_create(const struct plan *plan, const struct run_options *options,
                                   struct run_result *result)
{
    struct sim_state *sim_state = calloc(1, sizeof *sim_state);
    must(sim_state);
    sim_state->plan = plan;
    sim_state->options = options;
    sim_state->held_before = heap_held_count();
    sim_state->outage_until_ms = INT64_MIN;
    sim_state->old_server_until_ms = INT64_MIN;
    sim_state->listing.backoff_until_ms = INT64_MIN;
    configure(sim_state);
    trace_init(&sim_state->trace, result, &sim_state->around, options);
    fault_plan_init(&sim_state->fault_plan, plan, options, &sim_state->trace);
    in_flight_init(&sim_state->in_flight, plan->read_ms);
    sim_state->site_count = plan->site_count;
    for (uint32_t i = 0; i < sim_state->site_count; i++)
        init_site(sim_state, i);
    return sim_state;
}

void sim_state_destroy(struct sim_state *sim_state)
{
    fault_plan_fini(&sim_state->fault_plan);
    free(sim_state);
}

const struct deployment *sim_state_deployment(const struct sim_state *sim_state,
                                              const struct site *site)
{
    return fleet_find(reconciler_fleet(sim_state->reconciler), site->plan->id, false);
}

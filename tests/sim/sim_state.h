/*
 * sim_state - everything that there is in a life: the reconciler, the deployments, what is under way, the time.
 *
 * It is where the rooms above meet: a comment says which of them writes a field, everybody may read it. Owns all
 * that it holds, but for the reconciler, which belongs to the life, and plan, options and result, which are
 * borrowed. Calls fault_plan, trace, mail, model and truth. Does not move: some of it points to other parts of it.
 * Mono milliseconds.
 */
#ifndef TESTS_SIM_SIM_STATE_H
#define TESTS_SIM_SIM_STATE_H

#include "tests/sim/fault_plan.h"
#include "tests/sim/fleet_truth.h"
#include "tests/sim/in_flight.h"
#include "tests/sim/model.h"
#include "tests/sim/plan.h"
#include "tests/sim/trace.h"

#define BOOT_TIMEOUT_MS ((int64_t)600000) /* of all policies */

enum phase { PHASE_FAULTS, PHASE_REST, PHASE_CALM, PHASE_STOP };

struct site {
    const struct plan_site *plan;
    uint32_t index;
    bool is_there; /* not left out */
    struct fleet_truth truth;
    struct model model;
    uint64_t trace; /* of what was decided and sent; reads, scales */

    /* By reads. */
    struct status replica;
    int64_t replica_ms;
    uint64_t read_number;
    uint64_t pass; /* in which it was read last */
    int32_t reads_in_pass;
    bool is_reading;

    /* By scales. */
    uint64_t scale_number;
    int32_t asked_by_hand; /* accepted and not sent yet; operator and exchange, too */

    /* By lists. */
    int32_t listed_size, listed_target;
    bool is_named; /* by the one that is being made */
    bool has_twin;

    /* By rest. */
    int64_t demand;   /* that stays; negative: as planned */
    bool is_too_slow; /* to come to rest in time */
};

/* Discovery, as the API sees it. */
struct listing {
    bool is_under_way;
    uint64_t number;
    int64_t quiet_ms;               /* the API asked to be left alone until then */
    int32_t listed, latched_listed; /* how many names; before the loss that is not believed */
};

struct sim_state {
    const struct plan *plan;
    const struct run_options *options;
    struct reconciler_config config;
    int64_t timeout_ms; /* of requests */
    size_t held_before; /* pieces of memory */

    struct reconciler *reconciler; /* life */
    struct surroundings around;    /* with the only clock; life, operator, lists, incidents */
    enum phase phase;              /* life, rest */

    int32_t in_flight;      /* reads and scales; exchange */
    uint64_t pass_number;   /* exchange */
    int64_t reads;          /* reads */
    int64_t scales;         /* scales */
    uint64_t last_key;      /* scales */
    struct listing listing; /* lists, operator */

    size_t generation;       /* of the configuration; incidents */
    size_t next_incident;    /* incidents */
    int64_t passes_allowed;  /* beside those that come by themselves; incidents */
    int64_t outage_until_ms; /* incidents, rest */

    struct trace trace;
    struct fault_plan fault_plan;
    struct in_flight mail;
    size_t site_count;
    struct site sites[PLAN_SITES_MAX];
};

/*
 * As it is when the plan begins, without a reconciler. Wipes the result. Without memory there is no life: it
 * crashes.
 */
struct sim_state *sim_state_create(const struct plan *plan, const struct run_options *options,
                                   struct run_result *result);
void sim_state_destroy(struct sim_state *sim_state);

/* "d007" is 7; NOBODY: not one of ours. */
static inline uint32_t site_index(const char *id)
{
    if (id[0] != 'd')
        return NOBODY;
    return (uint32_t)((id[1] - '0') * 100 + (id[2] - '0') * 10 + (id[3] - '0'));
}

static inline int64_t sim_state_now_ms(const struct sim_state *sim_state)
{
    return sim_state->around.now_ms;
}

static inline struct mono sim_state_now(const struct sim_state *sim_state)
{
    return (struct mono){ sim_state->around.now_ms };
}

static inline int64_t sim_state_age_ms(const struct sim_state *sim_state)
{
    return sim_state->around.now_ms - sim_state->plan->begin_ms;
}

/* Never back. */
static inline void sim_state_pass_time(struct sim_state *sim_state, int64_t now_ms)
{
    sim_state->around.now_ms = max_i64(sim_state->around.now_ms, now_ms);
}

/* By the configuration of now. */
static inline const struct policy *sim_state_policy(const struct sim_state *sim_state,
                                                    uint32_t index)
{
    return &sim_state->plan->sites[index].policies[sim_state->generation % PLAN_POLICIES];
}

/* What a status that tells the truth says. */
static inline struct status sim_state_status(const struct sim_state *sim_state,
                                             const struct site *site)
{
    int64_t demand =
        site->demand >= 0 ? site->demand : demand_at(site->plan, sim_state_age_ms(sim_state));
    return fleet_truth_status(&site->truth, demand);
}

/* As the reconciler knows it; NULL: it does not. */
const struct deployment *sim_state_deployment(const struct sim_state *sim_state,
                                              const struct site *site);

/* Something happened that no observer could have seen: so many hosts more or less are nobody's fault. */
static inline void sim_state_shake(const struct sim_state *sim_state, struct site *site,
                                   int64_t hosts)
{
    model_shake(&site->model, sim_state->around.now_ms, hosts);
}

#endif

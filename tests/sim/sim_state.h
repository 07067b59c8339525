/*
 * sim_state - the state of a run: the reconciler, the deployments, the requests in flight, the clock.
 *
 * A comment at each field names the modules that write it; every module may read it. Owns all its fields, except the
 * reconciler, which run owns, and plan, options and result, which are borrowed. Calls fault_plan, trace, in_flight,
 * model and fleet_truth. It must not be moved, because it has pointers to its own fields. Mono milliseconds.
 */
#ifndef TESTS_SIM_SIM_STATE_H
#define TESTS_SIM_SIM_STATE_H

#include "engine/core/deployment_record.h"
#include "engine/core/reconciler_restore.h"
#include "tests/sim/fault_plan.h"
#include "tests/sim/in_flight.h"
#include "tests/sim/model.h"
#include "tests/sim/plan.h"
#include "tests/sim/trace.h"
#include "tests/support/fleet_truth.h"

#define APPLIED_KEYS 8
#define PAST_READS 3
#define FULL_LOSSES_MAX 8
#define BOOT_TIMEOUT_MS ((int64_t)600000) /* of all policies */

enum phase { PHASE_FAULTS, PHASE_RECOVERY, PHASE_CALM, PHASE_LOSS, PHASE_STOP };

/* What is on the disk of a site. */
struct site_journal {
    uint8_t bytes[DEPLOYMENT_RECORD_SIZE_MAX];
    size_t size; /* 0: there is no record */
    int64_t written_ms;
    bool has_start;     /* the record has the start of the hold */
    int64_t status_ms;  /* of its last status */
    char key[KEY_SIZE]; /* of the last intent */
    char begun_key[KEY_SIZE];
    int32_t delta; /* 0: there is none */
    int32_t attempts;
    int64_t at_ms; /* of the last attempt */
    enum restored_outcome outcome;
    bool is_stored;        /* and not sent yet */
    uint64_t recalled_key; /* was being recorded at a kill: it may have been sent then */
    int32_t begun_delta;   /* of the intent that is neither sent nor dropped; 0: there is none */
};

/*
 * Faults of an entry: duplicate, a twin in another case, a bad size or target, an additional entry without id, an entry
 * that is bad as a whole.
 */
enum oddity { ODD_NOT, ODD_TWICE, ODD_TWIN, ODD_SIZE, ODD_TARGET, ODD_NAMELESS, ODD_WHOLE };

/* A fleet that is full and loses hosts. */
struct full_loss {
    bool is_full;
    bool is_struck;
    bool
        is_beyond_counts; /* a status had more servers than can be reported: it is wrong from then on */
    int64_t demand;       /* while it is full */
    int32_t reads;        /* since the first loss */
    int64_t lost;
    int64_t hosts;  /* of the last status, and the lost ones */
    int64_t hidden; /* lost, while others came */
    int32_t count;
    struct full_loss_event {
        int64_t at_ms, hosts;
    } losses[FULL_LOSSES_MAX];
};

struct site {
    const struct plan_site *plan;
    uint32_t index;
    bool is_there; /* false: left out */
    struct fleet_truth truth;
    struct model model;
    uint64_t trace; /* hash of decisions and scales; reads, scales */

    /* By reads. */
    struct status replica;
    int64_t replica_ms;
    uint64_t read_number;
    uint64_t pass; /* of the last read */
    int32_t reads_in_pass;
    bool is_reading;
    bool is_stuck;   /* free_servers does not follow */
    bool is_hanging; /* its reads hang */
    struct past_read {
        int64_t at_ms;
        struct status status;
    } past[PAST_READS]; /* the last reads, newest first */

    struct status old_status; /* of the server that has responded before a move; by moves */

    struct site_journal journal; /* with state; by journal */

    /* By turns. */
    int32_t waited;        /* passes since its last read */
    int64_t turn_ms;       /* that read began, or it had to wait until then for another reason */
    bool is_failing;       /* that read has failed */
    int64_t hung_until_ms; /* the last one that has hung, or hangs, ends */

    /* By scales. */
    uint64_t scale_number;
    int32_t manual_delta;                /* accepted, not sent yet; also operator, exchange */
    uint64_t key;                        /* of the last scale */
    uint64_t applied_keys[APPLIED_KEYS]; /* of the last scales that were carried out */
    size_t applied_count;
    bool is_outcome_unknown;
    int64_t vain_hosts; /* ordered in a run in which no host comes */
    int64_t lack_high;  /* the most that were missing at such an order */
    int64_t vain_room;  /* of the model's room, for these hosts */
    bool is_late;       /* the last scale was carried out after its response was lost */

    /* By lists. */
    int32_t listed_size, listed_target;
    bool is_named; /* in the list that is being built */
    bool has_twin;
    enum oddity oddity; /* of its entry in the last list that had it */
    bool was_listed;    /* in the list before */
    uint64_t back_at;   /* the number of the first list that may have it again */

    /* By recovery. */
    bool had_turnover; /* while there were faults */
    int64_t demand;    /* constant demand; negative: as planned */
    bool is_too_slow;  /* to recover in time */
    struct recent_loss {
        int32_t lost;
        int32_t hidden; /* of these, by hosts that came before a status showed the loss */
        bool is_shown;
    } recent_loss;              /* by loss */
    struct full_loss full_loss; /* by full_loss */
};

/* Discovery, as the API sees it. */
struct listing {
    bool is_under_way;
    uint64_t number;
    int64_t backoff_until_ms;       /* Retry-After */
    int32_t listed, latched_listed; /* number of ids; the same before the loss that set the latch */
};

struct sim_state {
    const struct plan *plan;
    const struct run_options *options;
    struct reconciler_config config;
    int64_t timeout_ms; /* of a request */
    size_t held_before; /* allocations before the run */

    struct reconciler *reconciler; /* run */
    struct surroundings around;    /* has the clock; run, operator, lists, incidents */
    enum phase phase;              /* run, recovery */

    int32_t requests_in_flight;             /* reads and scales; exchange */
    uint64_t pass_number;                   /* exchange */
    int64_t reads;                          /* reads */
    int64_t scales;                         /* scales */
    uint64_t last_key;                      /* scales */
    struct listing listing;                 /* lists, operator */
    bool is_list_refused;                   /* the last one, by the core; exchange */
    uint64_t strangers_from, strangers_end; /* the numbers of those that are listed; strangers */

    size_t generation;           /* of the configuration; incidents */
    size_t next_incident;        /* incidents */
    int64_t passes_allowed;      /* in addition to those by timer; incidents */
    int64_t outage_until_ms;     /* incidents, recovery */
    int64_t old_server_until_ms; /* moves, recovery */
    int64_t restarted_ms;        /* lists; 0: it did not restart */
    enum old_server old_server;  /* moves */
    int64_t budget_window;       /* api */
    int32_t budget_used;         /* api */
    int64_t turn_ms;             /* turns */
    int64_t progress_ms;         /* the last read or pass began; turns */

    struct trace trace;
    struct fault_plan fault_plan;
    struct in_flight in_flight;
    size_t site_count;
    struct site sites[PLAN_SITES_MAX];
};

/* The state at the beginning of the plan, without a reconciler. Clears the result. Without memory, a must() fails. */
struct sim_state *sim_state_create(const struct plan *plan, const struct run_options *options,
                                   struct run_result *result);
void sim_state_destroy(struct sim_state *sim_state);

/* "d007" is 7; SITE_NONE: not an id of a site. */
static inline uint32_t site_index(const char *id)
{
    if (id[0] != 'd')
        return SITE_NONE;
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

/* The clock never goes back. */
static inline void sim_state_pass_time(struct sim_state *sim_state, int64_t now_ms)
{
    sim_state->around.now_ms = max_i64(sim_state->around.now_ms, now_ms);
}

/* The policy of the current configuration. */
static inline const struct policy *sim_state_policy(const struct sim_state *sim_state,
                                                    uint32_t index)
{
    return &sim_state->plan->sites[index].policies[sim_state->generation % PLAN_POLICIES];
}

static inline int64_t sim_state_demand(const struct sim_state *sim_state, const struct site *site)
{
    if (site->full_loss.is_full)
        return site->full_loss.demand;
    return site->demand >= 0 ? site->demand : demand_at(site->plan, sim_state_age_ms(sim_state));
}

/* The correct status. */
static inline struct status sim_state_status(const struct sim_state *sim_state,
                                             const struct site *site)
{
    return fleet_truth_status(&site->truth, sim_state_demand(sim_state, site));
}

/* The reconciler's entry; NULL: it has none. */
const struct deployment *sim_state_deployment(const struct sim_state *sim_state,
                                              const struct site *site);

/* Records an event that cannot be observed: the invariants allow a difference of `hosts` more. */
static inline void sim_state_disturb(const struct sim_state *sim_state, struct site *site,
                                     int64_t hosts)
{
    model_disturb(&site->model, sim_state->around.now_ms, hosts);
}

#endif

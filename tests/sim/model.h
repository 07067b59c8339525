/*
 * model - what the test knows about a deployment and its scales; the invariants are checked against it.
 *
 * An independent oracle: it shares no code with the core that it checks, only types and limits, and none with the hosts
 * of the simulation (fleet_truth). The number of real hosts is an argument where an invariant is about it.
 *
 * It is updated from reported statuses and responses, not from the core's state, with one exception: whether the core
 * accepted a status. Some events cannot be observed: hosts of another tool, dead hosts, wrong statuses. For each such
 * host, `room` grows by one, and the invariants about owned hosts allow that difference from then on.
 *
 * Plain values. Mono milliseconds. Every check returns the broken invariant with the two numbers that disagree, or
 * LAW_NONE.
 */
#ifndef TESTS_SIM_MODEL_H
#define TESTS_SIM_MODEL_H

#include "engine/core/reconciler.h"

#include <stdbool.h>
#include <stdint.h>

#define LAW(id, name, number, meaning) LAW_##id,
enum law {
    LAW_NONE,
#include "tests/sim/laws.def"
};
#undef LAW

struct law_row {
    const char *name;
    const char *number;
    const char *meaning;
};
const struct law_row *law_row(enum law law);

struct breach {
    enum law law;
    int64_t is;
    int64_t bound;
};

/* The history may add a share of this, and that many hosts at least, to the hosts that the highest demand needs. */
#define DESIRED_SHARE 5
#define DESIRED_HOSTS 2

#define DESIRED_HIGHS_MAX 64

/* When orders are surely without effect: stricter than the core, which also sees a free share that does not rise. */
#define STUCK_ROUNDS 4
#define STUCK_TIMES 5
#define STUCK_SERVERS 300

#define GROWN_MAX 512

/* Desired hosts of the past, each value lower and later than the one before. */
struct desired_highs {
    int32_t count;
    struct desired_high {
        int64_t at_ms;
        int64_t hosts;
    } items[DESIRED_HIGHS_MAX];
};

/* The orders of the last hour, oldest first; beyond GROWN_MAX the oldest are dropped, which weakens the check. */
struct grown {
    int32_t count;
    struct grown_order {
        int64_t at_ms;
        int64_t hosts;
    } items[GROWN_MAX];
};

/* Orders of passes since no server has been free. */
struct stuck {
    bool is_watched;
    int32_t first_servers, latest_servers;
    int32_t rounds; /* orders after the hosts of earlier ones had come */
    int64_t ordered_ms;
    bool is_slow; /* since the latest order */
};

struct model {
    const struct policy *policy;

    /* From the last lists. */
    bool is_listed;
    bool is_defined;   /* listed without a fault, or with one and the last good definition in use */
    bool is_size_kept; /* the last list has no usable size, or no usable entry */
    bool is_target_kept; /* the last list has no usable target */
    bool is_paused;      /* by an operator */
    int32_t servers_per_host;
    int32_t next_servers_per_host;
    int32_t target_free_ppb; /* negative: not usable */
    int64_t gone_ms;
    int64_t unusable_ms; /* the last list without it, or with a fault of it */

    /* The last status that the core accepted. */
    int32_t reported_count;
    struct status reported;
    int64_t
        busy; /* its busy servers, and those of draining hosts that it does not show as they are */
    int64_t reported_hosts_high; /* the maximum so far */
    int64_t reported_start_ms;
    int64_t reported_ms;
    bool is_result_good; /* of the last read */
    bool is_whole;       /* since the first status, every host had all its servers */
    /* For that status: the formula with min_free_servers; if model_expects(), the reconciler's desired hosts. */
    int64_t wanted;
    int64_t wanted_high; /* the maximum so far, by the formula */
    int64_t busy_high;   /* the same of busy servers, of this host size */
    struct desired_highs desired_highs;
    bool has_enough;                   /* the first status since the start has come */
    bool was_enough;                   /* that status had no less than the target */
    struct desired_highs enough_highs; /* hosts that were enough, and those of the first status */
    int64_t enough_high;               /* the maximum so far */
    int32_t zeros;                     /* wrong statuses in sequence that report no hosts */

    /* The start: accepted statuses (-1: the next one was requested before it), and the first of them. */
    int32_t start_count;
    int64_t start_hosts, start_ms;
    bool is_start_recalled; /* it began in an earlier run, whose last recorded status is of */
    int64_t recalled_ms;
    uint64_t reported_pass;
    bool is_start_held; /* for the last status */

    /* Scales. */
    bool is_in_flight;
    bool is_unconfirmed;
    bool is_manual;
    bool has_shown; /* the host count moved in the direction of the open scale */
    bool has_moved; /* has_shown, and a later status was accepted */
    int32_t delta;
    int64_t sent_ms;
    int64_t sent_on_ms;     /* reported_ms then */
    int64_t sent_before_ms; /* before the last repeat */
    int32_t repeats;
    int64_t confirm_ms;       /* it must not expire before this age */
    int32_t overdue_statuses; /* accepted since it reached that age, unconfirmed */
    int32_t sent_count;
    int64_t owned_least, owned_most; /* bounds after the scale */
    int64_t up_ms, any_ms; /* last growth, last scale that may have been applied; INT64_MIN: none */
    int64_t grown_ms;      /* decision time of the last accepted growth that was not manual */
    int64_t shrunk_ms;     /* the last removal was sent, or carried out */
    int64_t leaving;       /* of the last removals: hosts that no status has shown leave */
    bool
        is_drain_recalled; /* from before a restart: it ends with the second status, not with time */
    bool has_drained;      /* removed hosts have left later than they were removed */
    bool had_drains;       /* hosts that were removed before the program started leave later, too */
    int64_t disturbed_ms;  /* the last event that cannot be observed */
    int64_t backoff_until_ms; /* Retry-After */
    struct grown grown;
    struct stuck stuck;

    int64_t room; /* hosts of allowed difference */
    int64_t
        kept_room; /* of these: not removed although a removal was accepted; they are no reason to grow */
    bool
        is_recalled; /* the scale that is sent now was being recorded when the program was killed */
};

/* The state that all deployments share. */
struct surroundings {
    int64_t now_ms;
    uint64_t pass; /* its number; it never decreases */
    int64_t pass_interval_ms;
    bool is_paused;
    bool is_dry_run;
    bool is_read_only;
    bool is_stopping;
    int64_t latched_until_ms;
};

int32_t model_target(const struct model *model);

/* Does the policy use history (lookahead, reserve, saturation, outage hold)? */
bool model_expects(const struct model *model);

/* The upper bound of the desired hosts, if model_expects(). */
int64_t model_desired_max(const struct model *model);

/* Hosts that may still be ordered in this hour; INT64_MAX: no limit. */
int64_t model_growth_left(const struct model *model, int64_t now_ms);

/* Resets the model, as the core does for a deployment that was not listed for an hour. */
void model_forget(struct model *model);

/* The API may be another one. A status that is being read is from before. */
void model_start_again(struct model *model, bool is_reading);

/*
 * The program was killed, and remembers the deployment. A scale in flight was recorded at `recorded_ms`, and counts
 * from then on: its end is not known. A scale of `begun_delta` (0: none) was being recorded: it may have been sent.
 * `has_start`: the start of its hold was recorded, when its last status was that of `status_ms`.
 */
struct recollection {
    int64_t recorded_ms;
    int32_t begun_delta;
    bool has_start;
    int64_t status_ms;
};

void model_restart(struct model *model, int64_t now_ms, const struct recollection *recollection);

/* Records an event that cannot be observed and that concerns `room` hosts. */
void model_disturb(struct model *model, int64_t now_ms, int64_t room);

/* A list has the deployment. A size that changes by more than a factor of two needs two lists that agree. */
void model_define(struct model *model, int32_t servers_per_host, int32_t target_free_ppb);

/*
 * A list has an entry without a usable size or target. The last good definition stays in use, unless a change of size
 * waits for its second list.
 */
void model_spoil(struct model *model, bool is_target_alone);

/* Does it use a definition of an earlier list? */
bool model_is_kept(const struct model *model);

/* The core accepted a status; `deployment` has its decision. `hidden`: see fleet_truth_hidden. */
struct breach model_take(struct model *model, const struct surroundings *around,
                         const struct status *status, int64_t hidden, int64_t start_ms,
                         const struct deployment *deployment);

/* A scale is sent; `is_repeat`: with the key of the last one. */
struct breach model_send(struct model *model, const struct surroundings *around, int32_t delta,
                         bool is_manual, bool is_repeat);

/* The API carried out the scale; `owned` hosts remain. */
struct breach model_apply(const struct model *model, int64_t owned);

/* The outcome of the scale. */
void model_end(struct model *model, int64_t now_ms, const struct scale_result *result);

/* The hosts that the last status needs by the formula. */
int64_t model_needed_hosts_now(const struct model *model);

/* The final number of hosts under constant demand. */
int64_t model_rest(const struct model *model, int64_t ready_hosts, int64_t demand);

#endif

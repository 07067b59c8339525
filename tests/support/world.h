/*
 * world - simulates fleets and a faulty API for the reconciler, on a simulated clock.
 *
 * A site is one deployment: its hosts (fleet_truth) and its demand in servers. The world carries out the reconciler's
 * effects. Each has a delay and a response that is scripted, drawn from the seed (`hostility`), or OK. After every
 * step it checks invariants with cmocka assertions. One of them: a site never owns more hosts than were needed or
 * ordered manually, which requires that each need is ordered once. The need comes from the formula of the tests, which
 * shares no code with the core. For a site with a lookahead the reconciler's desired hosts count too; they must stay
 * below WISH_TIMES_MAX times the highest need, plus WISH_HIDDEN_MAX hosts for the hidden demand of a full fleet. The
 * same seed gives the same `trace`.
 *
 * Large: keep it static. Milliseconds. One thread.
 */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "engine/base/random.h"
#include "engine/core/reconciler.h"
#include "tests/support/fleet_truth.h"

#define WORLD_SITES_MAX 300
#define WORLD_CALLS_MAX 64
#define WORLD_LOG_MAX 8192
#define FOREVER INT32_MAX
#define WISH_TIMES_MAX 6
#define WISH_HIDDEN_MAX 2

enum answer {
    ANSWER_OK,
    ANSWER_ERROR,        /* 500: a scale is not applied, but counts as unconfirmed */
    ANSWER_REFUSED,      /* 400 */
    ANSWER_BUSY,         /* 429 with Retry-After */
    ANSWER_TIMEOUT,      /* a scale is not applied */
    ANSWER_LOST,         /* a timeout, but a scale is applied */
    ANSWER_LATE,         /* of a scale: a timeout, and it is applied late_ms after that */
    ANSWER_MISSING,      /* 404 */
    ANSWER_UNAUTHORIZED, /* 401 */
    ANSWER_GARBAGE,      /* not a status */
    ANSWER_IMPLAUSIBLE,  /* more free servers than servers */
    ANSWER_EMPTY,        /* of a discovery: an empty list */
};

/* The next `left` responses are `answer`. */
struct script {
    enum answer answer;
    int32_t left;
};

struct site {
    char id[16];
    bool is_listed;
    int32_t target_free_ppb;
    enum reason definition_fault;
    struct policy policy;
    struct script reads;
    struct script scales;
    int32_t fill_percent; /* share of ordered hosts that boot */
    int32_t quota;        /* growth beyond so many hosts is refused; 0: none */
    int64_t late_ms;
    int64_t drain_ms;     /* how long removed hosts drain */
    bool is_key_honoured; /* a request with the last applied key is not applied */
    bool is_free_stuck;   /* free_servers is 0 in every status; what it owns is not checked */

    /* The real state. */
    struct fleet_truth truth;
    int32_t demand; /* servers that are busy if enough are available */
    int64_t boot_ms;
    struct status stale; /* the status of a stale replica */
    struct mono stale_at;

    /* Results. */
    int32_t allowed_hosts; /* the maximum of the initial hosts and all needs */
    int32_t needed_high;   /* the highest need of its demand */
    int32_t foreign_hosts; /* added or removed by another tool */
    bool is_known_listed;  /* in the last discovery of the reconciler, and usable */
    bool is_known_good; /* the same with a definition of its own, else the last good one is used */
    bool was_good;
    bool is_last_read_good;
    bool is_scaling;
    bool is_outcome_unknown; /* of the last scale */
    uint64_t
        recorded_key; /* of the intent that is stored, and neither sent nor dropped yet; 0: none */
    uint64_t last_key;
    uint64_t applied_key;
    int32_t repeat_count; /* scales with the key of the one before */
    int32_t read_count;
    int32_t scale_count;  /* scales that reached the API */
    int32_t manual_count; /* manual scales among them */
    int32_t applied_count;
    int32_t last_delta;
    struct mono last_scale_at;
};

struct call {
    enum effect_kind kind;
    size_t site;
    uint32_t slot;
    int32_t delta;
    uint64_t key;
    bool is_manual;
    bool is_late; /* a scale with a lost response: it is applied now */
    struct mono due;
    enum answer answer;
};

struct log_line {
    enum effect_kind kind;
    size_t site;
    int32_t delta;
    struct mono at;
};

struct world {
    struct reconciler *reconciler;
    struct reconciler_config config;
    struct mono now;
    struct random random;
    uint64_t seed;
    size_t site_count;
    struct site sites[WORLD_SITES_MAX];

    int64_t read_ms, scale_ms, discovery_ms;
    int64_t record_ms; /* until an intent is stored */
    bool is_disk_full; /* intents are not stored */
    int32_t recorded;  /* intents that were stored */
    int32_t unsent;    /* of those: not sent */
    int64_t retry_after_ms;
    struct script discoveries;
    int32_t hostility;   /* percent of responses with a fault */
    int32_t lag_percent; /* percent of statuses from a stale replica */
    int64_t lag_ms;

    /* Reads that the API answers in each window; 0: all. It refuses the others, ANSWER_BUSY. */
    int32_t budget_reads;
    int64_t budget_ms;
    int64_t budget_window;
    int32_t budget_used;
    int32_t refused; /* reads */

    size_t call_count;
    struct call calls[WORLD_CALLS_MAX];
    int32_t requests_in_flight; /* reads and scales */
    int32_t requests_high;
    uint64_t last_key;
    uint64_t trace;
    int32_t events[EVENT_COUNT];
    size_t log_count;
    struct log_line log[WORLD_LOG_MAX];

    /* Called after every event; may be NULL. */
    void (*watch)(struct world *world, void *context);
    void *watch_context;
};

/* An empty world: 60 s, 30 s, 32 requests, 2 retries. */
void world_init(struct world *world, uint64_t seed);

/*
 * Adds `count` sites: ten servers for each host, target 15 %, boot time two minutes, policy_formula with a window of
 * five minutes.
 */
void world_add_sites(struct world *world, size_t count, bool is_counted_when_ordered, int32_t hosts,
                     int32_t busy_servers);

void world_start(struct world *world);

void world_run(struct world *world, int64_t ms);

/* The API carries out a scale. */
void world_apply_scale(struct world *world, struct site *site, const struct call *call);

/* Sends a command. Checks for exactly one reply and one event, both printable. */
bool world_command(struct world *world, const struct command *command, struct command_ack *ret_ack);

/* Gives back the reconciler; nothing need have ended. */
void world_fini(struct world *world);

int32_t site_owned_hosts(const struct site *site);
/* For the target alone, and within min_hosts and max_hosts. */
int64_t site_needed_hosts(const struct site *site);
/* With the servers that are away on average, and unready hosts: what must be owned, unready hosts included. */
int64_t site_needed_with_turnover(const struct site *site);
int32_t site_wanted_hosts(const struct site *site);
void site_set_demand(struct site *site, int32_t demand);

/* Another tool adds or removes hosts. */
void site_move(struct site *site, int32_t hosts);

const struct deployment *world_deployment(const struct world *world, size_t site);

/* Requests of a kind in the log since `from_ms`, of one site or, with SIZE_MAX, of all. */
int32_t world_count(const struct world *world, enum effect_kind kind, size_t site, int64_t from_ms);

#endif

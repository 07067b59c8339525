/*
 * world - answers the reconciler on simulated time: true fleets behind an API that can be told to misbehave.
 *
 * A site is one deployment's truth: hosts that are ready, hosts that boot, servers in demand. The world carries out the
 * reconciler's effects, each after a delay and with an answer that is scripted, drawn from the seed (`hostility`),
 * or OK. It checks after every step what must never be otherwise, with cmocka assertions: among it that a site never
 * owns more hosts than were ever wanted or asked for by hand, which is so only if every need is asked for once. What
 * is wanted is the world's own formula; of a site that looks ahead, the reconciler's wish too, which stays below
 * WISH_TIMES_MAX times what its highest demand needs, and WISH_HIDDEN_MAX hosts for what a full fleet hides. The
 * same seed gives the same `trace`.
 *
 * Big: keep it static. Milliseconds. One thread.
 */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "engine/base/random.h"
#include "engine/core/reconciler.h"

#define WORLD_SITES_MAX 300
#define WORLD_CALLS_MAX 64
#define WORLD_LOG_MAX 8192
#define SITE_BOOTS_MAX 64
#define FOREVER INT32_MAX
#define WISH_TIMES_MAX 6
#define WISH_HIDDEN_MAX                                                                            \
    24 /* a host's servers with every saturated pass but the first, at the world's target */

enum answer {
    ANSWER_OK,
    ANSWER_ERROR,        /* 500: a scale is not applied, but nobody knows */
    ANSWER_REFUSED,      /* 400 */
    ANSWER_BUSY,         /* 429 with Retry-After */
    ANSWER_TIMEOUT,      /* a scale is not applied */
    ANSWER_LOST,         /* a timeout, but a scale is applied */
    ANSWER_MISSING,      /* 404 */
    ANSWER_UNAUTHORIZED, /* 401 */
    ANSWER_GARBAGE,      /* not a status */
    ANSWER_IMPLAUSIBLE,  /* more free servers than servers */
    ANSWER_EMPTY,        /* of a discovery: an empty list */
};

/* The next `left` answers are `answer`. */
struct script {
    enum answer answer;
    int32_t left;
};

struct boot {
    struct mono ready_at;
    int32_t hosts;
};

struct site {
    char id[16];
    bool is_listed;
    bool is_counted_when_ordered;
    int32_t servers_per_host;
    int32_t target_free_ppb;
    enum reason definition_fault;
    struct policy policy;
    struct script reads;
    struct script scales;
    int32_t fill_percent; /* of the hosts ordered, so many come */

    /* The truth. */
    int32_t ready_hosts;
    int32_t demand; /* servers that would be busy if there were enough */
    int64_t boot_ms;
    size_t boot_count;
    struct boot boots[SITE_BOOTS_MAX];
    struct status stale; /* what a replica that lags says */
    struct mono stale_at;

    /* What came of it. */
    int32_t allowed_hosts; /* the most that were there at first or were ever wanted */
    int32_t needed_high;   /* the most that its demand ever asked for */
    int32_t foreign_hosts; /* moved by somebody else, either way */
    bool is_known_listed;  /* by the last discovery that the reconciler was given */
    bool is_last_read_good;
    bool is_scaling;
    int32_t read_count;
    int32_t scale_count;  /* that reached the API */
    int32_t manual_count; /* of those: asked for by an operator */
    int32_t applied_count;
    int32_t last_delta;
    struct mono last_scale_at;
};

struct call {
    enum effect_kind kind;
    size_t site;
    uint32_t slot;
    int32_t delta;
    bool is_manual;
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
    int64_t retry_after_ms;
    struct script discoveries;
    int32_t hostility;   /* percent of answers that go wrong */
    int32_t lag_percent; /* of statuses that come from a replica that lags */
    int64_t lag_ms;

    size_t call_count;
    struct call calls[WORLD_CALLS_MAX];
    int32_t requests_in_flight; /* reads and scales */
    int32_t requests_high;
    uint64_t last_key;
    uint64_t trace;
    int32_t events[EVENT_COUNT];
    size_t log_count;
    struct log_line log[WORLD_LOG_MAX];

    /* NULL, or who looks at the reconciler after whatever happened to it. */
    void (*watch)(struct world *world, void *context);
    void *watch_context;
};

/* An empty world: 60 s, 30 s, 32 requests, 2 retries. */
void world_init(struct world *world, uint64_t seed);

/*
 * Ten servers a host, 15 %; boots in two minutes; the formula alone with a window of five minutes. Adds `count` of
 * them.
 */
void world_add_sites(struct world *world, size_t count, bool is_counted_when_ordered, int32_t hosts,
                     int32_t busy_servers);

void world_start(struct world *world);
void world_run(struct world *world, int64_t ms);

/* An operator's. It is answered and told of exactly once, in printable words. */
bool world_command(struct world *world, const struct command *command, struct command_ack *ret_ack);

/* Gives back the reconciler; nothing need have ended. */
void world_fini(struct world *world);

int32_t site_owned_hosts(const struct site *site);
int32_t site_wanted_hosts(const struct site *site);
void site_set_demand(struct site *site, int32_t demand);

/* Somebody else adds or removes hosts. */
void site_move(struct site *site, int32_t hosts);

const struct deployment *world_deployment(const struct world *world, size_t site);

/* Requests of a kind in the log since `from_ms`; of one site, or SIZE_MAX: of all. */
int32_t world_count(const struct world *world, enum effect_kind kind, size_t site, int64_t from_ms);

#endif

/*
 * model - what the world itself knows about a deployment and the scales sent for it; the laws are checked against it.
 *
 * It is kept from what was told and what was answered, never from what the core believes, but for one thing: whether a
 * status was taken in. Where something happened that no observer could have seen (somebody else's hosts, deaths, lies),
 * `room` grows by as many hosts: the laws about owned hosts are that much wider from then on.
 *
 * Plain values. Mono milliseconds. Every check returns the law that is broken, or LAW_NONE, with the two numbers that
 * disagree.
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

/*
 * What history may add to a wish is bounded by so many times what was ever needed, and a host's servers for each of the
 * passes that a deployment without a free server is taken for more popular than can be seen.
 */
#define WISH_TIMES_MAX 6

#define WISHES_MAX 64

/* What was wanted, each lower and later than the one before. */
struct wishes {
    int32_t count;
    struct wish {
        int64_t at_ms;
        int64_t hosts;
    } items[WISHES_MAX];
};

struct model {
    const struct policy *policy;

    /* As the last lists said. */
    bool is_listed;
    bool is_defined; /* and nothing is wrong with it */
    bool is_paused;  /* by an operator */
    int32_t servers_per_host;
    int32_t next_servers_per_host;
    int32_t target_free_ppb; /* negative: none that can be used */
    int64_t gone_ms;

    /* The last status that was taken in. */
    int32_t told_count;
    struct status told;
    int64_t told_hosts_high; /* ever */
    int64_t told_start_ms;
    int64_t told_ms;
    bool is_answer_good; /* of the last read */
    bool is_whole;       /* no host was without its servers since the beginning */
    int64_t
        wanted; /* of that status: the formula with min_free_servers; of who expects, the reconciler's wish */
    int64_t wanted_high; /* ever, by the formula */
    struct wishes wishes;
    int32_t zeros; /* lies in a row that all hosts are gone */

    /* Scales. */
    bool is_in_flight;
    bool is_unconfirmed;
    bool is_manual;
    bool has_shown; /* hosts moved as the open one would move them */
    bool has_moved; /* and a status was taken in after that */
    int32_t delta;
    int64_t sent_ms;
    int64_t confirm_ms; /* before that nobody may give it up */
    int32_t sent_count;
    int64_t owned_least, owned_most; /* when it has been carried out */
    int64_t up_ms, any_ms; /* since the last that may have been applied; INT64_MIN: none */
    int64_t grown_ms;      /* when the last growth of a pass was decided that was accepted */
    int64_t shrunk_ms;     /* the last removal that was sent */
    int64_t shaken_ms;     /* something else happened */
    int64_t quiet_ms;      /* the API asked to be left alone until then */

    int64_t room; /* hosts that may be too many or too few without anybody's fault */
};

/* What the whole world is like. */
struct surroundings {
    int64_t now_ms;
    int64_t pass_interval_ms;
    bool is_paused;
    bool is_dry_run;
    bool is_read_only;
    bool is_stopping;
    int64_t latched_until_ms;
};

/* Hosts for that many busy servers by the formula, in 128 bits. */
int64_t model_formula(int64_t busy, int32_t servers_per_host, int32_t target_free_ppb);

int32_t model_target(const struct model *model);

/* Does history have a say in what is wanted? */
bool model_expects(const struct model *model);

/* The most hosts that may be wished for, of who expects something. */
int64_t model_wish_max(const struct model *model);

/* Everything that was known has been forgotten, as after an hour without being listed. */
void model_forget(struct model *model);

/* Something that the laws about order in time cannot count with. */
void model_shake(struct model *model, int64_t now_ms, int64_t room);

/* A list names it. False: two lists must agree first. */
void model_define(struct model *model, int32_t servers_per_host, int32_t target_free_ppb);

/* A status was answered and taken in, `deployment` is what came of it. */
struct breach model_take(struct model *model, const struct surroundings *around,
                         const struct status *status, int64_t start_ms,
                         const struct deployment *deployment);

/* A scale leaves. */
struct breach model_send(struct model *model, const struct surroundings *around, int32_t delta,
                         bool is_manual);

/* It was carried out: so many hosts are owned now. */
struct breach model_apply(const struct model *model, int64_t owned);

/* Its answer. */
void model_end(struct model *model, int64_t now_ms, enum scale_outcome outcome);

/* Where it comes to rest when its demand stays: hosts. */
int64_t model_rest(const struct model *model, int64_t ready_hosts, int64_t demand);

#endif

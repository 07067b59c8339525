/*
 * reconciler_state - state and functions shared by reconciler*.c. All other files include reconciler.h.
 *
 *     reconciler             start and stop, passes, the order of effects
 *     reconciler_operator    commands of operators
 *     reconciler_discovery   when to discover, and the result
 *     reconciler_reads       which deployment is read next, retries, the breaker, decisions
 *     reconciler_scales      checks before sending, and the result
 *     reconciler_invariants  for must_slow
 *
 * Calls go down this list and never up.
 */
#ifndef ENGINE_CORE_RECONCILER_STATE_H
#define ENGINE_CORE_RECONCILER_STATE_H

#include "engine/base/random.h"
#include "engine/core/intake.h"
#include "engine/core/pass_times.h"
#include "engine/core/reconciler.h"
#include "engine/core/schedule.h"
#include "engine/core/slot_ring.h"

struct reconciler {
    struct reconciler_config config;
    struct event_sink sink;
    struct fleet *fleet;
    struct fleet_summary *summary; /* of the fleet, for readers only */
    struct random random;
    uint64_t key_epoch;
    uint64_t key_count;
    bool is_stopping;
    bool is_once_over;
    uint64_t version; /* of the visible state of the reconciler itself */

    /* Operators. */
    bool is_paused;
    struct mono paused_at;

    /* Discovery. */
    struct mono discovery_due;
    struct mono discovery_regular;       /* the next one by the interval, retries not counted */
    struct mono discovery_backoff_until; /* no discovery before: Retry-After */
    bool is_discovering;
    int32_t discovery_attempt; /* of the discovery in flight or waiting for its retry, from 1 */
    uint32_t discovery_count;
    bool is_discovery_ok;
    struct mono discovery_failed_at; /* the first failure in a row, or MONO_NEVER */
    int32_t listed;
    struct mono latched_until; /* no shrinking before */
    int32_t latched_listed;    /* deployments listed before the first loss */

    /* Passes. */
    struct mono pass_due;
    const char *pass_cause; /* NULL: no pass is requested */
    struct pass_summary pass;
    struct pass_times times;
    uint32_t cursor;     /* the next slot to visit in this pass */
    bool is_pass_cut;    /* too many probes failed: the rest of this pass is not read */
    int32_t pass_probes; /* failed probes of this pass */
    int32_t pass_retries;
    int32_t outstanding; /* reads and scales of this pass, waiting or in flight */
    int32_t reads_in_flight;
    int32_t scales_in_flight;
    int64_t scales_accepted;
    struct retry_queue retries;
    struct breaker breaker;
    uint32_t probe_slot; /* the single read in flight while the breaker is open; else SLOT_NONE */
    struct slot_ring scales; /* decided, not sent yet */
    struct drain_habit drain_habit;
};

static inline bool has_room(const struct reconciler *reconciler)
{
    return reconciler->reads_in_flight + reconciler->scales_in_flight <
           reconciler->config.concurrency;
}

static inline bool has_retries_left(const struct reconciler *reconciler, int32_t attempt)
{
    return !reconciler->is_stopping && attempt <= reconciler->config.retries;
}

static inline void ask_for_pass(struct reconciler *reconciler, const char *cause)
{
    if (!reconciler->pass_cause)
        reconciler->pass_cause = cause;
}

/* Visible state of this deployment has changed. */
static inline void mark_changed(struct reconciler *reconciler, const struct deployment *deployment)
{
    fleet_mark(reconciler->fleet, deployment->slot);
}

/* A shorter wait does not end a longer one: the API has requested both. */
static inline void extend_backoff(struct deployment *deployment, struct mono until)
{
    if (until.ms > deployment->backoff_until.ms)
        deployment->backoff_until = until;
}

/* An idle ledger can be used for another deployment. */
static inline void release_empty_ledger(struct reconciler *reconciler,
                                        struct deployment *deployment)
{
    if (deployment->ledger && ledger_is_idle(deployment->ledger))
        fleet_close_ledger(reconciler->fleet, deployment);
}

/* The same for an account of growth in which nothing counts any more. */
static inline void release_old_growth(struct reconciler *reconciler, struct deployment *deployment,
                                      struct mono now)
{
    if (deployment->growth && growth_is_over(deployment->growth, now))
        fleet_close_growth(reconciler->fleet, deployment);
}

/* reconciler_discovery: whether one is due, and the effect that starts it. */
bool reconciler_discovers_no_more(const struct reconciler *reconciler);
bool reconciler_is_discovery_due(const struct reconciler *reconciler, struct mono now);
bool reconciler_next_discovery(struct reconciler *reconciler, struct mono now,
                               struct effect *ret_effect);

/* reconciler_reads: the next status read of the running pass; dropping the reads that wait for a retry. */
bool reconciler_next_read(struct reconciler *reconciler, struct mono now,
                          struct effect *ret_effect);
void reconciler_drop_reads(struct reconciler *reconciler);

/* reconciler_scales: decided scales are sent in order; dropping those that were not sent. */
int64_t reconciler_status_age_max_ms(const struct reconciler *reconciler);
enum reason reconciler_gate(const struct reconciler *reconciler,
                            const struct deployment *deployment);
enum reason reconciler_manual_gate(const struct reconciler *reconciler);
void reconciler_queue_scale(struct reconciler *reconciler, struct deployment *deployment,
                            int32_t delta);
void reconciler_queue_manual(struct reconciler *reconciler, struct deployment *deployment,
                             int32_t delta);
bool reconciler_next_scale(struct reconciler *reconciler, struct mono now,
                           struct effect *ret_effect);
void reconciler_drop_scales(struct reconciler *reconciler);

/*
 * reconciler_invariants: walks all deployments and panics where a count of the reconciler differs from them. True
 * otherwise, for must_slow after each event.
 */
bool reconciler_is_consistent(const struct reconciler *reconciler);

#endif

/*
 * reconciler_state - state and functions shared by reconciler*.c. All other files include reconciler.h.
 *
 *     reconciler             start and stop, passes, the order of effects
 *     reconciler_operator    commands of operators
 *     reconciler_restore     what an earlier run has recorded
 *     reconciler_discovery   when to discover, and the result
 *     reconciler_reads       which deployment is read next, retries, the breaker, decisions
 *     reconciler_records     scales that are recorded before they are sent
 *     reconciler_scales      checks before sending, and the result
 *     reconciler_invariants  for must_slow
 *
 * Calls go down this list and never up.
 */
#ifndef ENGINE_CORE_RECONCILER_STATE_H
#define ENGINE_CORE_RECONCILER_STATE_H

#include "engine/base/random.h"
#include "engine/core/api_trouble.h"
#include "engine/core/intake.h"
#include "engine/core/pass_times.h"
#include "engine/core/read_order.h"
#include "engine/core/read_rate.h"
#include "engine/core/read_slots.h"
#include "engine/core/reconciler.h"
#include "engine/core/schedule.h"
#include "engine/core/slot_ring.h"

struct reconciler {
    struct reconciler_config config;
    struct event_sink sink;
    struct decision_observers observers;
    struct fleet *fleet;
    struct fleet_summary *summary; /* of the fleet, for readers only */
    struct random random;
    struct order_key last_key; /* of the newest request of this run */
    bool is_stopping;
    bool is_once_over;
    uint64_t version; /* of the visible state of the reconciler itself */

    /* The deployment that was restored last, and when its record was written. */
    uint32_t restored_slot;
    struct mono restored_at;
    struct mono lost_until; /* deployments are held because of that; MONO_NEVER: none is */
    struct mono lost_at;    /* what an earlier run had recorded; MONO_NEVER: nothing was lost */

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
    struct api_trouble discovery_trouble;
    int32_t listed;
    struct mono latched_until; /* no shrinking before */
    int32_t latched_listed;    /* deployments listed before the first loss */

    /* Passes. */
    struct mono pass_due;
    const char *pass_cause; /* NULL: no pass is requested */
    struct pass_summary pass;
    struct pass_times times;
    struct read_order order;
    int32_t failing_started; /* in this pass, of deployments with a failed last read */
    int32_t others_started;  /* since the last one of these, also in earlier passes */
    struct read_rate rate;
    int32_t unread_reported; /* deployments; 0: none */
    bool is_pass_awaited;    /* the next one is due, and waits for this one */
    bool is_pass_cut;        /* too many probes failed: the rest of this pass is not read */
    int32_t pass_probes;     /* failed probes of this pass */
    int32_t pass_retries;
    int32_t outstanding; /* reads and scales of this pass, waiting or in flight; also kept ones */
    struct read_slots slots;
    int32_t scales_in_flight;
    struct mono scale_started; /* the newest one */
    int64_t scales_accepted;
    struct retry_queue retries;
    struct breaker breaker;
    struct api_trouble read_trouble;
    struct mono last_read; /* when the newest status in use was asked for; MONO_NEVER: none yet */
    uint32_t
        probe_slot; /* the read that others wait for while the breaker is open; else SLOT_NONE */
    struct slot_ring scales; /* decided, not sent yet */

    /* Records. */
    bool is_unrecordable;
    struct mono unrecordable_at; /* while it is */
    int32_t recordings; /* scales that are being recorded, or are recorded and not sent yet */
    struct slot_ring recorded; /* of those: recorded */
    struct drain_habit drain_habit;
};

static inline bool has_read_room(const struct reconciler *reconciler)
{
    return read_slots_has_room(&reconciler->slots, reconciler->config.concurrency);
}

/* For deployments with a failed last read. */
static inline bool has_failing_room(const struct reconciler *reconciler)
{
    return read_slots_has_failing_room(&reconciler->slots, reconciler->config.concurrency);
}

/* Some reads of the pass wait because of a rate limit. */
static inline bool is_rate_binding(const struct reconciler *reconciler)
{
    return read_rate_is_limited(&reconciler->rate) && !reconciler->config.is_once &&
           reconciler->pass.is_running && !read_order_is_done(&reconciler->order);
}

/* When a pass with a rate limit leaves the rest of the deployments for the next one. */
static inline struct mono reconciler_read_until(const struct reconciler *reconciler)
{
    return mono_after(reconciler->pass.started, reconciler->config.pass_interval_ms);
}

static inline bool has_scale_room(const struct reconciler *reconciler)
{
    return reconciler->scales_in_flight < reconciler->config.concurrency;
}

/* Its newest request is recorded, or is being recorded, and is not sent yet. */
static inline bool is_recording(const struct deployment *deployment)
{
    return deployment->ledger && deployment->ledger->is_recording;
}

/* As many scales may be recorded at a time as may be in flight. */
static inline bool has_record_room(const struct reconciler *reconciler)
{
    return reconciler->recordings < reconciler->config.concurrency;
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

/* The memory of an idle ledger can be used for another deployment; another one is at rest until the next status. */
static inline void settle_ledger(struct reconciler *reconciler, struct deployment *deployment)
{
    if (deployment->ledger && ledger_is_idle(deployment->ledger))
        fleet_close_ledger(reconciler->fleet, deployment);
    else
        fleet_rest_ledger(reconciler->fleet, deployment);
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

/* The pass does not wait for its probe, which hangs. The rest is not read, as after probes that failed. */
void reconciler_leave_probe(struct reconciler *reconciler);

/*
 * A pass ends before some of its reads have, and those it did not reach are left. Those reads are of the next pass,
 * once it has begun: it does not ask again.
 */
void reconciler_leave_reads(struct reconciler *reconciler);
void reconciler_keep_reads(struct reconciler *reconciler);

/* reconciler_records: the next scale that is recorded, to be sent or not; dropping all that are not sent yet. */
bool reconciler_next_recorded(struct reconciler *reconciler, struct mono now,
                              struct effect *ret_effect);
void reconciler_drop_records(struct reconciler *reconciler);

/* reconciler_scales: decided scales are sent in order; dropping those that were not sent. */
int64_t reconciler_status_age_max_ms(const struct reconciler *reconciler);
enum reason reconciler_gate(const struct reconciler *reconciler,
                            const struct deployment *deployment, struct mono now);
enum reason reconciler_manual_gate(const struct reconciler *reconciler);
void reconciler_queue_scale(struct reconciler *reconciler, struct deployment *deployment,
                            int32_t delta);
void reconciler_queue_manual(struct reconciler *reconciler, struct deployment *deployment,
                             int32_t delta);
bool reconciler_next_scale(struct reconciler *reconciler, struct mono now,
                           struct effect *ret_effect);
void reconciler_drop_scales(struct reconciler *reconciler);

/*
 * Of a scale that was recorded: why it may not be sent any more, or NONE; sending it; dropping it with a reason, which
 * takes it out of the ledger.
 */
enum reason reconciler_look_again(struct reconciler *reconciler, struct deployment *deployment,
                                  struct mono now);
void reconciler_send_recorded(struct reconciler *reconciler, struct deployment *deployment,
                              struct mono now, struct effect *ret_effect);
void reconciler_drop_recording(struct reconciler *reconciler, struct deployment *deployment,
                               enum reason reason, struct effect *ret_effect);

/*
 * reconciler_invariants: walks all deployments and panics where a count of the reconciler differs from them. True
 * otherwise, for must_slow after each event.
 */
bool reconciler_is_consistent(const struct reconciler *reconciler);

#endif

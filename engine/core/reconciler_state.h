/*
 * reconciler_state - what the reconciler's rooms share. For reconciler*.c only; everybody else sees reconciler.h.
 *
 *     reconciler             life, passes, whose turn it is
 *     reconciler_operator    what an operator asks for
 *     reconciler_discovery   when to discover, what becomes of it
 *     reconciler_reads       which deployment is read next, retries, the breaker, deciding
 *     reconciler_scales      what may be sent at the last look, what became of it
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
    struct random random;
    uint64_t key_epoch;
    uint64_t key_count;
    bool is_stopping;
    bool is_once_over;
    uint64_t version; /* of what people can see of the reconciler itself */

    /* The operator's. */
    bool is_paused;
    struct mono paused_at;

    /* Discovery. */
    struct mono discovery_due;
    struct mono
        discovery_regular; /* when the next one is due by the clock, whatever is tried again before */
    struct mono discovery_backoff_until; /* the API asked to be left alone with it until then */
    bool is_discovering;
    int32_t discovery_attempt; /* of the one that runs or waits to be tried again, from 1 */
    uint32_t discovery_count;
    bool is_discovery_ok;
    struct mono discovery_failed_at; /* since when it is not */
    int32_t listed;
    struct mono latched_until; /* nothing shrinks before that */
    int32_t latched_listed;    /* what was listed before the first loss */

    /* Passes. */
    struct mono pass_due;
    const char *pass_cause; /* NULL: none is asked for */
    struct pass_summary pass;
    struct pass_times times;
    uint32_t cursor;     /* slots below have had their turn in this pass */
    bool is_pass_cut;    /* reads failed too often: the rest of this pass is not read */
    int32_t pass_probes; /* that failed in this pass */
    int32_t pass_retries;
    int32_t
        outstanding; /* reads and scales of this pass that have not ended, waiting ones included */
    int32_t reads_in_flight;
    int32_t scales_in_flight;
    int64_t scales_accepted;
    struct retry_queue retries;
    struct breaker breaker;
    uint32_t probe_slot;     /* the one read that an open breaker lets through; SLOT_NONE */
    struct slot_ring scales; /* decided, not sent yet */
    struct follow follow;
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

/* Something that people can see of this deployment has changed. */
static inline void mark_changed(struct reconciler *reconciler, const struct deployment *deployment)
{
    fleet_mark(reconciler->fleet, deployment->slot);
}

/* A shorter wait does not end a longer one: both were asked for. */
static inline void extend_backoff(struct deployment *deployment, struct mono until)
{
    if (until.ms > deployment->backoff_until.ms)
        deployment->backoff_until = until;
}

/* A ledger with nothing in it serves somebody else. */
static inline void release_empty_ledger(struct reconciler *reconciler,
                                        struct deployment *deployment)
{
    if (deployment->ledger && deployment->ledger->count == 0)
        fleet_close_ledger(reconciler->fleet, deployment);
}

/* reconciler_discovery: is one due, and the effect that starts it. */
bool reconciler_discovers_no_more(const struct reconciler *reconciler);
bool reconciler_is_discovery_due(const struct reconciler *reconciler, struct mono now);
bool reconciler_next_discovery(struct reconciler *reconciler, struct mono now,
                               struct effect *ret_effect);

/* reconciler_reads: the next status read of the pass that runs; giving up those that wait for another attempt. */
bool reconciler_next_read(struct reconciler *reconciler, struct mono now,
                          struct effect *ret_effect);
void reconciler_drop_reads(struct reconciler *reconciler);

/* reconciler_scales: decided ones go out in turn; dropping those that have not. */
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

#endif

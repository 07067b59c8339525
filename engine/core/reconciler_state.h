/*
 * machine_state - what the machine's rooms share. For machine*.c only; everybody else sees machine.h.
 *
 *     machine             life, passes, whose turn it is
 *     machine_operator    what an operator asks for
 *     machine_discovery   when to discover, what becomes of it
 *     machine_reads       which deployment is read next, retries, the breaker, deciding
 *     machine_scales      what may be sent at the last look, what became of it
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

struct machine {
    struct machine_config config;
    struct event_sink sink;
    struct fleet *fleet;
    struct random random;
    uint64_t key_epoch;
    uint64_t key_count;
    bool is_stopping;
    bool is_once_over;
    uint64_t version; /* of what people can see of the machine itself */

    /* The operator's. */
    bool is_paused;
    struct mono paused_at;

    /* Discovery. */
    struct mono discovery_due;
    struct mono
        discovery_regular; /* when the next one is due by the clock, whatever is tried again before */
    struct mono discovery_quiet_until; /* the API asked to be left alone with it until then */
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

static inline bool has_room(const struct machine *machine)
{
    return machine->reads_in_flight + machine->scales_in_flight < machine->config.concurrency;
}

static inline bool has_retries_left(const struct machine *machine, int32_t attempt)
{
    return !machine->is_stopping && attempt <= machine->config.retries;
}

static inline void ask_for_pass(struct machine *machine, const char *cause)
{
    if (!machine->pass_cause)
        machine->pass_cause = cause;
}

/* Something that people can see of this deployment has changed. */
static inline void show(struct machine *machine, const struct deployment *deployment)
{
    fleet_mark(machine->fleet, deployment->slot);
}

/* A shorter wait does not end a longer one: both were asked for. */
static inline void leave_alone(struct deployment *deployment, struct mono until)
{
    if (until.ms > deployment->quiet_until.ms)
        deployment->quiet_until = until;
}

/* A ledger with nothing in it serves somebody else. */
static inline void settle_ledger(struct machine *machine, struct deployment *deployment)
{
    if (deployment->ledger && deployment->ledger->count == 0)
        fleet_close_ledger(machine->fleet, deployment);
}

/* machine_discovery: is one due, and the effect that starts it. */
bool machine_discovers_no_more(const struct machine *machine);
bool machine_is_discovery_due(const struct machine *machine, struct mono now);
bool machine_next_discovery(struct machine *machine, struct mono now, struct effect *ret_effect);

/* machine_reads: the next status read of the pass that runs; giving up those that wait for another attempt. */
bool machine_next_read(struct machine *machine, struct mono now, struct effect *ret_effect);
void machine_drop_reads(struct machine *machine);

/* machine_scales: decided ones go out in turn; dropping those that have not. */
int64_t machine_status_age_max_ms(const struct machine *machine);
enum reason machine_gate(const struct machine *machine, const struct deployment *deployment);
enum reason machine_manual_gate(const struct machine *machine);
void machine_queue_scale(struct machine *machine, struct deployment *deployment, int32_t delta);
void machine_queue_manual(struct machine *machine, struct deployment *deployment, int32_t delta);
bool machine_next_scale(struct machine *machine, struct mono now, struct effect *ret_effect);
void machine_drop_scales(struct machine *machine);

#endif

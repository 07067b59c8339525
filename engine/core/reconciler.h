/*
 * reconciler - the deterministic core: events in, effects out; the one place where order is decided.
 *
 *     events:  discovery, read and scale results · requests · configuration · time
 *     effects: discover · read a status · send a scale
 *
 * No I/O, no clock, no thread: the same reconciler runs against a live API, a simulated one and a recording. Whoever
 * drives it carries out each effect that reconciler_next() hands out and reports its end exactly once. `now` never goes
 * back. The same calls with the same seed give the same effects and events.
 *
 * Cadence: discovery every discovery_interval; a pass follows each discovery at once and goes on every pass_interval
 * from its start. A pass reads every deployment's status, at most `concurrency` requests at a time, and each deployment
 * is decided and scaled as soon as its own status is in. Passes never overlap. Reads are retried inside their pass,
 * scales never.
 *
 * Owns the fleet. The policies are borrowed until the next configuration. One thread at a time. Memory is taken when
 * a discovery brings more deployments than ever before (-ENOMEM: that discovery failed, the old list stays); a pass
 * over a known fleet takes none, but for the sentence kept about a deployment that fails.
 */
#ifndef ENGINE_CORE_RECONCILER_H
#define ENGINE_CORE_RECONCILER_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/core/event.h"
#include "engine/core/fleet.h"
#include "engine/core/manual_scale.h"
#include "engine/core/pass.h"
#include "engine/core/policy.h"
#include "engine/core/reconciler_events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A status older than this many pass intervals, and than STATUS_AGE_MS_MIN, is not acted on. */
#define STATUS_AGE_PASSES 2
#define STATUS_AGE_MS_MIN 10000

/* A discovery that loses more than this share, and at least so many, is not believed for so long. */
#define LATCH_PERCENT 30
#define LATCH_COUNT_MIN 3
#define LATCH_MS ((int64_t)10 * 60 * 1000)

/* Deployments no longer listed are remembered so long at least: ledger and cooldowns survive a flapping API. */
#define GONE_KEEP_MS ((int64_t)60 * 60 * 1000)

struct reconciler_config {
    int64_t discovery_interval_ms;
    int64_t pass_interval_ms;
    int32_t concurrency; /* requests in flight, discovery not counted */
    int32_t retries;     /* further attempts of a read */
    bool is_dry_run;
    bool is_read_only;
    bool is_once; /* one discovery, one pass, then reconciler_is_finished() */
    const struct policy *(*policy_of)(const void *context, const char *id);
    const void *policy_context;
};

enum effect_kind { EFFECT_DISCOVER, EFFECT_READ, EFFECT_SCALE };

struct effect {
    enum effect_kind kind;
    uint32_t slot;      /* of a read or scale */
    const char *id;     /* lives until the effect's end is reported */
    int32_t delta;      /* of a scale; never 0 */
    char key[KEY_SIZE]; /* of a scale: unique, for the Idempotency-Key header */
};

struct reconciler;

/* `seed` draws jitter and keys: a fresh random one in production. -ENOMEM. */
int reconciler_create(const struct reconciler_config *config, uint64_t seed, struct event_sink sink,
                      struct mono now, struct reconciler **ret_reconciler);
void reconciler_destroy(struct reconciler *reconciler);

/* New settings from now on; a pass follows at once, so that every explanation is of the new policy. */
void reconciler_configure(struct reconciler *reconciler, const struct reconciler_config *config,
                          struct mono now);

/*
 * The next effect to carry out; false: nothing before reconciler_wakeup(), or before an effect that runs has ended.
 * To be called until false after every event and at every wake-up.
 */
bool reconciler_next(struct reconciler *reconciler, struct mono now, struct effect *ret_effect);
struct mono reconciler_wakeup(const struct reconciler *reconciler);

void reconciler_discovery_done(struct reconciler *reconciler, struct mono now,
                               const struct discovery_result *result);
void reconciler_read_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                          const struct read_result *result);
void reconciler_scale_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                           const struct scale_result *result);

/* As soon as possible: now, or right after the one that runs. */
void reconciler_request_discovery(struct reconciler *reconciler, struct mono now);
void reconciler_request_pass(struct reconciler *reconciler, struct mono now);

/*
 * What an operator asks for. The answer is a printable sentence for the operator: the outcome, or why it was refused;
 * the event operator_command says the same to the log. Pauses and dry-run last until they are taken back or the
 * reconciler ends; a new configuration does not end a pause, and sets dry-run as it says. FOCUS and STOP are not the
 * reconciler's: refused.
 */
bool reconciler_command(struct reconciler *reconciler, struct mono now,
                        const struct command *command, struct command_ack *ret_ack);

bool reconciler_is_paused(const struct reconciler *reconciler);
bool reconciler_is_dry_run(const struct reconciler *reconciler);
bool reconciler_is_read_only(const struct reconciler *reconciler);

/* Since when everything is paused, when it is. */
struct mono reconciler_paused_at(const struct reconciler *reconciler);

/* Counts up with everything that people can see of the reconciler itself: pass, pauses, discovery, breaker. */
uint64_t reconciler_version(const struct reconciler *reconciler);

/* For the console's header. MONO_NEVER: not known, or none is due. */
struct reconciler_outlook {
    struct mono next_pass;
    struct mono next_discovery;
    struct mono discovery_failed_at; /* since when discoveries fail; MONO_NEVER: they work */
    int64_t pass_interval_ms;
    int64_t discovery_interval_ms;
    bool is_breaker_open;
    bool is_latched; /* nothing shrinks */
    bool is_stopping;
};
void reconciler_outlook(const struct reconciler *reconciler, struct mono now,
                        struct reconciler_outlook *ret_outlook);

/* Marks are taken by whoever shows the fleet. */
struct fleet *reconciler_fleet_mutable(struct reconciler *reconciler);

/* Nothing new starts; what is decided and not sent is dropped. Reads may be cancelled; scales are awaited. */
void reconciler_stop(struct reconciler *reconciler, struct mono now);

/* Ends every scale in flight as lost, and says so: nobody will wait for its answer. Nothing else may be called then. */
void reconciler_abandon(struct reconciler *reconciler, struct mono now);

/* Stopped, or once and done: and nothing is in flight. */
bool reconciler_is_finished(const struct reconciler *reconciler);

/* Did the last discovery work (or none end yet)? */
bool reconciler_is_discovery_ok(const struct reconciler *reconciler);

int32_t reconciler_scales_in_flight(const struct reconciler *reconciler);
int64_t reconciler_scales_accepted(const struct reconciler *reconciler);
const struct fleet *reconciler_fleet(const struct reconciler *reconciler);
const struct pass_summary *reconciler_pass(const struct reconciler *reconciler);

/* What stands against a scale by hand of this deployment, now. `delta` is not 0. */
void reconciler_check_manual(const struct reconciler *reconciler,
                             const struct deployment *deployment, int32_t delta, struct mono now,
                             struct manual_check *ret_check);

/* confirm_timeout as it is in force for a policy: its own, or what `auto` has learned so far. */
int64_t reconciler_confirm_timeout_ms(const struct reconciler *reconciler,
                                      const struct deployment *deployment);

#endif

/*
 * reconciler - the deterministic core: events in, effects out. It alone decides the order of requests.
 *
 *     events:  discovery, read and scale results · requests · configuration · time
 *     effects: discover · read a status · send a scale
 *
 * No I/O, no clock, no thread: the same reconciler runs with a live API, a simulated one and a recording. The caller
 * carries out each effect of reconciler_next() and reports its end exactly once. `now` never decreases. The same calls
 * with the same seed give the same effects and events.
 *
 * Cadence: a discovery every discovery_interval; a pass after each discovery, and then every pass_interval from the
 * start of that pass. A pass reads the status of every deployment, the longest unread first; those with a failed last
 * read come last, and those that it does not reach before the next pass is due are left for that one. Each deployment
 * is decided and scaled as soon as its status is read. Passes never overlap: when one is due, and the one before waits
 * only for requests that hang, these are of the new one. Reads are retried within their pass; scales are never
 * retried.
 *
 * Owns the fleet. The policies are borrowed until the next configuration. One thread at a time. Memory is allocated
 * when a discovery lists more deployments than ever before (-ENOMEM: that discovery fails, the old list stays), for
 * scale requests (ledgers), for the first versions of statuses, and for the error text of a deployment; a pass over a
 * known fleet allocates nothing else.
 */
#ifndef ENGINE_CORE_RECONCILER_H
#define ENGINE_CORE_RECONCILER_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/core/api_trouble.h"
#include "engine/core/decision_observer.h"
#include "engine/core/effect.h"
#include "engine/core/event.h"
#include "engine/core/fleet.h"
#include "engine/core/fleet_summary.h"
#include "engine/core/manual_scale.h"
#include "engine/core/pass.h"
#include "engine/core/policy.h"
#include "engine/core/reconciler_config.h"
#include "engine/core/reconciler_events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After a discovery that loses more than this share, and at least this count, nothing shrinks for this time. */
#define LATCH_PERCENT 30
#define LATCH_COUNT_MIN 3
#define LATCH_MS ((int64_t)10 * 60 * 1000)

/* Deployments no longer listed are kept at least this long: ledger and cooldowns survive an API with gaps. */
#define GONE_KEEP_MS ((int64_t)60 * 60 * 1000)

struct reconciler;

/* `seed` is for jitter and keys: a new random number in production. -ENOMEM. */
int reconciler_create(const struct reconciler_config *config, uint64_t seed, struct event_sink sink,
                      struct mono now, struct reconciler **ret_reconciler);
void reconciler_destroy(struct reconciler *reconciler);

/* Before the first event. `observer` is copied; there are at most DECISION_OBSERVERS_MAX. */
void reconciler_add_observer(struct reconciler *reconciler,
                             const struct decision_observer *observer);

/* New settings. A pass follows at once, so that every explanation is of the new policy. */
void reconciler_configure(struct reconciler *reconciler, const struct reconciler_config *config,
                          struct mono now);

/* The API may be another one than before: every deployment starts again, see start_hold.h. */
void reconciler_start_again(struct reconciler *reconciler);

/*
 * The next effect to carry out; false: none until reconciler_wakeup(), or until an effect in flight has ended. After
 * every event and at every wake-up, call this until it returns false.
 */
bool reconciler_next(struct reconciler *reconciler, struct mono now, struct effect *ret_effect);
struct mono reconciler_wakeup(const struct reconciler *reconciler);

void reconciler_discovery_done(struct reconciler *reconciler, struct mono now,
                               const struct discovery_result *result);
void reconciler_read_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                          const struct read_result *result);
void reconciler_scale_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                           const struct scale_result *result);

/*
 * The intent of an EFFECT_RECORD is on stable storage; or it is not, and will not be: then its scale is not sent, and
 * nothing of it is to be recorded.
 */
void reconciler_record_done(struct reconciler *reconciler, struct mono now, uint32_t slot,
                            bool is_stored);

/*
 * Can intents be stored? True at the start. False: no new scale is handed out, with reason `state_unavailable`; reads
 * go on, and no pass waits for the scales that are being recorded. True again: the next pass scales again.
 */
void reconciler_set_recordable(struct reconciler *reconciler, struct mono now, bool is_recordable);

/* At once. A running discovery serves the request; a running pass is followed by another one. */
void reconciler_request_discovery(struct reconciler *reconciler, struct mono now);
void reconciler_request_pass(struct reconciler *reconciler, struct mono now);

/*
 * Carries out an operator's command. The acknowledgement has a printable sentence: the outcome, or why the command was
 * refused; the event operator_command logs the same. A pause lasts until an operator resumes, also across a new
 * configuration; dry-run lasts until it is switched, or until a new configuration sets it. The caller handles FOCUS and
 * STOP: they are refused here.
 */
bool reconciler_command(struct reconciler *reconciler, struct mono now,
                        const struct command *command, struct command_ack *ret_ack);

/* The pause of this deployment, or of all (NULL), has come to its end; without an event. */
void reconciler_end_pause(struct reconciler *reconciler, struct mono now, const char *id);

/* Something that is shown with this deployment, or with all (NULL), has changed. */
void reconciler_touch(struct reconciler *reconciler, const char *id);

bool reconciler_is_paused(const struct reconciler *reconciler);
bool reconciler_is_dry_run(const struct reconciler *reconciler);
bool reconciler_is_read_only(const struct reconciler *reconciler);

/* When scaling was paused; MONO_NEVER: it is not. */
struct mono reconciler_paused_at(const struct reconciler *reconciler);

/* Incremented when visible state of the reconciler itself changes: pass, pause, discovery, breaker. */
uint64_t reconciler_version(const struct reconciler *reconciler);

/* For the header of the console. MONO_NEVER: not known, or none is due. */
struct reconciler_outlook {
    struct mono next_pass;
    struct mono next_discovery;
    struct mono discovery_failed_at; /* first failure in a row; MONO_NEVER: none */
    struct mono lost_until;      /* deployments without a memory are held; MONO_NEVER: none is */
    struct mono unrecordable_at; /* no scale can be recorded since then; MONO_NEVER: they can */
    struct mono last_read; /* when the newest status in use was asked for; MONO_NEVER: none yet */
    const struct api_trouble
        *trouble; /* the one that came first; valid until the reconciler changes */
    int64_t pass_interval_ms;
    int64_t discovery_interval_ms;
    bool is_breaker_open;
    bool is_latched; /* nothing shrinks */
    bool is_stopping;
};
void reconciler_outlook(const struct reconciler *reconciler, struct mono now,
                        struct reconciler_outlook *ret_outlook);

/*
 * The state of each deployment and the totals of the fleet, up to date; NULL: no memory. Valid until the reconciler
 * changes. Decisions do not depend on it: without readers, it is never computed.
 */
const struct fleet_summary *reconciler_summary(const struct reconciler *reconciler);

/* See fleet_attach_reader; fleet_reader_detach ends it, if the end of the reconciler does not. */
int reconciler_attach_reader(const struct reconciler *reconciler, struct fleet_reader *reader);

/* No new effects but UNSENT; scales not sent yet are dropped. The caller may cancel reads and must wait for scales. */
void reconciler_stop(struct reconciler *reconciler, struct mono now);

/*
 * Ends every scale in flight as lost, with an event: its response is not awaited. Scales that are recorded or are being
 * recorded are dropped. No effect or result may follow.
 */
void reconciler_abandon(struct reconciler *reconciler, struct mono now);

/* Stopped, or done in once mode, with nothing in flight. */
bool reconciler_is_finished(const struct reconciler *reconciler);

/* True also before the end of the first discovery. */
bool reconciler_is_discovery_ok(const struct reconciler *reconciler);

int32_t reconciler_scales_in_flight(const struct reconciler *reconciler);
int64_t reconciler_scales_accepted(const struct reconciler *reconciler);
const struct fleet *reconciler_fleet(const struct reconciler *reconciler);
const struct pass_summary *reconciler_pass(const struct reconciler *reconciler);

/* The refusal of, or the objections to, a scale by hand now. `delta` is not 0. */
void reconciler_check_manual(const struct reconciler *reconciler,
                             const struct deployment *deployment, int32_t delta, struct mono now,
                             struct manual_check *ret_check);

/* When order `index` of the deployment's ledger expires at the earliest; MONO_NEVER: see ledger_deadline. */
struct mono reconciler_order_deadline(const struct reconciler *reconciler,
                                      const struct deployment *deployment, size_t index);

#endif

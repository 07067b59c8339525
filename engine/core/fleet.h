/*
 * fleet - all deployments that are known: found, looked up, retired.
 *
 * Owns the deployments and their ids. A deployment has a slot number that stays its own until it is removed, so that
 * requests in flight, cursors and screens can refer to it; slots of removed ones are used again. Memory is taken in
 * slabs of FLEET_SLAB when more deployments come than there ever were, and only then; it is never moved.
 * Engine thread only (or one thread at a time). -ENOMEM from adding; nothing else fails.
 */
#ifndef ENGINE_CORE_FLEET_H
#define ENGINE_CORE_FLEET_H

#include "engine/base/clock.h"
#include "engine/command.h"
#include "engine/core/api_result.h"
#include "engine/core/boot_time.h"
#include "engine/core/decision.h"
#include "engine/core/forecast.h"
#include "engine/core/history.h"
#include "engine/core/ledger.h"
#include "engine/core/window_max.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * As many as a MiB holds: a slab comes with a few bytes of the heap's, and what is not filled of its last page is lost.
 * Fuzzing makes many small fleets and asks for less.
 */
#ifndef FLEET_SLAB
#define FLEET_SLAB 1472
#endif
#define LEDGER_SLAB 64
#define DETAIL_SIZE 160

/* A million of these: bytes beside bytes, so that nothing is lost between them. */
struct deployment {
    char *id;
    uint32_t slot;
    bool is_used;
    bool is_entry;         /* stands for a discovery entry without a usable id; `id` is its place */
    bool is_listed;        /* by the last discovery that worked */
    bool is_reading;       /* a status read is in flight */
    bool is_retry_waiting; /* or waits to be sent again */
    bool is_scale_queued;  /* decided, not sent yet */
    bool is_scale_manual;  /* the one queued or in flight was asked for by an operator */
    bool is_operator_paused;
    bool is_touched;              /* by a discovery; to be marked when it has been taken in whole */
    bool has_status;              /* `status` has been read at least once */
    uint8_t attempt;              /* of the read that runs, from 1 */
    uint8_t collapse_count;       /* statuses in a row that say all hosts are gone */
    enum reason definition_fault; /* REASON_NONE, or why it is held */
    enum reason logged_fault;     /* what the log has been told of it already */
    enum action last_action;      /* what came of the last scale; NONE: its answer is awaited */
    enum action action; /* outcome of the last decision, with `reason` and the deltas below */
    enum reason reason;
    uint32_t last_pass;      /* number of the pass in which it was looked at last */
    uint32_t seen_discovery; /* number of the discovery that listed it last */
    uint32_t failure_count;  /* reads that failed in a row */

    /* Definition. */
    int32_t servers_per_host;
    int32_t target_free_ppb; /* the API's */
    int32_t
        next_servers_per_host; /* a change by more than twice, waiting to be said again; 0: none */
    const struct policy *policy; /* borrowed from the configuration */

    /* Observation. */
    struct status status;      /* the last plausible one */
    int32_t unready_hosts;     /* believed */
    struct mono read_started;  /* of the read that runs, or ran last */
    struct mono backoff_until; /* the API asked to be left alone with it until then */
    struct mono status_at;     /* when the last plausible read was started */
    int32_t hosts_high;        /* most hosts seen in this boot_timeout and in the one before */
    int32_t hosts_high_before;
    struct mono hosts_high_since;
    struct mono unready_since;
    int32_t unready_hosts_min; /* fewest dark hosts since `unready_since` */

    /* Scaling. */
    int32_t queued_delta;
    struct ledger *ledger; /* NULL: nothing is on its way; see fleet_open_ledger */
    struct window_max desired_max;
    struct forecast forecast;
    struct boot_time boot_time;
    struct mono scaled_up_at; /* MONO_NEVER: never */
    struct mono scaled_at;
    struct mono last_scale; /* when the last scale was sent */
    uint64_t scale_key;     /* of the request in flight */
    int32_t last_delta;     /* of the last scale that was sent; 0: none yet */

    /* Outcome of the last decision, and what it was made of. */
    int32_t desired_hosts; /* -1: unknown */
    int32_t delta;
    int32_t raw_delta;
    struct decision_input input;
    char *detail; /* a sentence about a failure; NULL: none */

    struct mono gone_at;
    struct history history;
};

struct fleet;

int fleet_create(struct fleet **ret_fleet);
void fleet_destroy(struct fleet *fleet);

/* Slots ever used: iterate 0 .. fleet_slot_count() - 1 and skip what fleet_at() says is NULL. */
size_t fleet_slot_count(const struct fleet *fleet);
size_t fleet_count(const struct fleet *fleet);

/* NULL: no deployment in this slot. */
struct deployment *fleet_at(const struct fleet *fleet, uint32_t slot);

/* NULL: unknown. Entries without an id are found by their place, and are nobody's twins. */
struct deployment *fleet_find(const struct fleet *fleet, const char *id, bool is_entry);

/* Another deployment whose id differs in ASCII letter case only, from `after` on (NULL: the first); NULL: none. */
struct deployment *fleet_find_twin(const struct fleet *fleet, const struct deployment *of,
                                   const struct deployment *after);

/* A new one, not listed, nothing known. -ENOMEM, or -E2BIG beyond DEPLOYMENT_COUNT_MAX: nothing changed. */
int fleet_add(struct fleet *fleet, const char *id, bool is_entry,
              struct deployment **ret_deployment);

void fleet_remove(struct fleet *fleet, struct deployment *deployment);

/* The deployment's ledger, a new one if it has none; NULL: no memory. Most deployments have none most of the time. */
struct ledger *fleet_open_ledger(struct fleet *fleet, struct deployment *deployment);

/* Keeps the ledger's memory for the next one that is opened. It must be empty, or its deployment leaves. */
void fleet_close_ledger(struct fleet *fleet, struct deployment *deployment);

/*
 * Something that people can see of this slot has changed, or somebody came or went. Marks are bits: setting one twice
 * is setting it once, and where nobody takes them they cost nothing.
 */
void fleet_mark(struct fleet *fleet, uint32_t slot);
void fleet_mark_all(struct fleet *fleet);
bool fleet_has_marks(const struct fleet *fleet);

/* The first marked slot from `slot` on, its mark taken away; SLOT_NONE: there is none. */
uint32_t fleet_take_mark(struct fleet *fleet, uint32_t slot);

/* Counts up whenever a deployment came or went. */
uint64_t fleet_names_version(const struct fleet *fleet);

/* Keeps the first DETAIL_SIZE - 1 bytes of a printable sentence; "" removes it. Without memory there is none. */
void deployment_set_detail(struct deployment *deployment, const char *detail);

#endif

/*
 * fleet - all known deployments, listed or not, by slot and by id.
 *
 * Owns the deployments, their ids, their ledgers, the accounts of their growth, and the versions of their statuses. A
 * deployment keeps its slot number until it is removed, so that requests in flight, cursors and screens can refer to
 * it; the slot is then used again, the lowest slab first.
 * Memory is allocated in slabs of FLEET_SLAB, only when no slab has room; it is never moved. fleet_trim frees empty
 * slabs.
 * Engine thread only (or one thread at a time). Adding fails with -ENOMEM or -E2BIG; opening a ledger and reserving a
 * version may fail, too.
 */
#ifndef ENGINE_CORE_FLEET_H
#define ENGINE_CORE_FLEET_H

#include "engine/base/clock.h"
#include "engine/command.h"
#include "engine/core/api_result.h"
#include "engine/core/boot_time.h"
#include "engine/core/decision.h"
#include "engine/core/fleet_changes.h"
#include "engine/core/forecast.h"
#include "engine/core/growth.h"
#include "engine/core/history.h"
#include "engine/core/ledger.h"
#include "engine/core/unready.h"
#include "engine/core/window_max.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * As many deployments as fit into one MiB with the header of the heap: a slab wastes little of its last page. Fuzz
 * targets create many small fleets and define a smaller value.
 */
#ifndef FLEET_SLAB
#define FLEET_SLAB 1224
#endif
#define DETAIL_SIZE 160

/* Up to DEPLOYMENT_COUNT_MAX of these: small fields stand together, and a flag is one bit, to avoid padding. */
struct deployment {
    char *id;
    const struct policy *policy; /* borrowed from the configuration */
    uint32_t slot;
    bool is_used : 1;
    bool is_entry : 1;         /* a discovery entry without a usable id; `id` is its position */
    bool is_listed : 1;        /* by the last successful discovery */
    bool is_reading : 1;       /* a status read is in flight */
    bool is_retry_waiting : 1; /* a failed status read waits for its retry */
    bool is_failing : 1;   /* its last read has failed, and not because the API limits the rate */
    bool is_read_slow : 1; /* the read in flight has given up its slot */
    bool is_in_line : 1;   /* in the line of the reads that have a slot */
    bool is_scale_queued : 1; /* a scale is decided, not sent yet */
    bool is_scale_manual : 1; /* the scale queued or in flight is an operator's */
    bool is_operator_paused : 1;
    bool is_touched : 1; /* changed by the discovery that is being applied; marked at its end */
    bool is_named : 1;   /* in the list that is being applied; only while room for it is made */
    bool is_in_list : 1; /* an entry of the last list was applied to it */
    bool has_status : 1; /* `status` has been read at least once */
    bool is_starved : 1; /* by `status` as it was read: its event was logged */
    bool is_start_unknown : 1;  /* nothing was remembered at its start */
    bool is_start_restored : 1; /* its start hold began in an earlier run */
    bool is_memory_lost : 1;    /* what an earlier run has recorded of it was damaged */
    uint16_t failure_count;     /* failed reads in a row; up to 65535 */
    uint8_t attempt;            /* of the read in flight, from 1 */
    uint8_t collapse_count;     /* statuses in a row in which all hosts are gone */
    uint8_t unread_passes;      /* begun since its last response that is a status; up to 255 */
    uint8_t
        limited_count; /* reads in a row that the API refused because of a rate limit; up to 255 */
    int8_t start_statuses; /* plausible ones since the start; -1: the next one is from before it */
    enum reason definition_fault; /* REASON_NONE, or why it is held */
    enum reason entry_fault;      /* of the last list, while the last good definition is in use */
    enum reason logged_fault;     /* the definition fault that was logged last */
    enum action last_action;      /* outcome of the last scale; NONE: none yet, or in flight */
    enum action action; /* outcome of the last decision, with `reason` and the deltas below */
    enum reason reason;
    struct boot_time boot_time;
    uint32_t last_pass; /* the last pass that visited it */

    /* Definition. */
    int32_t servers_per_host;
    int32_t target_free_ppb;       /* of the API */
    int32_t next_servers_per_host; /* to be confirmed by the next discovery; 0: none */

    /* Reads. */
    struct status status;      /* the last plausible one */
    int32_t drain_correction;  /* from its busy servers to the demand: see drain_observe */
    struct mono read_started;  /* of the read in flight, or the last one */
    struct mono backoff_until; /* no request before: Retry-After */
    struct mono status_at;     /* when the read of `status` was sent */
    int32_t hosts_high;        /* most hosts in this period of boot_timeout, and in the last one */
    int32_t hosts_high_before;
    uint32_t hosts_high_since_s; /* rounded up */
    int32_t removed_hosts; /* that left in this period of drain_timeout, and in the last one */
    int32_t removed_hosts_before;
    uint32_t removed_since_s;
    struct unready unready;
    int32_t start_hosts; /* current_hosts of the first status since the start */
    uint32_t start_at_s; /* the time of that status */

    /* Scaling. */
    int32_t queued_delta;
    struct ledger *ledger; /* mostly at rest; NULL: nothing is pending; see fleet_open_ledger */
    struct growth *growth; /* NULL: it has not grown lately; see fleet_open_growth */
    struct growth_base growth_base;
    struct window_max desired_max;
    struct forecast forecast;
    struct mono scaled_up_at; /* MONO_NEVER: never */
    struct mono scaled_at;
    struct mono last_scale; /* when the last scale was sent */
    int32_t last_delta;     /* of the last scale that was sent; 0: none yet */

    /* The last decision and its input. */
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

/* Slots ever used: iterate 0 .. fleet_slot_count() - 1 and skip those where fleet_at() is NULL. */
size_t fleet_slot_count(const struct fleet *fleet);
size_t fleet_count(const struct fleet *fleet);

/* NULL: no deployment in this slot. */
struct deployment *fleet_at(const struct fleet *fleet, uint32_t slot);

/*
 * Fetches into the cache what describes the deployment in this slot, without a wait: all but its ledger and the samples
 * of its history. For walks over deployments that are scattered in memory.
 */
void fleet_prefetch(const struct fleet *fleet, uint32_t slot);

/* The same for its ledger. The deployment is in the cache. */
void deployment_prefetch_ledger(const struct deployment *deployment);

/* NULL: unknown. An entry without a usable id is found by its position. */
struct deployment *fleet_find(const struct fleet *fleet, const char *id, bool is_entry);

/* The next deployment after `after` (NULL: the first) with an id that differs only in letter case; NULL: none. */
struct deployment *fleet_find_twin(const struct fleet *fleet, const struct deployment *of,
                                   const struct deployment *after);

/* Adds an unlisted deployment. -ENOMEM, or -E2BIG beyond DEPLOYMENT_COUNT_MAX: nothing changed. */
int fleet_add(struct fleet *fleet, const char *id, bool is_entry,
              struct deployment **ret_deployment);

void fleet_remove(struct fleet *fleet, struct deployment *deployment);

/* Frees the memory of slabs without deployments. */
void fleet_trim(struct fleet *fleet);

/*
 * The ledger of the deployment, whole; a new one if it has none; NULL: no memory, and a ledger at rest is as it was.
 * It may move. Every deployment may have one at a time: many grow at the same time of the day.
 */
struct ledger *fleet_open_ledger(struct fleet *fleet, struct deployment *deployment);

/* Puts the ledger, if there is one, to rest in as little memory as it needs; see ledger.h. It may move. */
void fleet_rest_ledger(struct fleet *fleet, struct deployment *deployment);

/* Keeps the memory for the next ledger that is opened. The ledger must be empty, or the deployment removed. */
void fleet_close_ledger(struct fleet *fleet, struct deployment *deployment);

/* The same for the account of its growth. It may be closed when growth_is_over(), or with the deployment. */
struct growth *fleet_open_growth(struct fleet *fleet, struct deployment *deployment);
void fleet_close_growth(struct fleet *fleet, struct deployment *deployment);

/*
 * The version of the last plausible status, see struct read_result; "": none. Versions have memory of their own, in
 * slabs too, since most back ends have none. A version other than "" is set after a reservation. False: no memory.
 */
bool fleet_reserve_status_version(struct fleet *fleet, const struct deployment *deployment);
void fleet_set_status_version(struct fleet *fleet, const struct deployment *deployment,
                              const char *version);
const char *fleet_status_version(const struct fleet *fleet, const struct deployment *deployment);

/*
 * A reader of changes: from now on, fleet_mark sets its marks as well. All slots are marked at first. -ENOMEM: not
 * attached. A fleet that is destroyed detaches its readers.
 */
int fleet_attach_reader(struct fleet *fleet, struct fleet_reader *reader);

/* Marks a slot for every reader: its visible state has changed, or its deployment was added or removed. */
void fleet_mark(struct fleet *fleet, uint32_t slot);
void fleet_mark_all(struct fleet *fleet);

/* Incremented when a deployment is added or removed. */
uint64_t fleet_names_version(const struct fleet *fleet);

/* Why the last list has no good definition of it, while an earlier one is in use; NONE: it has one. */
enum reason deployment_entry_fault(const struct deployment *deployment);

/* Keeps the first DETAIL_SIZE - 1 bytes of a printable sentence; "" removes it. Without memory, none is kept. */
void deployment_set_detail(struct deployment *deployment, const char *detail);

#endif

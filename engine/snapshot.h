/*
 * snapshot - the fleet at one instant, as the console shows it.
 *
 * Part of the public interface: the same for an engine in this process, an engine elsewhere, and a recording. A
 * snapshot is immutable from its offer until its release (feed.h), and all its content lives exactly as long. Rows
 * are in pages of SNAPSHOT_PAGE_ROWS. Snapshots share the pages that did not change, so that equal pointers mean
 * equal rows. The index of a row is its slot. A deployment keeps its slot.
 *
 * Strings are printable UTF-8 (foreign bytes are escaped) except `name->id`, the exact bytes. Unknown counts are -1.
 * Instants are UTC, 0 means never. Units: hosts, servers, parts per billion, milliseconds. Any thread may read.
 */
#ifndef ENGINE_SNAPSHOT_H
#define ENGINE_SNAPSHOT_H

#include "engine/base/clock.h"
#include "engine/command.h"
#include "engine/explanation.h"
#include "engine/fleet_totals.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_PAGE_ROWS 16
#define SNAPSHOT_TREND_LENGTH 16
#define SNAPSHOT_HISTORY_LENGTH 60
#define SNAPSHOT_ORDERS_MAX 8
#define SNAPSHOT_SUMS_MAX 60
#define SNAPSHOT_TEXT_SIZE 160
#define SNAPSHOT_AUTHOR_SIZE 96
#define SNAPSHOT_LATER_REASONS_MAX 2
#define TREND_UNREAD UINT8_MAX
#define POLICY_UNNAMED UINT16_MAX

struct snapshot_name {
    const char *id;     /* exact bytes */
    const char *shown;  /* escaped */
    const char *folded; /* `shown` in lower case (ASCII), for searching */
};

struct snapshot_row {
    /* NULL: the slot is empty. Equal pointers: the same deployment. */
    const struct snapshot_name *name;
    struct wall read_at;  /* when the status shown was requested */
    struct wall acted_at; /* when its last scale was sent */
    /* The end of its own pause; 0: it has none, or a policy pauses it, too. */
    struct wall paused_until;
    int32_t servers_per_host;
    int32_t target_ppb;
    int32_t hosts;
    int32_t total_servers;
    int32_t free_servers;
    int32_t pending_hosts; /* ordered and not seen yet; negative: leaving */
    int32_t unconfirmed_hosts;
    int32_t desired_hosts;
    int32_t raw_delta; /* before the rules */
    int32_t delta;     /* after the rules; 0 when held */
    /* After all rules but the last: the delta that a pause, dry-run or read-only suppresses. */
    int32_t wanted_delta;
    int32_t last_delta; /* of the last scale that was sent; 0: none yet */
    uint8_t state;      /* enum state */
    uint8_t base_state; /* of a starved one: what its state would be otherwise */
    uint8_t action;     /* enum action of the last decision */
    uint8_t reason;     /* enum reason: what limits the change first */
    uint8_t later_reasons[SNAPSHOT_LATER_REASONS_MAX]; /* those behind it; NONE: no more */
    /* Outcome of the last scale: SCALED, FAILED, UNCONFIRMED; NONE: its response is pending. */
    uint8_t last_action;
    bool is_paused : 1; /* by an operator, this deployment alone */
    bool is_listed : 1;
    /* Free share of the last passes, oldest first, in half percents; TREND_UNREAD: not read. */
    uint8_t trend[SNAPSHOT_TREND_LENGTH];
    uint16_t policy; /* the one in force: index in the snapshot's policies; POLICY_UNNAMED */
};

struct snapshot_page {
    struct snapshot_row rows[SNAPSHOT_PAGE_ROWS];
};

/* A pause of an operator. Texts are escaped. */
struct snapshot_pause {
    struct wall since; /* 0: there is none, or nothing is known of it */
    struct wall until; /* 0: until an operator resumes */
    char author[SNAPSHOT_AUTHOR_SIZE];
    char reason[SNAPSHOT_TEXT_SIZE]; /* "": none */
};

struct snapshot_pass {
    uint32_t number; /* 0: none yet */
    bool is_running;
    struct wall started;
    int64_t took_ms; /* of a finished pass */
    int32_t deployments;
    int32_t read;
    int32_t scaled;
    int32_t would_scale;
    int32_t hosts_added;
    int32_t hosts_removed;
    int32_t held;
    int32_t failed;
    int32_t unconfirmed;
};

/* The last act of an operator, which its author may undo. Texts are escaped. */
struct snapshot_act {
    char author[SNAPSHOT_AUTHOR_SIZE];
    char text[SNAPSHOT_TEXT_SIZE]; /* "the pause of eu-1"; "": there is none */
    int32_t count;                 /* of deployments that it changed; 0: none, or all */
    bool is_on_all;
};

/* Content of the console's header. */
struct snapshot_engine {
    const char *version;
    const char *api_url;
    bool is_paused;
    bool is_dry_run;
    bool is_read_only;
    bool is_stopping;
    bool is_insecure;            /* any certificate is accepted */
    bool is_stateless;           /* nothing is remembered over a restart */
    bool is_breaker_open;        /* reads keep failing: only probes are sent */
    bool is_latched;             /* discovery lost many deployments: nothing shrinks */
    int32_t demo_speed_millis;   /* 0: no demo */
    struct wall paused_at;       /* 0: not paused */
    struct snapshot_pause pause; /* of all */
    struct snapshot_act last_act;
    struct wall discovery_failed_at; /* the list is stale since then; 0: it is current */
    struct wall lost_until; /* the state was damaged: what is not known is held; 0: nothing is */
    struct wall unrecordable_at;      /* scales cannot be recorded, and none is sent; 0: they can */
    struct wall last_read;            /* when the newest status was requested; 0: none yet */
    struct wall failing_since;        /* requests go on failing; 0: they do not */
    char failure[SNAPSHOT_TEXT_SIZE]; /* a sentence: the first error since then */
    struct wall next_pass;            /* 0: not known yet, or a pass is running */
    struct wall next_discovery;
    int64_t pass_interval_ms;      /* in real time */
    int64_t discovery_interval_ms; /* in real time */
    int32_t scales_in_flight;
};

/* Hosts ordered and not all seen yet. */
struct snapshot_order {
    int32_t delta;
    int32_t seen;
    struct wall sent;
    /* Expires then at the earliest; 0: in flight, or waits for the next status. */
    struct wall until;
    bool is_unconfirmed;
    bool is_in_flight;
};

struct snapshot_sample {
    bool is_read;
    int32_t busy_servers;
    int32_t free_servers;
    int32_t hosts;
};

/* Details of the deployment in focus. */
struct snapshot_detail {
    uint32_t slot;
    const struct snapshot_name *name;
    uint32_t pass; /* of the last sample */
    size_t step_count;
    struct explanation steps[RULE_COUNT]; /* the decision, step by step */
    /* When time alone ends what the step did, at the earliest; 0: it changed nothing, or no time ends it. */
    struct wall step_ends[RULE_COUNT];
    char failure[SNAPSHOT_TEXT_SIZE]; /* a sentence; "" when nothing failed */
    size_t order_count;
    struct snapshot_order orders[SNAPSHOT_ORDERS_MAX]; /* oldest first */
    struct snapshot_pause pause;                       /* of this deployment alone */
    int32_t unready_hosts;
    char policy[SNAPSHOT_TEXT_SIZE]; /* the pattern of the policy in force, or "defaults" */
    bool is_target_own;              /* of the policy, not of the API */
    int32_t min_hosts;
    int32_t max_hosts; /* HOSTS_UNLIMITED */
    /* Oldest first; the last one is of `pass`. */
    struct snapshot_sample history[SNAPSHOT_HISTORY_LENGTH];

    /* The manual scale to check, from the FOCUS command. */
    int32_t manual_delta;                    /* 0: none */
    int32_t manual_hosts;                    /* hosts after it, pending ones included */
    char manual_refusal[SNAPSHOT_TEXT_SIZE]; /* why it cannot be sent; "": it can */
    size_t objection_count;
    struct explanation objections[RULE_COUNT]; /* of the guard rails */
};

/* One line of the log. */
struct snapshot_line {
    struct wall at;
    enum level level;
    enum event_id event;
    const char *id;   /* exact id of its deployment; NULL: none */
    const char *text; /* without time and level: "scaled deployment=eu-1 delta=+6 took_ms=88" */
};

/* A deployment at two moments of a recording. Counts are -1 where it was not there or not read. */
struct snapshot_moment {
    int32_t hosts;
    int32_t busy_servers;
    int32_t free_servers;
    uint8_t state; /* enum state; GONE: it was not there */
};

struct snapshot_change {
    const char *shown; /* its name, as in struct snapshot_name */
    struct snapshot_moment before;
    struct snapshot_moment after;
    int32_t orders; /* scale requests between the two */
    int64_t added;  /* hosts of these */
    int64_t removed;
};

/* What changed between two moments: sorted by the size of the change, the largest first. */
struct snapshot_difference {
    struct wall from;
    struct wall to;
    size_t deployments; /* at either moment */
    size_t count;       /* of those that have changed, or were scaled */
    const struct snapshot_change *changes;
};

/* The sums over the fleet after a pass. */
struct snapshot_sums {
    struct wall at;
    int64_t hosts;
    int64_t pending_hosts;
    int64_t servers;
    int64_t free_servers;
};

/* A snapshot of a recording, and not of a running engine. */
struct snapshot_past {
    struct wall first; /* the ends of the first and the last recorded pass */
    struct wall last;
    int32_t speed_millis; /* at which it plays; 0: it stands */
    bool is_jump;         /* `lines` are all there are: those of the snapshot before do not count */
    const struct snapshot_difference *difference; /* NULL: none was asked for */
    /* Of the passes that were read before the moment, one a minute, oldest first. */
    size_t sums_count;
    struct snapshot_sums sums[SNAPSHOT_SUMS_MAX];
};

/* Of an engine elsewhere, over its control socket. */
struct snapshot_remote {
    const char *socket; /* printable */
    struct wall
        lost_at;  /* the connection is lost since then, and this is how it was; 0: it is there */
    bool may_act; /* false: the engine lets this user look only */
};

struct snapshot {
    uint64_t version; /* counts up */
    struct wall at;
    struct snapshot_engine engine;
    struct snapshot_pass pass;
    struct fleet_totals totals;
    size_t slot_count;
    size_t page_count;
    const struct snapshot_page *const *pages;
    const char *const *policies; /* names: the pattern of each, or "defaults" */
    size_t policy_count;
    uint64_t names_version;               /* changes when a deployment is added or removed */
    const struct snapshot_detail *detail; /* NULL: no deployment is in focus */
    /* Everything since the previous snapshot in the feed. */
    const struct snapshot_line *lines;
    size_t line_count;
    int64_t lines_lost; /* dropped for lack of space; older than `lines` */
    const struct command_ack *acks;
    size_t ack_count;
    const struct snapshot_past *past; /* NULL: of a running engine */
    const struct snapshot_remote
        *remote; /* NULL: of an engine in this process, or of a recording */
};

/* NULL: the slot is empty. */
static inline const struct snapshot_row *snapshot_row_at(const struct snapshot *snapshot,
                                                         uint32_t slot)
{
    if (slot >= snapshot->slot_count)
        return NULL;
    const struct snapshot_row *row =
        &snapshot->pages[slot / SNAPSHOT_PAGE_ROWS]->rows[slot % SNAPSHOT_PAGE_ROWS];
    return row->name ? row : NULL;
}

/* Does the engine let this console look only? */
static inline bool snapshot_is_look_only(const struct snapshot *snapshot)
{
    return snapshot->remote && !snapshot->remote->may_act;
}

/* Is it the last one of a connection that is lost? */
static inline bool snapshot_is_lost(const struct snapshot *snapshot)
{
    return snapshot->remote && snapshot->remote->lost_at.ms != 0;
}

/* The name of the policy in force; NULL: not known. */
static inline const char *snapshot_policy(const struct snapshot *snapshot,
                                          const struct snapshot_row *row)
{
    return row->policy < snapshot->policy_count ? snapshot->policies[row->policy] : NULL;
}

#endif

/*
 * fleet_truth - the real hosts of one deployment behind a test API, and what may go wrong with them.
 *
 *     ordered --(boot time)--> ready --(removed)--> draining --(drain time)--> gone
 *        |                       |
 *        +--(never boots)        +--(dies)--> gone, or unready: still counted, without servers
 *
 * With turnover, each server of a ready host restarts after a session, and is away for `restart_ms`.
 *
 * The simulation, the world of the unit tests and hosts_api are adapters of it: they decide when a host boots and which
 * status they report, which may differ from the real one. engine/sim/host_pool, the model of demo, backtest and soak,
 * plays single sessions. It cannot replace this one: here the caller sets the time of every boot and drain, a removal
 * cancels the newest order first, and a status depends on the demand of that moment alone, which costs a seventieth of
 * a step of host_pool.
 *
 * Plain values; a zeroed truth has no hosts. Time is an argument, in any unit, and never decreases. Cannot fail: with
 * more than FLEET_TRUTH_BATCHES_MAX boots or drains at once, the newest share the later time.
 */
#ifndef TESTS_SUPPORT_FLEET_TRUTH_H
#define TESTS_SUPPORT_FLEET_TRUTH_H

#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_TRUTH_BATCHES_MAX 24

/* What a status reports of the servers of draining hosts. Except for the first, they take no new sessions. */
enum drain_report {
    DRAIN_REPORT_SERVING,   /* they serve until they leave */
    DRAIN_REPORT_FREE,      /* all; idle ones are free */
    DRAIN_REPORT_IDLE_BUSY, /* all; idle ones are not free */
    DRAIN_REPORT_BUSY_ONLY, /* those that are busy */
    DRAIN_REPORT_NONE,
};

/* Zeroed: servers do not restart. */
struct turnover {
    int64_t session_ms; /* mean length */
    int64_t restart_ms;
    uint64_t key; /* of the random numbers */
};

struct batch {
    int64_t at;
    int32_t hosts;
};

/* Groups of hosts; the hosts of a group change state at the same time. */
struct batches {
    int32_t hosts;
    int32_t count;
    struct batch items[FLEET_TRUTH_BATCHES_MAX];
};

struct fleet_truth {
    /* Options. */
    int32_t servers_per_host;
    bool is_counted_when_ordered; /* else: when it has booted */
    bool is_ready_removed_first;  /* else: hosts that boot */
    bool is_drain_uncounted;      /* draining hosts are not in current_hosts */
    enum drain_report drain_report;
    int32_t
        drain_busy_percent; /* busy servers of draining hosts until they leave, unless they serve */

    struct turnover turnover;

    int32_t ready;
    int32_t away_servers; /* of ready hosts: they restart */
    int32_t unready;      /* counted, never have servers */
    int32_t never;        /* ordered, will never boot */
    struct batches boots;
    struct batches drains;
    int64_t next_at; /* no change before this time */
};

void fleet_truth_advance(struct fleet_truth *truth, int64_t now);

/* The servers that are away at `now` (milliseconds) while the demand is as high. The same in every order of calls. */
void fleet_truth_turn_over(struct fleet_truth *truth, int64_t demand, int64_t now);

/* How many are away on average. */
int64_t fleet_truth_away_mean(const struct fleet_truth *truth, int64_t demand);

/* Ready and booting hosts. */
int32_t fleet_truth_owned(const struct fleet_truth *truth);

/* `demand`: servers that are busy if there are enough. */
struct status fleet_truth_status(const struct fleet_truth *truth, int64_t demand);

/* Busy servers in excess of those that this status reports: of draining hosts. Negative: idle servers that look busy. */
int64_t fleet_truth_hidden(const struct fleet_truth *truth, int64_t demand);

void fleet_truth_order(struct fleet_truth *truth, int32_t hosts, int64_t ready_at);

/* Ready hosts drain until `gone_at`; with `gone_at` <= `now` they leave at once. */
void fleet_truth_remove(struct fleet_truth *truth, int32_t hosts, int64_t now, int64_t gone_at);

/* Hosts are ordered that will never boot. */
void fleet_truth_order_never(struct fleet_truth *truth, int32_t hosts);

/* Ready hosts die, at most those there are. */
void fleet_truth_die(struct fleet_truth *truth, int32_t hosts, bool is_still_counted);

/*
 * Another tool adds ready hosts, or removes (negative) at most those there are. Returns the change of the ready hosts.
 */
int32_t fleet_truth_move(struct fleet_truth *truth, int32_t hosts);

/*
 * Ends all transitions: draining hosts are gone, booting hosts are ready, hosts that never boot are dropped, and
 * unready hosts too if `is_unready_removed`.
 */
void fleet_truth_clean(struct fleet_truth *truth, bool is_unready_removed);

#endif

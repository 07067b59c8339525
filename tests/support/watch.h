/*
 * watch - checks the change marks of a fleet after every event of a world, as a reader of them.
 *
 * It keeps a copy of the visible state of every deployment and updates the copy only where the fleet is marked. If the
 * state then differs from the copy, a mark is missing. The same applies to the reconciler and reconciler_version().
 *
 * Fails the test itself. State that changes by time alone is not compared. Large: keep it static. One thread.
 */
#ifndef TESTS_SUPPORT_WATCH_H
#define TESTS_SUPPORT_WATCH_H

#include "tests/support/world.h"

/* The visible state of a slot. Zeroed first, so that it can be compared as bytes. */
struct sight {
    char id[16]; /* "": the slot is empty */
    bool is_listed;
    bool is_operator_paused;
    bool is_policy_paused;
    bool has_status;
    int32_t servers_per_host;
    int32_t target_free_ppb;
    enum reason definition_fault;
    enum reason entry_fault;
    struct status status;
    struct mono status_at;
    enum action action;
    enum reason reason;
    int32_t delta;
    int32_t raw_delta;
    int32_t desired_hosts;
    int32_t wanted_delta; /* without holds and limits */
    int32_t pending_hosts;
    int32_t unconfirmed_hosts;
    enum ledger_state ledger;
    uint32_t last_pass;
    uint32_t failure_count;
    int32_t last_delta;
    enum action last_action;
    struct mono last_scale;
};

struct reconciler_sight {
    uint32_t pass;
    bool is_pass_running;
    bool is_paused;
    bool is_dry_run;
    bool is_stopping;
    bool is_breaker_open;
    int32_t counts[10];
    int32_t scales_in_flight;
    int64_t scales_accepted;
    struct mono paused_at;
    struct mono next_pass;
    struct mono next_discovery;
    struct mono discovery_failed_at;
};

struct watch {
    struct fleet_reader changes;
    struct sight sights[WORLD_SITES_MAX];
    struct reconciler_sight reconciler;
    uint64_t version;
    uint64_t names_version;
};

/* `watch` is zeroed at first. Active until the world is initialised again. */
void watch_world(struct watch *watch, struct world *world);

#endif

/*
 * plan - what a seed selects: deployments, their demand and policies, fault families, and the times of incidents.
 *
 * Values are looked up by key and number, not drawn in sequence. Something can be left out and everything else keeps
 * its values; shrink depends on this. Milliseconds from the beginning of the run. Cannot fail.
 */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include "engine/core/reconciler.h"
#include "tests/support/fleet_truth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_SITES_MIN 50
#define PLAN_SITES_MAX 200
#define PLAN_POLICIES 2
#define TURNOVER_SERVERS_MAX 20000
#define INCIDENTS_MAX 1024
#define INCIDENT_NO_SITE UINT32_MAX
#define STRANGERS_MAX 40
#define OLD_SERVERS 3
#define FULL_LOSS_KINDS 3

#define FAMILY(id, name, permille, meaning) FAMILY_##id,
enum family {
#include "tests/sim/families.def"
};
#undef FAMILY
#define FAMILY(id, name, permille, meaning) +1
enum {
    FAMILY_COUNT = 0
#include "tests/sim/families.def"
};
#undef FAMILY

const char *family_name(enum family family);

enum demand_shape {
    DEMAND_STEADY,
    DEMAND_DAY,
    DEMAND_STEP,
    DEMAND_SPIKE,
    DEMAND_SAW,
    DEMAND_TO_ZERO,
};
#define DEMAND_SHAPES 6

/* Servers that are busy if enough are available. */
struct demand_plan {
    enum demand_shape shape;
    int64_t low, high;
    int64_t period_ms, phase_ms;
    int64_t noise; /* maximum deviation; a new value every half minute */
};

/* How a full fleet loses hosts. */
enum full_loss_kind { FULL_LOSS_AT_ONCE, FULL_LOSS_ONE_BY_ONE, FULL_LOSS_AGAIN };

struct plan_site {
    char id[8];
    uint64_t key;
    bool is_counted_when_ordered;
    bool is_ready_removed_first; /* its API removes ready hosts before booting ones */
    bool is_key_honoured;        /* its API carries out a scale once for each key */
    bool is_drain_uncounted;     /* see fleet_truth.h, also for the next two */
    enum drain_report drain_report;
    int32_t drain_busy_percent;
    int32_t servers_per_host;
    int32_t target_free_ppb;
    int32_t hosts;
    int64_t boot_ms_low, boot_ms_high;
    int64_t drain_ms;
    struct demand_plan demand;
    enum full_loss_kind full_loss;
    int32_t full_loss_percent; /* of the hosts, at once */
    struct turnover turnover;  /* in the family; of no more than TURNOVER_SERVERS_MAX servers */
    struct policy policies[PLAN_POLICIES]; /* configurations alternate between them */
};

enum incident_kind {
    INCIDENT_COMMAND,
    INCIDENT_RELOAD,
    INCIDENT_STALL,
    INCIDENT_OUTAGE,
    INCIDENT_RESTART,
    INCIDENT_MOVE,
};

/* What responds to reads for a while after the API has moved. */
enum old_server {
    OLD_COPY,       /* of the moment of the move */
    OLD_COPY_MIXED, /* the same, to half of the reads */
    OLD_STRANGER,   /* another fleet with the same ids */
};

struct incident {
    int64_t at_ms;
    enum incident_kind kind;
    uint32_t site; /* INCIDENT_NO_SITE */
    enum command_kind command;
    int32_t amount; /* hosts, or milliseconds; of a reload, 1: the API has another address */
    enum old_server old_server; /* of a move */
    bool is_forced;             /* manual scale */
    bool is_misnamed;           /* a command for a deployment that does not exist */
};

struct plan {
    uint64_t seed;
    int32_t permille[FAMILY_COUNT]; /* 0: the family is off */
    bool is_boot_time_uneven;       /* every deployment has its own */
    bool is_read_only;
    bool has_state;        /* restarts restore what was recorded; else nothing is */
    bool is_stopped_early; /* in the phase with faults */
    int64_t discovery_interval_ms;
    int64_t pass_interval_ms;
    int32_t concurrency;
    int32_t retries;
    int32_t budget_reads; /* with a rate limit: reads in each window of budget_ms */
    int64_t budget_ms;
    int64_t timeout_ms; /* of a request */
    int32_t strangers;  /* with churn: other deployments in each list */
    int32_t known_max;  /* with churn: the limit of ids; 0: the usual one */
    int64_t read_ms, scale_ms, list_ms;
    int64_t lag_ms;
    enum drain_report drain_report; /* of the API */
    int64_t begin_ms;
    int64_t fault_ms;
    size_t site_count;
    struct plan_site sites[PLAN_SITES_MAX];
    size_t incident_count;
    struct incident incidents[INCIDENTS_MAX];
};

void plan_make(struct plan *plan, uint64_t seed);

/* Only faults that affect one deployment, for a run that is compared with one without faults. */
void plan_make_pair(struct plan *plan, uint64_t seed);

/* Servers in demand, 0 or more. */
int64_t demand_at(const struct plan_site *site, int64_t at_ms);

#endif

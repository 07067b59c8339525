/*
 * policy_setup - inputs of a decision, each written as its differences from a healthy deployment.
 *
 * Plain values. One thread.
 */
#ifndef TESTS_SUPPORT_POLICY_SETUP_H
#define TESTS_SUPPORT_POLICY_SETUP_H

#include "engine/base/arith.h"
#include "engine/core/decision.h"

#include <stdbool.h>
#include <stdint.h>

#define PCT(percent) ((percent)*SHARE_PERCENT)

/* Differences from a healthy deployment of ten servers a host at 15 %, with the default policy. Zero: none. */
struct setup {
    struct status status;
    int32_t pending_hosts, coming_hosts, undrained_hosts, unconfirmed_hosts, unready_hosts;
    int32_t desired_high;
    int32_t min_hosts, max_hosts; /* min: 0 is one host, NO_MINIMUM is none */
    struct step_limit up, down;
    int32_t up_left_ms, down_left_ms;
    int32_t start_hosts, start_left_ms;
    enum reason gate, fault;
    bool is_shrink_latched;
    enum reason entry_fault;
    struct outlook outlook;
    int32_t outage_high;
    int32_t min_free;
    bool is_formula_only;     /* all other rules of STAGE_DESIRED are off */
    struct step_limit growth; /* STEP_UNLIMITED: the default */
    bool is_growth_off;
    int32_t growth_base, grown, grown_left_ms, growth_wait_ms;
    int32_t servers_per_host; /* 0: ten */
    int32_t target_free_ppb;  /* 0: 15 % */
};

#define NO_MINIMUM (-1)

#define HOSTS(n)                                                                                   \
    {                                                                                              \
        STEP_HOSTS, n                                                                              \
    }
#define SHARE(percent)                                                                             \
    {                                                                                              \
        STEP_SHARE, PCT(percent)                                                                   \
    }

/* 90 busy servers need 11 hosts, 100 need 12, 190 need 23. */
#define SHORT_OF_ONE .status = { 10, 100, 10 }
#define SHORT_OF_TWO .status = { 10, 100, 0 }
#define ON_TARGET .status = { 11, 110, 20 }
#define NINE_TOO_MANY .status = { 20, 200, 110 }
#define ALL_FREE .status = { 5, 50, 50 }
#define NOTHING .status = { 0, 0, 0 }
#define ONE_TOO_MANY .status = { 12, 120, 30 }
#define ABSURD_TARGET .status = { 10, 100, 0 }, .target_free_ppb = SHARE_WHOLE - 1
#define FULL_AND_MORE .status = { 20, 200, 0 }, .min_free = 920
/* With one server a host, 2^30 - 1 + n busy servers at half need 2^31 - 2 + 2n hosts; 2^31 - 1 can be counted. */
#define MOST_SERVERS(n)                                                                            \
    .status = { 1073741823, 1073741823, 0 }, .servers_per_host = 1, .target_free_ppb = PCT(50),    \
    AHEAD((n)-1, 0)

/* With 90 busy, four more need a twelfth host. So does a peak error of 26: 21 free servers. */
#define AHEAD(rise, usual)                                                                         \
    .outlook = { .horizon_ms = 150000,                                                             \
                 .rise_servers = rise,                                                             \
                 .mean_error_servers = usual,                                                      \
                 .is_trending = true }
#define SURGE(servers) .outlook = { .peak_error_servers = servers }
#define SATURATED(passes) .outlook = { .saturated_passes = passes }
#define OUTAGE(high) .outlook = { .outage_left_ms = 1000 }, .outage_high = high
#define ALL_OF(rise, usual, surge)                                                                 \
    .outlook = { .rise_servers = rise,                                                             \
                 .mean_error_servers = usual,                                                      \
                 .peak_error_servers = surge,                                                      \
                 .is_trending = true }

/* All servers of the leaving hosts exist. */
int32_t drain_servers(const struct status *status, int32_t pending_hosts, int32_t coming_hosts,
                      int32_t servers_per_host);

/* The policy is stored beside the input, which borrows it. */
struct decision_input setup_input(const struct setup *setup, struct policy *ret_policy);

#endif

/*
 * policy - the settings of one deployment: bounds, steps, delays, reserves.
 *
 * Plain values, made by the configuration and borrowed by the core. Hosts, servers, milliseconds, parts per billion.
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_POLICY_H
#define ENGINE_CORE_POLICY_H

#include "engine/vocab.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFIRM_AUTO (-1)
#define TARGET_FROM_API (-1)
#define LOOKAHEAD_AUTO (-1)
#define LOOKAHEAD_OFF 0
#define MIN_FREE_AUTO (-1)

/* The limit of one scale, or of the growth of an hour: none, a number of hosts, or a share of the fleet. */
enum step_limit_kind { STEP_UNLIMITED, STEP_HOSTS, STEP_SHARE };

struct step_limit {
    enum step_limit_kind kind;
    int64_t amount; /* hosts, or parts per billion of max(hosts, min_hosts, 1), rounded up */
};

struct policy {
    const char *match; /* the pattern of its entry in `policies`, borrowed; NULL: the defaults */
    int32_t min_hosts;
    int32_t max_hosts; /* HOSTS_UNLIMITED */
    struct step_limit max_step_up;
    struct step_limit max_step_down;
    struct step_limit max_growth_per_hour; /* see growth.h */
    int64_t cooldown_up_ms;                /* since the last scale-up */
    int64_t cooldown_down_ms;              /* since the last scale in either direction */
    int64_t scale_down_window_ms; /* shrinking uses the highest desired hosts of this time */
    int64_t boot_timeout_ms;      /* pending hosts expire after this time */
    int64_t drain_timeout_ms;     /* hosts to be removed; boot_timeout_ms if that is longer */
    int64_t lookahead_ms;         /* LOOKAHEAD_AUTO: the learned boot time; LOOKAHEAD_OFF */
    int32_t surge_reserve_ppb;    /* share of the peak forecast error that is kept free; 0: none */
    int32_t saturation_step_ppb;  /* share of the hosts added when no server is free; 0: none */
    int64_t outage_hold_ms;     /* no shrinking for this time after a collapse of demand; 0: off */
    int32_t min_free_servers;   /* whatever the target is; MIN_FREE_AUTO: 2 sqrt(busy) */
    int64_t confirm_timeout_ms; /* CONFIRM_AUTO: boot_timeout; see policy_confirm_ms */
    int32_t target_free_ppb;    /* replaces the target of the API, or TARGET_FROM_API */
    bool is_paused;
    bool is_bare; /* no start hold: the caller has no history, and wants none (policy_make_bare) */
};

/* The defaults of the program: look-ahead and reserves, at least one host, no upper limits. */
extern const struct policy policy_default;

/* The formula and the ledger alone: no rule that needs a history. */
extern const struct policy policy_formula;

/* Switches off every rule that needs a history. The bounds stay: hosts, free servers, steps. */
void policy_make_bare(struct policy *policy);

/* Its name for people: the pattern, or "defaults". Any bytes. */
const char *policy_name(const struct policy *policy);

/* Where the target comes from: "api" or "policy". */
const char *policy_target_source(const struct policy *policy);

/* How long the outcome of a scale may stay unknown before it counts as not applied. */
int64_t policy_confirm_ms(const struct policy *policy);

/* The most hosts that a limit allows; `hosts` exist now. INT32_MAX: no limit. */
int64_t step_limit_hosts(const struct step_limit *limit, const struct policy *policy,
                         int64_t hosts);

#endif

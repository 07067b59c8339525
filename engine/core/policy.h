/*
 * policy - the guard rails around the bare difference, each one step of the decision's explanation.
 *
 * `decide` is one pure function: what is known about a deployment goes in, what to do and every rule's say comes out.
 * The explanation is not kept: the input is (it is small), and the same function gives the same steps again; explain.h
 * makes them lines for people.
 * Owns nothing. Any thread. Hosts, servers, milliseconds, parts per billion. Cannot fail.
 *
 * The order of the rules is the order of enum rule: whether the data can be believed; what is wanted and what is there;
 * what history adds to the wish (want.h); the stabilization window and the outage hold; what is on its way; bounds;
 * steps; cooldowns; and last whether anything may be sent at all.
 */
#ifndef ENGINE_CORE_POLICY_H
#define ENGINE_CORE_POLICY_H

#include "engine/core/api_result.h"
#include "engine/core/forecast.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOSTS_UNLIMITED INT32_MAX
#define CONFIRM_AUTO (-1)
#define TARGET_FROM_API (-1)
#define LOOKAHEAD_AUTO (-1)
#define LOOKAHEAD_OFF 0
#define MIN_FREE_AUTO (-1)

/* The most that one scale may move: a number of hosts, a share of the fleet, or anything. */
enum step_limit_kind { STEP_UNLIMITED, STEP_HOSTS, STEP_SHARE };

struct step_limit {
    enum step_limit_kind kind;
    int32_t
        amount; /* hosts, or parts per billion of the hosts there are (at least min_hosts and one), rounded up */
};

struct policy {
    int32_t min_hosts;
    int32_t max_hosts; /* HOSTS_UNLIMITED */
    struct step_limit max_step_up;
    struct step_limit max_step_down;
    int64_t cooldown_up_ms;       /* since the last scale-up */
    int64_t cooldown_down_ms;     /* since the last scale in either direction */
    int64_t scale_down_window_ms; /* shrinking uses the highest desired value of this long */
    int64_t boot_timeout_ms;      /* hosts asked for and not seen count for this long */
    int64_t lookahead_ms;         /* LOOKAHEAD_AUTO: the learned boot time; LOOKAHEAD_OFF */
    int32_t surge_reserve_ppb;    /* share of the worst surprise that is kept free; 0: none */
    int32_t saturation_step_ppb;  /* share of the busy servers added when none is free; 0: none */
    int64_t outage_hold_ms;     /* shrinking waits for so long after a collapse of demand; 0: not */
    int32_t min_free_servers;   /* whatever the target says; MIN_FREE_AUTO: 2 sqrt(busy) */
    int64_t confirm_timeout_ms; /* CONFIRM_AUTO: learned; see ledger.h */
    int32_t target_free_ppb;    /* instead of the API's, or TARGET_FROM_API */
    bool is_paused;
};

/* What the program does unless it is told otherwise: look-ahead and reserves, no guard rail but one host at least. */
extern const struct policy policy_default;

/* The formula and the ledger alone: nothing that needs a history. */
extern const struct policy policy_formula;

struct decision_input {
    const struct policy *policy;
    enum reason fault; /* REASON_NONE, or why the data must not be used */
    int32_t servers_per_host;
    int32_t target_free_ppb; /* in force: the policy's or the API's */
    struct status status;
    int32_t pending_hosts;     /* all that were asked for and not seen, unconfirmed ones included */
    int32_t coming_hosts;      /* of those: added; 0: as many as are pending */
    int32_t unconfirmed_hosts; /* of those: the answer was lost */
    int32_t undrained_hosts;   /* of those: asked away a while ago and still there; 0 or more */
    int32_t unready_hosts;     /* without servers for longer than boot_timeout */
    struct outlook outlook;    /* zeroed: nothing is expected but what is */
    int32_t desired_high;      /* highest desired within the window, this observation included */
    int32_t outage_high;       /* the same since demand collapsed; 0: it has not */
    int32_t cooldown_up_left_ms; /* saturated */
    int32_t cooldown_down_left_ms;
    enum reason
        gate; /* REASON_NONE, or why nothing may be sent: PAUSED, DRY_RUN, UNCONFIRMED ... */
    bool is_shrink_latched;
};

enum rule {
    RULE_PLAUSIBLE,
    RULE_DESIRED,
    RULE_BASE,
    RULE_LOOKAHEAD,
    RULE_SURGE_RESERVE,
    RULE_SATURATION_STEP,
    RULE_MIN_FREE_SERVERS,
    RULE_SCALE_DOWN_WINDOW,
    RULE_OUTAGE_HOLD,
    RULE_PENDING,
    RULE_SHRINK_DOUBT,
    RULE_MIN_HOSTS,
    RULE_MAX_HOSTS,
    RULE_MAX_STEP,
    RULE_COOLDOWN,
    RULE_GATE,
};
#define RULE_COUNT 16

enum verdict {
    VERDICT_OK,     /* looked at, nothing changed */
    VERDICT_RAISED, /* more hosts are wanted */
    VERDICT_CUT,    /* a guard rail changed the delta */
    VERDICT_HELD,   /* the delta became 0, or must not be sent */
};

struct step {
    enum rule rule;
    enum verdict verdict;
    int64_t before; /* the delta before and after this rule */
    int64_t after;
};

struct decision {
    enum action action;    /* ACTION_SCALED: send `delta`. Else NONE, HELD, DRY_RUN, UNCONFIRMED. */
    enum reason reason;    /* the rule that had the last word */
    int64_t formula_hosts; /* desired by the formula alone; -1 when held for bad data */
    int64_t desired_hosts; /* with what history adds, before any guard rail; -1 the same */
    int64_t base_hosts;
    int64_t raw_delta; /* desired - base */
    int32_t delta;     /* what is, or in a dry-run would be, sent; 0 when held */
    size_t step_count;
    struct step steps[RULE_COUNT];
};

void decide(const struct decision_input *in, struct decision *ret_decision);

/* Why shrinking is not to be trusted whatever is wanted: DISCOVERY_SHRANK, NO_SERVERS or NONE. */
enum reason shrink_doubt(const struct decision_input *in);

/* The most hosts that one scale may move; `hosts`: those there are. INT32_MAX: any number. */
int64_t step_limit_hosts(const struct step_limit *limit, const struct policy *policy,
                         int64_t hosts);

/*
 * What is wrong with a status by itself and against `hosts_high`, the most hosts seen within boot_timeout (servers of
 * hosts that just left still count): REASON_NONE, FREE_ABOVE_TOTAL, SERVERS_WITHOUT_HOSTS or SERVERS_ABOVE_HOSTS.
 */
enum reason status_fault(const struct status *status, int32_t servers_per_host, int32_t hosts_high);

#endif

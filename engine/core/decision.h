/*
 * decision - one pure function from the state of a deployment to an action, with the verdict of every rule.
 *
 * The rules are rows of rules.def and are applied in that order. STAGE_DESIRED rules raise the desired hosts that the
 * formula gives (desired.h); the difference to the hosts that exist or are pending is the delta; STAGE_GUARD rules
 * limit it; STAGE_SEND decides whether it is sent. The explanation is not stored: the same input gives the same steps
 * again, and explain.h makes text of them.
 *
 * Owns nothing. Any thread. Hosts, servers, milliseconds, parts per billion. Cannot fail.
 */
#ifndef ENGINE_CORE_DECISION_H
#define ENGINE_CORE_DECISION_H

#include "engine/core/api_result.h"
#include "engine/core/forecast.h"
#include "engine/core/policy.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct decision_input {
    const struct policy *policy;
    enum reason fault; /* REASON_NONE, or why the data must not be used */
    int32_t servers_per_host;
    int32_t target_free_ppb; /* of the policy, else of the API */
    struct status status;
    int32_t pending_hosts;       /* requested and not seen, unconfirmed ones included */
    int32_t coming_hosts;        /* of those: added; 0: as many as are pending */
    int32_t unconfirmed_hosts;   /* of those: the response was lost */
    int32_t undrained_hosts;     /* of those: not removed within UNDRAINED_PASSES; 0 or more */
    int32_t unready_hosts;       /* without servers for longer than boot_timeout */
    struct outlook outlook;      /* zeroed: demand is expected to stay as it is */
    int32_t desired_high;        /* highest desired within the window, this status included */
    int32_t outage_high;         /* highest desired since demand collapsed; 0: it has not */
    int32_t cooldown_up_left_ms; /* saturated */
    int32_t cooldown_down_left_ms;
    enum reason gate; /* NONE, or why nothing may be sent: PAUSED, DRY_RUN, UNCONFIRMED ... */
    bool is_shrink_latched;
};

struct step {
    enum rule rule;
    enum reason reason; /* of the change; NONE: nothing changed */
    enum verdict verdict;
    int64_t before; /* the delta before and after this rule */
    int64_t after;
};

struct decision {
    enum action action;    /* ACTION_SCALED: send `delta`. Else NONE, HELD, DRY_RUN, UNCONFIRMED. */
    enum reason reason;    /* the last rule that changed the decision */
    int64_t formula_hosts; /* desired by the formula alone; -1: held for bad data */
    int64_t desired_hosts; /* after STAGE_DESIRED, before any guard rail; -1: the same */
    int64_t base_hosts;
    int64_t raw_delta; /* desired - base */
    int32_t delta;     /* sent, or in a dry-run shown as what would be sent; 0 when held */
    size_t step_count;
    struct step steps[RULE_COUNT];
};

void decide(const struct decision_input *in, struct decision *ret_decision);

/*
 * Puts a proposed delta to every rule of STAGE_GUARD, each by itself. A step of the result is not OK when its rule
 * would have cut or stopped the delta; a rule that would have asked for more in the same direction does not object.
 * The fault and the gate of the input are ignored. `action`, `reason` and `delta` of the result are not set.
 */
void decide_proposed(const struct decision_input *in, int64_t delta, struct decision *ret_decision);

/* The desired hosts alone: the formula and the rules of STAGE_DESIRED. */
int64_t decision_desired_hosts(const struct decision_input *in);

/* Why a shrink must not be sent, whatever is desired: DISCOVERY_SHRANK, NO_SERVERS or NONE. */
enum reason shrink_doubt(const struct decision_input *in);

/*
 * Checks a status by itself and against `hosts_high`, the most hosts seen within boot_timeout: the API may still count
 * servers of hosts that just left. REASON_NONE, FREE_ABOVE_TOTAL, SERVERS_WITHOUT_HOSTS or SERVERS_ABOVE_HOSTS.
 */
enum reason status_fault(const struct status *status, int32_t servers_per_host, int32_t hosts_high);

#endif

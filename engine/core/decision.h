/*
 * decision - one pure function from what is known about a deployment to what is done, with the verdict of every rule.
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

struct step {
    enum rule rule;
    enum reason reason; /* of the change; NONE: the rule changed nothing */
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

/*
 * Puts a proposed delta to every rule of STAGE_GUARD, each by itself. A step of the result is not OK when its rule
 * would have cut or stopped the delta; a rule that would have asked for more in the same direction does not object.
 * The fault and the gate of the input are ignored. `action`, `reason` and `delta` of the result are not set.
 */
void decide_proposed(const struct decision_input *in, int64_t delta, struct decision *ret_decision);

/* The desired hosts alone: the formula and the rules of STAGE_DESIRED. */
int64_t decision_desired_hosts(const struct decision_input *in);

/* Why shrinking is not to be trusted whatever is wanted: DISCOVERY_SHRANK, NO_SERVERS or NONE. */
enum reason shrink_doubt(const struct decision_input *in);

/*
 * What is wrong with a status by itself and against `hosts_high`, the most hosts seen within boot_timeout (servers of
 * hosts that just left still count): REASON_NONE, FREE_ABOVE_TOTAL, SERVERS_WITHOUT_HOSTS or SERVERS_ABOVE_HOSTS.
 */
enum reason status_fault(const struct status *status, int32_t servers_per_host, int32_t hosts_high);

#endif

/*
 * decision_data - the input and the result of a decision (decision.h) as plain values, for the rules.
 *
 * The policy is borrowed. Hosts, servers, milliseconds, parts per billion.
 */
#ifndef ENGINE_CORE_DECISION_DATA_H
#define ENGINE_CORE_DECISION_DATA_H

#include "engine/core/api_result.h"
#include "engine/core/forecast.h"
#include "engine/core/policy.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every deployment keeps one: small fields stand together, to avoid padding. */
struct decision_input {
    const struct policy *policy;
    enum reason fault; /* REASON_NONE, or why the data must not be used */
    enum reason gate;  /* NONE, or why nothing may be sent: PAUSED, DRY_RUN, UNCONFIRMED ... */
    enum reason entry_fault; /* NONE, or what the last list has in place of the definition in use */
    bool is_shrink_latched;
    bool is_pending_removable; /* the API removes hosts that have not booted first */
    bool
        is_whole_repeat; /* all of `repeat_delta` is sent again, although a little less is wanted */
    bool is_proving;     /* a host of the order within unproven_limit is awaited */
    int32_t servers_per_host;
    int32_t target_free_ppb; /* of the policy, else of the API */
    struct status status;
    int32_t pending_hosts;       /* requested and not seen, unconfirmed ones included */
    int32_t coming_hosts;        /* of those: added; 0: as many as are pending */
    int32_t unconfirmed_hosts;   /* of those: the response was lost */
    int32_t undrained_hosts;     /* of those: not removed within UNDRAINED_PASSES; 0 or more */
    int32_t unready_hosts;       /* without servers for longer than boot_timeout */
    int32_t drain_servers;       /* of total_servers: on hosts that leave */
    int32_t drain_hidden;        /* busy servers beyond the status that a removal must count */
    int32_t drain_correction;    /* -(idle servers of leaving hosts that look busy) */
    struct outlook outlook;      /* zeroed: demand is expected to stay as it is */
    int32_t desired_high;        /* highest desired within the window, this status included */
    int32_t outage_high;         /* highest desired since demand collapsed; 0: it has not */
    int32_t start_hosts;         /* nothing shrinks below these (start_hold.h); 0: no hold */
    int32_t start_left_ms;       /* of that hold; 0: until the second status */
    int32_t cooldown_up_left_ms; /* saturated */
    int32_t cooldown_down_left_ms;
    int32_t growth_base_hosts; /* see growth.h: the most of the last day */
    int32_t grown_hosts;       /* ordered within the last hour */
    int32_t grown_left_ms;     /* until the oldest of them no longer count; 0: there are none */
    int32_t growth_wait_ms;    /* orders without effect: until the next one */
    int32_t unfilled_hosts;    /* of those that come: ordered for longer than boot_timeout */
    int32_t probe_hosts; /* of these, ordered again now although fewer are wanted than are owed */
    int32_t dark_owed_hosts; /* of the unready: of orders that are asked again later, by lots */
    int32_t
        unchanged_ms; /* no number of the status has changed since they were ordered; saturated */
    int32_t retry_left_ms;   /* until the next lot; saturated */
    int32_t refused_left_ms; /* growth is held after refusals; saturated */
    int32_t order_limit;     /* hosts of one order after a refusal; 0: no limit */
    int32_t unproven_limit;  /* the same after orders that brought no host that serves */
    int32_t repeat_delta; /* of an unconfirmed request whose wait is over: not pending; 0: none */
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

#endif

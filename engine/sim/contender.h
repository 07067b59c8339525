/*
 * contender - one of the policies that a backtest compares. Input: the visible state at a pass. Output: the number of
 * hosts to add or remove.
 *
 * The policies of the program run on the reconciler of the core, which discovers the deployment, reads it, decides
 * and scales, all within the pass; the others are a few lines each. The model, the demand and the policy are borrowed
 * for the contender's life. Owns the rest. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_SIM_CONTENDER_H
#define ENGINE_SIM_CONTENDER_H

#include "engine/core/api_result.h"
#include "engine/core/policy.h"
#include "engine/sim/backtest_model.h"

struct contender;

int contender_create(enum backtest_rule rule, const struct backtest_model *model,
                     const struct backtest_demand *demand, const struct policy *policy,
                     struct contender **ret_contender);
void contender_destroy(struct contender *contender);

/* The state of a backtest at one pass, as its rule sees it. */
struct contender_sight {
    size_t pass; /* from 0, consecutive */
    struct status status;
    int32_t booting_hosts; /* only for rules without the reconciler */
};

/* Hosts to add; negative: to remove. */
int contender_decide(struct contender *contender, const struct contender_sight *sight,
                     int64_t *ret_delta);

/* At most so many servers exist from now on, whatever the capacity of the hosts; POOL_SERVERS_UNLIMITED. */
int64_t contender_servers_max(const struct contender *contender);

/* Hosts needed for the model's target with so many servers busy. */
int64_t contender_needed_hosts(const struct backtest_model *model, int64_t busy_servers);

#endif

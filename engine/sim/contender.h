/*
 * contender - one of the policies that a backtest compares: what can be seen at a pass goes in, how many hosts to add
 * or remove comes out.
 *
 * The policies of the program are played on the machine of the core, which discovers the deployment, reads it, decides
 * and scales, all within the pass; the others are a few lines each. The model, the demand and the policy are borrowed
 * for the contender's life. Owns the rest. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_SIM_CONTENDER_H
#define ENGINE_SIM_CONTENDER_H

#include "engine/core/api_result.h"
#include "engine/sim/backtest.h"

struct contender;

int contender_create(enum backtest_rule rule, const struct backtest_model *model,
                     const struct backtest_demand *demand, const struct policy *policy,
                     struct contender **ret_contender);
void contender_destroy(struct contender *contender);

/* One pass of a backtest as its rule sees it. */
struct contender_sight {
    size_t pass; /* from 0, one after the other */
    struct status status;
    int32_t booting_hosts; /* only for those who are told */
};

/* Hosts to add; negative: to remove. */
int contender_decide(struct contender *contender, const struct contender_sight *sight,
                     int64_t *ret_delta);

/* No more servers than that exist from now on, whatever room there is; POOL_SERVERS_UNLIMITED. */
int64_t contender_servers_max(const struct contender *contender);

/* Hosts that keep the model's target with so many servers busy. */
int64_t contender_needed_hosts(const struct backtest_model *model, int64_t busy_servers);

#endif

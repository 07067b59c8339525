/*
 * backtest - the effect that a policy would have had on recorded demand.
 *
 * A run plays a demand, one value a pass, against one deployment in a host_pool. Policies of the program run on the
 * same core that ships: the reconciler discovers the deployment, reads its status and decides, and the run carries
 * out its scales. The rules of other autoscalers and the oracle are a few lines each. A pass sees the busy and free
 * servers of that instant, not the sessions that were turned away. The state after a pass's step holds until the next
 * pass; that state is measured.
 *
 * The model's deployments API counts a host in current_hosts once it has booted. Draining hosts and their servers are
 * not counted. A removal takes the hosts that can be removed at once and drops the rest of the delta.
 *
 * Owns its memory while it runs. Whole numbers only: the same demand, model and policy give the same result to the
 * bit. -ENOMEM. Any thread, nothing shared.
 */
#ifndef ENGINE_SIM_BACKTEST_H
#define ENGINE_SIM_BACKTEST_H

#include "engine/base/error.h"
#include "engine/core/policy.h"
#include "engine/sim/backtest_model.h"

#include <stddef.h>
#include <stdint.h>

/* "configured", "naive", "exact", "percent_buffer", "oracle" */
const char *backtest_rule_name(enum backtest_rule rule);

/* Integrals over time: milliseconds, server-milliseconds, host-milliseconds. */
struct backtest_result {
    int64_t passes;
    int64_t total_ms;
    int64_t below_ms;       /* a smaller share of the servers is free than the target's */
    int64_t deep_ms;        /* less than half of it */
    int64_t zero_ms;        /* none free */
    int64_t lost_server_ms; /* demand that was turned away */
    int64_t demand_server_ms;
    int64_t host_ms; /* booting, active and draining hosts */
    /* The same plus the unused minimum charge of hosts that stop; newest boots first. */
    int64_t billed_ms;
    int64_t boots;
    int64_t actions; /* passes that changed something */
    int64_t flips;   /* actions in the opposite direction of the previous one */
};

/* `policy` is for BACKTEST_CONFIGURED; for its decisions, its own target_free_ppb, if set, overrides the model's. */
int backtest_run(const struct backtest_model *model, const struct backtest_demand *demand,
                 enum backtest_rule rule, const struct policy *policy,
                 struct backtest_result *ret_result, struct error *err);

#endif

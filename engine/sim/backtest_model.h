/*
 * backtest_model - the input of a backtest: the modelled deployment, the demand, and the rule that decides.
 *
 * Plain values. Any thread.
 */
#ifndef ENGINE_SIM_BACKTEST_MODEL_H
#define ENGINE_SIM_BACKTEST_MODEL_H

#include "engine/sim/host_pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backtest_model {
    int32_t servers_per_host;
    int32_t target_free_ppb;
    int64_t boot_ms;
    int64_t pass_interval_ms;
    int64_t session_ms;
    int64_t min_charge_ms; /* a host is paid for at least this time */
    enum placement placement;
    bool is_draining;
    uint64_t seed;
};

/* Servers in demand, one a pass from time 0; none negative. Borrowed. */
struct backtest_demand {
    const int32_t *servers;
    size_t count; /* at least 1 */
};

enum backtest_rule {
    BACKTEST_CONFIGURED, /* the given policy */
    BACKTEST_NAIVE,      /* the formula on the existing hosts, without ledger or look-ahead */
    BACKTEST_EXACT,      /* the core with its ledger and nothing that needs history */
    BACKTEST_PERCENT_BUFFER, /* a buffer of servers under a node scaler that removes after ten idle minutes */
    BACKTEST_ORACLE, /* knows the demand of the next two boot times and a pass */
};
#define BACKTEST_RULE_COUNT 5

#endif

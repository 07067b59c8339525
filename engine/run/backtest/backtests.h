/*
 * backtests - every rule on every trace that the command line names (--backtest), printed.
 *
 * Contacts nothing. Reads all traces, then plays all, then prints. One thread at a time. Errors: ERR_CONFIG with the
 * file and the line, -ENOMEM; nothing was printed then.
 */
#ifndef ENGINE_RUN_BACKTEST_BACKTESTS_H
#define ENGINE_RUN_BACKTEST_BACKTESTS_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/sim/backtest.h"

#include <stdio.h>

/* The caller checks the stream for errors. */
int backtests_run(const struct config *config, FILE *out, struct error *err);

/* The model that the configuration describes. The benchmark plays it with other boot times. */
struct backtest_model backtests_model(const struct config *config);

#endif

/*
 * backtests - every rule on every trace that the command line names (--backtest), printed.
 *
 * Contacts nothing. All traces are read before the first one is played, and all are played before anything is printed.
 * One thread at a time. Errors: ERR_CONFIG with the file and the line, -ENOMEM; nothing was printed then.
 */
#ifndef ENGINE_RUN_BACKTEST_BACKTESTS_H
#define ENGINE_RUN_BACKTEST_BACKTESTS_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/sim/backtest.h"

#include <stdio.h>

/* The stream's errors are the caller's to check. */
int backtests_run(const struct config *config, FILE *out, struct error *err);

/* What the configuration supposes. */
struct backtest_model backtests_model(const struct config *config);

#endif

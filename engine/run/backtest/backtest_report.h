/*
 * backtest_report - the results of backtests, as tables for people or as one JSON document.
 *
 * Writes to a stream, decides nothing. Several traces are followed by the mean of their figures; a figure that a
 * trace cannot have (a share of no demand) is "-", in JSON null, and not part of the mean. Whole numbers throughout,
 * rounded half up. Foreign text is escaped. The caller checks the stream for errors.
 */
#ifndef ENGINE_RUN_BACKTEST_BACKTEST_REPORT_H
#define ENGINE_RUN_BACKTEST_BACKTEST_REPORT_H

#include "engine/config/config_data.h"
#include "engine/sim/backtest.h"

#include <stdio.h>

/* One trace under every rule. */
struct backtest_played {
    const char *name; /* borrowed */
    int64_t length_ms;
    size_t sample_count;
    struct backtest_result results[BACKTEST_RULE_COUNT];
};

struct backtest_report {
    const struct backtest_model *model;
    int32_t peak_servers;
    const struct backtest_played *played;
    size_t count; /* at least 1 */
};

void backtest_report_print(const struct backtest_report *report, enum output_format format,
                           FILE *out);

#endif

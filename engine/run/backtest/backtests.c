#include "engine/run/backtest/backtests.h"
#include "engine/config/config_values.h"

#include "engine/base/heap.h"
#include "engine/run/backtest/backtest_report.h"
#include "engine/run/backtest/trace_file.h"

#include <string.h>

struct backtests {
    const struct config *config;
    struct backtest_model model;
    size_t count;
    char **names;
    int32_t **servers; /* the demand, one array a trace */
    size_t *pass_counts;
    struct backtest_played *played;
};

struct backtest_model backtests_model(const struct config *config)
{
    return (struct backtest_model){
        .servers_per_host = config->backtest.servers_per_host,
        .target_free_ppb = config->backtest.target_free_ppb,
        .boot_ms = config->backtest.boot_ms,
        .pass_interval_ms = config->pass_interval_ms,
        .session_ms = config->backtest.session_ms,
        .min_charge_ms = config->backtest.min_charge_ms,
        .placement = config->backtest.placement,
        .is_draining = config->backtest.drain,
        .seed = (uint64_t)config->backtest.seed,
    };
}

/* The file's name without its directory and without .csv. */
static char *copy_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, ".csv") == 0)
        length -= 4;
    return heap_copy_text(name, length);
}

static int make_demand(struct backtests *backtests, size_t index, const struct trace *trace,
                       struct error *err)
{
    struct trace_scaling scaling = {
        .pass_interval_ms = backtests->model.pass_interval_ms,
        .peak_servers = backtests->config->backtest.peak_servers,
        .session_ms = backtests->model.session_ms,
        .seed = backtests->model.seed,
    };
    int r = trace_demand(trace, &scaling, &backtests->servers[index],
                         &backtests->pass_counts[index], err);
    return r < 0 ? trace_file_refuse(backtests->config->backtest.traces.paths[index], err) : 0;
}

static int read_trace(struct backtests *backtests, size_t index, struct error *err)
{
    const char *path = backtests->config->backtest.traces.paths[index];
    struct trace trace;
    int r = trace_file_read(path, &trace, err);
    if (r < 0)
        return r;
    backtests->names[index] = copy_name(path);
    backtests->played[index] = (struct backtest_played){
        .name = backtests->names[index],
        .length_ms = trace_length_ms(&trace),
        .sample_count = trace.count,
    };
    r = backtests->names[index] ? make_demand(backtests, index, &trace, err) : error_no_memory(err);
    trace_fini(&trace);
    return r;
}

static int play_trace(struct backtests *backtests, size_t index, struct error *err)
{
    struct backtest_demand demand = { backtests->servers[index], backtests->pass_counts[index] };
    struct backtest_played *played = &backtests->played[index];
    const struct policy *policy = config_policy(backtests->config, played->name);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        int r = backtest_run(&backtests->model, &demand, (enum backtest_rule)rule, policy,
                             &played->results[rule], err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int init(struct backtests *backtests, const struct config *config, struct error *err)
{
    size_t count = config->backtest.traces.count;
    *backtests = (struct backtests){
        .config = config,
        .model = backtests_model(config),
        .count = count,
        .names = heap_alloc(count, sizeof *backtests->names),
        .servers = heap_alloc(count, sizeof *backtests->servers),
        .pass_counts = heap_alloc(count, sizeof *backtests->pass_counts),
        .played = heap_alloc(count, sizeof *backtests->played),
    };
    if (backtests->names && backtests->servers && backtests->pass_counts && backtests->played)
        return 0;
    return error_no_memory(err);
}

static void fini(struct backtests *backtests)
{
    for (size_t i = 0; backtests->names && i < backtests->count; i++)
        heap_free(backtests->names[i]);
    for (size_t i = 0; backtests->servers && i < backtests->count; i++)
        heap_free(backtests->servers[i]);
    heap_free(backtests->names);
    heap_free(backtests->servers);
    heap_free(backtests->pass_counts);
    heap_free(backtests->played);
}

static int play_all(struct backtests *backtests, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < backtests->count; i++)
        r = read_trace(backtests, i, err);
    for (size_t i = 0; r == 0 && i < backtests->count; i++)
        r = play_trace(backtests, i, err);
    return r;
}

int backtests_run(const struct config *config, FILE *out, struct error *err)
{
    struct backtests backtests;
    int r = init(&backtests, config, err);
    if (r == 0)
        r = play_all(&backtests, err);
    if (r == 0) {
        struct backtest_report report = {
            .model = &backtests.model,
            .peak_servers = config->backtest.peak_servers,
            .played = backtests.played,
            .count = backtests.count,
        };
        backtest_report_print(&report, config->output, out);
    }
    fini(&backtests);
    return r;
}

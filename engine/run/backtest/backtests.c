#include "engine/run/backtest/backtests.h"
#include "engine/config/config_values.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/run/backtest/backtest_report.h"
#include "engine/run/backtest/recorded_demand.h"
#include "engine/run/backtest/trace_file.h"
#include "engine/run/past/recording_place.h"

#include <string.h>

#define CAPACITY_MIN 4

struct backtests {
    const struct config *config;
    struct backtest_model model;
    size_t count;
    size_t capacity;
    struct named_demand *demands;
    struct backtest_played *played;
};

struct named_demand {
    char *name;
    int32_t *servers;
    size_t pass_count;
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

static int make_room(struct backtests *backtests, struct error *err)
{
    if (backtests->count < backtests->capacity)
        return 0;
    size_t capacity = backtests->capacity ? 2 * backtests->capacity : CAPACITY_MIN;
    struct named_demand *demands = heap_resize(backtests->demands, capacity, sizeof *demands);
    if (!demands)
        return error_no_memory(err);
    backtests->demands = demands;
    struct backtest_played *played = heap_resize(backtests->played, capacity, sizeof *played);
    if (!played)
        return error_no_memory(err);
    backtests->played = played;
    backtests->capacity = capacity;
    return 0;
}

/* Takes ownership of the name. */
static int add_trace(struct backtests *backtests, char *name, const struct trace *trace,
                     const char *path, struct error *err)
{
    struct trace_scaling scaling = {
        .pass_interval_ms = backtests->model.pass_interval_ms,
        .peak_servers = backtests->config->backtest.peak_servers,
        .session_ms = backtests->model.session_ms,
        .seed = backtests->model.seed,
    };
    struct named_demand demand = { .name = name };
    int r = name ? make_room(backtests, err) : error_no_memory(err);
    if (r == 0 && trace_demand(trace, &scaling, &demand.servers, &demand.pass_count, err))
        r = trace_file_refuse(path, err);
    if (r < 0) {
        heap_free(name);
        return r;
    }
    must(backtests->played);
    backtests->played[backtests->count] = (struct backtest_played){
        .name = name,
        .length_ms = trace_length_ms(trace),
        .sample_count = trace->count,
    };
    backtests->demands[backtests->count++] = demand;
    return 0;
}

static int read_trace(struct backtests *backtests, const char *path, struct error *err)
{
    struct trace trace;
    int r = trace_file_read(path, &trace, err);
    if (r < 0)
        return r;
    r = add_trace(backtests, copy_name(path), &trace, path, err);
    trace_fini(&trace);
    return r;
}

static int read_recording(struct backtests *backtests, const char *path, struct error *err)
{
    struct recorded_demand recorded;
    int r = recorded_demand_read(path, backtests->config->past.deployment, &recorded, err);
    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < recorded.count; i++) {
        struct named_trace *trace = &recorded.traces[i];
        char *name = heap_copy_text(trace->name, strlen(trace->name));
        r = add_trace(backtests, name, &trace->trace, path, err);
    }
    recorded_demand_fini(&recorded);
    return r;
}

static int read_path(struct backtests *backtests, const char *path, struct error *err)
{
    bool is_recording = recording_place_is_directory(path) || recording_place_is_file(path);
    return is_recording ? read_recording(backtests, path, err) : read_trace(backtests, path, err);
}

static int play_trace(struct backtests *backtests, size_t index, struct error *err)
{
    const struct named_demand *named = &backtests->demands[index];
    struct backtest_demand demand = { named->servers, named->pass_count };
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

static void fini(struct backtests *backtests)
{
    for (size_t i = 0; i < backtests->count; i++) {
        heap_free(backtests->demands[i].name);
        heap_free(backtests->demands[i].servers);
    }
    heap_free(backtests->demands);
    heap_free(backtests->played);
}

static int play_all(struct backtests *backtests, struct error *err)
{
    int r = 0;
    const struct path_list *paths = &backtests->config->backtest.traces;
    for (size_t i = 0; r == 0 && i < paths->count; i++)
        r = read_path(backtests, paths->paths[i], err);
    for (size_t i = 0; r == 0 && i < backtests->count; i++)
        r = play_trace(backtests, i, err);
    return r;
}

int backtests_run(const struct config *config, FILE *out, struct error *err)
{
    struct backtests backtests = { .config = config, .model = backtests_model(config) };
    int r = play_all(&backtests, err);
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

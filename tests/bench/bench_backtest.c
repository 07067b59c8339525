/*
 * bench_backtest - the distance of each policy from the optimum: the recorded demand of eight services, replayed with
 * the configuration's defaults, beside the limits that the defaults are to keep; and what such a replay costs.
 */
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/config/config.h"
#include "engine/config/config_values.h"
#include "engine/run/backtest/backtests.h"
#include "engine/run/backtest/trace_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define HOUR_MS 3600000.0
#define LONG_RUN_PASSES ((size_t)86400) /* 30 days */

static const struct source {
    const char *name;
    bool is_of_players;
} sources[] = {
    { "csgo_week", true },        { "elb_bursts", false }, { "hypixel_ddos", true },
    { "hypixel_lockdown", true }, { "nasa_web", false },   { "nms_launch", true },
    { "pubg_relaunch", true },    { "quake_small", true },
};
#define SOURCE_COUNT (sizeof sources / sizeof sources[0])

enum column { BELOW, ZERO, LOST, X_PLAYERS, X_ALL, X_BILLED, FLIPS };
#define COLUMN_COUNT 7

static const struct round {
    int64_t boot_ms;
    double limits[COLUMN_COUNT];
} rounds[] = {
    { 120000, { 0.9, 0.03, 0.006, 1.03, 1.08, 1.07, 3.5 } },
    { 300000, { 1.0, 0.10, 0.02, 1.06, 1.14, 1.20, 4.0 } },
};
#define ROUND_COUNT (sizeof rounds / sizeof rounds[0])

static double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct backtest_model model_of(const struct config *config, int64_t boot_ms)
{
    struct backtest_model model = backtests_model(config);
    model.boot_ms = boot_ms;
    return model;
}

/* --- traces ---------------------------------------------------------------------------------------------------- */

static bool read_demand(const struct config *config, const char *directory, const char *name,
                        struct backtest_demand *ret_demand)
{
    char path[512];
    struct trace trace;
    struct error err;
    int32_t *servers;
    const struct trace_scaling scaling = { config->pass_interval_ms, config->backtest.peak_servers,
                                           config->backtest.session_ms,
                                           (uint64_t)config->backtest.seed };
    snprintf(path, sizeof path, "%s/%s.csv", directory, name);
    if (trace_file_read(path, &trace, &err)) {
        fprintf(stderr, "bench_backtest: %s\n", err.msg);
        return false;
    }
    int r = trace_demand(&trace, &scaling, &servers, &ret_demand->count, &err);
    trace_fini(&trace);
    ret_demand->servers = servers;
    return r == 0;
}

static void free_demand(const struct backtest_demand *demand)
{
    heap_free((void *)(uintptr_t)demand->servers);
}

/* The demand, repeated to the wanted length. */
static int32_t *tile(const struct backtest_demand *demand, size_t count)
{
    int32_t *servers = heap_alloc(count, sizeof *servers);
    for (size_t i = 0; servers && i < count; i++)
        servers[i] = demand->servers[i % demand->count];
    return servers;
}

/* --- figures --------------------------------------------------------------------------------------------------- */

struct outcome {
    struct backtest_result results[BACKTEST_RULE_COUNT];
};

static bool play(const struct config *config, const struct backtest_model *model,
                 const struct source *source, const struct backtest_demand *demand,
                 struct outcome *ret_outcome)
{
    struct error err;
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++)
        if (backtest_run(model, demand, (enum backtest_rule)rule,
                         config_policy(config, source->name), &ret_outcome->results[rule], &err))
            return false;
    return true;
}

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double x_oracle(const struct outcome *outcome, int rule)
{
    return (double)outcome->results[rule].host_ms /
           (double)outcome->results[BACKTEST_ORACLE].host_ms;
}

static void add_figures(const struct outcome *outcome, int rule, bool is_of_players,
                        double figures[COLUMN_COUNT])
{
    const struct backtest_result *result = &outcome->results[rule];
    figures[BELOW] += percent(result->below_ms, result->total_ms) / SOURCE_COUNT;
    figures[ZERO] += percent(result->zero_ms, result->total_ms) / SOURCE_COUNT;
    figures[LOST] += percent(result->lost_server_ms, result->demand_server_ms) / SOURCE_COUNT;
    figures[X_ALL] += x_oracle(outcome, rule) / SOURCE_COUNT;
    figures[X_PLAYERS] += is_of_players ? x_oracle(outcome, rule) / (SOURCE_COUNT - 2) : 0;
    figures[X_BILLED] += (double)result->billed_ms /
                         (double)outcome->results[BACKTEST_ORACLE].billed_ms / SOURCE_COUNT;
    figures[FLIPS] += (double)result->flips / ((double)result->total_ms / HOUR_MS) / SOURCE_COUNT;
}

static void print_means(const struct round *round, const struct outcome outcomes[SOURCE_COUNT])
{
    printf("%d traces, boots take %lld s:%-5s below%%   zero%%   lost%%  x of 6  x of 8  billed "
           "flips/h    boots\n",
           (int)SOURCE_COUNT, (long long)(round->boot_ms / 1000), "");
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        double figures[COLUMN_COUNT] = { 0 };
        double boots = 0;
        for (size_t i = 0; i < SOURCE_COUNT; i++) {
            add_figures(&outcomes[i], rule, sources[i].is_of_players, figures);
            boots += (double)outcomes[i].results[rule].boots / SOURCE_COUNT;
        }
        printf("  %-26s", backtest_rule_name((enum backtest_rule)rule));
        for (int column = 0; column < COLUMN_COUNT; column++)
            printf(" %7.*f", column == FLIPS ? 2 : 3, figures[column]);
        printf(" %8.0f\n", boots);
    }
    printf("  %-26s", "no more than");
    for (int column = 0; column < COLUMN_COUNT; column++)
        printf(" %7.*f", column == FLIPS ? 2 : 3, round->limits[column]);
    printf("\n");
}

static void compare(const char *name, const char *what, double configured, double naive)
{
    if (configured > naive)
        printf("  WORSE than naive on %s: %s %.4f %%, naive %.4f %%\n", name, what, configured,
               naive);
}

static void print_comparison(const struct outcome outcomes[SOURCE_COUNT])
{
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        const struct backtest_result *mine = &outcomes[i].results[BACKTEST_CONFIGURED];
        const struct backtest_result *naive = &outcomes[i].results[BACKTEST_NAIVE];
        compare(sources[i].name, "zero", percent(mine->zero_ms, mine->total_ms),
                percent(naive->zero_ms, naive->total_ms));
        compare(sources[i].name, "lost", percent(mine->lost_server_ms, mine->demand_server_ms),
                percent(naive->lost_server_ms, naive->demand_server_ms));
    }
}

static bool measure_quality(const struct config *config, const struct round *round,
                            const struct backtest_demand demands[SOURCE_COUNT])
{
    struct outcome outcomes[SOURCE_COUNT];
    const struct backtest_model model = model_of(config, round->boot_ms);
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        if (!play(config, &model, &sources[i], &demands[i], &outcomes[i]))
            return false;
    print_means(round, outcomes);
    print_comparison(outcomes);
    return true;
}

static bool measure_cost(const struct config *config, const struct backtest_demand *demand)
{
    const struct backtest_model model = model_of(config, rounds[0].boot_ms);
    int32_t *servers = tile(demand, LONG_RUN_PASSES);
    if (!servers)
        return false;
    const struct backtest_demand month = { servers, LONG_RUN_PASSES };
    double total_s = 0;
    printf("30 days, a pass every 30 s, 1000 servers:");
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        struct backtest_result result;
        struct error err;
        double started_s = now_s();
        if (backtest_run(&model, &month, (enum backtest_rule)rule, &config->defaults, &result,
                         &err))
            return false;
        double took_s = now_s() - started_s;
        total_s += took_s;
        printf(" %s %.3f s,", backtest_rule_name((enum backtest_rule)rule), took_s);
    }
    printf(" together %.2f s (budget: 1)\n", total_s);
    heap_free(servers);
    return true;
}

int main(int argc, char **argv)
{
    char program[] = "bench_backtest";
    char no_file[] = "--config=/dev/null";
    char *const arguments[] = { program, no_file, NULL };
    const char *directory = argc > 1 ? argv[1] : "tests/data/traces";
    struct config *config;
    struct error err;
    struct backtest_demand demands[SOURCE_COUNT];
    if (config_load(2, arguments, &config, &err)) {
        fprintf(stderr, "bench_backtest: %s\n", err.msg);
        return 1;
    }
    bool is_good = true;
    for (size_t i = 0; is_good && i < SOURCE_COUNT; i++)
        is_good = read_demand(config, directory, sources[i].name, &demands[i]);
    for (size_t i = 0; is_good && i < ROUND_COUNT; i++)
        is_good = measure_quality(config, &rounds[i], demands);
    is_good = is_good && measure_cost(config, &demands[0]);
    for (size_t i = 0; is_good && i < SOURCE_COUNT; i++)
        free_demand(&demands[i]);
    config_destroy(config);
    return !is_good;
}

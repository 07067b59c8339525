#include "engine/run/backtest/backtest_report.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define NANO 1000000000
#define NANO_PLACES 9
#define CELL_SIZE 32
#define LINE_SIZE 4096
#define NAME_SIZE 48 /* of a trace's name in a table */

__extension__ typedef __int128 wide;

/* In billionths. */
struct figure {
    bool is_known;
    wide nano;
};

enum figure_id {
    FIGURE_BELOW,
    FIGURE_DEEP,
    FIGURE_ZERO,
    FIGURE_LOST,
    FIGURE_HOST_HOURS,
    FIGURE_X_ORACLE,
    FIGURE_X_BILLED,
    FIGURE_BOOTS,
    FIGURE_ACTIONS,
    FIGURE_FLIPS,
};
#define FIGURE_COUNT 10

struct figures {
    struct figure of[FIGURE_COUNT];
};

static const struct figure_row {
    const char *key;   /* in JSON */
    int places;        /* decimals there */
    int mean_places;   /* and of a mean */
    const char *title; /* in a table; NULL: not there */
    int width;
    int table_places;
} figure_rows[FIGURE_COUNT] = {
    /* clang-format off */
    /*                       key          places  mean  title   width places */
    [FIGURE_BELOW]      = { "below_pct",       4, 4, "BELOW%",  6, 2 },
    [FIGURE_DEEP]       = { "deep_pct",        4, 4, "DEEP%",   5, 2 },
    [FIGURE_ZERO]       = { "zero_pct",        4, 4, "ZERO%",   6, 3 },
    [FIGURE_LOST]       = { "lost_pct",        4, 4, "LOST%",   6, 3 },
    [FIGURE_HOST_HOURS] = { "host_hours",      1, 1, "HOST-H",  7, 1 },
    [FIGURE_X_ORACLE]   = { "x_oracle",        4, 4, "xORACLE", 7, 3 },
    [FIGURE_X_BILLED]   = { "x_billed",        4, 4, "xBILLED", 7, 3 },
    [FIGURE_BOOTS]      = { "boots",           0, 1, "BOOTS",   6, 0 },
    [FIGURE_ACTIONS]    = { "actions",         0, 1, NULL,      0, 0 },
    [FIGURE_FLIPS]      = { "flips_per_hour",  4, 4, "FLIPS/H", 7, 2 },
    /* clang-format on */
};
#define POLICY_WIDTH 14

/* --- figures --------------------------------------------------------------------------------------------------- */

/* Half up; neither is negative. */
static wide rounded_div(wide numerator, int64_t denominator)
{
    return (numerator + denominator / 2) / denominator;
}

/* `times` a part of a whole; unknown when there is no whole. */
static struct figure ratio(int64_t part, int64_t whole, int64_t times)
{
    if (whole <= 0)
        return (struct figure){ 0 };
    return (struct figure){ true, rounded_div((wide)part * times * NANO, whole) };
}

static struct figures figures_of(const struct backtest_played *played, int rule)
{
    const struct backtest_result *mine = &played->results[rule];
    const struct backtest_result *oracle = &played->results[BACKTEST_ORACLE];
    return (struct figures){ {
        [FIGURE_BELOW] = ratio(mine->below_ms, mine->total_ms, 100),
        [FIGURE_DEEP] = ratio(mine->deep_ms, mine->total_ms, 100),
        [FIGURE_ZERO] = ratio(mine->zero_ms, mine->total_ms, 100),
        [FIGURE_LOST] = ratio(mine->lost_server_ms, mine->demand_server_ms, 100),
        [FIGURE_HOST_HOURS] = ratio(mine->host_ms, HOUR_MS, 1),
        [FIGURE_X_ORACLE] = ratio(mine->host_ms, oracle->host_ms, 1),
        [FIGURE_X_BILLED] = ratio(mine->billed_ms, oracle->billed_ms, 1),
        [FIGURE_BOOTS] = ratio(mine->boots, 1, 1),
        [FIGURE_ACTIONS] = ratio(mine->actions, 1, 1),
        [FIGURE_FLIPS] = ratio(mine->flips, mine->total_ms, HOUR_MS),
    } };
}

static struct figure mean_of(const struct backtest_report *report, int rule, int id)
{
    wide sum = 0;
    int64_t count = 0;
    for (size_t i = 0; i < report->count; i++) {
        struct figures figures = figures_of(&report->played[i], rule);
        sum += figures.of[id].nano;
        count += figures.of[id].is_known;
    }
    return count > 0 ? (struct figure){ true, rounded_div(sum, count) } : (struct figure){ 0 };
}

static struct figures means_of(const struct backtest_report *report, int rule)
{
    struct figures means;
    for (int id = 0; id < FIGURE_COUNT; id++)
        means.of[id] = mean_of(report, rule, id);
    return means;
}

static void add_figure(struct text *text, const struct figure *figure, int places,
                       const char *unknown)
{
    int64_t unit = 1; /* of the last decimal, in billionths */
    for (int i = places; i < NANO_PLACES; i++)
        unit *= 10;
    int64_t whole = NANO / unit;
    int64_t units = (int64_t)rounded_div(figure->nano, unit);
    if (!figure->is_known)
        text_add(text, unknown);
    else if (places == 0)
        text_addf(text, "%lld", (long long)units);
    else /* none is negative: quotients and remainders need no name */
        text_addf(text, "%lld.%0*lld", (long long)(units / whole), places,
                  (long long)(units % whole));
}

/* --- JSON ------------------------------------------------------------------------------------------------------ */

static void add_duration(struct text *text, const char *key, int64_t ms)
{
    text_addf(text, ",\"%s\":\"", key);
    text_add_duration(text, ms);
    text_add_char(text, '"');
}

static void add_model(struct text *text, const struct backtest_report *report)
{
    const struct backtest_model *model = report->model;
    text_addf(text,
              "\"model\":{\"servers_per_host\":%d,\"target_free_pct\":", model->servers_per_host);
    text_add_percent(text, model->target_free_ppb);
    add_duration(text, "boot", model->boot_ms);
    add_duration(text, "pass_interval", model->pass_interval_ms);
    text_addf(text, ",\"peak_servers\":%d", report->peak_servers);
    add_duration(text, "session", model->session_ms);
    text_addf(text, ",\"placement\":\"%s\",\"drain\":%s",
              model->placement == PLACEMENT_PACK ? "pack" : "spread",
              model->is_draining ? "true" : "false");
    add_duration(text, "min_charge", model->min_charge_ms);
    text_addf(text, ",\"seed\":%llu}", (unsigned long long)model->seed);
}

static void print_json_figures(int rule, const struct figures *figures, bool is_mean, FILE *out)
{
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s\n{\"name\":\"%s\"", rule > 0 ? "," : "",
              backtest_rule_name((enum backtest_rule)rule));
    for (int id = 0; id < FIGURE_COUNT; id++) {
        const struct figure_row *row = &figure_rows[id];
        text_addf(&text, ",\"%s\":", row->key);
        add_figure(&text, &figures->of[id], is_mean ? row->mean_places : row->places, "null");
    }
    fprintf(out, "%s}", storage);
}

static void print_json_trace(const struct backtest_report *report,
                             const struct backtest_played *played, FILE *out)
{
    char storage[LINE_SIZE];
    struct text text;
    struct figure days = ratio(played->length_ms, DAY_MS, 1);
    text_init(&text, storage, sizeof storage);
    text_add(&text, "{\"trace\":");
    text_add_json(&text, played->name, strlen(played->name));
    text_add(&text, ",\"days\":");
    add_figure(&text, &days, 1, "null");
    text_add_char(&text, ',');
    add_model(&text, report);
    must(!text.was_cut);
    fprintf(out, "%s,\n\"policies\":[", storage);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        struct figures figures = figures_of(played, rule);
        print_json_figures(rule, &figures, false, out);
    }
    fputs("]}", out);
}

static void print_json_mean(const struct backtest_report *report, FILE *out)
{
    fputs("\"mean\":{\"policies\":[", out);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        struct figures figures = means_of(report, rule);
        print_json_figures(rule, &figures, true, out);
    }
    fputs("]}", out);
}

static void print_json(const struct backtest_report *report, FILE *out)
{
    if (report->count == 1) {
        print_json_trace(report, &report->played[0], out);
        fputc('\n', out);
        return;
    }
    fputs("{\"traces\":[\n", out);
    for (size_t i = 0; i < report->count; i++) {
        fputs(i > 0 ? ",\n" : "", out);
        print_json_trace(report, &report->played[i], out);
    }
    fputs("],\n", out);
    print_json_mean(report, out);
    fputs("}\n", out);
}

/* --- table ----------------------------------------------------------------------------------------------------- */

static void print_titles(FILE *out)
{
    fprintf(out, "%-*s", POLICY_WIDTH, "POLICY");
    for (int id = 0; id < FIGURE_COUNT; id++)
        if (figure_rows[id].title)
            fprintf(out, " %*s", figure_rows[id].width, figure_rows[id].title);
    fputc('\n', out);
}

static void print_row(int rule, const struct figures *figures, FILE *out)
{
    fprintf(out, "%-*s", POLICY_WIDTH, backtest_rule_name((enum backtest_rule)rule));
    for (int id = 0; id < FIGURE_COUNT; id++) {
        const struct figure_row *row = &figure_rows[id];
        char storage[CELL_SIZE];
        struct text cell;
        text_init(&cell, storage, sizeof storage);
        add_figure(&cell, &figures->of[id], row->table_places, "-");
        if (row->title)
            fprintf(out, " %*s", row->width, storage);
    }
    fputc('\n', out);
}

static void print_heading(const struct backtest_report *report,
                          const struct backtest_played *played, FILE *out)
{
    const struct backtest_model *model = report->model;
    char storage[LINE_SIZE];
    char name_storage[NAME_SIZE];
    struct text text;
    struct text name;
    struct figure days = ratio(played->length_ms, DAY_MS, 1);
    text_init(&text, storage, sizeof storage);
    text_init(&name, name_storage, sizeof name_storage);
    text_add_escaped(&name, played->name, strlen(played->name));
    text_addf(&text, "%s%s: ", name_storage, name.was_cut ? "..." : "");
    add_figure(&text, &days, 1, "");
    text_addf(&text, " days, %zu samples\nup to %d servers, %d a host, target ",
              played->sample_count, report->peak_servers, model->servers_per_host);
    text_add_percent(&text, model->target_free_ppb);
    text_add(&text, " %; boots take ");
    text_add_duration(&text, model->boot_ms);
    text_add(&text, ", a pass every ");
    text_add_duration(&text, model->pass_interval_ms);
    fprintf(out, "%s\n", storage);
}

static void print_block(const struct backtest_report *report, const struct backtest_played *played,
                        FILE *out)
{
    print_heading(report, played, out);
    print_titles(out);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        struct figures figures = figures_of(played, rule);
        print_row(rule, &figures, out);
    }
    fputc('\n', out);
}

static void print_mean_block(const struct backtest_report *report, FILE *out)
{
    fprintf(out, "mean of %zu traces\n", report->count);
    print_titles(out);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        struct figures figures = means_of(report, rule);
        print_row(rule, &figures, out);
    }
    fputc('\n', out);
}

static void print_legend(const struct backtest_report *report, FILE *out)
{
    char storage[CELL_SIZE];
    struct text charge;
    text_init(&charge, storage, sizeof storage);
    text_add_duration(&charge, report->model->min_charge_ms);
    fprintf(out,
            "BELOW%%: share of time with less than the target free. DEEP%%: with less than\n"
            "half of the target. ZERO%%: with no free server. LOST%%: share of the demand that\n"
            "was turned away. HOST-H: host-hours. xORACLE: host-hours relative to oracle,\n"
            "which knows the future demand. xBILLED: the same, each host billed for at least\n"
            "%s. BOOTS: hosts started. FLIPS/H: changes of direction per hour.\n",
            storage);
}

static void print_table(const struct backtest_report *report, FILE *out)
{
    for (size_t i = 0; i < report->count; i++)
        print_block(report, &report->played[i], out);
    if (report->count > 1)
        print_mean_block(report, out);
    print_legend(report, out);
}

void backtest_report_print(const struct backtest_report *report, enum output_format format,
                           FILE *out)
{
    switch (format) {
    case OUTPUT_TABLE:
        print_table(report, out);
        break;
    case OUTPUT_JSON:
        print_json(report, out);
        break;
    }
}

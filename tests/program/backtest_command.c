/*
 * The whole program with recorded demand: its output equals the result of the library's backtest, it makes no request,
 * and an unreadable file gives one line and exit code 2 before any other output.
 */
#include "tests/support/document.h"
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/config/config.h"
#include "engine/config/config_values.h"
#include "engine/run/backtest/backtests.h"
#include "engine/sim/trace.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_OK 0
#define EXIT_USAGE 2
#define WIDTH_MAX 80
#define OUTPUT_SIZE 16384

static const char noon[] = "# made up\n"
                           "t_seconds,concurrent\n"
                           "0,30000\n1800,33000\n3600,39000\n5400,46000\n7200,52000\n"
                           "9000,200000\n10800,187000\n12600,190000\n14400,240000\n16200,231000\n"
                           "18000,2000\n19800,205000\n21600,180000\n23400,150000\n25200,121000\n";
static const char dusk[] = "0,400\n300,390\n600,300\n900,210\n1200,100\n1500,60\n";
static const char no_demand[] = "0,0\n300,0\n600,0\n";

/* --- results of the library -------------------------------------------------------------------------------------- */

static struct config *load_config(const char *argument)
{
    char program[] = "autoscaler";
    char no_file[] = "--config=/dev/null";
    char *const arguments[] = { program, no_file, (char *)(uintptr_t)argument, NULL };
    struct config *config;
    struct error err;
    if (config_load(argument ? 3 : 2, arguments, &config, &err) < 0)
        fail_msg("%s", err.msg);
    return config;
}

static void play(const struct config *config, const char *text,
                 struct backtest_result ret_results[BACKTEST_RULE_COUNT])
{
    struct backtest_model model = backtests_model(config);
    const struct trace_scaling scaling = { model.pass_interval_ms, config->backtest.peak_servers,
                                           model.session_ms, model.seed };
    struct trace trace;
    struct backtest_demand demand;
    int32_t *servers;
    struct error err;
    assert_int_equal(trace_parse(text, strlen(text), &trace, &err), 0);
    assert_int_equal(trace_demand(&trace, &scaling, &servers, &demand.count, &err), 0);
    demand.servers = servers;
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++)
        assert_int_equal(backtest_run(&model, &demand, (enum backtest_rule)rule, &config->defaults,
                                      &ret_results[rule], &err),
                         0);
    heap_free(servers);
    trace_fini(&trace);
}

/* --- output of the program --------------------------------------------------------------------------------------- */

static const char *output_of(struct program_fixture *program_fixture, const char *const *arguments)
{
    size_t size;
    int exit_code = program_fixture_run(program_fixture, arguments);
    assert_string_equal(program_log(program_fixture->program, &size), "");
    assert_int_equal(exit_code, EXIT_OK);
    const char *output = program_output(program_fixture->program, &size);
    assert_printable(output, size);
    assert_int_equal(strlen(output), size);
    assert_int_equal(fake_api_connections(program_fixture->api), 0);
    return output;
}

static cJSON *document_of(struct program_fixture *program_fixture, const char *const *arguments)
{
    const char *end;
    const char *output = output_of(program_fixture, arguments);
    cJSON *root = cJSON_ParseWithOpts(output, &end, false);
    assert_non_null(root);
    assert_string_equal(end, "\n");
    return root;
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!found)
        fail_msg("there is no '%s'", name);
    return found;
}

static void assert_near(const cJSON *object, const char *name, double value, int places)
{
    const cJSON *found = member(object, name);
    assert_true(cJSON_IsNumber(found));
    if (fabs(found->valuedouble - value) > 0.501 * pow(10, -places))
        fail_msg("%s is %.6f, not %.6f", name, found->valuedouble, value);
}

static double ratio(int64_t part, int64_t whole)
{
    return (double)part / (double)whole;
}

static void check_policy(const cJSON *row, int rule,
                         const struct backtest_result results[BACKTEST_RULE_COUNT])
{
    const struct backtest_result *mine = &results[rule];
    const struct backtest_result *oracle = &results[BACKTEST_ORACLE];
    assert_string_equal(member_string(row, "name"), backtest_rule_name((enum backtest_rule)rule));
    assert_near(row, "below_pct", 100 * ratio(mine->below_ms, mine->total_ms), 4);
    assert_near(row, "deep_pct", 100 * ratio(mine->deep_ms, mine->total_ms), 4);
    assert_near(row, "zero_pct", 100 * ratio(mine->zero_ms, mine->total_ms), 4);
    assert_near(row, "lost_pct", 100 * ratio(mine->lost_server_ms, mine->demand_server_ms), 4);
    assert_near(row, "host_hours", ratio(mine->host_ms, 3600000), 1);
    assert_near(row, "x_oracle", ratio(mine->host_ms, oracle->host_ms), 4);
    assert_near(row, "x_billed", ratio(mine->billed_ms, oracle->billed_ms), 4);
    assert_int_equal(member_number(row, "boots"), mine->boots);
    assert_int_equal(member_number(row, "actions"), mine->actions);
    assert_near(row, "flips_per_hour", ratio(mine->flips * 3600000, mine->total_ms), 4);
    assert_int_equal(cJSON_GetArraySize(row), 11);
}

static const cJSON *policies_of(const cJSON *object)
{
    const cJSON *policies = member(object, "policies");
    assert_int_equal(cJSON_GetArraySize(policies), BACKTEST_RULE_COUNT);
    return policies;
}

static void check_policies(const cJSON *trace,
                           const struct backtest_result results[BACKTEST_RULE_COUNT])
{
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++)
        check_policy(cJSON_GetArrayItem(policies_of(trace), rule), rule, results);
}

/* Writes three traces into the fixture's directory. */
struct files {
    char noon[PROGRAM_FIXTURE_PATH_SIZE];
    char dusk[PROGRAM_FIXTURE_PATH_SIZE];
    char no_demand[PROGRAM_FIXTURE_PATH_SIZE];
};

static struct files write_files(const struct program_fixture *program_fixture)
{
    struct files files;
    program_fixture_write(program_fixture, "noon.csv", noon, 0600);
    program_fixture_write(program_fixture, "dusk.csv", dusk, 0600);
    program_fixture_write(program_fixture, "no_demand", no_demand, 0600);
    program_fixture_path(program_fixture, "noon.csv", files.noon);
    program_fixture_path(program_fixture, "dusk.csv", files.dusk);
    program_fixture_path(program_fixture, "no_demand", files.no_demand);
    return files;
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

static void json_equals_the_library(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    struct config *config = load_config(NULL);
    struct backtest_result results[BACKTEST_RULE_COUNT];
    play(config, noon, results);
    cJSON *root = document_of(
        program_fixture, (const char *const[]){ "--output=json", "--backtest", files.noon, NULL });
    assert_string_equal(member_string(root, "trace"), "noon");
    assert_near(root, "days", 7.0 / 24, 1);
    check_policies(root, results);
    assert_int_equal(cJSON_GetArraySize(root), 4);

    const cJSON *model = member(root, "model");
    assert_int_equal(member_number(model, "servers_per_host"), 10);
    assert_int_equal(member_number(model, "target_free_pct"), 10);
    assert_string_equal(member_string(model, "boot"), "2m");
    assert_string_equal(member_string(model, "pass_interval"), "30s");
    assert_int_equal(member_number(model, "peak_servers"), 1000);
    assert_string_equal(member_string(model, "session"), "30m");
    assert_string_equal(member_string(model, "placement"), "pack");
    assert_true(cJSON_IsFalse(member(model, "drain")));
    assert_string_equal(member_string(model, "min_charge"), "1h");
    assert_int_equal(member_number(model, "seed"), 1);
    assert_int_equal(cJSON_GetArraySize(model), 10);
    cJSON_Delete(root);
    config_destroy(config);
}

/* Each key of the model, and one that it takes from the defaults. */
static const struct set_row {
    const char *name; /* the argument */
    const char *key;
    const char *shown;
} set_rows[] = {
    { "--set=backtest.target_free_pct=12", "target_free_pct", "12" },
    { "--set=backtest.target_free_pct=0.5", "target_free_pct", "0.5" },
    { "--set=backtest.servers_per_host=7", "servers_per_host", "7" },
    { "--set=backtest.boot=5m", "boot", "\"5m\"" },
    { "--set=backtest.peak_servers=200", "peak_servers", "200" },
    { "--set=backtest.session=10m", "session", "\"10m\"" },
    { "--set=backtest.placement=spread", "placement", "\"spread\"" },
    { "--set=backtest.drain=true", "drain", "true" },
    { "--set=backtest.min_charge=0", "min_charge", "\"0s\"" },
    { "--set=backtest.seed=77", "seed", "77" },
    { "--pass-interval=45", "pass_interval", "\"45s\"" },
};

static void model_is_the_configurations(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct set_row *row = program_fixture->row;
    struct files files = write_files(program_fixture);
    struct config *config = load_config(row->name);
    struct backtest_result results[BACKTEST_RULE_COUNT];
    char expected[64];
    play(config, noon, results);
    cJSON *root =
        document_of(program_fixture, (const char *const[]){ "--backtest", files.noon,
                                                            "--output=json", row->name, NULL });
    check_policies(root, results);
    size_t size;
    snprintf(expected, sizeof expected, "\"%s\":%s", row->key, row->shown);
    assert_non_null(strstr(program_output(program_fixture->program, &size), expected));
    cJSON_Delete(root);
    config_destroy(config);
}

static void check_mean(const cJSON *root, int rule)
{
    static const char *const shares[] = { "below_pct", "deep_pct", "zero_pct",
                                          "x_oracle",  "x_billed", "flips_per_hour" };
    static const char *const amounts[] = { "host_hours", "boots", "actions" };
    const cJSON *traces = member(root, "traces");
    const cJSON *mean = cJSON_GetArrayItem(policies_of(member(root, "mean")), rule);
    const cJSON *first = cJSON_GetArrayItem(policies_of(cJSON_GetArrayItem(traces, 0)), rule);
    const cJSON *second = cJSON_GetArrayItem(policies_of(cJSON_GetArrayItem(traces, 1)), rule);
    assert_string_equal(member_string(mean, "name"), backtest_rule_name((enum backtest_rule)rule));
    /* The inputs are rounded, so two rounding errors can add up. */
    for (size_t i = 0; i < COUNT_OF(shares); i++)
        assert_near(
            mean, shares[i],
            (member(first, shares[i])->valuedouble + member(second, shares[i])->valuedouble) / 2,
            3);
    for (size_t i = 0; i < COUNT_OF(amounts); i++)
        assert_near(
            mean, amounts[i],
            (member(first, amounts[i])->valuedouble + member(second, amounts[i])->valuedouble) / 2,
            0);
}

static void several_traces_have_a_mean(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    struct config *config = load_config(NULL);
    struct backtest_result results[BACKTEST_RULE_COUNT];
    cJSON *root = document_of(
        program_fixture,
        (const char *const[]){ "--backtest", files.noon, files.no_demand, "--output=json", NULL });
    const cJSON *traces = member(root, "traces");
    assert_int_equal(cJSON_GetArraySize(traces), 2);
    assert_string_equal(member_string(cJSON_GetArrayItem(traces, 0), "trace"), "noon");
    assert_string_equal(member_string(cJSON_GetArrayItem(traces, 1), "trace"), "no_demand");
    play(config, noon, results);
    check_policies(cJSON_GetArrayItem(traces, 0), results);
    for (int rule = 0; rule < BACKTEST_RULE_COUNT; rule++) {
        const cJSON *mean = cJSON_GetArrayItem(policies_of(member(root, "mean")), rule);
        const cJSON *empty = cJSON_GetArrayItem(policies_of(cJSON_GetArrayItem(traces, 1)), rule);
        check_mean(root, rule);
        /* Without demand, the lost share is unknown and not part of the mean. */
        assert_true(cJSON_IsNull(member(empty, "lost_pct")));
        assert_near(mean, "lost_pct",
                    100 * ratio(results[rule].lost_server_ms, results[rule].demand_server_ms), 4);
    }
    assert_int_equal(cJSON_GetArraySize(root), 2);
    cJSON_Delete(root);
    config_destroy(config);
}

static void names_are_escaped(void **state)
{
    struct program_fixture *program_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(program_fixture, "a\xe2\x80\xae\"b.csv", dusk, 0600);
    program_fixture_path(program_fixture, "a\xe2\x80\xae\"b.csv", path);
    cJSON *root = document_of(program_fixture,
                              (const char *const[]){ "--backtest", path, "--output=json", NULL });
    assert_string_equal(member_string(root, "trace"), "a\xe2\x80\xae\"b");
    cJSON_Delete(root);
    const char *output =
        output_of(program_fixture, (const char *const[]){ "--backtest", path, NULL });
    assert_non_null(strstr(output, "a\\u{202e}\"b: 0.0 days, 6 samples\n"));
}

/* --- policies ---------------------------------------------------------------------------------------------------- */

static double host_hours(const cJSON *trace, enum backtest_rule rule)
{
    return member(cJSON_GetArrayItem(policies_of(trace), (int)rule), "host_hours")->valuedouble;
}

static void policies_match_names_of_traces(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(program_fixture, "autoscaler.yaml",
                          "policies:\n  - match: \"du*\"\n    min_hosts: 500\n    max_hosts: 500\n",
                          0600);
    cJSON *root =
        document_of(program_fixture,
                    (const char *const[]){
                        "--backtest", files.noon, files.dusk, "--output=json", "-c",
                        program_fixture_path(program_fixture, "autoscaler.yaml", path), NULL });
    const cJSON *other = cJSON_GetArrayItem(member(root, "traces"), 0);
    const cJSON *matched = cJSON_GetArrayItem(member(root, "traces"), 1);
    assert_true(host_hours(other, BACKTEST_CONFIGURED) < 2 * host_hours(other, BACKTEST_ORACLE));
    assert_true(host_hours(matched, BACKTEST_CONFIGURED) >
                3 * host_hours(matched, BACKTEST_ORACLE));
    cJSON_Delete(root);
}

/* --- tables ------------------------------------------------------------------------------------------------------ */

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void assert_lines(const char *output)
{
    for (const char *line = output; *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        if (length > WIDTH_MAX || (length > 0 && line[length - 1] == ' '))
            fail_msg("%.*s", (int)length, line);
    }
}

#define TITLES "POLICY         BELOW% DEEP%  ZERO%  LOST%  HOST-H xORACLE xBILLED  BOOTS FLIPS/H\n"

static void table_is_for_people(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    const char *output =
        output_of(program_fixture, (const char *const[]){ "--backtest", files.noon, NULL });
    static const char head[] =
        "noon: 0.3 days, 15 samples\n"
        "up to 1000 servers, 10 a host, target 10 %; boots take 2m, a pass every 30s\n" TITLES
        "configured ";
    assert_memory_equal(output, head, sizeof head - 1);
    assert_lines(output);
    assert_int_equal(count_of(output, "\nBELOW%"), 1);
    assert_null(strstr(output, "mean"));
    struct config *config = load_config(NULL);
    struct backtest_result results[BACKTEST_RULE_COUNT];
    char row[128];
    play(config, noon, results);
    const struct backtest_result *naive = &results[BACKTEST_NAIVE];
    const struct backtest_result *oracle = &results[BACKTEST_ORACLE];
    snprintf(row, sizeof row, "\n%-14s %6.2f %5.2f %6.3f %6.3f %7.1f %7.3f %7.3f %6lld %7.2f\n",
             "naive", 100 * ratio(naive->below_ms, naive->total_ms),
             100 * ratio(naive->deep_ms, naive->total_ms),
             100 * ratio(naive->zero_ms, naive->total_ms),
             100 * ratio(naive->lost_server_ms, naive->demand_server_ms),
             ratio(naive->host_ms + 1, 3600000), ratio(naive->host_ms, oracle->host_ms),
             ratio(naive->billed_ms, oracle->billed_ms), (long long)naive->boots,
             ratio(naive->flips * 3600000, naive->total_ms));
    if (!strstr(output, row))
        fail_msg("no row\n%s in\n%s", row, output);
    config_destroy(config);
}

static void tables_of_several_end_with_a_mean(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    const char *output =
        output_of(program_fixture, (const char *const[]){ "--backtest", files.noon, files.dusk,
                                                          "--backtest", files.no_demand, NULL });
    assert_lines(output);
    assert_int_equal(count_of(output, TITLES), 4);
    assert_int_equal(count_of(output, "\npercent_buffer "), 4);
    assert_int_equal(count_of(output, "\nBELOW%"), 1);
    assert_int_equal(count_of(output, "\n\nmean of 3 traces\n" TITLES), 1);
    assert_non_null(strstr(output, "\n\ndusk: 0.0 days, 6 samples\n"));
    /* Without demand, the lost share is unknown. */
    assert_non_null(strstr(output, "\noracle           0.00  0.00  0.000      -     0.2   1.000"));
}

static void the_output_is_repeatable(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    static char first[OUTPUT_SIZE];
    const char *const arguments[] = { "--backtest", files.noon, files.dusk, "--output=json", NULL };
    snprintf(first, sizeof first, "%s", output_of(program_fixture, arguments));
    assert_string_equal(output_of(program_fixture, arguments), first);
}

static void standard_input_is_a_trace(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    program_fixture->input = files.noon;
    cJSON *root = document_of(program_fixture, (const char *const[]){ "--backtest", files.noon, "-",
                                                                      "--output=json", NULL });
    const cJSON *traces = member(root, "traces");
    assert_string_equal(member_string(cJSON_GetArrayItem(traces, 1), "trace"), "-");
    assert_true(cJSON_Compare(policies_of(cJSON_GetArrayItem(traces, 0)),
                              policies_of(cJSON_GetArrayItem(traces, 1)), true));
    cJSON_Delete(root);
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

/* Exactly this line, and no other output. */
static void assert_refused(struct program_fixture *program_fixture, const char *const *arguments,
                           const char *line)
{
    size_t size;
    int exit_code = program_fixture_run(program_fixture, arguments);
    assert_string_equal(program_output(program_fixture->program, &size), "");
    assert_string_equal(program_log(program_fixture->program, &size), line);
    assert_int_equal(exit_code, EXIT_USAGE);
    assert_int_equal(fake_api_connections(program_fixture->api), 0);
}

static const struct bad_row {
    const char *name;
    const char *text;
    const char *said; /* after the path */
} bad_rows[] = {
    /* clang-format off */
    { "bad: empty",        "",                    "line 1: the end; expected at least 2 samples, found 0" },
    { "bad: one sample",   "# x\n0,5\n",          "line 2: the end; expected at least 2 samples, found 1" },
    { "bad: not numbers",  "t_seconds,concurrent\n0,5\nsoon,many\n",
                                                  "line 3: expected a number from 0 to 4000000000 as t_seconds, found 'soon'" },
    { "bad: columns",      "0,5\n\n60,5,5\n",     "line 3: expected two numbers, t_seconds,concurrent, found '60,5,5'" },
    { "bad: unsorted",     "0,5\n60,5\n30,5\n",   "line 3: expected t_seconds above those of the sample before, found '30'" },
    { "bad: a gap",        "0,5\n60,5\n120,5\n7320,5\n", "line 4: a gap, 2h from the sample before; usual are 1m" },
    { "bad: an escape",    "\x1b[2J\n",           "line 1: expected two numbers, t_seconds,concurrent, found '\\x1b[2J'" },
    { "bad: too long",     "0,5\n4000000000,5\n", "133333334 passes are more than 10000000" },
    /* clang-format on */
};

/* After a valid file, whose result must not be printed. */
static void bad_trace_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct bad_row *row = program_fixture->row;
    struct files files = write_files(program_fixture);
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char line[512];
    program_fixture_write(program_fixture, "bad.csv", row->text, 0600);
    program_fixture_path(program_fixture, "bad.csv", path);
    snprintf(line, sizeof line, "autoscaler: %s: %s\n", path, row->said);
    assert_refused(program_fixture, (const char *const[]){ "--backtest", files.noon, path, NULL },
                   line);
}

static void missing_file_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    struct files files = write_files(program_fixture);
    assert_refused(program_fixture,
                   (const char *const[]){ "--backtest=/none.csv", files.noon, NULL },
                   "autoscaler: /none.csv: No such file or directory\n");
    assert_refused(program_fixture,
                   (const char *const[]){ "--backtest", files.noon, "/a\xe2\x80\xae", NULL },
                   "autoscaler: /a\\u{202e}: No such file or directory\n");
    assert_refused(program_fixture, (const char *const[]){ "--backtest=/", "--output=json", NULL },
                   "autoscaler: /: there is no recording\n");
}

static void empty_input_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    assert_refused(
        program_fixture, (const char *const[]){ "--backtest", "-", NULL },
        "autoscaler: standard input: line 1: the end; expected at least 2 samples, found 0\n");
}

/* A sparse file. */
static void huge_file_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char line[PROGRAM_FIXTURE_PATH_SIZE + 64];
    program_fixture_write(program_fixture, "huge.csv", "0,5\n", 0600);
    program_fixture_path(program_fixture, "huge.csv", path);
    assert_int_equal(truncate(path, (off_t)256 * 1024 * 1024 + 1), 0);
    snprintf(line, sizeof line, "autoscaler: %s: larger than 256 MiB\n", path);
    assert_refused(program_fixture, (const char *const[]){ "--backtest", path, NULL }, line);
}

static void other_modes_are_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    assert_refused(program_fixture, (const char *const[]){ "--backtest=a.csv", "--once", NULL },
                   "autoscaler: --backtest and --once cannot be combined\n");
    assert_refused(program_fixture, (const char *const[]){ "a.csv", "--backtest=a.csv", NULL },
                   "autoscaler: unexpected argument 'a.csv' (see --help)\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_equals_the_library),
        cmocka_unit_test(several_traces_have_a_mean),
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(policies_match_names_of_traces),
        cmocka_unit_test(table_is_for_people),
        cmocka_unit_test(tables_of_several_end_with_a_mean),
        cmocka_unit_test(the_output_is_repeatable),
        cmocka_unit_test(standard_input_is_a_trace),
        cmocka_unit_test(missing_file_is_refused),
        cmocka_unit_test(empty_input_is_refused),
        cmocka_unit_test(huge_file_is_refused),
        cmocka_unit_test(other_modes_are_refused),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(set_rows) + COUNT_OF(bad_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), set_rows, model_is_the_configurations);
    TESTS_FROM_ROWS(all + COUNT_OF(tests) + COUNT_OF(set_rows), bad_rows, bad_trace_is_refused);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = program_fixture_enter;
        all[i].teardown_func = program_fixture_leave;
    }
    return cmocka_run_group_tests_name("backtest program", all, NULL, NULL);
}

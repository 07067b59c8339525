/* The configuration from all its sources: every key, its limits, modes, and where the file is. */
#include "tests/support/config_fixture.h"

#include "engine/base/arith.h"
#include "engine/config/config_file.h"
#include "engine/config/options.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- every key from every source ----------------------------------------------------------------------- */

static const struct key_row {
    const char *name; /* the key */
    const char *initial;
    const char *given; /* in YAML and on the command line */
    const char *held;
    const char *stronger; /* another value, given by a stronger source */
} key_rows[] = {
    /* clang-format off */
    { "api.url",                    "http://127.0.0.1:8000", "https://a.example/x//", "https://a.example/x", "http://b" },
    { "api.token_file",             "",      "missing",  "missing",  "other" },
    { "api.ca_file",                "",      "/dev/null", "/dev/null", "/dev/zero" },
    { "api.client_cert",            "",      "/dev/null", "/dev/null", "/dev/zero" },
    { "api.client_key",             "",      "/dev/null", "/dev/null", "/dev/zero" },
    { "api.proxy",                  "",      "socks5h://p:1080", "socks5h://p:1080", "http://q" },
    { "api.removes_pending",        "false", "true",     "true",     "false" },
    { "api.insecure_tls",           "false", "true",     "true",     "false" },
    { "api.connect_timeout",        "2s",    "0.25",     "250ms",    "10s" },
    { "api.timeout",                "5s",    "1.5m",     "90s",      "7s" },
    { "api.concurrency",            "32",    "1024",     "1024",     "1" },
    { "api.retries",                "2",     "0",        "0",        "10" },
    { "api.draining",               "auto",  "hidden",   "hidden",   "idle_busy" },
    { "discovery_interval",         "1m",    "24h",      "24h",      "10ms" },
    { "pass_interval",              "30s",   "10ms",     "10ms",     "24h" },
    { "dry_run",                    "false", "true",     "true",     "false" },
    { "read_only",                  "false", "true",     "true",     "false" },
    { "state.dir",                  "",      "/a b",     "/a b",     "c" },
    { "state.fsync",                "always", "batch",   "batch",    "always" },
    { "recording.keep",             "14d",   "36h",      "36h",      "off" },
    { "recording.size_max",         "2GiB",  "2048KiB",  "2MiB",     "3TiB" },
    { "control.socket",             "",      "/a/b c",   "/a/b c",   "off" },
    { "control.group",              "autoscaler", "adm", "adm",      "wheel" },
    { "control.operators",          "",      "ops, sre", "ops, sre", "ops" },
    { "metrics.listen",             "",      "127.0.0.1:9464", "127.0.0.1:9464", "[::1]:0" },
    { "metrics.deployments",        "all",   "eu-*",     "eu-*",     "none" },
    { "metrics.series_max",         "100000", "0",       "0",        "100000000" },
    { "log.file",                   "-",     "a b.log",  "a b.log",  "c" },
    { "log.level",                  "info",  "debug",    "debug",    "error" },
    { "log.format",                 "text",  "json",     "json",     "text" },
    { "log.size_max",               "none",  "1024KiB",  "1MiB",     "64KiB" },
    { "log.keep",                   "5",     "1",        "1",        "100" },
    { "output",                     "table", "json",     "json",     "table" },
    { "console.view",               "auto",  "attention", "attention", "paused" },
    { "console.sort",               "severity", "read",  "read",     "free_pct" },
    { "console.filter",             "",      "eu !test", "eu !test", "us" },
    { "console.theme",              "auto",  "light",    "light",    "dark" },
    { "console.color",              "auto",  "256",      "256",      "never" },
    { "console.ascii",              "false", "true",     "true",     "false" },
    { "console.a11y",               "false", "true",     "true",     "false" },
    { "console.clipboard",          "true",  "false",    "false",    "true" },
    { "console.mouse",              "false", "true",     "true",     "false" },
    { "console.refresh",            "100ms", "10ms",     "10ms",     "1m" },
    { "console.confirm_above",      "2%",    "0%",       "0%",       "100%" },
    { "defaults.min_hosts",         "1",     "0",        "0",        "2" },
    { "defaults.max_hosts",         "none",  "500",      "500",      "none" },
    { "defaults.max_step_up",       "none",  "12.5%",    "12.5%",    "7" },
    { "defaults.max_step_down",     "none",  "3",        "3",        "0%" },
    { "defaults.max_growth_per_hour", "700%", "12.5%",   "12.5%",    "off" },
    { "defaults.cooldown_up",       "0s",    "1m",       "1m",       "0" },
    { "defaults.cooldown_down",     "0s",    "90",       "90s",      "24h" },
    { "defaults.scale_down_window", "15m",   "0",        "0s",       "1ms" },
    { "defaults.outage_hold",       "30m",   "90",       "90s",      "0" },
    { "defaults.lookahead",         "auto",  "1.5m",     "90s",      "off" },
    { "defaults.surge_reserve",     "112%",   "12.5%",    "12.5%",    "0%" },
    { "defaults.saturation_step",   "20%",  "0.0000001%", "0.0000001%", "0%" },
    { "defaults.min_free_servers",  "0",     "500",      "500",      "auto" },
    { "defaults.drain_timeout",     "3h",    "90m",      "90m",      "24h" },
    { "defaults.boot_timeout",      "10m",   "2h",       "2h",       "10ms" },
    { "defaults.confirm_timeout",   "auto",  "45s",      "45s",      "auto" },
    { "simulation.deployments",     "12",    "1000000",  "1000000",  "1" },
    { "simulation.seed",            "1",     "999999999999999999", "999999999999999999", "0" },
    { "simulation.boot",            "2m",    "1ms",      "1ms",      "3s" },
    { "simulation.speed",           "20",    "0.125",    "0.125",    "10000" },
    { "simulation.faults",          "0%",    "0.0000001%", "0.0000001%", "100%" },
    { "simulation.break",           "",      "free_servers", "free_servers", "status_id" },
    { "backtest.servers_per_host",  "10",    "1000",     "1000",     "1" },
    { "backtest.target_free_pct",   "10",    "12.5",     "12.5",     "0" },
    { "backtest.boot",              "2m",    "300",      "5m",       "1ms" },
    { "backtest.peak_servers",      "1000",  "1000000",  "1000000",  "1" },
    { "backtest.session",           "30m",   "1.5m",     "90s",      "24h" },
    { "backtest.placement",         "pack",  "spread",   "spread",   "pack" },
    { "backtest.drain",             "false", "true",     "true",     "false" },
    { "backtest.min_charge",        "1h",    "0",        "0s",       "1m" },
    { "backtest.seed",              "1",     "999999999999999999", "999999999999999999", "0" },
    /* clang-format on */
};

/* A YAML document with one key; `key` has at most one dot. */
static void one_key(char *yaml, size_t size, const char *key, const char *value)
{
    const char *dot = strchr(key, '.');
    if (dot)
        snprintf(yaml, size, "%.*s:\n  %s: %s\n", (int)(dot - key), key, dot + 1, value);
    else
        snprintf(yaml, size, "%s: %s\n", key, value);
}

static void assert_same_value(const struct config *config, const char *key, const char *text)
{
    const struct option_row *row = option_find_key(key, strlen(key));
    struct option_value value;
    struct error err;
    assert_int_equal(option_parse(row, text, &value, &err), 0);
    char storage[64];
    struct text expected;
    text_init(&expected, storage, sizeof storage);
    if (option_is_text(row)) {
        assert_string_equal(config_fixture_shown(config, key), text);
        return;
    }
    struct config scratch = { 0 };
    assert_int_equal(option_store(row, (char *)&scratch + row->offset, &value), 0);
    option_add(row, (const char *)&scratch + row->offset, &expected);
    assert_string_equal(config_fixture_shown(config, key), storage);
}

/* A demo contacts nothing, so the files that the rows name need not exist. */
static void check_key(void **state)
{
    const struct key_row *row = *state;
    const char *const none[] = { "--demo", NULL };
    struct config *config = config_fixture_load(none);
    assert_string_equal(config_fixture_shown(config, row->name), row->initial);
    config_destroy(config);

    char yaml[256];
    one_key(yaml, sizeof yaml, row->name, row->given);
    config_fixture_write_text(FILE_NAME, yaml);
    const char *const file[] = { "--demo", "--config=" FILE_NAME, NULL };
    config = config_fixture_load(file);
    assert_string_equal(config_fixture_shown(config, row->name), row->held);
    assert_string_equal(config->config_file, FILE_NAME);
    config_destroy(config);

    char set[256];
    snprintf(set, sizeof set, "--set=%s=%s", row->name, row->stronger);
    const bool is_url = strcmp(row->name, "api.url") == 0;
    const char *const both[] = { "--once", set, "--config", FILE_NAME, is_url ? NULL : "--demo",
                                 NULL };
    config = config_fixture_load(both);
    assert_same_value(config, row->name, row->stronger);
    config_destroy(config);
}

static void check_flag_of_key(void **state)
{
    const struct option_row *row = *state;
    const struct key_row *key = key_rows;
    while (strcmp(key->name, row->key) != 0)
        key++;
    char joined[128];
    char flag[64];
    snprintf(flag, sizeof flag, "--%s", row->flag);
    snprintf(joined, sizeof joined, "--%s=%s", row->flag, key->given);
    const bool has_value = option_has_argument(row);
    const char *const with_sign[] = { has_value ? joined : flag, NULL };
    const char *const with_space[] = { flag, has_value ? key->given : NULL, NULL };
    struct config *config = config_fixture_load(with_sign);
    assert_string_equal(config_fixture_shown(config, row->key), key->held);
    config_destroy(config);
    config = config_fixture_load(with_space);
    assert_string_equal(config_fixture_shown(config, row->key), key->held);
    config_destroy(config);
    if (!row->letter)
        return;
    char letter[3] = { '-', row->letter, '\0' };
    config =
        config_fixture_load((const char *const[]){ letter, has_value ? key->given : NULL, NULL });
    assert_string_equal(config_fixture_shown(config, row->key), key->held);
    config_destroy(config);
}

static void test_sources_in_order(void **state)
{
    (void)state;
    config_fixture_write_text(FILE_NAME, "api: {url: http://file}\n");
    setenv("AUTOSCALER_CONFIG", FILE_NAME, 1);
    struct config *config = config_fixture_load(NULL);
    assert_string_equal(config->api.url, "http://file");
    config_destroy(config);
    setenv("AUTOSCALER_API", "http://environment", 1);
    config = config_fixture_load(NULL);
    assert_string_equal(config->api.url, "http://environment");
    config_destroy(config);
    config = config_fixture_load((const char *const[]){ "-ahttp://flag", NULL });
    assert_string_equal(config->api.url, "http://flag");
    config_destroy(config);
    /* On one command line the last one counts, as a flag or as --set. */
    config = config_fixture_load(
        (const char *const[]){ "--set=api.url=http://set", "--ap", "http://flag", NULL });
    assert_string_equal(config->api.url, "http://flag");
    config_destroy(config);
    config = config_fixture_load(
        (const char *const[]){ "--api=http://flag", "--set", "api.url=http://set", NULL });
    assert_string_equal(config->api.url, "http://set");
    config_destroy(config);
}

static void test_every_key_has_a_row(void **state)
{
    (void)state;
    size_t keys = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const char *key = option_at(i)->key;
        enum option_type type = option_at(i)->type;
        bool is_elsewhere = type == TYPE_KEYS || type == TYPE_NOTIFY; /* console_keys.c, notify.c */
        keys += key && strncmp(key, "policies.", 9) != 0 && !is_elsewhere;
    }
    assert_int_equal(keys, COUNT_OF(key_rows));
}

static void test_the_table_is_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        assert_int_equal(row->id, i);
        assert_true(row->key || row->flag || row->variable);
        assert_true(row->min <= row->max);
        assert_true(strlen(row->help) > 0 && row->help[strlen(row->help) - 1] != '.');
        if (row->key)
            assert_ptr_equal(option_find_key(row->key, strlen(row->key)), row);
        if (row->letter)
            assert_ptr_equal(option_find_letter(row->letter), row);
    }
    assert_null(option_find_key("api", 3));
    assert_null(option_find_letter('x'));
}

/* The defaults of the core and of options.def are the same. */
static void test_defaults_are_the_core_s(void **state)
{
    (void)state;
    struct config *config = config_fixture_load(NULL);
    const struct policy *mine = &config->defaults;
    assert_int_equal(mine->min_hosts, policy_default.min_hosts);
    assert_int_equal(mine->max_hosts, policy_default.max_hosts);
    assert_int_equal(mine->max_step_up.kind, policy_default.max_step_up.kind);
    assert_int_equal(mine->max_step_down.kind, policy_default.max_step_down.kind);
    assert_int_equal(mine->max_growth_per_hour.kind, policy_default.max_growth_per_hour.kind);
    assert_true(mine->max_growth_per_hour.amount == policy_default.max_growth_per_hour.amount);
    assert_int_equal(mine->confirm_timeout_ms, policy_default.confirm_timeout_ms);
    assert_int_equal(mine->scale_down_window_ms, policy_default.scale_down_window_ms);
    assert_int_equal(mine->outage_hold_ms, policy_default.outage_hold_ms);
    assert_int_equal(mine->lookahead_ms, policy_default.lookahead_ms);
    assert_int_equal(mine->surge_reserve_ppb, policy_default.surge_reserve_ppb);
    assert_int_equal(mine->saturation_step_ppb, policy_default.saturation_step_ppb);
    assert_int_equal(mine->min_free_servers, policy_default.min_free_servers);
    assert_int_equal(mine->target_free_ppb, TARGET_FROM_API);
    assert_false(mine->is_paused);
    assert_int_equal(config->mode, MODE_CONSOLE);
    assert_false(config->is_demo);
    config_destroy(config);
}

/* --- limits: the last that is accepted, the first that is not ------------------------------------------- */

static const struct limit_row {
    const char *name; /* the key */
    const char *accepted[6];
    const char *refused[8];
    const char *expected;
} limit_rows[] = {
    /* clang-format off */
    { "api.connect_timeout", { "10ms", "11ms", "599.999", "10m" }, { "9ms", "600.001", "10m1s", "0.0105", "-1s", "1 s", "s", "" },
      "a duration from 10ms to 10m" },
    { "api.timeout", { "10ms", "600" }, { "9ms", "600001ms" }, "a duration from 10ms to 10m" },
    { "api.concurrency", { "1", "2", "1023", "1024" }, { "0", "1025", "-1", "1.0", "0x10", "4 ", "99999999999999999999", "" },
      "a whole number from 1 to 1024" },
    { "api.retries", { "0", "1", "9", "10" }, { "-1", "11" }, "a whole number from 0 to 10" },
    { "api.draining", { "auto", "exact", "idle_busy", "hidden" }, { "outside", "Exact", "" }, "auto, exact, idle_busy or hidden" },
    { "discovery_interval", { "10ms", "11ms", "86399.999s", "24h" }, { "9ms", "86400001ms", "1w" }, "a duration from 10ms to 24h" },
    { "pass_interval", { "10ms", "24h" }, { "9ms", "86400.001" }, "a duration from 10ms to 24h" },
    { "dry_run", { "true", "false" }, { "yes", "1", "True", "" }, "true or false" },
    { "log.level", { "debug", "info", "warn", "error" }, { "warning", "debu", "debug|info", "" }, "debug, info, warn or error" },
    { "log.format", { "text", "json" }, { "xml" }, "text or json" },
    { "output", { "table", "json" }, { "TABLE" }, "table or json" },
    { "defaults.min_hosts", { "0", "1" }, { "-1", "1000000001", "none" }, "a whole number from 0 to 1000000000" },
    { "defaults.max_hosts", { "1", "2", "999999999", "1000000000", "none" }, { "0", "1000000001", "2147483647", "None" },
      "a whole number from 1 to 1000000000, or none" },
    { "defaults.max_step_up", { "0", "1", "1000000000", "0.0000001%", "100%", "none" },
      { "-1", "1000000001", "100.0000001%", "0.00000001%", "%", "-1%", "12.5", "50 %" },
      "0 to 1000000000 hosts, a percentage up to 100%, or none" },
    { "defaults.max_growth_per_hour", { "0", "1000000000", "0.0000001%", "700%", "10000%", "off" },
      { "-1", "1000000001", "10000.0000001%", "0.00000001%", "%", "none" },
      "0 to 1000000000 hosts, a percentage up to 10000%, or off" },
    { "defaults.cooldown_up", { "0", "1ms", "24h" }, { "-1", "86400001ms" }, "a duration from 0s to 24h" },
    { "defaults.drain_timeout", { "10ms", "24h" }, { "9ms", "25h", "auto" }, "a duration from 10ms to 24h" },
    { "defaults.boot_timeout", { "10ms", "24h" }, { "9ms", "25h", "auto" }, "a duration from 10ms to 24h" },
    { "defaults.scale_down_window", { "0", "1ms", "24h" }, { "-1", "86400001ms", "off" }, "a duration from 0s to 24h" },
    { "defaults.outage_hold", { "0", "1ms", "24h" }, { "-1", "86400001ms", "off" }, "a duration from 0s to 24h" },
    { "defaults.lookahead",   { "1s", "1h", "auto", "off" }, { "0", "999ms", "3601s", "-1", "none", "AUTO" }, "a duration from 1s to 1h, auto or off" },
    { "defaults.surge_reserve", { "0%", "0.0000001%", "200%" }, { "80", "200.0000001%", "-1%", "off", "%" }, "a percentage from 0% to 200%" },
    { "defaults.saturation_step", { "0%", "0.0000001%", "100%" }, { "1", "100.0000001%", "-1%", "off", "%" }, "a percentage from 0% to 100%" },
    { "defaults.min_free_servers", { "0", "1", "1000000000", "auto" }, { "-1", "1.5", "1000000001", "none", "10%" }, "a whole number from 0 to 1000000000, or auto" },
    { "defaults.confirm_timeout", { "10ms", "24h", "auto" }, { "9ms", "25h", "-1", "none" }, "a duration from 10ms to 24h, or auto" },
    { "simulation.deployments", { "1", "2", "999999", "1000000" }, { "0", "1000001" }, "a whole number from 1 to 1000000" },
    { "simulation.seed", { "0", "999999999999999999" }, { "-1", "1000000000000000000" }, "a whole number from 0 to 999999999999999999" },
    { "simulation.boot", { "1ms", "24h" }, { "0", "86400001ms" }, "a duration from 1ms to 24h" },
    { "simulation.speed", { "0.001", "1.125", "20.0", "10000" }, { "0", "0.0001", "10000.001", "1.1255", "x20", "-1", "." },
      "a number from 0.001 to 10000 with at most 3 decimals" },
    { "simulation.faults", { "0%", "0.5%", "100%" }, { "5", "100.1%", "-1%", "%" }, "a percentage from 0% to 100%" },
    { "backtest.servers_per_host", { "1", "1000" }, { "0", "1001", "" }, "a whole number from 1 to 1000" },
    { "backtest.target_free_pct", { "0", "12.5", "99.9999999" }, { "100", "-1", "10%", "0.00000001", "api", "" },
      "a number of percent from 0 to less than 100" },
    { "backtest.boot", { "1ms", "24h" }, { "0", "86400001ms" }, "a duration from 1ms to 24h" },
    { "backtest.peak_servers", { "1", "1000000" }, { "0", "1000001" }, "a whole number from 1 to 1000000" },
    { "backtest.session", { "1s", "24h" }, { "999ms", "86400001ms" }, "a duration from 1s to 24h" },
    { "backtest.placement", { "pack", "spread" }, { "fill", "" }, "pack or spread" },
    { "backtest.min_charge", { "0", "24h" }, { "-1", "86400001ms" }, "a duration from 0s to 24h" },
    /* clang-format on */
};

static void check_limit(void **state)
{
    const struct limit_row *row = *state;
    char argument[128];
    for (size_t i = 0; i < COUNT_OF(row->accepted) && row->accepted[i]; i++) {
        snprintf(argument, sizeof argument, "--set=%s=%s", row->name, row->accepted[i]);
        struct config *config = config_fixture_load((const char *const[]){ argument, NULL });
        assert_same_value(config, row->name, row->accepted[i]);
        config_destroy(config);
    }
    for (size_t i = 0; i < COUNT_OF(row->refused) && row->refused[i]; i++) {
        char message[ERROR_MSG_SIZE];
        snprintf(argument, sizeof argument, "--set=%s=%s", row->name, row->refused[i]);
        snprintf(message, sizeof message, "--set=%s: expected %s, found '%s'", row->name,
                 row->expected, row->refused[i]);
        config_fixture_expect_refusal((const char *const[]){ argument, NULL }, ERR_USAGE, message);
    }
}

/* --- modes --------------------------------------------------------------------------------------------------- */

static const struct mode_row {
    const char *name;
    const char *args[ARGS_MAX];
    enum run_mode mode;
    bool is_demo;
    int32_t deployments;
    int32_t speed_millis;
} mode_rows[] = {
    /* clang-format off */
    { "nothing is the console",   { NULL },                              MODE_CONSOLE,      false, 12, 20000 },
    { "no-ui",                    { "--no-ui" },                         MODE_HEADLESS,     false, 12, 20000 },
    { "no-ui abbreviated",        { "--no-u" },                          MODE_HEADLESS,     false, 12, 20000 },
    { "once",                     { "--once" },                          MODE_ONCE,         false, 12, 20000 },
    { "once twice",               { "--once", "--once" },                MODE_ONCE,         false, 12, 20000 },
    { "check-config",             { "--check-config" },                  MODE_CHECK_CONFIG, false, 12, 20000 },
    { "simulate-api",             { "--simulate-api", "127.0.0.1:0" },   MODE_SIMULATE_API, false, 12, 20000 },
    { "simulate-api on IPv6",     { "--simulate-api=[::1]:65535" },      MODE_SIMULATE_API, false, 12, 20000 },
    { "backtest",                 { "--backtest=a.csv" },                MODE_BACKTEST,     false, 12, 20000 },
    { "backtest abbreviated",     { "--back", "a.csv", "b.csv" },        MODE_BACKTEST,     false, 12, 20000 },
    { "replay",                   { "--replay=/a" },                     MODE_REPLAY,       false, 12, 20000 },
    { "redecide",                 { "--redecide=/a" },                   MODE_REDECIDE,     false, 12, 20000 },
    { "history of all",           { "--history", "--since=2h" },         MODE_HISTORY,      false, 12, 20000 },
    { "history of one",           { "--history=eu-1" },                  MODE_HISTORY,      false, 12, 20000 },
    { "check-api",                { "--check-api" },                     MODE_CHECK_API,    false, 12, 20000 },
    { "check-api of a URL",       { "--check-api=http://a", "--check-api-scale=b" }, MODE_CHECK_API, false, 12, 20000 },
    { "demo in the console",      { "--demo" },                          MODE_CONSOLE,      true,  12, 20000 },
    { "demo of a size",           { "--demo=500" },                      MODE_CONSOLE,      true, 500, 20000 },
    { "demo and no-ui",           { "--demo=3", "--no-ui" },             MODE_HEADLESS,     true,   3, 20000 },
    { "demo and once",            { "--once", "--demo" },                MODE_ONCE,         true,  12, 20000 },
    { "bare",                     { "--bare", "--once", "--demo" },      MODE_ONCE,         true,  12, 20000 },
    { "demo and its speed",       { "--demo", "--demo-speed=0.5" },      MODE_CONSOLE,      true,  12,   500 },
    { "demo sized by the key",    { "--demo=3", "--set=simulation.deployments=4" }, MODE_CONSOLE, true, 4, 20000 },
    { "key sized by the demo",    { "--set=simulation.deployments=4", "--demo=3" }, MODE_CONSOLE, true, 3, 20000 },
    { "demo keeps the key",       { "--set=simulation.deployments=4", "--demo" },   MODE_CONSOLE, true, 4, 20000 },
    { "help",                     { "-h" },                              MODE_HELP,         false, 12, 20000 },
    { "help before a mistake",    { "--once", "--help", "--foo", "x" },  MODE_HELP,         false, 12, 20000 },
    { "version before help",      { "--version", "--help" },             MODE_VERSION,      false, 12, 20000 },
    { "version with a bad file",  { "-c", "none.yaml", "-V" },           MODE_VERSION,      false, 12, 20000 },
    /* clang-format on */
};

static void check_mode(void **state)
{
    const struct mode_row *row = *state;
    struct config *config = config_fixture_load(row->args);
    assert_int_equal(config->mode, row->mode);
    assert_int_equal(config->is_demo, row->is_demo);
    assert_int_equal(config->simulation.deployments, row->deployments);
    assert_int_equal(config->simulation.speed_millis, row->speed_millis);
    config_destroy(config);
}

static void assert_bare(const struct policy *policy)
{
    assert_true(policy->is_bare);
    assert_int_equal(policy->cooldown_up_ms, 0);
    assert_int_equal(policy->cooldown_down_ms, 0);
    assert_int_equal(policy->scale_down_window_ms, 0);
    assert_int_equal(policy->lookahead_ms, LOOKAHEAD_OFF);
    assert_int_equal(policy->surge_reserve_ppb, 0);
    assert_int_equal(policy->saturation_step_ppb, 0);
    assert_int_equal(policy->outage_hold_ms, 0);
}

static void test_bare_keeps_the_bounds(void **state)
{
    (void)state;
    config_fixture_write_text(
        FILE_NAME,
        "defaults:\n  min_hosts: 3\n  max_hosts: 9\n  max_step_down: 2\n  cooldown_down: 5m\n"
        "policies:\n  - match: a\n    min_free_servers: 4\n    scale_down_window: 1h\n"
        "    target_free_pct: 7\n    paused: true\n");
    struct config *config = config_fixture_load(
        (const char *const[]){ "--once", "--bare", "--config", FILE_NAME, NULL });
    const struct policy *policy = config_policy(config, "a");
    assert_bare(&config->defaults);
    assert_bare(policy);
    assert_ptr_not_equal(policy, &config->defaults);
    assert_int_equal(policy->min_hosts, 3);
    assert_int_equal(policy->max_hosts, 9);
    assert_int_equal(policy->max_step_down.amount, 2);
    assert_int_equal(policy->min_free_servers, 4);
    assert_int_equal(policy->target_free_ppb, 7 * SHARE_PERCENT);
    assert_true(policy->is_paused);
    config_destroy(config);
    config = config_fixture_load((const char *const[]){ "--once", "--config", FILE_NAME, NULL });
    assert_false(config->defaults.is_bare);
    assert_false(config_policy(config, "a")->is_bare);
    assert_int_equal(config_policy(config, "a")->scale_down_window_ms, 3600000);
    config_destroy(config);
}

static void test_traces_in_order(void **state)
{
    (void)state;
    static const char *const expected[] = { "a.csv", "-", "b.csv", "a.csv", "--once", "" };
    struct config *config = config_fixture_load(
        (const char *const[]){ "--backtest", "a.csv", "-", "--output=json", "b.csv",
                               "--backtest=a.csv", "--", "--once", NULL });
    assert_int_equal(config->mode, MODE_BACKTEST);
    assert_int_equal(config->output, OUTPUT_JSON);
    assert_int_equal(config->backtest.traces.count, 5);
    for (size_t i = 0; i < config->backtest.traces.count; i++)
        assert_string_equal(config->backtest.traces.paths[i], expected[i]);
    config_destroy(config);
}

/* --help ends the reading: arguments before and after it have no effect. */
static void test_help_behind_traces(void **state)
{
    (void)state;
    struct config *config =
        config_fixture_load((const char *const[]){ "--backtest=a.csv", "b.csv", "-h", NULL });
    assert_int_equal(config->mode, MODE_HELP);
    config_destroy(config);
}

static void test_traces_have_a_maximum(void **state)
{
    (void)state;
    static char name[] = "a";
    static char program[] = "autoscaler";
    static char flag[] = "--backtest";
    static char *argv[PATH_LIST_MAX + 4];
    struct config *config = NULL;
    struct error err;
    argv[0] = program;
    argv[1] = flag;
    for (int i = 0; i < PATH_LIST_MAX + 1; i++)
        argv[2 + i] = name;
    assert_int_equal(config_load(PATH_LIST_MAX + 2, argv, &config, &err), 0);
    assert_int_equal(config->backtest.traces.count, PATH_LIST_MAX);
    config_destroy(config);
    assert_int_equal(config_load(PATH_LIST_MAX + 3, argv, &config, &err), ERR_USAGE);
    assert_string_equal(err.msg, "--backtest: more than 1000 files");
}

static void test_bundled_letters(void **state)
{
    (void)state;
    struct config *config = config_fixture_load((const char *const[]){ "-nahttp://a", NULL });
    assert_true(config->dry_run);
    assert_string_equal(config->api.url, "http://a");
    config_destroy(config);
}

/* --- the file itself --------------------------------------------------------------------------------------------- */

static void expect_found(const char *url, const char *path)
{
    struct config *config = config_fixture_load(NULL);
    assert_string_equal(config->api.url, url);
    char full[128];
    snprintf(full, sizeof full, "%s%s", config_fixture_home(), path);
    assert_string_equal(config->config_file, full);
    config_destroy(config);
}

static void test_file_is_searched(void **state)
{
    (void)state;
    unsetenv("AUTOSCALER_CONFIG");
    char xdg[128];
    snprintf(xdg, sizeof xdg, "%s/xdg", config_fixture_home());
    config_fixture_make_folders("xdg", "xdg/autoscaler");
    config_fixture_make_folders(".config", ".config/autoscaler");
    config_fixture_write_text(".config/autoscaler/" FILE_NAME, "api: {url: 'http://home'}\n");
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    setenv("XDG_CONFIG_HOME", "", 1);
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    setenv("XDG_CONFIG_HOME", "xdg", 1);
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    config_fixture_write_text("xdg/autoscaler/" FILE_NAME, "api: {url: 'http://xdg'}\n");
    setenv("XDG_CONFIG_HOME", xdg, 1);
    expect_found("http://xdg", "/xdg/autoscaler/" FILE_NAME);
    setenv("AUTOSCALER_CONFIG", "/dev/null", 1);
    struct config *config = config_fixture_load(NULL);
    assert_string_equal(config->api.url, "http://127.0.0.1:8000");
    config_destroy(config);
}

/* A directory whose path is relative, or too long, is not searched. */
static void test_odd_folders_are_not_searched(void **state)
{
    (void)state;
    char longer[8192];
    if (access(CONFIG_FILE_SYSTEM, F_OK) == 0)
        skip();
    unsetenv("AUTOSCALER_CONFIG");
    config_fixture_make_folders("home", "home/.config");
    assert_int_equal(mkdir("home/.config/autoscaler", 0700), 0);
    config_fixture_write_text("home/.config/autoscaler/" FILE_NAME, "nonsense: 1\n");
    setenv("HOME", "home", 1);
    config_destroy(config_fixture_load(NULL));
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    setenv("HOME", longer, 1);
    config_destroy(config_fixture_load(NULL));
}

/* A missing file is no error; a file that cannot be looked for is one. */
static void test_a_name_too_long_is_a_mistake(void **state)
{
    (void)state;
    char directory[302];
    struct config *config;
    struct error err;
    unsetenv("AUTOSCALER_CONFIG");
    memset(directory, 'x', sizeof directory);
    directory[0] = '/';
    directory[sizeof directory - 1] = '\0';
    setenv("XDG_CONFIG_HOME", directory, 1);
    assert_int_equal(config_fixture_load_args(NULL, &config, &err), ERR_CONFIG);
    assert_non_null(strstr(err.msg, "File name too long"));
}

static void test_no_file_is_fine(void **state)
{
    (void)state;
    if (access(CONFIG_FILE_SYSTEM, F_OK) == 0)
        skip();
    unsetenv("AUTOSCALER_CONFIG");
    struct config *config = config_fixture_load(NULL);
    assert_null(config->config_file);
    config_destroy(config);
    unsetenv("HOME");
    config_destroy(config_fixture_load(NULL));
    /* A file in the place of the directory is ignored; a directory in the place of the file is an error. */
    config_fixture_write_text(".config", "");
    setenv("HOME", config_fixture_home(), 1);
    config_destroy(config_fixture_load(NULL));
    unlink(".config");
    config_fixture_make_folders(".config", ".config/autoscaler");
    assert_int_equal(mkdir(".config/autoscaler/" FILE_NAME, 0700), 0);
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, "%s/.config/autoscaler/" FILE_NAME ": Is a directory",
             config_fixture_home());
    config_fixture_expect_refusal(NULL, ERR_CONFIG, message);
}

static void test_file_size(void **state)
{
    (void)state;
    static char bytes[CONFIG_FILE_SIZE_MAX + 1];
    memset(bytes, '#', sizeof bytes);
    for (size_t i = 99; i < sizeof bytes; i += 100)
        bytes[i] = '\n';
    config_fixture_write_file(FILE_NAME, bytes, CONFIG_FILE_SIZE_MAX, 0600);
    config_destroy(config_fixture_load((const char *const[]){ "-c" FILE_NAME, NULL }));
    config_fixture_write_file(FILE_NAME, bytes, sizeof bytes, 0600);
    const char *const args[] = { "-c" FILE_NAME, NULL };
    config_fixture_expect_refusal(args, ERR_CONFIG, FILE_NAME ": larger than 1 MiB");
    config_fixture_expect_refusal((const char *const[]){ "-c/dev/zero", NULL }, ERR_CONFIG,
                                  "/dev/zero: larger than 1 MiB");
    config_fixture_write_file(FILE_NAME, "", 0, 0646);
    config_fixture_expect_refusal(args, ERR_CONFIG,
                                  FILE_NAME ": refused, every user may write it (chmod o-w it)");
    config_fixture_write_file(FILE_NAME, "", 0, 0664);
    config_destroy(config_fixture_load(args));
}

static const struct plain_row {
    const char *name;
    const char *yaml;
} plain_rows[] = {
    /* clang-format off */
    { "empty file",         "" },
    { "comments",           "# nothing\n\n   # to see\n" },
    { "empty document",     "---\n" },
    { "empty mapping",      "{}\n" },
    { "ends with dots",     "---\nlog: {level: info}\n...\n" },
    { "YAML directive",     "%YAML 1.1\n---\nlog: {level: info}\n" },
    { "byte-order mark",    "\xef\xbb\xbflog: {level: info}\n" },
    { "CRLF",               "log:\r\n  level: info\r\n" },
    { "no newline",         "log: {level: info}" },
    { "empty policies",     "policies: []\n" },
    { "empty section",      "log: {}\n" },
    { "tab before a comment", "output: table\t# fine\n" },
    { "quoted duration",    "pass_interval: '30s'\n" },
    { "JSON",               "{\"log\": {\"level\": \"info\"}, \"dry_run\": false}\n" },
    /* clang-format on */
};

static void check_plain(void **state)
{
    const struct plain_row *row = *state;
    struct config *mine = config_fixture_load_file(row->yaml);
    struct config *initial = config_fixture_load(NULL);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *option = option_at(i);
        if (option->key)
            assert_true(option_is_equal(option, (char *)mine + option->offset,
                                        (char *)initial + option->offset));
    }
    config_destroy(mine);
    config_destroy(initial);
}

/* --- run --------------------------------------------------------------------------------------------------------- */

static int run_flags(void)
{
    struct CMUnitTest tests[OPTION_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->key && row->flag)
            tests[count++] = (struct CMUnitTest){
                .name = row->flag,
                .test_func = check_flag_of_key,
                .setup_func = config_fixture_enter_row,
                .teardown_func = config_fixture_leave,
                .initial_state = (void *)(uintptr_t)row,
            };
    }
    return _cmocka_run_group_tests("flags", tests, count, NULL, NULL);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_enter, config_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sources_in_order),
        TEST(test_every_key_has_a_row),
        TEST(test_the_table_is_sound),
        TEST(test_defaults_are_the_core_s),
        TEST(test_bundled_letters),
        TEST(test_bare_keeps_the_bounds),
        TEST(test_traces_in_order),
        TEST(test_help_behind_traces),
        TEST(test_traces_have_a_maximum),
        TEST(test_file_is_searched),
        TEST(test_no_file_is_fine),
        TEST(test_odd_folders_are_not_searched),
        TEST(test_a_name_too_long_is_a_mistake),
        TEST(test_file_size),
    };
    int failed = cmocka_run_group_tests_name("config", tests, NULL, NULL);
    failed += run_flags();
    CONFIG_FIXTURE_ROWS(key_rows, check_key, failed);
    CONFIG_FIXTURE_ROWS(limit_rows, check_limit, failed);
    CONFIG_FIXTURE_ROWS(mode_rows, check_mode, failed);
    CONFIG_FIXTURE_ROWS(plain_rows, check_plain, failed);
    return failed > 0;
}

/*
 * The configuration from all its sources. Every test runs in a directory of its own with a clean environment. The
 * configuration file, if any, is autoscaler.yaml in it, so that the error texts are the same everywhere.
 */
#include "tests/support/test.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/config/config.h"
#include "engine/config/config_file.h"
#include "engine/config/config_values.h"
#include "engine/config/options.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_NAME "autoscaler.yaml"
#define ARGS_MAX 8
#define CANARY "canary-8c1f6f0b"

/* --- a directory and an environment per test ------------------------------------------------------------- */

static char home[] = "/tmp/test_config.XXXXXX";

static void write_file(const char *path, const char *bytes, size_t size, mode_t mode)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text), 0600);
}

static int enter(void **state)
{
    (void)state;
    memcpy(home + strlen(home) - 6, "XXXXXX", 6);
    if (!mkdtemp(home) || chdir(home) < 0)
        return -1;
    unsetenv("AUTOSCALER_API");
    unsetenv("AUTOSCALER_TOKEN");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", home, 1);
    /* A configuration in /etc of the machine must not change the tests. */
    setenv("AUTOSCALER_CONFIG", "/dev/null", 1);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int leave(void **state)
{
    (void)state;
    watched_heap.succeed_count = -1;
    if (chdir("/") < 0 || nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        return -1;
    return watched_heap.live_count == 0 ? 0 : -1;
}

static void make_folders(const char *outer, const char *inner)
{
    assert_int_equal(mkdir(outer, 0700), 0);
    assert_int_equal(mkdir(inner, 0700), 0);
}

static void set_variable(const char *assignment)
{
    char name[64];
    size_t length = strcspn(assignment, "=");
    assert_true(length < sizeof name);
    memcpy(name, assignment, length);
    name[length] = '\0';
    setenv(name, assignment + length + 1, 1);
}

static int load_args(const char *const *args, struct config **ret_config, struct error *err)
{
    char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "autoscaler" };
    int argc = 1;
    for (; args && args[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)args[argc - 1];
    *ret_config = NULL;
    *err = (struct error){ 0 };
    return config_load(argc, argv, ret_config, err);
}

static struct config *load(const char *const *args)
{
    struct config *config;
    struct error err;
    if (load_args(args, &config, &err) < 0)
        fail_msg("%s", err.msg);
    return config;
}

static struct config *load_file(const char *yaml)
{
    write_text(FILE_NAME, yaml);
    return load((const char *const[]){ "--config=" FILE_NAME, NULL });
}

static void expect_refusal(const char *const *args, int code, const char *message)
{
    struct config *config;
    struct error err;
    int r = load_args(args, &config, &err);
    if (r == 0) {
        config_destroy(config);
        fail_msg("accepted, expected: %s", message);
    }
    assert_string_equal(err.msg, message);
    assert_int_equal(r, code);
    assert_int_equal(err.code, code);
    assert_null(config);
}

/* The value of an option, as --check-config shows it. */
static const char *shown(const struct config *config, const char *key)
{
    static char storage[8200];
    struct text text;
    const struct option_row *row = option_find_key(key, strlen(key));
    assert_non_null(row);
    text_init(&text, storage, sizeof storage);
    option_add(row, (const char *)config + row->offset, &text);
    return storage;
}

static char *printed(const struct config *config)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    config_print(config, out);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

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
    { "log.file",                   "-",     "a b.log",  "a b.log",  "c" },
    { "log.level",                  "info",  "debug",    "debug",    "error" },
    { "log.format",                 "text",  "json",     "json",     "text" },
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
        assert_string_equal(shown(config, key), text);
        return;
    }
    struct config scratch = { 0 };
    assert_int_equal(option_store(row, (char *)&scratch + row->offset, &value), 0);
    option_add(row, (const char *)&scratch + row->offset, &expected);
    assert_string_equal(shown(config, key), storage);
}

/* A demo contacts nothing, so the files that the rows name need not exist. */
static void check_key(void **state)
{
    const struct key_row *row = *state;
    const char *const none[] = { "--demo", NULL };
    struct config *config = load(none);
    assert_string_equal(shown(config, row->name), row->initial);
    config_destroy(config);

    char yaml[256];
    one_key(yaml, sizeof yaml, row->name, row->given);
    write_text(FILE_NAME, yaml);
    const char *const file[] = { "--demo", "--config=" FILE_NAME, NULL };
    config = load(file);
    assert_string_equal(shown(config, row->name), row->held);
    assert_string_equal(config->config_file, FILE_NAME);
    config_destroy(config);

    char set[256];
    snprintf(set, sizeof set, "--set=%s=%s", row->name, row->stronger);
    const bool is_url = strcmp(row->name, "api.url") == 0;
    const char *const both[] = { "--once", set, "--config", FILE_NAME, is_url ? NULL : "--demo",
                                 NULL };
    config = load(both);
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
    struct config *config = load(with_sign);
    assert_string_equal(shown(config, row->key), key->held);
    config_destroy(config);
    config = load(with_space);
    assert_string_equal(shown(config, row->key), key->held);
    config_destroy(config);
    if (!row->letter)
        return;
    char letter[3] = { '-', row->letter, '\0' };
    config = load((const char *const[]){ letter, has_value ? key->given : NULL, NULL });
    assert_string_equal(shown(config, row->key), key->held);
    config_destroy(config);
}

static void test_sources_in_order(void **state)
{
    (void)state;
    write_text(FILE_NAME, "api: {url: http://file}\n");
    setenv("AUTOSCALER_CONFIG", FILE_NAME, 1);
    struct config *config = load(NULL);
    assert_string_equal(config->api.url, "http://file");
    config_destroy(config);
    setenv("AUTOSCALER_API", "http://environment", 1);
    config = load(NULL);
    assert_string_equal(config->api.url, "http://environment");
    config_destroy(config);
    config = load((const char *const[]){ "-ahttp://flag", NULL });
    assert_string_equal(config->api.url, "http://flag");
    config_destroy(config);
    /* On one command line the last one counts, as a flag or as --set. */
    config = load((const char *const[]){ "--set=api.url=http://set", "--ap", "http://flag", NULL });
    assert_string_equal(config->api.url, "http://flag");
    config_destroy(config);
    config =
        load((const char *const[]){ "--api=http://flag", "--set", "api.url=http://set", NULL });
    assert_string_equal(config->api.url, "http://set");
    config_destroy(config);
}

static void test_every_key_has_a_row(void **state)
{
    (void)state;
    size_t keys = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const char *key = option_at(i)->key;
        bool is_mapping = option_at(i)->type == TYPE_KEYS; /* console_keys.c */
        keys += key && strncmp(key, "policies.", 9) != 0 && !is_mapping;
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
    struct config *config = load(NULL);
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
        struct config *config = load((const char *const[]){ argument, NULL });
        assert_same_value(config, row->name, row->accepted[i]);
        config_destroy(config);
    }
    for (size_t i = 0; i < COUNT_OF(row->refused) && row->refused[i]; i++) {
        char message[ERROR_MSG_SIZE];
        snprintf(argument, sizeof argument, "--set=%s=%s", row->name, row->refused[i]);
        snprintf(message, sizeof message, "--set=%s: expected %s, found '%s'", row->name,
                 row->expected, row->refused[i]);
        expect_refusal((const char *const[]){ argument, NULL }, ERR_USAGE, message);
    }
}

/* --- what a file may not say, and how that is said -------------------------------------------------------- */

static const struct file_row {
    const char *name;
    const char *yaml;
    const char *message; /* after "autoscaler.yaml:" */
} file_rows[] = {
    /* clang-format off */
    { "unknown key",            "dry_rum: true\n",                   "1:1: unknown key 'dry_rum'; did you mean 'dry_run'?" },
    { "unknown and far",        "\n\nnonsense: 1\n",                 "3:1: unknown key 'nonsense'" },
    { "unknown section",        "log:\n  level: info\napy:\n  url: x\n", "3:1: unknown key 'apy'; did you mean 'api'?" },
    { "unknown in section",     "api:\n  tiemout: 3s\n",             "2:3: api: unknown key 'tiemout'; did you mean 'timeout'?" },
    { "three changes are too many", "api:\n  xyzeout: 3s\n",         "2:3: api: unknown key 'xyzeout'" },
    { "unknown in flow",        "log: {levle: info}\n",              "1:7: log: unknown key 'levle'; did you mean 'level'?" },
    { "unknown in policy",      "policies:\n  - match: a\n    max_host: 3\n", "3:5: policies: unknown key 'max_host'; did you mean 'max_hosts'?" },
    { "policy's own key",       "policies:\n  - match: a\n    pause: true\n", "3:5: policies: unknown key 'pause'; did you mean 'paused'?" },
    { "policy key in defaults", "defaults:\n  paused: true\n",       "2:3: defaults: unknown key 'paused'" },
    { "dotted key",             "defaults.max_hosts: 3\n",           "1:1: unknown key 'defaults.max_hosts'" },
    { "command line only",      "once: true\n",                      "1:1: unknown key 'once'" },
    { "octal",                  "api:\n  retries: 03\n",             "2:12: api.retries: expected a number without a leading zero (YAML reads it as octal), found '03'" },
    { "octal in a policy",      "policies:\n  - {match: a, max_hosts: 0100}\n", "2:27: policies.max_hosts: expected a number without a leading zero (YAML reads it as octal), found '0100'" },
    { "octal duration",         "pass_interval: 030\n",              "1:16: pass_interval: expected a number without a leading zero (YAML reads it as octal), found '030'" },
    { "open set",               "policies:\n  - match: eu-[wc\n",    "2:12: policies.match: expected a pattern, found 'eu-[wc': its '[' is not closed (\\[ is the character)" },
    { "token",                  "api:\n  token: " CANARY "\n",       "2:3: api: unknown key 'token'" },
    { "key with a dot inside",  "api:\n  url.x: 1\n",                "2:3: api: unknown key 'url.x'; did you mean 'url'?" },
    { "empty key",              "\"\": 1\n",                         "1:1: unknown key ''" },
    { "long key",               "api:\n  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1\n",
      "2:3: api: unknown key 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'..." },
    { "key that is a list",     "[a]: 1\n",                          "1:1: expected a key, found a list" },
    { "merge key",              "<<: {dry_run: true}\n",             "1:1: unknown key '<<'" },
    { "repeated key",           "dry_run: true\nread_only: true\ndry_run: true\n", "3:1: dry_run: repeated; already set in line 1" },
    { "repeated in section",    "api:\n  timeout: 1s\n  timeout: 1s\n", "3:3: api.timeout: repeated; already set in line 2" },
    { "repeated section",       "log:\n  level: info\nlog:\n  format: json\n", "3:1: log: repeated; already set in line 1" },
    { "repeated policies",      "policies: []\npolicies: []\n",      "2:1: policies: repeated; already set in line 1" },
    { "repeated in policy",     "policies:\n- match: a\n  paused: true\n  paused: true\n", "4:3: policies.paused: repeated; already set in line 3" },
    { "repeated match",         "policies:\n- match: a\n  match: b\n", "3:3: policies.match: repeated; already set in line 2" },
    { "word for a number",      "api:\n  concurrency: many\n",       "2:16: api.concurrency: expected a whole number from 1 to 1024, found 'many'" },
    { "quoted number",          "api:\n  concurrency: \"8\"\n",      "2:16: api.concurrency: expected a whole number from 1 to 1024, found the text '8'" },
    { "quoted boolean",         "dry_run: 'true'\n",                 "1:10: dry_run: expected true or false, found the text 'true'" },
    { "yes",                    "dry_run: yes\n",                    "1:10: dry_run: expected true or false, found 'yes'" },
    { "list for a number",      "api:\n  retries: [1]\n",            "2:12: api.retries: expected a whole number from 0 to 10, found a list" },
    { "mapping for a text",     "log:\n  file:\n    a: b\n",         "3:5: log.file: expected 1 to 4095 bytes of UTF-8 without control characters, found a mapping" },
    { "nothing for a value",    "dry_run:\n",                        "1:9: dry_run: expected true or false, found nothing" },
    { "null for a value",       "output: ~\n",                       "1:9: output: expected table or json, found nothing" },
    { "null spelled out",       "output: null\n",                    "1:9: output: expected table or json, found nothing" },
    { "empty text",             "log:\n  file: \"\"\n",              "2:9: log.file: expected 1 to 4095 bytes of UTF-8 without control characters, found ''" },
    { "control in a text",      "log:\n  file: \"a\\tb\"\n",         "2:9: log.file: expected 1 to 4095 bytes of UTF-8 without control characters, found 'a\\tb'" },
    { "NUL in a text",          "log:\n  file: \"a\\0b\"\n",         "2:9: log.file: expected 1 to 4095 bytes of UTF-8 without control characters, found the text 'a\\x00b'" },
    { "NUL in a key",           "\"dry_run\\0x\": true\n",           "1:1: unknown key 'dry_run\\x00x'; did you mean 'dry_run'?" },
    { "escape in a value",      "output: \"\\e[2J\"\n",              "1:9: output: expected table or json, found '\\x1b[2J'" },
    { "escape in a key",        "\"\\e[2J\\u202e\": 1\n",            "1:1: unknown key '\\x1b[2J\\u{202e}'" },
    { "scalar for a section",   "api: 1\n",                          "1:6: api: expected a mapping, found '1'" },
    { "nothing in a section",   "api:\ndry_run: true\n",             "1:5: api: expected a mapping, found nothing" },
    { "half a key",             "defaults:\n  max_ho",               "2:3: defaults: expected a mapping, found 'max_ho'" },
    { "list as the document",   "- a\n",                             "1:1: expected a mapping, found a list" },
    { "word as the document",   "hello\n",                           "1:1: expected a mapping, found 'hello'" },
    { "policies as a mapping",  "policies: {match: a}\n",            "1:11: policies: expected a list, found a mapping" },
    { "policy as a word",       "policies: [a]\n",                   "1:12: policies: expected a mapping with 'match', found 'a'" },
    { "policy without match",   "policies:\n  - match: a\n  - paused: true\n", "3:5: policies: expected a key 'match' in this entry" },
    { "target of 100",          "policies:\n  - {match: a, target_free_pct: 100}\n",
      "2:33: policies.target_free_pct: expected a number of percent from 0 to less than 100, or api, found '100'" },
    { "target below 0",         "policies:\n  - {match: a, target_free_pct: -1}\n",
      "2:33: policies.target_free_pct: expected a number of percent from 0 to less than 100, or api, found '-1'" },
    { "target too exact",       "policies:\n  - {match: a, target_free_pct: 0.00000001}\n",
      "2:33: policies.target_free_pct: expected a number of percent from 0 to less than 100, or api, found '0.00000001'" },
    { "a target in quotes",     "backtest:\n  target_free_pct: \"10\"\n",
      "2:20: backtest.target_free_pct: expected a number of percent from 0 to less than 100, found the text '10'" },
    { "a trace in the file",    "backtest:\n  traces: [a.csv]\n",    "2:3: backtest: unknown key 'traces'" },
    { "policy's wrong value",   "policies:\n  - match: a\n    max_step_up: fast\n",
      "3:18: policies.max_step_up: expected 0 to 1000000000 hosts, a percentage up to 100%, or none, found 'fast'" },
    { "tab as indentation",     "api:\n\turl: http://a\n",           "2:1: expected spaces before the text of a line, found a tab" },
    { "tab behind spaces",      "api:\n  \turl: http://a\n",         "2:3: expected spaces before the text of a line, found a tab" },
    { "anchor",                 "api: &a {timeout: 1s}\n",           "1:6: anchors (&name) are not accepted" },
    { "anchor on a scalar",     "output: &a json\n",                 "1:9: anchors (&name) are not accepted" },
    { "alias",                  "output: *a\n",                      "1:9: aliases (*name) are not accepted" },
    { "tag",                    "output: !!str json\n",              "1:9: tags (!name) are not accepted" },
    { "two documents",          "dry_run: true\n---\ndry_run: false\n", "2:1: a second document is not accepted" },
    { "not closed",             "log: {level: info\n",               "2:1: not YAML: did not find expected ',' or '}'" },
    { "colon in a value",       "output: json: b\n",                 "1:13: not YAML: mapping values are not allowed in this context" },
    { "control in the file",    "output: json\n# \x1b[2J\n",         "2:3: not YAML: control characters are not allowed" },
    { "not UTF-8",              "# \xc3\xa4\nlog: {file: \xff}\n",   "2:13: not YAML: invalid leading UTF-8 octet" },
    { "UTF-8 counts as characters", "log: {file: \xc3\xa4\xc3\xb6, x: 1}\n", "1:17: log: unknown key 'x'" },
    { "bad URL",                "api:\n  url: ftp://a\n",            "2:8: api.url: expected a URL that begins with http:// or https://, found 'ftp://a'" },
    { "missing file",           "api:\n  ca_file: ./none.pem\n",     "2:12: api.ca_file: cannot read ./none.pem: No such file or directory" },
    { "directory as a file",       "api:\n  ca_file: /tmp\n",           "2:12: api.ca_file: cannot read /tmp: Is a directory" },
    { "key without certificate", "api:\n  client_key: /dev/null\n",  "2:15: api.client_key: needs api.client_cert too" },
    { "min above max",          "defaults: {min_hosts: 5, max_hosts: 4}\n", "1:23: defaults.min_hosts: 5 is above max_hosts, which is 4" },
    { "policy's min above inherited max", "policies:\n- match: \"eu-*\"\n  min_hosts: 5\ndefaults: {max_hosts: 4}\n",
      "2:3: policies.match: 'eu-*': min_hosts 5 is above max_hosts, which is 4" },
    { "policy's max below inherited min", "policies: [{match: a}, {match: b, max_hosts: 2}]\ndefaults: {min_hosts: 3}\n",
      "1:24: policies.match: 'b': min_hosts 3 is above max_hosts, which is 2" },
    /* clang-format on */
};

static void check_file(void **state)
{
    const struct file_row *row = *state;
    write_text(FILE_NAME, row->yaml);
    setenv("AUTOSCALER_CONFIG", FILE_NAME, 1);
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, FILE_NAME ":%s", row->message);
    expect_refusal(NULL, ERR_CONFIG, message);
}

/* --- what the command line and the environment may not say -------------------------------------------------- */

static const struct usage_row {
    const char *name;
    const char *args[ARGS_MAX];
    const char *variable; /* NAME=VALUE */
    const char *message;
} usage_rows[] = {
    /* clang-format off */
    { "unknown option",         { "--foo" }, NULL,             "unknown option '--foo' (see --help)" },
    { "misspelt option",        { "--dryrun" }, NULL,          "unknown option '--dryrun'; did you mean '--dry-run'?" },
    { "misspelt with a value",  { "--tiemout=3s" }, NULL,      "unknown option '--tiemout'; did you mean '--timeout'?" },
    { "unknown letter",         { "-nx" }, NULL,               "unknown option '-x' (see --help)" },
    { "ambiguous",              { "--log" }, NULL,             "option '--log' is ambiguous: --log-file, --log-level, --log-format" },
    { "value missing",          { "--timeout" }, NULL,         "option '--timeout' needs a value: --timeout=D" },
    { "word missing",           { "--color" }, NULL,           "option '--color' needs a value: --color=auto|never|8|16|256" },
    { "letter's value missing", { "-a" }, NULL,                "option '--api' needs a value: --api=URL" },
    { "value too many",         { "--once=2" }, NULL,          "option '--once' takes no value" },
    { "argument",               { "--once", "now" }, NULL,     "unexpected argument 'now' (see --help)" },
    { "argument behind --",     { "--", "--once" }, NULL,      "unexpected argument '--once' (see --help)" },
    { "empty argument",         { "" }, NULL,                  "unexpected argument '' (see --help)" },
    { "demo's number apart",    { "--demo", "5" }, NULL,       "unexpected argument '5' (see --help)" },
    { "hostile argument",       { "\x1b]0;x\a\xe2\x80\xae" }, NULL, "unexpected argument '\\x1b]0;x\\x07\\u{202e}' (see --help)" },
    { "hostile option",         { "--\x1b[2J\n" }, NULL,       "unknown option '--\\x1b[2J\\n' (see --help)" },
    { "hostile letter",         { "-\x80" }, NULL,             "unknown option '-\\x80' (see --help)" },
    { "hostile value",          { "--timeout=\x1b\xff" }, NULL, "--timeout: expected a duration from 10ms to 10m, found '\\x1b\\xff'" },
    { "not UTF-8",              { "--log-file=\xff" }, NULL,   "--log-file: expected 1 to 4095 bytes of UTF-8 without control characters, found '\\xff'" },
    { "wrong value",            { "--concurrency=0" }, NULL,   "--concurrency: expected a whole number from 1 to 1024, found '0'" },
    { "wrong value abbreviated", { "--conc", "x" }, NULL,      "--concurrency: expected a whole number from 1 to 1024, found 'x'" },
    { "wrong demo",             { "--demo=0" }, NULL,          "--demo: expected a whole number from 1 to 1000000, found '0'" },
    { "empty demo",             { "--demo=" }, NULL,           "--demo: expected a whole number from 1 to 1000000, found ''" },
    { "wrong speed",            { "--demo-speed=fast" }, NULL, "--demo-speed: expected a number from 0.001 to 10000 with at most 3 decimals, found 'fast'" },
    { "wrong listener",         { "--simulate-api=localhost:80" }, NULL, "--simulate-api: expected a numeric ADDRESS:PORT such as 127.0.0.1:8000 or [::1]:8000, found 'localhost:80'" },
    { "set without value",      { "--set=dry_run" }, NULL,     "--set: expected KEY=VALUE, found 'dry_run'" },
    { "set of an unknown key",  { "--set=default.max_hosts=3" }, NULL, "--set: unknown key 'default.max_hosts'; did you mean 'defaults.max_hosts'?" },
    { "set of nothing alike",   { "--set=x=3" }, NULL,         "--set: unknown key 'x'" },
    { "set of a section",       { "--set=api=3" }, NULL,       "--set: unknown key 'api'" },
    { "set of policies",        { "--set=policies=[]" }, NULL, "--set: policies belong in the configuration file" },
    { "set of no policies",     { "--set=policiesx=1" }, NULL, "--set: unknown key 'policiesx'" },
    { "set of a policy's key",  { "--set=policies.match=a" }, NULL, "--set: policies belong in the configuration file" },
    { "set by position",        { "--set=policies[0].paused=true" }, NULL, "--set: policies belong in the configuration file" },
    { "bare alone",             { "--bare" }, NULL,            "--bare needs --once" },
    { "bare in another mode",   { "--no-ui", "--bare" }, NULL, "--bare needs --once" },
    { "bare and check",         { "--bare", "--check-config" }, NULL, "--bare needs --once" },
    { "bare and backtest",      { "--bare", "--backtest=a.csv" }, NULL, "--bare needs --once" },
    { "bare with a value",      { "--once", "--bare=no" }, NULL, "option '--bare' takes no value" },
    { "two modes",              { "--once", "--no-ui" }, NULL, "--once and --no-ui cannot be combined" },
    { "two modes reversed",     { "--no-ui", "--once" }, NULL, "--no-ui and --once cannot be combined" },
    { "check and once",         { "--check-config", "--once" }, NULL, "--check-config and --once cannot be combined" },
    { "listener and once",      { "--simulate-api=127.0.0.1:0", "--once" }, NULL, "--simulate-api and --once cannot be combined" },
    { "once and listener",      { "--once", "--simulate-api=127.0.0.1:0" }, NULL, "--once and --simulate-api cannot be combined" },
    { "demo and listener",      { "--demo", "--simulate-api=127.0.0.1:0" }, NULL, "--demo and --simulate-api cannot be combined" },
    { "backtest and once",      { "--backtest=a.csv", "--once" }, NULL, "--backtest and --once cannot be combined" },
    { "once and backtest",      { "--once", "--backtest", "a.csv" }, NULL, "--once and --backtest cannot be combined" },
    { "backtest and listener",  { "--backtest=a.csv", "--simulate-api=127.0.0.1:0" }, NULL, "--backtest and --simulate-api cannot be combined" },
    { "check and backtest",     { "--check-config", "--backtest=a" }, NULL, "--check-config and --backtest cannot be combined" },
    { "demo and backtest",      { "--demo", "--backtest=a.csv" }, NULL, "--demo and --backtest cannot be combined" },
    { "backtest of nothing",    { "--backtest" }, NULL,        "option '--backtest' needs a value: --backtest=FILE" },
    { "backtest of an empty name", { "--backtest=" }, NULL,    "--backtest: expected 1 to 4095 bytes of UTF-8 without control characters, found ''" },
    { "a further empty name",   { "--backtest=a", "" }, NULL,  "--backtest: expected 1 to 4095 bytes of UTF-8 without control characters, found ''" },
    { "hostile trace",          { "--backtest", "a", "--", "\x1b[2J" }, NULL, "--backtest: expected 1 to 4095 bytes of UTF-8 without control characters, found '\\x1b[2J'" },
    { "a trace before it",      { "a.csv", "--backtest=b.csv" }, NULL, "unexpected argument 'a.csv' (see --help)" },
    { "demo and API",           { "--demo", "-a", "http://a" }, NULL, "--demo and --api cannot be combined" },
    { "mistake before help",    { "--foo", "--help" }, NULL,   "unknown option '--foo' (see --help)" },
    { "set of a file",          { "--set=api.ca_file=none" }, NULL, "--set=api.ca_file: cannot read none: No such file or directory" },
    { "set of a lone key",      { "--set=api.client_key=/dev/null" }, NULL, "--set=api.client_key: needs api.client_cert too" },
    { "set above the default",  { "--set=defaults.min_hosts=3", "--set=defaults.max_hosts=2" }, NULL, "--set=defaults.min_hosts: 3 is above max_hosts, which is 2" },
    /* clang-format on */
};

/* Errors that come from other sources than the command line. */
static const struct usage_row place_rows[] = {
    /* clang-format off */
    { "environment's URL",      { NULL }, "AUTOSCALER_API=x",  "AUTOSCALER_API: expected a URL that begins with http:// or https://, found 'x'" },
    { "environment's empty URL", { NULL }, "AUTOSCALER_API=",  "AUTOSCALER_API: expected a URL that begins with http:// or https://, found ''" },
    { "environment's empty file", { NULL }, "AUTOSCALER_CONFIG=", "AUTOSCALER_CONFIG: expected 1 to 4095 bytes of UTF-8 without control characters, found ''" },
    { "environment's file",     { NULL }, "AUTOSCALER_CONFIG=none.yaml", "none.yaml: No such file or directory" },
    { "flag's file",            { "-c", "none.yaml" }, NULL,   "none.yaml: No such file or directory" },
    { "file is a directory",       { "-c." }, NULL,               ".: Is a directory" },
    { "long path of two-byte characters", { "-c\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4x" }, NULL,
      "...\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4x: No such file or directory" },
    { "long hostile path", { "-c/\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae\xe2\x80\xae" }, NULL, "/\\u{202e}\\u{202e}\\u{202e}\\u{202e}\\u{202e}\\u{202e}\\u{202e}\\u{202e}...: No such file or directory" },
    { "long path",              { "-c/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/autoscaler.yaml" }, NULL,
      "...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/autoscaler.yaml: No such file or directory" },
    /* clang-format on */
};

static void check_usage(void **state)
{
    const struct usage_row *row = *state;
    expect_refusal(row->args, ERR_USAGE, row->message);
}

static void check_place(void **state)
{
    const struct usage_row *row = *state;
    if (row->variable)
        set_variable(row->variable);
    expect_refusal(row->args, ERR_CONFIG, row->message);
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
    struct config *config = load(row->args);
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
    write_text(
        FILE_NAME,
        "defaults:\n  min_hosts: 3\n  max_hosts: 9\n  max_step_down: 2\n  cooldown_down: 5m\n"
        "policies:\n  - match: a\n    min_free_servers: 4\n    scale_down_window: 1h\n"
        "    target_free_pct: 7\n    paused: true\n");
    struct config *config =
        load((const char *const[]){ "--once", "--bare", "--config", FILE_NAME, NULL });
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
    config = load((const char *const[]){ "--once", "--config", FILE_NAME, NULL });
    assert_false(config->defaults.is_bare);
    assert_false(config_policy(config, "a")->is_bare);
    assert_int_equal(config_policy(config, "a")->scale_down_window_ms, 3600000);
    config_destroy(config);
}

static void test_traces_in_order(void **state)
{
    (void)state;
    static const char *const expected[] = { "a.csv", "-", "b.csv", "a.csv", "--once", "" };
    struct config *config =
        load((const char *const[]){ "--backtest", "a.csv", "-", "--output=json", "b.csv",
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
    struct config *config = load((const char *const[]){ "--backtest=a.csv", "b.csv", "-h", NULL });
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
    struct config *config = load((const char *const[]){ "-nahttp://a", NULL });
    assert_true(config->dry_run);
    assert_string_equal(config->api.url, "http://a");
    config_destroy(config);
}

/* --- addresses -------------------------------------------------------------------------------------------------- */

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61
#define BAD_HOST "expected a host name with labels of 1 to 63 letters, digits and '-'"

static const struct url_row {
    const char *name;
    const char *url;
    const char *held;     /* NULL: refused */
    const char *expected; /* the beginning of the sentence */
} url_rows[] = {
    /* clang-format off */
    { "plain",              "http://a",                     "http://a", NULL },
    { "everything",         "HTTPS://A-b.c_d.example:65535/x/y", "HTTPS://A-b.c_d.example:65535/x/y", NULL },
    { "one slash",          "http://a/",                    "http://a", NULL },
    { "many slashes",       "http://a/x///",                "http://a/x", NULL },
    { "IPv4",               "http://10.0.0.1:1",            "http://10.0.0.1:1", NULL },
    { "IPv6",               "http://[::1]:8000/",           "http://[::1]:8000", NULL },
    { "dot at the end",     "http://a.example./",           "http://a.example.", NULL },
    { "label of 63",        "http://" LABEL_63,             "http://" LABEL_63, NULL },
    { "name of 253",        "http://" NAME_253,             "http://" NAME_253, NULL },
    { "label of 64",        "http://" LABEL_63 "a",         NULL, BAD_HOST },
    { "name of 254",        "http://" NAME_253 "a",         NULL, BAD_HOST },
    { "empty label",        "http://a..b",                  NULL, BAD_HOST },
    { "label first empty",  "http://.a",                    NULL, BAD_HOST },
    { "odd host",           "http://a%0ab",                 NULL, "expected a" },
    { "percent in host",    "http://a%2eb",                 "http://a%2eb", NULL },
    { "no scheme",          "a.example",                    NULL, "expected a URL that begins with http:// or https://, found 'a.example'" },
    { "wrong scheme",       "file:///etc/passwd",           NULL, "expected a URL that begins with http:// or https://, found 'file:///etc/passwd'" },
    { "scheme only",        "http://",                      NULL, "expected a URL with a host, found 'http://'" },
    { "port only",          "http://:80",                   NULL, "expected a URL with a host, found 'http://:80'" },
    { "user",               "http://u:" CANARY "@a",        NULL, "expected a URL without user name, password or '@'" },
    { "user, no scheme",    "u:" CANARY "@a",               NULL, "expected a URL that begins with http:// or https://" },
    { "query",              "http://a/?key=" CANARY,        NULL, "expected a URL without query ('?') and fragment ('#')" },
    { "empty fragment",     "http://a/#",                   NULL, "expected a URL without query ('?') and fragment ('#')" },
    { "space",              "http://a/x y",                 NULL, "expected a URL without spaces, control and non-ASCII characters, found 'http://a/x y'" },
    { "newline",            "http://a/\r\nHost: b",         NULL, "expected a URL without spaces, control and non-ASCII characters, found 'http://a/\\r\\nHost: b'" },
    { "not ASCII",          "http://\xc3\xa4",              NULL, "expected a URL without spaces, control and non-ASCII characters, found 'http://\xc3\xa4'" },
    { "port 0",             "http://a:0",                   NULL, "expected a port from 1 to 65535, found 'http://a:0'" },
    { "port 1",             "http://a:1",                   "http://a:1", NULL },
    { "port 65536",         "http://a:65536",               NULL, "expected a port from 1 to 65535, found 'http://a:65536'" },
    { "port of letters",    "http://a:http",                NULL, "expected a port from 1 to 65535, found 'http://a:http'" },
    { "bad IPv6",           "http://[::g]",                 NULL, "expected a URL with a host" },
    /* clang-format on */
};

static void check_url(void **state)
{
    const struct url_row *row = *state;
    struct config *config;
    struct error err;
    char argument[512];
    snprintf(argument, sizeof argument, "--api=%s", row->url);
    int r = load_args((const char *const[]){ argument, NULL }, &config, &err);
    if (row->held) {
        assert_string_equal(r < 0 ? err.msg : config->api.url, row->held);
        config_destroy(config);
        return;
    }
    if (r == 0)
        config_destroy(config);
    assert_int_equal(r, ERR_USAGE);
    assert_memory_equal(err.msg, "--api: ", 7);
    err.msg[7 + strlen(row->expected)] = '\0';
    assert_string_equal(err.msg + 7, row->expected);
    assert_null(strstr(err.msg, CANARY));
}

static const struct proxy_row {
    const char *name;
    const char *proxy;
    const char *message; /* NULL: accepted */
} proxy_rows[] = {
    /* clang-format off */
    { "proxy http",    "http://p:3128/",   NULL },
    { "proxy socks5h", "socks5h://[::1]",  NULL },
    { "proxy bare",    "p:3128",           "expected a URL that begins with http://, https://, socks5:// or socks5h://, found 'p:3128'" },
    { "proxy path",    "http://p/x",       "expected a URL without path, found 'http://p/x'" },
    { "proxy user",    "http://u:" CANARY "@p", "expected a URL without user name, password or '@'" },
    { "proxy user and path", "http://u:" CANARY "@p/x", "expected a URL without path" },
    /* clang-format on */
};

static void check_proxy(void **state)
{
    const struct proxy_row *row = *state;
    char argument[256];
    char message[ERROR_MSG_SIZE];
    snprintf(argument, sizeof argument, "--set=api.proxy=%s", row->proxy);
    const char *const args[] = { argument, NULL };
    if (row->message) {
        snprintf(message, sizeof message, "--set=api.proxy: %s", row->message);
        expect_refusal(args, ERR_USAGE, message);
    } else {
        config_destroy(load(args));
    }
}

static const struct listen_row {
    const char *name;
    const char *listen;
    bool is_good;
} listen_rows[] = {
    /* clang-format off */
    { "listen IPv4",            "0.0.0.0:65535",    true },
    { "listen IPv6",            "[fe80::1]:1",      true },
    { "listen port too high",   "127.0.0.1:65536",  false },
    { "listen port missing",    "127.0.0.1:",       false },
    { "listen port signed",     "127.0.0.1:+1",     false },
    { "listen port huge",       "127.0.0.1:99999999999999999999", false },
    { "listen nothing",         ":",                false },
    { "listen no host",         ":80",              false },
    { "listen name",            "localhost:80",     false },
    { "listen bare IPv6",       "::1:80",           false },
    { "listen half a bracket",  "[::1:80",          false },
    { "listen empty brackets",  "[]:80",            false },
    { "listen one bracket",     "[:80",             false },
    { "listen long host",       "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]:80", false },
    /* clang-format on */
};

static void check_listen(void **state)
{
    const struct listen_row *row = *state;
    struct config *config;
    struct error err;
    int r = load_args((const char *const[]){ "--simulate-api", row->listen, NULL }, &config, &err);
    assert_int_equal(r, row->is_good ? 0 : ERR_USAGE);
    if (r == 0)
        assert_string_equal(config->simulation.listen, row->listen);
    config_destroy(config);
}

/* --- the token ---------------------------------------------------------------------------------------------------- */

#define OTHER 12345
#define ROOT 54321 /* stands for the group 0 */

static const struct token_row {
    const char *name;
    const char *content;
    mode_t mode;
    unsigned owner;      /* 0: the test's user */
    unsigned group;      /* 0: that of root when the test is root's */
    const char *token;   /* NULL: refused */
    const char *message; /* after the name of the file */
} token_rows[] = {
    /* clang-format off */
    { "token of the owner",       CANARY "\n",   0600, 0, 0, CANARY, NULL },
    { "token read-only",          CANARY,        0400, 0, 0, CANARY, NULL },
    { "token with CRLF",          CANARY "\r\n", 0600, 0, 0, CANARY, NULL },
    { "token readable by group",  CANARY,        0640, 0, OTHER, NULL, "refused, others have access to it (mode 0640, not 0600)" },
    { "token readable by root's group", CANARY,  0440, 0, ROOT, CANARY, NULL },
    { "token of another user",    CANARY,        0600, OTHER, 0, NULL, "refused, it belongs to user 12345, neither to root nor to the program's user" },
    { "token readable by all",    CANARY,        0644, 0, 0, NULL, "refused, others have access to it (mode 0644, not 0600)" },
    { "token writable by group",  CANARY,        0620, 0, 0, NULL, "refused, others may write it (mode 0620, not 0600)" },
    { "token writable by all",    CANARY,        0602, 0, 0, NULL, "refused, others may write it (mode 0602, not 0600)" },
    { "token executable by all",  CANARY,        0601, 0, 0, NULL, "refused, others have access to it (mode 0601, not 0600)" },
    { "token empty",              "",            0600, 0, 0, NULL, "the token is empty" },
    { "token only a newline",     "\n",          0600, 0, 0, NULL, "the token is empty" },
    { "token of two lines",       CANARY "\nx",  0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    { "token two newlines",       CANARY "\n\n", 0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    { "token with a space",       CANARY " x",   0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    { "token with DEL",           CANARY "\x7f", 0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    { "token with an escape",     "\x1b" CANARY, 0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    { "token not ASCII",          CANARY "\xc3\xa4", 0600, 0, 0, NULL, "the token has spaces, control or non-ASCII characters" },
    /* clang-format on */
};

static bool give_away(const char *file, unsigned owner, unsigned group)
{
    uid_t uid = owner > 0 ? (uid_t)owner : (uid_t)-1;
    gid_t gid = group == ROOT ? 0 : group > 0 ? (gid_t)group : (gid_t)-1;
    if (group == OTHER && geteuid() != 0)
        return true; /* a user's own group is another one than root's */
    return (owner == 0 && group == 0) || chown(file, uid, gid) == 0;
}

static void check_token(void **state)
{
    const struct token_row *row = *state;
    write_file("token", row->content, strlen(row->content), row->mode);
    if (!give_away("token", row->owner, row->group))
        skip(); /* only root can */
    write_text(FILE_NAME, "api:\n  token_file: token\n");
    const char *const args[] = { "-c", FILE_NAME, NULL };
    if (row->token) {
        struct config *config = load(args);
        assert_string_equal(config->api.token, row->token);
        char *text = printed(config);
        assert_null(strstr(text, CANARY));
        assert_non_null(strstr(text, "# token: (set)\n"));
        free(text);
        config_destroy(config);
        return;
    }
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, FILE_NAME ":2:15: api.token_file: token: %s", row->message);
    expect_refusal(args, ERR_CONFIG, message);
}

/* systemd has a directory for credentials, where a group or an access list lets the service read them. */
static void test_token_of_a_service(void **state)
{
    (void)state;
    char directory[4096];
    const char *const args[] = { "--set=api.token_file=token", NULL };
    static const char refusal[] = "--set=api.token_file: token: refused, others have access to it "
                                  "(mode 0440, not 0600)";
    assert_non_null(getcwd(directory, sizeof directory));
    write_file("token", CANARY, strlen(CANARY), 0440);
    assert_true(give_away("token", 0, OTHER));
    expect_refusal(args, ERR_USAGE, refusal);
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    config_destroy(load(args));
    strcat(directory, "x");
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    expect_refusal(args, ERR_USAGE, refusal);
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* An access list: the owner may read and write, user 12345 may read. */
static void test_token_with_an_access_list(void **state)
{
    (void)state;
    static const struct {
        uint32_t version;
        struct {
            uint16_t tag;
            uint16_t permission;
            uint32_t id;
        } entries[5];
    } list = { 2,
               { { 1, 6, ~0u }, { 2, 4, OTHER }, { 4, 0, ~0u }, { 16, 4, ~0u }, { 32, 0, ~0u } } };
    const char *const args[] = { "--set=api.token_file=token", NULL };
    write_file("token", CANARY, strlen(CANARY), 0600);
    assert_true(give_away("token", 0, OTHER));
    if (setxattr("token", "system.posix_acl_access", &list, sizeof list, 0) != 0)
        skip(); /* the file system has none */
    struct config *config = load(args);
    assert_string_equal(config->api.token, CANARY);
    config_destroy(config);
}

static void test_no_secret_is_in_a_core_dump(void **state)
{
    (void)state;
    char filter[32] = "";
    write_file("token", CANARY, strlen(CANARY), 0600);
    config_destroy(load((const char *const[]){ "--set=api.token_file=token", NULL }));
    FILE *file = fopen("/proc/self/coredump_filter", "r");
    assert_non_null(file);
    assert_non_null(fgets(filter, sizeof filter, file));
    fclose(file);
    assert_int_equal(strtol(filter, NULL, 16), 0);
}

/* --- warnings ---------------------------------------------------------------------------------------------------- */

static void expect_warning(const char *const *args, const char *text)
{
    struct config *config = load(args);
    if (text) {
        assert_int_equal(config->warnings.count, 1);
        assert_string_equal(config->warnings.texts[0], text);
    } else {
        assert_int_equal(config->warnings.count, 0);
    }
    config_destroy(config);
}

static void test_a_configuration_of_others_is_a_warning(void **state)
{
    (void)state;
    const char *const args[] = { "-c" FILE_NAME, NULL };
    write_file(FILE_NAME, "dry_run: true\n", 14, 0644);
    expect_warning(args, NULL);
    chmod(FILE_NAME, 0664);
    expect_warning(args, FILE_NAME ": its group may write it (chmod g-w it)");
    chmod(FILE_NAME, 0600);
    if (give_away(FILE_NAME, OTHER, 0))
        expect_warning(args, FILE_NAME ": it belongs neither to root nor to the program's user");
}

/* Not in one like /tmp, where only the owner of a file may replace it. */
static void test_a_directory_of_all_is_a_warning(void **state)
{
    (void)state;
    static const char doubt[] =
        "every user may put another file in its place (chmod o-w its directory)";
    char expected[ERROR_MSG_SIZE];
    assert_int_equal(mkdir("open", 0700), 0);
    write_file("open/a.yaml", "", 0, 0600);
    write_file("open/token", CANARY, strlen(CANARY), 0600);
    static const char *const rows[][2] = { { "-copen/a.yaml", NULL },
                                           { "--set=api.token_file=open/token", NULL } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(chmod("open", 0777), 0);
        snprintf(expected, sizeof expected, "%s: %s", i == 0 ? "open/a.yaml" : "open/token", doubt);
        expect_warning(rows[i], expected);
        assert_int_equal(chmod("open", 01777), 0);
        expect_warning(rows[i], NULL);
        assert_int_equal(chmod("open", 0775), 0);
        expect_warning(rows[i], NULL);
    }
    unlink("open/a.yaml");
    unlink("open/token");
    assert_int_equal(rmdir("open"), 0);
}

static void test_a_short_token_is_a_warning(void **state)
{
    (void)state;
    const char *const args[] = { "--set=api.token_file=token", NULL };
    write_file("token", "12345678", 8, 0600);
    expect_warning(args, NULL);
    write_file("token", "1234567\n", 8, 0600);
    expect_warning(args,
                   "the token has fewer than 8 characters: it is shown when the API repeats it");
}

static const struct doubt_row {
    const char *name;
    const char *text;
    const char *warning; /* after the name of the file; NULL: none */
} doubt_rows[] = {
    /* clang-format off */
    { "doubt: none",             "policies: [{match: a, target_free_pct: 1}, {match: b, target_free_pct: 50}]", NULL },
    { "doubt: never reached",    "policies: [{match: 'eu-*'},\n {match: eu-1}]",
      ":2:2: policies: 'eu-1' is never reached: 'eu-*' in line 1 matches all of its ids" },
    { "doubt: twice the same",   "policies: [{match: a},\n {match: b},\n {match: a}]",
      ":3:2: policies: 'a' is never reached: 'a' in line 1 matches all of its ids" },
    { "doubt: the wider last",   "policies: [{match: eu-1}, {match: 'eu-*'}]", NULL },
    { "doubt: a share",          "policies: [{match: a, target_free_pct: 0.25}]",
      ":1:12: policies: 'a': target_free_pct 0.25 is below one percent; a half is 50, not 0.5" },
    { "doubt: zero is zero",     "policies: [{match: a, target_free_pct: 0}]", NULL },
    { "doubt: no max_hosts",     "policies: [{match: a, target_free_pct: 50.1}]",
      ":1:12: policies: 'a': target_free_pct 50.1 is more than half of all servers, and there is no max_hosts" },
    { "doubt: with max_hosts",   "policies: [{match: a, target_free_pct: 90, max_hosts: 9}]", NULL },
    { "doubt: absurd",           "policies: [{match: a, target_free_pct: 90.1, max_hosts: 9}]",
      ":1:12: policies: 'a': target_free_pct 90.1 asks for more than ten times the busy servers" },
    { "doubt: the longest useful timeout", "api: {timeout: 20s}\npass_interval: 10s", NULL },
    { "doubt: a longer timeout", "api: {timeout: 21s}\npass_interval: 10s",
      ":1:16: api.timeout: 21s is longer than a status is used, which is 20s: those that come later are stale" },
    { "doubt: short intervals",  "api: {timeout: 10s}\npass_interval: 500ms", NULL },
    { "doubt: a longer one with short intervals", "api: {timeout: 11s}\npass_interval: 500ms",
      ":1:16: api.timeout: 11s is longer than a status is used, which is 10s: those that come later are stale" },
    /* clang-format on */
};

static void row_is_doubted(void **state)
{
    const struct doubt_row *row = *state;
    char expected[ERROR_MSG_SIZE];
    write_text(FILE_NAME, row->text);
    snprintf(expected, sizeof expected, FILE_NAME "%s", row->warning ? row->warning : "");
    expect_warning((const char *const[]){ "-c" FILE_NAME, NULL }, row->warning ? expected : NULL);
}

/* Each mistake has its line; what cannot be read ends the list. */
static void test_all_errors_at_once(void **state)
{
    (void)state;
    static const char text[] =
        "api: {retreis: [3, {a: b}], timeout: [1], retries: 1}\n"
        "nonsense: {deep: [1, {x: y}]}\n"
        "defaults: {max_hosts: 3, max_hosts: 4}\n"
        "policies: [{match: 'eu-[', paused: yes}, text, {paused: true}, {match: a}]\n"
        "dry_run: maybe\n";
    static const char *const expected[] = {
        "1:7: api: unknown key 'retreis'; did you mean 'retries'?",
        "1:38: api.timeout: expected a duration from 10ms to 10m, found a list",
        "2:1: unknown key 'nonsense'",
        "3:26: defaults.max_hosts: repeated; already set in line 3",
        ("4:20: policies.match: expected a pattern, found 'eu-[': its '[' is not closed (\\[ is "
         "the "
         "character)"),
        "4:36: policies.paused: expected true or false, found 'yes'",
        "4:42: policies: expected a mapping with 'match', found 'text'",
        "4:48: policies: expected a key 'match' in this entry",
        "5:10: dry_run: expected true or false, found 'maybe'",
    };
    char *argv[] = { (char *)(uintptr_t) "autoscaler", (char *)(uintptr_t) "-c" FILE_NAME, NULL };
    struct config *config = NULL;
    struct warnings more;
    struct error err;
    write_text(FILE_NAME, text);
    assert_int_equal(config_load_or_list(2, argv, NULL, &config, &more, &err), ERR_CONFIG);
    assert_int_equal(more.count, COUNT_OF(expected) - 1);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        char line[ERROR_MSG_SIZE];
        snprintf(line, sizeof line, FILE_NAME ":%s", expected[i]);
        assert_string_equal(i == 0 ? err.msg : more.texts[i - 1], line);
    }
    warnings_fini(&more);
    expect_refusal(
        (const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
        FILE_NAME
        ":1:7: api: unknown key 'retreis'; did you mean 'retries'? (and 8 more: --check-config)");
    write_text(FILE_NAME, "a: 1\n[b]: 2\nc: 3\n");
    assert_int_equal(config_load_or_list(2, argv, NULL, &config, &more, &err), ERR_CONFIG);
    assert_int_equal(more.count, 1);
    assert_string_equal(more.texts[0], FILE_NAME ":2:1: expected a key, found a list");
    warnings_fini(&more);
}

/* Files are looked at one by one, after the values. */
static void test_all_files_at_once(void **state)
{
    (void)state;
    char *argv[] = { (char *)(uintptr_t) "autoscaler",
                     (char *)(uintptr_t) "--set=api.token_file=none",
                     (char *)(uintptr_t) "--set=api.ca_file=none",
                     (char *)(uintptr_t) "--set=defaults.min_hosts=5",
                     (char *)(uintptr_t) "--set=defaults.max_hosts=3",
                     NULL };
    struct config *config = NULL;
    struct warnings more;
    struct error err;
    assert_int_equal(config_load_or_list(5, argv, NULL, &config, &more, &err), ERR_USAGE);
    assert_string_equal(err.msg, "--set=defaults.min_hosts: 5 is above max_hosts, which is 3");
    assert_int_equal(more.count, 2);
    assert_string_equal(more.texts[0],
                        "--set=api.ca_file: cannot read none: No such file or directory");
    assert_string_equal(more.texts[1], "--set=api.token_file: none: No such file or directory");
    warnings_fini(&more);
}

/* For machines without the secrets: what is checked is what the file says. */
static void test_the_syntax_alone(void **state)
{
    (void)state;
    const char *const args[] = { "--check-config=syntax", "-c" FILE_NAME, NULL };
    write_text(FILE_NAME, "api: {token_file: none, ca_file: none, client_cert: none}\n");
    struct config *config = load(args);
    assert_int_equal(config->mode, MODE_CHECK_SYNTAX);
    config_destroy(config);
    write_text(FILE_NAME, "api: {token_files: none}\n");
    expect_refusal(args, ERR_CONFIG,
                   FILE_NAME ":1:7: api: unknown key 'token_files'; did you mean 'token_file'?");
    expect_refusal((const char *const[]){ "--check-config=all", NULL }, ERR_USAGE,
                   "--check-config: expected syntax, found 'all'");
}

/* Without a file of its own, the key is in that of the certificate. */
static void test_a_private_key_of_others(void **state)
{
    (void)state;
    const char *const both[] = { "--set=api.client_cert=cert", "--set=api.client_key=key", NULL };
    const char *const one[] = { "--set=api.client_cert=cert", NULL };
    write_file("cert", "x", 1, 0644);
    write_file("key", "x", 1, 0600);
    expect_warning(both, NULL);
    expect_warning(one, "cert: every user may read the private key (chmod o-r it)");
    chmod("key", 0644);
    expect_warning(both, "key: every user may read the private key (chmod o-r it)");
    chmod("key", 0620);
    expect_refusal(both, ERR_USAGE,
                   "--set=api.client_key: key: refused, others may write it (mode 0620, not 0600)");
    chmod("cert", 0666);
    expect_refusal(
        one, ERR_USAGE,
        "--set=api.client_cert: cert: refused, others may write it (mode 0666, not 0600)");
}

static void check_token_length(size_t length, bool is_good)
{
    char content[8300];
    memset(content, 'x', length);
    content[length] = '\n';
    write_file("token", content, length + 1, 0600);
    const char *const args[] = { "--set=api.token_file=token", NULL };
    if (is_good) {
        struct config *config = load(args);
        assert_int_equal(strlen(config->api.token), length);
        config_destroy(config);
    } else {
        expect_refusal(args, ERR_USAGE,
                       "--set=api.token_file: token: the token is longer than 8192 bytes");
    }
}

static void test_token_length(void **state)
{
    (void)state;
    check_token_length(8191, true);
    check_token_length(8192, true);
    check_token_length(8193, false);
    check_token_length(8200, false);
    write_file("token", "a\0b", 3, 0600);
    expect_refusal((const char *const[]){ "--set=api.token_file=token", NULL }, ERR_USAGE,
                   "--set=api.token_file: token: the token has spaces, control or non-ASCII "
                   "characters");
}

static void test_token_needs_a_regular_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(mkdir("directory", 0700), 0);
    expect_refusal((const char *const[]){ "--set=api.token_file=pipe", NULL }, ERR_USAGE,
                   "--set=api.token_file: pipe: not a regular file");
    expect_refusal((const char *const[]){ "--set=api.token_file=directory", NULL }, ERR_USAGE,
                   "--set=api.token_file: directory: not a regular file");
    expect_refusal((const char *const[]){ "--set=api.token_file=none", NULL }, ERR_USAGE,
                   "--set=api.token_file: none: No such file or directory");
}

static void test_token_from_the_environment(void **state)
{
    (void)state;
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    write_text(FILE_NAME, "api: {token_file: none}\n");
    struct config *config = load((const char *const[]){ "-c" FILE_NAME, NULL });
    assert_string_equal(config->api.token, CANARY);
    assert_string_equal(config->api.token_file, "none");
    config_destroy(config);
    /* A file that the command line names is used instead of the variable. */
    write_text("token", "other");
    config = load((const char *const[]){ "--set=api.token_file=token", NULL });
    assert_string_equal(config->api.token, "other");
    config_destroy(config);
    setenv("AUTOSCALER_TOKEN", CANARY "\n", 1);
    expect_refusal(NULL, ERR_CONFIG,
                   "AUTOSCALER_TOKEN: the token has spaces, control or non-ASCII characters");
    setenv("AUTOSCALER_TOKEN", "", 1);
    expect_refusal(NULL, ERR_CONFIG, "AUTOSCALER_TOKEN: the token is empty");
}

/* A mode that contacts no API needs no token and reads none. */
static void test_no_token_for_the_simulation(void **state)
{
    (void)state;
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    write_text(FILE_NAME, "api: {url: 'http://a', token_file: none, ca_file: none}\n");
    struct config *config = load((const char *const[]){ "-c" FILE_NAME, "--demo", NULL });
    assert_null(config->api.token);
    config_destroy(config);
    config = load((const char *const[]){ "-c" FILE_NAME, "--simulate-api=127.0.0.1:0", NULL });
    assert_null(config->api.token);
    config_destroy(config);
    config = load((const char *const[]){ "-c" FILE_NAME, "--backtest=a.csv", NULL });
    assert_null(config->api.token);
    config_destroy(config);
}

static const struct carry_row {
    const char *name; /* the URL */
    const char *proxy;
    bool may_carry;
} carry_rows[] = {
    /* clang-format off */
    { "https://a.example",        NULL,       true },
    { "https://a.example/proxy",  "http://p", true },
    { "HTTPS://A.EXAMPLE",        NULL,       true },
    { "http://127.0.0.1:8000",    NULL,       true },
    { "http://127.255.255.254",   NULL,       true },
    { "http://127.1",             NULL,       true },
    { "http://[::1]:80",          NULL,       true },
    { "http://[0:0::1]",          NULL,       true },
    { "http://LocalHost:1/x",     NULL,       true },
    { "http://a.example",         NULL,       false },
    { "http://128.0.0.1",         NULL,       false },
    { "http://126.255.255.255",   NULL,       false },
    { "http://0.0.0.0",           NULL,       false },
    { "http://[::2]",             NULL,       false },
    { "http://[::ffff:127.0.0.1]", NULL,      false },
    { "http://localhost.example", NULL,       false },
    { "http://127.0.0.1.example", NULL,       false },
    { "http://127.0.0.1/proxy",   "http://p", false },
    /* clang-format on */
};

static void check_carry(void **state)
{
    const struct carry_row *row = *state;
    char proxy[64];
    snprintf(proxy, sizeof proxy, "--set=api.proxy=%s", row->proxy ? row->proxy : "");
    const char *const args[] = { "-a", row->name, row->proxy ? proxy : NULL, NULL };
    /* Without a token all of these URLs are accepted. */
    config_destroy(load(args));
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    if (row->may_carry)
        config_destroy(load(args));
    else
        expect_refusal(args, ERR_USAGE,
                       row->proxy ? "--api: a token is sent through a proxy over https only"
                                  : "--api: a token is sent over https or to this machine only");
}

/* --- the file itself --------------------------------------------------------------------------------------------- */

static void expect_found(const char *url, const char *path)
{
    struct config *config = load(NULL);
    assert_string_equal(config->api.url, url);
    char full[128];
    snprintf(full, sizeof full, "%s%s", home, path);
    assert_string_equal(config->config_file, full);
    config_destroy(config);
}

static void test_file_is_searched(void **state)
{
    (void)state;
    unsetenv("AUTOSCALER_CONFIG");
    char xdg[128];
    snprintf(xdg, sizeof xdg, "%s/xdg", home);
    make_folders("xdg", "xdg/autoscaler");
    make_folders(".config", ".config/autoscaler");
    write_text(".config/autoscaler/" FILE_NAME, "api: {url: 'http://home'}\n");
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    setenv("XDG_CONFIG_HOME", "", 1);
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    setenv("XDG_CONFIG_HOME", "xdg", 1);
    expect_found("http://home", "/.config/autoscaler/" FILE_NAME);
    write_text("xdg/autoscaler/" FILE_NAME, "api: {url: 'http://xdg'}\n");
    setenv("XDG_CONFIG_HOME", xdg, 1);
    expect_found("http://xdg", "/xdg/autoscaler/" FILE_NAME);
    setenv("AUTOSCALER_CONFIG", "/dev/null", 1);
    struct config *config = load(NULL);
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
    make_folders("home", "home/.config");
    assert_int_equal(mkdir("home/.config/autoscaler", 0700), 0);
    write_text("home/.config/autoscaler/" FILE_NAME, "nonsense: 1\n");
    setenv("HOME", "home", 1);
    config_destroy(load(NULL));
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    setenv("HOME", longer, 1);
    config_destroy(load(NULL));
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
    assert_int_equal(load_args(NULL, &config, &err), ERR_CONFIG);
    assert_non_null(strstr(err.msg, "File name too long"));
}

static void test_no_file_is_fine(void **state)
{
    (void)state;
    if (access(CONFIG_FILE_SYSTEM, F_OK) == 0)
        skip();
    unsetenv("AUTOSCALER_CONFIG");
    struct config *config = load(NULL);
    assert_null(config->config_file);
    config_destroy(config);
    unsetenv("HOME");
    config_destroy(load(NULL));
    /* A file in the place of the directory is ignored; a directory in the place of the file is an error. */
    write_text(".config", "");
    setenv("HOME", home, 1);
    config_destroy(load(NULL));
    unlink(".config");
    make_folders(".config", ".config/autoscaler");
    assert_int_equal(mkdir(".config/autoscaler/" FILE_NAME, 0700), 0);
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, "%s/.config/autoscaler/" FILE_NAME ": Is a directory", home);
    expect_refusal(NULL, ERR_CONFIG, message);
}

static void test_file_size(void **state)
{
    (void)state;
    static char bytes[CONFIG_FILE_SIZE_MAX + 1];
    memset(bytes, '#', sizeof bytes);
    for (size_t i = 99; i < sizeof bytes; i += 100)
        bytes[i] = '\n';
    write_file(FILE_NAME, bytes, CONFIG_FILE_SIZE_MAX, 0600);
    config_destroy(load((const char *const[]){ "-c" FILE_NAME, NULL }));
    write_file(FILE_NAME, bytes, sizeof bytes, 0600);
    const char *const args[] = { "-c" FILE_NAME, NULL };
    expect_refusal(args, ERR_CONFIG, FILE_NAME ": larger than 1 MiB");
    expect_refusal((const char *const[]){ "-c/dev/zero", NULL }, ERR_CONFIG,
                   "/dev/zero: larger than 1 MiB");
    write_file(FILE_NAME, "", 0, 0646);
    expect_refusal(args, ERR_CONFIG, FILE_NAME ": refused, every user may write it (chmod o-w it)");
    write_file(FILE_NAME, "", 0, 0664);
    config_destroy(load(args));
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
    struct config *mine = load_file(row->yaml);
    struct config *initial = load(NULL);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *option = option_at(i);
        if (option->key)
            assert_true(option_is_equal(option, (char *)mine + option->offset,
                                        (char *)initial + option->offset));
    }
    config_destroy(mine);
    config_destroy(initial);
}

/* --- policies ---------------------------------------------------------------------------------------------------- */

static const char rich_yaml[] =
    "api:\n"
    "  url: https://api.example:8443/v1/\n"
    "  ca_file: /dev/null\n"
    "  client_cert: /dev/null\n"
    "  client_key: /dev/null\n"
    "  token_file: token\n"
    "  proxy: http://proxy:3128\n"
    "  concurrency: 8\n"
    "discovery_interval: 90s\n"
    "dry_run: true\n"
    "log: {file: \"a \\\" \\\\ : # \xc3\xa4 \\u202e\\U000e0001\", "
    "level: warn, format: json}\n"
    "output: json\n"
    "console: {keys: {sort: [o, \"\\\"\"], copy: x, freeze: []}}\n"
    "defaults:\n"
    "  min_hosts: 2\n"
    "  max_hosts: 500\n"
    "  max_step_up: 50%\n"
    "  max_step_down: 3\n"
    "  confirm_timeout: 45s\n"
    "policies:\n"
    "  - match: \"eu-[12]\"\n"
    "    target_free_pct: 12.3456789\n"
    "    max_hosts: none\n"
    "    max_step_down: none\n"
    "    lookahead: off\n"
    "    surge_reserve: 0%\n"
    "    saturation_step: 0%\n"
    "    outage_hold: 0\n"
    "    min_free_servers: auto\n"
    "  - match: 'eu-*'\n"
    "    paused: true\n"
    "    min_hosts: 0\n"
    "    target_free_pct: 0\n"
    "    confirm_timeout: auto\n"
    "  - match: '*'\n"
    "    cooldown_down: 1m\n"
    "simulation: {deployments: 7, seed: 42, speed: 1.5, faults: 2.5%}\n";

static const struct policy_row {
    const char *name; /* the id */
    int32_t min_hosts;
    int32_t max_hosts;
    enum step_limit_kind step_down;
    int64_t cooldown_down_ms;
    int64_t confirm_timeout_ms;
    int32_t target_free_ppb;
    bool is_paused;
} policy_rows[] = {
    /* clang-format off */
    { "eu-1",  2, HOSTS_UNLIMITED, STEP_UNLIMITED,     0,        45000,       123456789, false },
    { "eu-3",  0,             500, STEP_HOSTS,         0, CONFIRM_AUTO,               0, true },
    { "us-1",  2,             500, STEP_HOSTS,     60000,        45000, TARGET_FROM_API, false },
    { "",      2,             500, STEP_HOSTS,     60000,        45000, TARGET_FROM_API, false },
    /* clang-format on */
};

static void check_policy(void **state)
{
    const struct policy_row *row = *state;
    write_text("token", CANARY);
    struct config *config = load_file(rich_yaml);
    const struct policy *policy = config_policy(config, row->name);
    assert_int_equal(policy->min_hosts, row->min_hosts);
    assert_int_equal(policy->max_hosts, row->max_hosts);
    assert_int_equal(policy->max_step_up.kind, STEP_SHARE);
    assert_int_equal(policy->max_step_up.amount, SHARE_WHOLE / 2);
    assert_int_equal(policy->max_step_down.kind, row->step_down);
    assert_int_equal(policy->cooldown_down_ms, row->cooldown_down_ms);
    assert_int_equal(policy->confirm_timeout_ms, row->confirm_timeout_ms);
    assert_int_equal(policy->target_free_ppb, row->target_free_ppb);
    assert_int_equal(policy->is_paused, row->is_paused);
    config_destroy(config);
}

static void test_a_policy_looks_ahead_by_itself(void **state)
{
    (void)state;
    write_text("token", CANARY);
    struct config *config = load_file(rich_yaml);
    const struct policy *own = config_policy(config, "eu-1");
    assert_int_equal(own->lookahead_ms, LOOKAHEAD_OFF);
    assert_int_equal(own->surge_reserve_ppb, 0);
    assert_int_equal(own->saturation_step_ppb, 0);
    assert_int_equal(own->outage_hold_ms, 0);
    assert_int_equal(own->min_free_servers, MIN_FREE_AUTO);
    const struct policy *other = config_policy(config, "us-1");
    assert_int_equal(other->lookahead_ms, policy_default.lookahead_ms);
    assert_int_equal(other->surge_reserve_ppb, policy_default.surge_reserve_ppb);
    assert_int_equal(other->saturation_step_ppb, policy_default.saturation_step_ppb);
    assert_int_equal(other->outage_hold_ms, policy_default.outage_hold_ms);
    assert_int_equal(other->min_free_servers, policy_default.min_free_servers);
    config_destroy(config);
}

/* A policy inherits what it does not set, also from the command line. */
static void test_policies_inherit_last(void **state)
{
    (void)state;
    write_text(FILE_NAME, "policies:\n- {match: a, max_hosts: 9}\ndefaults: {min_hosts: 3}\n");
    struct config *config =
        load((const char *const[]){ "-c" FILE_NAME, "--set=defaults.min_hosts=4", NULL });
    assert_int_equal(config_policy(config, "a")->min_hosts, 4);
    assert_int_equal(config_policy(config, "a")->max_hosts, 9);
    assert_ptr_equal(config_policy(config, "b"), &config->defaults);
    config_destroy(config);
    expect_refusal((const char *const[]){ "-c" FILE_NAME, "--set=defaults.min_hosts=10", NULL },
                   ERR_CONFIG,
                   FILE_NAME ":2:3: policies.match: 'a': min_hosts 10 is above max_hosts, which "
                             "is 9");
    expect_refusal((const char *const[]){ "-c" FILE_NAME, "--set=defaults.max_hosts=2", NULL },
                   ERR_USAGE, "--set=defaults.max_hosts: 2 is below min_hosts, which is 3");
}

static char *many_policies(size_t count)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    fputs("policies:\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "- match: id-%zu\n", i);
    fclose(out);
    return bytes;
}

static void test_policies_have_a_maximum(void **state)
{
    (void)state;
    char *yaml = many_policies(1000);
    struct config *config = load_file(yaml);
    free(yaml);
    assert_int_equal(config->policy_count, 1000);
    config_destroy(config);
    yaml = many_policies(1001);
    write_text(FILE_NAME, yaml);
    free(yaml);
    expect_refusal((const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
                   FILE_NAME ":1002:3: policies: more than 1000 policies");
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

static void assert_same_config(const struct config *a, const struct config *b)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->key &&
            !option_is_equal(row, (const char *)a + row->offset, (const char *)b + row->offset))
            fail_msg("%s differs", row->key);
    }
    assert_int_equal(a->policy_count, b->policy_count);
    for (size_t i = 0; i < a->policy_count; i++) {
        assert_string_equal(a->policies[i].match, b->policies[i].match);
        for (size_t j = 0; j < option_count(); j++) {
            const struct option_row *row = option_at(j);
            if (!option_is_policy(row))
                continue;
            size_t offset = option_policy_offset(row);
            assert_true(option_is_equal(row, (const char *)&a->policies[i].policy + offset,
                                        (const char *)&b->policies[i].policy + offset));
        }
    }
}

static void check_round_trip(struct config *config)
{
    char *text = printed(config);
    struct config *again = load_file(text);
    assert_same_config(config, again);
    char *text_again = printed(again);
    /* Only the first line may differ: it names the file. */
    assert_string_equal(strchr(text, '\n'), strchr(text_again, '\n'));
    assert_null(strstr(text, CANARY));
    free(text);
    free(text_again);
    config_destroy(config);
    config_destroy(again);
}

static void test_print_reads_back(void **state)
{
    (void)state;
    check_round_trip(load(NULL));
    write_text("token", CANARY);
    check_round_trip(load_file(rich_yaml));
    /* The name of the file is escaped too. */
    write_text("a\xe2\x80\xae\"b", "dry_run: true\n");
    check_round_trip(load((const char *const[]){ "-ca\xe2\x80\xae\"b", NULL }));
}

static void test_print_of_the_defaults(void **state)
{
    (void)state;
    static const char expected[] = "# autoscaler " AUTOSCALER_VERSION ", read from \"/dev/null\"\n"
                                   "# token: (none)\n"
                                   "api:\n"
                                   "  url: \"http://127.0.0.1:8000\"\n"
                                   "  # token_file: (none)\n"
                                   "  # ca_file: (none)\n"
                                   "  # client_cert: (none)\n"
                                   "  # client_key: (none)\n"
                                   "  # proxy: (none)\n"
                                   "  insecure_tls: false\n"
                                   "  connect_timeout: 2s\n"
                                   "  timeout: 5s\n"
                                   "  draining: auto\n"
                                   "  concurrency: 32\n"
                                   "  retries: 2\n"
                                   "  removes_pending: false\n"
                                   "discovery_interval: 1m\n"
                                   "pass_interval: 30s\n"
                                   "dry_run: false\n"
                                   "read_only: false\n"
                                   "state:\n"
                                   "  # dir: (none)\n"
                                   "  fsync: always\n"
                                   "recording:\n"
                                   "  keep: 14d\n"
                                   "  size_max: 2GiB\n"
                                   "control:\n"
                                   "  # socket: (none)\n"
                                   "  group: \"autoscaler\"\n"
                                   "  # operators: (none)\n"
                                   "log:\n"
                                   "  file: \"-\"\n"
                                   "  level: info\n"
                                   "  format: text\n"
                                   "output: table\n"
                                   "console:\n"
                                   "  view: auto\n"
                                   "  sort: severity\n"
                                   "  # filter: (none)\n"
                                   "  color: auto\n"
                                   "  theme: auto\n"
                                   "  ascii: false\n"
                                   "  a11y: false\n"
                                   "  clipboard: true\n"
                                   "  mouse: false\n"
                                   "  refresh: 100ms\n"
                                   "  confirm_above: 2%\n"
                                   "  keys: {}\n"
                                   "defaults:\n"
                                   "  min_hosts: 1\n"
                                   "  max_hosts: none\n"
                                   "  max_step_up: none\n"
                                   "  max_step_down: none\n"
                                   "  max_growth_per_hour: 700%\n"
                                   "  cooldown_up: 0s\n"
                                   "  cooldown_down: 0s\n"
                                   "  scale_down_window: 15m\n"
                                   "  outage_hold: 30m\n"
                                   "  lookahead: auto\n"
                                   "  surge_reserve: 112%\n"
                                   "  saturation_step: 20%\n"
                                   "  min_free_servers: 0\n"
                                   "  boot_timeout: 10m\n"
                                   "  drain_timeout: 3h\n"
                                   "  confirm_timeout: auto\n"
                                   "policies: []\n"
                                   "simulation:\n"
                                   "  deployments: 12\n"
                                   "  seed: 1\n"
                                   "  boot: 2m\n"
                                   "  speed: 20\n"
                                   "  faults: 0%\n"
                                   "backtest:\n"
                                   "  servers_per_host: 10\n"
                                   "  target_free_pct: 10\n"
                                   "  boot: 2m\n"
                                   "  peak_servers: 1000\n"
                                   "  session: 30m\n"
                                   "  placement: pack\n"
                                   "  drain: false\n"
                                   "  min_charge: 1h\n"
                                   "  seed: 1\n";
    struct config *config = load(NULL);
    char *text = printed(config);
    assert_string_equal(text, expected);
    free(text);
    config_destroy(config);
}

static void test_help_names_everything(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    config_print_help(out);
    fclose(out);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        const char *name = row->flag ? row->flag : row->key ? row->key : row->variable;
        if (!strstr(text, name) || (row->variable && !strstr(text, row->variable)))
            fail_msg("%s is missing", name);
    }
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t length = strcspn(line, "\n");
        if (length > 80 || (length > 0 && line[length - 1] == ' '))
            fail_msg("%.*s", (int)length, line);
    }
    free(text);
}

/* --- replacing --------------------------------------------------------------------------------------------------- */

static const struct replace_row {
    const char *name;
    const char *args[ARGS_MAX];
    const char *refused; /* NULL: may be replaced */
} replace_rows[] = {
    /* clang-format off */
    { "nothing new",        { "--no-ui" }, NULL },
    { "new intervals",      { "--no-ui", "--timeout=1s", "--pass-interval=1s" }, NULL },
    { "new guard rails",    { "--no-ui", "--set=defaults.max_hosts=3", "--set=defaults.min_hosts=3" }, NULL },
    { "new log and safety", { "--no-ui", "--log-level=debug", "-n", "--read-only", "--insecure-tls" }, NULL },
    { "new API",            { "--no-ui", "-ahttp://b" }, "api.url" },
    { "new mode",           { "--once" }, "mode" },
    { "no mode",            { NULL }, "mode" },
    { "now a demo",         { "--no-ui", "--demo" }, "--demo" },
    { "new listener",       { "--simulate-api=127.0.0.1:0" }, "mode" },
    { "new simulation",     { "--no-ui", "--set=simulation.deployments=3" }, "simulation.deployments" },
    { "new seed",           { "--no-ui", "--set=simulation.seed=3" }, "simulation.seed" },
    { "new boot time",      { "--no-ui", "--set=simulation.boot=3s" }, "simulation.boot" },
    { "new speed",          { "--no-ui", "--demo-speed=3" }, "simulation.speed" },
    { "new faults",         { "--no-ui", "--set=simulation.faults=3%" }, "simulation.faults" },
    /* clang-format on */
};

static void check_replace(void **state)
{
    const struct replace_row *row = *state;
    struct config *old = load((const char *const[]){ "--no-ui", NULL });
    struct config *new = load(row->args);
    struct error err = { 0 };
    struct warnings more = { 0 };
    int r = config_can_replace(old, new, &more, &err);
    warnings_fini(&more);
    char message[ERROR_MSG_SIZE] = "";
    if (row->refused)
        snprintf(message, sizeof message, "%s: cannot change while running; restart", row->refused);
    assert_string_equal(err.msg, message);
    assert_int_equal(r, row->refused ? ERR_CONFIG : 0);
    config_destroy(old);
    config_destroy(new);
}

static void test_every_change_is_refused(void **state)
{
    (void)state;
    struct config *old = load((const char *const[]){ "--no-ui", NULL });
    struct config *new =
        load((const char *const[]){ "--no-ui", "--api=http://b", "--set=api.concurrency=3", NULL });
    struct error err = { 0 };
    struct warnings more = { 0 };
    assert_int_equal(config_can_replace(old, new, &more, &err), ERR_CONFIG);
    assert_true(more.count >= 1);
    assert_string_not_equal(err.msg, more.texts[0]);
    for (size_t i = 0; i < more.count; i++)
        assert_non_null(strstr(more.texts[i], ": cannot change while running; restart"));
    warnings_fini(&more);
    config_destroy(old);
    config_destroy(new);
}

static void test_another_proxy_may_be_another_api(void **state)
{
    (void)state;
    static const char direct[] = "--no-ui", proxy[] = "--set=api.proxy=http://proxy:1";
    struct config *old = load((const char *const[]){ direct, NULL });
    struct config *timeout = load((const char *const[]){ direct, "--timeout=1s", NULL });
    struct config *first = load((const char *const[]){ direct, proxy, NULL });
    struct config *same = load((const char *const[]){ direct, proxy, "-n", NULL });
    struct config *other = load((const char *const[]){ direct, "--api=http://b", NULL });
    struct error err;
    assert_int_equal(config_can_replace(old, first, NULL, &err), 0);
    assert_true(config_has_same_api(old, timeout));
    assert_false(config_has_same_api(old, first));
    assert_false(config_has_same_api(first, old));
    assert_true(config_has_same_api(first, same));
    assert_false(config_has_same_api(old, other));
    config_destroy(old);
    config_destroy(timeout);
    config_destroy(first);
    config_destroy(same);
    config_destroy(other);
}

static void test_replace_listener(void **state)
{
    (void)state;
    struct config *old = load((const char *const[]){ "--simulate-api=127.0.0.1:1", NULL });
    struct config *new = load((const char *const[]){ "--simulate-api=127.0.0.1:2", NULL });
    struct error err;
    assert_int_equal(config_can_replace(old, old, NULL, &err), 0);
    assert_int_equal(config_can_replace(old, new, NULL, &err), ERR_CONFIG);
    assert_string_equal(err.msg, "--simulate-api: cannot change while running; restart");
    config_destroy(old);
    config_destroy(new);
}

/* --- hard times -------------------------------------------------------------------------------------------------- */

static void end_memory_anywhere(const char *const *args)
{
    int r = -ENOMEM;
    int64_t succeed_count = 0;
    for (; r != 0; succeed_count++) {
        struct config *config;
        struct error err;
        watched_heap.succeed_count = succeed_count;
        r = load_args(args, &config, &err);
        watched_heap.succeed_count = -1;
        config_destroy(config);
        assert_int_equal(watched_heap.live_count, 0);
        if (r == 0)
            break;
        assert_int_equal(r, -ENOMEM);
        assert_string_equal(err.msg, "out of memory");
    }
    assert_in_range(succeed_count, 20, 100);
}

static void test_memory_ends_anywhere(void **state)
{
    (void)state;
    write_text("token", CANARY);
    write_text(FILE_NAME, rich_yaml);
    end_memory_anywhere((const char *const[]){ "-c" FILE_NAME, "--set=log.file=x", NULL });
    end_memory_anywhere((const char *const[]){ "-c" FILE_NAME, "--backtest=x", "y", NULL });
    make_folders(".config", ".config/autoscaler");
    write_text(".config/autoscaler/" FILE_NAME, rich_yaml);
    unsetenv("AUTOSCALER_CONFIG");
    end_memory_anywhere(NULL);
}

static void assert_printable_line(const char *line)
{
    size_t length = strlen(line);
    assert_true(length > 0);
    for (size_t i = 0; i < length;) {
        uint32_t code_point = 0;
        size_t size = utf8_decode(line + i, length - i, &code_point);
        if (size == 0 || !code_point_is_printable(code_point))
            fail_msg("byte %zu of a message: %02x", i, (unsigned char)line[i]);
        i += size;
    }
}

static void load_bytes(const char *bytes, size_t size)
{
    struct config *config;
    struct error err;
    write_file(FILE_NAME, bytes, size, 0600);
    int r = load_args((const char *const[]){ "-c" FILE_NAME, NULL }, &config, &err);
    if (r == 0) {
        config_destroy(config);
        return;
    }
    assert_int_equal(r, ERR_CONFIG);
    assert_printable_line(err.msg);
    assert_null(strstr(err.msg, CANARY));
}

/* A file that is read while half of it is written is a smaller configuration or an error, never a crash. */
static void test_every_beginning_of_a_file(void **state)
{
    (void)state;
    write_text("token", CANARY);
    for (size_t size = 0; size < sizeof rich_yaml; size++)
        load_bytes(rich_yaml, size);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const char spice[] = "\0\t\n\r\x1b \"'#%&*-,:?@[]{|}>!`~\xff\xc3\xe2\x80\xae"
                                "09";
    write_text("token", CANARY);
    struct random random = { 17 };
    for (int i = 0; i < 3000; i++) {
        char bytes[sizeof rich_yaml];
        memcpy(bytes, rich_yaml, sizeof bytes);
        for (int64_t n = 1 + random_below(&random, 4); n > 0; n--)
            bytes[random_below(&random, sizeof bytes - 1)] =
                spice[random_below(&random, sizeof spice - 1)];
        load_bytes(bytes, sizeof bytes - 1);
    }
}

static void test_deep_nesting(void **state)
{
    (void)state;
    static char bytes[200000];
    memset(bytes, '[', sizeof bytes);
    load_bytes(bytes, sizeof bytes);
    memset(bytes, '{', sizeof bytes);
    load_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i += 2)
        memcpy(bytes + i, "- ", 2);
    load_bytes(bytes, sizeof bytes);
}

/* --- run --------------------------------------------------------------------------------------------------------- */

#define RUN_ROWS(rows, check, failed)                                                              \
    do {                                                                                           \
        struct CMUnitTest tests_[COUNT_OF(rows)];                                                  \
        TESTS_FROM_ROWS(tests_, rows, check);                                                      \
        for (size_t i_ = 0; i_ < COUNT_OF(rows); i_++) {                                           \
            tests_[i_].setup_func = enter_row;                                                     \
            tests_[i_].teardown_func = leave;                                                      \
        }                                                                                          \
        (failed) += cmocka_run_group_tests_name(#rows, tests_, NULL, NULL);                        \
    } while (0)

/* enter() replaces the state; the test needs its row. */
static int enter_row(void **state)
{
    void *row = *state;
    int r = enter(state);
    *state = row;
    return r;
}

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
                .setup_func = enter_row,
                .teardown_func = leave,
                .initial_state = (void *)(uintptr_t)row,
            };
    }
    return _cmocka_run_group_tests("flags", tests, count, NULL, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

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
        TEST(test_token_of_a_service),
        TEST(test_token_with_an_access_list),
        TEST(test_no_secret_is_in_a_core_dump),
        TEST(test_a_configuration_of_others_is_a_warning),
        TEST(test_a_directory_of_all_is_a_warning),
        TEST(test_a_short_token_is_a_warning),
        TEST(test_a_private_key_of_others),
        TEST(test_the_syntax_alone),
        TEST(test_all_errors_at_once),
        TEST(test_all_files_at_once),
        TEST(test_token_length),
        TEST(test_token_needs_a_regular_file),
        TEST(test_token_from_the_environment),
        TEST(test_no_token_for_the_simulation),
        TEST(test_file_is_searched),
        TEST(test_no_file_is_fine),
        TEST(test_odd_folders_are_not_searched),
        TEST(test_a_name_too_long_is_a_mistake),
        TEST(test_file_size),
        TEST(test_a_policy_looks_ahead_by_itself),
        TEST(test_policies_inherit_last),
        TEST(test_policies_have_a_maximum),
        TEST(test_print_reads_back),
        TEST(test_print_of_the_defaults),
        TEST(test_help_names_everything),
        TEST(test_replace_listener),
        TEST(test_every_change_is_refused),
        TEST(test_another_proxy_may_be_another_api),
        TEST(test_memory_ends_anywhere),
        TEST(test_every_beginning_of_a_file),
        TEST(test_damaged_files),
        TEST(test_deep_nesting),
    };
    int failed = cmocka_run_group_tests_name("config", tests, NULL, NULL);
    failed += run_flags();
    RUN_ROWS(key_rows, check_key, failed);
    RUN_ROWS(limit_rows, check_limit, failed);
    RUN_ROWS(file_rows, check_file, failed);
    RUN_ROWS(usage_rows, check_usage, failed);
    RUN_ROWS(place_rows, check_place, failed);
    RUN_ROWS(mode_rows, check_mode, failed);
    RUN_ROWS(url_rows, check_url, failed);
    RUN_ROWS(proxy_rows, check_proxy, failed);
    RUN_ROWS(listen_rows, check_listen, failed);
    RUN_ROWS(token_rows, check_token, failed);
    RUN_ROWS(doubt_rows, row_is_doubted, failed);
    RUN_ROWS(carry_rows, check_carry, failed);
    RUN_ROWS(plain_rows, check_plain, failed);
    RUN_ROWS(policy_rows, check_policy, failed);
    RUN_ROWS(replace_rows, check_replace, failed);
    return failed > 0;
}

/* Policies, the printed configuration, what a reload may change, and damaged files. */
#include "tests/support/config_fixture.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/config/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- policies ---------------------------------------------------------------------------------------------------- */

static const char rich_yaml[] =
    "api:\n"
    "  url: https://api.example:8443/v1/\n"
    "  ca_file: ca\n"
    "  client_cert: cert\n"
    "  client_key: key\n"
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

/* The files that rich_yaml names. */
static void write_secrets(void)
{
    static const char *const names[] = { "token", "ca", "cert", "key" };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        config_fixture_write_text(names[i], CANARY);
}

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
    write_secrets();
    struct config *config = config_fixture_load_file(rich_yaml);
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
    write_secrets();
    struct config *config = config_fixture_load_file(rich_yaml);
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
    config_fixture_write_text(FILE_NAME,
                              "policies:\n- {match: a, max_hosts: 9}\ndefaults: {min_hosts: 3}\n");
    struct config *config = config_fixture_load(
        (const char *const[]){ "-c" FILE_NAME, "--set=defaults.min_hosts=4", NULL });
    assert_int_equal(config_policy(config, "a")->min_hosts, 4);
    assert_int_equal(config_policy(config, "a")->max_hosts, 9);
    assert_ptr_equal(config_policy(config, "b"), &config->defaults);
    config_destroy(config);
    config_fixture_expect_refusal(
        (const char *const[]){ "-c" FILE_NAME, "--set=defaults.min_hosts=10", NULL }, ERR_CONFIG,
        FILE_NAME ":2:3: policies.match: 'a': min_hosts 10 is above max_hosts, which "
                  "is 9");
    config_fixture_expect_refusal(
        (const char *const[]){ "-c" FILE_NAME, "--set=defaults.max_hosts=2", NULL }, ERR_USAGE,
        "--set=defaults.max_hosts: 2 is below min_hosts, which is 3");
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
    struct config *config = config_fixture_load_file(yaml);
    free(yaml);
    assert_int_equal(config->policy_count, 1000);
    config_destroy(config);
    yaml = many_policies(1001);
    config_fixture_write_text(FILE_NAME, yaml);
    free(yaml);
    config_fixture_expect_refusal((const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
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
    char *text = config_fixture_printed(config);
    struct config *again = config_fixture_load_file(text);
    assert_same_config(config, again);
    char *text_again = config_fixture_printed(again);
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
    check_round_trip(config_fixture_load(NULL));
    write_secrets();
    check_round_trip(config_fixture_load_file(rich_yaml));
    /* The name of the file is escaped too. */
    config_fixture_write_text("a\xe2\x80\xae\"b", "dry_run: true\n");
    check_round_trip(config_fixture_load((const char *const[]){ "-ca\xe2\x80\xae\"b", NULL }));
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
                                   "metrics:\n"
                                   "  # listen: (none)\n"
                                   "  deployments: \"all\"\n"
                                   "  series_max: 100000\n"
                                   "notify: []\n"
                                   "log:\n"
                                   "  file: \"-\"\n"
                                   "  level: info\n"
                                   "  format: text\n"
                                   "  size_max: none\n"
                                   "  keep: 5\n"
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
                                   "  # break: (none)\n"
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
    struct config *config = config_fixture_load(NULL);
    char *text = config_fixture_printed(config);
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
    { "new break",          { "--no-ui", "--set=simulation.break=status_id" }, "simulation.break" },
    { "new faults",         { "--no-ui", "--set=simulation.faults=3%" }, "simulation.faults" },
    /* clang-format on */
};

static void check_replace(void **state)
{
    const struct replace_row *row = *state;
    struct config *old = config_fixture_load((const char *const[]){ "--no-ui", NULL });
    struct config *new = config_fixture_load(row->args);
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
    struct config *old = config_fixture_load((const char *const[]){ "--no-ui", NULL });
    struct config *new = config_fixture_load(
        (const char *const[]){ "--no-ui", "--api=http://b", "--set=api.concurrency=3", NULL });
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
    struct config *old = config_fixture_load((const char *const[]){ direct, NULL });
    struct config *timeout =
        config_fixture_load((const char *const[]){ direct, "--timeout=1s", NULL });
    struct config *first = config_fixture_load((const char *const[]){ direct, proxy, NULL });
    struct config *same = config_fixture_load((const char *const[]){ direct, proxy, "-n", NULL });
    struct config *other =
        config_fixture_load((const char *const[]){ direct, "--api=http://b", NULL });
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
    struct config *old =
        config_fixture_load((const char *const[]){ "--simulate-api=127.0.0.1:1", NULL });
    struct config *new =
        config_fixture_load((const char *const[]){ "--simulate-api=127.0.0.1:2", NULL });
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
        config_fixture_limit_memory(succeed_count);
        r = config_fixture_load_args(args, &config, &err);
        config_fixture_limit_memory(-1);
        config_destroy(config);
        assert_int_equal(config_fixture_memory_count(), 0);
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
    write_secrets();
    config_fixture_write_text(FILE_NAME, rich_yaml);
    end_memory_anywhere((const char *const[]){ "-c" FILE_NAME, "--set=log.file=x", NULL });
    end_memory_anywhere((const char *const[]){ "-c" FILE_NAME, "--backtest=x", "y", NULL });
    config_fixture_make_folders(".config", ".config/autoscaler");
    config_fixture_write_text(".config/autoscaler/" FILE_NAME, rich_yaml);
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
    config_fixture_write_file(FILE_NAME, bytes, size, 0600);
    int r = config_fixture_load_args((const char *const[]){ "-c" FILE_NAME, NULL }, &config, &err);
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
    write_secrets();
    for (size_t size = 0; size < sizeof rich_yaml; size++)
        load_bytes(rich_yaml, size);
}

static void test_damaged_files(void **state)
{
    (void)state;
    static const char spice[] = "\0\t\n\r\x1b \"'#%&*-,:?@[]{|}>!`~\xff\xc3\xe2\x80\xae"
                                "09";
    write_secrets();
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

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_enter, config_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    int failed = cmocka_run_group_tests_name("config_policies", tests, NULL, NULL);
    CONFIG_FIXTURE_ROWS(policy_rows, check_policy, failed);
    CONFIG_FIXTURE_ROWS(replace_rows, check_replace, failed);
    return failed > 0;
}

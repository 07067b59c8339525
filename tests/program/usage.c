/*
 * Usage and configuration errors of the whole program: one line with the error and its place, exit code 2, and no
 * request.
 */
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define EXIT_OK 0
#define EXIT_USAGE 2
#define CANARY "canary-55c2b1"

static const struct usage_row {
    const char *name;
    const char *arguments[4];
    const char *message; /* somewhere in the line */
} usage_rows[] = {
    /* clang-format off */
    { "an unknown option",          { "--once", "--frobnicate" },                 "--frobnicate"          },
    { "an unknown letter",          { "--once", "-Z" },                           "-Z"                    },
    { "an extra word",              { "--once", "now" },                          "now"                   },
    { "a missing argument",         { "--once", "--timeout" },                    "--timeout"             },
    { "an extra argument",          { "--once=5" },                               "--once"                },
    { "two modes",                  { "--once", "--no-ui" },                      "--no-ui"               },
    { "bare without once",          { "--bare" },                                 "--bare"                },
    { "bare in another mode",       { "--bare", "--no-ui" },                      "--bare"                },
    { "bare with a value",          { "--once", "--bare=yes" },                   "--bare"                },
    { "a control character",        { "--once", "--\x1b[2Jfoo" },                 "\\x1b"                 },
    { "a duration in weeks",        { "--once", "--timeout=5w" },                 "--timeout"             },
    { "an empty duration",          { "--once", "--pass-interval=" },             "--pass-interval"       },
    { "a negative duration",        { "--once", "--pass-interval=-5s" },          "--pass-interval"       },
    { "a duration with a comma",    { "--once", "--timeout=1,5s" },               "--timeout"             },
    { "a duration too short",       { "--once", "--timeout=1ms" },                "--timeout"             },
    { "a URL without a scheme",     { "--once", "--api=127.0.0.1:8000" },         "--api"                 },
    { "a URL of a file",            { "--once", "--api=file:///etc/passwd" },     "--api"                 },
    { "a URL with a password",      { "--once", "--api=http://u:" CANARY "@127.0.0.1" }, "--api"          },
    { "a URL without a host",       { "--once", "--api=http://" },                "--api"                 },
    { "a line break in the URL",    { "--once", "--api=http://a\r\nX: y" },       "--api"                 },
    { "concurrency 0",              { "--once", "--concurrency=0" },              "--concurrency"         },
    { "half a concurrency",         { "--once", "--concurrency=1.5" },            "--concurrency"         },
    { "an unknown level",           { "--once", "--log-level=loud" },             "--log-level"           },
    { "an unknown output",          { "--once", "--output=xml" },                 "--output"              },
    { "an unknown key",             { "--once", "--set=defaults.max_host=4" },    "defaults.max_host"     },
    { "a key without a value",      { "--once", "--set=defaults.max_hosts" },     "--set"                 },
    { "a key out of range",         { "--once", "--set=defaults.max_hosts=-1" },  "defaults.max_hosts"    },
    { "an invalid step",            { "--once", "--set=defaults.max_step_up=x%" }, "defaults.max_step_up" },
    { "min_hosts too high",         { "--once", "--set=defaults.min_hosts=9", "--set=defaults.max_hosts=3" },
                                                                                  "min_hosts"             },
    { "no such configuration",      { "--once", "--config=/nonexistent/a.yaml" }, "/nonexistent/a.yaml"   },
    { "a directory as configuration", { "--once", "--config=/tmp" },                "/tmp"                  },
    { "no such token",              { "--once", "--set=api.token_file=/nonexistent/token" }, "/nonexistent/token" },
    { "no such authority",          { "--once", "--set=api.ca_file=/nonexistent/ca.pem" }, "/nonexistent/ca.pem" },
    { "a key without certificate",  { "--once", "--set=api.client_key=/etc/passwd" }, "api.client_cert"     },
    { "nowhere to listen",          { "--simulate-api=here" },                    "--simulate-api"        },
    { "no such promise",            { "--once", "--set=simulation.break=manners" }, "simulation.break"    },
    { "a check of a file",          { "--check-api=file:///etc/passwd" },         "--check-api: expected"  },
    { "a check beside a pass",      { "--once", "--check-api" },                  "--check-api"           },
    { "a scale without a check",    { "--once", "--check-api-scale=eu-1" },       "--check-api-scale"     },
    { "a scale that is read-only",  { "--check-api", "--check-api-scale=eu-1", "--read-only" }, "read_only" },
    { "a demo of nothing",          { "--once", "--demo=0" },                     "--demo"                },
    { "a demo of another API",      { "--once", "--demo" },                       "--api"                 },
    /* clang-format on */
};

static const struct file_row {
    const char *name;
    const char *yaml;
    const char *message;
} file_rows[] = {
    /* clang-format off */
    { "file: a tab",               "api:\n\ttimeout: 5s\n",                       "autoscaler.yaml:2:1: "     },
    { "file: an unknown key",      "pass_interval: 5s\npas_interval: 6s\n",       "autoscaler.yaml:2:1: "     },
    { "file: an unknown part",     "api:\n  tiemout: 5s\n",                       "autoscaler.yaml:2:3: "     },
    { "file: a key twice",         "pass_interval: 5s\npass_interval: 6s\n",      "autoscaler.yaml:2:1: "     },
    { "file: a wrong type",        "api: fast\n",                                 "autoscaler.yaml:1:6: "     },
    { "file: a list",              "pass_interval: [5s]\n",                       "autoscaler.yaml:1:16: "    },
    { "file: out of range",        "api:\n  concurrency: 100000\n",               "autoscaler.yaml:2:16: "    },
    { "file: an invalid duration", "pass_interval: soon\n",                       "autoscaler.yaml:1:16: "    },
    { "file: a quote not closed",  "api:\n  url: \"http://127.0.0.1\n",           "autoscaler.yaml:"          },
    { "file: two documents",       "dry_run: true\n---\ndry_run: false\n",        "autoscaler.yaml:2:1: "     },
    { "file: an anchor",           "api: &a\n  timeout: 5s\n",                    "autoscaler.yaml:1:"        },
    { "file: a policy without match", "policies:\n  - target_free_pct: 20\n",        "autoscaler.yaml:2:"        },
    { "file: a target of 100",     "policies:\n  - match: \"*\"\n    target_free_pct: 100\n",
                                                                                  "autoscaler.yaml:3:22: "    },
    { "file: an escape sequence",  "api:\n  url: \"\\e[2J\"\n",                   "autoscaler.yaml:2:8: "     },
    { "file: invalid UTF-8",       "api: \xff\xfe\n",                          "autoscaler.yaml:"          },
    /* clang-format on */
};

static const struct token_row {
    const char *name;
    const char *token;
    unsigned mode;
    const char *message;
} token_rows[] = {
    { "token: readable by all", CANARY "\n", 0644, "0644" },
    { "token: writable by the group", CANARY "\n", 0620, "0620" },
    { "token: writable by others", CANARY "\n", 0602, "0602" },
    { "token: empty", "", 0600, "empty" },
    { "token: two lines", CANARY "\n" CANARY "\n", 0600, "token" },
    { "token: a space", CANARY " x", 0600, "token" },
};

/* Exactly one line with the program's name and the expected text, and no request. */
static void assert_refused(struct program_fixture *program_fixture, int exit_code,
                           const char *message)
{
    size_t size;
    assert_string_equal(program_output(program_fixture->program, &size), "");
    const char *log = program_log(program_fixture->program, &size);
    assert_printable(log, size);
    if (strncmp(log, "autoscaler: ", 12) != 0 || !strstr(log, message) ||
        strchr(log, '\n') != log + size - 1)
        fail_msg("not one line about '%s':\n%s", message, log);
    assert_null(strstr(log, CANARY));
    assert_int_equal(exit_code, EXIT_USAGE);
    assert_int_equal(fake_api_connections(program_fixture->api), 0);
}

static void argument_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct usage_row *row = program_fixture->row;
    assert_refused(program_fixture, program_fixture_run(program_fixture, row->arguments),
                   row->message);
}

static void file_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct file_row *row = program_fixture->row;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(program_fixture, "autoscaler.yaml", row->yaml, 0600);
    const char *const arguments[] = {
        "--once", "-c", program_fixture_path(program_fixture, "autoscaler.yaml", path), NULL
    };
    assert_refused(program_fixture, program_fixture_run(program_fixture, arguments), row->message);
}

static void an_unreadable_file_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(program_fixture, "autoscaler.yaml", "dry_run: true\n", 0000);
    FILE *file = fopen(program_fixture_path(program_fixture, "autoscaler.yaml", path), "rb");
    if (file) { /* root can read every file */
        fclose(file);
        skip();
    }
    const char *const arguments[] = { "--once", "-c", path, NULL };
    assert_refused(program_fixture, program_fixture_run(program_fixture, arguments),
                   "autoscaler.yaml");
}

static void token_is_refused(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct token_row *row = program_fixture->row;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char set[PROGRAM_FIXTURE_PATH_SIZE + 32];
    program_fixture_write(program_fixture, "token", row->token, row->mode);
    snprintf(set, sizeof set, "--set=api.token_file=%s",
             program_fixture_path(program_fixture, "token", path));
    const char *const arguments[] = { "--once", set, NULL };
    assert_refused(program_fixture, program_fixture_run(program_fixture, arguments), row->message);
}

static void a_token_is_not_sent_in_plain_text(void **state)
{
    struct program_fixture *program_fixture = *state;
    program_fixture->environment = (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    const char *const arguments[] = { "--once", "--api=http://192.0.2.1:8000", NULL };
    assert_refused(program_fixture, program_fixture_run(program_fixture, arguments), "https");
}

static const struct plain_row {
    const char *name;
    const char *arguments[3];
    const char *begins;
} plain_rows[] = {
    { "--help", { "--help" }, "" },
    { "-h wins over a later mistake", { "-h", "--frobnicate" }, "" },
    { "--version", { "--version" }, "autoscaler " },
    { "-V", { "-V" }, "autoscaler " },
    { "--check-config", { "--check-config" }, "" },
};

static void prints_and_sends_no_request(void **state)
{
    struct program_fixture *program_fixture = *state;
    const struct plain_row *row = program_fixture->row;
    size_t size;
    assert_int_equal(program_fixture_run(program_fixture, row->arguments), EXIT_OK);
    const char *output = program_output(program_fixture->program, &size);
    assert_printable(output, size);
    assert_true(size > 10);
    assert_int_equal(strncmp(output, row->begins, strlen(row->begins)), 0);
    assert_string_equal(program_log(program_fixture->program, &size), "");
    assert_int_equal(fake_api_connections(program_fixture->api), 0);
}

/* The output of --check-config is a configuration that gives the same output. */
static void the_printed_configuration_is_valid(void **state)
{
    struct program_fixture *program_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char first[16384];
    size_t size;
    const char *const changed[] = { "--check-config", "--set=defaults.max_step_up=12.5%",
                                    "--pass-interval=1.5m", "--set=defaults.max_hosts=40", NULL };
    assert_int_equal(program_fixture_run(program_fixture, changed), EXIT_OK);
    snprintf(first, sizeof first, "%s", program_output(program_fixture->program, &size));
    program_fixture_write(program_fixture, "autoscaler.yaml", first, 0600);
    const char *const again[] = { "--check-config", "-c",
                                  program_fixture_path(program_fixture, "autoscaler.yaml", path),
                                  NULL };
    assert_int_equal(program_fixture_run(program_fixture, again), EXIT_OK);
    const char *second = program_output(program_fixture->program, &size);
    assert_non_null(strstr(second, "pass_interval: 90s"));
    /* All lines except the one that names the file. */
    assert_string_equal(strchr(second, '\n'), strchr(first, '\n'));
}

/* Keys of the console are known to the console only; they are checked with the rest. */
static void wrong_keys_are_reported_with_all_else(void **state)
{
    struct program_fixture *program_fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    size_t size;
    program_fixture_write(program_fixture, "autoscaler.yaml",
                          "defaults: {max_hosts: many}\n"
                          "console: {keys: {copy: Foo, log: Bar}}\n",
                          0600);
    program_fixture_path(program_fixture, "autoscaler.yaml", path);
    for (int i = 0; i < 4; i++) {
        if (i == 2)
            program_fixture_write(program_fixture, "autoscaler.yaml",
                                  "defaults: {min_hosts: 9, max_hosts: 4}\n"
                                  "console: {keys: {copy: Foo, log: Bar}}\n",
                                  0600);
        const char *const arguments[] = { i % 2 == 0 ? "--check-config" : "--check-config=syntax",
                                          "-c", path, NULL };
        assert_int_equal(program_fixture_run(program_fixture, arguments), EXIT_USAGE);
        const char *log = program_log(program_fixture->program, &size);
        assert_non_null(strstr(log, i < 2 ? ":1:23: defaults.max_hosts: expected"
                                          : "9 is above max_hosts, which is 4"));
        assert_non_null(strstr(log, ":2:24: console.keys.copy: no such key 'Foo'"));
        assert_non_null(strstr(log, ":2:34: console.keys.log: no such key 'Bar'"));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unreadable_file_is_refused),
        cmocka_unit_test(a_token_is_not_sent_in_plain_text),
        cmocka_unit_test(the_printed_configuration_is_valid),
        cmocka_unit_test(wrong_keys_are_reported_with_all_else),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(usage_rows) + COUNT_OF(file_rows) +
                          COUNT_OF(token_rows) + COUNT_OF(plain_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, usage_rows, argument_is_refused);
    at += COUNT_OF(usage_rows);
    TESTS_FROM_ROWS(at, file_rows, file_is_refused);
    at += COUNT_OF(file_rows);
    TESTS_FROM_ROWS(at, token_rows, token_is_refused);
    at += COUNT_OF(token_rows);
    TESTS_FROM_ROWS(at, plain_rows, prints_and_sends_no_request);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = program_fixture_enter;
        all[i].teardown_func = program_fixture_leave;
    }
    return cmocka_run_group_tests_name("usage", all, NULL, NULL);
}

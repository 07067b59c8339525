/* What a configuration may not say, and how that is said. */
#include "tests/support/config_fixture.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    { "key without certificate", "api:\n  client_key: /etc/passwd\n",  "2:15: api.client_key: needs api.client_cert too" },
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
    config_fixture_write_text(FILE_NAME, row->yaml);
    setenv("AUTOSCALER_CONFIG", FILE_NAME, 1);
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, FILE_NAME ":%s", row->message);
    config_fixture_expect_refusal(NULL, ERR_CONFIG, message);
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
    { "set of a lone key",      { "--set=api.client_key=/etc/passwd" }, NULL, "--set=api.client_key: needs api.client_cert too" },
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
    config_fixture_expect_refusal(row->args, ERR_USAGE, row->message);
}

static void check_place(void **state)
{
    const struct usage_row *row = *state;
    if (row->variable)
        config_fixture_set_variable(row->variable);
    config_fixture_expect_refusal(row->args, ERR_CONFIG, row->message);
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
    int r = config_fixture_load_args((const char *const[]){ argument, NULL }, &config, &err);
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
        config_fixture_expect_refusal(args, ERR_USAGE, message);
    } else {
        config_destroy(config_fixture_load(args));
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
    int r = config_fixture_load_args((const char *const[]){ "--simulate-api", row->listen, NULL },
                                     &config, &err);
    assert_int_equal(r, row->is_good ? 0 : ERR_USAGE);
    if (r == 0)
        assert_string_equal(config->simulation.listen, row->listen);
    config_destroy(config);
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
    config_fixture_write_text(FILE_NAME, text);
    assert_int_equal(config_load_or_list(2, argv, NULL, &config, &more, &err), ERR_CONFIG);
    assert_int_equal(more.count, COUNT_OF(expected) - 1);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        char line[ERROR_MSG_SIZE];
        snprintf(line, sizeof line, FILE_NAME ":%s", expected[i]);
        assert_string_equal(i == 0 ? err.msg : more.texts[i - 1], line);
    }
    warnings_fini(&more);
    config_fixture_expect_refusal(
        (const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
        FILE_NAME
        ":1:7: api: unknown key 'retreis'; did you mean 'retries'? (and 8 more: --check-config)");
    config_fixture_write_text(FILE_NAME, "a: 1\n[b]: 2\nc: 3\n");
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
    config_fixture_write_text(FILE_NAME,
                              "api: {token_file: none, ca_file: none, client_cert: none}\n");
    struct config *config = config_fixture_load(args);
    assert_int_equal(config->mode, MODE_CHECK_SYNTAX);
    config_destroy(config);
    config_fixture_write_text(FILE_NAME, "api: {token_files: none}\n");
    config_fixture_expect_refusal(
        args, ERR_CONFIG,
        FILE_NAME ":1:7: api: unknown key 'token_files'; did you mean 'token_file'?");
    config_fixture_expect_refusal((const char *const[]){ "--check-config=all", NULL }, ERR_USAGE,
                                  "--check-config: expected syntax, found 'all'");
}

/* --- run --------------------------------------------------------------------------------------------------------- */

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_enter, config_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_syntax_alone),
        TEST(test_all_errors_at_once),
        TEST(test_all_files_at_once),
    };
    int failed = cmocka_run_group_tests_name("config_refusals", tests, NULL, NULL);
    CONFIG_FIXTURE_ROWS(file_rows, check_file, failed);
    CONFIG_FIXTURE_ROWS(usage_rows, check_usage, failed);
    CONFIG_FIXTURE_ROWS(place_rows, check_place, failed);
    CONFIG_FIXTURE_ROWS(url_rows, check_url, failed);
    CONFIG_FIXTURE_ROWS(proxy_rows, check_proxy, failed);
    CONFIG_FIXTURE_ROWS(listen_rows, check_listen, failed);
    return failed > 0;
}

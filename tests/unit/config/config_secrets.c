/* The token, the files with secrets, and what is a warning. */
#include "tests/support/config_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

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
    config_fixture_write_file("token", row->content, strlen(row->content), row->mode);
    if (!give_away("token", row->owner, row->group))
        skip(); /* only root can */
    config_fixture_write_text(FILE_NAME, "api:\n  token_file: token\n");
    const char *const args[] = { "-c", FILE_NAME, NULL };
    if (row->token) {
        struct config *config = config_fixture_load(args);
        assert_string_equal(config->api.token, row->token);
        char *text = config_fixture_printed(config);
        assert_null(strstr(text, CANARY));
        assert_non_null(strstr(text, "# token: (set)\n"));
        free(text);
        config_destroy(config);
        return;
    }
    char message[ERROR_MSG_SIZE];
    snprintf(message, sizeof message, FILE_NAME ":2:15: api.token_file: token: %s", row->message);
    config_fixture_expect_refusal(args, ERR_CONFIG, message);
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
    config_fixture_write_file("token", CANARY, strlen(CANARY), 0440);
    assert_true(give_away("token", 0, OTHER));
    config_fixture_expect_refusal(args, ERR_USAGE, refusal);
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    config_destroy(config_fixture_load(args));
    strcat(directory, "x");
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    config_fixture_expect_refusal(args, ERR_USAGE, refusal);
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
    config_fixture_write_file("token", CANARY, strlen(CANARY), 0600);
    assert_true(give_away("token", 0, OTHER));
    if (setxattr("token", "system.posix_acl_access", &list, sizeof list, 0) != 0)
        skip(); /* the file system has none */
    struct config *config = config_fixture_load(args);
    assert_string_equal(config->api.token, CANARY);
    config_destroy(config);
}

static void test_no_secret_is_in_a_core_dump(void **state)
{
    (void)state;
    char filter[32] = "";
    config_fixture_write_file("token", CANARY, strlen(CANARY), 0600);
    config_destroy(
        config_fixture_load((const char *const[]){ "--set=api.token_file=token", NULL }));
    FILE *file = fopen("/proc/self/coredump_filter", "r");
    assert_non_null(file);
    assert_non_null(fgets(filter, sizeof filter, file));
    fclose(file);
    assert_int_equal(strtol(filter, NULL, 16), 0);
}

/* --- warnings ---------------------------------------------------------------------------------------------------- */

static void expect_warning(const char *const *args, const char *text)
{
    struct config *config = config_fixture_load(args);
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
    config_fixture_write_file(FILE_NAME, "dry_run: true\n", 14, 0644);
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
    config_fixture_write_file("open/a.yaml", "", 0, 0600);
    config_fixture_write_file("open/token", CANARY, strlen(CANARY), 0600);
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

/* It may put a link there, to another file that root alone can read. */
static void test_a_directory_of_another_user_is_a_warning(void **state)
{
    (void)state;
    static const char doubt[] =
        "theirs/token: the owner of its directory may put another file in its place (chown it)";
    assert_int_equal(mkdir("theirs", 0755), 0);
    config_fixture_write_file("theirs/token", CANARY, strlen(CANARY), 0600);
    bool is_given = give_away("theirs", OTHER, 0);
    if (is_given)
        expect_warning((const char *const[]){ "--set=api.token_file=theirs/token", NULL }, doubt);
    unlink("theirs/token");
    assert_int_equal(rmdir("theirs"), 0);
    if (!is_given)
        skip(); /* only root can */
}

static void must_be_operators(const char *yaml, const char *operators, const char *warning)
{
    const char *const args[] = { "-c" FILE_NAME, NULL };
    config_fixture_write_file(FILE_NAME, yaml, strlen(yaml), 0600);
    struct config *config = config_fixture_load(args);
    if (operators)
        assert_string_equal(config->control.operators, operators);
    else
        assert_null(config->control.operators);
    config_destroy(config);
    expect_warning(args, warning);
}

static void test_operators_are_a_list(void **state)
{
    (void)state;
    must_be_operators("control:\n  operators: [ops, sre]\n", "ops, sre", NULL);
    must_be_operators("control:\n  operators:\n    - ops\n", "ops", NULL);
    must_be_operators("control:\n  operators: []\n", NULL, NULL);
    must_be_operators("control:\n  operators: ops\n", "ops", NULL);
    must_be_operators("control:\n  operators: ops, sre\n", "ops, sre",
                      FILE_NAME ":2:14: control.operators: several groups in one text are "
                                "deprecated; write a list, such as [ops, sre]");
}

static void test_two_operators_in_one_entry_are_refused(void **state)
{
    (void)state;
    static const char yaml[] = "control:\n  operators: [ops sre]\n";
    config_fixture_write_file(FILE_NAME, yaml, strlen(yaml), 0600);
    config_fixture_expect_refusal((const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
                                  FILE_NAME ":2:15: control.operators: expected the name of a "
                                            "group, found 'ops sre'");
}

static void test_operators_are_printed_as_a_list(void **state)
{
    (void)state;
    const char *const args[] = { "--set=control.operators=ops, sre", NULL };
    struct config *config = config_fixture_load(args);
    char *text = config_fixture_printed(config);
    assert_non_null(strstr(text, "  operators: [\"ops\", \"sre\"]\n"));
    free(text);
    config_destroy(config);
}

static void test_a_short_token_is_a_warning(void **state)
{
    (void)state;
    const char *const args[] = { "--set=api.token_file=token", NULL };
    config_fixture_write_file("token", "12345678", 8, 0600);
    expect_warning(args, NULL);
    config_fixture_write_file("token", "1234567\n", 8, 0600);
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
    config_fixture_write_text(FILE_NAME, row->text);
    snprintf(expected, sizeof expected, FILE_NAME "%s", row->warning ? row->warning : "");
    expect_warning((const char *const[]){ "-c" FILE_NAME, NULL }, row->warning ? expected : NULL);
}

/* Without a file of its own, the key is in that of the certificate. */
static void test_a_private_key_of_others(void **state)
{
    (void)state;
    const char *const both[] = { "--set=api.client_cert=cert", "--set=api.client_key=key", NULL };
    const char *const one[] = { "--set=api.client_cert=cert", NULL };
    config_fixture_write_file("cert", "x", 1, 0644);
    config_fixture_write_file("key", "x", 1, 0600);
    expect_warning(both, NULL);
    expect_warning(one, "cert: every user may read the private key (chmod o-r it)");
    chmod("key", 0644);
    expect_warning(both, "key: every user may read the private key (chmod o-r it)");
    chmod("key", 0620);
    config_fixture_expect_refusal(
        both, ERR_USAGE,
        "--set=api.client_key: key: refused, others may write it (mode 0620, not 0600)");
    chmod("cert", 0666);
    config_fixture_expect_refusal(
        one, ERR_USAGE,
        "--set=api.client_cert: cert: refused, others may write it (mode 0666, not 0600)");
}

/* The TLS library would wait for the writer of a pipe, with the loop. */
static void test_files_of_tls_are_regular_ones(void **state)
{
    (void)state;
    static const char *const options[] = { "ca_file", "client_cert", "client_key" };
    static const char *const files[] = { "pipe", "/dev/zero" };
    assert_int_equal(mkfifo("pipe", 0600), 0);
    config_fixture_write_file("cert", "x", 1, 0600);
    for (size_t i = 0; i < COUNT_OF(options) * COUNT_OF(files); i++) {
        const char *option = options[i / COUNT_OF(files)];
        const char *file = files[i % COUNT_OF(files)];
        bool is_key = strcmp(option, "client_key") == 0;
        char argument[64];
        char expected[ERROR_MSG_SIZE];
        snprintf(argument, sizeof argument, "--set=api.%s=%s", option, file);
        snprintf(expected, sizeof expected, "--set=api.%s: cannot read %s: not a regular file",
                 option, file);
        config_fixture_expect_refusal(
            (const char *const[]){ argument, is_key ? "--set=api.client_cert=cert" : NULL, NULL },
            ERR_USAGE, expected);
    }
}

static void check_token_length(size_t length, bool is_good)
{
    char content[8300];
    memset(content, 'x', length);
    content[length] = '\n';
    config_fixture_write_file("token", content, length + 1, 0600);
    const char *const args[] = { "--set=api.token_file=token", NULL };
    if (is_good) {
        struct config *config = config_fixture_load(args);
        assert_int_equal(strlen(config->api.token), length);
        config_destroy(config);
    } else {
        config_fixture_expect_refusal(
            args, ERR_USAGE, "--set=api.token_file: token: the token is longer than 8192 bytes");
    }
}

static void test_token_length(void **state)
{
    (void)state;
    check_token_length(8191, true);
    check_token_length(8192, true);
    check_token_length(8193, false);
    check_token_length(8200, false);
    config_fixture_write_file("token", "a\0b", 3, 0600);
    config_fixture_expect_refusal(
        (const char *const[]){ "--set=api.token_file=token", NULL }, ERR_USAGE,
        "--set=api.token_file: token: the token has spaces, control or non-ASCII "
        "characters");
}

static void test_token_needs_a_regular_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(mkdir("directory", 0700), 0);
    config_fixture_expect_refusal((const char *const[]){ "--set=api.token_file=pipe", NULL },
                                  ERR_USAGE, "--set=api.token_file: pipe: not a regular file");
    config_fixture_expect_refusal((const char *const[]){ "--set=api.token_file=directory", NULL },
                                  ERR_USAGE, "--set=api.token_file: directory: not a regular file");
    config_fixture_expect_refusal((const char *const[]){ "--set=api.token_file=none", NULL },
                                  ERR_USAGE,
                                  "--set=api.token_file: none: No such file or directory");
}

static void test_token_from_the_environment(void **state)
{
    (void)state;
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    config_fixture_write_text(FILE_NAME, "api: {token_file: none}\n");
    struct config *config = config_fixture_load((const char *const[]){ "-c" FILE_NAME, NULL });
    assert_string_equal(config->api.token, CANARY);
    assert_string_equal(config->api.token_file, "none");
    config_destroy(config);
    /* A file that the command line names is used instead of the variable. */
    config_fixture_write_text("token", "other");
    config = config_fixture_load((const char *const[]){ "--set=api.token_file=token", NULL });
    assert_string_equal(config->api.token, "other");
    config_destroy(config);
    setenv("AUTOSCALER_TOKEN", CANARY "\n", 1);
    config_fixture_expect_refusal(
        NULL, ERR_CONFIG,
        "AUTOSCALER_TOKEN: the token has spaces, control or non-ASCII characters");
    setenv("AUTOSCALER_TOKEN", "", 1);
    config_fixture_expect_refusal(NULL, ERR_CONFIG, "AUTOSCALER_TOKEN: the token is empty");
}

/* A mode that contacts no API needs no token and reads none. */
static void test_no_token_for_the_simulation(void **state)
{
    (void)state;
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    config_fixture_write_text(FILE_NAME,
                              "api: {url: 'http://a', token_file: none, ca_file: none}\n");
    struct config *config =
        config_fixture_load((const char *const[]){ "-c" FILE_NAME, "--demo", NULL });
    assert_null(config->api.token);
    config_destroy(config);
    config = config_fixture_load(
        (const char *const[]){ "-c" FILE_NAME, "--simulate-api=127.0.0.1:0", NULL });
    assert_null(config->api.token);
    config_destroy(config);
}

/* What is recorded may have it. A file that cannot be used is no reason to show nothing. */
static void test_the_token_is_known_to_what_shows_a_recording(void **state)
{
    (void)state;
    static const char *const modes[] = { "--backtest=a.csv", "--replay=a", "--redecide=a",
                                         "--history" };
    config_fixture_write_text(FILE_NAME, "api: {url: 'http://a', token_file: token}\n");
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        const char *const args[] = { "-c" FILE_NAME, modes[i], NULL };
        config_fixture_write_file("token", CANARY, strlen(CANARY), 0600);
        struct config *config = config_fixture_load(args);
        assert_string_equal(config->api.token, CANARY);
        config_destroy(config);
        config_fixture_write_file("token", CANARY, strlen(CANARY), 0644);
        config = config_fixture_load(args);
        assert_null(config->api.token);
        config_destroy(config);
    }
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
    config_destroy(config_fixture_load(args));
    setenv("AUTOSCALER_TOKEN", CANARY, 1);
    if (row->may_carry)
        config_destroy(config_fixture_load(args));
    else
        config_fixture_expect_refusal(
            args, ERR_USAGE,
            row->proxy ? "--api: a token is sent through a proxy over https only"
                       : "--api: a token is sent over https or to this machine only");
}

/* --- run --------------------------------------------------------------------------------------------------------- */

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, config_fixture_enter, config_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_token_of_a_service),
        TEST(test_token_with_an_access_list),
        TEST(test_no_secret_is_in_a_core_dump),
        TEST(test_a_configuration_of_others_is_a_warning),
        TEST(test_a_directory_of_all_is_a_warning),
        TEST(test_a_directory_of_another_user_is_a_warning),
        TEST(test_operators_are_a_list),
        TEST(test_two_operators_in_one_entry_are_refused),
        TEST(test_operators_are_printed_as_a_list),
        TEST(test_a_short_token_is_a_warning),
        TEST(test_a_private_key_of_others),
        TEST(test_files_of_tls_are_regular_ones),
        TEST(test_token_length),
        TEST(test_token_needs_a_regular_file),
        TEST(test_token_from_the_environment),
        TEST(test_no_token_for_the_simulation),
        TEST(test_the_token_is_known_to_what_shows_a_recording),
    };
    int failed = cmocka_run_group_tests_name("config_secrets", tests, NULL, NULL);
    CONFIG_FIXTURE_ROWS(token_rows, check_token, failed);
    CONFIG_FIXTURE_ROWS(doubt_rows, row_is_doubted, failed);
    CONFIG_FIXTURE_ROWS(carry_rows, check_carry, failed);
    return failed > 0;
}

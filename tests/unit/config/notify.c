/* The list `notify`: what is read, refused, doubted and shown. */
#include "tests/support/config_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_PATH "/services/T0/" CANARY

static void an_entry_has_defaults(void **state)
{
    (void)state;
    struct config *config = config_fixture_load_file(
        "notify: [{events: [starved], url: \"https://chat.example.com" SECRET_PATH "\"}]\n");
    assert_int_equal(config->notify.count, 1);
    const struct notify_entry *entry = &config->notify.entries[0];
    assert_string_equal(entry->name, "notify-1");
    assert_string_equal(entry->url, "https://chat.example.com" SECRET_PATH);
    assert_int_equal(entry->format, NOTIFY_JSON);
    assert_int_equal(entry->timeout_ms, 10000);
    assert_int_equal(entry->max_age_ms, 3600000);
    assert_int_equal(entry->fold_ms, 10000);
    assert_int_equal(entry->burst, 5);
    assert_int_equal(entry->per_minute, 12);
    assert_int_equal(entry->command.count, 0);
    config_destroy(config);
}

static void every_key_is_read(void **state)
{
    (void)state;
    config_fixture_write_text("ca.pem", "x");
    struct config *config = config_fixture_load_file(
        "notify:\n"
        "  - {name: ops, events: [breaker_opened, 'scale_*'], url: \"http://127.0.0.1:9/x?k=v\",\n"
        "     format: chat, timeout: 2s, max_age: 5m, fold: 0s, burst: 2, per_minute: 60,\n"
        "     ca_file: ca.pem}\n"
        "  - {events: [warn], command: /bin/run  --now x}\n"
        "  - {events: [error], command: [/bin/run, \"a b\", \"\"]}\n");
    const struct notify_entry *entries = config->notify.entries;
    assert_int_equal(config->notify.count, 3);
    assert_string_equal(entries[0].name, "ops");
    assert_int_equal(entries[0].format, NOTIFY_CHAT);
    assert_int_equal(entries[0].timeout_ms, 2000);
    assert_int_equal(entries[0].max_age_ms, 300000);
    assert_int_equal(entries[0].fold_ms, 0);
    assert_int_equal(entries[0].burst, 2);
    assert_int_equal(entries[0].per_minute, 60);
    assert_string_equal(entries[0].ca_file, "ca.pem");
    assert_int_equal(entries[1].command.count, 3);
    assert_string_equal(entries[1].command.paths[2], "x");
    assert_string_equal(entries[2].name, "notify-3");
    assert_int_equal(entries[2].command.count, 3);
    assert_string_equal(entries[2].command.paths[1], "a b");
    assert_string_equal(entries[2].command.paths[2], "");
    config_destroy(config);
}

static const struct choice_row {
    const char *word;
    enum event_id id;
    bool is_chosen;
} choice_rows[] = {
    { "starved", EVENT_STARVED, true },
    { "starved", EVENT_STARVED_ENDED, false },
    { "starved*", EVENT_STARVED_ENDED, true },
    { "warn", EVENT_STARVED, true },
    { "warn", EVENT_BREAKER_OPENED, true },
    { "warn", EVENT_SCALED, false },
    { "error", EVENT_STARVED, false },
    { "*", EVENT_PASS_STARTED, true },
    { "debug", EVENT_PASS_STARTED, true },
    /* A notice about a notice would never end, and behind the end there is none. */
    { "*", EVENT_NOTICE_FAILED, false },
    { "warn", EVENT_NOTICES_DROPPED, false },
    { "notice_refused", EVENT_NOTICE_REFUSED, false },
    { "notice*", EVENT_NOTICE_RECOVERED, false },
    { "*", EVENT_ENGINE_STOPPED, false },
    { "*", EVENT_ENGINE_STOPPING, true },
};

static void words_choose_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(choice_rows); i++) {
        bool events[EVENT_COUNT] = { false };
        notify_choose(choice_rows[i].word, events);
        if (events[choice_rows[i].id] != choice_rows[i].is_chosen)
            fail_msg("'%s' and %s", choice_rows[i].word, event_row(choice_rows[i].id)->name);
    }
}

static void a_word_without_events_is_doubted(void **state)
{
    (void)state;
    struct config *config = config_fixture_load_file(
        "notify: [{events: [starve, engine_stopped, error], command: x}]\n");
    assert_int_equal(config->warnings.count, 2);
    assert_string_equal(config->warnings.texts[0],
                        "autoscaler.yaml:1:20: notify.events: 'starve' is no event that can be "
                        "sent; did you mean 'starved'?");
    assert_non_null(strstr(config->warnings.texts[1], "'engine_stopped' is no event"));
    config_destroy(config);
}

#define URL "url: \"https://a.example" SECRET_PATH "\""
#define E "notify: [{events: [error], "

static const struct refusal_row {
    const char *name;
    const char *yaml;
    const char *message; /* after the name of the file */
} refusal_rows[] = {
    /* clang-format off */
    { "no list",          "notify: x\n",                   "1:9: notify: expected a list of mappings with 'events', found 'x'" },
    { "no mapping",       "notify: [x]\n",                 "1:10: notify: expected a mapping with 'events', found 'x'" },
    { "repeated",         "notify: []\nnotify: []\n",      "2:1: notify: repeated; already set in line 1" },
    { "no receiver",      "notify: [{events: [error]}]\n", "1:10: notify: expected one of 'url', 'url_file' and 'command' in this entry, found none" },
    { "two receivers",    E URL ", command: x}]\n",        "1:10: notify: expected one of 'url', 'url_file' and 'command' in this entry, found several" },
    { "no events",        "notify: [{" URL "}]\n",         "1:10: notify: expected a key 'events' in this entry" },
    { "an empty list",    "notify: [{events: [], command: x}]\n", "1:19: notify.events: expected a list of events, found an empty list" },
    { "events as a text", "notify: [{events: error, command: x}]\n", "1:19: notify.events: expected a list of events, found 'error'" },
    { "an open pattern",  "notify: [{events: ['a[b'], command: x}]\n", "1:20: notify.events: expected a pattern, found 'a[b': its '[' is not closed (\\[ is the character)" },
    { "an unknown key",   E "command: x, formt: json}]\n", "1:40: notify: unknown key 'formt'; did you mean 'format'?" },
    { "a key twice",      E "command: x, command: y}]\n",  "1:40: notify.command: repeated; already set in line 1" },
    { "a format",         E "command: x, format: xml}]\n", "1:48: notify.format: expected json or chat, found 'xml'" },
    { "a name",           E "command: x, name: \"a b\"}]\n", "1:46: notify.name: expected letters, digits, '-' and '_', found the text 'a b'" },
    { "a name twice",     "notify:\n- {events: [error], command: x, name: a}\n- {events: [error], command: x, name: a}\n", "3:39: notify.name: repeated; the entry in line 2 has it" },
    { "the name of another", "notify:\n- {events: [error], command: x}\n- {events: [error], command: x, name: notify-1}\n", "3:39: notify.name: repeated; the entry in line 2 has it" },
    { "no program",       E "command: \" \"}]\n",          "1:37: notify.command: expected a program, found none" },
    { "an empty command", E "command: []}]\n",             "1:37: notify.command: expected a program, found none" },
    { "no timeout",       E "command: x, timeout: 0s}]\n", "1:49: notify.timeout: expected a duration from 100ms to 1m, found '0s'" },
    { "folds too long",   E "command: x, max_age: 10s}]\n", "1:10: notify: 'max_age' must be longer than 'fold' in this entry" },
    { "a burst",          E "command: x, burst: 0}]\n",    "1:47: notify.burst: expected a whole number from 1 to 1000, found '0'" },
    { "authorities of a command", E "command: x, ca_file: y}]\n", "1:10: notify: a command has no 'ca_file'" },
    { "in the clear",     E "url: \"http://a.example" SECRET_PATH "\"}]\n", "1:10: notify.url: notices are sent over https or to this machine only" },
    { "another scheme",   E "url: \"ftp://a.example" SECRET_PATH "\"}]\n",  "1:33: notify.url: expected a URL that begins with https:// or http://" },
    { "a password",       E "url: \"https://u:" CANARY "@a.example/\"}]\n", "1:33: notify.url: expected a URL without user name and password" },
    { "a bad port",       E "url: \"https://a.example:x" SECRET_PATH "\"}]\n", "1:33: notify.url: expected a port from 1 to 65535" },
    { "a space",          E "url: \"https://a.example" SECRET_PATH " \"}]\n", "1:33: notify.url: expected a URL without spaces, control and non-ASCII characters and '#'" },
    { "a URL as a list",  E "url: [" CANARY "]}]\n",       "1:33: notify.url: expected a URL of at most 2000 bytes" },
    { "no authorities",   E URL ", ca_file: nowhere}]\n",  "1:10: notify.ca_file: nowhere: cannot read it: No such file or directory" },
    { "no file",          E "url_file: nowhere}]\n",       "1:10: notify.url_file: nowhere: No such file or directory" },
    /* clang-format on */
};

static void check_refusal(void **state)
{
    const struct refusal_row *row = *state;
    char message[512];
    config_fixture_write_text(FILE_NAME, row->yaml);
    snprintf(message, sizeof message, FILE_NAME ":%s", row->message);
    assert_null(strstr(message, CANARY));
    config_fixture_expect_refusal((const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
                                  message);
}

static const struct file_row {
    const char *name;
    const char *content;
    mode_t mode;
    const char *url;     /* NULL: refused */
    const char *message; /* after the name of the file */
} file_rows[] = {
    /* clang-format off */
    { "a URL in a file",   "https://a.example" SECRET_PATH "\n", 0600, "https://a.example" SECRET_PATH, NULL },
    { "file of all",       "https://a.example" SECRET_PATH "\n", 0644, NULL, "refused, others have access to it (mode 0644, not 0600)" },
    { "file in the clear", "http://a.example" SECRET_PATH "\n",  0600, NULL, "notices are sent over https or to this machine only" },
    { "file of two lines", "https://a.example" SECRET_PATH "\nx", 0600, NULL, "expected a URL and nothing else in the file" },
    { "file of no URL",    CANARY,                               0600, NULL, "expected a URL that begins with https:// or http://" },
    /* clang-format on */
};

static void check_file(void **state)
{
    const struct file_row *row = *state;
    static const char yaml[] = E "url_file: hook}]\n";
    config_fixture_write_file("hook", row->content, strlen(row->content), row->mode);
    if (row->url) {
        struct config *config = config_fixture_load_file(yaml);
        assert_string_equal(config->notify.entries[0].url, row->url);
        config_destroy(config);
        return;
    }
    char message[512];
    config_fixture_write_text(FILE_NAME, yaml);
    snprintf(message, sizeof message, FILE_NAME ":1:10: notify.url_file: hook: %s", row->message);
    config_fixture_expect_refusal((const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
                                  message);
}

static void all_mistakes_are_reported_at_once(void **state)
{
    (void)state;
    config_fixture_write_text(FILE_NAME, "notify:\n"
                                         "  - {events: [error, [x]], command: [x], format: y}\n"
                                         "  - x\n"
                                         "  - {events: [error], burst: z}\n"
                                         "dry_run: maybe\n");
    config_fixture_expect_refusal(
        (const char *const[]){ "-c" FILE_NAME, NULL }, ERR_CONFIG,
        FILE_NAME ":2:22: notify.events: expected the name of an event, a pattern or a severity, "
                  "found a list (and 5 more: --check-config)");
}

/* What --check-config prints can be read again, and has no secret. */
static void what_is_printed_has_no_secret(void **state)
{
    (void)state;
    static const char url[] = "https://b.example/" CANARY;
    config_fixture_write_file("hook", url, strlen(url), 0600);
    struct config *config = config_fixture_load_file(
        "notify:\n"
        "  - {events: [error, 'sca*'], name: chat, format: chat, " URL "}\n"
        "  - {events: [warn], url: \"http://127.0.0.1:80/?" CANARY "\"}\n"
        "  - {events: [warn], url_file: hook}\n"
        "  - {events: [starved], url: \"https://a.example:443\"}\n"
        "  - {events: [starved], command: [/bin/run, \"a \\\"b\\\"\"]}\n");
    char *printed = config_fixture_printed(config);
    assert_null(strstr(printed, CANARY));
    assert_non_null(strstr(printed, "notify:\n"
                                    "  - name: \"chat\"\n"
                                    "    events: [\"error\", \"sca*\"]\n"
                                    "    url: \"https://a.example\" # without its path\n"
                                    "    # url_file: (none)\n"
                                    "    format: chat\n"
                                    "    # ca_file: (none)\n"
                                    "    timeout: 10s\n"
                                    "    max_age: 1h\n"
                                    "    fold: 10s\n"
                                    "    burst: 5\n"
                                    "    per_minute: 12\n"
                                    "  - name: \"notify-2\"\n"));
    assert_non_null(strstr(printed, "    url: \"http://127.0.0.1:80\" # without its path\n"));
    assert_non_null(strstr(printed, "    url_file: \"hook\"\n"));
    assert_non_null(strstr(printed, "    url: \"https://a.example:443\" # without its path\n"));
    assert_non_null(strstr(printed, "    command: [\"/bin/run\", \"a \\\"b\\\"\"]\n"));
    config_destroy(config);
    config = config_fixture_load_file(printed);
    char *again = config_fixture_printed(config);
    assert_int_equal(config->notify.count, 5);
    assert_string_equal(again, printed);
    free(again);
    free(printed);
    config_destroy(config);
}

static void memory_ends_anywhere(void **state)
{
    (void)state;
    static const char url[] = "https://b.example/" CANARY;
    config_fixture_write_file("hook", url, strlen(url), 0600);
    config_fixture_write_text(FILE_NAME, "notify:\n"
                                         "  - {events: [starve, error], name: a, url_file: hook}\n"
                                         "  - {events: [warn], command: [x, y]}\n"
                                         "  - {events: [warn], " URL "}\n");
    int failed = -ENOMEM;
    for (int64_t count = 0; failed; count++) {
        struct config *config = NULL;
        struct error err;
        config_fixture_limit_memory(count);
        failed =
            config_fixture_load_args((const char *const[]){ "-c" FILE_NAME, NULL }, &config, &err);
        config_fixture_limit_memory(-1);
        config_destroy(config);
        assert_int_equal(config_fixture_memory_count(), 0);
        if (failed)
            assert_int_equal(failed, -ENOMEM);
    }
}

static void it_is_for_the_file_alone(void **state)
{
    (void)state;
    config_fixture_expect_refusal((const char *const[]){ "--set=notify=[]", NULL }, ERR_USAGE,
                                  "--set: notify belongs in the configuration file");
}

int main(void)
{
#define FIXTURE(test)                                                                              \
    cmocka_unit_test_setup_teardown(test, config_fixture_enter, config_fixture_leave)
    const struct CMUnitTest tests[] = {
        FIXTURE(an_entry_has_defaults),
        FIXTURE(every_key_is_read),
        FIXTURE(words_choose_events),
        FIXTURE(a_word_without_events_is_doubted),
        FIXTURE(all_mistakes_are_reported_at_once),
        FIXTURE(what_is_printed_has_no_secret),
        FIXTURE(memory_ends_anywhere),
        FIXTURE(it_is_for_the_file_alone),
    };
    int failed = cmocka_run_group_tests_name("notify", tests, NULL, NULL);
    CONFIG_FIXTURE_ROWS(refusal_rows, check_refusal, failed);
    CONFIG_FIXTURE_ROWS(file_rows, check_file, failed);
    return failed;
}

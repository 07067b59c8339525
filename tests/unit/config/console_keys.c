#include "engine/config/config.h"
#include "engine/config/config_values.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_SIZE 512

static char path[] = "/tmp/test_console_keys.XXXXXX";

/* The configuration of a file with this text; NULL: refused, with the sentence behind the path. */
static struct config *load(const char *yaml, char ret_refusal[TEXT_SIZE])
{
    struct config *config = NULL;
    struct error err;
    char *argv[] = { (char *)(uintptr_t) "autoscaler", (char *)(uintptr_t) "-c", path, NULL };
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(yaml, file);
    fclose(file);
    if (config_load(3, argv, &config, &err) == 0)
        return config;
    assert_int_equal(err.code, ERR_CONFIG);
    assert_memory_equal(err.msg, path, strlen(path));
    snprintf(ret_refusal, TEXT_SIZE, "%s", err.msg + strlen(path) + 1);
    return NULL;
}

/* "copy=x@3:11 sort=@4:5": each entry with its position. */
static void list_entries(const struct config *config, char ret_list[TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_list, TEXT_SIZE);
    for (size_t i = 0; i < config->console.keys.count; i++) {
        const struct key_entry *entry = &config->console.keys.entries[i];
        text_addf(&text, "%s%s=%s@%zu:%zu", i > 0 ? " " : "", entry->command, entry->key,
                  entry->line, entry->column);
    }
}

static const struct reading_case {
    const char *name;
    const char *yaml;
    const char *entries; /* NULL: refused */
    const char *refusal;
} reading_rows[] = {
    /* clang-format off */
    { "none",                  "console: {view: all}\n",                         "", NULL },
    { "an empty mapping",      "console: {keys: {}}\n",                          "", NULL },
    { "one key",               "console:\n  keys:\n    copy: x\n",               "copy=x@3:11", NULL },
    { "a list",                "console:\n  keys:\n    sort: [o, F6]\n",         "sort=o@3:12 sort=F6@3:15", NULL },
    { "a list of lines",       "console:\n  keys:\n    sort:\n      - o\n      - \"<\"\n", "sort=o@4:9 sort=<@5:9", NULL },
    { "an empty list",         "console:\n  keys:\n    freeze: []\n",            "freeze=@3:14", NULL },
    { "YAML's words are text", "console: {keys: {copy: y, sort: n, freeze: ~}}\n", "copy=y@1:24 sort=n@1:33 freeze=~@1:44", NULL },
    { "any command, any key",  "console: {keys: {nonsense: Foo}}\n",             "nonsense=Foo@1:28", NULL },
    { "no mapping",            "console: {keys: x}\n",                           NULL, "1:17: console.keys: expected a mapping of commands to keys, found 'x'" },
    { "a list of commands",    "console: {keys: [x]}\n",                         NULL, "1:17: console.keys: expected a mapping of commands to keys, found a list" },
    { "repeated",              "console: {keys: {}, keys: {}}\n",                NULL, "1:21: console.keys: repeated; already set in line 1" },
    { "a command repeated",    "console:\n  keys:\n    copy: x\n    copy: y\n",  NULL, "4:5: console.keys.copy: repeated; already set in line 3" },
    { "no key",                "console: {keys: {copy: }}\n",                    NULL, "1:24: console.keys.copy: expected a key or a list of keys, found nothing" },
    { "a mapping as key",      "console: {keys: {copy: {a: b}}}\n",              NULL, "1:24: console.keys.copy: expected a key or a list of keys, found a mapping" },
    { "a list in a list",      "console: {keys: {copy: [a, [b, [c]], d]}}\n",    NULL, "1:28: console.keys.copy: expected a key or a list of keys, found a list" },
    { "a key that is long",    "console: {keys: {copy: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}\n", NULL,
      "1:24: console.keys.copy: expected a key or a list of keys, found 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" },
    { "a command with blanks", "console: {keys: {\"a b\": x}}\n",                NULL, "1:18: console.keys: expected the name of a command, found the text 'a b'" },
    { "a command that is a list", "console: {keys: {[a]: x}}\n",                 NULL, "1:18: console.keys: expected the name of a command, found a list" },
    { "what follows is read",  "console: {keys: {copy: [[a], b], sort: {}}, view: nope}\n", NULL,
      "1:25: console.keys.copy: expected a key or a list of keys, found a list (and 2 more: --check-config)" },
    /* clang-format on */
};

static void check_reading(void **state)
{
    const struct reading_case *row = *state;
    char found[TEXT_SIZE] = "";
    struct config *config = load(row->yaml, found);
    if (config)
        list_entries(config, found);
    config_destroy(config);
    assert_string_equal(found, row->entries ? row->entries : row->refusal);
}

static void test_it_is_printed_as_it_is_read(void **state)
{
    (void)state;
    char refusal[TEXT_SIZE];
    char *text = NULL;
    size_t size = 0;
    struct config *config =
        load("console: {keys: {sort: [o, '\"'], freeze: [], copy: x}}\n", refusal);
    FILE *out = open_memstream(&text, &size);
    config_print(config, out);
    fclose(out);
    assert_non_null(strstr(
        text,
        "\n  keys:\n    \"sort\": [\"o\", \"\\\"\"]\n    \"freeze\": []\n    \"copy\": [\"x\"]\n"));
    config_destroy(config);
    config = load(text, refusal);
    assert_non_null(config);
    assert_int_equal(config->console.keys.count, 4);
    config_destroy(config);
    free(text);
}

static void test_they_have_a_maximum(void **state)
{
    (void)state;
    char yaml[4096];
    char refusal[TEXT_SIZE];
    struct text text;
    text_init(&text, yaml, sizeof yaml);
    text_add(&text, "console: {keys: {sort: [x");
    for (int i = 1; i < KEY_LIST_MAX; i++)
        text_add(&text, ", x");
    struct text end = text;
    text_add(&text, "]}}\n");
    struct config *config = load(yaml, refusal);
    assert_non_null(config);
    assert_int_equal(config->console.keys.count, KEY_LIST_MAX);
    config_destroy(config);
    text_add(&end, ", x]}}\n");
    assert_null(load(yaml, refusal));
    assert_non_null(strstr(refusal, "console.keys.sort: more than 200 keys"));
}

static void test_the_command_line_cannot_set_them(void **state)
{
    (void)state;
    static const char *const settings[] = { "--set=console.keys=x", "--set=console.keys.copy=x" };
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        struct config *config = NULL;
        struct error err;
        char *argv[] = { (char *)(uintptr_t) "autoscaler", (char *)(uintptr_t)settings[i], NULL };
        assert_int_equal(config_load(2, argv, &config, &err), ERR_USAGE);
        assert_string_equal(err.msg, "--set: console.keys belongs in the configuration file");
    }
}

static int enter(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int leave(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_it_is_printed_as_it_is_read),
        cmocka_unit_test(test_they_have_a_maximum),
        cmocka_unit_test(test_the_command_line_cannot_set_them),
    };
    struct CMUnitTest reading_tests[COUNT_OF(reading_rows)];
    TESTS_FROM_ROWS(reading_tests, reading_rows, check_reading);
    int failed = cmocka_run_group_tests_name("readings", reading_tests, enter, leave);
    snprintf(path, sizeof path, "/tmp/test_console_keys.XXXXXX");
    failed += cmocka_run_group_tests_name("console_keys", whole_tests, enter, leave);
    return failed;
}

#include "tui/console/key_bindings.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 12

static uint32_t parse(const char *name)
{
    uint32_t keypress = keypress_parse(name, strlen(name));
    assert_int_not_equal(keypress, KEYPRESS_NONE);
    return keypress;
}

struct reading {
    struct key_bindings bindings;
    struct key_given given[ENTRIES_MAX];
    char words[ENTRIES_MAX][2][32];
    bool is_accepted;
    char refusals[4][256]; /* "1: no such ..." */
    size_t refusal_count;
    char warnings[4][256];
    size_t warning_count;
};

static void refuse(void *context, size_t index, const char *sentence)
{
    struct reading *reading = context;
    assert_true(reading->refusal_count < COUNT_OF(reading->refusals));
    snprintf(reading->refusals[reading->refusal_count++], sizeof reading->refusals[0], "%zu: %s",
             reading->given[index].line, sentence);
}

static void warn(void *context, const char *sentence)
{
    struct reading *reading = context;
    assert_true(reading->warning_count < COUNT_OF(reading->warnings));
    snprintf(reading->warnings[reading->warning_count++], sizeof reading->warnings[0], "%s",
             sentence);
}

/* "copy x; copy F5; freeze": entries in lines from 1 on, without a key: an empty list. */
static void read_entries(const char *entries, struct reading *reading)
{
    size_t count = 0;
    struct key_report report = { refuse, warn, reading };
    *reading = (struct reading){ 0 };
    for (; *entries != '\0'; count++) {
        char copy[64];
        size_t length = strcspn(entries, ";");
        assert_true(count < ENTRIES_MAX);
        snprintf(copy, sizeof copy, "%.*s", (int)length, entries);
        assert_true(sscanf(copy, "%31s %31s", reading->words[count][0], reading->words[count][1]) >=
                    1);
        reading->given[count] =
            (struct key_given){ reading->words[count][0], reading->words[count][1], count + 1 };
        entries += length;
        entries += strspn(entries, "; ");
    }
    reading->is_accepted = key_bindings_read(reading->given, count, &report, &reading->bindings);
}

/* What a key means after a configuration; NONE: nothing. */
static const struct meaning_case {
    const char *name;
    const char *entries;
    unsigned context;
    const char *keypress;
    enum act act;
} meaning_rows[] = {
    /* clang-format off */
    { "nothing given: as in the table",    "",                         KEY_CONTEXT_LIST,    "p",      ACT_PAUSE_ROW },
    { "a key given",                       "pause-row x",              KEY_CONTEXT_LIST,    "x",      ACT_PAUSE_ROW },
    { "its default is gone",               "pause-row x",              KEY_CONTEXT_LIST,    "p",      ACT_NONE },
    { "the default can be kept",           "pause-row p; pause-row x", KEY_CONTEXT_EXPLAIN, "p",      ACT_PAUSE_ROW },
    { "an empty list: no key",             "freeze",                   KEY_CONTEXT_LIST,    "z",      ACT_NONE },
    { "a key is taken from another",       "copy P",                   KEY_CONTEXT_LIST,    "P",      ACT_COPY },
    { "... on the pages of both only",     "copy P",                   KEY_CONTEXT_LOG,     "P",      ACT_NONE },
    { "one key on two pages",              "time x; sort x",           KEY_CONTEXT_LIST,    "x",      ACT_SORT },
    { "one key on two pages, the other",   "time x; sort x",           KEY_CONTEXT_LOG,     "x",      ACT_TIME },
    { "two commands change places",        "pause-row P; pause-all p", KEY_CONTEXT_LIST,    "P",      ACT_PAUSE_ROW },
    { "two commands change places, other", "pause-row P; pause-all p", KEY_CONTEXT_LIST,    "p",      ACT_PAUSE_ALL },
    { "a key with a name",                 "sort F5",                  KEY_CONTEXT_LIST,    "F5",     ACT_SORT },
    { "Ctrl-c always quits",               "quit Q",                   KEY_CONTEXT_LIST,    "Ctrl-c", ACT_QUIT },
    { "... and without any other key",     "quit",                     KEY_CONTEXT_LOG,     "Ctrl-c", ACT_QUIT },
    { "a letter outside of ASCII, to look", "sort \xc3\xa9",           KEY_CONTEXT_LIST,    "\xc3\xa9", ACT_SORT },
    /* clang-format on */
};

static void check_meaning(void **state)
{
    const struct meaning_case *row = *state;
    struct reading reading;
    read_entries(row->entries, &reading);
    assert_true(reading.is_accepted);
    assert_int_equal(reading.refusal_count, 0);
    assert_int_equal(key_bindings_act(&reading.bindings, row->context, parse(row->keypress)),
                     row->act);
}

static const struct refusal_case {
    const char *name;
    const char *entries;
    const char *sentence;
} refusal_rows[] = {
    /* clang-format off */
    { "an unknown command",      "frobnicate x",          "1: no such command; autoscaler-console(7) lists them" },
    { "a similar command",       "sort S; pause_row x",   "2: no such command; did you mean 'pause-row'?" },
    { "an unknown key",          "sort Foo",              "1: no such key 'Foo'; a character, Ctrl-a, F1, Space, Tab, S-Tab, Enter, Backspace, Delete, Up, Down, Left, Right, Home, End, PgUp, PgDn" },
    { "a key given twice",       "sort x; copy x",        "2: the key 'x' is already given to 'sort' in line 1" },
    { "twice to one command",    "sort x; sort x",        "2: the key 'x' is already given to 'sort' in line 1" },
    { "Esc as a key",            "sort Esc",              "1: the key 'Esc' is fixed" },
    { "Ctrl-c as a key",         "sort Ctrl-c",           "1: the key 'Ctrl-c' is fixed" },
    { "a digit as a key",        "sort 5",                "1: the key '5' is fixed" },
    { "Esc itself",              "back x",                "1: Esc is fixed" },
    { "the digits",              "view x",                "1: the meaning of the digits is fixed" },
    { "the digit 0",             "last-view x",           "1: the meaning of the digits is fixed" },
    { "what acts, on Ctrl",      "pass Ctrl-r",           "1: the key 'Ctrl-r' is for commands that only show; expected a letter or sign" },
    { "what acts, on Enter",     "pause-all Enter",       "1: the key 'Enter' is for commands that only show; expected a letter or sign" },
    { "what acts, on Space",     "scale-up Space",        "1: the key 'Space' is for commands that only show; expected a letter or sign" },
    { "help without a key",      "help",                  "1: expected at least one key" },
    { "commands without a key",  "command",               "1: expected at least one key" },
    { "the last key of another", "sort :",                "1: takes the last key of 'command'" },
    { "too many keys",           "sort a; sort b; sort e; sort w; sort v; sort x; sort m; sort o; sort i; sort u", "10: more than 9 keys" },
    /* clang-format on */
};

static void check_refusal(void **state)
{
    const struct refusal_case *row = *state;
    struct reading reading;
    read_entries(row->entries, &reading);
    assert_false(reading.is_accepted);
    assert_int_equal(reading.refusal_count, 1);
    assert_string_equal(reading.refusals[0], row->sentence);
}

static void test_all_errors_are_told_at_once(void **state)
{
    (void)state;
    struct reading reading;
    read_entries("nonsense x; sort Foo; copy Esc", &reading);
    assert_false(reading.is_accepted);
    assert_int_equal(reading.refusal_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(reading.refusals[i][0], '1' + (int)i);
}

static void test_a_command_that_lost_its_last_key_is_a_warning(void **state)
{
    (void)state;
    struct reading reading;
    read_entries("copy P; freeze", &reading);
    assert_true(reading.is_accepted);
    assert_int_equal(reading.warning_count, 1);
    assert_string_equal(reading.warnings[0],
                        "'pause-all' has no key any more, only the command :pause-all");
}

static void test_a_refused_configuration_leaves_the_keys_alone(void **state)
{
    (void)state;
    struct reading reading;
    read_entries("sort x; copy Foo", &reading);
    struct key_bindings nothing = { 0 };
    assert_memory_equal(&reading.bindings, &nothing, sizeof nothing);
}

static void test_names(void **state)
{
    (void)state;
    struct reading reading;
    char storage[64];
    struct text text;
    read_entries("sort x; sort F5; freeze", &reading);
    text_init(&text, storage, sizeof storage);
    key_bindings_add(&reading.bindings, ACT_SORT, &text);
    assert_string_equal(storage, "x F5");
    assert_string_equal(key_bindings_label(&reading.bindings, ACT_SORT).text, "x");
    assert_string_equal(key_bindings_label(&reading.bindings, ACT_FREEZE).text, ":freeze");
    text_reset(&text);
    key_bindings_add(&reading.bindings, ACT_FREEZE, &text);
    assert_string_equal(storage, "");
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_all_errors_are_told_at_once),
        cmocka_unit_test(test_a_command_that_lost_its_last_key_is_a_warning),
        cmocka_unit_test(test_a_refused_configuration_leaves_the_keys_alone),
        cmocka_unit_test(test_names),
    };
    struct CMUnitTest meaning_tests[COUNT_OF(meaning_rows)];
    struct CMUnitTest refusal_tests[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(meaning_tests, meaning_rows, check_meaning);
    TESTS_FROM_ROWS(refusal_tests, refusal_rows, check_refusal);
    int failed = cmocka_run_group_tests_name("meanings", meaning_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("refusals", refusal_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("key_bindings", whole_tests, NULL, NULL);
    return failed;
}

#include "tui/console/key_bindings.h"

#include "tests/support/test.h"

#include <string.h>

/* Keys with a documented meaning, and keys that must not do anything in a context. */
static const struct act_case {
    const char *name;
    unsigned contexts;
    const char *keypress;
    enum act act;
} act_rows[] = {
    /* clang-format off */
    { "q quits",             KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "q",      ACT_QUIT },
    { "Ctrl-c quits",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Ctrl-c", ACT_QUIT },
    { "? helps",             KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "?",      ACT_HELP },
    { "F1 helps",            KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "F1",     ACT_HELP },
    { "P pauses all",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "P",      ACT_PAUSE_ALL },
    { "p pauses one",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN,                          "p",      ACT_PAUSE_ROW },
    { "r runs a pass",       KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "r",      ACT_PASS },
    { "d discovers",         KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "d",      ACT_DISCOVER },
    { "D switches dry-run",  KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "D",      ACT_DRY_RUN },
    { "+ scales up",         KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN,                          "+",      ACT_SCALE_UP },
    { "= scales up",         KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN,                          "=",      ACT_SCALE_UP },
    { "- scales down",       KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN,                          "-",      ACT_SCALE_DOWN },
    { "/ filters the list",  KEY_CONTEXT_LIST,                                          "/",      ACT_FILTER },
    { "\\ filters the list", KEY_CONTEXT_LIST,                                          "\\",     ACT_FILTER },
    { "/ searches the log",  KEY_CONTEXT_LOG,                                           "/",      ACT_SEARCH },
    { "s sorts",             KEY_CONTEXT_LIST,                                          "s",      ACT_SORT },
    { "Enter explains",      KEY_CONTEXT_LIST | KEY_CONTEXT_LOG,                              "Enter",  ACT_EXPLAIN },
    { "l shows the log",     KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "l",      ACT_LOG },
    { "e finds errors",      KEY_CONTEXT_LIST | KEY_CONTEXT_LOG,                              "e",      ACT_NEXT_ERROR },
    { "j goes down",         KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "j",      ACT_DOWN },
    { "Down goes down",      KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Down",   ACT_DOWN },
    { "k goes up",           KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "k",      ACT_UP },
    { "Up goes up",          KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Up",     ACT_UP },
    { "Left scrolls",        KEY_CONTEXT_LIST | KEY_CONTEXT_LOG,                              "Left",   ACT_LEFT },
    { "Right scrolls",       KEY_CONTEXT_LIST | KEY_CONTEXT_LOG,                              "Right",  ACT_RIGHT },
    { "g goes to the first", KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "g",      ACT_FIRST },
    { "G goes to the last",  KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "G",      ACT_LAST },
    { "PgUp pages",          KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "PgUp",   ACT_PAGE_UP },
    { "PgDn pages",          KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "PgDn",   ACT_PAGE_DOWN },
    { "Esc goes back",       KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Esc",    ACT_BACK },
    { "1 is a view",         KEY_CONTEXT_LIST,                                          "1",      ACT_VIEW },
    { "7 is a view",         KEY_CONTEXT_LIST,                                          "7",      ACT_VIEW },
    { "9 is a view",         KEY_CONTEXT_LIST,                                          "9",      ACT_VIEW },
    { "0 is the view before", KEY_CONTEXT_LIST,                                         "0",      ACT_LAST_VIEW },
    { "8 is nothing elsewhere", KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "8",      ACT_NONE },
    { "Delete is nothing",   KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Delete", ACT_NONE },
    { "help pauses nothing", KEY_CONTEXT_HELP,                                          "p",      ACT_NONE },
    { "help scales nothing", KEY_CONTEXT_HELP,                                          "+",      ACT_NONE },
    { "the log scales nothing", KEY_CONTEXT_LOG,                                        "+",      ACT_NONE },
    { "nowhere is nothing",  0,                                                   "q",      ACT_NONE },
    /* clang-format on */
};

static void check_act(void **state)
{
    struct key_bindings defaults;
    key_bindings_init(&defaults);
    const struct act_case *row = *state;
    uint32_t keypress = keypress_parse(row->keypress, strlen(row->keypress));
    assert_int_not_equal(keypress, KEYPRESS_NONE);
    if (row->contexts == 0)
        assert_int_equal(key_bindings_act(&defaults, 0, keypress), row->act);
    for (unsigned context = KEY_CONTEXT_LIST; context <= KEY_CONTEXT_HELP; context <<= 1)
        if (row->contexts & context)
            assert_int_equal(key_bindings_act(&defaults, context, keypress), row->act);
}

/* The words of the keys, counted without the parser. */
static size_t word_count(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += *text == ' ';
    return count;
}

static void test_every_keypress_of_every_row_is_one_and_acts(void **state)
{
    struct key_bindings defaults;
    key_bindings_init(&defaults);
    (void)state;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        size_t count = word_count(row->keys);
        for (size_t i = 0; i < count; i++) {
            uint32_t keypress = keys_keypress(row, i);
            assert_int_not_equal(keypress, KEYPRESS_NONE);
            for (unsigned context = KEY_CONTEXT_LIST; context <= KEY_CONTEXT_HELP; context <<= 1)
                if (row->contexts & context)
                    assert_int_equal(key_bindings_act(&defaults, context, keypress), act);
        }
        for (size_t i = count; i < count + 3; i++)
            assert_int_equal(keys_keypress(row, i), KEYPRESS_NONE);
    }
}

static void test_no_keypress_means_two_things_in_one_context(void **state)
{
    (void)state;
    for (int a = 1; a < ACT_COUNT; a++)
        for (int b = a + 1; b < ACT_COUNT; b++) {
            const struct key_row *one = keys_row((enum act)a);
            const struct key_row *other = keys_row((enum act)b);
            if (!(one->contexts & other->contexts))
                continue;
            for (size_t i = 0; keys_keypress(one, i) != KEYPRESS_NONE; i++)
                for (size_t j = 0; keys_keypress(other, j) != KEYPRESS_NONE; j++)
                    assert_int_not_equal(keys_keypress(one, i), keys_keypress(other, j));
        }
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    const unsigned everywhere =
        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        assert_int_equal(row->act, act);
        assert_int_not_equal(row->contexts, 0);
        assert_int_equal(row->contexts & ~everywhere, 0);
        assert_true(strlen(row->help) >= 8);
        assert_true(strlen(row->help) <= 80);
        assert_true(row->help[strlen(row->help) - 1] != '.');
        if (row->hint) {
            assert_true(strlen(row->hint) >= 2);
            assert_true(strlen(row->hint) <= 10);
        }
    }
}

/* Users of tmux and vim press these by habit. */
static void test_nothing_that_steers_is_on_a_control_key(void **state)
{
    (void)state;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        for (size_t i = 0; row->group == KEYS_ACT && keys_keypress(row, i) != KEYPRESS_NONE; i++)
            assert_true(keys_keypress(row, i) > ' ' && keys_keypress(row, i) < 0x7f);
    }
}

static void test_nothing_pressed_means_nothing(void **state)
{
    struct key_bindings defaults;
    key_bindings_init(&defaults);
    (void)state;
    const unsigned everywhere =
        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP;
    assert_int_equal(key_bindings_act(&defaults, everywhere, KEYPRESS_NONE), ACT_NONE);
    assert_int_equal(key_bindings_act(&defaults, everywhere, UINT32_MAX), ACT_NONE);
}

static void test_every_group_has_a_name_and_rows(void **state)
{
    (void)state;
    for (int group = 0; group < KEY_GROUP_COUNT; group++) {
        size_t rows = 0;
        for (int act = 1; act < ACT_COUNT; act++)
            rows += (int)keys_row((enum act)act)->group == group;
        assert_true(rows > 0);
        assert_true(strlen(keys_group_name((enum key_group)group)) > 0);
        for (int other = 0; other < group; other++)
            assert_string_not_equal(keys_group_name((enum key_group)group),
                                    keys_group_name((enum key_group)other));
    }
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_every_keypress_of_every_row_is_one_and_acts),
        cmocka_unit_test(test_no_keypress_means_two_things_in_one_context),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_nothing_that_steers_is_on_a_control_key),
        cmocka_unit_test(test_nothing_pressed_means_nothing),
        cmocka_unit_test(test_every_group_has_a_name_and_rows),
    };
    struct CMUnitTest act_tests[COUNT_OF(act_rows)];
    TESTS_FROM_ROWS(act_tests, act_rows, check_act);
    int failed = cmocka_run_group_tests_name("keys_act", act_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keys", whole_tests, NULL, NULL);
    return failed;
}

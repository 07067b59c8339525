#include "tui/term/keypress.h"

#include "tests/support/test.h"

#include <string.h>

static const struct keypress_case {
    const char *name; /* as shown */
    uint32_t keypress;
} keypress_rows[] = {
    /* clang-format off */
    { "j",         'j' },
    { "J",         'J' },
    { "?",         '?' },
    { "\\",        '\\' },
    { "~",         '~' },
    { "\xc3\xa9",  0xe9 },
    { "\xf0\x9f\x9a\x80", 0x1f680 },
    { "Space",     ' ' },
    { "Ctrl-a",    1 },
    { "Ctrl-c",    KEYPRESS_CTRL_C },
    { "Ctrl-d",    KEYPRESS_CTRL('d') },
    { "Ctrl-l",    KEYPRESS_CTRL_L },
    { "Ctrl-z",    KEYPRESS_CTRL_Z },
    { "Enter",     KEYPRESS_ENTER },
    { "Esc",       KEYPRESS_ESC },
    { "Tab",       KEYPRESS_TAB },
    { "S-Tab",     KEYPRESS_BACKTAB },
    { "Backspace", KEYPRESS_BACKSPACE },
    { "Delete",    KEYPRESS_DELETE },
    { "Up",        KEYPRESS_UP },
    { "Down",      KEYPRESS_DOWN },
    { "Left",      KEYPRESS_LEFT },
    { "Right",     KEYPRESS_RIGHT },
    { "Home",      KEYPRESS_HOME },
    { "End",       KEYPRESS_END },
    { "PgUp",      KEYPRESS_PAGE_UP },
    { "PgDn",      KEYPRESS_PAGE_DOWN },
    { "F1",        KEYPRESS_F1 },
    { "F9",        KEYPRESS_F9 },
    { "F10",       KEYPRESS_F10 },
    { "F12",       KEYPRESS_F12 },
    /* clang-format on */
};

static void check_keypress(void **state)
{
    const struct keypress_case *row = *state;
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(row->keypress, name);
    assert_string_equal(name, row->name);
    assert_int_equal(keypress_parse(row->name, strlen(row->name)), row->keypress);
}

static const struct nameless_row {
    const char *name;
    const char *text;
} nameless_rows[] = {
    /* clang-format off */
    { "nothing",                    "" },
    { "no name",                    "none" },
    { "two letters",                "jk" },
    { "wrong case",                 "enter" },
    { "beginning of a name",        "Ente" },
    { "longer than a name",         "Enters" },
    { "no such function key",       "F13" },
    { "Ctrl alone",                 "Ctrl-" },
    { "Ctrl with a capital",        "Ctrl-D" },
    { "Ctrl with a digit",          "Ctrl-1" },
    { "Ctrl with two letters",      "Ctrl-dd" },
    { "Ctrl-h is Backspace",        "Ctrl-h" },
    { "Ctrl-i is Tab",              "Ctrl-i" },
    { "Ctrl-j is Enter",            "Ctrl-j" },
    { "Ctrl-m is Enter",            "Ctrl-m" },
    { "control code",               "\x04" },
    { "delete",                     "\x7f" },
    { "invalid byte",               "\xff" },
    { "cut character",              "\xc3" },
    { "not printable",              "\xe2\x80\x8b" },
    /* clang-format on */
};

static void check_nameless(void **state)
{
    const struct nameless_row *row = *state;
    assert_int_equal(keypress_parse(row->text, strlen(row->text)), KEYPRESS_NONE);
}

static void test_names_round_trip(void **state)
{
    (void)state;
    size_t named = 0;
    for (uint32_t keypress = 0; keypress <= KEYPRESS_F12 + 100; keypress++) {
        char name[KEYPRESS_NAME_SIZE];
        keypress_name(keypress, name);
        if (strcmp(name, "none") == 0) {
            assert_false(keypress_is_text(keypress));
            continue;
        }
        named++;
        assert_int_equal(keypress_parse(name, strlen(name)), keypress);
    }
    assert_true(named > 100000);
}

static const struct text_row {
    const char *name;
    uint32_t keypress;
    bool is_text;
} text_rows[] = {
    /* clang-format off */
    { "letter",          'j',            true },
    { "space",           ' ',            true },
    { "beyond ASCII",    0xe9,           true },
    { "joins",           0x301,          true },
    { "nothing",         KEYPRESS_NONE, false },
    { "control",         KEYPRESS_CTRL_C,   false },
    { "delete",          0x7f,           false },
    { "C1",              0x9b,           false },
    { "bidirectional",   0x202e,         false },
    { "surrogate",       0xd800,         false },
    { "first key",       KEYPRESS_ENTER, false },
    { "last key",        KEYPRESS_F12,      false },
    { "far beyond",      UINT32_MAX,     false },
    /* clang-format on */
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    assert_int_equal(keypress_is_text(row->keypress), row->is_text);
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_names_round_trip),
    };
    struct CMUnitTest keypress_tests[COUNT_OF(keypress_rows)];
    struct CMUnitTest nameless_tests[COUNT_OF(nameless_rows)];
    struct CMUnitTest text_tests[COUNT_OF(text_rows)];
    TESTS_FROM_ROWS(keypress_tests, keypress_rows, check_keypress);
    TESTS_FROM_ROWS(nameless_tests, nameless_rows, check_nameless);
    TESTS_FROM_ROWS(text_tests, text_rows, check_text);
    int failed = cmocka_run_group_tests_name("keypress_name", keypress_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keypress_parse", nameless_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keypress_is_text", text_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keypress", whole_tests, NULL, NULL);
    return failed;
}

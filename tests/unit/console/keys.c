#include "tui/console/keys.h"

#include "tests/support/test.h"

#include <string.h>

static const struct chord_case {
    const char *name; /* as shown */
    uint32_t chord;
} chord_rows[] = {
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
    { "Ctrl-c",    CHORD_CTRL_C },
    { "Ctrl-d",    CHORD_CTRL('d') },
    { "Ctrl-l",    CHORD_CTRL_L },
    { "Ctrl-z",    CHORD_CTRL_Z },
    { "Enter",     CHORD_ENTER },
    { "Esc",       CHORD_ESC },
    { "Tab",       CHORD_TAB },
    { "S-Tab",     CHORD_BACKTAB },
    { "Backspace", CHORD_BACKSPACE },
    { "Delete",    CHORD_DELETE },
    { "Up",        CHORD_UP },
    { "Down",      CHORD_DOWN },
    { "Left",      CHORD_LEFT },
    { "Right",     CHORD_RIGHT },
    { "Home",      CHORD_HOME },
    { "End",       CHORD_END },
    { "PgUp",      CHORD_PAGE_UP },
    { "PgDn",      CHORD_PAGE_DOWN },
    { "F1",        CHORD_F1 },
    { "F9",        CHORD_F9 },
    { "F10",       CHORD_F10 },
    { "F12",       CHORD_F12 },
    /* clang-format on */
};

static void check_chord(void **state)
{
    const struct chord_case *row = *state;
    char name[CHORD_NAME_SIZE];
    chord_name(row->chord, name);
    assert_string_equal(name, row->name);
    assert_int_equal(chord_parse(row->name, strlen(row->name)), row->chord);
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
    assert_int_equal(chord_parse(row->text, strlen(row->text)), CHORD_NONE);
}

static void test_names_round_trip(void **state)
{
    (void)state;
    size_t named = 0;
    for (uint32_t chord = 0; chord <= CHORD_F12 + 100; chord++) {
        char name[CHORD_NAME_SIZE];
        chord_name(chord, name);
        if (strcmp(name, "none") == 0) {
            assert_false(chord_is_text(chord));
            continue;
        }
        named++;
        assert_int_equal(chord_parse(name, strlen(name)), chord);
    }
    assert_true(named > 100000);
}

static const struct text_row {
    const char *name;
    uint32_t chord;
    bool is_text;
} text_rows[] = {
    /* clang-format off */
    { "letter",          'j',            true },
    { "space",           ' ',            true },
    { "beyond ASCII",    0xe9,           true },
    { "joins",           0x301,          true },
    { "nothing",         CHORD_NONE,     false },
    { "control",         CHORD_CTRL_C,   false },
    { "delete",          0x7f,           false },
    { "C1",              0x9b,           false },
    { "bidirectional",   0x202e,         false },
    { "surrogate",       0xd800,         false },
    { "first key",       CHORD_ENTER,    false },
    { "last key",        CHORD_F12,      false },
    { "far beyond",      UINT32_MAX,     false },
    /* clang-format on */
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    assert_int_equal(chord_is_text(row->chord), row->is_text);
}

/* What the interface promises, and what must not mean anything where it could do harm unseen. */
static const struct act_case {
    const char *name;
    unsigned places;
    const char *chord;
    enum act act;
} act_rows[] = {
    /* clang-format off */
    { "q quits",             KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "q",      ACT_QUIT },
    { "Ctrl-c quits",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Ctrl-c", ACT_QUIT },
    { "? helps",             KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "?",      ACT_HELP },
    { "F1 helps",            KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "F1",     ACT_HELP },
    { "p pauses all",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG,              "p",      ACT_PAUSE_ALL },
    { "P pauses one",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN,                          "P",      ACT_PAUSE_ROW },
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
    { "8 is nothing",        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "8",      ACT_NONE },
    { "Delete is nothing",   KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP, "Delete", ACT_NONE },
    { "help pauses nothing", KEY_CONTEXT_HELP,                                          "p",      ACT_NONE },
    { "help scales nothing", KEY_CONTEXT_HELP,                                          "+",      ACT_NONE },
    { "the log scales nothing", KEY_CONTEXT_LOG,                                        "+",      ACT_NONE },
    { "nowhere is nothing",  0,                                                   "q",      ACT_NONE },
    /* clang-format on */
};

static void check_act(void **state)
{
    const struct act_case *row = *state;
    uint32_t chord = chord_parse(row->chord, strlen(row->chord));
    assert_int_not_equal(chord, CHORD_NONE);
    if (row->places == 0)
        assert_int_equal(keys_act(0, chord), row->act);
    for (unsigned place = KEY_CONTEXT_LIST; place <= KEY_CONTEXT_HELP; place <<= 1)
        if (row->places & place)
            assert_int_equal(keys_act(place, chord), row->act);
}

/* The words of the chords, counted without the parser. */
static size_t word_count(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += *text == ' ';
    return count;
}

static void test_every_chord_of_every_row_is_one_and_acts(void **state)
{
    (void)state;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = key_row((enum act)act);
        size_t count = word_count(row->chords);
        for (size_t i = 0; i < count; i++) {
            uint32_t chord = key_chord(row, i);
            assert_int_not_equal(chord, CHORD_NONE);
            for (unsigned place = KEY_CONTEXT_LIST; place <= KEY_CONTEXT_HELP; place <<= 1)
                if (row->places & place)
                    assert_int_equal(keys_act(place, chord), act);
        }
        for (size_t i = count; i < count + 3; i++)
            assert_int_equal(key_chord(row, i), CHORD_NONE);
    }
}

static void test_no_chord_means_two_things_in_one_place(void **state)
{
    (void)state;
    for (int a = 1; a < ACT_COUNT; a++)
        for (int b = a + 1; b < ACT_COUNT; b++) {
            const struct key_row *one = key_row((enum act)a);
            const struct key_row *other = key_row((enum act)b);
            if (!(one->places & other->places))
                continue;
            for (size_t i = 0; key_chord(one, i) != CHORD_NONE; i++)
                for (size_t j = 0; key_chord(other, j) != CHORD_NONE; j++)
                    assert_int_not_equal(key_chord(one, i), key_chord(other, j));
        }
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    const unsigned everywhere =
        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = key_row((enum act)act);
        assert_int_equal(row->act, act);
        assert_int_not_equal(row->places, 0);
        assert_int_equal(row->places & ~everywhere, 0);
        assert_true(strlen(row->help) >= 8);
        assert_true(strlen(row->help) <= 80);
        assert_true(row->help[strlen(row->help) - 1] != '.');
        if (row->hint) {
            assert_true(strlen(row->hint) >= 2);
            assert_true(strlen(row->hint) <= 10);
        }
    }
}

/* tmux and vim hands press these unasked. */
static void test_nothing_that_steers_is_on_a_control_key(void **state)
{
    (void)state;
    for (int act = 1; act < ACT_COUNT; act++) {
        const struct key_row *row = key_row((enum act)act);
        for (size_t i = 0; row->group == KEYS_ACT && key_chord(row, i) != CHORD_NONE; i++)
            assert_true(key_chord(row, i) > ' ' && key_chord(row, i) < 0x7f);
    }
}

static void test_nothing_pressed_means_nothing(void **state)
{
    (void)state;
    const unsigned everywhere =
        KEY_CONTEXT_LIST | KEY_CONTEXT_EXPLAIN | KEY_CONTEXT_LOG | KEY_CONTEXT_HELP;
    assert_int_equal(keys_act(everywhere, CHORD_NONE), ACT_NONE);
    assert_int_equal(keys_act(everywhere, UINT32_MAX), ACT_NONE);
}

static void test_every_group_has_a_name_and_rows(void **state)
{
    (void)state;
    for (int group = 0; group < KEY_GROUP_COUNT; group++) {
        size_t rows = 0;
        for (int act = 1; act < ACT_COUNT; act++)
            rows += (int)key_row((enum act)act)->group == group;
        assert_true(rows > 0);
        assert_true(strlen(key_group_name((enum key_group)group)) > 0);
        for (int other = 0; other < group; other++)
            assert_string_not_equal(key_group_name((enum key_group)group),
                                    key_group_name((enum key_group)other));
    }
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_names_round_trip),
        cmocka_unit_test(test_every_chord_of_every_row_is_one_and_acts),
        cmocka_unit_test(test_no_chord_means_two_things_in_one_place),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_nothing_that_steers_is_on_a_control_key),
        cmocka_unit_test(test_nothing_pressed_means_nothing),
        cmocka_unit_test(test_every_group_has_a_name_and_rows),
    };
    struct CMUnitTest chord_tests[COUNT_OF(chord_rows)];
    struct CMUnitTest nameless_tests[COUNT_OF(nameless_rows)];
    struct CMUnitTest text_tests[COUNT_OF(text_rows)];
    struct CMUnitTest act_tests[COUNT_OF(act_rows)];
    TESTS_FROM_ROWS(chord_tests, chord_rows, check_chord);
    TESTS_FROM_ROWS(nameless_tests, nameless_rows, check_nameless);
    TESTS_FROM_ROWS(text_tests, text_rows, check_text);
    TESTS_FROM_ROWS(act_tests, act_rows, check_act);
    int failed = cmocka_run_group_tests_name("chord_name", chord_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("chord_parse", nameless_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("chord_is_text", text_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keys_act", act_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keys", whole_tests, NULL, NULL);
    return failed;
}

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
    { "q quits",             PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "q",      ACT_QUIT },
    { "Ctrl-c quits",        PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "Ctrl-c", ACT_QUIT },
    { "? helps",             PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "?",      ACT_HELP },
    { "F1 helps",            PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "F1",     ACT_HELP },
    { "p pauses all",        PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG,              "p",      ACT_PAUSE_ALL },
    { "P pauses one",        PLACE_LIST | PLACE_EXPLAIN,                          "P",      ACT_PAUSE_ROW },
    { "r runs a pass",       PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG,              "r",      ACT_PASS },
    { "d discovers",         PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG,              "d",      ACT_DISCOVER },
    { "D switches dry-run",  PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG,              "D",      ACT_DRY_RUN },
    { "+ scales up",         PLACE_LIST | PLACE_EXPLAIN,                          "+",      ACT_SCALE_UP },
    { "= scales up",         PLACE_LIST | PLACE_EXPLAIN,                          "=",      ACT_SCALE_UP },
    { "- scales down",       PLACE_LIST | PLACE_EXPLAIN,                          "-",      ACT_SCALE_DOWN },
    { "/ filters the list",  PLACE_LIST,                                          "/",      ACT_FILTER },
    { "\\ filters the list", PLACE_LIST,                                          "\\",     ACT_FILTER },
    { "/ searches the log",  PLACE_LOG,                                           "/",      ACT_SEARCH },
    { "s sorts",             PLACE_LIST,                                          "s",      ACT_SORT },
    { "Enter explains",      PLACE_LIST | PLACE_LOG,                              "Enter",  ACT_EXPLAIN },
    { "l shows the log",     PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG,              "l",      ACT_LOG },
    { "e finds errors",      PLACE_LIST | PLACE_LOG,                              "e",      ACT_NEXT_ERROR },
    { "j goes down",         PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "j",      ACT_DOWN },
    { "Down goes down",      PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "Down",   ACT_DOWN },
    { "k goes up",           PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "k",      ACT_UP },
    { "Up goes up",          PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "Up",     ACT_UP },
    { "Left scrolls",        PLACE_LIST | PLACE_LOG,                              "Left",   ACT_LEFT },
    { "Right scrolls",       PLACE_LIST | PLACE_LOG,                              "Right",  ACT_RIGHT },
    { "g goes to the first", PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "g",      ACT_FIRST },
    { "G goes to the last",  PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "G",      ACT_LAST },
    { "PgUp pages",          PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "PgUp",   ACT_PAGE_UP },
    { "PgDn pages",          PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "PgDn",   ACT_PAGE_DOWN },
    { "Esc goes back",       PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "Esc",    ACT_BACK },
    { "1 is a view",         PLACE_LIST,                                          "1",      ACT_VIEW },
    { "7 is a view",         PLACE_LIST,                                          "7",      ACT_VIEW },
    { "8 is nothing",        PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "8",      ACT_NONE },
    { "Delete is nothing",   PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP, "Delete", ACT_NONE },
    { "help pauses nothing", PLACE_HELP,                                          "p",      ACT_NONE },
    { "help scales nothing", PLACE_HELP,                                          "+",      ACT_NONE },
    { "the log scales nothing", PLACE_LOG,                                        "+",      ACT_NONE },
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
    for (unsigned place = PLACE_LIST; place <= PLACE_HELP; place <<= 1)
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
            for (unsigned place = PLACE_LIST; place <= PLACE_HELP; place <<= 1)
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
    const unsigned everywhere = PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP;
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
    const unsigned everywhere = PLACE_LIST | PLACE_EXPLAIN | PLACE_LOG | PLACE_HELP;
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

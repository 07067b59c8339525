#include "tui/console/prompt.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <locale.h>
#include <string.h>

#define WIDE "\xe4\xb8\xad" /* U+4E2D, two columns */
#define ACUTE "\xcc\x81"    /* U+0301, joins */
#define TEXT_SIZE 1024

/* Presses the keys, named and separated by spaces; the last answer. */
static enum prompt_answer press(struct prompt *prompt, const char *keys)
{
    enum prompt_answer answer = PROMPT_IGNORED;
    while (*keys) {
        size_t length = strcspn(keys, " ");
        struct input input = { .kind = INPUT_KEY, .keypress = keypress_parse(keys, length) };
        assert_int_not_equal(input.keypress, KEYPRESS_NONE);
        answer = prompt_input(prompt, &input);
        keys += length + (keys[length] == ' ');
    }
    return answer;
}

/* The text with a bar where the cursor is. */
static void assert_prompt(const struct prompt *prompt, const char *wanted)
{
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_bytes(&text, prompt->text, prompt->cursor);
    text_add_char(&text, '|');
    text_add(&text, prompt->text + prompt->cursor);
    assert_string_equal(storage, wanted);
    assert_int_equal(strlen(prompt->text), prompt->length);
}

static const struct key_case {
    const char *name;
    const char *text;
    const char *keys;
    const char *wanted;
    enum prompt_answer answer;
} key_rows[] = {
    /* clang-format off */
    { "opened",                       "eu",          "",                             "eu|",           PROMPT_IGNORED },
    { "typed",                        "",            "e u - 1",                      "eu-1|",         PROMPT_CHANGED },
    { "typed in between",             "ac",          "Left b",                       "ab|c",          PROMPT_CHANGED },
    { "space",                        "a",           "Space b",                      "a b|",          PROMPT_CHANGED },
    { "q is text here",               "",            "q ? 1 +",                      "q?1+|",         PROMPT_CHANGED },
    { "Left",                         "ab",          "Left",                         "a|b",           PROMPT_MOVED },
    { "Left at the beginning",        "a",           "Left Left Left",               "|a",            PROMPT_MOVED },
    { "Right",                        "ab",          "Home Right",                   "a|b",           PROMPT_MOVED },
    { "Right at the end",             "ab",          "Right",                        "ab|",           PROMPT_MOVED },
    { "Home",                         "ab",          "Home",                         "|ab",           PROMPT_MOVED },
    { "End",                          "ab",          "Home End",                     "ab|",           PROMPT_MOVED },
    { "Ctrl-b",                       "ab",          "Ctrl-b",                       "a|b",           PROMPT_MOVED },
    { "Ctrl-f",                       "ab",          "Ctrl-a Ctrl-f",                "a|b",           PROMPT_MOVED },
    { "Ctrl-a",                       "ab",          "Ctrl-a",                       "|ab",           PROMPT_MOVED },
    { "Ctrl-e",                       "ab",          "Ctrl-a Ctrl-e",                "ab|",           PROMPT_MOVED },
    { "Backspace",                    "abc",         "Left Backspace",               "a|c",           PROMPT_CHANGED },
    { "Backspace at the beginning",   "a",           "Home Backspace",               "|a",            PROMPT_MOVED },
    { "Backspace on nothing",         "",            "Backspace",                    "|",             PROMPT_MOVED },
    { "Delete",                       "abc",         "Home Delete",                  "|bc",           PROMPT_CHANGED },
    { "Delete at the end",            "abc",         "Delete",                       "abc|",          PROMPT_MOVED },
    { "Ctrl-d",                       "abc",         "Home Ctrl-d",                  "|bc",           PROMPT_CHANGED },
    { "Ctrl-u",                       "abc",         "Left Ctrl-u",                  "|c",            PROMPT_CHANGED },
    { "Ctrl-k",                       "abc",         "Home Right Ctrl-k",            "a|",            PROMPT_CHANGED },
    { "Ctrl-k at the end",            "abc",         "Ctrl-k",                       "abc|",          PROMPT_MOVED },
    { "Ctrl-w",                       "eu west 1",   "Ctrl-w",                       "eu west |",     PROMPT_CHANGED },
    { "Ctrl-w twice",                 "eu west 1",   "Ctrl-w Ctrl-w",                "eu |",          PROMPT_CHANGED },
    { "Ctrl-w, spaces",               "eu west   ",  "Ctrl-w",                       "eu |",          PROMPT_CHANGED },
    { "Ctrl-w in a word",             "eu west",     "Left Left Ctrl-w",             "eu |st",        PROMPT_CHANGED },
    { "Ctrl-w on nothing",            "",            "Ctrl-w",                       "|",             PROMPT_MOVED },
    { "Enter",                        "eu",          "Enter",                        "eu|",           PROMPT_ENTERED },
    { "Esc",                          "eu",          "Esc",                          "eu|",           PROMPT_LEFT },
    { "Ctrl-c",                       "eu",          "Ctrl-c",                       "eu|",           PROMPT_LEFT },
    { "Tab is no key of it",          "eu",          "Tab",                          "eu|",           PROMPT_IGNORED },
    { "F1 is no key of it",           "eu",          "F1",                           "eu|",           PROMPT_IGNORED },
    { "PgDn is no key of it",         "eu",          "PgDn",                         "eu|",           PROMPT_IGNORED },
    { "Ctrl-z is no key of it",       "eu",          "Ctrl-z",                       "eu|",           PROMPT_IGNORED },
    { "two bytes",                    "a\xc3\xa9" "b", "Left Backspace",             "a|b",           PROMPT_CHANGED },
    { "over two bytes",               "\xc3\xa9",    "Left",                         "|\xc3\xa9",     PROMPT_MOVED },
    { "three bytes",                  WIDE WIDE,     "Left Left Delete",             "|" WIDE,        PROMPT_CHANGED },
    { "typed, two bytes",             "",            "\xc3\xa9 b Left",              "\xc3\xa9|b",    PROMPT_MOVED },
    { "what joins goes along",        "ae" ACUTE,    "Left",                         "a|e" ACUTE,     PROMPT_MOVED },
    { "what joins goes along, right", "e" ACUTE "b", "Home Right",                   "e" ACUTE "|b",  PROMPT_MOVED },
    { "what joins is deleted along",  "ae" ACUTE,    "Backspace",                    "a|",            PROMPT_CHANGED },
    { "what joins what is typed",     ACUTE "b",     "Home e",                       "e" ACUTE "|b",  PROMPT_CHANGED },
    { "nothing was entered yet",      "eu",          "Up",                           "eu|",           PROMPT_MOVED },
    { "nothing newer",                "eu",          "Down",                         "eu|",           PROMPT_MOVED },
    { "recall",                       "a",           "Enter Backspace b Up",         "a|",            PROMPT_CHANGED },
    { "recall and come back",         "a",           "Enter Backspace b Up Down",    "b|",            PROMPT_CHANGED },
    { "recall two",                   "a",           "Enter b Enter Ctrl-u Up Up",   "a|",            PROMPT_CHANGED },
    { "no more to recall",            "a",           "Enter b Enter Ctrl-u Up Up Up", "a|",           PROMPT_MOVED },
    { "Ctrl-p, Ctrl-n",               "a",           "Enter b Enter Ctrl-u Ctrl-p Ctrl-p Ctrl-n", "ab|", PROMPT_CHANGED },
    { "what is recalled can be changed", "a",        "Enter Ctrl-u Up b",            "ab|",           PROMPT_CHANGED },
    { "nothing is not remembered",    "",            "Enter Up",                     "|",             PROMPT_MOVED },
    { "remembered once",              "a",           "Enter Enter Ctrl-u Up Up",     "a|",            PROMPT_MOVED },
    { "again is newest",              "a",           "Enter b Enter Backspace Enter Ctrl-u Up", "a|", PROMPT_CHANGED },
    { "again, then the other",        "a",           "Enter b Enter Backspace Enter Ctrl-u Up Up", "ab|", PROMPT_CHANGED },
    /* clang-format on */
};

static void check_keys(void **state)
{
    const struct key_case *row = *state;
    struct prompt prompt = { 0 };
    prompt_open(&prompt, row->text);
    assert_int_equal(press(&prompt, row->keys), row->answer);
    assert_prompt(&prompt, row->wanted);
}

static const struct input_row {
    const char *name;
    struct input input;
    enum prompt_answer answer;
    const char *wanted;
} input_rows[] = {
    /* clang-format off */
    { "pasted letter",  { INPUT_PASTE, 'q', 0, 0, { 0 } },           PROMPT_CHANGED, "euq|" },
    { "pasted wide",    { INPUT_PASTE, 0x4e2d, 0, 0, { 0 } },        PROMPT_CHANGED, "eu" WIDE "|" },
    { "pasted Enter",   { INPUT_PASTE, KEYPRESS_ENTER, 0, 0, { 0 } },   PROMPT_IGNORED, "eu|" },
    { "pasted Tab",     { INPUT_PASTE, KEYPRESS_TAB, 0, 0, { 0 } },     PROMPT_IGNORED, "eu|" },
    { "pasted control", { INPUT_PASTE, KEYPRESS_CTRL('u'), 0, 0, { 0 } }, PROMPT_IGNORED, "eu|" },
    { "pasted Esc",     { INPUT_PASTE, KEYPRESS_ESC, 0, 0, { 0 } },     PROMPT_IGNORED, "eu|" },
    { "click",          { INPUT_CLICK, 'x', 3, 4, { 0 } },           PROMPT_IGNORED, "eu|" },
    { "wheel",          { INPUT_WHEEL_UP, 'x', 3, 4, { 0 } },        PROMPT_IGNORED, "eu|" },
    { "nothing",        { INPUT_KEY, KEYPRESS_NONE, 0, 0, { 0 } },      PROMPT_IGNORED, "eu|" },
    { "hidden",         { INPUT_KEY, 0x202e, 0, 0, { 0 } },          PROMPT_IGNORED, "eu|" },
    /* clang-format on */
};

static void check_input(void **state)
{
    const struct input_row *row = *state;
    struct prompt prompt = { 0 };
    prompt_open(&prompt, "eu");
    assert_int_equal(prompt_input(&prompt, &row->input), row->answer);
    assert_prompt(&prompt, row->wanted);
}

static const struct open_row {
    const char *name;
    const char *text;
    const char *wanted;
} open_rows[] = {
    /* clang-format off */
    { "plain",       "eu free<15",               "eu free<15|" },
    { "nothing",     "",                         "|" },
    { "wide",        WIDE "1",                   WIDE "1|" },
    { "control",     "a\nb\x1b[m",               "ab[m|" },
    { "invalid",     "a\xff" "b\xe4\xb8",        "ab|" },
    { "hidden",      "a\xe2\x80\xae" "b",        "ab|" },
    /* clang-format on */
};

static void check_open(void **state)
{
    const struct open_row *row = *state;
    struct prompt prompt = { 0 };
    prompt_open(&prompt, "what was there before");
    prompt_open(&prompt, row->text);
    assert_prompt(&prompt, row->wanted);
}

static const struct draw_row {
    const char *name;
    int columns;
    const char *text;
    const char *keys;
    const char *shown; /* up to the area's end, which is marked */
    int cursor;        /* in columns of the area */
} draw_rows[] = {
    /* clang-format off */
    { "short",                  30, "eu",                "",           "filter: eu                    #", 10 },
    { "nothing",                30, "",                  "",           "filter:                       #", 8 },
    { "cursor in front",        30, "eu",                "Home",       "filter: eu                    #", 8 },
    { "last column is the cursor's", 20, "0123456789a",  "",           "filter: 0123456789a #", 19 },
    { "scrolled",               20, "0123456789ab",      "",           "filter: 123456789ab #", 19 },
    { "cursor back, scrolled back", 20, "0123456789abcd", "Home",      "filter: 0123456789a~#", 8 },
    { "in the middle",          20, "0123456789abcd",    "Left Left",  "filter: 23456789abcd#", 18 },
    { "wide",                   20, WIDE WIDE "1",       "",           "filter: " WIDE WIDE "1       #", 13 },
    { "wide, scrolled",         20, WIDE "0123456789",   "",           "filter: 0123456789  #", 18 },
    { "combining",              20, "e" ACUTE "1",       "",           "filter: e" ACUTE "1          #", 10 },
    { "label gives way",        15, "0123456789",        "",           "fi~0123456789  #", 13 },
    { "no label",               12, "0123456789",        "",           "0123456789  #", 10 },
    { "narrow",                 4,  "0123456789",        "",           "789 #", 3 },
    { "one column",             1,  "0123456789",        "",           " #", 0 },
    { "one column, in front",   1,  "0123456789",        "Home",       "~#", 0 },
    { "one column, wide",       1,  WIDE,                "Home",       "~#", 0 },
    { "no column",              0,  "0123456789",        "",           "#", -1 },
    /* clang-format on */
};

static void check_draw(void **state)
{
    const struct draw_row *row = *state;
    struct prompt prompt = { 0 };
    prompt_open(&prompt, row->text);
    press(&prompt, row->keys);
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 40, 3), 0);
    canvas_fill(&canvas, canvas_area(&canvas), ROLE_NORMAL, '#');
    struct area area = { 2, 1, row->columns, 2 };
    prompt_draw(&prompt, &canvas, area, 0, "filter", ROLE_STRONG);
    char text[TEXT_SIZE];
    canvas_row_text(&canvas, 1, text, sizeof text);
    assert_memory_equal(text, "##", 2);
    text[2 + strlen(row->shown)] = '\0';
    assert_string_equal(text + 2, row->shown);
    assert_int_equal(canvas.cursor_column, row->cursor < 0 ? -1 : 2 + row->cursor);
    assert_int_equal(canvas.cursor_row, row->cursor < 0 ? -1 : 1);
    canvas_row_text(&canvas, 2, text, sizeof text);
    assert_null(strchr(text, ' '));
    canvas_fini(&canvas);
}

static void test_a_prompt_outside_of_the_canvas_has_no_cursor(void **state)
{
    (void)state;
    struct prompt prompt = { 0 };
    prompt_open(&prompt, "eu");
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 10, 2), 0);
    static const struct area areas[] = {
        { 0, 5, 40, 1 }, { 20, 0, 40, 1 }, { -40, 0, 40, 1 }, { 0, -1, 40, 1 }
    };
    for (size_t i = 0; i < COUNT_OF(areas); i++) {
        prompt_draw(&prompt, &canvas, areas[i], 0, "filter", ROLE_STRONG);
        assert_int_equal(canvas.cursor_column, -1);
        assert_int_equal(canvas.cursor_row, -1);
    }
    prompt_draw(&prompt, &canvas, canvas_area(&canvas), 2, "filter", ROLE_STRONG);
    assert_int_equal(canvas.cursor_column, -1);
    canvas_fini(&canvas);
}

static void test_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct prompt prompt = { 0 };
    char text[2 * PROMPT_SIZE + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    prompt_open(&prompt, text);
    assert_int_equal(prompt.length, PROMPT_SIZE - 1);
    assert_int_equal(press(&prompt, "b"), PROMPT_MOVED);
    assert_int_equal(press(&prompt, "Backspace Backspace"), PROMPT_CHANGED);
    assert_int_equal(press(&prompt, WIDE), PROMPT_MOVED);
    assert_int_equal(press(&prompt, "\xc3\xa9"), PROMPT_CHANGED);
    assert_int_equal(prompt.length, PROMPT_SIZE - 1);
    assert_int_equal(press(&prompt, "Enter Ctrl-u Up"), PROMPT_CHANGED);
    assert_int_equal(prompt.length, PROMPT_SIZE - 1);

    /* A character that does not fit is dropped, with all characters after it. */
    memset(text, 'a', PROMPT_SIZE - 2);
    memcpy(text + PROMPT_SIZE - 2, WIDE "b", 5);
    prompt_open(&prompt, text);
    assert_int_equal(prompt.length, PROMPT_SIZE - 2);
}

static void test_history_keeps_the_newest(void **state)
{
    (void)state;
    struct prompt prompt = { 0 };
    for (int i = 0; i < PROMPT_HISTORY + 4; i++) {
        char text[2] = { (char)('a' + i), '\0' };
        prompt_open(&prompt, text);
        assert_int_equal(press(&prompt, "Enter"), PROMPT_ENTERED);
    }
    prompt_open(&prompt, "typed");
    for (int i = PROMPT_HISTORY + 3; i >= 4; i--) {
        assert_int_equal(press(&prompt, "Up"), PROMPT_CHANGED);
        assert_int_equal(prompt.text[0], 'a' + i);
    }
    assert_int_equal(press(&prompt, "Up"), PROMPT_MOVED);
    for (int i = 0; i < PROMPT_HISTORY; i++)
        assert_int_equal(press(&prompt, "Down"), PROMPT_CHANGED);
    assert_prompt(&prompt, "typed|");
    prompt_open(&prompt, "anew");
    assert_int_equal(press(&prompt, "Up"), PROMPT_CHANGED);
    assert_int_equal(prompt.text[0], 'a' + PROMPT_HISTORY + 3);
}

/* After every key the text is valid, and the cursor is visible and between characters. */
static void test_anything_pressed(void **state)
{
    (void)state;
    static const char *const keys[] = { "a",   "b",      "Space",     "\xc3\xa9", WIDE,
                                        ACUTE, ACUTE,    "Left",      "Right",    "Home",
                                        "End", "Ctrl-b", "Backspace", "Delete",   "Ctrl-w",
                                        "Up",  "Down",   "Enter",     "\xcd\xb8" };
    struct random random = { 17 };
    struct prompt prompt = { 0 };
    struct canvas canvas;
    canvas_init(&canvas);
    for (int i = 0; i < 100000; i++) {
        press(&prompt, keys[random_below(&random, (int64_t)COUNT_OF(keys))]);
        if (random_below(&random, 100) == 0)
            press(&prompt, random_below(&random, 2) == 0 ? "Ctrl-u" : "Ctrl-k");
        assert_int_equal(strlen(prompt.text), prompt.length);
        assert_true(prompt.cursor <= prompt.length);
        for (size_t at = 0, size; at < prompt.length; at += size) {
            uint32_t code_point;
            size = utf8_decode(prompt.text + at, prompt.length - at, &code_point);
            assert_true(size > 0 && keypress_is_text(code_point));
            assert_true(prompt.cursor <= at || prompt.cursor >= at + size);
        }
        assert_int_equal(canvas_resize(&canvas, (int)random_below(&random, 40) + 1, 1), 0);
        canvas.is_ascii = random_below(&random, 2) == 0;
        prompt_draw(&prompt, &canvas, canvas_area(&canvas), 0, "filter", ROLE_NORMAL);
        assert_in_range(canvas.cursor_column, 0, canvas.columns - 1);
        assert_int_equal(canvas.cursor_row, 0);
    }
    canvas_fini(&canvas);
}

static int use_utf8(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_a_prompt_outside_of_the_canvas_has_no_cursor),
        cmocka_unit_test(test_no_more_than_there_is_room_for),
        cmocka_unit_test(test_history_keeps_the_newest),
        cmocka_unit_test(test_anything_pressed),
    };
    struct CMUnitTest key_tests[COUNT_OF(key_rows)];
    struct CMUnitTest input_tests[COUNT_OF(input_rows)];
    struct CMUnitTest open_tests[COUNT_OF(open_rows)];
    struct CMUnitTest draw_tests[COUNT_OF(draw_rows)];
    TESTS_FROM_ROWS(key_tests, key_rows, check_keys);
    TESTS_FROM_ROWS(input_tests, input_rows, check_input);
    TESTS_FROM_ROWS(open_tests, open_rows, check_open);
    TESTS_FROM_ROWS(draw_tests, draw_rows, check_draw);
    int failed = cmocka_run_group_tests_name("keys of a prompt", key_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("inputs of a prompt", input_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("prompt_open", open_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("prompt_draw", draw_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("prompt", whole_tests, use_utf8, NULL);
    return failed;
}

/*
 * Typing: keys at their times, and what becomes of them.
 *
 * A row's keys are "TIME:KEYS" between spaces; TIME is the milliseconds since the key before it. Upper case letters act,
 * lower case letters move, "+" and "-" are steps, digits are text, "/" is typed into a prompt and ";" ends it, "?" opens
 * an explanation, "!" is Esc, "'" is a pasted character, "." is only a look at the clock. The story has each key when it
 * was done, "~" for each key that was refused.
 */
#include "tui/console/typing.h"

#include "engine/base/text.h"
#include "tests/support/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define STORY_SIZE 64

static const struct typing_row {
    const char *name;
    const char *keys;
    const char *story;
} typing_rows[] = {
    /* clang-format off */
    { "a key that acts",              "0:P 40:.",           "P" },
    { "it waits",                     "0:P 39:.",           "" },
    { "two, slowly",                  "0:P 40:. 0:Q 40:.",  "PQ" },
    { "two, at once",                 "0:P 0:Q 40:.",       "~" },
    { "two, in a paste",              "0:P 39:Q 40:.",      "~" },
    { "what comes before it acts",    "0:P 90:Q 40:.",      "~" },
    { "a paste of three",             "0:P 10:Q 10:R 99:.", "~~" },
    { "a pause in a paste",           "0:P 10:Q 289:R 99:.", "~~" },
    { "after the quiet",              "0:P 10:Q 300:R 40:.", "~R" },
    { "refused keys extend the quiet", "0:P 10:Q 200:1 299:R 99:.", "~~~" },
    { "and end it",                   "0:P 10:Q 200:1 300:R 40:.", "~~R" },
    { "movements do not extend it",   "0:P 10:Q 200:j 100:R 40:.", "~jR" },
    { "movements repeat",             "0:j 0:j 20:j 1:k",   "jjjk" },
    { "movements are never held",     "0:j",                "j" },
    { "a movement, then an act",      "0:j 39:P 99:.",      "j~" },
    { "a movement, an act later",     "0:j 40:P 40:.",      "jP" },
    { "an act, then a movement",      "0:P 9:j 99:.",       "~" },
    { "movements in a paste",         "0:P 9:j 9:j 9:P 99:.", "~~~" },
    { "movements in the quiet",       "0:P 9:Q 90:j",       "~j" },
    { "a movement, then a look",      "0:j 1:? 40:.",       "j?" },
    { "a look waits",                 "0:? 39:.",           "" },
    { "a look, then a movement",      "0:? 39:j",           "~" },
    { "text, then a look",            "0:1 39:? 99:.",      "1~" },
    { "a look in the quiet",          "0:1 9:2 299:? 99:.", "1~~" },
    { "steps repeat",                 "0:+ 1:+ 33:+",       "+++" },
    { "steps both ways",              "0:+ 39:-",           "+~" },
    { "steps both ways, slowly",      "0:+ 40:-",           "+-" },
    { "a movement, then a step",      "0:j 39:+",           "j~" },
    { "a step, then a movement",      "0:+ 39:j",           "+~" },
    { "a step, then an act",          "0:+ 39:P 99:.",      "+~" },
    { "a step in the quiet",          "0:1 9:2 299:+",      "1~~" },
    { "text is done at once",         "0:1 40:2",           "12" },
    { "text in a run",                "0:1 39:2",           "1~" },
    { "text in the quiet",            "0:1 9:2 299:3",      "1~~" },
    { "Enter behind text",            "0:1 39:E 99:.",      "1~" },
    { "Enter behind text, later",     "0:1 40:E 40:.",      "1E" },
    { "a prompt takes all text",      "0:/ 0:/ 0:/",        "///" },
    { "Enter in a prompt",            "0:/ 40:; 40:.",      "/;" },
    { "Enter in a prompt waits",      "0:/ 40:; 39:.",      "/" },
    { "Enter after a fast letter",    "0:/ 1:; 40:.",       "/;" },
    { "an act after it",              "0:/ 1:; 299:P 99:.", "/~" },
    { "an act after it, later",       "0:/ 1:; 40:. 260:P 40:.", "/;P" },
    { "an act after a slow Enter",    "0:/ 40:; 40:. 1:P 40:.", "/;P" },
    { "a pasted Enter in a prompt",   "0:/ 1:; 1:/ 99:.",   "//" },
    { "two of them",                  "0:/ 1:; 1:; 99:.",   "/~" },
    { "Enter before text in a prompt", "0:/ 50:; 1:/ 99:.", "//" },
    { "Enter after a bracketed paste", "0:' 40:; 40:.",     "';" },
    { "Esc is never held",            "0:1 0:!",            "1!" },
    { "Esc drops what is held",       "0:P 9:! 99:.",       "!" },
    { "a bracketed paste, and Enter", "0:' 9:E 99:.",       "'~" },
    { "a bracketed paste, quiet",     "0:' 299:E 99:.",     "'~" },
    { "a bracketed paste, later",     "0:' 300:E 40:.",     "'E" },
    { "a paste drops what is held",   "0:P 9:' 99:.",       "'" },
    /* clang-format on */
};

static enum typing_use use_of(char key)
{
    switch (key) {
    case '/':
        return TYPING_PROMPT;
    case ';':
        return TYPING_ENTER;
    case '?':
        return TYPING_LOOK;
    case '+':
    case '-':
        return TYPING_STEP;
    default:
        break;
    }
    if (isdigit((unsigned char)key))
        return TYPING_TEXT;
    return isupper((unsigned char)key) ? TYPING_ACT : TYPING_MOVE;
}

static void release(struct typing *typing, struct mono now, struct text *story)
{
    struct input held;
    assert_int_equal(typing_deadline(typing).ms == MONO_NEVER.ms, !typing->is_holding);
    if (typing_release(typing, now, &held))
        text_add_char(story, (char)held.keypress);
}

static void press(struct typing *typing, struct mono now, char key, struct text *story)
{
    struct input input = { .keypress = key == '!' ? KEYPRESS_ESC : (uint32_t)key, .came = now };
    if (key == '\'') {
        typing_paste(typing, now);
        text_add_char(story, key);
        return;
    }
    switch (typing_take(typing, &input, use_of(key))) {
    case TYPING_NOW:
        text_add_char(story, key);
        break;
    case TYPING_HELD:
        break;
    case TYPING_PASTED:
        text_add_char(story, '~');
        break;
    }
}

static void check_typing(void **state)
{
    const struct typing_row *row = *state;
    char storage[STORY_SIZE];
    struct text story;
    struct typing typing;
    struct mono now = { 1000000 };
    text_init(&story, storage, sizeof storage);
    typing_init(&typing);
    for (const char *at = row->keys; *at; at += *at == ' ') {
        char *end;
        now = mono_after(now, strtol(at, &end, 10));
        assert_int_equal(*end, ':');
        if (end[1] == '.')
            release(&typing, now, &story);
        else
            press(&typing, now, end[1], &story);
        at = end + 2;
    }
    assert_string_equal(storage, row->story);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(typing_rows)];
    TESTS_FROM_ROWS(rows, typing_rows, check_typing);
    return cmocka_run_group_tests_name("typing", rows, NULL, NULL);
}

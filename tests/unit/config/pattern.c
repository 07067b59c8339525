/*
 * Patterns of policies: malformed ones, and those that match all that another one matches.
 */
#include "engine/config/pattern.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static const struct check_row {
    const char *name;
    const char *pattern;
    const char *problem; /* NULL: none */
} check_rows[] = {
    /* clang-format off */
    { "plain",                       "eu-1",          NULL },
    { "stars and sets",              "eu-*[0-9]?",    NULL },
    { "a set of a bracket",          "a[]]b",         NULL },
    { "not that set",                "a[!]]b",        NULL },
    { "a class",                     "a[[:digit:]]",  NULL },
    { "an escaped bracket",          "a\\[b",         NULL },
    { "a closing bracket alone",     "a]b",           NULL },
    { "an escape in a set",          "a[\\]]",        NULL },
    { "an open set",                 "eu-[wc",        "its '[' is not closed (\\[ is the character)" },
    { "an open set at the end",      "eu-[",          "its '[' is not closed (\\[ is the character)" },
    { "an empty set",                "eu-[]",         "its '[' is not closed (\\[ is the character)" },
    { "an empty set that is not",    "eu-[!]",        "its '[' is not closed (\\[ is the character)" },
    { "a second one is open",        "[a]-[b",        "its '[' is not closed (\\[ is the character)" },
    { "a class is open",             "a[[:digit:]",   "its '[' is not closed (\\[ is the character)" },
    { "a backslash at the end",      "eu-\\",         "there is nothing behind its last backslash" },
    { "two backslashes at the end",  "eu-\\\\",       NULL },
    /* clang-format on */
};

static void row_is_checked(void **state)
{
    const struct check_row *row = *state;
    struct error err = { 0 };
    int failed = pattern_check(row->pattern, &err);
    assert_int_equal(failed, row->problem ? ERR_BAD_VALUE : 0);
    if (!row->problem)
        return;
    char found[80], expected[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, found, sizeof found);
    text_add_escaped(&text, row->pattern, strlen(row->pattern));
    snprintf(expected, sizeof expected, "expected a pattern, found '%s': %s", found, row->problem);
    assert_string_equal(err.msg, expected);
}

static const struct cover_row {
    const char *wide;
    const char *narrow;
    bool is_covered;
} cover_rows[] = {
    /* clang-format off */
    { "*",          "eu-1",        true  },
    { "*",          "*",           true  },
    { "eu-*",       "eu-*",        true  },
    { "eu-*",       "eu-west-*",   true  },
    { "eu-west-*",  "eu-*",        false },
    { "eu-*",       "eu-",         true  },
    { "eu-?",       "eu-1",        true  },
    { "eu-?",       "eu-\u00e9",   true  },
    { "eu-?",       "eu-12",       false },
    { "eu-?*",      "eu-*",        false },
    { "*-test-*",   "eu-test-*",   true  },
    { "*-test-*",   "a*-test-?b*", true  },
    { "*a*b",       "*b*ab",       true  },
    { "*a*b",       "*b*a",        false },
    { "eu-[0-9]",   "eu-1",        true  },
    { "eu-[0-9]",   "eu-x",        false },
    { "eu-[0-9]",   "eu-[0-9]",    true  },
    { "eu-[0-9]",   "eu-?",        false },
    { "eu-[!0-9]*", "eu-a*",       true  },
    { "\\*",        "*",           false },
    { "*",          "\\*",         true  },
    { "\\*",        "[*]",         false },
    { "e\\u",       "eu",          true  },
    { "",           "",            true  },
    { "eu",         "eus",         false },
    { "eus",        "eu",          false },
    /* clang-format on */
};

static void patterns_cover_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cover_rows); i++)
        if (pattern_covers(cover_rows[i].wide, cover_rows[i].narrow) != cover_rows[i].is_covered)
            fail_msg("'%s' and '%s'", cover_rows[i].wide, cover_rows[i].narrow);
}

static void draw_pattern(struct random *random, char *pattern)
{
    static const char *const parts[] = { "a", "b", "*", "?", "[ab]", "[!a]", "\\*" };
    int64_t count = random_below(random, 5);
    *pattern = '\0';
    for (int64_t i = 0; i < count; i++)
        strcat(pattern, parts[random_below(random, COUNT_OF(parts))]);
}

/* Every text of up to five characters: what is said to be covered, is. */
static void no_match_is_outside_of_what_covers_it(void **state)
{
    (void)state;
    struct random random = { .state = 1 };
    size_t covered = 0;
    for (int i = 0; i < 4000; i++) {
        char wide[32], narrow[32], text[8];
        draw_pattern(&random, wide);
        draw_pattern(&random, narrow);
        if (!pattern_covers(wide, narrow))
            continue;
        covered++;
        for (unsigned number = 0, size = 0; size <= 5; number++) {
            unsigned rest = number;
            for (unsigned at = 0; at < size; at++, rest /= 3)
                text[at] = "ab*"[rest % 3];
            text[size] = '\0';
            if (pattern_matches(narrow, text) && !pattern_matches(wide, text))
                fail_msg("'%s' covers '%s', but not '%s'", wide, narrow, text);
            if (rest > 0) {
                size++;
                number = (unsigned)-1;
            }
        }
    }
    assert_true(covered > 100);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(check_rows)];
    TESTS_FROM_ROWS(rows, check_rows, row_is_checked);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_cover_others),
        cmocka_unit_test(no_match_is_outside_of_what_covers_it),
    };
    int failed = cmocka_run_group_tests_name("pattern: rows", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}

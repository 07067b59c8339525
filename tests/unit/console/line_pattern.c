#include "tui/console/line_pattern.h"

#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
static const struct match_row {
    const char *name;
    const char *text;
    const char *line;
    bool is_match;
    const char *word; /* NULL: none to mark */
} match_rows[] = {
    { "nothing",                 "",             "scaled a",      true,  "" },
    { "a text",                  "led a",        "scaled a",      true,  "led a" },
    { "whatever the case",       "LED",          "scaled a",      true,  "LED" },
    { "another text",            "b",            "scaled a",      false, "b" },
    { "not a text",              "!b",           "scaled a",      true,  NULL },
    { "not a text that is there", "!led",        "scaled a",      false, NULL },
    { "only the mark",           "!",            "oh!",           true,  "!" },
    { "only the mark, not there", "!",           "oh",            false, "!" },
    { "an expression",           "/^sc.*a$/",    "scaled a",      true,  NULL },
    { "an expression in capitals", "/^SC/",      "scaled a",      true,  NULL },
    { "an expression with spaces", "/d a|x/",    "scaled a",      true,  NULL },
    { "not an expression",       "!/^a/",        "scaled a",      true,  NULL },
    { "not an expression that matches", "!/^s/", "scaled a",      false, NULL },
    { "a path",                  "/v1/status",   "GET /v1/status", true, "/v1/status" },
    { "an open expression is a text", "/^sc",    "scaled",        false, "/^sc" },
    { "two slashes",             "//",           "http://a",      true,  "//" },
};
/* clang-format on */

static struct line_pattern *create(void)
{
    struct line_pattern *pattern = NULL;
    assert_int_equal(line_pattern_create(LINE_PATTERN_SEARCH, &pattern), 0);
    assert_int_equal(line_pattern_use(pattern), LINE_PATTERN_SEARCH);
    return pattern;
}

static void row_matches(void **state)
{
    const struct match_row *row = *state;
    struct line_pattern *pattern = create();
    struct filter_fault fault;
    struct error err;
    uint32_t serial = line_pattern_serial(pattern);
    assert_true(line_pattern_is_empty(pattern));
    assert_int_equal(line_pattern_set(pattern, row->text, &fault, &err), 0);
    assert_int_not_equal(line_pattern_serial(pattern), serial);
    assert_string_equal(line_pattern_text(pattern), row->text);
    assert_int_equal(line_pattern_matches(pattern, row->line), row->is_match);
    if (row->word)
        assert_string_equal(line_pattern_word(pattern), row->word);
    else
        assert_null(line_pattern_word(pattern));
    line_pattern_destroy(pattern);
}

static void a_refused_text_changes_nothing(void **state)
{
    (void)state;
    struct line_pattern *pattern = create();
    struct filter_fault fault;
    struct error err;
    char text[LINE_PATTERN_SIZE + 1];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(line_pattern_set(pattern, "/a+/", &fault, &err), 0);
    uint32_t serial = line_pattern_serial(pattern);
    assert_int_equal(line_pattern_set(pattern, "/(a/", &fault, &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, "'/(a/': missing closing parenthesis, at offset 2");
    assert_int_equal(fault.id, FILTER_FAULT_EXPRESSION);
    assert_int_equal(line_pattern_set(pattern, text, &fault, &err), ERR_BAD_VALUE);
    assert_int_equal(fault.id, FILTER_FAULT_LENGTH);
    watched_heap.succeed_count = 0;
    int failed = line_pattern_set(pattern, "/b/", &fault, &err);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_int_equal(fault.id, FILTER_FAULT_MEMORY);
    assert_int_equal(line_pattern_serial(pattern), serial);
    assert_string_equal(line_pattern_text(pattern), "/a+/");
    assert_true(line_pattern_matches(pattern, "aa"));
    assert_false(line_pattern_matches(pattern, "b"));
    line_pattern_destroy(pattern);
    line_pattern_destroy(NULL);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct line_pattern *pattern = NULL;
    watched_heap.succeed_count = 0;
    int failed = line_pattern_create(LINE_PATTERN_ONLY, &pattern);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_null(pattern);
}

int main(void)
{
    struct CMUnitTest matches[COUNT_OF(match_rows)];
    TESTS_FROM_ROWS(matches, match_rows, row_matches);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(a_refused_text_changes_nothing),
        cmocka_unit_test(without_memory_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("line_pattern: matches", matches, NULL, NULL);
    failed += cmocka_run_group_tests_name("line_pattern: laws", laws, NULL, NULL);
    return failed;
}

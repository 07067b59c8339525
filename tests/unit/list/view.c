#include "tui/list/view.h"

#include "tests/support/test.h"

/* clang-format off */
static const struct view_row {
    const char *name;
    enum view view;
    const char *glyphs; /* of its states, worst first */
} view_rows[] = {
    { "all",       VIEW_ALL,       "!~?=p+-:;.x" },
    { "attention", VIEW_ATTENTION, "!~?=p+-" },
    { "scaling",   VIEW_SCALING,   "+-" },
    { "held",      VIEW_HELD,      "=" },
    { "failed",    VIEW_FAILED,    "!~" },
    { "unread",    VIEW_UNREAD,    "?" },
    { "paused",    VIEW_PAUSED,    "p" },
};
/* clang-format on */

static void view_has_its_states(void **state)
{
    const struct view_row *row = *state;
    char glyphs[STATE_COUNT + 1] = "";
    size_t count = 0;
    for (int s = 0; s < STATE_COUNT; s++)
        if (view_has(row->view, &(struct snapshot_row){ .state = (uint8_t)s }))
            glyphs[count++] = state_row((enum state)s)->glyph;
    assert_string_equal(glyphs, row->glyphs);
}

static void view_has_its_name(void **state)
{
    const struct view_row *row = *state;
    enum view view = VIEW_COUNT;
    assert_string_equal(view_name(row->view), row->name);
    assert_true(view_parse(row->name, &view));
    assert_int_equal(view, row->view);
}

static void other_words_are_not_views(void **state)
{
    (void)state;
    enum view view = VIEW_HELD;
    assert_false(view_parse("", &view));
    assert_false(view_parse("hel", &view));
    assert_false(view_parse("All", &view));
    assert_int_equal(view, VIEW_HELD);
}

static void a_paused_row_is_in_two_views(void **state)
{
    (void)state;
    struct snapshot_row row = { .state = STATE_FAILED, .is_paused = true };
    assert_true(view_has(VIEW_PAUSED, &row));
    assert_true(view_has(VIEW_FAILED, &row));
}

int main(void)
{
    struct CMUnitTest names[COUNT_OF(view_rows)];
    struct CMUnitTest states[COUNT_OF(view_rows)];
    TESTS_FROM_ROWS(names, view_rows, view_has_its_name);
    TESTS_FROM_ROWS(states, view_rows, view_has_its_states);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_words_are_not_views),
        cmocka_unit_test(a_paused_row_is_in_two_views),
    };
    int failed = cmocka_run_group_tests_name("view: names", names, NULL, NULL);
    failed += cmocka_run_group_tests_name("view: states", states, NULL, NULL);
    failed += cmocka_run_group_tests_name("view", tests, NULL, NULL);
    return failed;
}

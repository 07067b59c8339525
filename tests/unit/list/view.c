#include "tui/list/view.h"

#include "tests/support/test.h"

/* clang-format off */
static const struct view_row {
    const char *name;
    enum view view;
    const char *glyphs; /* of its states, worst first */
} view_rows[] = {
    { "all",       VIEW_ALL,       "*!~?=p+-:;.x" },
    { "attention", VIEW_ATTENTION, "" },
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
        if (view_has(row->view,
                     &(struct snapshot_row){ .state = (uint8_t)s, .base_state = STATE_ON_TARGET },
                     NULL))
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
    assert_true(view_has(VIEW_PAUSED, &row, NULL));
    assert_true(view_has(VIEW_FAILED, &row, NULL));
}

/* A view shows its states also where starvation stands above them. */
static void a_starved_row_is_in_the_views_of_its_base_state(void **state)
{
    (void)state;
    for (int view = 0; view < VIEW_COUNT; view++) {
        for (int s = STATE_STARVED + 1; s < STATE_COUNT; s++) {
            struct snapshot_row plain = { .state = (uint8_t)s };
            struct snapshot_row starved = { .state = STATE_STARVED, .base_state = (uint8_t)s };
            bool is_shown = view_has((enum view)view, &plain, NULL);
            assert_int_equal(view_has((enum view)view, &starved, NULL), is_shown);
        }
    }
}

static void attention_has_the_rows_with_an_entry(void **state)
{
    (void)state;
    const struct attention_entry entry = { .since = { 1 } };
    for (int s = 0; s < STATE_COUNT; s++) {
        struct snapshot_row row = { .state = (uint8_t)s };
        assert_true(view_has(VIEW_ATTENTION, &row, &entry));
        assert_int_equal(view_has(VIEW_HELD, &row, &entry), s == STATE_HELD);
    }
}

int main(void)
{
    struct CMUnitTest names[COUNT_OF(view_rows)];
    struct CMUnitTest states[COUNT_OF(view_rows)];
    TESTS_FROM_ROWS(names, view_rows, view_has_its_name);
    TESTS_FROM_ROWS(states, view_rows, view_has_its_states);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_words_are_not_views),
        cmocka_unit_test(attention_has_the_rows_with_an_entry),
        cmocka_unit_test(a_paused_row_is_in_two_views),
        cmocka_unit_test(a_starved_row_is_in_the_views_of_its_base_state),
    };
    int failed = cmocka_run_group_tests_name("view: names", names, NULL, NULL);
    failed += cmocka_run_group_tests_name("view: states", states, NULL, NULL);
    failed += cmocka_run_group_tests_name("view", tests, NULL, NULL);
    return failed;
}

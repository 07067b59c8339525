#include "tui/console/saved_views.h"

#include "tests/support/test.h"

#include <string.h>

#define TITLE "autoscaler console 1\n"

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct saved_views views = { 0 };
    struct saved_views read = { 0 };
    char text[SAVED_VIEWS_TEXT_SIZE];
    views.last = (struct saved_view){ .is_there = true, .view = VIEW_HELD, .sort = COLUMN_HOSTS };
    column_choice_reset(&views.last.columns);
    struct saved_view *view = &views.digits[7];
    *view = (struct saved_view){ .is_there = true,
                                 .name = "short of hosts",
                                 .view = VIEW_ATTENTION,
                                 .filter = "free<target !test /^eu/",
                                 .sort = COLUMN_BAR,
                                 .is_descending = true };
    assert_true(column_choice_parse("free_pct,margin", &view->columns));
    saved_views_format(&views, text);
    assert_true(saved_views_parse(text, &read));
    assert_memory_equal(&read, &views, sizeof views);
}

/* Every digit, as long as it can be. */
static void the_longest_has_room(void **state)
{
    (void)state;
    static struct saved_views views;
    static struct saved_views read;
    static char text[SAVED_VIEWS_TEXT_SIZE];
    for (int i = 0; i < SAVED_VIEWS_MAX; i++) {
        struct saved_view *view = &views.digits[i];
        *view = (struct saved_view){ .is_there = true, .view = VIEW_ATTENTION };
        view->sort = COLUMN_DEPLOYMENT;
        memset(view->name, 'n', SAVED_NAME_SIZE - 1);
        memset(view->filter, 'f', FILTER_SIZE - 1);
        assert_true(column_choice_parse("-read", &view->columns));
    }
    saved_views_format(&views, text);
    assert_true(strlen(text) < SAVED_VIEWS_TEXT_SIZE - 512);
    assert_true(saved_views_parse(text, &read));
    assert_memory_equal(&read, &views, sizeof views);
}

static struct saved_view filtered(const char *filter)
{
    struct saved_view view = { .is_there = true };
    column_choice_reset(&view.columns);
    memcpy(view.filter, filter, strlen(filter) + 1);
    return view;
}

/* Two consoles began with the same file; this one saves after the other. */
static void the_views_of_another_console_are_kept(void **state)
{
    (void)state;
    struct saved_views base = { .digits = { filtered("one"), filtered("two"), filtered("three") } };
    struct saved_views own = base;
    struct saved_views other = base;
    own.digits[0] = filtered("mine");
    other.digits[0] = filtered("theirs");
    other.digits[1] = filtered("theirs");
    other.digits[2] = (struct saved_view){ 0 };
    other.digits[8] = filtered("new");
    saved_views_merge(&own, &base, &other);
    assert_string_equal(own.digits[0].filter, "mine");
    assert_string_equal(own.digits[1].filter, "theirs");
    assert_false(own.digits[2].is_there);
    assert_string_equal(own.digits[8].filter, "new");
}

/* clang-format off */
static const struct damage_row {
    const char *name;
    const char *text;
    bool is_good;
} damage_rows[] = {
    { "nothing saved",        TITLE,                                                    true },
    { "one view",             TITLE "8\tall\thosts\tdown\t-\teu\tname\n",                true },
    { "no name, no filter",   TITLE "8\tall\thosts\tup\t-\t\t\n",                        true },
    { "an empty file",        "",                                                       false },
    { "another title",        "autoscaler console 2\n",                                 false },
    { "no end of line",       TITLE "8\tall\thosts\tup\t-\t\t",                          false },
    { "an empty line",        TITLE "\n",                                               false },
    { "a field too few",      TITLE "8\tall\thosts\tup\t-\t\n",                          false },
    { "a field too many",     TITLE "8\tall\thosts\tup\t-\t\t\t\n",                      false },
    { "no digit",             TITLE "x\tall\thosts\tup\t-\t\t\n",                        false },
    { "two digits",           TITLE "10\tall\thosts\tup\t-\t\t\n",                       false },
    { "a digit twice",        TITLE "8\tall\thosts\tup\t-\t\t\n8\tall\thosts\tup\t-\t\t\n", false },
    { "an unknown view",      TITLE "8\tmine\thosts\tup\t-\t\t\n",                       false },
    { "an unknown sorting",   TITLE "8\tall\tzoo\tup\t-\t\t\n",                          false },
    { "no direction",         TITLE "8\tall\thosts\t\t-\t\t\n",                          false },
    { "unknown columns",      TITLE "8\tall\thosts\tup\tzoo\t\t\n",                      false },
    { "a bad filter",         TITLE "8\tall\thosts\tup\t-\tfree<\t\n",                   false },
    { "a filter with an escape", TITLE "8\tall\thosts\tup\t-\t\x1b[m\t\n",               false },
    { "a name with an escape", TITLE "8\tall\thosts\tup\t-\t\t\x1b[m\n",                 false },
    { "a name that is no text", TITLE "8\tall\thosts\tup\t-\t\t\xff\n",                  false },
    { "a name too long",      TITLE "8\tall\thosts\tup\t-\t\t1234567890123456789012345\n", false },
};
/* clang-format on */

static void damage_is_noticed(void **state)
{
    const struct damage_row *row = *state;
    struct saved_views views;
    memset(&views, 7, sizeof views);
    struct saved_views before = views;
    assert_int_equal(saved_views_parse(row->text, &views), row->is_good);
    if (!row->is_good)
        assert_memory_equal(&views, &before, sizeof views);
}

/* Any byte of it changed: it is read or it is not, and what is read can be written. */
static void no_damage_harms(void **state)
{
    (void)state;
    static const char good[] = TITLE "0\theld\thosts\tdown\t-\t\t\n"
                                     "8\tall\tmargin\tup\twant,-free\teu free<15 /^a/\tname\n";
    for (size_t i = 0; i < sizeof good - 1; i++) {
        for (int byte = 1; byte < 256; byte++) {
            struct saved_views views;
            char text[sizeof good];
            char written[SAVED_VIEWS_TEXT_SIZE];
            memcpy(text, good, sizeof good);
            text[i] = (char)byte;
            if (!saved_views_parse(text, &views))
                continue;
            saved_views_format(&views, written);
            assert_true(saved_views_parse(written, &views));
        }
    }
}

/* The last view hides no row unasked, whatever the file says. */
static void the_last_view_has_no_filter(void **state)
{
    (void)state;
    struct saved_views views;
    assert_true(saved_views_parse(TITLE "0\theld\thosts\tdown\t-\teu\tname\n", &views));
    assert_true(views.last.is_there);
    assert_int_equal(views.last.view, VIEW_HELD);
    assert_string_equal(views.last.filter, "");
    assert_string_equal(views.last.name, "");
}

int main(void)
{
    struct CMUnitTest damages[COUNT_OF(damage_rows)];
    TESTS_FROM_ROWS(damages, damage_rows, damage_is_noticed);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_longest_has_room),
        cmocka_unit_test(the_views_of_another_console_are_kept),
        cmocka_unit_test(no_damage_harms),
        cmocka_unit_test(the_last_view_has_no_filter),
    };
    int failed = cmocka_run_group_tests_name("saved_views: damage", damages, NULL, NULL);
    failed += cmocka_run_group_tests_name("saved_views: laws", laws, NULL, NULL);
    return failed;
}

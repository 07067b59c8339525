#include "tui/list/column_choice.h"

#include "tests/support/test.h"

#include <string.h>

/* clang-format off */
static const struct parse_row {
    const char *name;
    const char *text;
    const char *formatted; /* NULL: refused */
} parse_rows[] = {
    { "the default",          "-",             "-" },
    { "one column",           "free_pct",
      "free_pct,-hosts,-pending,-want,-per_host,-total,-busy,-free,-margin,-target,-raw,-delta,-reason,-trend,-since,-last,-age,-read,-policy" },
    { "another order",        "want,hosts",
      "want,hosts,-pending,-per_host,-total,-busy,-free,-free_pct,-margin,-target,-raw,-delta,-reason,-trend,-since,-last,-age,-read,-policy" },
    { "one that is hidden",   "-want,hosts",
      "-want,hosts,-pending,-per_host,-total,-busy,-free,-free_pct,-margin,-target,-raw,-delta,-reason,-trend,-since,-last,-age,-read,-policy" },
    { "no column",            "",              NULL },
    { "an unknown one",       "hosts,zoo",     NULL },
    { "one twice",            "hosts,-hosts",  NULL },
    { "the deployment",       "deployment",    NULL },
    { "the state",            "severity",      NULL },
    { "nothing behind the comma", "hosts,",    NULL },
    { "a long word",          "hostshostshostshostshostshostshosts", NULL },
};
/* clang-format on */

static void text_is_parsed(void **state)
{
    const struct parse_row *row = *state;
    struct column_choice choice = { .order = { COLUMN_READ } };
    char text[COLUMN_CHOICE_TEXT_SIZE];
    assert_int_equal(column_choice_parse(row->text, &choice), row->formatted != NULL);
    if (!row->formatted) {
        assert_int_equal(choice.order[0], COLUMN_READ);
        return;
    }
    column_choice_format(&choice, text);
    assert_string_equal(text, row->formatted);
    assert_true(column_choice_parse(text, &choice));
}

/* What stands in the list at this width, by title. */
static void assert_titles(const struct column_choice *choice, int columns, int skipped,
                          const char *titles)
{
    struct column_layout layout;
    char found[256] = "";
    int end = 0;
    column_choice_fit(choice, columns, skipped, false, &layout);
    for (int i = 0; i < layout.count; i++) {
        const struct column_place *place = &layout.places[i];
        assert_true(place->at >= end);
        end = place->at + place->width + 1;
        assert_true(end - 1 <= columns);
        strcat(found, columns_row(place->column)->word);
        strcat(found, " ");
    }
    assert_string_equal(found, titles);
}

static void chosen_columns_stand_in_their_order(void **state)
{
    (void)state;
    struct column_choice choice;
    assert_true(column_choice_parse("read,free_pct,hosts", &choice));
    assert_titles(&choice, 80, 0, "severity deployment read free_pct hosts ");
    assert_titles(&choice, 80, 1, "severity deployment free_pct hosts ");
    assert_titles(&choice, 80, 2, "severity deployment hosts ");
    assert_titles(&choice, 80, 9, "severity deployment ");
    assert_titles(&choice, 36, 0, "severity deployment free_pct hosts ");
    assert_titles(&choice, 30, 0, "severity deployment free_pct ");
    assert_titles(&choice, 3, 0, "severity ");
    assert_titles(&choice, 0, 0, "");
    assert_int_equal(column_choice_skipped_max(&choice, 80, false), 0);
    assert_int_equal(column_choice_skipped_max(&choice, 36, false), 1);
    assert_int_equal(column_choice_skipped_max(&choice, 10, false), 2);
}

static void no_column_at_all_leaves_the_first_two(void **state)
{
    (void)state;
    struct column_choice choice;
    assert_true(column_choice_parse("-hosts", &choice));
    assert_titles(&choice, 80, 0, "severity deployment ");
    assert_int_equal(column_choice_skipped_max(&choice, 80, false), 0);
}

static void the_default_is_what_fits(void **state)
{
    (void)state;
    struct column_choice choice;
    column_choice_reset(&choice);
    assert_true(column_choice_is_default(&choice));
    for (int columns = 0; columns < 260; columns++) {
        struct column_layout expected;
        struct column_layout layout;
        columns_fit_sideways(columns, columns % 5, columns % 2 == 0, &expected);
        column_choice_fit(&choice, columns, columns % 5, columns % 2 == 0, &layout);
        assert_memory_equal(&layout, &expected, sizeof layout);
        assert_int_equal(column_choice_skipped_max(&choice, columns, false),
                         columns_skipped_max(columns, false));
    }
}

static void columns_move_to_the_ends(void **state)
{
    (void)state;
    struct column_choice choice;
    column_choice_reset(&choice);
    assert_int_equal(column_choice_move(&choice, 0, -1), 0);
    assert_true(column_choice_is_default(&choice));
    assert_int_equal(column_choice_move(&choice, 0, 1), 1);
    assert_int_equal(choice.order[0], COLUMN_PENDING);
    assert_int_equal(choice.order[1], COLUMN_HOSTS);
    assert_int_equal(column_choice_move(&choice, 1, 99), COLUMN_CHOICE_COUNT - 1);
    assert_int_equal(choice.order[COLUMN_CHOICE_COUNT - 1], COLUMN_HOSTS);
    assert_int_equal(column_choice_move(&choice, COLUMN_CHOICE_COUNT - 1, -99), 0);
    assert_true(column_choice_is_default(&choice));
}

int main(void)
{
    struct CMUnitTest parses[COUNT_OF(parse_rows)];
    TESTS_FROM_ROWS(parses, parse_rows, text_is_parsed);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(chosen_columns_stand_in_their_order),
        cmocka_unit_test(no_column_at_all_leaves_the_first_two),
        cmocka_unit_test(the_default_is_what_fits),
        cmocka_unit_test(columns_move_to_the_ends),
    };
    int failed = cmocka_run_group_tests_name("column_choice: text", parses, NULL, NULL);
    failed += cmocka_run_group_tests_name("column_choice: laws", laws, NULL, NULL);
    return failed;
}

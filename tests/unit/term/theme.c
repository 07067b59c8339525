#include "tui/term/theme.h"

#include "tests/support/contrast.h"
#include "tests/support/test.h"

#include "engine/base/text.h"
#include "tui/term/color256.h"

#include <stdio.h>
#include <string.h>

static const struct contrast_row {
    const char *name;
    uint32_t a, b;
    int contrast;
} contrast_rows[] = {
    { "black on white", 0x000000, 0xffffff, 2100 },
    { "white on black", 0xffffff, 0x000000, 2100 },
    { "itself", 0x5f5fff, 0x5f5fff, 100 },
    { "the lightest grey on white that passes", 0x767676, 0xffffff, 454 },
    { "the next one", 0x777777, 0xffffff, 447 },
    { "red on white", 0xff0000, 0xffffff, 399 },
};

static void check_contrast(void **state)
{
    const struct contrast_row *row = *state;
    assert_int_equal(contrast_of(row->a, row->b), row->contrast);
    assert_int_equal(contrast_of(row->b, row->a), row->contrast);
}

static int wanted_of(enum theme theme)
{
    return theme == THEME_HIGH ? CONTRAST_HIGH : CONTRAST_MIN;
}

static void every_pair_can_be_read(void **state)
{
    (void)state;
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct look look = theme_look((enum theme)theme, (enum role)role, true);
            int contrast = contrast_of_pair(look.ink, look.paper);
            if (contrast < wanted_of((enum theme)theme))
                fail_msg("%s, role %d: %d on %d has %d", theme_word((enum theme)theme), role,
                         look.ink, look.paper, contrast);
        }
}

/* A paper that is painted goes with an ink that is, or the terminal's own may be the same colour. */
static void ink_and_paper_go_together(void **state)
{
    (void)state;
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int role = 0; role < ROLE_COUNT; role++)
            for (int has_256 = 0; has_256 <= 1; has_256++) {
                struct look look = theme_look((enum theme)theme, (enum role)role, has_256);
                bool is_painted = look.paper != THEME_COLOR_DEFAULT;
                assert_int_equal(is_painted, theme != THEME_AUTO);
                assert_true(!is_painted || look.ink != THEME_COLOR_DEFAULT);
                assert_true(look.ink != look.paper || look.ink == THEME_COLOR_DEFAULT);
                assert_true(has_256 ? look.ink == THEME_COLOR_DEFAULT || look.ink >= COLOR256_FIRST
                                    : look.ink < 8);
            }
}

/* How a terminal dims is not known: with 256 colours no contrast could be stated. */
static void with_256_colors_nothing_is_dimmed(void **state)
{
    (void)state;
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int role = 0; role < ROLE_COUNT; role++)
            assert_int_equal(
                theme_look((enum theme)theme, (enum role)role, true).attributes & LOOK_DIM, 0);
}

/* Direct colours: the same pairs, as the terminal gets them. */
static void direct_colors_can_be_read_too(void **state)
{
    (void)state;
    for (int theme = THEME_DARK; theme < THEME_COUNT; theme++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct look look = theme_look((enum theme)theme, (enum role)role, true);
            assert_true(contrast_of(color256_direct(look.ink), color256_direct(look.paper)) >=
                        wanted_of((enum theme)theme) - 10);
        }
}

/* The bars and the focus are seen without colours. */
static void bars_are_reversed_everywhere(void **state)
{
    (void)state;
    static const enum role roles[] = { ROLE_FOCUS, ROLE_BAR_RUNNING, ROLE_BAR_CAREFUL,
                                       ROLE_BAR_TROUBLE, ROLE_BAR_FROZEN };
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        assert_true(theme_mono(roles[i]) & LOOK_REVERSE);
        for (int theme = 0; theme < THEME_COUNT; theme++)
            assert_true(theme_look((enum theme)theme, roles[i], false).attributes & LOOK_REVERSE);
    }
}

static void words_come_back(void **state)
{
    (void)state;
    enum theme theme;
    for (int i = 0; i < THEME_COUNT; i++) {
        assert_true(theme_parse(theme_word((enum theme)i), &theme));
        assert_int_equal(theme, i);
        assert_true(strlen(theme_meaning((enum theme)i)) > 0);
    }
    assert_false(theme_parse("darkness", &theme));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_can_be_read),
        cmocka_unit_test(ink_and_paper_go_together),
        cmocka_unit_test(with_256_colors_nothing_is_dimmed),
        cmocka_unit_test(direct_colors_can_be_read_too),
        cmocka_unit_test(bars_are_reversed_everywhere),
        cmocka_unit_test(words_come_back),
    };
    struct CMUnitTest rows[COUNT_OF(contrast_rows)];
    TESTS_FROM_ROWS(rows, contrast_rows, check_contrast);
    int failed = cmocka_run_group_tests_name("theme", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("theme: contrast", rows, NULL, NULL);
}

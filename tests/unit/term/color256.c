#include "tui/term/color256.h"

#include "tests/support/test.h"

static const struct color_row {
    const char *name;
    int index;
    uint32_t rgb;
    uint32_t direct;
} color_rows[] = {
    /* clang-format off */
    { "black",              16,  0x000000, 0x010100 },
    { "blue, a small number", 20, 0x0000d7, 0x0101d7 },
    { "bright blue",        21,  0x0000ff, 0x0101ff },
    { "blue",               75,  0x5fafff, 0x5fafff },
    { "orange",             214, 0xffaf00, 0xffaf00 },
    { "red",                203, 0xff5f5f, 0xff5f5f },
    { "white",              231, 0xffffff, 0xffffff },
    { "the darkest grey",   232, 0x080808, 0x080808 },
    { "grey",               244, 0x808080, 0x808080 },
    { "the lightest grey",  255, 0xeeeeee, 0xeeeeee },
    /* clang-format on */
};

static void check_color(void **state)
{
    const struct color_row *row = *state;
    assert_int_equal(color256_rgb(row->index), row->rgb);
    assert_int_equal(color256_direct(row->index), row->direct);
}

/* None may be taken for an index, and two colours stay two. */
static void direct_colors_are_distinct(void **state)
{
    (void)state;
    for (int a = COLOR256_FIRST; a <= COLOR256_LAST; a++) {
        assert_true(color256_direct(a) > COLOR256_LAST);
        for (int b = COLOR256_FIRST; b < a; b++)
            assert_true(color256_rgb(a) == color256_rgb(b) ||
                        color256_direct(a) != color256_direct(b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(direct_colors_are_distinct) };
    struct CMUnitTest rows[COUNT_OF(color_rows)];
    TESTS_FROM_ROWS(rows, color_rows, check_color);
    int failed = cmocka_run_group_tests_name("color256", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("color256: colours", rows, NULL, NULL);
}

#include "tui/draw/status_segments.h"

#include "tests/support/test.h"

#include <locale.h>
#include <string.h>

#define COLUMNS_MAX 60

/* Ranks: clock 1, state 0, name 3, pass 2. */
static void make(struct status_segments *segments)
{
    status_segments_init(segments);
    status_segments_add(segments, 3, 1, ROLE_NORMAL, "autoscaler");
    status_segments_add(segments, 0, 1, ROLE_STRONG, "[%s]", "RUNNING");
    status_segments_add(segments, 2, 2, ROLE_NORMAL, "pass %d", 17);
    status_segments_add(segments, 2, 2, ROLE_NORMAL, "%s", "");
    status_segments_add_right(segments, 1, 1, ROLE_DIM, "14:03");
}

static const struct status_segments_row {
    const char *name;
    int columns;
    int margin;
    const char *text;
} status_segments_rows[] = {
    /* clang-format off */
    { "all of them",                       40, 1, " autoscaler [RUNNING]  pass 17    14:03" },
    { "just all of them",                  37, 1, " autoscaler [RUNNING]  pass 17 14:03" },
    { "the least important one leaves",    35, 1, " [RUNNING]  pass 17          14:03" },
    { "the next one leaves",               23, 1, " [RUNNING]       14:03" },
    { "only the most important one stays", 16, 1, " [RUNNING]" },
    { "the margin before a letter",        10, 1, "[RUNNING]" },
    { "it is cut at last",                  5, 1, "[RUN~" },
    { "no margin wanted",                  15, 0, "[RUNNING] 14:03" },
    { "one column",                         1, 1, "~" },
    /* clang-format on */
};

static void draw(struct canvas *canvas, int columns, const struct status_segments *segments,
                 int margin)
{
    canvas_init(canvas);
    canvas->is_ascii = true;
    assert_int_equal(canvas_resize(canvas, columns, 1), 0);
    status_segments_draw(segments, canvas, canvas_area(canvas), margin);
}

static void row_fits(void **state)
{
    const struct status_segments_row *row = *state;
    struct status_segments segments;
    make(&segments);
    struct canvas canvas;
    draw(&canvas, row->columns, &segments, row->margin);
    char text[COLUMNS_MAX * 4];
    canvas_row_text(&canvas, 0, text, sizeof text);
    assert_string_equal(text, row->text);
    canvas_fini(&canvas);
}

static void room_that_is_left_is_filled_when_wished(void **state)
{
    (void)state;
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add(&segments, 0, 1, ROLE_NORMAL, "PAUSED");
    status_segments_add(&segments, 1, 1, ROLE_NORMAL, "a long piece");
    status_segments_add(&segments, 3, 1, ROLE_NORMAL, "!2");
    status_segments_add(&segments, 2, 1, ROLE_NORMAL, "!1");
    const char *const wanted[] = { "PAUSED", "PAUSED !1" };
    for (int i = 0; i < 2; i++) {
        segments.is_filled = i == 1;
        struct canvas canvas;
        draw(&canvas, 11, &segments, 0);
        char text[COLUMNS_MAX];
        canvas_row_text(&canvas, 0, text, sizeof text);
        assert_string_equal(text, wanted[i]);
        canvas_fini(&canvas);
    }
}

static void a_key_looks_like_one(void **state)
{
    (void)state;
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 1, "Esc", "Back");
    struct canvas canvas;
    draw(&canvas, 20, &segments, 1);
    assert_int_equal(canvas_at(&canvas, 0, 0)->role, ROLE_NORMAL);
    assert_int_equal(canvas_at(&canvas, 1, 0)->role, ROLE_KEY);
    assert_int_equal(canvas_at(&canvas, 3, 0)->role, ROLE_KEY);
    assert_int_equal(canvas_at(&canvas, 4, 0)->role, ROLE_NORMAL);
    canvas_fini(&canvas);
}

/* Bytes and columns differ: one with two bytes in one column, one with three bytes in two. */
static const struct wide_key_row {
    const char *name;
    const char *key;
    int columns;
} wide_key_rows[] = {
    { "a letter", "q", 1 },         { "a name", "Ctrl-d", 6 },
    { "two bytes", "\u00e9", 1 },   { "two of these", "\u00e9\u00e8", 2 },
    { "two columns", "\u5168", 2 },
};

static void row_has_the_role_of_a_key(void **state)
{
    const struct wide_key_row *row = *state;
    struct status_segments segments;
    struct canvas canvas;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 1, row->key, "Word");
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 20, 1), 0);
    status_segments_draw(&segments, &canvas, canvas_area(&canvas), 0);
    for (int column = 0; column < row->columns; column++)
        assert_int_equal(canvas_at(&canvas, column, 0)->role, ROLE_KEY);
    assert_int_equal(canvas_at(&canvas, row->columns, 0)->role, ROLE_NORMAL);
    canvas_fini(&canvas);
}

static void no_more_than_there_is_room_for_are_taken(void **state)
{
    (void)state;
    struct status_segments segments;
    status_segments_init(&segments);
    for (int i = 0; i < 2 * STATUS_SEGMENTS_MAX; i++)
        status_segments_add(&segments, i, 0, ROLE_NORMAL, "%d", i % 10);
    assert_int_equal(segments.count, STATUS_SEGMENTS_MAX);
    struct canvas canvas;
    draw(&canvas, 3, &segments, 0);
    char text[COLUMNS_MAX];
    canvas_row_text(&canvas, 0, text, sizeof text);
    assert_string_equal(text, "012");
    canvas_fini(&canvas);
}

static void nowhere_is_nothing_drawn(void **state)
{
    (void)state;
    struct status_segments segments;
    make(&segments);
    struct canvas canvas;
    canvas_init(&canvas);
    assert_int_equal(canvas_resize(&canvas, 40, 1), 0);
    status_segments_draw(&segments, &canvas, (struct area){ 0 }, 1);
    char text[COLUMNS_MAX * 4];
    canvas_row_text(&canvas, 0, text, sizeof text);
    assert_string_equal(text, "");
    canvas_fini(&canvas);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(status_segments_rows)];
    struct CMUnitTest wide_keys[COUNT_OF(wide_key_rows)];
    TESTS_FROM_ROWS(wide_keys, wide_key_rows, row_has_the_role_of_a_key);
    TESTS_FROM_ROWS(rows, status_segments_rows, row_fits);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_that_is_left_is_filled_when_wished),
        cmocka_unit_test(a_key_looks_like_one),
        cmocka_unit_test(no_more_than_there_is_room_for_are_taken),
        cmocka_unit_test(nowhere_is_nothing_drawn),
    };
    assert_true(setlocale(LC_CTYPE, "C.UTF-8"));
    int failed = cmocka_run_group_tests_name("pieces: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("pieces: keys", wide_keys, NULL, NULL);
    failed += cmocka_run_group_tests_name("pieces: laws", tests, NULL, NULL);
    return failed;
}

/*
 * Text from outside (ids, bodies, file names) on the canvas: whatever its bytes are, no cell has a character that a
 * terminal takes for a command. What the screen sends consists of cells.
 */
#include "tui/draw/canvas.h"

#include "tests/support/test.h"

#include "tui/draw/utf8.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 24
#define CODE_POINTS 0x110000u

struct fixture {
    struct canvas canvas;
};

static int enter(void **state)
{
    static struct fixture fixture;
    setlocale(LC_CTYPE, "C.UTF-8");
    canvas_init(&fixture.canvas);
    *state = &fixture;
    return canvas_resize(&fixture.canvas, COLUMNS, 1);
}

static int leave(void **state)
{
    struct fixture *fixture = *state;
    canvas_fini(&fixture->canvas);
    return 0;
}

/* C0, DEL and C1 are commands; the rest of the list reorders, hides or joins text, or is no character at all. */
static bool is_harmless(uint32_t code_point)
{
    bool is_control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
    bool is_order = (code_point >= 0x200b && code_point <= 0x200f) ||
                    (code_point >= 0x2028 && code_point <= 0x202e) ||
                    (code_point >= 0x2060 && code_point <= 0x206f) || code_point == 0xfeff;
    bool is_none = (code_point >= 0xd800 && code_point < 0xe000) || code_point >= CODE_POINTS;
    return !is_control && !is_order && !is_none;
}

static void check_cells(const struct canvas *canvas, const char *bytes, size_t size)
{
    for (int column = 0; column < COLUMNS; column++) {
        const struct cell *cell = canvas_at(canvas, column, 0);
        for (size_t i = 0; i <= CELL_COMBINING_MAX; i++)
            if (cell->text[i] != 0 &&
                (!is_harmless(cell->text[i]) || (canvas->is_ascii && cell->text[i] > 0x7e)))
                fail_msg("%02x of %zu bytes: U+%04X is drawn", (unsigned char)bytes[0], size,
                         cell->text[i]);
    }
}

static void draw_and_check(struct fixture *fixture, const char *bytes, size_t size)
{
    struct canvas *canvas = &fixture->canvas;
    for (int is_ascii = 0; is_ascii <= 1; is_ascii++) {
        canvas->is_ascii = is_ascii;
        canvas_clear(canvas);
        canvas_put_bytes(canvas, canvas_area(canvas), 0, 0, ROLE_NORMAL, bytes, size);
        check_cells(canvas, bytes, size);
    }
}

/* After one character, so that one that joins it does. */
static void every_byte_and_every_two_bytes(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++) {
            const char bytes[] = { 'x', (char)first, (char)second, ']' };
            draw_and_check(fixture, bytes, sizeof bytes);
        }
}

static void every_character(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t code_point = 0; code_point < CODE_POINTS; code_point++) {
        char bytes[1 + UTF8_SIZE_MAX] = "x";
        size_t size = utf8_encode(code_point, bytes + 1);
        draw_and_check(fixture, bytes, 1 + size);
    }
}

static const struct sequence_row {
    const char *name;
    const char *bytes;
} sequence_rows[] = {
    { "a link", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\" },
    { "a link, C1", "\xc2\x9d"
                    "8;;http://x\xc2\x9ctext" },
    { "a link, 8-bit C1", "\x9d"
                          "8;;http://x\x9ctext" },
    { "the clipboard", "\x1b]52;c;cm0gLXJmIC8K\a" },
    { "a title", "\x1b]0;owned\a" },
    { "an answer that is typed", "\x1b[21t\x1b[c\x05" },
    { "device control", "\x1bP$q\"p\x1b\\" },
    { "a string without an end", "\x1b_Gf=100;" },
    { "tmux", "\x1bPtmux;\x1b\x1b]52;c;eA==\a\x1b\\" },
    { "synchronised output", "\x1b[?2026h" },
};

static void row_is_shown_as_text(void **state)
{
    const struct sequence_row *row = *state;
    struct fixture fixture;
    char shown[256];
    canvas_init(&fixture.canvas);
    assert_int_equal(canvas_resize(&fixture.canvas, COLUMNS, 1), 0);
    draw_and_check(&fixture, row->bytes, strlen(row->bytes));
    canvas_row_text(&fixture.canvas, 0, shown, sizeof shown);
    assert_non_null(strstr(shown, "\\"));
    canvas_fini(&fixture.canvas);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_byte_and_every_two_bytes),
        TEST(every_character),
    };
    struct CMUnitTest rows[COUNT_OF(sequence_rows)];
    TESTS_FROM_ROWS(rows, sequence_rows, row_is_shown_as_text);
    int failed = cmocka_run_group_tests_name("foreign bytes", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("foreign bytes: sequences", rows, NULL, NULL);
}

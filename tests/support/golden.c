#include "tests/support/golden.h"

#include "engine/base/text.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one row: each cell may have a four-byte character with combining characters. */
#define ROW_SIZE (CANVAS_COLUMNS_MAX * 12 + 1)
#define SCREEN_SIZE ((size_t)1 << 20)

struct screen_text {
    char data[SCREEN_SIZE];
    size_t length;
};

static void add_line(struct screen_text *screen, const char *line)
{
    size_t length = strlen(line);
    assert_true(screen->length + length + 2 <= SCREEN_SIZE);
    memcpy(&screen->data[screen->length], line, length);
    screen->data[screen->length + length] = '\n';
    screen->length += length + 1;
    screen->data[screen->length] = '\0';
}

static void add_text_rows(struct screen_text *screen, const struct canvas *canvas)
{
    char line[ROW_SIZE];
    for (int row = 0; row < canvas->rows; row++) {
        canvas_row_text(canvas, row, line, sizeof line);
        add_line(screen, line);
    }
}

char golden_letter(const struct cell *cell)
{
    if (cell->marks & CELL_HIT)
        return '#';
    if (cell->marks & CELL_CURSOR)
        return cell->role == ROLE_NORMAL ? '_' : (char)('a' + cell->role - 1);
    return cell->role == ROLE_NORMAL ? '.' : (char)('A' + cell->role - 1);
}

static void add_role_rows(struct screen_text *screen, const struct canvas *canvas)
{
    char line[CANVAS_COLUMNS_MAX + 1];
    for (int row = 0; row < canvas->rows; row++) {
        for (int column = 0; column < canvas->columns; column++)
            line[column] = golden_letter(canvas_at(canvas, column, row));
        line[canvas->columns] = '\0';
        add_line(screen, line);
    }
}

static bool read_golden(const char *path, struct screen_text *ret_screen)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    ret_screen->length = fread(ret_screen->data, 1, SCREEN_SIZE - 1, file);
    ret_screen->data[ret_screen->length] = '\0';
    fclose(file);
    return true;
}

static void write_golden(const char *path, const struct screen_text *screen)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_msg("%s cannot be written", path);
    size_t written = fwrite(screen->data, 1, screen->length, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(written, screen->length);
}

static bool is_to_be_written(void)
{
    const char *wish = getenv("GOLDEN");
    return wish && strcmp(wish, "write") == 0;
}

static void check_file(const char *path, const struct screen_text *screen)
{
    if (is_to_be_written()) {
        write_golden(path, screen);
        return;
    }
    static struct screen_text wanted;
    if (!read_golden(path, &wanted))
        fail_msg("%s is not there: `make golden` writes it\n%s", path, screen->data);
    if (wanted.length == screen->length && memcmp(wanted.data, screen->data, wanted.length) == 0)
        return;
    print_error("%s should be\n%s", path, wanted.data);
    print_error("and is\n%s", screen->data);
    fail_msg("%s differs", path);
}

static void check(const char *name, const char *suffix, const struct screen_text *screen)
{
    char path[256];
    struct text text;
    text_init(&text, path, sizeof path);
    text_addf(&text, "tests/data/golden/%s%s.txt", name, suffix);
    assert_false(text.was_cut);
    check_file(path, screen);
}

void golden_check(const char *name, const struct canvas *canvas)
{
    static struct screen_text screen;
    screen.length = 0;
    add_text_rows(&screen, canvas);
    check(name, "", &screen);
}

void golden_check_roles(const char *name, const struct canvas *canvas)
{
    static struct screen_text screen;
    screen.length = 0;
    add_role_rows(&screen, canvas);
    check(name, ".roles", &screen);
}

void golden_check_file(const char *path, const char *text)
{
    static struct screen_text whole;
    whole.length = strlen(text);
    assert_true(whole.length < SCREEN_SIZE);
    memcpy(whole.data, text, whole.length + 1);
    check_file(path, &whole);
}

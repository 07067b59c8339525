#include "tui/draw/canvas.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/draw/glyph.h"
#include "tui/draw/utf8.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define FORMATTED_SIZE 4096

/* Where text is drawn: a row, the columns that may be drawn, and the current position. */
struct pen {
    struct cell *cells; /* cells of the row */
    int columns;        /* length of the row */
    int left;           /* first column that may be drawn */
    int right;          /* first column behind it */
    int64_t at;         /* current column; may be left of `left`, also negative */
    int64_t base;       /* the cell that combining characters join; -1: none was drawn */
    enum role role;
};

void canvas_init(struct canvas *canvas)
{
    *canvas = (struct canvas){ .cursor_column = -1, .cursor_row = -1 };
}

void canvas_fini(struct canvas *canvas)
{
    if (!canvas)
        return;
    heap_free(canvas->cells);
    canvas_init(canvas);
}

void canvas_clear(struct canvas *canvas)
{
    const struct cell empty = { .text = { ' ' }, .width = 1 };
    size_t count = (size_t)canvas->columns * (size_t)canvas->rows;
    for (size_t i = 0; i < count; i++)
        canvas->cells[i] = empty;
    canvas->cursor_column = -1;
    canvas->cursor_row = -1;
}

int canvas_resize(struct canvas *canvas, int columns, int rows)
{
    columns = (int)clamp_i64(columns, 1, CANVAS_COLUMNS_MAX);
    rows = (int)clamp_i64(rows, 1, CANVAS_ROWS_MAX);
    size_t count = (size_t)columns * (size_t)rows;
    if (count > canvas->capacity) {
        struct cell *cells = heap_alloc(count, sizeof *cells);
        if (!cells)
            return -ENOMEM;
        heap_free(canvas->cells);
        canvas->cells = cells;
        canvas->capacity = count;
    }
    canvas->columns = columns;
    canvas->rows = rows;
    canvas_clear(canvas);
    return 0;
}

struct area canvas_area(const struct canvas *canvas)
{
    return (struct area){ .columns = canvas->columns, .rows = canvas->rows };
}

/* The part of the area that is on the canvas. Without such a part, columns and rows are 0. */
static struct area on_canvas(const struct canvas *canvas, struct area area)
{
    int64_t left = clamp_i64(area.column, 0, canvas->columns);
    int64_t top = clamp_i64(area.row, 0, canvas->rows);
    int64_t right = clamp_i64((int64_t)area.column + area.columns, left, canvas->columns);
    int64_t bottom = clamp_i64((int64_t)area.row + area.rows, top, canvas->rows);
    return (struct area){ (int)left, (int)top, (int)(right - left), (int)(bottom - top) };
}

static struct cell *row_cells(const struct canvas *canvas, int row)
{
    return canvas->cells + (size_t)row * (size_t)canvas->columns;
}

static void lose_half(struct cell *cell)
{
    *cell = (struct cell){ .text = { ' ' }, .width = 1, .role = cell->role, .marks = cell->marks };
}

/* When the new character overwrites one half of a wide character, the other half becomes a space. */
static void set_cell(struct cell *cells, int columns, int at, uint32_t code_point, int width,
                     enum role role)
{
    if (cells[at].width == 0)
        lose_half(&cells[at - 1]);
    if (at + width < columns && cells[at + width].width == 0)
        lose_half(&cells[at + width]);
    cells[at] =
        (struct cell){ .text = { code_point }, .width = (uint8_t)width, .role = (uint8_t)role };
    if (width == 2)
        cells[at + 1] = (struct cell){ .text = { ' ' }, .role = (uint8_t)role };
}

/* Left of the drawable columns only the position moves. A wide character cut in half becomes a space. */
static void pen_add(struct pen *pen, uint32_t code_point, int width)
{
    bool is_whole = pen->at >= pen->left && pen->at + width <= pen->right;
    int64_t from = max_i64(pen->at, pen->left);
    int64_t to = min_i64(pen->at + width, pen->right);
    if (is_whole)
        set_cell(pen->cells, pen->columns, (int)pen->at, code_point, width, pen->role);
    else if (from < to)
        set_cell(pen->cells, pen->columns, (int)from, ' ', 1, pen->role);
    pen->base = is_whole ? pen->at : -1;
    pen->at += width;
}

static void pen_join(struct pen *pen, uint32_t code_point)
{
    if (pen->base < 0)
        return;
    struct cell *cell = &pen->cells[pen->base];
    for (size_t i = 1; i <= CELL_COMBINING_MAX; i++)
        if (cell->text[i] == 0) {
            cell->text[i] = code_point;
            return;
        }
}

/* Bytes that were drawn or skipped; 0: no room. */
static size_t pen_add_glyph(struct pen *pen, const char *bytes, size_t length, bool is_ascii)
{
    struct glyph glyph;
    glyph_next(bytes, length, is_ascii, &glyph);
    if (glyph.width == 0 && !is_ascii)
        pen_join(pen, glyph.code_point);
    if (glyph.width == 0)
        return glyph.size;
    if (pen->at >= pen->right)
        return 0;
    for (const char *c = glyph.instead; *c; c++)
        pen_add(pen, (unsigned char)*c, 1);
    if (!glyph.instead[0])
        pen_add(pen, glyph.code_point, glyph.width);
    return glyph.size;
}

static bool is_blank(const char *bytes, size_t length)
{
    while (length > 0 && *bytes == ' ') {
        bytes++;
        length--;
    }
    return length == 0;
}

/* What is left of a text was cut: its end says so. */
static void pen_mark_cut(struct pen *pen)
{
    if (pen->at > pen->left && pen->right > pen->left)
        set_cell(pen->cells, pen->columns, pen->right - 1, CANVAS_CUT, 1, pen->role);
}

/* `at` and `row` are coordinates of the canvas. Returns the columns taken. */
static int draw(struct canvas *canvas, struct area area, int64_t at, int64_t row, enum role role,
                const char *bytes, size_t length)
{
    struct area seen = on_canvas(canvas, area);
    int right = seen.column + seen.columns;
    if (row < seen.row || row >= seen.row + seen.rows || seen.columns == 0 || at >= right)
        return 0;
    struct pen pen = {
        row_cells(canvas, (int)row), canvas->columns, seen.column, right, at, -1, role
    };
    while (length > 0) {
        size_t size = 1;
        if (glyph_is_plain(bytes[0]) && pen.at < right)
            pen_add(&pen, (unsigned char)bytes[0], 1);
        else
            size = pen_add_glyph(&pen, bytes, length, canvas->is_ascii);
        if (size == 0)
            break;
        bytes += size;
        length -= size;
    }
    if (!is_blank(bytes, length) || pen.at > right)
        pen_mark_cut(&pen);
    return (int)(min_i64(pen.at, right) - at);
}

int canvas_put_bytes(struct canvas *canvas, struct area area, int column, int row, enum role role,
                     const char *bytes, size_t length)
{
    if (column < 0 || row < 0 || column >= area.columns || row >= area.rows)
        return 0;
    return draw(canvas, area, (int64_t)area.column + column, (int64_t)area.row + row, role, bytes,
                length);
}

int canvas_put(struct canvas *canvas, struct area area, int column, int row, enum role role,
               const char *text)
{
    return canvas_put_bytes(canvas, area, column, row, role, text, strlen(text));
}

int canvas_putf(struct canvas *canvas, struct area area, int column, int row, enum role role,
                const char *format, ...)
{
    char storage[FORMATTED_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    va_list args;
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    return canvas_put_bytes(canvas, area, column, row, role, text.data, text.length);
}

void canvas_put_right(struct canvas *canvas, struct area area, int gap, int row, enum role role,
                      const char *text)
{
    if (row < 0 || row >= area.rows || gap < 0 || gap >= area.columns)
        return;
    area.columns -= gap;
    int64_t at = (int64_t)area.column + area.columns - canvas_text_columns(canvas, text);
    draw(canvas, area, at, (int64_t)area.row + row, role, text, strlen(text));
    if (at < area.column)
        canvas_put(canvas, area, 0, row, role, (const char[]){ CANVAS_CUT, '\0' });
}

void canvas_fill(struct canvas *canvas, struct area area, enum role role, uint32_t code_point)
{
    must(code_point_is_printable(code_point));
    struct area seen = on_canvas(canvas, area);
    if (canvas->is_ascii && code_point >= 0x80)
        code_point = '?';
    for (int row = seen.row; row < seen.row + seen.rows; row++)
        for (int column = seen.column; column < seen.column + seen.columns; column++)
            set_cell(row_cells(canvas, row), canvas->columns, column, code_point, 1, role);
}

void canvas_set_role(struct canvas *canvas, struct area area, enum role role)
{
    struct area seen = on_canvas(canvas, area);
    for (int row = seen.row; row < seen.row + seen.rows; row++)
        for (int column = seen.column; column < seen.column + seen.columns; column++)
            row_cells(canvas, row)[column].role = (uint8_t)role;
}

void canvas_mark(struct canvas *canvas, struct area area, unsigned marks)
{
    struct area seen = on_canvas(canvas, area);
    for (int row = seen.row; row < seen.row + seen.rows; row++)
        for (int column = seen.column; column < seen.column + seen.columns; column++)
            row_cells(canvas, row)[column].marks |= (uint8_t)marks;
}

/*
 * Text in the upper or lower side, with a space before and after; a wide side also keeps two segments of line before
 * it.
 */
static void frame_text(struct canvas *canvas, struct area side, enum role role, const char *text)
{
    int at = side.columns >= 12 ? 3 : 1;
    side.column += at;
    side.columns -= at + 1;
    if (!text || !text[0] || side.columns < 3)
        return;
    int end = 1 + canvas_text_columns(canvas, text);
    if (end > side.columns - 1)
        end = side.columns - 1;
    canvas_fill(canvas, (struct area){ side.column, side.row, end + 1, 1 }, ROLE_FRAME, ' ');
    canvas_put(canvas, (struct area){ side.column, side.row, end, 1 }, 1, 0, role, text);
}

void canvas_frame(struct canvas *canvas, struct area area, const char *title, const char *note)
{
    if (area.columns < 1 || area.rows < 1)
        return;
    bool is_ascii = canvas->is_ascii;
    int right = area.column + area.columns - 1;
    int bottom = area.row + area.rows - 1;
    struct area top_side = { area.column, area.row, area.columns, 1 };
    struct area bottom_side = { area.column, bottom, area.columns, 1 };
    struct area left_side = { area.column, area.row, 1, area.rows };
    struct area right_side = { right, area.row, 1, area.rows };
    canvas_fill(canvas, left_side, ROLE_FRAME, is_ascii ? '|' : 0x2502);
    canvas_fill(canvas, right_side, ROLE_FRAME, is_ascii ? '|' : 0x2502);
    canvas_fill(canvas, bottom_side, ROLE_FRAME, is_ascii ? '-' : 0x2500);
    canvas_fill(canvas, top_side, ROLE_FRAME, is_ascii ? '-' : 0x2500);
    const struct area corners[] = { { area.column, bottom, 1, 1 },
                                    { right, bottom, 1, 1 },
                                    { area.column, area.row, 1, 1 },
                                    { right, area.row, 1, 1 } };
    static const uint32_t pictures[] = { 0x2514, 0x2518, 0x250c, 0x2510 };
    for (size_t i = 0; i < sizeof corners / sizeof corners[0]; i++)
        canvas_fill(canvas, corners[i], ROLE_FRAME, is_ascii ? '+' : pictures[i]);
    frame_text(canvas, top_side, ROLE_STRONG, title);
    if (area.rows > 1)
        frame_text(canvas, bottom_side, ROLE_FRAME, note);
}

const struct cell *canvas_at(const struct canvas *canvas, int column, int row)
{
    must(column >= 0 && column < canvas->columns);
    must(row >= 0 && row < canvas->rows);
    return &row_cells(canvas, row)[column];
}

int canvas_text_columns(const struct canvas *canvas, const char *text)
{
    return glyph_columns(text, strlen(text), canvas->is_ascii);
}

static bool is_empty(const struct cell *cell)
{
    return cell->text[0] == ' ' && cell->text[1] == 0 && cell->width == 1;
}

void canvas_row_text(const struct canvas *canvas, int row, char *ret_text, size_t size)
{
    must(row >= 0 && row < canvas->rows);
    const struct cell *cells = row_cells(canvas, row);
    int end = canvas->columns;
    while (end > 0 && is_empty(&cells[end - 1]))
        end--;
    struct text text;
    text_init(&text, ret_text, size);
    for (int column = 0; column < end; column++)
        for (size_t i = 0; i <= CELL_COMBINING_MAX && cells[column].width > 0; i++) {
            char bytes[UTF8_SIZE_MAX];
            if (i == 0 || cells[column].text[i] != 0)
                text_add_bytes(&text, bytes, utf8_encode(cells[column].text[i], bytes));
        }
}

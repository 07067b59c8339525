#include "tui/sheet.h"

#include "engine/base/text.h"
#include "tui/format.h"

#include <string.h>

#define LINE_SIZE 512

static bool is_shown(const struct sheet *sheet)
{
    int row = sheet->row - sheet->top;
    return sheet->canvas && row >= 0 && row < sheet->area.rows;
}

void sheet_put(struct sheet *sheet, int column, enum role role, const char *text)
{
    if (is_shown(sheet))
        canvas_put(sheet->canvas, sheet->area, column, sheet->row - sheet->top, role, text);
}

void sheet_putf(struct sheet *sheet, int column, enum role role, const char *format, ...)
{
    char storage[LINE_SIZE];
    struct text text;
    va_list args;
    text_init(&text, storage, sizeof storage);
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    sheet_put(sheet, column, role, storage);
}

/* How many bytes of the text make a line: as many words as fit; a word that is longer stands alone. */
static size_t line_length(const char *text, int columns)
{
    size_t length = 0;
    char storage[LINE_SIZE];
    for (size_t end = 0;; end++) {
        end += strcspn(text + end, " ");
        struct text line;
        text_init(&line, storage, sizeof storage);
        text_add_bytes(&line, text, end);
        if (length > 0 && format_columns(storage) > columns)
            return length;
        length = end;
        if (text[end] == '\0')
            return length;
    }
}

void sheet_put_wrapped(struct sheet *sheet, int column, enum role role, const char *text)
{
    for (;;) {
        size_t length = line_length(text, sheet->area.columns - column);
        if (is_shown(sheet))
            canvas_put_bytes(sheet->canvas, sheet->area, column, sheet->row - sheet->top, role,
                             text, length);
        text += length + strspn(text + length, " ");
        if (*text == '\0')
            return;
        sheet->row++;
    }
}

void sheet_next(struct sheet *sheet, int lines)
{
    sheet->row += lines;
}

struct area sheet_area(const struct sheet *sheet, int column, int rows)
{
    struct area area = sheet->area;
    int row = sheet->row - sheet->top;
    if (!sheet->canvas || row < 0 || row + rows > area.rows || column >= area.columns)
        return (struct area){ area.column, area.row, 0, 0 };
    return (struct area){ area.column + column, area.row + row, area.columns - column, rows };
}

#include "tui/draw/scroll_text.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tui/draw/glyph.h"

#include <string.h>

#define LINE_SIZE 512

static bool is_shown(const struct scroll_text *scroll)
{
    int row = scroll->row - scroll->top;
    return scroll->canvas && row >= 0 && row < scroll->area.rows;
}

void scroll_text_put(struct scroll_text *scroll, int column, enum role role, const char *text)
{
    if (is_shown(scroll))
        canvas_put(scroll->canvas, scroll->area, column, scroll->row - scroll->top, role, text);
}

void scroll_text_putf(struct scroll_text *scroll, int column, enum role role, const char *format,
                      ...)
{
    char storage[LINE_SIZE];
    struct text text;
    va_list args;
    text_init(&text, storage, sizeof storage);
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    scroll_text_put(scroll, column, role, storage);
}

/* The widths of UTF-8 are used on an ASCII canvas too: no character is wider there. */
static bool fits(const char *text, size_t length, int columns)
{
    return glyph_columns(text, length, false) <= columns;
}

/* As many bytes as fit without cutting a character; at least one character. */
static size_t cut_length(const char *text, size_t length, int columns)
{
    size_t end = 0;
    while (end < length) {
        struct glyph glyph;
        glyph_next(text + end, length - end, false, &glyph);
        if (end > 0 && !fits(text, end + glyph.size, columns))
            return end;
        end += glyph.size;
    }
    return length;
}

/* How many bytes of the text make one line: as many words as fit. A word that is longer than a line is cut. */
static size_t line_length(const char *text, int columns)
{
    size_t length = 0;
    for (size_t end = strcspn(text, " ");; end += 1 + strcspn(text + end + 1, " ")) {
        if (!fits(text, end, columns))
            return length > 0 ? length : cut_length(text, end, columns);
        length = end;
        if (text[end] == '\0')
            return length;
    }
}

void scroll_text_put_wrapped(struct scroll_text *scroll, int column, enum role role,
                             const char *text)
{
    int columns = scroll->area.columns - column;
    if (columns < 1)
        return;
    for (;;) {
        size_t length = line_length(text, columns);
        if (is_shown(scroll))
            canvas_put_bytes(scroll->canvas, scroll->area, column, scroll->row - scroll->top, role,
                             text, length);
        text += length + strspn(text + length, " ");
        if (*text == '\0')
            return;
        scroll->row++;
    }
}

void scroll_text_next(struct scroll_text *scroll, int lines)
{
    scroll->row += lines;
}

struct area scroll_text_area(const struct scroll_text *scroll, int column, int rows)
{
    struct area area = scroll->area;
    int first = (int)max_i64(scroll->row - scroll->top, 0);
    int end = (int)min_i64(scroll->row - scroll->top + rows, area.rows);
    if (!scroll->canvas || first >= end || column >= area.columns)
        return (struct area){ area.column, area.row, 0, 0 };
    return (struct area){ area.column + column, area.row + first, area.columns - column,
                          end - first };
}

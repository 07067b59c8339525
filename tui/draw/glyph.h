/*
 * glyph - how a character of a text is shown: as itself or as an escape, and its width.
 *
 * Widths are those of wcwidth(3) in the locale of the process. Any thread. Cannot fail.
 */
#ifndef TUI_DRAW_GLYPH_H
#define TUI_DRAW_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How the next bytes of a text are shown: as the character itself, or as `instead` when that is not empty. `instead`
 * is ASCII: an escape for a character that is not printable or has no known width, or '?' on an ASCII canvas.
 */
#define GLYPH_INSTEAD_SIZE 12

struct glyph {
    size_t size;         /* bytes of the text, at least 1 */
    int width;           /* columns; 0: it joins the character before */
    uint32_t code_point; /* 0: the byte is not UTF-8 */
    char instead[GLYPH_INSTEAD_SIZE];
};

/* Is it a printable ASCII character? It is shown as itself and takes one column. */
static inline bool glyph_is_plain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* `length` must be above 0. */
void glyph_next(const char *bytes, size_t length, bool is_ascii, struct glyph *ret_glyph);

/* Columns of the whole text. */
int glyph_columns(const char *bytes, size_t length, bool is_ascii);

#endif

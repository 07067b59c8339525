/*
 * scroll_text - text that may be longer than the screen: lines below each other, of which a part is shown.
 *
 * Without a canvas it only counts lines. Plain value; borrows the canvas. Console thread. Cannot fail.
 */
#ifndef TUI_DRAW_SCROLL_TEXT_H
#define TUI_DRAW_SCROLL_TEXT_H

#include "tui/draw/canvas.h"

struct scroll_text {
    struct canvas *canvas; /* NULL: only count */
    struct area area;
    int top; /* lines above the area */
    int row; /* number of the current line */
};

/* Draws text in the current line. */
void scroll_text_put(struct scroll_text *scroll, int column, enum role role, const char *text);
void scroll_text_putf(struct scroll_text *scroll, int column, enum role role, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));

/*
 * Draws text from the current line on, indented to `column`, in as many lines as needed. The last of them is current
 * afterwards. Lines are broken at spaces; a word that is longer than a line is cut. Line breaks are the same on every
 * canvas, and without one.
 */
void scroll_text_put_wrapped(struct scroll_text *scroll, int column, enum role role,
                             const char *text);

/* Moves the current line down. */
void scroll_text_next(struct scroll_text *scroll, int lines);

/* The visible part of the next `rows` lines, counted from the current one; no rows when none is visible. */
struct area scroll_text_area(const struct scroll_text *scroll, int column, int rows);

#endif

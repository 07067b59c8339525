/*
 * scroll - text that may be longer than the screen: lines put one after the other, of which a part is shown.
 *
 * Without a canvas it only counts. Plain value; borrows the canvas. Console thread. Cannot fail.
 */
#ifndef TUI_DRAW_SCROLL_TEXT_H
#define TUI_DRAW_SCROLL_TEXT_H

#include "tui/draw/canvas.h"

struct scroll_text {
    struct canvas *canvas; /* NULL: only counts */
    struct area area;
    int top; /* lines above the area */
    int row; /* of the line that is being put */
};

/* Text in the current line. */
void scroll_text_put(struct scroll_text *scroll, int column, enum role role, const char *text);
void scroll_text_putf(struct scroll_text *scroll, int column, enum role role, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));

/*
 * Text from the current line on, in as many lines as it takes from `column` on; the last one is current afterwards.
 * Broken at spaces; a word that is longer than a line is cut. Lines are the same on every canvas, and without one.
 */
void scroll_text_put_wrapped(struct scroll_text *scroll, int column, enum role role,
                             const char *text);

/* So many lines further. */
void scroll_text_next(struct scroll_text *scroll, int lines);

/* The part of so many lines, from the current one on, that is on the screen; no rows when nothing of it is. */
struct area scroll_text_area(const struct scroll_text *scroll, int column, int rows);

#endif

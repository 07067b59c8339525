/*
 * canvas - a screen in memory: cells with text and a role. Panels draw it, the screen shows it, tests read it.
 *
 * A role says what a cell means; the screen chooses colours and attributes. All text is UTF-8 and passes through
 * glyph_next: a character that is not printable becomes a visible escape; a wide character takes two cells and is
 * never cut in half; a combining character joins the cell before it (at most CELL_COMBINING_MAX). Widths are those of
 * wcwidth(3) in the locale of the process. Nothing is drawn outside of the given area: text that does not fit is cut.
 *
 * With `is_ascii`, every character outside of ASCII is shown as '?', and frames and charts use ASCII.
 * Owns its cells. Console thread. Only canvas_resize can fail.
 */
#ifndef TUI_DRAW_CANVAS_H
#define TUI_DRAW_CANVAS_H

#include "tui/draw/area.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CANVAS_COLUMNS_MAX 1000
#define CANVAS_ROWS_MAX 1000
#define CELL_COMBINING_MAX 2
#define CANVAS_CUT '~' /* the end of a text that was cut */

enum role {
    ROLE_NORMAL,
    ROLE_DIM,
    ROLE_STRONG,
    ROLE_HEADING, /* column titles */
    ROLE_UP,
    ROLE_DOWN,
    ROLE_HELD,
    ROLE_FAILED,
    ROLE_UNCONFIRMED,
    ROLE_UNREAD,
    ROLE_PAUSED,
    ROLE_PENDING,
    ROLE_WARN, /* log lines and messages */
    ROLE_ERROR,
    ROLE_KEY,         /* the key in a hint */
    ROLE_FRAME,       /* frames of dialogs and panes */
    ROLE_FOCUS,       /* the button that Enter presses */
    ROLE_BAR_RUNNING, /* the status bar */
    ROLE_BAR_CAREFUL, /* paused, dry-run, stale, starting, stopping */
    ROLE_BAR_TROUBLE, /* the API is down, or the engine has ended */
    ROLE_BAR_FROZEN,
};
#define ROLE_COUNT 21

/* Marks; each can be combined with any role. */
#define CELL_CURSOR 1u /* the row that has the cursor */
#define CELL_HIT 2u    /* text that matches a search or filter */

struct cell {
    uint32_t text[1 + CELL_COMBINING_MAX]; /* a space when empty; 0 ends the combining ones */
    uint8_t width;                         /* 1 or 2; 0: right half of the cell before */
    uint8_t role;                          /* enum role */
    uint8_t marks;                         /* CELL_* */
    uint8_t zero;                          /* no padding, so equal cells are equal bytes */
};

struct canvas {
    int columns;
    int rows;
    bool is_ascii;
    int cursor_column; /* the terminal's cursor, for prompts; -1: hidden */
    int cursor_row;
    struct cell *cells; /* row after row */
    size_t capacity;
};

void canvas_init(struct canvas *canvas);
void canvas_fini(struct canvas *canvas);

/* The canvas is empty afterwards. Sizes are clamped to 1 .. CANVAS_*_MAX. -ENOMEM: unchanged. */
int canvas_resize(struct canvas *canvas, int columns, int rows);

void canvas_clear(struct canvas *canvas);

struct area canvas_area(const struct canvas *canvas);

/*
 * Draws text at a column and row relative to `area`, without marks. A text that is cut at the area's right edge ends
 * with CANVAS_CUT there: that something is missing can be seen. Returns the columns taken. A position outside of the
 * area, also a negative one, draws nothing. The part of an area outside of the canvas is not drawn. A formatted text is
 * cut after 4095 bytes.
 */
int canvas_put(struct canvas *canvas, struct area area, int column, int row, enum role role,
               const char *text);
int canvas_put_bytes(struct canvas *canvas, struct area area, int column, int row, enum role role,
                     const char *bytes, size_t length);
int canvas_putf(struct canvas *canvas, struct area area, int column, int row, enum role role,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Text that ends `gap` columns before the area's right edge; cut on the left if it is too long, and marked there. */
void canvas_put_right(struct canvas *canvas, struct area area, int gap, int row, enum role role,
                      const char *text);

/* Fills the area with one character of width 1. */
void canvas_fill(struct canvas *canvas, struct area area, enum role role, uint32_t code_point);

/* Sets roles, or adds marks, of the cells in the area. Their text does not change. */
void canvas_set_role(struct canvas *canvas, struct area area, enum role role);
void canvas_mark(struct canvas *canvas, struct area area, unsigned marks);

/*
 * A frame on the edge of the area, with a title in its upper and a note in its lower side (NULL: none). The cells
 * inside do not change.
 */
void canvas_frame(struct canvas *canvas, struct area area, const char *title, const char *note);

const struct cell *canvas_at(const struct canvas *canvas, int column, int row);

/* Columns that canvas_put takes for the text when there is enough room. */
int canvas_text_columns(const struct canvas *canvas, const char *text);

/* A row as UTF-8 with a NUL, without trailing spaces; cut at `size`. For tests and copies. */
void canvas_row_text(const struct canvas *canvas, int row, char *ret_text, size_t size);

#endif

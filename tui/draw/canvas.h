/*
 * canvas - a screen in memory: cells with text and a role, drawn by the panels, shown by the screen, read by tests.
 *
 * A role says what a cell means; colours and attributes are the screen's business. Text is UTF-8 and goes through one
 * door: what is not printable becomes visible as an escape, wide characters take two cells and are never cut in half,
 * combining ones join the cell before (at most CELL_COMBINING_MAX). Widths are those of wcwidth(3) in the locale of the
 * process. Nothing is ever drawn outside of the area given: what does not fit is not there.
 *
 * With `is_ascii` every other character shows as '?', frames and charts use ASCII.
 * Owns its cells. Console thread. Only canvas_resize can fail.
 */
#ifndef TUI_DRAW_CANVAS_H
#define TUI_DRAW_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CANVAS_COLUMNS_MAX 1000
#define CANVAS_ROWS_MAX 1000
#define CELL_COMBINING_MAX 2

enum role {
    ROLE_NORMAL,
    ROLE_DIM,
    ROLE_STRONG,
    ROLE_HEADING, /* of columns */
    ROLE_UP,
    ROLE_DOWN,
    ROLE_HELD,
    ROLE_FAILED,
    ROLE_UNCONFIRMED,
    ROLE_UNREAD,
    ROLE_PAUSED,
    ROLE_PENDING,
    ROLE_WARN, /* of log lines and messages */
    ROLE_ERROR,
    ROLE_KEY,         /* the key in a hint */
    ROLE_FRAME,       /* of dialogs and panes */
    ROLE_FOCUS,       /* the button that Enter presses */
    ROLE_BAR_RUNNING, /* the status bar */
    ROLE_BAR_CAREFUL, /* paused, dry-run, stale, starting, stopping */
    ROLE_BAR_TROUBLE, /* the API is down, engine lost */
    ROLE_BAR_FROZEN,
};
#define ROLE_COUNT 21

/* Over any role. */
#define CELL_CURSOR 1u /* the row that has the cursor */
#define CELL_HIT 2u    /* what was searched for */

struct cell {
    uint32_t text[1 + CELL_COMBINING_MAX]; /* a space when empty; 0 ends the combining ones */
    uint8_t width;                         /* 1 or 2; 0: the right half of the one before */
    uint8_t role;                          /* enum role */
    uint8_t marks;                         /* CELL_* */
    uint8_t zero;                          /* fills the hole: equal cells are equal bytes */
};

struct area {
    int column;
    int row;
    int columns; /* 0: there is none */
    int rows;
};

struct canvas {
    int columns;
    int rows;
    bool is_ascii;
    int cursor_column; /* of the terminal's own cursor, for prompts; -1: hidden */
    int cursor_row;
    struct cell *cells; /* rows one after the other */
    size_t capacity;
};

void canvas_init(struct canvas *canvas);
void canvas_fini(struct canvas *canvas);

/* Empty afterwards. Sizes are clamped to 1 .. CANVAS_*_MAX. -ENOMEM: it stays as it was. */
int canvas_resize(struct canvas *canvas, int columns, int rows);

void canvas_clear(struct canvas *canvas);

struct area canvas_area(const struct canvas *canvas);

/*
 * Text at a column and row relative to `area`, without marks, cut at the area's right edge (a wide character that
 * would be cut leaves a space). Returns the columns taken. A negative column or row, or one outside, draws nothing.
 * The part of an area that lies outside of the canvas is not drawn. Of a formatted text only 4095 bytes are.
 */
int canvas_put(struct canvas *canvas, struct area area, int column, int row, enum role role,
               const char *text);
int canvas_put_bytes(struct canvas *canvas, struct area area, int column, int row, enum role role,
                     const char *bytes, size_t length);
int canvas_putf(struct canvas *canvas, struct area area, int column, int row, enum role role,
                const char *format, ...) __attribute__((format(printf, 6, 7)));

/* So that it ends with the area's right edge, `gap` columns before it; cut on the left if it is too long. */
void canvas_put_right(struct canvas *canvas, struct area area, int gap, int row, enum role role,
                      const char *text);

/* The whole area with one character of width 1. */
void canvas_fill(struct canvas *canvas, struct area area, enum role role, uint32_t code_point);

/* Sets roles or adds marks of cells that are there. */
void canvas_set_role(struct canvas *canvas, struct area area, enum role role);
void canvas_mark(struct canvas *canvas, struct area area, unsigned marks);

/*
 * A frame around the area, drawn on its edge, with a title in its upper and a note in its lower side (NULL: none).
 * What is inside stays as it is.
 */
void canvas_frame(struct canvas *canvas, struct area area, const char *title, const char *note);

const struct cell *canvas_at(const struct canvas *canvas, int column, int row);

/* Columns that the text takes, drawn as canvas_put draws it where there is room. */
int canvas_text_columns(const struct canvas *canvas, const char *text);

/* A row as UTF-8 without spaces at its end, with a NUL; cut at `size`. For tests and copies. */
void canvas_row_text(const struct canvas *canvas, int row, char *ret_text, size_t size);

/* The part of `area` below its first `rows` rows, or above its last ones; never outside of it. */
struct area area_below(struct area area, int rows);
struct area area_above(struct area area, int rows);
struct area area_row(struct area area, int row);

/*
 * The one door: what stands for the next bytes of a text. A character stands for itself unless `instead` has text,
 * which is ASCII: the escape of what is not printable or has no width known here, or the '?' of an ASCII canvas.
 */
#define GLYPH_INSTEAD_SIZE 12

struct glyph {
    size_t size;         /* bytes of the text, at least 1 */
    int width;           /* columns; 0: it joins the character before */
    uint32_t code_point; /* 0: the byte is not UTF-8 */
    char instead[GLYPH_INSTEAD_SIZE];
};

/* length > 0. */
void glyph_next(const char *bytes, size_t length, bool is_ascii, struct glyph *ret_glyph);

/* Columns of all of them. */
int glyph_columns(const char *bytes, size_t length, bool is_ascii);

#endif

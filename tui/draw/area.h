/*
 * area - a rectangle of screen cells.
 *
 * Plain value. Any thread. Cannot fail.
 */
#ifndef TUI_DRAW_AREA_H
#define TUI_DRAW_AREA_H

struct area {
    int column;
    int row;
    int columns; /* 0: empty area */
    int rows;
};

/* The part of `area` below its first `rows` rows; empty when there is none. */
struct area area_below(struct area area, int rows);
struct area area_row(struct area area, int row);

#endif

/*
 * layout - which part of the terminal shows what, from its size.
 *
 * Pure. Areas never overlap and never leave the canvas; an area without columns or rows is not shown. When the
 * terminal shrinks, parts are left out in this order: the strip, the states, the log, the hints, the totals, the
 * headings, the view line, the list. The status bar is always shown.
 */
#ifndef TUI_DRAW_LAYOUT_H
#define TUI_DRAW_LAYOUT_H

#include "tui/draw/area.h"

struct layout {
    struct area status;  /* the bar: mode, passes, clock */
    struct area totals;  /* fleet sums and the last pass */
    struct area states;  /* how many deployments are in each state */
    struct area pass;    /* a second line about the pass, on a high terminal */
    struct area strip;   /* the sums of the last hour as pictures, on a high terminal */
    struct area view;    /* view, filter, sorting, position */
    struct area heading; /* titles of the columns */
    struct area list;
    struct area log_title;
    struct area log;
    struct area hints; /* keys, prompt or message */
};

/* The list with the log pane below it. */
void layout_list(int columns, int rows, struct layout *ret_layout);

/* Gives the row of the strip to the list. */
void layout_fold_strip(struct layout *layout);

/* One page on the whole screen: `list` is its area; no totals, no log pane. */
void layout_page(int columns, int rows, struct layout *ret_layout);

/* Centred, in the size asked for or the largest that fits. No columns when a frame with one line does not fit. */
struct area layout_dialog(int columns, int rows, int wanted_columns, int wanted_rows);

#endif

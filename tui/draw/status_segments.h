/*
 * segments - one row made of segments, of which the least important are left out whole when it is narrow.
 *
 * For bars, totals and hints: half a number is worse than none. Pieces stand from left to right in the order in which
 * they were added, those at the right behind the gap in the middle. Plain value. Cannot fail.
 */
#ifndef TUI_DRAW_STATUS_SEGMENTS_H
#define TUI_DRAW_STATUS_SEGMENTS_H

#include "tui/draw/canvas.h"

#include <stdbool.h>
#include <stddef.h>

#define STATUS_SEGMENTS_MAX 40
#define PIECE_SIZE 320

struct piece {
    int rank; /* the lower, the longer it stays; of equal ones the last leaves first */
    int gap;  /* spaces in front, unless it comes first */
    bool is_right;
    enum role role;
    int key_columns; /* so many at its beginning are a key */
    char text[PIECE_SIZE];
};

struct status_segments {
    bool is_filled; /* what room is left goes to less important segments that are short enough */
    size_t count;
    struct piece list[STATUS_SEGMENTS_MAX];
};

void status_segments_init(struct status_segments *segments);

/* More than STATUS_SEGMENTS_MAX, and empty ones, are not taken. */
void status_segments_add(struct status_segments *segments, int rank, int gap, enum role role,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));
void status_segments_add_right(struct status_segments *segments, int rank, int gap, enum role role,
                               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A key and what it does, without a space between. */
void status_segments_add_key(struct status_segments *segments, int rank, int gap, const char *key,
                             const char *word);

/*
 * Into the first row of the area, `margin` columns from both edges (none when it would cut). The most
 * important one is cut at the edge when even it does not fit.
 */
void status_segments_draw(const struct status_segments *segments, struct canvas *canvas,
                          struct area area, int margin);

#endif

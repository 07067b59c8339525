/*
 * status_segments - one row made of segments. When the row is narrow, the least important segments are left out.
 *
 * For bars, totals and hints. A segment is shown whole or not at all, because half a number misleads. Segments are
 * placed from left to right in the order in which they were added; those at the right follow the gap in the middle.
 * Plain value. Cannot fail.
 */
#ifndef TUI_DRAW_STATUS_SEGMENTS_H
#define TUI_DRAW_STATUS_SEGMENTS_H

#include "tui/draw/canvas.h"

#include <stdbool.h>
#include <stddef.h>

#define STATUS_SEGMENTS_MAX 40
#define PIECE_SIZE 320

struct piece {
    int rank; /* a lower rank stays longer; of equal ranks the last added is left out first */
    int gap;  /* spaces before it, at least, except when it is the first of the row */
    bool is_right;
    enum role role;
    size_t key_size; /* bytes at its beginning that are a key */
    char text[PIECE_SIZE];
};

struct status_segments {
    bool is_filled; /* remaining room goes to less important segments that are short enough */
    size_t count;
    struct piece list[STATUS_SEGMENTS_MAX];
};

void status_segments_init(struct status_segments *segments);

/* An empty segment, or one above STATUS_SEGMENTS_MAX, is ignored. */
void status_segments_add(struct status_segments *segments, int rank, int gap, enum role role,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));
void status_segments_add_right(struct status_segments *segments, int rank, int gap, enum role role,
                               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A key and what it does, without a space between them. */
void status_segments_add_key(struct status_segments *segments, int rank, int gap, const char *key,
                             const char *word);

/*
 * Draws into the first row of the area, `margin` columns from both edges (0 when the margin would cut text). The most
 * important segment is cut at the edge when even it does not fit.
 */
void status_segments_draw(const struct status_segments *segments, struct canvas *canvas,
                          struct area area, int margin);

#endif

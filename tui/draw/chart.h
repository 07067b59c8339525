/*
 * chart - charts made of characters: a bar against its target, a line of levels, a chart over time.
 *
 * Pure drawing into a canvas: eighth blocks in UTF-8; # = - . _ and | in ASCII. A chart can be read without colour:
 * the target has its own mark. Cannot fail.
 */
#ifndef TUI_DRAW_CHART_H
#define TUI_DRAW_CHART_H

#include "engine/snapshot.h"
#include "tui/draw/canvas.h"

/*
 * "[###.|.....]": share and target from 0 to `full_ppb`, in `columns` columns; "[-----]" when the share is unknown
 * (negative), without the target mark when the target is unknown. Rounded to nearest, but a share above 0 fills at
 * least the smallest step. Narrower than 3 columns: nothing. full_ppb is above 0, at most SHARE_WHOLE.
 */
void chart_bar_text(int64_t share_ppb, int64_t target_ppb, int64_t full_ppb, int columns,
                    bool is_ascii, char *ret_text, size_t size);

/*
 * One character per level, the newest at the right end. The scale runs from 0 to the highest level shown, at least 40
 * %. Exactly 0 is '_', in UTF-8 and ASCII. TREND_UNREAD, or a missing level, is a space.
 */
void chart_trend_text(const uint8_t *levels, size_t count, int columns, bool is_ascii,
                      char *ret_text, size_t size);

struct chart_series {
    const int64_t *values; /* oldest first; negative: a gap */
    size_t count;
    enum role role;
    uint32_t symbol; /* character of a line; 0: filled from below */
};

/*
 * Series over the same time in one area, newest at the right, with the scale (0 and the highest value) at the left. A
 * later series is drawn over an earlier one. In a filled series, 0 is '_'. Without enough room the scale is left out.
 */
void chart_draw(struct canvas *canvas, struct area area, const struct chart_series *series,
                size_t series_count);

#endif

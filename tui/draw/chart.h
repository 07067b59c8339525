/*
 * chart - numbers as pictures: a bar against its target, a line of levels, a chart over time.
 *
 * Pure drawing into a canvas; in UTF-8 with eighth blocks, in ASCII with # = - . _ and |. Never by colour alone: the
 * target is a mark of its own. Cannot fail.
 */
#ifndef TUI_DRAW_CHART_H
#define TUI_DRAW_CHART_H

#include "engine/snapshot.h"
#include "tui/draw/canvas.h"

/*
 * "[###.|.....]": share and target from 0 to `full_ppb`, in `columns` columns; "[-----]" when unknown (negative),
 * without a mark when the target is. Rounded to nearest, but what is not 0 can be seen. Narrower than 3 columns:
 * nothing. full_ppb is above 0, at most SHARE_WHOLE.
 */
void chart_bar_text(int64_t share_ppb, int64_t target_ppb, int64_t full_ppb, int columns,
                    bool is_ascii, char *ret_text, size_t size);

/*
 * One character a level; the newest at the right end. Scaled from 0 to the highest shown, at least 40 %. Exactly 0 is
 * '_', in UTF-8 and ASCII; TREND_UNREAD is a gap, a space, and so is what there is no level for.
 */
void chart_trend_text(const uint8_t *levels, size_t count, int columns, bool is_ascii,
                      char *ret_text, size_t size);

struct chart_series {
    const int64_t *values; /* oldest first; negative: a gap */
    size_t count;
    enum role role;
    uint32_t symbol; /* of a line; 0: filled from below */
};

/*
 * Series over the same time in one area, newest at the right, with the scale (0 and the highest value) at the left.
 * Later series are drawn over earlier ones. Filled from below, 0 is '_'. The scale leaves when there is no room for it.
 */
void chart_draw(struct canvas *canvas, struct area area, const struct chart_series *series,
                size_t series_count);

#endif

/*
 * format - numbers, shares, ages and names as short text.
 *
 * Pure. Output goes to the caller's `struct text`. UTF-8 in, UTF-8 out; widths by wcwidth(3). Cannot fail.
 */
#ifndef TUI_DRAW_FORMAT_H
#define TUI_DRAW_FORMAT_H

#include "engine/base/clock.h"
#include "engine/base/text.h"

/* "12", "-" when unknown (-1). */
void format_count(struct text *text, int64_t count);

/* "1,234,567", "-" when unknown (-1). */
void format_thousands(struct text *text, int64_t count);

/*
 * At most `width` columns: "99999", "123k", "12M" (k M G T P E). Rounded towards zero, with the unit; never a wrong
 * digit. When no correct text is short enough, every column is '#'. "-" when unknown.
 */
void format_short(struct text *text, int64_t count, int width);

/*
 * `part` of `whole` in percent with one decimal, rounded to nearest; 0.0 and 100.0 only when exact. "-" when a value
 * is unknown (negative), `whole` is 0, or `part` is above `whole`.
 */
void format_share(struct text *text, int64_t part, int64_t whole);

/*
 * Parts per billion as percent: "20", "12.5", "33.3" (at most one decimal, rounded as in format_share); "-" when
 * negative.
 */
void format_target(struct text *text, int64_t ppb);

/* "now", "12s", "3m", "2h", "5d"; at most 4 columns, "1y" from a year on. "-" when `at` is 0 (never). */
void format_age(struct text *text, struct wall at, struct wall now);

/* "14:03:45", "14:03" in UTC; "-" when never. */
void format_time(struct text *text, struct wall at);
void format_minute(struct text *text, struct wall at);

/* "01-05 " when `at` is a day or more after `now`: what stands behind it is a time of another day. */
void format_day_ahead(struct text *text, struct wall at, struct wall now);

/* "14:30", or "01-05 14:30" when it is a day or more ahead; "-" when never. */
void format_end(struct text *text, struct wall at, struct wall now);
/* In five columns: "14:30", or "01-05". */
void format_end_short(struct text *text, struct wall at, struct wall now);

/* "88ms", "1.9s", "3m 20s", "2h 5m", rounded towards zero; "-" when negative. */
void format_took(struct text *text, int64_t ms);

/*
 * The name in at most `columns` columns, cut in the middle with '~', so that prefix and number remain. When the
 * remaining columns cannot be halved, the beginning gets one more.
 */
void format_cut_middle(struct text *text, const char *name, int columns);

/* Columns of UTF-8 text on a canvas that is not ASCII. For an ASCII canvas use canvas_text_columns. */
int format_columns(const char *string);

#endif

/*
 * format - numbers, shares, ages and names as short text.
 *
 * Pure. Everything goes to a `struct text` of the caller's. UTF-8 in, UTF-8 out; widths by wcwidth(3). Cannot fail.
 */
#ifndef TUI_DRAW_FORMAT_H
#define TUI_DRAW_FORMAT_H

#include "engine/base/clock.h"
#include "engine/base/text.h"

/* "12", "-" when unknown (-1). */
void format_count(struct text *text, int64_t count);

/*
 * At most `width` columns: "99999", "123k", "12M" (k M G T P E). Never a wrong digit: rounded towards zero and marked
 * by its unit; when nothing true is short enough, all of it is '#'. "-" when unknown.
 */
void format_short(struct text *text, int64_t count, int width);

/* "+3", "0" is "+0". */
void format_delta(struct text *text, int64_t delta);

/*
 * part of whole in percent with one decimal, rounded to nearest but never to 0.0 or 100.0 unless exact; "-" when it
 * is unknown (one of them negative), meaningless (of nothing) or impossible (more than the whole).
 */
void format_share(struct text *text, int64_t part, int64_t whole);

/* Parts per billion: "20", "12.5", "33.3" (one decimal at most, rounded as above); "-" when negative. */
void format_target(struct text *text, int64_t ppb);

/* "now", "12s", "3m", "2h", "5d"; at most 4 columns, "1y" from a year on. "-": never (at 0). */
void format_age(struct text *text, struct wall at, struct wall now);

/* "14:03:45", "14:03" in UTC; "-" when never. */
void format_time(struct text *text, struct wall at);
void format_minute(struct text *text, struct wall at);

/* "88ms", "1.9s", "3m 20s", "2h 5m", rounded towards zero; "-" when negative. */
void format_took(struct text *text, int64_t ms);

/*
 * The name in at most `columns` columns: cut in the middle with '~', so that prefix and number survive. Of the
 * columns that are left for both, the beginning gets the odd one.
 */
void format_cut_middle(struct text *text, const char *name, int columns);

/* Columns that UTF-8 text takes where everything can be shown; on an ASCII canvas ask canvas_text_columns. */
int format_columns(const char *string);

#endif

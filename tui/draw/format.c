#include "tui/draw/format.h"

#include "engine/base/arith.h"
#include "tui/draw/glyph.h"

#include <string.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define DAYS_OF_YEAR 365
#define YEARS_MAX 999

void format_count(struct text *text, int64_t count)
{
    if (count == -1)
        text_add_char(text, '-');
    else
        text_addf(text, "%lld", (long long)count);
}

void format_thousands(struct text *text, int64_t count)
{
    char digits[32];
    struct text plain;
    text_init(&plain, digits, sizeof digits);
    format_count(&plain, count);
    for (size_t i = 0; i < plain.length; i++) {
        bool is_group = i > 0 && (plain.length - i) % 3 == 0 && digits[i - 1] != '-';
        if (is_group)
            text_add_char(text, ',');
        text_add_char(text, digits[i]);
    }
}

/* Digits and sign. Uses division, because INT64_MIN cannot be negated. */
static int digits_of(int64_t value)
{
    int digits = value < 0 ? 2 : 1;
    for (value /= 10; value != 0; value /= 10)
        digits++;
    return digits;
}

void format_short(struct text *text, int64_t count, int width)
{
    static const char units[] = { 'k', 'M', 'G', 'T', 'P', 'E' };
    if (count == -1 && width >= 1) {
        text_add_char(text, '-');
        return;
    }
    if (digits_of(count) <= width) {
        text_addf(text, "%lld", (long long)count);
        return;
    }
    for (size_t i = 0; i < sizeof units && count / 1000 != 0; i++) {
        count /= 1000; /* rounds towards zero */
        if (digits_of(count) + 1 <= width) {
            text_addf(text, "%lld%c", (long long)count, units[i]);
            return;
        }
    }
    for (int i = 0; i < width; i++)
        text_add_char(text, '#');
}

/* Tenths of a percent. 0 only for no part, 1000 only for the whole. */
static int64_t tenths(int64_t part, int64_t whole)
{
    if (part == 0 || part == whole)
        return part == 0 ? 0 : 1000;
    while (whole > INT64_MAX / 2001) {
        part >>= 1; /* the digits that are left are more than the text shows */
        whole >>= 1;
    }
    return clamp_i64((part * 2000 / whole + 1) / 2, 1, 999);
}

void format_share(struct text *text, int64_t part, int64_t whole)
{
    if (part < 0 || whole <= 0 || part > whole) {
        text_add_char(text, '-');
        return;
    }
    int64_t share = tenths(part, whole);
    text_addf(text, "%lld.%lld", (long long)(share / 10), (long long)(share % 10));
}

void format_target(struct text *text, int64_t ppb)
{
    if (ppb < 0) {
        text_add_char(text, '-');
        return;
    }
    int64_t share = tenths(ppb % SHARE_WHOLE, SHARE_WHOLE);
    int64_t percent = ppb / SHARE_WHOLE * 100 + share / 10;
    text_addf(text, "%lld", (long long)percent);
    if (share % 10 != 0)
        text_addf(text, ".%lld", (long long)(share % 10));
}

void format_age(struct text *text, struct wall at, struct wall now)
{
    if (at.ms <= 0) {
        text_add_char(text, '-');
        return;
    }
    int64_t age_ms = now.ms > at.ms ? now.ms - at.ms : 0;
    int64_t days = age_ms / DAY_MS;
    if (age_ms < SECOND_MS)
        text_add(text, "now");
    else if (age_ms < MINUTE_MS)
        text_addf(text, "%llds", (long long)(age_ms / SECOND_MS));
    else if (age_ms < HOUR_MS)
        text_addf(text, "%lldm", (long long)(age_ms / MINUTE_MS));
    else if (age_ms < DAY_MS)
        text_addf(text, "%lldh", (long long)(age_ms / HOUR_MS));
    else if (days < DAYS_OF_YEAR)
        text_addf(text, "%lldd", (long long)days);
    else
        text_addf(text, "%lldy", (long long)min_i64(days / DAYS_OF_YEAR, YEARS_MAX));
}

/* Milliseconds since midnight, UTC. */
static int64_t day_ms(struct wall at)
{
    int64_t ms = at.ms % DAY_MS; /* has the sign of at.ms */
    return ms < 0 ? ms + DAY_MS : ms;
}

void format_time(struct text *text, struct wall at)
{
    format_minute(text, at);
    if (at.ms != 0)
        text_addf(text, ":%02d", (int)(day_ms(at) % MINUTE_MS / SECOND_MS));
}

void format_minute(struct text *text, struct wall at)
{
    int64_t ms = day_ms(at);
    if (at.ms == 0)
        text_add_char(text, '-');
    else
        text_addf(text, "%02d:%02d", (int)(ms / HOUR_MS), (int)(ms % HOUR_MS / MINUTE_MS));
}

static bool is_day_ahead(struct wall at, struct wall now)
{
    return at.ms != 0 && at.ms - now.ms >= DAY_MS;
}

static void add_day(struct text *text, struct wall at)
{
    char time[WALL_TEXT_SIZE];
    wall_format(at, time);
    text_add_bytes(text, time + strlen("2026-"), strlen("01-05"));
}

void format_day_ahead(struct text *text, struct wall at, struct wall now)
{
    if (!is_day_ahead(at, now))
        return;
    add_day(text, at);
    text_add_char(text, ' ');
}

void format_end(struct text *text, struct wall at, struct wall now)
{
    format_day_ahead(text, at, now);
    format_minute(text, at);
}

void format_end_short(struct text *text, struct wall at, struct wall now)
{
    if (is_day_ahead(at, now))
        add_day(text, at);
    else
        format_minute(text, at);
}

void format_took(struct text *text, int64_t ms)
{
    long long minutes = ms / MINUTE_MS;
    if (ms < 0)
        text_add_char(text, '-');
    else if (ms < SECOND_MS)
        text_addf(text, "%dms", (int)ms);
    else if (ms < MINUTE_MS)
        text_addf(text, "%d.%ds", (int)(ms / SECOND_MS), (int)(ms % SECOND_MS / 100));
    else if (ms < HOUR_MS)
        text_addf(text, "%lldm %ds", minutes, (int)(ms % MINUTE_MS / SECOND_MS));
    else
        text_addf(text, "%lldh %lldm", minutes / 60, minutes % 60);
}

/* Size of the longest beginning that takes at most `columns` columns, with its combining characters. */
static size_t head_size(const char *name, size_t length, int columns)
{
    size_t size = 0;
    while (size < length) {
        struct glyph glyph;
        glyph_next(name + size, length - size, false, &glyph);
        if (glyph.width > columns)
            break;
        columns -= glyph.width;
        size += glyph.size;
    }
    return size;
}

/*
 * Start of the longest end that takes at most `columns` of the `wide` columns. A combining character is never its
 * first.
 */
static size_t tail_start(const char *name, size_t length, int wide, int columns)
{
    size_t start = 0;
    while (start < length) {
        struct glyph glyph;
        glyph_next(name + start, length - start, false, &glyph);
        if (wide <= columns && glyph.width > 0)
            break;
        wide -= glyph.width;
        start += glyph.size;
    }
    return start;
}

void format_cut_middle(struct text *text, const char *name, int columns)
{
    size_t length = strlen(name);
    int wide = format_columns(name);
    if (wide <= columns) {
        text_add_bytes(text, name, length);
        return;
    }
    if (columns < 1)
        return;
    int tail = (columns - 1) / 2;
    text_add_bytes(text, name, head_size(name, length, columns - 1 - tail));
    text_add_char(text, '~');
    size_t start = tail_start(name, length, wide, tail);
    text_add_bytes(text, name + start, length - start);
}

int format_columns(const char *string)
{
    return glyph_columns(string, strlen(string), false);
}

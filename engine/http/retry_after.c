#include "engine/http/retry_after.h"

#include "engine/base/arith.h"

#include <string.h>

struct cursor {
    const char *at;
    const char *end;
};

struct date {
    int64_t year;
    int64_t month; /* 1 .. 12 */
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second; /* 60 is a leap second */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct cursor trim(const char *value, size_t length)
{
    struct cursor rest = { value, value + length };
    while (rest.at < rest.end && is_blank(*rest.at))
        rest.at++;
    while (rest.at < rest.end && is_blank(rest.end[-1]))
        rest.end--;
    return rest;
}

static bool take_literal(struct cursor *rest, char c)
{
    if (rest->at == rest->end || *rest->at != c)
        return false;
    rest->at++;
    return true;
}

/* Exactly `count` digits. */
static bool take_digits(struct cursor *rest, int count, int64_t *ret_number)
{
    if (rest->end - rest->at < count)
        return false;
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(rest->at[i]))
            return false;
        number = number * 10 + (rest->at[i] - '0');
    }
    rest->at += count;
    *ret_number = number;
    return true;
}

/* The day of the week, in letters; whether it is the right one is not checked. */
static bool take_word(struct cursor *rest)
{
    const char *start = rest->at;
    while (rest->at < rest->end && ((*rest->at | 0x20) >= 'a' && (*rest->at | 0x20) <= 'z'))
        rest->at++;
    return rest->at - start >= 3;
}

static bool take_month(struct cursor *rest, int64_t *ret_month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; rest->end - rest->at >= 3 && month < 12; month++) {
        if (memcmp(rest->at, names + (ptrdiff_t)3 * month, 3) == 0) {
            rest->at += 3;
            *ret_month = month + 1;
            return true;
        }
    }
    return false;
}

/* A year of two digits is at most 50 years ahead (RFC 9110, 5.6.7); a fixed pivot is close enough. */
static bool take_short_year(struct cursor *rest, int64_t *ret_year)
{
    int64_t year;
    if (!take_digits(rest, 2, &year))
        return false;
    *ret_year = year < 70 ? 2000 + year : 1900 + year;
    return true;
}

/* asctime pads the day with a blank. */
static bool take_padded_day(struct cursor *rest, int64_t *ret_day)
{
    return take_literal(rest, ' ') ? take_digits(rest, 1, ret_day) : take_digits(rest, 2, ret_day);
}

/*
 * A letter of a pattern is a part of the date; other characters are literal.
 *     w weekday · d day · e padded day · b month · Y year · y short year · H m S time
 */
static bool take_part(struct cursor *rest, char part, struct date *date)
{
    switch (part) {
    case 'w':
        return take_word(rest);
    case 'd':
        return take_digits(rest, 2, &date->day);
    case 'e':
        return take_padded_day(rest, &date->day);
    case 'b':
        return take_month(rest, &date->month);
    case 'Y':
        return take_digits(rest, 4, &date->year);
    case 'y':
        return take_short_year(rest, &date->year);
    case 'H':
        return take_digits(rest, 2, &date->hour);
    case 'm':
        return take_digits(rest, 2, &date->minute);
    case 'S':
        return take_digits(rest, 2, &date->second);
    default:
        return take_literal(rest, part);
    }
}

static bool matches(struct cursor rest, const char *pattern, struct date *ret_date)
{
    struct date date = { 0 };
    for (; *pattern; pattern++)
        if (!take_part(&rest, *pattern, &date))
            return false;
    if (rest.at != rest.end)
        return false;
    *ret_date = date;
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool date_exists(const struct date *date)
{
    static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t day_max = days[date->month - 1] + (date->month == 2 && is_leap(date->year));
    return date->year >= 1970 && date->day >= 1 && date->day <= day_max && date->hour < 24 &&
           date->minute < 60 && date->second <= 60;
}

/* Days since 1970-01-01; the year begins in March, so that a leap day comes last. */
static int64_t days_since_epoch(const struct date *date)
{
    int64_t year = date->month > 2 ? date->year : date->year - 1;
    int64_t month = (date->month + 9) % 12;
    int64_t leap_days = year / 4 - year / 100 + year / 400;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;
    return 365 * year + leap_days + day_of_year - 719468;
}

static bool parse_date(struct cursor value, struct wall *ret_at)
{
    struct date date;
    if (!matches(value, "w, d b Y H:m:S GMT", &date) &&
        !matches(value, "w, d-b-y H:m:S GMT", &date) && !matches(value, "w b e H:m:S Y", &date))
        return false;
    if (!date_exists(&date))
        return false;
    int64_t seconds = ((days_since_epoch(&date) * 24 + date.hour) * 60 + date.minute) * 60;
    *ret_at = (struct wall){ (seconds + date.second) * 1000 };
    return true;
}

static bool parse_seconds(struct cursor value, int64_t *ret_ms)
{
    if (value.at == value.end)
        return false;
    int64_t seconds = 0;
    for (const char *at = value.at; at < value.end; at++) {
        if (!is_digit(*at))
            return false;
        seconds = min_i64(seconds * 10 + (*at - '0'), RETRY_AFTER_MS_MAX);
    }
    *ret_ms = seconds * 1000;
    return true;
}

bool retry_after_parse(const char *value, size_t length, struct wall now, int64_t *ret_ms)
{
    struct cursor trimmed = trim(value, length);
    struct wall at;
    int64_t ms;
    if (!parse_seconds(trimmed, &ms)) {
        if (!parse_date(trimmed, &at))
            return false;
        ms = at.ms - now.ms;
    }
    *ret_ms = clamp_i64(ms, RETRY_AFTER_MS_MIN, RETRY_AFTER_MS_MAX);
    return true;
}

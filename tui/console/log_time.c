#include "tui/console/log_time.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"

#include <stdio.h>
#include <string.h>

#define HOURS_A_DAY 24
#define DAYS_A_WEEK 7
#define FIRST_WEEKDAY 4 /* day 0 was a Thursday */
#define TEXT_MAX 40
#define YEAR_MAX 9999

/* --- days ------------------------------------------------------------------------------------------------------ */

struct date {
    int year;
    int month;
    int day;
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool is_date(struct date date)
{
    return 1970 <= date.year && date.year <= YEAR_MAX && 1 <= date.month && date.month <= 12 &&
           1 <= date.day && date.day <= days_of_month(date.year, date.month);
}

static int64_t day_number(struct date date)
{
    int64_t before = (int64_t)date.year - 1;
    int64_t days = 365 * (int64_t)(date.year - 1970) + (before / 4 - 1969 / 4) -
                   (before / 100 - 1969 / 100) + (before / 400 - 1969 / 400);
    for (int month = 1; month < date.month; month++)
        days += days_of_month(date.year, month);
    return days + date.day - 1;
}

int64_t log_time_day(struct wall at)
{
    return floor_div(at.ms, LOG_DAY_MS);
}

void log_time_date(struct wall at, char ret_date[LOG_DATE_SIZE])
{
    static const char *const names[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday" };
    char whole[WALL_TEXT_SIZE];
    int64_t weekday = log_time_day(at) + FIRST_WEEKDAY;
    wall_format(at, whole);
    snprintf(ret_date, LOG_DATE_SIZE, "%.10s %s", whole,
             names[weekday - DAYS_A_WEEK * floor_div(weekday, DAYS_A_WEEK)]);
}

/* --- parts ----------------------------------------------------------------------------------------------------- */

/* So many digits exactly, or one less when that is allowed. *at is behind them. */
static bool take_number(const char **at, size_t digits, int *ret_number)
{
    size_t length = strspn(*at, "0123456789");
    if (length == 0 || length > digits || (digits > 2 && length < digits))
        return false;
    *ret_number = 0;
    for (size_t i = 0; i < length; i++)
        *ret_number = 10 * *ret_number + ((*at)[i] - '0');
    *at += length;
    return true;
}

static bool take_character(const char **at, char c)
{
    bool is_there = **at == c;
    *at += is_there;
    return is_there;
}

/* "14:03", "14:03:15", up to the end of the text. */
static bool parse_time_of_day(const char *at, int64_t *ret_ms)
{
    int hours;
    int minutes;
    int seconds = 0;
    if (!take_number(&at, 2, &hours) || !take_character(&at, ':') || !take_number(&at, 2, &minutes))
        return false;
    if (take_character(&at, ':') && !take_number(&at, 2, &seconds))
        return false;
    if (*at != '\0' || hours >= HOURS_A_DAY || minutes >= 60 || seconds >= 60)
        return false;
    *ret_ms = ((hours * INT64_C(60) + minutes) * 60 + seconds) * 1000;
    return true;
}

/* "2026-01-02" or "01-02"; *ret_is_yearless. */
static bool take_date(const char **at, struct date *ret_date, bool *ret_is_yearless)
{
    struct date date = { 0 };
    const char *start = *at;
    *ret_is_yearless =
        !take_number(at, 4, &date.year) || date.year < 1970 || !take_character(at, '-');
    if (*ret_is_yearless)
        *at = start;
    if (!take_number(at, 2, &date.month) || !take_character(at, '-') ||
        !take_number(at, 2, &date.day))
        return false;
    *ret_date = date;
    return true;
}

static int year_of(struct wall at)
{
    char whole[WALL_TEXT_SIZE];
    const char *digits = whole;
    int year = 1970;
    wall_format(at, whole);
    take_number(&digits, 4, &year);
    return year;
}

static bool parse_date(const char *at, struct wall now, struct wall *ret_at)
{
    struct date date;
    bool is_yearless;
    int64_t ms = 0;
    if (!take_date(&at, &date, &is_yearless))
        return false;
    if (is_yearless)
        date.year = year_of(now);
    if (*at != '\0' && !take_character(&at, ' ') && !take_character(&at, 'T') &&
        !take_character(&at, 't'))
        return false;
    if ((*at != '\0' && !parse_time_of_day(at, &ms)) || !is_date(date))
        return false;
    if (is_yearless && day_number(date) * LOG_DAY_MS + ms > now.ms)
        date.year--;
    if (!is_date(date))
        return false;
    *ret_at = (struct wall){ day_number(date) * LOG_DAY_MS + ms };
    return true;
}

/* Behind the minus. */
static bool parse_ago(const char *at, struct wall now, struct wall *ret_at)
{
    char hours[TEXT_MAX];
    size_t length = strlen(at);
    bool is_days = length > 1 && length < TEXT_MAX && at[length - 1] == 'd';
    int64_t ms;
    if (is_days) {
        memcpy(hours, at, length + 1);
        hours[length - 1] = 'h';
        at = hours;
    }
    if (*at == '\0' || !duration_parse(at, &ms))
        return false;
    *ret_at = (struct wall){ now.ms - ms * (is_days ? HOURS_A_DAY : 1) };
    return true;
}

bool log_time_parse(const char *text, struct wall now, struct wall *ret_at)
{
    int64_t ms;
    text += strspn(text, " ");
    if (*text == '-')
        return parse_ago(text + 1, now, ret_at);
    if (!parse_time_of_day(text, &ms))
        return parse_date(text, now, ret_at);
    int64_t at = log_time_day(now) * LOG_DAY_MS + ms;
    *ret_at = (struct wall){ at > now.ms ? at - LOG_DAY_MS : at };
    return true;
}

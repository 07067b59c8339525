/*
 * log_time - an instant of the log as an operator writes it, in UTC.
 *
 *     14:03 14:03:15                 the last one before now
 *     -5m -90s -2h -1d               so long before now
 *     2026-01-02 01-02               the beginning of a day
 *     2026-01-02 14:03 01-02 14:03   the same with a time of day; a T may stand between
 *
 * Without a year: the last one before now. Pure.
 */
#ifndef TUI_CONSOLE_LOG_TIME_H
#define TUI_CONSOLE_LOG_TIME_H

#include "engine/base/clock.h"

#include <stdbool.h>

#define LOG_DAY_MS INT64_C(86400000)
#define LOG_DATE_SIZE 24

/* False: none of these, or no such day or time; *ret_at is untouched. */
bool log_time_parse(const char *text, struct wall now, struct wall *ret_at);

/* The number of its day, and that day: "2026-01-02 Friday". */
int64_t log_time_day(struct wall at);
void log_time_date(struct wall at, char ret_date[LOG_DATE_SIZE]);

#endif

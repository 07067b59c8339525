#include "tui/console/log_time.h"

#include "tests/support/test.h"

#include <string.h>

/* 2026-01-02 14:03:33.104 UTC, a Friday. */
static const struct wall now = { 1767362613104 };

/* clang-format off */
static const struct parse_row {
    const char *name;
    const char *text;
    const char *at; /* NULL: refused */
} parse_rows[] = {
    { "a minute",             "14:03",               "2026-01-02T14:03:00.000Z" },
    { "a second",             "14:03:15",            "2026-01-02T14:03:15.000Z" },
    { "one digit",            "9:05",                "2026-01-02T09:05:00.000Z" },
    { "midnight",             "0:00",                "2026-01-02T00:00:00.000Z" },
    { "later than now",       "14:04",               "2026-01-01T14:04:00.000Z" },
    { "spaces in front",      "  14:03",             "2026-01-02T14:03:00.000Z" },
    { "minutes ago",          "-5m",                 "2026-01-02T13:58:33.104Z" },
    { "seconds ago",          "-90s",                "2026-01-02T14:02:03.104Z" },
    { "seconds without unit", "-33",                 "2026-01-02T14:03:00.104Z" },
    { "hours with a point",   "-1.5h",               "2026-01-02T12:33:33.104Z" },
    { "a day ago",            "-1d",                 "2026-01-01T14:03:33.104Z" },
    { "a day",                "2026-01-02",          "2026-01-02T00:00:00.000Z" },
    { "a day and a time",     "2025-12-31 23:59:59", "2025-12-31T23:59:59.000Z" },
    { "a day and a time, a T", "2025-12-31T23:59",   "2025-12-31T23:59:00.000Z" },
    { "a day of this year",   "01-02",               "2026-01-02T00:00:00.000Z" },
    { "a day of the last year", "12-31",             "2025-12-31T00:00:00.000Z" },
    { "a time of the last year", "01-02 14:04",      "2025-01-02T14:04:00.000Z" },
    { "a time of this year",  "1-2 14:03",           "2026-01-02T14:03:00.000Z" },
    { "a leap day",           "2024-02-29",          "2024-02-29T00:00:00.000Z" },
    { "a leap day in 2000",   "2000-02-29",          "2000-02-29T00:00:00.000Z" },
    { "long ago",             "1970-01-01",          "1970-01-01T00:00:00.000Z" },
    { "nothing",              "",                    NULL },
    { "a word",               "now",                 NULL },
    { "an hour",              "14",                  NULL },
    { "no minute",            "14:",                 NULL },
    { "an hour too large",    "24:00",               NULL },
    { "a minute too large",   "12:60",               NULL },
    { "a second too large",   "12:00:60",            NULL },
    { "three digits",         "123:00",              NULL },
    { "something behind",     "14:03x",              NULL },
    { "a minus alone",        "-",                   NULL },
    { "no unit",              "-5x",                 NULL },
    { "only a unit",          "-d",                  NULL },
    { "no such day",          "2026-02-29",          NULL },
    { "no such day yearless", "02-30",               NULL },
    { "no leap day then",     "02-29",               NULL },
    { "no such month",        "2026-13-01",          NULL },
    { "no month",             "2026-00-01",          NULL },
    { "no day",               "2026-01-00",          NULL },
    { "half a date",          "2026-01",             NULL },
    { "a date and a word",    "2026-01-02 noon",     NULL },
    { "a date and a letter",  "2026-01-02x",         NULL },
    { "too early",            "1969-12-31",          NULL },
};
/* clang-format on */

static void text_is_parsed(void **state)
{
    const struct parse_row *row = *state;
    struct wall at = { 7 };
    char text[WALL_TEXT_SIZE];
    assert_int_equal(log_time_parse(row->text, now, &at), row->at != NULL);
    wall_format(at, text);
    if (row->at)
        assert_string_equal(text, row->at);
    else
        assert_int_equal(at.ms, 7);
}

/* Every day from 1970 to 2100 is read as it is written. */
static void every_day_is_read(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 47846; day++) {
        struct wall at = { day * LOG_DAY_MS + 12345678 };
        struct wall read;
        char date[LOG_DATE_SIZE];
        char text[WALL_TEXT_SIZE];
        wall_format(at, text);
        log_time_date(at, date);
        assert_memory_equal(date, text, 10);
        date[10] = '\0';
        assert_true(log_time_parse(date, now, &read));
        assert_int_equal(read.ms, day * LOG_DAY_MS);
        assert_int_equal(log_time_day(at), day);
    }
}

static void days_have_names(void **state)
{
    (void)state;
    char date[LOG_DATE_SIZE];
    log_time_date(now, date);
    assert_string_equal(date, "2026-01-02 Friday");
    log_time_date((struct wall){ 0 }, date);
    assert_string_equal(date, "1970-01-01 Thursday");
    log_time_date((struct wall){ 6 * LOG_DAY_MS }, date);
    assert_string_equal(date, "1970-01-07 Wednesday");
}

int main(void)
{
    struct CMUnitTest parses[COUNT_OF(parse_rows)];
    TESTS_FROM_ROWS(parses, parse_rows, text_is_parsed);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(every_day_is_read),
        cmocka_unit_test(days_have_names),
    };
    int failed = cmocka_run_group_tests_name("log_time: parse", parses, NULL, NULL);
    failed += cmocka_run_group_tests_name("log_time: days", laws, NULL, NULL);
    return failed;
}

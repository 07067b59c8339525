#include "engine/http/retry_after.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JUNK INT64_C(-1)

/* 1994-11-06T08:49:00Z, 37 seconds before the example date of the RFC. */
static const struct wall now = { INT64_C(784111740000) };

static const struct row {
    const char *name;
    const char *value;
    int64_t ms;
} rows[] = {
    /* clang-format off */
    { "seconds",                      "120",                               120000 },
    { "blanks around",                " \t30 \r\n",                         30000 },
    { "leading zeros",                "0005",                                5000 },
    { "zero is a second",             "0",                     RETRY_AFTER_MS_MIN },
    { "one second",                   "1",                                   1000 },
    { "just at the longest",          "900",                   RETRY_AFTER_MS_MAX },
    { "beyond the longest",           "901",                   RETRY_AFTER_MS_MAX },
    { "10^12",                        "1000000000000",         RETRY_AFTER_MS_MAX },
    { "no number holds it",           "99999999999999999999999999999999999999", RETRY_AFTER_MS_MAX },
    { "negative",                     "-5",                                  JUNK },
    { "with a sign",                  "+5",                                  JUNK },
    { "fraction",                     "1.5",                                 JUNK },
    { "exponent",                     "1e3",                                 JUNK },
    { "hexadecimal",                  "0x10",                                JUNK },
    { "with a unit",                  "5s",                                  JUNK },
    { "two numbers",                  "5 6",                                 JUNK },
    { "nothing",                      "",                                    JUNK },
    { "blanks",                       "   ",                                 JUNK },
    { "words",                        "soon",                                JUNK },
    { "a date",                       "Sun, 06 Nov 1994 08:49:37 GMT",      37000 },
    { "a date of old",                "Sunday, 06-Nov-94 08:49:37 GMT",     37000 },
    { "a date of asctime",            "Sun Nov  6 08:49:37 1994",           37000 },
    { "asctime, two digits",          "Sun Nov 06 08:49:37 1994",           37000 },
    { "the next minute",              "Sun, 06 Nov 1994 08:50:00 GMT",      60000 },
    { "leap second",                  "Sun, 06 Nov 1994 08:49:60 GMT",      60000 },
    { "now",                          "Sun, 06 Nov 1994 08:49:00 GMT", RETRY_AFTER_MS_MIN },
    { "the past",                     "Sun, 06 Nov 1994 08:00:00 GMT", RETRY_AFTER_MS_MIN },
    { "the epoch",                    "Thu, 01 Jan 1970 00:00:00 GMT", RETRY_AFTER_MS_MIN },
    { "far away",                     "Tue, 31 Dec 9999 23:59:59 GMT", RETRY_AFTER_MS_MAX },
    { "two digits of the next century", "Sunday, 06-Nov-22 08:49:37 GMT", RETRY_AFTER_MS_MAX },
    { "no such month",                "Sun, 06 Nox 1994 08:49:37 GMT",       JUNK },
    { "no such day",                  "Sun, 31 Nov 1994 08:49:37 GMT",       JUNK },
    { "no leap year",                 "Wed, 29 Feb 1995 08:49:37 GMT",       JUNK },
    { "day zero",                     "Sun, 00 Nov 1994 08:49:37 GMT",       JUNK },
    { "no such hour",                 "Sun, 06 Nov 1994 24:49:37 GMT",       JUNK },
    { "no such minute",               "Sun, 06 Nov 1994 08:60:37 GMT",       JUNK },
    { "no such second",               "Sun, 06 Nov 1994 08:49:61 GMT",       JUNK },
    { "before the epoch",             "Wed, 31 Dec 1969 23:59:59 GMT",       JUNK },
    { "another time zone",            "Sun, 06 Nov 1994 08:49:37 CET",       JUNK },
    { "no time zone",                 "Sun, 06 Nov 1994 08:49:37",           JUNK },
    { "something after it",           "Sun, 06 Nov 1994 08:49:37 GMT+1",     JUNK },
    { "cut off",                      "Sun, 06 Nov 19",                      JUNK },
    { "control bytes",                "\x1b[31m",                            JUNK },
    /* clang-format on */
};

static void check_row(void **state)
{
    const struct row *row = *state;
    size_t length = strlen(row->value);
    /* On the heap and without a NUL, so that a sanitizer finds a read beyond the end. */
    char *value = malloc(length > 0 ? length : 1);
    assert_non_null(value);
    memcpy(value, row->value, length);
    int64_t ms = JUNK;
    assert_int_equal(retry_after_parse(value, length, now, &ms), row->ms != JUNK);
    assert_int_equal(ms, row->ms);
    free(value);
}

/* For four centuries, every day is one day after the day before. */
static void days_follow_each_other(void **state)
{
    (void)state;
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t days = 0;
    for (int year = 1970; year < 2400; year++) {
        for (int month = 0; month < 12; month++) {
            for (int day = 1; day <= 31; day++) {
                char value[64];
                int length = snprintf(value, sizeof value, "Xxx, %02d %s %d 00:00:10 GMT", day,
                                      months[month], year);
                int64_t ms;
                if (!retry_after_parse(value, (size_t)length, (struct wall){ days * 86400000 },
                                       &ms))
                    continue;
                assert_int_equal(ms, 10000);
                days++;
            }
        }
    }
    assert_int_equal(days, 157054);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1];
    TESTS_FROM_ROWS(tests, rows, check_row);
    tests[COUNT_OF(rows)] = (struct CMUnitTest)cmocka_unit_test(days_follow_each_other);
    return cmocka_run_group_tests_name("retry_after", tests, NULL, NULL);
}

#include "tui/draw/format.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#include <limits.h>
#include <locale.h>
#include <string.h>

#define TEXT_SIZE 128
#define MS(seconds) ((int64_t)(seconds)*1000)
#define HOUR 3600
#define DAY (24 * HOUR)
#define NOON ((struct wall){ 1767355200000 }) /* 2026-01-02 12:00:00 UTC */
#define WIDE "\xe4\xb8\xad"                   /* U+4E2D, two columns */
#define ACUTE "\xcc\x81"                      /* U+0301, joins */

/* Of a function that takes one number. */
struct number_row {
    const char *name;
    int64_t value;
    const char *text;
};

static const struct number_row count_rows[] = {
    /* clang-format off */
    { "some",      12,        "12" },
    { "none",      0,         "0" },
    { "unknown",   -1,        "-" },
    { "leaving",   -2,        "-2" },
    { "smallest",  INT32_MIN, "-2147483648" },
    { "largest",   INT64_MAX, "9223372036854775807" },
    { "least",     INT64_MIN, "-9223372036854775808" },
    /* clang-format on */
};

static const struct number_row thousands_rows[] = {
    /* clang-format off */
    { "three digits",  999,       "999" },
    { "four digits",   1000,      "1,000" },
    { "six digits",    100000,    "100,000" },
    { "seven digits",  1234567,   "1,234,567" },
    { "none",          0,         "0" },
    { "unknown",       -1,        "-" },
    { "leaving",       -100,      "-100" },
    { "many leaving",  -123456,   "-123,456" },
    { "largest",       INT64_MAX, "9,223,372,036,854,775,807" },
    /* clang-format on */
};

static const struct number_row target_rows[] = {
    /* clang-format off */
    { "whole percent",     20 * SHARE_PERCENT,    "20" },
    { "a half",            125000000,             "12.5" },
    { "a third",           333333333,             "33.3" },
    { "rounded up",        666666666,             "66.7" },
    { "up to a whole",     199999999,             "20" },
    { "nothing",           0,                     "0" },
    { "hardly anything",   1,                     "0.1" },
    { "nearly all",        SHARE_WHOLE - 1,       "99.9" },
    { "all",               SHARE_WHOLE,           "100" },
    { "more than all",     SHARE_WHOLE * 3LL / 2, "150" },
    { "unknown",           -1,                    "-" },
    { "smallest",          INT32_MIN,             "-" },
    { "largest",           INT64_MAX,             "922337203685.5" },
    /* clang-format on */
};

static const struct number_row took_rows[] = {
    /* clang-format off */
    { "nothing",            0,                   "0ms" },
    { "milliseconds",       88,                  "88ms" },
    { "nearly a second",    999,                 "999ms" },
    { "a second",           1000,                "1.0s" },
    { "towards zero",       1999,                "1.9s" },
    { "nearly a minute",    59999,               "59.9s" },
    { "a minute",           60000,               "1m 0s" },
    { "minutes",            200000,              "3m 20s" },
    { "nearly an hour",     MS(HOUR) - 1,        "59m 59s" },
    { "an hour",            MS(HOUR),            "1h 0m" },
    { "hours",              MS(2 * HOUR + 359),  "2h 5m" },
    { "unknown",            -1,                  "-" },
    { "largest",            INT64_MAX,           "2562047788015h 12m" },
    /* clang-format on */
};

static void check_number(const struct number_row *row, void (*format)(struct text *, int64_t))
{
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_char(&text, '|');
    format(&text, row->value);
    assert_string_equal(storage + 1, row->text);
}

static void check_count(void **state)
{
    check_number(*state, format_count);
}

static void check_thousands(void **state)
{
    check_number(*state, format_thousands);
}

static void check_target(void **state)
{
    check_number(*state, format_target);
}

static void check_took(void **state)
{
    check_number(*state, format_took);
}

static const struct short_row {
    const char *name;
    int64_t count;
    int width;
    const char *text;
} short_rows[] = {
    /* clang-format off */
    { "fits",                   99999,     5,  "99999" },
    { "fits easily",            7,         5,  "7" },
    { "none",                   0,         1,  "0" },
    { "one digit too many",     100000,    5,  "100k" },
    { "towards zero",           123999,    5,  "123k" },
    { "millions",               12345678,  5,  "12M" },
    { "thousands of thousands", 12345678,  6,  "12345k" },
    { "just a unit",            1999,      2,  "1k" },
    { "ten in one column",      10,        1,  "#" },
    { "no thousand",            999,       2,  "##" },
    { "between the units",      12345,     2,  "##" },
    { "no room",                12345,     0,  "" },
    { "negative room",          12345,     -3, "" },
    { "unknown",                -1,        1,  "-" },
    { "unknown without room",   -1,        0,  "" },
    { "leaving",                -12,       3,  "-12" },
    { "many leaving",           -1234,     4,  "-1k" },
    { "largest",                INT64_MAX, 5,  "9223P" },
    { "largest, less room",     INT64_MAX, 2,  "9E" },
    { "largest, all room",      INT64_MAX, 19, "9223372036854775807" },
    { "least",                  INT64_MIN, 5,  "-9E" },
    { "least, all room",        INT64_MIN, 20, "-9223372036854775808" },
    /* clang-format on */
};

static void check_short(void **state)
{
    const struct short_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_short(&text, row->count, row->width);
    assert_string_equal(storage, row->text);
}

static const struct share_row {
    const char *name;
    int64_t part;
    int64_t whole;
    const char *text;
} share_rows[] = {
    /* clang-format off */
    { "a sixth",              40,            248,           "16.1" },
    { "half",                 1,             2,             "50.0" },
    { "rounded down",         1,             3,             "33.3" },
    { "rounded up",           2,             3,             "66.7" },
    { "a tie goes up",        1,             2000,          "0.1" },
    { "a tie of an odd one",  3,             2000,          "0.2" },
    { "nothing",              0,             248,           "0.0" },
    { "all",                  248,           248,           "100.0" },
    { "hardly anything",      1,             1000000,       "0.1" },
    { "nearly all",           999999,        1000000,       "99.9" },
    { "one of one",           1,             1,             "100.0" },
    { "none of one",          0,             1,             "0.0" },
    { "of nothing",           0,             0,             "-" },
    { "of less than nothing", 0,             -1,            "-" },
    { "unknown part",         -1,            10,            "-" },
    { "unknown whole",        1,             -1,            "-" },
    { "more than the whole",  96,            80,            "-" },
    { "largest",              INT64_MAX,     INT64_MAX,     "100.0" },
    { "one below the largest", INT64_MAX - 1, INT64_MAX,    "99.9" },
    { "one of the largest",   1,             INT64_MAX,     "0.1" },
    { "half of the largest",  INT64_MAX / 2, INT64_MAX,     "50.0" },
    { "smallest",             INT64_MIN,     INT64_MIN,     "-" },
    /* clang-format on */
};

static void check_share(void **state)
{
    const struct share_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_share(&text, row->part, row->whole);
    assert_string_equal(storage, row->text);
}

static const struct age_row {
    const char *name;
    int64_t age_ms;
    const char *text;
} age_rows[] = {
    /* clang-format off */
    { "now",               0,                "now" },
    { "nearly a second",   999,              "now" },
    { "in the future",     -MS(50),          "now" },
    { "a second",          1000,             "1s" },
    { "seconds",           MS(12) + 900,     "12s" },
    { "nearly a minute",   MS(60) - 1,       "59s" },
    { "a minute",          MS(60),           "1m" },
    { "nearly an hour",    MS(HOUR) - 1,     "59m" },
    { "an hour",           MS(HOUR),         "1h" },
    { "nearly a day",      MS(DAY) - 1,      "23h" },
    { "a day",             MS(DAY),          "1d" },
    { "nearly a year",     MS(365LL * DAY) - 1, "364d" },
    { "a year",            MS(365LL * DAY),  "1y" },
    { "since 1970",        1767355200000 - 1, "56y" },
    /* clang-format on */
};

static void check_age(void **state)
{
    const struct age_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_age(&text, (struct wall){ NOON.ms - row->age_ms }, NOON);
    assert_string_equal(storage, row->text);
}

static const struct extreme_row {
    const char *name;
    int64_t at_ms;
    int64_t now_ms;
    const char *text;
} extreme_rows[] = {
    /* clang-format off */
    { "never",                    0,         1767355200000, "-" },
    { "never, at the beginning",  0,         0,             "-" },
    { "before the beginning",     INT64_MIN, INT64_MAX,     "-" },
    { "longer than anything",     1,         INT64_MAX,     "999y" },
    { "later than anything",      INT64_MAX, INT64_MIN,     "now" },
    /* clang-format on */
};

static void check_extreme(void **state)
{
    const struct extreme_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_age(&text, (struct wall){ row->at_ms }, (struct wall){ row->now_ms });
    assert_string_equal(storage, row->text);
}

static const struct time_row {
    const char *name;
    int64_t ms;
    const char *time;
    const char *minute;
} time_rows[] = {
    /* clang-format off */
    { "an afternoon",       1767362625000, "14:03:45", "14:03" },
    { "with milliseconds",  1767362625999, "14:03:45", "14:03" },
    { "midnight",           1767312000000, "00:00:00", "00:00" },
    { "before midnight",    1767311999999, "23:59:59", "23:59" },
    { "never",              0,             "-",        "-" },
    { "just after 1970",    1,             "00:00:00", "00:00" },
    { "just before 1970",   -1,            "23:59:59", "23:59" },
    { "largest",            INT64_MAX,     "07:12:55", "07:12" },
    { "least",              INT64_MIN,     "16:47:04", "16:47" },
    /* clang-format on */
};

static void check_time(void **state)
{
    const struct time_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_time(&text, (struct wall){ row->ms });
    assert_string_equal(storage, row->time);
    text_reset(&text);
    format_minute(&text, (struct wall){ row->ms });
    assert_string_equal(storage, row->minute);
}

static const struct cut_row {
    const char *name;
    const char *id;
    int columns;
    const char *text;
} cut_rows[] = {
    /* clang-format off */
    { "fits",                   "eu-1",                  10, "eu-1" },
    { "just fits",              "eu-1",                  4,  "eu-1" },
    { "as in the list",         "eu-west-tournament-a",  18, "eu-west-t~nament-a" },
    { "as in the list, too",    "eu-west-event-spring",  18, "eu-west-e~t-spring" },
    { "short",                  "eu-west-42",            4,  "eu~2" },
    { "three columns",          "eu-west-42",            3,  "e~2" },
    { "two columns",            "eu-west-42",            2,  "e~" },
    { "one column",             "eu-west-42",            1,  "~" },
    { "no column",              "eu-west-42",            0,  "" },
    { "negative",               "eu-west-42",            -5, "" },
    { "nothing in nothing",     "",                      0,  "" },
    { "nothing",                "",                      5,  "" },
    { "wide fits",              WIDE WIDE,               4,  WIDE WIDE },
    { "wide, even",             WIDE WIDE WIDE WIDE,     5,  WIDE "~" WIDE },
    { "wide, odd",              WIDE WIDE WIDE WIDE,     6,  WIDE "~" WIDE },
    { "wide, no room for one",  WIDE WIDE WIDE,          2,  "~" },
    { "combining stays with the beginning", "e" ACUTE "uuuu1", 4, "e" ACUTE "u~1" },
    { "combining does not join the cut",    "euuuux" ACUTE "1", 4, "eu~1" },
    { "combining stays with the end",       "euuuux" ACUTE,     4, "eu~x" ACUTE },
    { "escapes count as shown", "ab\xff" "cdef",         7,  "ab~def" },
    /* clang-format on */
};

static void check_cut(void **state)
{
    const struct cut_row *row = *state;
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_cut_middle(&text, row->id, row->columns);
    assert_string_equal(storage, row->text);
    assert_true(format_columns(storage) <= (row->columns > 0 ? row->columns : 0));
}

static const struct columns_row {
    const char *name;
    const char *text;
    int columns;
} columns_rows[] = {
    /* clang-format off */
    { "nothing",   "",             0 },
    { "plain",     "eu-1",         4 },
    { "wide",      WIDE "1",       3 },
    { "combining", "e" ACUTE "1",  2 },
    { "escape",    "a\nb",         4 },
    { "invalid",   "\xff",         4 },
    /* clang-format on */
};

static void check_columns(void **state)
{
    const struct columns_row *row = *state;
    assert_int_equal(format_columns(row->text), row->columns);
}

/* The error is at most half a tenth, except for values that are kept away from 0 and 100. */
static void test_shares_are_the_nearest(void **state)
{
    (void)state;
    for (int64_t whole = 1; whole <= 700; whole++)
        for (int64_t part = 0; part <= whole; part++) {
            char storage[TEXT_SIZE];
            struct text text;
            text_init(&text, storage, sizeof storage);
            format_share(&text, part, whole);
            int64_t tenths = 0;
            assert_true(decimal_parse(storage, text.length, 1, &tenths));
            assert_int_equal(tenths == 0, part == 0);
            assert_int_equal(tenths == 1000, part == whole);
            bool is_bent = part > 0 && part < whole && (tenths == 1 || tenths == 999);
            int64_t off = tenths * whole - part * 1000;
            assert_true(is_bent || (2 * off <= whole && 2 * off > -whole));
        }
}

/* A large number is rounded down, and shown with as many digits as fit. */
static void test_short_numbers_never_lie(void **state)
{
    (void)state;
    struct random random = { 3 };
    for (int i = 0; i < 200000; i++) {
        int64_t count = (int64_t)(random_next(&random) >> (1 + random_below(&random, 63)));
        int width = (int)random_below(&random, 22);
        char storage[TEXT_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        format_short(&text, count, width);
        assert_true((int)text.length <= width);
        if (storage[0] == '#' || width == 0)
            continue;
        size_t digits = strspn(storage, "0123456789");
        int64_t shown = 0;
        int64_t unit = 1;
        assert_true(decimal_parse(storage, digits, 0, &shown));
        const char *units = "kMGTPE";
        for (const char *u = units; storage[digits] && u <= strchr(units, storage[digits]); u++)
            unit *= 1000;
        assert_int_equal(shown, count / unit);
    }
}

/* For every name and every width. */
static void test_cut_names_never_take_more_room(void **state)
{
    (void)state;
    static const char *const segments[] = { "a", "-", WIDE, ACUTE, "\xff", "\n", "9" };
    struct random random = { 5 };
    for (int i = 0; i < 100000; i++) {
        char name[64] = "";
        struct text id;
        text_init(&id, name, sizeof name);
        for (int64_t count = random_below(&random, 16); count > 0; count--)
            text_add(&id, segments[random_below(&random, (int64_t)COUNT_OF(segments))]);
        int columns = (int)random_below(&random, 40);
        char storage[TEXT_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        format_cut_middle(&text, name, columns);
        assert_true(format_columns(storage) <= columns);
        if (format_columns(name) <= columns)
            assert_string_equal(storage, name);
        else
            assert_true(columns == 0 || strchr(storage, '~'));
    }
}

static int use_utf8(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_shares_are_the_nearest),
        cmocka_unit_test(test_short_numbers_never_lie),
        cmocka_unit_test(test_cut_names_never_take_more_room),
    };
    struct CMUnitTest count_tests[COUNT_OF(count_rows)];
    struct CMUnitTest short_tests[COUNT_OF(short_rows)];
    struct CMUnitTest share_tests[COUNT_OF(share_rows)];
    struct CMUnitTest target_tests[COUNT_OF(target_rows)];
    struct CMUnitTest age_tests[COUNT_OF(age_rows)];
    struct CMUnitTest extreme_tests[COUNT_OF(extreme_rows)];
    struct CMUnitTest time_tests[COUNT_OF(time_rows)];
    struct CMUnitTest took_tests[COUNT_OF(took_rows)];
    struct CMUnitTest cut_tests[COUNT_OF(cut_rows)];
    struct CMUnitTest columns_tests[COUNT_OF(columns_rows)];
    TESTS_FROM_ROWS(count_tests, count_rows, check_count);
    struct CMUnitTest thousands_tests[COUNT_OF(thousands_rows)];
    TESTS_FROM_ROWS(thousands_tests, thousands_rows, check_thousands);
    TESTS_FROM_ROWS(short_tests, short_rows, check_short);
    TESTS_FROM_ROWS(share_tests, share_rows, check_share);
    TESTS_FROM_ROWS(target_tests, target_rows, check_target);
    TESTS_FROM_ROWS(age_tests, age_rows, check_age);
    TESTS_FROM_ROWS(extreme_tests, extreme_rows, check_extreme);
    TESTS_FROM_ROWS(time_tests, time_rows, check_time);
    TESTS_FROM_ROWS(took_tests, took_rows, check_took);
    TESTS_FROM_ROWS(cut_tests, cut_rows, check_cut);
    TESTS_FROM_ROWS(columns_tests, columns_rows, check_columns);
    int failed = cmocka_run_group_tests_name("format_count", count_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_thousands", thousands_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_short", short_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_share", share_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_target", target_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_age", age_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_age, extremes", extreme_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_time", time_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_took", took_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("format_cut_middle", cut_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("format_columns", columns_tests, use_utf8, NULL);
    failed += cmocka_run_group_tests_name("format", whole_tests, use_utf8, NULL);
    return failed;
}

#include "engine/base/duration.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#define HOUR_MS 3600000

static const struct parse_row {
    const char *name;
    const char *text;
    int64_t ms; /* -1: not a duration */
} parse_rows[] = {
    /* clang-format off */
    { "seconds",               "30s",                   30000 },
    { "bare number",           "30",                    30000 },
    { "fraction of a second",  "0.25",                  250 },
    { "minutes",               "1.5m",                  90000 },
    { "milliseconds",          "250ms",                 250 },
    { "hours",                 "2h",                    2 * HOUR_MS },
    { "zero",                  "0",                     0 },
    { "zero hours",            "0h",                    0 },
    { "finest hour",           "0.0000025h",            9 },
    { "trailing zeros",        "1.50000000000s",        1500 },
    { "leading zeros",         "007s",                  7000 },
    { "a year",                "365d",                 DURATION_MS_MAX },
    { "a year in ms",          "31536000000ms",         DURATION_MS_MAX },
    { "above a year",          "8760.001h",             -1 },
    { "above a year in ms",    "31536000001ms",         -1 },
    { "far above a year",      "99999999999999999999h", -1 },
    { "finer than a ms",       "0.5ms",                 -1 },
    { "finer by the 8th decimal",  "1.00000001s",       -1 },
    { "finer by the 30th decimal", "1.000000000000000000000000000001s", -1 },
    { "finer of an hour",      "0.0000001h",            -1 },
    { "empty",                 "",                      -1 },
    { "only a unit",           "s",                     -1 },
    { "only a point",          ".s",                    -1 },
    { "negative",              "-1s",                   -1 },
    { "plus",                  "+1s",                   -1 },
    { "days",                  "14d",                   14 * 86400000ll },
    { "unknown unit",          "1w",                    -1 },
    { "long unit",             "1sec",                  -1 },
    { "capital unit",          "1S",                    -1 },
    { "two units",             "1m30s",                 -1 },
    { "space before",          " 1s",                   -1 },
    { "space between",         "1 s",                   -1 },
    { "two points",            "1.2.3s",                -1 },
    { "exponent",              "1e3",                   -1 },
    /* clang-format on */
};

static void check_parse(void **state)
{
    const struct parse_row *row = *state;
    int64_t ms = -77;
    assert_int_equal(duration_parse(row->text, &ms), row->ms >= 0);
    assert_int_equal(ms, row->ms >= 0 ? row->ms : -77);
}

static const struct add_row {
    const char *name;
    int64_t ms;
    const char *text;
} add_rows[] = {
    /* clang-format off */
    { "zero",             0,                "0s" },
    { "a millisecond",    1,                "1ms" },
    { "odd milliseconds", 1500,             "1500ms" },
    { "a second",         1000,             "1s" },
    { "odd seconds",      90000,            "90s" },
    { "minutes",          120000,           "2m" },
    { "odd minutes",      5400000,          "90m" },
    { "an hour",          HOUR_MS,          "1h" },
    { "a year",           DURATION_MS_MAX,  "365d" },
    /* clang-format on */
};

static void check_add(void **state)
{
    const struct add_row *row = *state;
    char storage[32];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_duration(&text, row->ms);
    assert_string_equal(storage, row->text);
}

static void test_written_durations_are_read_back(void **state)
{
    (void)state;
    struct random random = { 1 };
    for (int i = 0; i < 100000; i++) {
        int64_t ms = random_below(&random, DURATION_MS_MAX + 1) >> random_below(&random, 36);
        int64_t back = -1;
        char storage[32];
        struct text text;
        text_init(&text, storage, sizeof storage);
        text_add_duration(&text, ms);
        assert_true(duration_parse(storage, &back));
        assert_int_equal(back, ms);
    }
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_written_durations_are_read_back),
    };
    struct CMUnitTest parse_tests[COUNT_OF(parse_rows)];
    struct CMUnitTest add_tests[COUNT_OF(add_rows)];
    TESTS_FROM_ROWS(parse_tests, parse_rows, check_parse);
    TESTS_FROM_ROWS(add_tests, add_rows, check_add);
    int failed = cmocka_run_group_tests_name("duration_parse", parse_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("text_add_duration", add_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("duration", whole_tests, NULL, NULL);
    return failed;
}

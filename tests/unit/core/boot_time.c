#include "engine/core/boot_time.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#define SECOND 1000
#define NO_CAP INT64_MAX
#define BOOTS_MAX 20

static int64_t learned_ms(const int64_t *boots_ms, size_t count, int64_t most_ms)
{
    struct boot_time boot = { 0 };
    for (size_t i = 0; i < count; i++)
        boot_time_add(&boot, boots_ms[i]);
    return boot_time_ms(&boot, most_ms);
}

/* The stored value of a sample: with three equal samples, it is the estimate. */
static int64_t kept_ms(int64_t boot_ms)
{
    const int64_t boots_ms[] = { boot_ms, boot_ms, boot_ms };
    return learned_ms(boots_ms, COUNT_OF(boots_ms), NO_CAP);
}

static const struct kept_row {
    const char *name;
    int64_t boot_ms;
    int64_t kept_ms;
} kept_rows[] = {
    /* clang-format off */
    { "zero",                             0,               0 },
    { "1 ms is a second",                 1,               1 * SECOND },
    { "a second",                         SECOND,          1 * SECOND },
    { "just above a second",              SECOND + 1,      2 * SECOND },
    { "the last without an exponent",     15 * SECOND,    15 * SECOND },
    { "the first with one",               16 * SECOND,    16 * SECOND },
    { "the last that is exact",           31 * SECOND,    31 * SECOND },
    { "just above it",                    31 * SECOND + 1, 32 * SECOND },
    { "the first in steps of two",        32 * SECOND,    32 * SECOND },
    { "half a step further",              33 * SECOND,    34 * SECOND },
    { "a step further",                   34 * SECOND,    34 * SECOND },
    { "the last of that exponent",        62 * SECOND,    62 * SECOND },
    { "beyond it",                        63 * SECOND,    64 * SECOND },
    { "the next exponent",                64 * SECOND,    64 * SECOND },
    { "two minutes",                     120 * SECOND,   120 * SECOND },
    { "a second more",                   121 * SECOND,   124 * SECOND },
    { "an hour",                        3600 * SECOND,  3712 * SECOND },
    { "the longest that fits",         507904 * (int64_t)SECOND, 507904 * (int64_t)SECOND },
    { "longer than any boot_timeout",  507905 * (int64_t)SECOND, 507904 * (int64_t)SECOND },
    { "the largest number",                INT64_MAX,    507904 * (int64_t)SECOND },
    /* clang-format on */
};

static void row_is_stored(void **state)
{
    const struct kept_row *row = *state;
    assert_int_equal(kept_ms(row->boot_ms), row->kept_ms);
}

static void check_sixteenth(int64_t seconds, int64_t *before_ms)
{
    int64_t ms = kept_ms(seconds * SECOND);
    assert_true(ms >= seconds * SECOND);
    assert_true(ms <= seconds * SECOND + seconds * SECOND / 16);
    assert_true(ms >= *before_ms);
    assert_true(seconds >= 32 || ms == seconds * SECOND);
    *before_ms = ms;
}

static void samples_are_rounded_up_by_a_sixteenth_at_most(void **state)
{
    (void)state;
    int64_t before_ms = 0;
    for (int64_t seconds = 0; seconds < 20000; seconds++)
        check_sixteenth(seconds, &before_ms);
    for (int64_t seconds = 20000; seconds < 500000; seconds += 7)
        check_sixteenth(seconds, &before_ms);
}

#define S(n) ((n)*SECOND)

static const struct learned_row {
    const char *name;
    int64_t most_ms;
    int64_t learned_ms;
    size_t count;
    int64_t boots_ms[BOOTS_MAX];
} learned_rows[] = {
    /* clang-format off */
    { "nothing yet: the start value",        NO_CAP, BOOT_START_MS, 0, { 0 } },
    { "one short boot: the start value",     NO_CAP, BOOT_START_MS, 1, { S(20) } },
    { "one as long as the start value",      NO_CAP, BOOT_START_MS, 1, { S(120) } },
    { "one longer boot counts",              NO_CAP, S(200),        1, { S(200) } },
    { "two short boots: the start value",    NO_CAP, BOOT_START_MS, 2, { S(20), S(30) } },
    { "of two the longer",                   NO_CAP, S(200),        2, { S(200), S(30) } },
    { "three short boots count",             NO_CAP, S(30),         3, { S(20), S(30), S(10) } },
    { "of three the longest",                NO_CAP, S(200),        3, { S(20), S(30), S(200) } },
    { "of four the second longest",          NO_CAP, S(30),         4, { S(20), S(30), S(200), S(10) } },
    { "the longest comes first",             NO_CAP, S(30),         4, { S(200), S(30), S(20), S(10) } },
    { "the longest comes last",              NO_CAP, S(30),         4, { S(10), S(20), S(30), S(200) } },
    { "two are the longest",                 NO_CAP, S(200),        4, { S(200), S(30), S(20), S(200) } },
    { "all the same",                        NO_CAP, S(25),         4, { S(25), S(25), S(25), S(25) } },
    { "four of no time",                     NO_CAP, 0,             4, { 0 } },
    { "of eight the second longest",         NO_CAP, S(28),         8, { S(21), S(29), S(23), S(24), S(28), S(26), S(27), S(22) } },
    { "the ninth replaces the first",        NO_CAP, S(27),      9, { S(29), S(21), S(28), S(23), S(24), S(25), S(26), S(27), S(22) } },
    { "the tenth replaces the second",       NO_CAP, S(26),        10, { S(29), S(28), S(21), S(22), S(23), S(24), S(25), S(26), S(27), S(20) } },
    { "after two rounds",                    NO_CAP, S(17),        18, { S(29), S(29), S(29), S(29), S(29), S(29), S(29), S(29), S(29), S(29),
                                                                         S(11), S(12), S(13), S(14), S(15), S(16), S(17), S(18) } },
    { "the cap applies to the estimate",     S(25),  S(25),         3, { S(20), S(30), S(10) } },
    { "at the cap",                          S(30),  S(30),         3, { S(20), S(30), S(10) } },
    { "below the cap",                       S(31),  S(30),         3, { S(20), S(30), S(10) } },
    { "the cap applies to the start value",  S(60),  S(60),         0, { 0 } },
    { "the cap applies after rounding",      S(121), S(121),        3, { S(121), S(121), S(121) } },
    /* clang-format on */
};

static void row_gives_its_estimate(void **state)
{
    const struct learned_row *row = *state;
    assert_int_equal(learned_ms(row->boots_ms, row->count, row->most_ms), row->learned_ms);
}

int main(void)
{
    struct CMUnitTest kept[COUNT_OF(kept_rows)];
    struct CMUnitTest learned[COUNT_OF(learned_rows)];
    TESTS_FROM_ROWS(kept, kept_rows, row_is_stored);
    TESTS_FROM_ROWS(learned, learned_rows, row_gives_its_estimate);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(samples_are_rounded_up_by_a_sixteenth_at_most),
    };
    int failed = cmocka_run_group_tests_name("boot_time: samples", kept, NULL, NULL);
    failed += cmocka_run_group_tests_name("boot_time: learned", learned, NULL, NULL);
    return failed + cmocka_run_group_tests_name("boot_time: invariants", laws, NULL, NULL);
}

#include "engine/core/delta.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <stdbool.h>

#define PCT(percent) ((percent)*SHARE_PERCENT)
#define TENTHS(tenths_of_a_percent) ((tenths_of_a_percent) * (SHARE_PERCENT / 10))
#define ALMOST_WHOLE (SHARE_WHOLE - 1)
#define THIRD_PPB 333000000
#define SMALL_SERVERS_PER_HOST 12
#define SMALL_BUSY 60

static const struct delta_row {
    const char *name;
    struct delta_input in;
    int64_t hosts;
} delta_rows[] = {
    /* clang-format off */
    /*                                       per_host      total       free  target           hosts */
    { "one host more than there are",      {        10,       100,        10, PCT(15)      }, 11 },
    { "busier than the target",            {        10,      1000,       100, PCT(15)      }, 106 },
    { "more than half can go",             {         3,       600,       400, PCT(30)      }, 96 },
    { "large hosts within the target",     {       250,       750,       113, PCT(10)      }, 3 },
    { "ten free servers too many",         {         1,       600,       541, PCT(90)      }, 590 },
    { "exactly at the target",             {         1,       600,       540, PCT(90)      }, 600 },
    { "odd sizes",                         {        13,      4836,       942, PCT(17)      }, 361 },
    { "nothing free",                      {         1,        18,         0, PCT(28)      }, 25 },
    { "half a percent",                    {         1,       100,        12, TENTHS(125)  }, 101 },
    { "doubles give one more",             {         1,        30,         9, PCT(30)      }, 30 },
    { "all players left",                  {        10,        20,        20, PCT(20)      }, 0 },
    { "no players",                        {        10,         0,         0, PCT(15)      }, 0 },
    { "a whole number of hosts",           {        10,       200,       115, PCT(15)      }, 10 },
    { "no reserve: full is enough",        {        10,       100,         0, 0            }, 10 },
    { "no reserve: one server too many",   {        10,       101,         0, 0            }, 11 },
    { "the largest request",               {         1, INT32_MAX,         0, ALMOST_WHOLE }, INT64_C(2147483647) * SHARE_WHOLE },
    { "the largest counts, no reserve",    {         1, INT32_MAX,         0, 0            }, INT32_MAX },
    { "the largest hosts, all busy",       { INT32_MAX, INT32_MAX,         0, 0            }, 1 },
    { "the largest hosts, half a share",   { INT32_MAX, INT32_MAX,         0, PCT(50)      }, 2 },
    { "the largest fleet, all free",       {         1, INT32_MAX, INT32_MAX, 0            }, 0 },
    /* clang-format on */
};

static void row_gives_its_hosts(void **state)
{
    const struct delta_row *row = *state;
    assert_int_equal(delta_desired_hosts(&row->in), row->hosts);
}

/* With `busy` busy servers on `hosts` hosts, is at least the target share free? */
static bool is_enough(int64_t hosts, int64_t servers_per_host, int64_t busy, int64_t target_ppb)
{
    __extension__ __int128 servers = (__int128)hosts * servers_per_host;
    return (servers - busy) * SHARE_WHOLE >= servers * target_ppb;
}

/* Slow and obvious: counts up until the hosts are enough. */
static int64_t count_up(int64_t from, int64_t servers_per_host, int64_t busy, int64_t target_ppb)
{
    int64_t hosts = from;
    while (!is_enough(hosts, servers_per_host, busy, target_ppb))
        hosts++;
    return hosts;
}

/* Counting up to billions takes too long: checks that the result is enough and that one host less is not. */
static void check_minimal(const struct delta_input *in)
{
    int64_t busy = (int64_t)in->total_servers - in->free_servers;
    int64_t hosts = delta_desired_hosts(in);
    assert_true(is_enough(hosts, in->servers_per_host, busy, in->target_free_ppb));
    if (hosts > 0)
        assert_false(is_enough(hosts - 1, in->servers_per_host, busy, in->target_free_ppb));
}

static const int32_t small_targets[] = {
    0,         1,       PCT(1),  PCT(5),  PCT(10),     TENTHS(125), PCT(15),
    PCT(17),   PCT(20), PCT(28), PCT(30), TENTHS(333), PCT(50),     THIRD_PPB,
    333333333, PCT(60), PCT(75), PCT(90), TENTHS(909), TENTHS(999),
};

static void counting_up_finds_the_same_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(small_targets); i++) {
        for (int32_t per_host = 1; per_host <= SMALL_SERVERS_PER_HOST; per_host++) {
            int64_t expected = 0;
            for (int32_t busy = 0; busy <= SMALL_BUSY; busy++) {
                expected = count_up(expected, per_host, busy, small_targets[i]);
                for (int32_t free = 0; free < 3; free++) {
                    struct delta_input in = { per_host, busy + free, free, small_targets[i] };
                    assert_int_equal(delta_desired_hosts(&in), expected);
                }
            }
        }
    }
}

static void targets_just_below_100_percent_are_finite(void **state)
{
    (void)state;
    static const int32_t targets[] = { PCT(99), 999900000, 999999990, ALMOST_WHOLE };
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        for (int32_t per_host = 1; per_host <= SMALL_SERVERS_PER_HOST; per_host++)
            for (int32_t busy = 0; busy <= SMALL_BUSY; busy++)
                check_minimal(&(struct delta_input){ per_host, busy, 0, targets[i] });
}

static void the_largest_counts_are_exact(void **state)
{
    (void)state;
    static const int32_t targets[] = { 0, 1, PCT(15), PCT(50), THIRD_PPB, PCT(99) };
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        for (int32_t per_host = 1; per_host <= 1000; per_host = per_host * 3 + 1)
            for (int32_t less = 0; less < 40; less++)
                check_minimal(&(struct delta_input){ per_host, INT32_MAX - less, 0, targets[i] });
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(delta_rows)];
    TESTS_FROM_ROWS(rows, delta_rows, row_gives_its_hosts);
    const struct CMUnitTest sweeps[] = {
        cmocka_unit_test(counting_up_finds_the_same_hosts),
        cmocka_unit_test(targets_just_below_100_percent_are_finite),
        cmocka_unit_test(the_largest_counts_are_exact),
    };
    int failed = cmocka_run_group_tests_name("delta: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("delta: against counting up", sweeps, NULL, NULL);
    return failed;
}

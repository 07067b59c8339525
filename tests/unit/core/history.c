#include "engine/core/history.h"

#include "engine/base/random.h"
#include "tests/support/test.h"

#define PASSES 2000
#define EXACT 512 /* values below it are exact, of busy servers twice as many */

static void put(struct history *history, uint32_t pass, int32_t value)
{
    history_put(history, pass, &(struct history_sample){ value, value, value });
}

static int32_t get(const struct history *history, uint32_t pass)
{
    struct history_sample sample;
    if (!history_get(history, pass, &sample))
        return -1;
    assert_int_equal(sample.free_servers, sample.hosts);
    assert_true(sample.hosts <= sample.busy_servers);
    return sample.hosts;
}

static void an_empty_history_has_no_samples(void **state)
{
    (void)state;
    struct history history = { 0 };
    for (uint32_t pass = 0; pass < 2 * HISTORY_LENGTH; pass++)
        assert_int_equal(get(&history, pass), -1);
}

static void the_three_values_are_independent(void **state)
{
    (void)state;
    struct history history = { 0 };
    struct history_sample sample;
    history_put(&history, 5, &(struct history_sample){ 1, 2, 3 });
    assert_true(history_get(&history, 5, &sample));
    assert_int_equal(sample.busy_servers, 1);
    assert_int_equal(sample.free_servers, 2);
    assert_int_equal(sample.hosts, 3);
}

static void passes_in_between_are_unread(void **state)
{
    (void)state;
    struct history history = { 0 };
    put(&history, 3, 30);
    put(&history, 7, 70);
    for (uint32_t pass = 0; pass < 12; pass++)
        assert_int_equal(get(&history, pass), pass == 3 ? 30 : pass == 7 ? 70 : -1);
}

static void the_same_pass_again_replaces_its_sample(void **state)
{
    (void)state;
    struct history history = { 0 };
    put(&history, 3, 30);
    put(&history, 3, 31);
    assert_int_equal(get(&history, 3), 31);
}

static const struct gap_row {
    const char *name;
    uint32_t gap;
    int32_t first; /* the first sample afterwards */
} gap_rows[] = {
    { "a gap just short of all", HISTORY_LENGTH - 1, 10 },
    { "a gap of all", HISTORY_LENGTH, -1 },
    { "a gap of more than all", HISTORY_LENGTH + 1, -1 },
    { "a gap of several rounds", 10 * HISTORY_LENGTH + 3, -1 },
};

static void row_removes_old_samples(void **state)
{
    const struct gap_row *row = *state;
    struct history history = { 0 };
    put(&history, 100, 10);
    put(&history, 100 + row->gap, 20);
    assert_int_equal(get(&history, 100), row->first);
    assert_int_equal(get(&history, 100 + row->gap), 20);
    for (uint32_t pass = 101; pass < 100 + row->gap; pass++)
        assert_int_equal(get(&history, pass), -1);
}

static void random_passes_equal_a_plain_list(void **state)
{
    (void)state;
    static int32_t values[PASSES + 1];
    struct random random = { 11 };
    struct history history = { 0 };
    uint32_t last = 0;
    for (uint32_t pass = 1; pass <= PASSES; pass++) {
        values[pass] = -1;
        if (random_below(&random, 4) == 0)
            continue;
        values[pass] = (int32_t)random_below(&random, EXACT);
        put(&history, pass, values[pass]);
        last = pass;
        for (uint32_t back = 0; back < 2 * HISTORY_LENGTH && back <= pass; back++) {
            uint32_t at = pass - back;
            bool is_kept = at > 0 && last - at < HISTORY_LENGTH;
            assert_int_equal(get(&history, at), is_kept ? values[at] : -1);
        }
    }
}

static void small_values_are_exact(void **state)
{
    (void)state;
    struct history history = { 0 };
    for (int32_t value = 0; value < EXACT; value++) {
        put(&history, (uint32_t)value + 1, value);
        assert_int_equal(get(&history, (uint32_t)value + 1), value);
    }
}

static void check_large(struct history *history, uint32_t pass, int32_t value)
{
    struct history_sample sample;
    put(history, pass, value);
    assert_true(history_get(history, pass, &sample));
    assert_in_range(sample.busy_servers, value - value / EXACT, value);
    assert_in_range(sample.free_servers, value - value / (EXACT / 2), value);
    assert_in_range(sample.hosts, value - value / (EXACT / 2), value);
}

static void large_values_are_within_their_rounding(void **state)
{
    (void)state;
    struct random random = { 12 };
    struct history history = { 0 };
    check_large(&history, 1, INT32_MAX);
    for (uint32_t pass = 2; pass < 20000; pass++)
        check_large(&history, pass, (int32_t)random_below(&random, (int64_t)1 << (12 + pass % 20)));
}

static void busy_servers_are_exact_up_to_twice_as_many(void **state)
{
    (void)state;
    struct history history = { 0 };
    struct history_sample sample;
    for (int32_t value = 0; value < 2 * EXACT; value++) {
        put(&history, (uint32_t)value + 1, value);
        assert_true(history_get(&history, (uint32_t)value + 1, &sample));
        assert_int_equal(sample.busy_servers, value);
    }
}

static void check_busy(const struct history *history, uint32_t pass)
{
    struct history_sample sample;
    int32_t busy = -1;
    bool is_read = history_get(history, pass, &sample);
    assert_int_equal(history_busy(history, pass, &busy), is_read);
    assert_int_equal(busy, is_read ? sample.busy_servers : -1);
}

/* Neither the values beside them nor missing samples change them. */
static void busy_servers_alone_are_those_of_the_sample(void **state)
{
    (void)state;
    static const int32_t beside[] = { 0, 1, 511, 512, 1023, 1024, 1 << 30, INT32_MAX };
    struct random random = { 13 };
    struct history history = { 0 };
    check_busy(&history, 0);
    check_busy(&history, 1);
    for (uint32_t pass = 1; pass < 5000; pass++) {
        if (random_below(&random, 3) == 0)
            continue;
        int32_t busy = (int32_t)random_below(&random, (int64_t)1 << (1 + pass % 31));
        busy = pass % 7 == 0 ? INT32_MAX : busy;
        history_put(&history, pass,
                    &(struct history_sample){ busy, beside[pass % COUNT_OF(beside)],
                                              beside[pass / 8 % COUNT_OF(beside)] });
        for (uint32_t back = 0; back < 70 && back <= pass; back++)
            check_busy(&history, pass - back);
        check_busy(&history, pass + 1);
    }
}

int main(void)
{
    struct CMUnitTest gaps[COUNT_OF(gap_rows)];
    TESTS_FROM_ROWS(gaps, gap_rows, row_removes_old_samples);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_history_has_no_samples),
        cmocka_unit_test(the_three_values_are_independent),
        cmocka_unit_test(passes_in_between_are_unread),
        cmocka_unit_test(the_same_pass_again_replaces_its_sample),
        cmocka_unit_test(random_passes_equal_a_plain_list),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(large_values_are_within_their_rounding),
        cmocka_unit_test(busy_servers_are_exact_up_to_twice_as_many),
        cmocka_unit_test(busy_servers_alone_are_those_of_the_sample),
    };
    int failed = cmocka_run_group_tests_name("history: gaps", gaps, NULL, NULL);
    failed += cmocka_run_group_tests_name("history", tests, NULL, NULL);
    return failed;
}

#include "engine/core/schedule.h"

#include "tests/support/test.h"

#define DRAWS 20000

static const struct wait_row {
    const char *name;
    unsigned attempt;
    int64_t retry_after_ms;
    int64_t lowest_ms;
    int64_t highest_ms;
} wait_rows[] = {
    { "first retry", 2, -1, 0, 200 },
    { "second retry", 3, -1, 0, 400 },
    { "third retry", 4, -1, 0, 800 },
    { "just below the cap", 6, -1, 0, 3200 },
    { "capped", 7, -1, 0, 5000 },
    { "still capped", 40, -1, 0, 5000 },
    { "the largest attempt", UINT32_MAX, -1, 0, 5000 },
    { "Retry-After within the jitter", 4, 500, 500, 800 },
    { "Retry-After above the jitter", 2, 7000, 7000, 7000 },
    { "Retry-After of 0", 2, 0, 0, 200 },
};

static void row_has_full_jitter(void **state)
{
    const struct wait_row *row = *state;
    struct random random = { 1 };
    int64_t low = INT64_MAX;
    int64_t high = INT64_MIN;
    for (int i = 0; i < DRAWS; i++) {
        int64_t wait_ms = retry_wait_ms(&random, row->attempt, row->retry_after_ms);
        low = wait_ms < low ? wait_ms : low;
        high = wait_ms > high ? wait_ms : high;
    }
    int64_t span = row->highest_ms - row->lowest_ms;
    assert_in_range(low, row->lowest_ms, row->lowest_ms + span / 20);
    assert_in_range(high, row->highest_ms - span / 20, row->highest_ms);
}

static const struct due_row {
    const char *name;
    int64_t due_ms, period_ms, now_ms, next_ms;
} due_rows[] = {
    { "on time", 1000, 100, 1000, 1100 },
    { "1 ms early", 1000, 100, 999, 1100 },
    { "long before", 1000, 100, 0, 1100 },
    { "1 ms late", 1000, 100, 1001, 1100 },
    { "just short of a period late", 1000, 100, 1099, 1100 },
    { "a period late: one period is skipped", 1000, 100, 1100, 1200 },
    { "more than a period late", 1000, 100, 1101, 1200 },
    { "many periods late: no drift", 1000, 100, 9942, 10000 },
    { "shortest period", 5, 1, 5, 6 },
};

static void row_is_due(void **state)
{
    const struct due_row *row = *state;
    struct mono next =
        next_due((struct mono){ row->due_ms }, row->period_ms, (struct mono){ row->now_ms });
    assert_int_equal(next.ms, row->next_ms);
}

static void late_starts_do_not_drift(void **state)
{
    (void)state;
    struct random random = { 2 };
    struct mono due = { 17 };
    for (int i = 0; i < 10000; i++) {
        struct mono now = mono_after(due, random_below(&random, 95000));
        due = next_due(due, 30000, now);
        assert_int_equal(due.ms % 30000, 17);
        assert_in_range(due.ms - now.ms, 1, 30000);
    }
}

static void retries_come_out_in_order(void **state)
{
    (void)state;
    static struct retry_queue queue;
    static int64_t due_ms[RETRIES_WAITING_MAX];
    struct random random = { 3 };
    assert_int_equal(retry_queue_due(&queue).ms, MONO_NEVER.ms);
    for (uint32_t i = 0; i < RETRIES_WAITING_MAX; i++) {
        due_ms[i] = random_below(&random, 500);
        assert_true(retry_queue_put(&queue, (struct mono){ due_ms[i] }, i));
    }
    assert_false(retry_queue_put(&queue, (struct mono){ 0 }, 0));
    int64_t last_ms = 0;
    for (uint32_t i = 0; i < RETRIES_WAITING_MAX; i++) {
        struct mono due = retry_queue_due(&queue);
        uint32_t slot = retry_queue_take(&queue);
        assert_int_equal(due_ms[slot], due.ms);
        assert_true(due.ms >= last_ms);
        due_ms[slot] = -1; /* no slot is taken twice */
        last_ms = due.ms;
    }
    assert_int_equal(queue.count, 0);
}

static void retries_and_additions_mix(void **state)
{
    (void)state;
    static struct retry_queue queue;
    struct random random = { 4 };
    int64_t now_ms = 0;
    for (int i = 0; i < DRAWS; i++) {
        struct mono due = { now_ms + random_below(&random, 1000) };
        if (queue.count < 100 && random_below(&random, 2))
            assert_true(retry_queue_put(&queue, due, 0));
        if (queue.count == 0 || random_below(&random, 2))
            continue;
        assert_true(retry_queue_due(&queue).ms >= now_ms);
        now_ms = retry_queue_due(&queue).ms;
        retry_queue_take(&queue);
    }
}

static const struct breaker_row {
    const char *name;
    int32_t deployments;
    int32_t failures; /* failures that open it */
} breaker_rows[] = {
    { "one deployment: not single failures", 1, BREAKER_FAILURES_MIN },
    { "a few", BREAKER_FAILURES_MIN, BREAKER_FAILURES_MIN },
    { "as many as deployments", 70, 70 },
    { "the maximum", BREAKER_FAILURES_MAX, BREAKER_FAILURES_MAX },
    { "very many", 100000, BREAKER_FAILURES_MAX },
};

static void fail_times(struct breaker *breaker, int32_t deployments, int32_t times)
{
    for (int32_t i = 0; i < times; i++)
        assert_false(breaker_fail(breaker, deployments, (struct mono){ i }));
}

static void row_opens(void **state)
{
    const struct breaker_row *row = *state;
    struct breaker breaker = { 0 };
    fail_times(&breaker, row->deployments, row->failures - 1);
    assert_false(breaker.is_open);
    assert_true(breaker_fail(&breaker, row->deployments, (struct mono){ 999 }));
    assert_true(breaker.is_open);
    fail_times(&breaker, row->deployments, 100);
    assert_int_equal(breaker.opened.ms, 999);
    assert_true(breaker_succeed(&breaker));
    assert_false(breaker.is_open);
}

static void a_success_resets_the_count(void **state)
{
    (void)state;
    struct breaker breaker = { 0 };
    for (int i = 0; i < 10; i++) {
        fail_times(&breaker, 20, 19);
        assert_false(breaker_succeed(&breaker));
    }
    assert_false(breaker.is_open);
}

int main(void)
{
    struct CMUnitTest waits[COUNT_OF(wait_rows)];
    struct CMUnitTest dues[COUNT_OF(due_rows)];
    TESTS_FROM_ROWS(waits, wait_rows, row_has_full_jitter);
    TESTS_FROM_ROWS(dues, due_rows, row_is_due);
    struct CMUnitTest breakers[COUNT_OF(breaker_rows)];
    TESTS_FROM_ROWS(breakers, breaker_rows, row_opens);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_starts_do_not_drift),
        cmocka_unit_test(retries_come_out_in_order),
        cmocka_unit_test(retries_and_additions_mix),
        cmocka_unit_test(a_success_resets_the_count),
    };
    int failed = cmocka_run_group_tests_name("schedule: waits", waits, NULL, NULL);
    failed += cmocka_run_group_tests_name("schedule: due", dues, NULL, NULL);
    failed += cmocka_run_group_tests_name("schedule: breaker", breakers, NULL, NULL);
    failed += cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
    return failed;
}

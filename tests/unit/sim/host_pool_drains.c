/* Hosts that drain: they wait for their sessions, they are taken back, they are gone after their maximum. */
#include "tests/support/host_pool_fixture.h"
#include "tests/support/watched_heap.h"

static struct host_pool draining_pool(int64_t drain_ms_max)
{
    struct host_pool_config config = still_config();
    config.drain_ms_max = drain_ms_max;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 38);
    assert_int_equal(take_out(&pool, 4), 4);
    assert_int_equal(pool.draining_sessions, 14);
    return pool;
}

static const struct recall_row {
    const char *name;
    int32_t hosts;
    int32_t draining_at[PER_HOST + 1];
    int32_t booting;
} recall_rows[] = {
    { "the fullest is taken back", 1, { 0, 0, 1, 0, 2 }, 0 },
    { "all but the lightest are taken back", 3, { 0, 0, 1, 0, 0 }, 0 },
    { "all are taken back", 4, { 0, 0, 0, 0, 0 }, 0 },
    { "all are taken back and more ordered", 6, { 0, 0, 0, 0, 0 }, 2 },
};

static void check_recall(void **state)
{
    const struct recall_row *row = *state;
    struct host_pool pool = draining_pool(DRAIN_MS_MAX);
    order(&pool, row->hosts);
    assert_memory_equal(pool.draining_at, row->draining_at, sizeof row->draining_at);
    assert_int_equal(host_pool_booting_hosts(&pool), row->booting);
    assert_int_equal(pool.active_hosts + pool.draining_hosts, 10);
    assert_int_equal(pool.active_sessions + pool.draining_sessions, 38);
    assert_int_equal(pool.gone_hosts, 0);
    check_counts(&pool);
    host_pool_fini(&pool);
}

static void draining_hosts_wait_without_a_maximum(void **state)
{
    (void)state;
    struct host_pool pool = draining_pool(0);
    host_pool_advance(&pool, 365 * 24 * 60 * MINUTE_MS);
    assert_int_equal(pool.draining_hosts, 4);
    assert_null(pool.drains.moments_ms);
    host_pool_fini(&pool);
}

static void draining_hosts_are_gone_after_their_maximum(void **state)
{
    (void)state;
    struct host_pool pool = draining_pool(DRAIN_MS_MAX);
    host_pool_advance(&pool, DRAIN_MS_MAX - 1);
    assert_int_equal(pool.draining_hosts, 4);
    host_pool_advance(&pool, DRAIN_MS_MAX);
    assert_int_equal(pool.draining_hosts, 0);
    assert_int_equal(pool.draining_sessions, 0);
    assert_int_equal(pool.gone_hosts, 4);
    check_counts(&pool);

    /* What was played on them is wanted as before. */
    play(&pool, DRAIN_MS_MAX, 38);
    assert_int_equal(pool.active_sessions, 24);
    assert_int_equal(pool.turned_away, 14);
    host_pool_fini(&pool);
}

static const struct date_row {
    const char *name;
    int32_t ordered;
    int32_t left_after_first_date;
} date_rows[] = {
    { "the first removed go first", 0, 2 },
    { "the last removed are taken back first", 2, 0 },
    { "then those removed before", 4, 0 },
    { "a single one left has the first date", 5, 0 },
};

/* Four hosts are removed, and two more after a minute; then some are ordered. */
static void check_dates(void **state)
{
    const struct date_row *row = *state;
    struct host_pool pool = draining_pool(DRAIN_MS_MAX);
    play(&pool, MINUTE_MS, 38);
    assert_int_equal(take_out(&pool, 2), 2);
    if (row->ordered > 0)
        order(&pool, row->ordered);
    host_pool_advance(&pool, DRAIN_MS_MAX - 1);
    assert_int_equal(pool.draining_hosts, 6 - row->ordered);
    host_pool_advance(&pool, DRAIN_MS_MAX);
    assert_int_equal(pool.draining_hosts, row->left_after_first_date);
    host_pool_advance(&pool, DRAIN_MS_MAX + MINUTE_MS);
    assert_int_equal(pool.draining_hosts, 0);
    host_pool_fini(&pool);
}

/* One host a second; whenever the last session of one of them ends, the first date goes. */
static void who_leaves_early_leaves_the_later_dates_to_the_others(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.servers_per_host = 1;
    config.hosts = 100;
    config.session_ms = 4 * MINUTE_MS;
    config.drain_ms_max = 100 * SECOND_MS;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 100);
    for (int64_t second = 0; second < 100; second++) {
        play(&pool, second * SECOND_MS, 100);
        assert_int_equal(take_out(&pool, 1), 1);
    }
    int64_t early = pool.gone_hosts;
    assert_in_range(early, 5, 40);
    host_pool_advance(&pool, (100 + early) * SECOND_MS - 1);
    assert_int_equal(pool.draining_hosts, 100 - early);
    host_pool_advance(&pool, (100 + early) * SECOND_MS);
    assert_int_equal(pool.draining_hosts, 100 - early - 1);
    host_pool_fini(&pool);
}

/* Removed and ordered again for ever: no more is remembered than there are hosts. */
static void dates_do_not_pile_up(void **state)
{
    (void)state;
    struct host_pool pool = draining_pool(DRAIN_MS_MAX);
    for (int i = 0; i < 1000; i++) {
        order(&pool, 4);
        assert_int_equal(take_out(&pool, 4), 4);
    }
    assert_int_equal(pool.drains.count, 4);
    assert_int_equal(pool.drains.capacity, 4);
    host_pool_fini(&pool);
}

static void the_last_session_takes_its_host_along(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.session_ms = 10 * MINUTE_MS;
    config.drain_ms_max = 1000 * MINUTE_MS;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 40);
    assert_int_equal(take_out(&pool, 10), 10);
    for (int64_t now_ms = STEP_MS; now_ms < 400 * MINUTE_MS; now_ms += STEP_MS) {
        play(&pool, now_ms, 40);
        check_counts(&pool);
        assert_int_equal(pool.draining_hosts + pool.gone_hosts, 10);
    }
    assert_int_equal(pool.gone_hosts, 10);
    assert_int_equal(pool.turned_away, 40);
    host_pool_fini(&pool);
}

static void a_pool_can_be_finished_twice(void **state)
{
    (void)state;
    struct host_pool pool = draining_pool(DRAIN_MS_MAX);
    order(&pool, 100);
    host_pool_fini(&pool);
    host_pool_fini(&pool);
    assert_int_equal(watched_heap.live_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draining_hosts_wait_without_a_maximum),
        cmocka_unit_test(draining_hosts_are_gone_after_their_maximum),
        cmocka_unit_test(who_leaves_early_leaves_the_later_dates_to_the_others),
        cmocka_unit_test(dates_do_not_pile_up),
        cmocka_unit_test(the_last_session_takes_its_host_along),
        cmocka_unit_test(a_pool_can_be_finished_twice),
    };
    struct CMUnitTest recall_tests[COUNT_OF(recall_rows)];
    struct CMUnitTest date_tests[COUNT_OF(date_rows)];
    TESTS_FROM_ROWS(recall_tests, recall_rows, check_recall);
    TESTS_FROM_ROWS(date_tests, date_rows, check_dates);
    int failed = cmocka_run_group_tests_name("host pool", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool recalling", recall_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool dates", date_tests, NULL, NULL);
    return failed;
}

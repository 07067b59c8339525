/*
 * forecast_fixture - the forecast of one deployment, pass after pass.
 *
 * Include it in one .c file of a test: the functions and what they work on belong to that file. set_up begins without
 * a history. Time is simulated. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_FORECAST_FIXTURE_H
#define TESTS_SUPPORT_FORECAST_FIXTURE_H

#include "engine/core/forecast.h"
#include "tests/support/test.h"

#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define PASS_MS (30 * SECOND)
#define HORIZON_MS (150 * SECOND)
#define START_MS 1000000

static struct history history;
static struct pass_times times;
static struct forecast forecast;
static struct forecast_context context;
static struct mono now;
static struct outlook outlook;

static inline int set_up(void **state)
{
    (void)state;
    memset(&history, 0, sizeof history);
    memset(&times, 0, sizeof times);
    memset(&forecast, 0, sizeof forecast);
    memset(&outlook, 0, sizeof outlook);
    now = (struct mono){ START_MS };
    context = (struct forecast_context){
        .history = &history,
        .times = &times,
        .pass_interval_ms = PASS_MS,
        .horizon_ms = HORIZON_MS,
        .outage_hold_ms = 30 * MINUTE,
        .servers_per_host = 10,
        .is_trending = true,
    };
    return 0;
}

/* A pass begins this time after the last one, without a status of this deployment. */
static inline void miss_after(int64_t ms)
{
    now.ms += ms;
    pass_times_put(&times, ++context.pass, now);
}

static inline void see_free_after(int64_t ms, int32_t busy, int32_t free)
{
    miss_after(ms);
    context.busy_servers = busy;
    context.free_servers = free;
    history_put(&history, context.pass, &(struct history_sample){ busy, free, 1 });
    forecast_observe(&forecast, &context, &outlook);
    assert_true(outlook.rise_servers >= 0);
    assert_true(outlook.mean_error_servers >= 0);
    assert_true(outlook.peak_error_servers >= 0);
    assert_true(outlook.outage_left_ms >= 0);
}

static inline void see_after(int64_t ms, int32_t busy)
{
    see_free_after(ms, busy, 100);
}

static inline void see(int32_t busy)
{
    see_after(context.pass_interval_ms, busy);
}

static inline void see_times(int32_t count, int32_t busy)
{
    for (; count > 0; count--)
        see(busy);
}

static inline void check_no_rise_and_no_error(void)
{
    assert_int_equal(outlook.rise_servers, 0);
    assert_int_equal(outlook.mean_error_servers, 0);
    assert_int_equal(outlook.peak_error_servers, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

#endif

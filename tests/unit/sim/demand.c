#include "engine/sim/demand.h"
#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <stdlib.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define DAY_MS (MINUTE_MS * 60 * 24)

static struct demand make_demand(uint64_t key, int32_t peak)
{
    struct demand demand;
    demand_init(&demand, key, DAY_MS, 0, peak);
    return demand;
}

static void the_order_of_questions_does_not_matter(void **state)
{
    (void)state;
    struct demand demand = make_demand(5, 800);
    int32_t forwards[1000];
    for (int64_t i = 0; i < 1000; i++)
        forwards[i] = demand_at(&demand, i * 77777);
    for (int64_t i = 999; i >= 0; i--)
        assert_int_equal(demand_at(&demand, i * 77777), forwards[i]);
}

/* Noise of five deviations and the highest spike are the bounds. */
static void a_day_has_a_top_near_the_peak_and_a_valley(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 50; key++) {
        struct demand demand = make_demand(key, 10000);
        int64_t lowest = INT32_MAX, highest = 0;
        for (int64_t now_ms = 0; now_ms < DAY_MS; now_ms += MINUTE_MS) {
            lowest = min_i64(lowest, demand_at(&demand, now_ms));
            highest = max_i64(highest, demand_at(&demand, now_ms));
        }
        assert_in_range(highest, 9500, 16500);
        assert_in_range(lowest, 2200, 7000);
    }
}

static void a_spike_comes_now_and_then(void **state)
{
    (void)state;
    int with_spike = 0;
    for (uint64_t key = 1; key <= 200; key++) {
        struct demand demand = make_demand(key, 10000);
        int64_t highest = 0;
        for (int64_t now_ms = 0; now_ms < DAY_MS; now_ms += 5 * MINUTE_MS)
            highest = max_i64(highest, demand_at(&demand, now_ms));
        with_spike += highest > 11000;
    }
    assert_in_range(with_spike, 10, 120);
}

/* Against the mean of many deployments that differ in nothing but their noise. */
static void noise_deviates_by_about_the_root_of_the_load(void **state)
{
    (void)state;
    double variance = 0;
    int count = 0;
    for (uint64_t key = 1; key <= 2000; key++) {
        struct demand demand = make_demand(key, 2500);
        demand.phase_ms = MINUTE_MS * 60 * 20; /* the top: 2500, whatever the depth */
        double off = demand_at(&demand, 0) - 2500;
        if (off > 300)
            continue; /* a spike */
        variance += off * off;
        count++;
    }
    variance /= count;
    assert_true(variance > 0.6 * 2500 && variance < 2.2 * 2500);
}

static void neighbouring_seconds_are_alike(void **state)
{
    (void)state;
    for (uint64_t key = 1; key <= 20; key++) {
        struct demand demand = make_demand(key, 900);
        for (int64_t now_ms = 0; now_ms < DAY_MS / 4; now_ms += 1000) {
            int32_t step = demand_at(&demand, now_ms + 1000) - demand_at(&demand, now_ms);
            assert_in_range(abs(step), 0, 12);
        }
    }
}

static void a_curve_of_zero_has_no_players(void **state)
{
    (void)state;
    struct demand demand = make_demand(3, 0);
    for (int64_t now_ms = 0; now_ms < DAY_MS; now_ms += MINUTE_MS)
        assert_int_equal(demand_at(&demand, now_ms), 0);
}

/* A day of one millisecond and times of centuries are within the arithmetic. */
static void extremes_are_harmless(void **state)
{
    (void)state;
    struct demand demand;
    demand_init(&demand, 1, 1, 23, INT32_MAX);
    for (int64_t now_ms = 0; now_ms < 100; now_ms++)
        assert_true(demand_at(&demand, now_ms) >= 0);
    demand_init(&demand, 1, DAY_MS, 23, 1);
    assert_true(demand_at(&demand, INT64_MAX / 512) >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_questions_does_not_matter),
        cmocka_unit_test(a_day_has_a_top_near_the_peak_and_a_valley),
        cmocka_unit_test(a_spike_comes_now_and_then),
        cmocka_unit_test(noise_deviates_by_about_the_root_of_the_load),
        cmocka_unit_test(neighbouring_seconds_are_alike),
        cmocka_unit_test(a_curve_of_zero_has_no_players),
        cmocka_unit_test(extremes_are_harmless),
    };
    return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}

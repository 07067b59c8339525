#include "engine/core/growth.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#define MINUTE ((int64_t)60 * 1000)
#define DAY (24 * 60 * MINUTE)
#define PACE (2 * MINUTE)
#define PER_HOST 10
#define KNOWN_HOSTS 10
#define ORDERS 5000

static struct mono at(int64_t ms)
{
    return (struct mono){ ms };
}

/* --- the account ------------------------------------------------------------------------------------------- */

struct past {
    size_t count;
    int64_t times_ms[ORDERS];
    int32_t hosts[ORDERS];
};

/* Slow and obvious: all orders younger than an age. */
static int64_t ordered(const struct past *past, int64_t now_ms, int64_t age_ms)
{
    int64_t sum = 0;
    for (size_t i = 0; i < past->count; i++)
        if (now_ms - past->times_ms[i] < age_ms)
            sum += past->hosts[i];
    return sum;
}

static void check_account(const struct growth *growth, const struct past *past, int64_t now_ms)
{
    int64_t hosts = growth_hosts(growth, at(now_ms));
    assert_true(hosts >= ordered(past, now_ms, GROWTH_HOUR_MS));
    assert_true(hosts <= ordered(past, now_ms, GROWTH_HOUR_MS + GROWTH_BUCKET_MS));
    int64_t left_ms = growth_left_ms(growth, at(now_ms));
    assert_int_equal(left_ms == 0, hosts == 0);
    if (hosts > 0) {
        assert_int_equal(growth_hosts(growth, at(now_ms + left_ms - 1)), hosts);
        assert_true(growth_hosts(growth, at(now_ms + left_ms)) < hosts);
    }
}

static const struct pace_row {
    const char *name;
    int64_t begin_ms;
    int64_t pause_ms;
} pace_rows[] = {
    { "dense", 0, 30000 },
    { "usual", DAY, 4 * MINUTE },
    { "at each border", 7 * DAY, 20 * MINUTE },
    { "with gaps of hours", (int64_t)1 << 40, 300 * MINUTE },
};

static void an_order_counts_for_an_hour(void **state)
{
    static struct past past;
    const struct pace_row *row = *state;
    struct random random = { 3 };
    struct growth growth = { 0 };
    int64_t now_ms = row->begin_ms;
    past.count = 0;
    while (past.count < ORDERS) {
        now_ms += random_below(&random, row->pause_ms + 1);
        check_account(&growth, &past, now_ms);
        int32_t hosts = 1 + (int32_t)random_below(&random, 50);
        growth_add(&growth, hosts, at(now_ms));
        past.times_ms[past.count] = now_ms;
        past.hosts[past.count++] = hosts;
        check_account(&growth, &past, now_ms);
        if (random_below(&random, 3) > 0)
            continue;
        int64_t sent_ms = now_ms;
        now_ms += random_below(&random, 3 * GROWTH_BUCKET_MS);
        growth_take_back(&growth, hosts, at(sent_ms));
        past.hosts[past.count - 1] = 0;
        check_account(&growth, &past, now_ms);
    }
}

static void nothing_is_taken_back_from_later_orders(void **state)
{
    (void)state;
    struct growth growth = { 0 };
    growth_add(&growth, 5, at(0));
    growth_add(&growth, 7, at(2 * GROWTH_HOUR_MS));
    growth_take_back(&growth, 5, at(0));
    assert_int_equal(growth_hosts(&growth, at(2 * GROWTH_HOUR_MS)), 7);
    growth_take_back(&growth, 9, at(2 * GROWTH_HOUR_MS));
    assert_int_equal(growth_hosts(&growth, at(2 * GROWTH_HOUR_MS)), 0);
}

static void the_account_saturates(void **state)
{
    (void)state;
    struct growth growth = { 0 };
    for (int i = 0; i < 3; i++)
        growth_add(&growth, INT32_MAX, at(i * GROWTH_BUCKET_MS));
    assert_int_equal(growth_hosts(&growth, at(2 * GROWTH_BUCKET_MS)), INT32_MAX);
}

static void without_an_account_nothing_was_ordered(void **state)
{
    (void)state;
    assert_int_equal(growth_hosts(NULL, at(0)), 0);
    assert_int_equal(growth_left_ms(NULL, at(0)), 0);
    assert_int_equal(growth_wait_ms(NULL, at(0)), 0);
    growth_observe(NULL, &(struct status){ 1, 10, 0 }, false);
}

/* --- the base ---------------------------------------------------------------------------------------------- */

static const struct enough_row {
    const char *name;
    struct status status;
    int32_t target_free_ppb;
    bool is_enough;
} enough_rows[] = {
    { "at the target", { 10, 100, 10 }, 10 * SHARE_PERCENT, true },
    { "one server less", { 10, 100, 9 }, 10 * SHARE_PERCENT, false },
    { "no target, a free server", { 10, 100, 1 }, 0, true },
    { "no target, none is free", { 10, 100, 0 }, 0, false },
    { "no servers", { 10, 0, 0 }, 0, false },
    { "the largest counts", { INT32_MAX, INT32_MAX, INT32_MAX }, SHARE_WHOLE - 1, true },
};

static void check_enough(void **state)
{
    const struct enough_row *row = *state;
    assert_int_equal(growth_is_enough(&row->status, row->target_free_ppb), row->is_enough);
}

/* Statuses one after the other: hosts, of which some serve. */
static void see(struct growth_base *base, int32_t hosts, int32_t serving, bool is_enough,
                int64_t at_ms)
{
    growth_base_observe(base, &(struct status){ hosts, serving * PER_HOST, 0 }, PER_HOST, is_enough,
                        true, at(at_ms));
}

static void first_see(struct growth_base *base, int32_t hosts, int64_t at_ms)
{
    growth_base_observe(base, &(struct status){ 77, 0, 0 }, PER_HOST, false, false, at(at_ms));
    assert_int_equal(growth_base_hosts(base), 0);
    growth_base_observe(base, &(struct status){ hosts, 0, 0 }, PER_HOST, false, true, at(at_ms));
}

static void the_first_status_counts_as_it_is(void **state)
{
    (void)state;
    struct growth_base base = { 0 };
    first_see(&base, 30, 7 * DAY);
    assert_int_equal(growth_base_hosts(&base), 30);
}

static void hosts_count_when_two_statuses_show_that_they_are_enough(void **state)
{
    (void)state;
    struct growth_base base = { 0 };
    first_see(&base, 30, 0);
    see(&base, 40, 40, true, 0);
    assert_int_equal(growth_base_hosts(&base), 30);
    see(&base, 50, 50, false, 0);
    see(&base, 50, 50, true, 0);
    assert_int_equal(growth_base_hosts(&base), 30);
    see(&base, 50, 45, true, 0);
    assert_int_equal(growth_base_hosts(&base), 45);
}

static void the_base_is_the_most_of_a_day_at_least_and_of_two_at_most(void **state)
{
    (void)state;
    for (int64_t since_ms = 0; since_ms < DAY; since_ms += DAY / 7) {
        struct growth_base base = { 0 };
        first_see(&base, 800, 5 * DAY + since_ms);
        for (int64_t age_ms = 0; age_ms < 3 * DAY; age_ms += 10 * MINUTE) {
            see(&base, 8, 8, true, 5 * DAY + since_ms + age_ms);
            int32_t hosts = growth_base_hosts(&base);
            assert_true(hosts == 800 || age_ms >= DAY);
            assert_true(hosts == 100 || age_ms < 2 * DAY);
        }
    }
}

static void a_fleet_that_is_never_enough_has_the_base_of_its_start(void **state)
{
    (void)state;
    struct growth_base base = { 0 };
    first_see(&base, 80, 0);
    for (int64_t at_ms = 0; at_ms < 9 * DAY; at_ms += 60 * MINUTE)
        see(&base, 9999, 9999, false, at_ms);
    assert_int_equal(growth_base_hosts(&base), 80 / GROWTH_EVER_PARTS);
}

/* --- orders without effect --------------------------------------------------------------------------------- */

static struct growth growth;
static int64_t now_ms;

/* A status; then an order is sent, unless it waits. True: the event. */
static bool round_of(int32_t total, int32_t free_servers)
{
    struct status status = { total / PER_HOST, total, free_servers };
    growth_observe(&growth, &status, growth_is_enough(&status, 10 * SHARE_PERCENT));
    return growth_wait_ms(&growth, at(now_ms)) == 0 &&
           growth_note_order(&growth, &status, PER_HOST, KNOWN_HOSTS, PACE, at(now_ms));
}

static void set_scene(void)
{
    growth = (struct growth){ 0 };
    now_ms = DAY;
}

static void four_times_the_servers_without_a_free_one_slow_down(void **state)
{
    (void)state;
    set_scene();
    static const int32_t totals[] = { 100, 130, 200, 399 };
    for (size_t i = 0; i < COUNT_OF(totals); i++) {
        assert_false(round_of(totals[i], 0));
        assert_true(growth_wait_ms(&growth, at(now_ms)) == 0);
    }
    assert_true(round_of(400, 0));
    assert_true(growth_wait_ms(&growth, at(now_ms)) == 2 * PACE);
}

static void three_rounds_are_never_slowed(void **state)
{
    (void)state;
    set_scene();
    assert_false(round_of(100, 0));
    assert_false(round_of(1000, 0));
    assert_false(round_of(2000, 0));
    assert_true(growth_wait_ms(&growth, at(now_ms)) == 0);
    assert_true(round_of(3000, 0));
}

static void a_small_fleet_is_not_slowed(void **state)
{
    (void)state;
    set_scene();
    for (int32_t total = 10; total < 10 + GROWTH_SERVERS_MIN / GROWTH_TIMES; total += 30)
        assert_false(round_of(total, 0));
    assert_true(growth_wait_ms(&growth, at(now_ms)) == 0);
    assert_true(round_of(10 + GROWTH_SERVERS_MIN / GROWTH_TIMES, 0));
}

static void a_size_that_was_enough_before_is_not_slowed(void **state)
{
    (void)state;
    set_scene();
    struct status status = { 0 };
    for (int32_t hosts = 10; hosts < 500; hosts += 49) {
        status = (struct status){ hosts, hosts * PER_HOST, 0 };
        assert_false(growth_note_order(&growth, &status, PER_HOST, 500, PACE, at(now_ms)));
    }
    status = (struct status){ 500, 5000, 0 };
    assert_true(growth_note_order(&growth, &status, PER_HOST, 500, PACE, at(now_ms)));
}

/* Two paces, four, eight ... an hour. The event comes once. */
/* The same hosts with a tenth of the servers. */
static void a_change_of_host_size_ends_no_series(void **state)
{
    (void)state;
    set_scene();
    assert_false(round_of(1000, 0));
    assert_false(round_of(8000, 0));
    growth_resize(&growth, 10 * PER_HOST, PER_HOST);
    assert_false(round_of(820, 0));
    assert_true(round_of(840, 0));
    growth_resize(&growth, 0, PER_HOST);
    growth_resize(NULL, PER_HOST, 2 * PER_HOST);
    assert_int_equal(growth.latest_servers, 840);
    growth_resize(&growth, 1, INT32_MAX);
    assert_int_equal(growth.latest_servers, INT32_MAX);
}

static void the_pace_doubles_up_to_an_hour(void **state)
{
    (void)state;
    set_scene();
    int32_t total = 100;
    for (; total < 700; total += 200)
        round_of(total, 0);
    int64_t pace_ms = PACE;
    for (int i = 0; i < 40; i++) {
        bool is_news = round_of(total, 0);
        pace_ms = min_i64(2 * pace_ms, GROWTH_HOUR_MS);
        assert_int_equal(is_news, i == 0);
        assert_true(growth_wait_ms(&growth, at(now_ms)) == pace_ms);
        now_ms += pace_ms;
        total += 100;
    }
}

static void without_new_servers_the_pace_stays(void **state)
{
    (void)state;
    set_scene();
    for (int32_t total = 100; total <= 700; total += 200)
        round_of(total, 0);
    int64_t pace_ms = growth_wait_ms(&growth, at(now_ms));
    for (int i = 0; i < 9; i++) {
        now_ms += pace_ms;
        round_of(700, 0);
        assert_true(growth_wait_ms(&growth, at(now_ms)) == pace_ms);
    }
}

static const struct effect_row {
    const char *name;
    int32_t first_total, first_free;
    int32_t total, free_servers;
    bool is_effect;
} effect_rows[] = {
    { "none is free", 100, 0, 800, 0, false },
    { "one is free where none was", 100, 0, 800, 1, true },
    { "a few more than the same share are free", 100, 5, 800, 60, false },
    { "as many are free as before", 100, 5, 800, 5, false },
    { "the same share is free", 100, 5, 800, 40, false },
    { "the same share, rounded", 107, 5, 803, 40, false },
    { "a higher share is free", 100, 5, 800, 61, true },
    { "the target is met", 100, 0, 800, 80, true },
    { "the servers that came have left", 100, 0, 90, 0, true },
};

static void check_effect(void **state)
{
    const struct effect_row *row = *state;
    set_scene();
    struct status status = { 80, row->first_total, row->first_free };
    growth_note_order(&growth, &status, PER_HOST, KNOWN_HOSTS, PACE, at(now_ms));
    status = (struct status){ 80, row->total, row->free_servers };
    growth_observe(&growth, &status, growth_is_enough(&status, 10 * SHARE_PERCENT));
    assert_int_equal(!growth.is_watching, row->is_effect);
}

/* The share is the same or lower all the time: demand rises, too. */
static void half_of_the_last_servers_that_are_free_are_an_effect(void **state)
{
    (void)state;
    set_scene();
    struct status first = { 10, 100, 90 };
    growth_note_order(&growth, &first, PER_HOST, KNOWN_HOSTS, PACE, at(now_ms));
    growth_observe(&growth, &(struct status){ 20, 200, 139 }, false);
    assert_true(growth.is_watching);
    struct status latest = { 20, 200, 60 };
    growth_note_order(&growth, &latest, PER_HOST, KNOWN_HOSTS, PACE, at(now_ms));
    growth_observe(&growth, &(struct status){ 20, 200, 70 }, false);
    assert_true(growth.is_watching);
    growth_observe(&growth, &(struct status){ 30, 300, 109 }, false);
    assert_true(growth.is_watching);
    growth_observe(&growth, &(struct status){ 30, 300, 110 }, false);
    assert_false(growth.is_watching);
}

static void a_free_share_that_rises_ends_the_wait(void **state)
{
    (void)state;
    set_scene();
    for (int32_t total = 100; total <= 700; total += 200)
        round_of(total, 0);
    assert_true(growth_wait_ms(&growth, at(now_ms)) > 0);
    struct status status = { 80, 800, 60 };
    growth_observe(&growth, &status, false);
    assert_true(growth_wait_ms(&growth, at(now_ms)) == 0);
    assert_false(round_of(800, 60));
}

static void an_account_is_over_when_nothing_counts(void **state)
{
    (void)state;
    set_scene();
    growth_add(&growth, 3, at(now_ms));
    assert_false(growth_is_over(&growth, at(now_ms)));
    int64_t later_ms = now_ms + GROWTH_HOUR_MS + GROWTH_BUCKET_MS;
    assert_true(growth_is_over(&growth, at(later_ms)));
    round_of(100, 0);
    assert_false(growth_is_over(&growth, at(later_ms)));
    growth_observe(&growth, &(struct status){ 10, 100, 50 }, true);
    assert_true(growth_is_over(&growth, at(later_ms)));
}

int main(void)
{
    struct CMUnitTest paces[COUNT_OF(pace_rows)];
    struct CMUnitTest enough[COUNT_OF(enough_rows)];
    struct CMUnitTest effects[COUNT_OF(effect_rows)];
    TESTS_FROM_ROWS(paces, pace_rows, an_order_counts_for_an_hour);
    TESTS_FROM_ROWS(enough, enough_rows, check_enough);
    TESTS_FROM_ROWS(effects, effect_rows, check_effect);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_taken_back_from_later_orders),
        cmocka_unit_test(the_account_saturates),
        cmocka_unit_test(without_an_account_nothing_was_ordered),
        cmocka_unit_test(the_first_status_counts_as_it_is),
        cmocka_unit_test(hosts_count_when_two_statuses_show_that_they_are_enough),
        cmocka_unit_test(the_base_is_the_most_of_a_day_at_least_and_of_two_at_most),
        cmocka_unit_test(a_fleet_that_is_never_enough_has_the_base_of_its_start),
        cmocka_unit_test(four_times_the_servers_without_a_free_one_slow_down),
        cmocka_unit_test(three_rounds_are_never_slowed),
        cmocka_unit_test(a_small_fleet_is_not_slowed),
        cmocka_unit_test(a_size_that_was_enough_before_is_not_slowed),
        cmocka_unit_test(a_change_of_host_size_ends_no_series),
        cmocka_unit_test(the_pace_doubles_up_to_an_hour),
        cmocka_unit_test(without_new_servers_the_pace_stays),
        cmocka_unit_test(half_of_the_last_servers_that_are_free_are_an_effect),
        cmocka_unit_test(a_free_share_that_rises_ends_the_wait),
        cmocka_unit_test(an_account_is_over_when_nothing_counts),
    };
    return (cmocka_run_group_tests_name("account", paces, NULL, NULL) |
            cmocka_run_group_tests_name("enough", enough, NULL, NULL) |
            cmocka_run_group_tests_name("effect", effects, NULL, NULL) |
            cmocka_run_group_tests_name("growth", tests, NULL, NULL));
}

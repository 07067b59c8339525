/* Boots, where sessions begin and end, hosts that are removed, and what holds for every pool. */
#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/host_pool_fixture.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool pools_are_equal(const struct host_pool *one, const struct host_pool *other)
{
    size_t levels_size = 2 * ((size_t)one->config.servers_per_host + 1) * sizeof *one->active_at;
    return one->random.state == other->random.state && one->now_ms == other->now_ms &&
           memcmp(one->active_at, other->active_at, levels_size) == 0 &&
           one->boots.count == other->boots.count && one->drains.count == other->drains.count &&
           one->boot_number == other->boot_number && one->turned_away == other->turned_away &&
           one->gone_hosts == other->gone_hosts;
}

/* ---- boots ---- */

static int compare_i64(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a;
    int64_t other = *(const int64_t *)b;
    return (one > other) - (one < other);
}

#define BOOTS 1000

/* One after the other, and each to the millisecond. */
static void draw_boots(int64_t boot_ms, int64_t ret_boots_ms[BOOTS])
{
    struct host_pool_config config = still_config();
    config.boot_ms = boot_ms;
    struct host_pool pool = make_pool(config);
    order(&pool, BOOTS);
    size_t booted = 0;
    for (int64_t now_ms = 0; booted < BOOTS; now_ms++) {
        host_pool_advance(&pool, now_ms);
        for (; booted < (size_t)pool.active_hosts - 10; booted++)
            ret_boots_ms[booted] = now_ms;
    }
    host_pool_fini(&pool);
}

static void boot_times_are_log_normal_between_half_and_double(void **state)
{
    (void)state;
    int64_t boots_ms[BOOTS];
    draw_boots(10000, boots_ms);
    qsort(boots_ms, BOOTS, sizeof boots_ms[0], compare_i64);
    assert_in_range(boots_ms[0], 5000, 6300);
    assert_in_range(boots_ms[BOOTS - 1], 15900, 20000);
    /* Five deviations of the estimate; the mean of the distribution is exp(0.25^2 / 2) of its median. */
    assert_in_range(boots_ms[BOOTS / 2], 9500, 10500);
    assert_in_range(boots_ms[BOOTS * 21186 / 100000], 7700, 8700);
    double sum = 0;
    for (size_t i = 0; i < BOOTS; i++)
        sum += (double)boots_ms[i];
    assert_true(fabs(sum / BOOTS - 10317) < 5 * 2600 / sqrt(BOOTS));
}

static void a_boot_without_length_is_over_at_once(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.boot_ms = 0;
    struct host_pool pool = make_pool(config);
    play(&pool, 5, 0);
    order(&pool, 3);
    host_pool_advance(&pool, 5);
    assert_int_equal(pool.active_hosts, 13);
    assert_int_equal(host_pool_booting_hosts(&pool), 0);
    host_pool_fini(&pool);
}

static void booted_hosts_are_empty_until_the_next_step(void **state)
{
    (void)state;
    struct host_pool pool = make_pool(still_config());
    play(&pool, 0, 50);
    assert_int_equal(pool.turned_away, 10);
    order(&pool, 3);
    assert_int_equal(host_pool_booting_hosts(&pool), 3);
    assert_int_equal(host_pool_servers(&pool), 40);
    host_pool_advance(&pool, 2 * BOOT_MS);
    assert_int_equal(host_pool_booting_hosts(&pool), 0);
    assert_int_equal(pool.active_at[0], 3);
    assert_int_equal(pool.active_sessions, 40);
    play(&pool, 2 * BOOT_MS, 50);
    assert_int_equal(pool.active_sessions, 50);
    assert_int_equal(pool.turned_away, 0);
    check_counts(&pool);
    host_pool_fini(&pool);
}

static void boots_do_not_depend_on_sessions(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.session_ms = 10 * MINUTE_MS;
    struct host_pool quiet = make_pool(config);
    struct host_pool busy = make_pool(config);
    struct random random = { 2 };
    for (int64_t now_ms = 0; now_ms < 100 * MINUTE_MS; now_ms += STEP_MS) {
        play(&quiet, now_ms, 0);
        play(&busy, now_ms, random_below(&random, 80));
        if (now_ms % (4 * MINUTE_MS) == 0) {
            order(&quiet, 2);
            order(&busy, 2);
        }
        assert_int_equal(quiet.active_hosts, busy.active_hosts);
        assert_int_equal(host_pool_booting_hosts(&quiet), host_pool_booting_hosts(&busy));
    }
    host_pool_fini(&quiet);
    host_pool_fini(&busy);
}

/* ---- where sessions begin ---- */

static const struct placement_row {
    const char *name;
    enum placement placement;
    int64_t wanted[3]; /* one step after the other; never falling, so that nothing is random */
    int64_t servers_max;
    int32_t active_at[PER_HOST + 1];
    int64_t turned_away;
} placement_rows[] = {
    /* clang-format off */
    { "packed onto as few as can be",   PLACEMENT_PACK,   {  0,  0,  9 }, INT64_MAX, { 7, 1, 0, 0, 2 },  0 },
    { "packed on top of a host begun",  PLACEMENT_PACK,   {  1,  6, 11 }, INT64_MAX, { 7, 0, 0, 1, 2 },  0 },
    { "spread over as many as can be",  PLACEMENT_SPREAD, {  0,  0,  9 }, INT64_MAX, { 1, 9, 0, 0, 0 },  0 },
    { "spread in further rounds",       PLACEMENT_SPREAD, {  3, 14, 33 }, INT64_MAX, { 0, 0, 0, 7, 3 },  0 },
    { "packed until all is full",       PLACEMENT_PACK,   {  5, 40, 40 }, INT64_MAX, { 0, 0, 0, 0, 10 }, 0 },
    { "turned away when packed full",   PLACEMENT_PACK,   {  5, 39, 47 }, INT64_MAX, { 0, 0, 0, 0, 10 }, 7 },
    { "turned away when spread full",   PLACEMENT_SPREAD, {  5, 39, 47 }, INT64_MAX, { 0, 0, 0, 0, 10 }, 7 },
    { "turned away by a lower maximum", PLACEMENT_PACK,   {  5,  9, 47 }, 10,        { 7, 0, 1, 0, 2 },  37 },
    { "turned away by a maximum of 0",  PLACEMENT_SPREAD, {  0,  1,  2 }, 0,         { 10, 0, 0, 0, 0 }, 2 },
    { "more hosts turn none away",      PLACEMENT_PACK,   {  0,  1,  2 }, 41,        { 9, 0, 1, 0, 0 },  0 },
    /* clang-format on */
};

static void check_placement(void **state)
{
    const struct placement_row *row = *state;
    struct host_pool_config config = still_config();
    config.placement = row->placement;
    struct host_pool pool = make_pool(config);
    for (int i = 0; i < 3; i++) {
        host_pool_step(&pool, i * STEP_MS, row->wanted[i], row->servers_max);
        check_counts(&pool);
    }
    assert_memory_equal(pool.active_at, row->active_at, sizeof row->active_at);
    assert_int_equal(pool.turned_away, row->turned_away);
    host_pool_fini(&pool);
}

/* Each session looks through all hosts for its own. */
static int32_t choose_slowly(const int32_t sessions[], int32_t hosts, enum placement placement)
{
    int32_t best = -1;
    for (int32_t i = 0; i < hosts; i++) {
        if (sessions[i] == PER_HOST)
            continue;
        bool is_better = best < 0 || (placement == PLACEMENT_PACK ? sessions[i] > sessions[best]
                                                                  : sessions[i] < sessions[best]);
        best = is_better ? i : best;
    }
    return best;
}

static void check_against_one_at_a_time(enum placement placement, int64_t first, int64_t second)
{
    struct host_pool_config config = still_config();
    config.placement = placement;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, first);
    play(&pool, 1, second);
    int32_t sessions[10] = { 0 };
    for (int64_t i = 0; i < second; i++)
        sessions[choose_slowly(sessions, 10, placement)]++;
    int32_t active_at[PER_HOST + 1] = { 0 };
    for (size_t i = 0; i < 10; i++)
        active_at[sessions[i]]++;
    assert_memory_equal(pool.active_at, active_at, sizeof active_at);
    host_pool_fini(&pool);
}

static void many_begin_as_if_one_after_the_other(void **state)
{
    (void)state;
    for (int64_t first = 0; first <= 40; first++)
        for (int64_t second = first; second <= 40; second++) {
            check_against_one_at_a_time(PLACEMENT_PACK, first, second);
            check_against_one_at_a_time(PLACEMENT_SPREAD, first, second);
        }
}

/* ---- where sessions end ---- */

/* On draining hosts nothing begins again, so what is left there tells how long sessions are. */
static void sessions_are_of_exponential_length(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.servers_per_host = 10;
    config.hosts = 2000;
    config.session_ms = 10 * MINUTE_MS;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 20000);
    assert_int_equal(take_out(&pool, 2000), 2000);
    for (int64_t now_ms = STEP_MS; now_ms <= 30 * MINUTE_MS; now_ms += STEP_MS) {
        play(&pool, now_ms, 0);
        double left = exp(-(double)now_ms / (double)config.session_ms);
        double deviation = sqrt(20000 * left * (1 - left));
        assert_true(fabs((double)pool.draining_sessions - 20000 * left) <= 5 * deviation);
        check_counts(&pool);
    }
    host_pool_fini(&pool);
}

/* And when the wait for a step is longer, as many are over. */
static void a_long_step_ends_as_many_as_short_ones(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.hosts = 5000;
    config.session_ms = 10 * MINUTE_MS;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 20000);
    assert_int_equal(take_out(&pool, 5000), 5000);
    host_pool_advance(&pool, 3 * MINUTE_MS);
    assert_int_equal(pool.draining_sessions, 20000);
    play(&pool, 10 * MINUTE_MS, 0);
    double left = exp(-1);
    assert_true(fabs((double)pool.draining_sessions - 20000 * left) <=
                5 * sqrt(20000 * left * (1 - left)));
    host_pool_fini(&pool);
}

static void fewer_wanted_end_at_once_and_evenly(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.hosts = 10000;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 40000);
    play(&pool, 0, 20000);
    assert_int_equal(pool.active_sessions, 20000);
    assert_int_equal(pool.turned_away, 0);
    check_counts(&pool);
    /* Of four sessions about two are left: 1, 4, 6, 4, 1 of sixteen hosts. */
    static const double parts[] = { 1, 4, 6, 4, 1 };
    for (size_t i = 0; i <= PER_HOST; i++)
        assert_true(fabs(pool.active_at[i] - 625 * parts[i]) < 5 * sqrt(625 * parts[i]));
    host_pool_fini(&pool);
}

static void sessions_of_draining_hosts_count_as_wanted_ones(void **state)
{
    (void)state;
    struct host_pool pool = make_pool(still_config());
    play(&pool, 0, 38);
    assert_int_equal(take_out(&pool, 2), 2);
    assert_int_equal(pool.draining_sessions, 6);
    play(&pool, STEP_MS, 20);
    assert_int_equal(pool.active_sessions, 14);
    play(&pool, 2 * STEP_MS, 3);
    assert_int_equal(pool.active_sessions, 0);
    assert_int_equal(pool.draining_sessions, 6);
    play(&pool, 3 * STEP_MS, 40);
    assert_int_equal(pool.active_sessions, 32);
    assert_int_equal(pool.turned_away, 2);
    host_pool_fini(&pool);
}

/* ---- removing ---- */

/* Ten hosts, two of them empty, one with two sessions, seven full; three more boot. */
static const struct removal_row {
    const char *name;
    bool is_cancelling;
    bool is_draining;
    int32_t hosts;
    int32_t removed;
    int32_t active_at[PER_HOST + 1];
    int32_t booting;
    int32_t draining_at[PER_HOST + 1];
    int64_t gone_hosts;
} removal_rows[] = {
    /* clang-format off */
    { "an empty one",                 true,  true,  1,   1,  { 1, 0, 1, 0, 7 }, 3, { 0, 0, 0, 0, 0 }, 1 },
    { "all empty ones",               true,  true,  2,   2,  { 0, 0, 1, 0, 7 }, 3, { 0, 0, 0, 0, 0 }, 2 },
    { "one that boots",               true,  true,  3,   3,  { 0, 0, 1, 0, 7 }, 2, { 0, 0, 0, 0, 0 }, 3 },
    { "all that boot",                true,  true,  5,   5,  { 0, 0, 1, 0, 7 }, 0, { 0, 0, 0, 0, 0 }, 5 },
    { "the lightest drains",          true,  true,  6,   6,  { 0, 0, 0, 0, 7 }, 0, { 0, 0, 1, 0, 0 }, 5 },
    { "the next one drains as well",  true,  true,  7,   7,  { 0, 0, 0, 0, 6 }, 0, { 0, 0, 1, 0, 1 }, 5 },
    { "all of them",                  true,  true,  13,  13, { 0, 0, 0, 0, 0 }, 0, { 0, 0, 1, 0, 7 }, 5 },
    { "more than there are",          true,  true,  100, 13, { 0, 0, 0, 0, 0 }, 0, { 0, 0, 1, 0, 7 }, 5 },
    { "the largest number",     true, true, INT32_MAX,   13, { 0, 0, 0, 0, 0 }, 0, { 0, 0, 1, 0, 7 }, 5 },
    { "none that boots",              false, true,  3,   3,  { 0, 0, 0, 0, 7 }, 3, { 0, 0, 1, 0, 0 }, 2 },
    { "none that is played on",       true,  false, 9,   5,  { 0, 0, 1, 0, 7 }, 0, { 0, 0, 0, 0, 0 }, 5 },
    { "none but the empty ones",      false, false, 9,   2,  { 0, 0, 1, 0, 7 }, 3, { 0, 0, 0, 0, 0 }, 2 },
    /* clang-format on */
};

static void check_removal(void **state)
{
    const struct removal_row *row = *state;
    struct host_pool_config config = still_config();
    config.is_cancelling = row->is_cancelling;
    config.is_draining = row->is_draining;
    config.drain_ms_max = DRAIN_MS_MAX;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 30);
    order(&pool, 3);
    assert_int_equal(take_out(&pool, row->hosts), row->removed);
    assert_memory_equal(pool.active_at, row->active_at, sizeof row->active_at);
    assert_memory_equal(pool.draining_at, row->draining_at, sizeof row->draining_at);
    assert_int_equal(host_pool_booting_hosts(&pool), row->booting);
    assert_int_equal(pool.gone_hosts, row->gone_hosts);
    check_counts(&pool);
    host_pool_fini(&pool);
}

static void nothing_can_be_removed_from_nothing(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    config.hosts = 0;
    struct host_pool pool = make_pool(config);
    play(&pool, 0, 5);
    assert_int_equal(pool.turned_away, 5);
    assert_int_equal(take_out(&pool, 3), 0);
    check_counts(&pool);
    host_pool_fini(&pool);
}

/* ---- always ---- */

static const struct world_row {
    const char *name;
    int32_t servers_per_host;
    int64_t drain_ms_max;
    enum placement placement;
    bool is_draining;
    bool is_cancelling;
} world_rows[] = {
    /* clang-format off */
    { "packed, draining with a maximum",     10,   DRAIN_MS_MAX, PLACEMENT_PACK,   true,  true  },
    { "packed, draining without one",        10,   0,            PLACEMENT_PACK,   true,  true  },
    { "packed, nothing but empty ones go",   6,    0,            PLACEMENT_PACK,   false, false },
    { "spread, draining with a maximum",     10,   DRAIN_MS_MAX, PLACEMENT_SPREAD, true,  false },
    { "spread, nothing drains",              4,    DRAIN_MS_MAX, PLACEMENT_SPREAD, false, true  },
    { "one server a host",                   1,    DRAIN_MS_MAX, PLACEMENT_PACK,   true,  true  },
    { "one server a host, spread",           1,    0,            PLACEMENT_SPREAD, true,  true  },
    { "as many servers a host as there are", 1000, DRAIN_MS_MAX, PLACEMENT_PACK,   true,  true  },
    /* clang-format on */
};

static struct host_pool world_pool(const struct world_row *row, uint64_t key)
{
    return make_pool((struct host_pool_config){
        .key = key,
        .servers_per_host = row->servers_per_host,
        .hosts = 10,
        .boot_ms = BOOT_MS,
        .session_ms = 10 * MINUTE_MS,
        .drain_ms_max = row->drain_ms_max,
        .placement = row->placement,
        .is_draining = row->is_draining,
        .is_cancelling = row->is_cancelling,
    });
}

/* Steps, orders and removals at random; with `has_glances` the hosts are looked at in between as well. */
static void live(struct host_pool *pool, struct random *random, bool has_glances)
{
    int64_t passed_ms = random_below(random, 2 * STEP_MS);
    int64_t wanted = random_below(random, 20 * pool->config.servers_per_host);
    bool is_limited = random_below(random, 4) == 0;
    int64_t servers_max = is_limited ? 10 * pool->config.servers_per_host : POOL_SERVERS_UNLIMITED;
    int32_t hosts = (int32_t)random_below(random, 6) + 1;
    int64_t to_do = random_below(random, 8);

    int64_t now_ms = pool->now_ms + passed_ms;
    for (int64_t glances = has_glances ? 5 : 0; glances > 0; glances--)
        host_pool_advance(pool, now_ms - floor_div(passed_ms * glances, 6));
    if (to_do < 6)
        host_pool_step(pool, now_ms, wanted, servers_max);
    else
        host_pool_advance(pool, now_ms);
    if (to_do % 3 == 0)
        order(pool, hosts);
    if (to_do % 3 == 1)
        take_out(pool, hosts);
}

/* No host appears or gets lost without being counted, whatever happens. */
static void check_conservation(void **state)
{
    const struct world_row *row = *state;
    struct host_pool pool = world_pool(row, 3);
    struct random random = { 4 };
    for (int i = 0; i < 3000; i++) {
        live(&pool, &random, false);
        check_counts(&pool);
        assert_int_equal(pool.active_hosts + pool.draining_hosts + host_pool_booting_hosts(&pool) +
                             pool.gone_hosts,
                         10 + pool.boot_number);
        if (!row->is_draining)
            assert_int_equal(pool.draining_hosts, 0);
    }
    assert_true(pool.gone_hosts > 0);
    host_pool_fini(&pool);
}

/* The same calls; and when the hosts are looked at makes no difference. */
static void check_determinism(void **state)
{
    const struct world_row *row = *state;
    struct host_pool one = world_pool(row, 5);
    struct host_pool other = world_pool(row, 5);
    struct host_pool stranger = world_pool(row, 6);
    struct random one_random = { 7 }, other_random = { 7 }, stranger_random = { 7 };
    int strange = 0;
    for (int i = 0; i < 500; i++) {
        live(&one, &one_random, false);
        live(&other, &other_random, true);
        live(&stranger, &stranger_random, false);
        assert_true(pools_are_equal(&one, &other));
        strange += !pools_are_equal(&one, &stranger);
    }
    assert_true(strange > 450);
    host_pool_fini(&one);
    host_pool_fini(&other);
    host_pool_fini(&stranger);
}

/* The golden numbers of one world: the same on every reconciler. */
static void a_pool_is_the_same_everywhere(void **state)
{
    (void)state;
    struct host_pool pool = world_pool(&world_rows[0], 8);
    struct random random = { 9 };
    for (int i = 0; i < 1000; i++)
        live(&pool, &random, false);
    assert_int_equal(pool.active_hosts, 184);
    assert_int_equal(pool.active_sessions, 129);
    assert_int_equal(pool.gone_hosts, 1202);
    assert_int_equal(pool.boot_number, 1391);
    assert_int_equal(pool.random.state, 0x822437a7bc98fff1);
    host_pool_fini(&pool);
}

/* ---- memory ---- */

static void a_pool_without_memory_is_none(void **state)
{
    (void)state;
    struct host_pool_config config = still_config();
    struct host_pool pool = { 0 };
    watched_heap.succeed_count = 0;
    assert_int_equal(host_pool_init(&pool, &config), -ENOMEM);
    watched_heap.succeed_count = -1;
    assert_null(pool.active_at);
    host_pool_fini(&pool);
    assert_int_equal(watched_heap.live_count, 0);
}

static const struct memory_row {
    const char *name;
    int32_t ordered; /* negative: removed */
    bool needs_memory;
} memory_rows[] = {
    { "an order without memory", 3, true },
    { "an order that takes draining hosts back first", 5, true },
    { "an order of draining hosts needs none", 2, false },
    { "a drain without memory", -9, true },
    { "empty hosts need none", -2, false },
};

/* Two hosts drain, five are full, three are empty; nothing more is reserved. */
static void check_memory(void **state)
{
    const struct memory_row *row = *state;
    struct host_pool_config config = still_config();
    config.drain_ms_max = DRAIN_MS_MAX;
    struct host_pool pool = make_pool(config);
    struct host_pool untouched = make_pool(config);
    struct host_pool *const pools[] = { &pool, &untouched };
    for (size_t i = 0; i < COUNT_OF(pools); i++) {
        play(pools[i], 0, 40);
        assert_int_equal(take_out(pools[i], 2), 2);
        play(pools[i], 0, 8);
        play(pools[i], 0, 28);
    }

    int32_t removed = -1;
    watched_heap.succeed_count = 0;
    int result = row->ordered > 0 ? host_pool_order(&pool, row->ordered)
                                  : host_pool_remove(&pool, -row->ordered, &removed);
    watched_heap.succeed_count = -1;
    assert_int_equal(result, row->needs_memory ? -ENOMEM : 0);
    assert_int_equal(pools_are_equal(&pool, &untouched), row->needs_memory);
    if (row->needs_memory)
        assert_int_equal(removed, -1);
    check_counts(&pool);
    host_pool_fini(&pool);
    host_pool_fini(&untouched);
    assert_int_equal(watched_heap.live_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_times_are_log_normal_between_half_and_double),
        cmocka_unit_test(a_boot_without_length_is_over_at_once),
        cmocka_unit_test(booted_hosts_are_empty_until_the_next_step),
        cmocka_unit_test(boots_do_not_depend_on_sessions),
        cmocka_unit_test(many_begin_as_if_one_after_the_other),
        cmocka_unit_test(sessions_are_of_exponential_length),
        cmocka_unit_test(a_long_step_ends_as_many_as_short_ones),
        cmocka_unit_test(fewer_wanted_end_at_once_and_evenly),
        cmocka_unit_test(sessions_of_draining_hosts_count_as_wanted_ones),
        cmocka_unit_test(nothing_can_be_removed_from_nothing),
        cmocka_unit_test(a_pool_is_the_same_everywhere),
        cmocka_unit_test(a_pool_without_memory_is_none),
    };
    struct CMUnitTest placement_tests[COUNT_OF(placement_rows)];
    struct CMUnitTest removal_tests[COUNT_OF(removal_rows)];
    struct CMUnitTest conservation_tests[COUNT_OF(world_rows)];
    struct CMUnitTest determinism_tests[COUNT_OF(world_rows)];
    struct CMUnitTest memory_tests[COUNT_OF(memory_rows)];
    TESTS_FROM_ROWS(placement_tests, placement_rows, check_placement);
    TESTS_FROM_ROWS(removal_tests, removal_rows, check_removal);
    TESTS_FROM_ROWS(conservation_tests, world_rows, check_conservation);
    TESTS_FROM_ROWS(determinism_tests, world_rows, check_determinism);
    TESTS_FROM_ROWS(memory_tests, memory_rows, check_memory);
    int failed = cmocka_run_group_tests_name("host pool", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool placing", placement_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool removing", removal_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool counting", conservation_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool repeating", determinism_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("host pool memory", memory_tests, NULL, NULL);
    return failed;
}

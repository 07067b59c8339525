#include "engine/sim/fleet_model.h"
#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/core/delta.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_MS ((int64_t)1000)
#define BOOT_MS (120 * SECOND_MS)
#define BOOT_MS_MAX (2 * BOOT_MS)
#define DRAIN_MS_MAX (120 * SECOND_MS)
#define DAY_MS (SECOND_MS * 24 * 3600)
#define COUNT 60

static struct fleet_model *make_model(size_t count, uint64_t seed)
{
    const struct fleet_model_config config = {
        .deployment_count = count, .seed = seed, .boot_ms = BOOT_MS, .day_ms = DAY_MS
    };
    struct fleet_model *model = NULL;
    assert_int_equal(fleet_model_create(&config, &model, NULL), 0);
    assert_int_equal(fleet_model_count(model), count);
    return model;
}

static struct definition define(const struct fleet_model *model, size_t index)
{
    struct definition definition;
    fleet_model_definition(model, index, &definition);
    return definition;
}

static struct status ask(struct fleet_model *model, size_t index, int64_t now_ms)
{
    struct status status;
    fleet_model_status(model, index, now_ms, &status);
    return status;
}

static int32_t busy(struct status status)
{
    return status.total_servers - status.free_servers;
}

static void must_scale(struct fleet_model *model, size_t index, int64_t now_ms, int32_t delta)
{
    struct error err;
    if (fleet_model_scale(model, index, now_ms, delta, &err) < 0)
        fail_msg("%s", err.msg);
}

/* The difference by the formula with nothing under way. */
static int64_t missing_hosts(struct definition definition, struct status status)
{
    int64_t desired_hosts = delta_desired_hosts(&(struct delta_input){
        .servers_per_host = definition.servers_per_host,
        .total_servers = status.total_servers,
        .free_servers = status.free_servers,
        .target_free_ppb = definition.target_free_ppb,
    });
    return desired_hosts - status.current_hosts;
}

/* Found by what it does: on a model of its own, an order shows at once or it does not. */
static bool counts_when_ordered(uint64_t seed, size_t index)
{
    struct fleet_model *model = make_model(index + 1, seed);
    int32_t before = ask(model, index, 0).current_hosts;
    must_scale(model, index, 0, 1);
    int32_t after = ask(model, index, 0).current_hosts;
    fleet_model_destroy(model);
    return after > before;
}

/* ---- definitions ---- */

static void check_definition(const struct fleet_model *model, size_t index)
{
    struct definition definition = define(model, index);
    assert_int_equal(definition.fault, REASON_NONE);
    assert_in_range(strlen(definition.id), 1, 40);
    for (const char *c = definition.id; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            fail_msg("%s", definition.id);
    assert_in_range(definition.servers_per_host, 1, 20);
    assert_in_range(definition.target_free_ppb, 5 * SHARE_PERCENT, 30 * SHARE_PERCENT);
    /* It finds itself, so no other deployment has the same id. */
    assert_int_equal(fleet_model_find(model, definition.id), index);
}

static void a_hundred_thousand_definitions_are_valid_and_unique(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(100000, 1);
    for (size_t i = 0; i < fleet_model_count(model); i++)
        check_definition(model, i);
    assert_string_equal(define(model, 0).id, "eu-west-arena-01");
    assert_int_equal(fleet_model_find(model, ""), -1);
    assert_int_equal(fleet_model_find(model, "eu-west-arena-00"), -1);
    assert_int_equal(fleet_model_find(model, "EU-WEST-ARENA-01"), -1);
    fleet_model_destroy(model);
}

static void deployments_differ_believably(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(400, 2);
    int fractional = 0, small = 0, large = 0, ordered = 0;
    for (size_t i = 0; i < 400; i++) {
        fractional += define(model, i).target_free_ppb % SHARE_PERCENT != 0;
        small += ask(model, i, 0).current_hosts <= 5;
        large += ask(model, i, 0).current_hosts >= 30;
        ordered += counts_when_ordered(2, i);
    }
    assert_in_range(fractional, 20, 120);
    assert_in_range(small, 20, 300);
    assert_in_range(large, 20, 300);
    assert_in_range(ordered, 160, 240);
    fleet_model_destroy(model);
}

static void a_first_pass_finds_something_to_do(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(300, 3);
    int short_of = 0, right = 0, too_many = 0;
    for (size_t i = 0; i < 300; i++) {
        int64_t missing = missing_hosts(define(model, i), ask(model, i, 0));
        short_of += missing > 0;
        right += missing == 0;
        too_many += missing < 0;
    }
    assert_in_range(short_of, 50, 200);
    assert_in_range(right, 30, 200);
    assert_in_range(too_many, 50, 200);
    fleet_model_destroy(model);
}

/* ---- the same seed ---- */

/* An hour of orders: every deployment at moments of its own. */
static bool is_scaled_at(size_t index, int64_t now_ms)
{
    return now_ms / SECOND_MS % (60 + (int64_t)index) == 0;
}

static int32_t delta_at(size_t index, int64_t now_ms)
{
    int32_t delta = (int32_t)(random_mix((uint64_t)now_ms + index) % 8) - 3;
    return delta ? delta : 4;
}

/* What a fleet comes to when it is asked about in one order or the other, seldom or often. */
static void run_hour(struct fleet_model *model, bool is_backwards, int64_t every_ms,
                     struct status ret_statuses[COUNT])
{
    for (int64_t now_ms = 0; now_ms <= 3600 * SECOND_MS; now_ms += SECOND_MS)
        for (size_t i = 0; i < COUNT; i++) {
            size_t index = is_backwards ? COUNT - 1 - i : i;
            if (now_ms % every_ms == 0)
                ret_statuses[index] = ask(model, index, now_ms);
            if (is_scaled_at(index, now_ms))
                fleet_model_scale(model, index, now_ms, delta_at(index, now_ms), NULL);
        }
    for (size_t i = 0; i < COUNT; i++)
        ret_statuses[i] = ask(model, i, 3700 * SECOND_MS);
}

static void same_seed_same_numbers_whatever_is_asked(void **state)
{
    (void)state;
    struct fleet_model *one = make_model(COUNT, 11);
    struct fleet_model *other = make_model(COUNT, 11);
    struct status one_statuses[COUNT], other_statuses[COUNT];
    run_hour(one, false, SECOND_MS, one_statuses);
    run_hour(other, true, 700 * SECOND_MS, other_statuses);
    assert_memory_equal(one_statuses, other_statuses, sizeof one_statuses);
    fleet_model_destroy(one);
    fleet_model_destroy(other);
}

static void another_seed_is_another_fleet(void **state)
{
    (void)state;
    struct fleet_model *one = make_model(COUNT, 11);
    struct fleet_model *other = make_model(COUNT, 12);
    int same = 0;
    for (size_t i = 0; i < COUNT; i++) {
        struct status a = ask(one, i, 0);
        struct status b = ask(other, i, 0);
        same += memcmp(&a, &b, sizeof a) == 0;
    }
    assert_in_range(same, 0, COUNT / 4);
    fleet_model_destroy(one);
    fleet_model_destroy(other);
}

/* ---- growing ---- */

/* An index of each kind, found once. */
static size_t find_kind(uint64_t seed, bool is_ordered)
{
    size_t index = 0;
    while (counts_when_ordered(seed, index) != is_ordered)
        index++;
    return index;
}

static const struct kind_row {
    const char *name;
    bool is_ordered;
} growth_rows[] = {
    { "hosts counted when ordered", true },
    { "hosts counted when booted", false },
};

static void an_order_becomes_hosts_and_servers(void **state)
{
    const struct kind_row *row = *state;
    size_t index = find_kind(5, row->is_ordered);
    struct fleet_model *model = make_model(index + 1, 5);
    int32_t per_host = define(model, index).servers_per_host;
    struct status before = ask(model, index, 1000);
    must_scale(model, index, 1000, 7);

    struct status at_once = ask(model, index, 1000);
    assert_int_equal(at_once.current_hosts, before.current_hosts + (row->is_ordered ? 7 : 0));
    assert_int_equal(at_once.total_servers, before.total_servers);

    int32_t booted = 0;
    for (int64_t now_ms = 1000; now_ms <= 1000 + BOOT_MS_MAX; now_ms += 250) {
        struct status now = ask(model, index, now_ms);
        int32_t booted_now = (now.total_servers - before.total_servers) / per_host;
        assert_true(booted_now >= booted);
        booted = booted_now;
        if (!row->is_ordered)
            assert_int_equal(now.current_hosts, before.current_hosts + booted);
    }
    struct status after = ask(model, index, 1000 + BOOT_MS_MAX);
    assert_int_equal(after.current_hosts, before.current_hosts + 7);
    assert_int_equal(after.total_servers, before.total_servers + 7 * per_host);
    fleet_model_destroy(model);
}

static int32_t booted_after(struct fleet_model *model, int64_t after_ms, int32_t total_before)
{
    return (ask(model, 0, after_ms).total_servers - total_before) /
           define(model, 0).servers_per_host;
}

static void boot_times_are_log_normal_between_half_and_double(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(1, 6);
    int32_t total = ask(model, 0, 0).total_servers;
    must_scale(model, 0, 0, 10000);
    assert_int_equal(booted_after(model, BOOT_MS / 2 - 1, total), 0);
    /* The normal distribution says 2113, 5000 and 7887 at -0.8, 0 and +0.8 deviations. */
    assert_in_range(booted_after(model, BOOT_MS * 8187 / 10000, total), 1950, 2280);
    assert_in_range(booted_after(model, BOOT_MS, total), 4850, 5150);
    assert_in_range(booted_after(model, BOOT_MS * 12214 / 10000, total), 7720, 8050);
    assert_int_equal(booted_after(model, BOOT_MS_MAX, total), 10000);
    fleet_model_destroy(model);
}

/* ---- shrinking ---- */

static const struct kind_row shrink_rows[] = {
    { "empty hosts go at once when ordered ones count", true },
    { "empty hosts go at once when booted ones count", false },
};

static void empty_hosts_go_at_once(void **state)
{
    const struct kind_row *row = *state;
    size_t index = find_kind(7, row->is_ordered);
    struct fleet_model *model = make_model(index + 1, 7);
    must_scale(model, index, 0, 40);
    struct status before = ask(model, index, BOOT_MS_MAX);
    must_scale(model, index, BOOT_MS_MAX, -12);
    struct status after = ask(model, index, BOOT_MS_MAX);
    assert_int_equal(after.current_hosts, before.current_hosts - 12);
    assert_int_equal(after.total_servers,
                     before.total_servers - 12 * define(model, index).servers_per_host);
    assert_int_equal(busy(after), busy(before));
    fleet_model_destroy(model);
}

static const struct kind_row drain_rows[] = {
    { "hosts with sessions drain when ordered ones count", true },
    { "hosts with sessions drain when booted ones count", false },
};

/* An index of that kind with a session at time 0. */
static size_t find_played(uint64_t seed, bool is_ordered)
{
    struct fleet_model *model = make_model(100, seed);
    size_t index = 0;
    while (busy(ask(model, index, 0)) < 20 || counts_when_ordered(seed, index) != is_ordered)
        index++;
    fleet_model_destroy(model);
    return index;
}

static void hosts_with_sessions_drain(void **state)
{
    const struct kind_row *row = *state;
    size_t index = find_played(8, row->is_ordered);
    struct fleet_model *model = make_model(index + 1, 8);
    struct status before = ask(model, index, 0);
    must_scale(model, index, 0, -before.current_hosts);

    /* All that is left are the sessions that were there: not one of their servers is free. */
    struct status at_once = ask(model, index, 0);
    assert_int_equal(at_once.free_servers, 0);
    assert_int_equal(at_once.total_servers, busy(before));
    if (row->is_ordered)
        assert_int_equal(at_once.current_hosts, 0);
    else
        assert_in_range(at_once.current_hosts, 1, before.current_hosts);

    struct status halfway = ask(model, index, DRAIN_MS_MAX / 2);
    assert_in_range(halfway.total_servers, 1, at_once.total_servers - 1);
    struct status after = ask(model, index, DRAIN_MS_MAX);
    assert_int_equal(after.current_hosts, 0);
    assert_int_equal(after.total_servers, 0);
    assert_int_equal(after.free_servers, 0);
    fleet_model_destroy(model);
}

/* Down to the hosts that tight packing would need. Did any drain? */
static bool shrink_to_the_sessions(struct fleet_model *model, size_t index)
{
    int32_t per_host = define(model, index).servers_per_host;
    must_scale(model, index, 0, 40);
    struct status before = ask(model, index, BOOT_MS_MAX);
    int32_t packed = (int32_t)ceil_div(busy(before), per_host);
    must_scale(model, index, BOOT_MS_MAX, packed - before.current_hosts);

    struct status at_once = ask(model, index, BOOT_MS_MAX);
    assert_int_equal(at_once.current_hosts, packed);
    assert_int_equal(busy(at_once), busy(before));
    struct status after = ask(model, index, BOOT_MS_MAX + DRAIN_MS_MAX);
    assert_int_equal(after.current_hosts, packed);
    assert_int_equal(after.total_servers, packed * per_host);
    return at_once.total_servers > packed * per_host;
}

/* Sessions end at random, so they are never packed tight for long: such a removal waits for sessions to end. */
static void lightly_used_hosts_drain(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(100, 8);
    int ordered = 0, drained = 0;
    for (size_t i = 0; i < 100; i++) {
        if (!counts_when_ordered(8, i) || define(model, i).servers_per_host == 1)
            continue;
        ordered++;
        drained += shrink_to_the_sessions(model, i);
    }
    assert_in_range(drained, ordered / 4, ordered - 1);
    fleet_model_destroy(model);
}

static void an_order_takes_draining_hosts_back(void **state)
{
    (void)state;
    size_t index = find_played(8, true);
    struct fleet_model *model = make_model(index + 1, 8);
    struct status before = ask(model, index, 1000);
    must_scale(model, index, 1000, -before.current_hosts);
    int32_t drained = (int32_t)ceil_div(busy(before), define(model, index).servers_per_host);
    must_scale(model, index, 1000, drained);
    struct status after = ask(model, index, 1000);
    assert_int_equal(after.current_hosts, drained);
    assert_int_equal(after.total_servers, drained * define(model, index).servers_per_host);
    assert_int_equal(busy(after), busy(before));
    fleet_model_destroy(model);
}

static void no_host_drains_without_sessions(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(300, 16);
    for (size_t i = 0; i < 300; i++) {
        must_scale(model, i, 0, 40);
        must_scale(model, i, BOOT_MS_MAX, -ask(model, i, BOOT_MS_MAX).current_hosts);
        for (int64_t now_ms = 0; now_ms <= DRAIN_MS_MAX; now_ms += SECOND_MS) {
            struct status status = ask(model, i, BOOT_MS_MAX + now_ms);
            assert_in_range(status.current_hosts, 0, status.total_servers);
        }
    }
    fleet_model_destroy(model);
}

static void hosts_that_boot_can_be_given_back(void **state)
{
    (void)state;
    size_t index = find_played(9, true);
    struct fleet_model *model = make_model(index + 1, 9);
    struct status before = ask(model, index, 0);
    must_scale(model, index, 0, 1000);
    must_scale(model, index, 0, -1000);
    struct status after = ask(model, index, BOOT_MS_MAX);
    assert_int_equal(after.current_hosts, before.current_hosts);
    assert_int_equal(after.total_servers,
                     before.current_hosts * define(model, index).servers_per_host);
    fleet_model_destroy(model);
}

/* ---- sessions ---- */

static void sessions_move_on_a_grid_and_hosts_in_between(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(COUNT, 17);
    int moves = 0, boots = 0;
    for (size_t i = 0; i < COUNT; i++) {
        must_scale(model, i, 0, 20);
        struct status last = ask(model, i, 0);
        for (int64_t now_ms = SECOND_MS; now_ms <= BOOT_MS_MAX; now_ms += SECOND_MS) {
            struct status status = ask(model, i, now_ms);
            bool is_on_grid = now_ms % FLEET_STEP_MS == 0;
            if (!is_on_grid)
                assert_int_equal(busy(status), busy(last));
            moves += busy(status) != busy(last);
            boots += !is_on_grid && status.total_servers > last.total_servers;
            last = status;
        }
    }
    assert_in_range(moves, COUNT, COUNT * BOOT_MS_MAX / FLEET_STEP_MS);
    assert_in_range(boots, 10 * COUNT, 20 * COUNT);
    fleet_model_destroy(model);
}

/* As many as want to, as long as there is room. */
static void sessions_do_not_depend_on_spare_hosts(void **state)
{
    (void)state;
    struct fleet_model *one = make_model(COUNT, 18);
    struct fleet_model *other = make_model(COUNT, 18);
    for (size_t i = 0; i < COUNT; i++) {
        must_scale(one, i, 0, 200);
        must_scale(other, i, 0, 300);
        for (int64_t now_ms = BOOT_MS_MAX; now_ms <= DAY_MS / 8; now_ms += 10 * FLEET_STEP_MS)
            assert_int_equal(busy(ask(one, i, now_ms)), busy(ask(other, i, now_ms)));
    }
    fleet_model_destroy(one);
    fleet_model_destroy(other);
}

static const struct silence_row {
    const char *name;
    int64_t silence_ms;
    bool is_made_up_for;
} silence_rows[] = {
    { "a step of silence is made up for", FLEET_STEP_MS, true },
    { "two hours of silence are made up for", FLEET_FORGET_MS + FLEET_STEP_MS - 1, true },
    { "longer silence is jumped over", FLEET_FORGET_MS + FLEET_STEP_MS, false },
    { "a day of silence is jumped over", DAY_MS, false },
};

/* Where sessions lie shows as soon as hosts are removed from under them. */
static struct status remove_third(struct fleet_model *model, size_t index, int64_t now_ms)
{
    int32_t hosts = ask(model, index, now_ms).current_hosts;
    must_scale(model, index, now_ms, -(int32_t)ceil_div(hosts, 3));
    return ask(model, index, now_ms + FLEET_STEP_MS);
}

/* The even deployments of one model are not asked about for a while, all others all the time. */
static void silence_shows_in_no_other_deployment(void **state)
{
    const struct silence_row *row = *state;
    struct fleet_model *silent = make_model(COUNT, 19);
    struct fleet_model *asked = make_model(COUNT, 19);
    int different = 0;
    for (size_t i = 0; i < COUNT; i++) {
        for (int64_t now_ms = 0; now_ms < row->silence_ms; now_ms += FLEET_STEP_MS) {
            ask(asked, i, now_ms);
            if (i % 2 == 1)
                ask(silent, i, now_ms);
        }
        struct status now = ask(silent, i, row->silence_ms);
        struct status expected = ask(asked, i, row->silence_ms);
        assert_memory_equal(&now, &expected, sizeof now);
        now = remove_third(silent, i, row->silence_ms);
        expected = remove_third(asked, i, row->silence_ms);
        bool is_different = memcmp(&now, &expected, sizeof now) != 0;
        if (i % 2 == 1)
            assert_false(is_different);
        different += is_different;
    }
    if (row->is_made_up_for)
        assert_int_equal(different, 0);
    else
        assert_in_range(different, 1, COUNT / 2);
    fleet_model_destroy(silent);
    fleet_model_destroy(asked);
}

static void centuries_of_silence_are_over_at_once(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(1, 20);
    must_scale(model, 0, 0, 5);
    struct status status = ask(model, 0, INT64_MAX / 512);
    assert_in_range(busy(status), 0, status.total_servers);
    assert_int_equal(status.total_servers,
                     status.current_hosts * define(model, 0).servers_per_host);
    fleet_model_destroy(model);
}

/* ---- refusals ---- */

static const struct refusal_row {
    const char *name;
    bool is_beside_hosts; /* the delta counts from minus the hosts there are */
    int32_t delta;
} refusal_rows[] = {
    { "nothing", false, 0 },
    { "one host fewer than none", true, -1 },
    { "the most negative delta", false, INT32_MIN },
    { "one host too many", true, 100001 },
    { "the most positive delta", false, INT32_MAX },
};

static void an_impossible_scale_changes_nothing(void **state)
{
    const struct refusal_row *row = *state;
    struct fleet_model *model = make_model(3, 10);
    struct fleet_model *untouched = make_model(3, 10);
    int32_t delta = row->delta - (row->is_beside_hosts ? ask(model, 1, 0).current_hosts : 0);
    struct error err = { 0 };
    assert_int_equal(fleet_model_scale(model, 1, 0, delta, &err), -EINVAL);
    assert_int_equal(err.code, -EINVAL);
    assert_true(err.msg[0] != '\0');
    for (int64_t now_ms = 0; now_ms < BOOT_MS_MAX; now_ms += 10 * SECOND_MS) {
        struct status status = ask(model, 1, now_ms);
        struct status expected = ask(untouched, 1, now_ms);
        assert_memory_equal(&status, &expected, sizeof status);
    }
    fleet_model_destroy(model);
    fleet_model_destroy(untouched);
}

static void the_last_possible_scales_work(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(1, 10);
    must_scale(model, 0, 0, 100000 - ask(model, 0, 0).current_hosts);
    assert_int_equal(ask(model, 0, BOOT_MS_MAX).current_hosts, 100000);
    must_scale(model, 0, BOOT_MS_MAX, -100000);
    assert_int_equal(ask(model, 0, BOOT_MS_MAX + DRAIN_MS_MAX).current_hosts, 0);
    fleet_model_destroy(model);
}

/* ---- always ---- */

#define PAST 64

/* The hosts that were seen lately: servers of hosts that have just left still count. */
struct past {
    int64_t at_ms[PAST];
    int32_t hosts[PAST];
    size_t next;
};

static void remember(struct past *past, int64_t now_ms, int32_t hosts)
{
    past->at_ms[past->next % PAST] = now_ms;
    past->hosts[past->next % PAST] = hosts;
    past->next++;
}

static int64_t most_hosts(const struct past *past, int64_t since_ms)
{
    int64_t most = 0;
    for (size_t i = 0; i < PAST && i < past->next; i++)
        if (past->at_ms[i] >= since_ms)
            most = max_i64(most, past->hosts[i]);
    return most;
}

static void statuses_are_consistent_whatever_is_ordered(void **state)
{
    (void)state;
    struct random random = { 21 };
    struct fleet_model *model = make_model(COUNT, 13);
    for (size_t i = 0; i < COUNT; i++) {
        struct past past = { 0 };
        int32_t per_host = define(model, i).servers_per_host;
        for (int64_t now_ms = 0; now_ms < SECOND_MS * 4 * 3600;
             now_ms += 4000 + random_below(&random, 26000)) {
            struct status status = ask(model, i, now_ms);
            remember(&past, now_ms, status.current_hosts);
            assert_true(status.current_hosts >= 0);
            assert_in_range(status.free_servers, 0, status.total_servers);
            assert_in_range(status.total_servers, 0,
                            most_hosts(&past, now_ms - DRAIN_MS_MAX - 30 * SECOND_MS) * per_host);
            int32_t delta = (int32_t)random_below(&random, 21) - 10;
            fleet_model_scale(model, i, now_ms, delta, NULL);
            remember(&past, now_ms, ask(model, i, now_ms).current_hosts);
        }
    }
    fleet_model_destroy(model);
}

static void scaling_by_the_formula_brings_a_fleet_on_target(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(300, 14);
    int on_target = 0;
    for (size_t i = 0; i < 300; i++) {
        int64_t missing = 0, hosts = 0;
        for (int64_t now_ms = 0; now_ms <= 10 * BOOT_MS_MAX; now_ms += BOOT_MS_MAX) {
            struct status status = ask(model, i, now_ms);
            hosts = status.current_hosts;
            missing = missing_hosts(define(model, i), status);
            if (missing != 0)
                must_scale(model, i, now_ms, (int32_t)missing);
        }
        /* Demand goes on moving, so that what was right four minutes ago is only about right now. */
        on_target += llabs(missing) <= 1 + hosts / 10;
    }
    assert_in_range(on_target, 280, 300);
    fleet_model_destroy(model);
}

/* ---- memory ---- */

#define MIB ((size_t)1024 * 1024)

static void a_hundred_thousand_deployments_are_small(void **state)
{
    (void)state;
    struct fleet_model *model = make_model(100000, 15);
    for (int64_t now_ms = 0; now_ms <= 10 * BOOT_MS_MAX; now_ms += BOOT_MS_MAX)
        for (size_t i = 0; i < fleet_model_count(model); i++)
            fleet_model_scale(model, i, now_ms, delta_at(i, now_ms), NULL);
    assert_in_range(watched_heap.live_size, 1, 38 * MIB);
    fleet_model_destroy(model);
    assert_int_equal(watched_heap.live_size, 0);
}

static void a_creation_without_memory_leaves_nothing(void **state)
{
    (void)state;
    const struct fleet_model_config config = {
        .deployment_count = 10, .seed = 1, .boot_ms = BOOT_MS, .day_ms = DAY_MS
    };
    struct fleet_model *model = NULL;
    for (int64_t succeed_count = 0; !model; succeed_count++) {
        struct error err = { 0 };
        watched_heap.succeed_count = succeed_count;
        int result = fleet_model_create(&config, &model, &err);
        watched_heap.succeed_count = -1;
        if (result == 0)
            break;
        assert_int_equal(result, -ENOMEM);
        assert_int_equal(err.code, -ENOMEM);
        assert_null(model);
        assert_int_equal(watched_heap.live_count, 0);
        assert_in_range(succeed_count, 0, 20);
    }
    fleet_model_destroy(model);
}

static void check_scale_without_memory(struct fleet_model *model, size_t index, int32_t delta)
{
    struct status before = ask(model, index, 0);
    struct error err = { 0 };
    watched_heap.succeed_count = 0;
    int result = fleet_model_scale(model, index, 0, delta, &err);
    watched_heap.succeed_count = -1;
    assert_int_equal(result, -ENOMEM);
    assert_int_equal(err.code, -ENOMEM);
    struct status after = ask(model, index, 0);
    assert_memory_equal(&before, &after, sizeof before);
}

static void a_scale_without_memory_changes_nothing(void **state)
{
    (void)state;
    size_t index = find_played(8, false);
    struct fleet_model *model = make_model(index + 1, 8);
    check_scale_without_memory(model, index, 10);
    check_scale_without_memory(model, index, -ask(model, index, 0).current_hosts);
    fleet_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_definitions_are_valid_and_unique),
        cmocka_unit_test(deployments_differ_believably),
        cmocka_unit_test(a_first_pass_finds_something_to_do),
        cmocka_unit_test(same_seed_same_numbers_whatever_is_asked),
        cmocka_unit_test(another_seed_is_another_fleet),
        cmocka_unit_test(boot_times_are_log_normal_between_half_and_double),
        cmocka_unit_test(lightly_used_hosts_drain),
        cmocka_unit_test(an_order_takes_draining_hosts_back),
        cmocka_unit_test(no_host_drains_without_sessions),
        cmocka_unit_test(hosts_that_boot_can_be_given_back),
        cmocka_unit_test(sessions_move_on_a_grid_and_hosts_in_between),
        cmocka_unit_test(sessions_do_not_depend_on_spare_hosts),
        cmocka_unit_test(centuries_of_silence_are_over_at_once),
        cmocka_unit_test(the_last_possible_scales_work),
        cmocka_unit_test(statuses_are_consistent_whatever_is_ordered),
        cmocka_unit_test(scaling_by_the_formula_brings_a_fleet_on_target),
        cmocka_unit_test(a_hundred_thousand_deployments_are_small),
        cmocka_unit_test(a_creation_without_memory_leaves_nothing),
        cmocka_unit_test(a_scale_without_memory_changes_nothing),
    };
    struct CMUnitTest growth_tests[COUNT_OF(growth_rows)];
    struct CMUnitTest shrink_tests[COUNT_OF(shrink_rows)];
    struct CMUnitTest drain_tests[COUNT_OF(drain_rows)];
    struct CMUnitTest silence_tests[COUNT_OF(silence_rows)];
    struct CMUnitTest refusal_tests[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(growth_tests, growth_rows, an_order_becomes_hosts_and_servers);
    TESTS_FROM_ROWS(shrink_tests, shrink_rows, empty_hosts_go_at_once);
    TESTS_FROM_ROWS(drain_tests, drain_rows, hosts_with_sessions_drain);
    TESTS_FROM_ROWS(silence_tests, silence_rows, silence_shows_in_no_other_deployment);
    TESTS_FROM_ROWS(refusal_tests, refusal_rows, an_impossible_scale_changes_nothing);
    int failed = cmocka_run_group_tests_name("fleet model", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("fleet model growing", growth_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("fleet model shrinking", shrink_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("fleet model draining", drain_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("fleet model silence", silence_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("fleet model refusing", refusal_tests, NULL, NULL);
    return failed;
}

/*
 * Regressions in sequences of events: the reconciler that ships, on simulated time, with slow boots and failing APIs.
 */
#include "tests/regressions/regressions.h"

#include "engine/base/arith.h"
#include "tests/regressions/regression_world.h"
#include "tests/support/test.h"

#include <stdio.h>

/* --- from and to zero hosts ---------------------------------------------------------------------- */

void a_fleet_grows_from_zero(void)
{
    struct site *site = sites(1, false, 0, 50);
    run_on(30 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 6);
    world_fini(&world);
}

void an_idle_fleet_shrinks_to_its_minimum(void)
{
    struct site *site = sites(1, true, 11, 90);
    world.watch = check_bounds;
    run_on(MINUTE);
    site->demand = 0;
    world_run(&world, HOUR);
    assert_int_equal(site_owned_hosts(site), 1);
    site_set_demand(site, 50);
    world_run(&world, 30 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 6);
    world_fini(&world);
}

void min_hosts_does_not_flap(void)
{
    struct site *site = sites(1, true, 5, 0);
    site->policy.min_hosts = 5;
    world.watch = check_bounds;
    run_on(HOUR);
    /* Every second status is missing, as with unreliable metrics. */
    for (int i = 0; i < 60; i++) {
        site->reads = (struct script){ ANSWER_GARBAGE, 1 };
        world_run(&world, MINUTE);
    }
    assert_int_equal(site->scale_count, 0);
    world_fini(&world);
}

/* --- each need is ordered once ------------------------------------------------------------------- */

/* 24 hosts are needed and there are 20. Only the difference is ordered. */
static void check_ordered_once(const struct site *site)
{
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(site->last_delta, 4);
    assert_int_equal(site_owned_hosts(site), 24);
    world_fini(&world);
}

void one_order_until_hosts_appear(void)
{
    struct site *site = sites(1, false, 20, 200);
    site->boot_ms = 9 * MINUTE;
    run_on(40 * MINUTE);
    check_ordered_once(site);
}

void one_order_until_hosts_can_serve(void)
{
    struct site *site = sites(1, true, 20, 200);
    site->boot_ms = 9 * MINUTE;
    run_on(40 * MINUTE);
    check_ordered_once(site);
}

void one_order_for_a_slow_response(void)
{
    struct site *site = sites(1, false, 20, 200);
    world.scale_ms = 9 * MINUTE;
    site->boot_ms = 20 * SECOND;
    run_on(40 * MINUTE);
    check_ordered_once(site);
}

/* Half of the statuses come from a replica with up to five minutes of lag, so new hosts appear and disappear. */
void one_order_with_replicas_that_lag(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct site *site = sites(1, false, 20, 200);
        world.random.state = seed;
        world.lag_percent = 50;
        world.lag_ms = 5 * MINUTE;
        site->boot_ms = 3 * MINUTE;
        run_on(40 * MINUTE);
        check_ordered_once(site);
    }
}

static int32_t ordered_since(int64_t from_ms)
{
    int32_t hosts = 0;
    for (size_t i = 0; i < world.log_count; i++)
        if (world.log[i].kind == EFFECT_SCALE && world.log[i].at.ms >= from_ms)
            hosts += (int32_t)max_i64(0, world.log[i].delta);
    return hosts;
}

/* Half an hour of an overload: every response is lost, and every request is carried out minutes later. */
void an_overload_orders_each_need_once(void)
{
    static const int64_t late_ms[] = { MINUTE, 4 * MINUTE, 9 * MINUTE };
    for (size_t i = 0; i < 2 * COUNT_OF(late_ms); i++) {
        struct site *site = sites(1, i % 2 == 0, 20, 160);
        site->boot_ms = 30 * SECOND;
        run_on(20 * MINUTE);
        site->scales = (struct script){ ANSWER_LATE, FOREVER };
        site->late_ms = late_ms[i / 2];
        int64_t from_ms = world.now.ms;
        for (int32_t busy = 170; busy <= 250; busy += 20) {
            site_set_demand(site, busy);
            world_run(&world, 6 * MINUTE);
        }
        site->scales.left = 0;
        world_run(&world, 40 * MINUTE);
        assert_int_equal(site_owned_hosts(site), site_wanted_hosts(site));
        assert_int_equal(ordered_since(from_ms), site_wanted_hosts(site) - 19);
        assert_int_equal(site->repeat_count, 0);
        world_fini(&world);
    }
}

/* The API is later than every wait, and remembers keys: all the repeats are one order. */
void a_repeat_has_the_key_of_its_order(void)
{
    struct site *site = sites(1, true, 20, 200);
    site->is_key_honoured = true;
    site->scales = (struct script){ ANSWER_LATE, FOREVER };
    site->late_ms = 75 * MINUTE;
    run_on(70 * MINUTE);
    assert_in_range(site->repeat_count, 2, 3); /* after 10, 30 and 70 minutes */
    site->scales.left = 0;
    world_run(&world, 3 * HOUR);
    assert_int_equal(site->applied_count, 1);
    assert_int_equal(site_owned_hosts(site), 24);
    world_fini(&world);
}

void further_need_follows_a_repeat(void)
{
    struct site *site = sites(1, true, 24, 210);
    site->scales = (struct script){ ANSWER_TIMEOUT, 1 };
    run_on(5 * MINUTE);
    site_set_demand(site, 240);
    world_run(&world, 7 * MINUTE);
    assert_int_equal(site->repeat_count, 1);
    assert_int_equal(site->scale_count, 3);
    assert_int_equal(ordered_since(0), 1 + 1 + 4);
    assert_int_equal(world.events[EVENT_SCALE_NOT_APPLIED], 0);
    world_run(&world, HOUR);
    assert_int_equal(site_owned_hosts(site), 29);
    world_fini(&world);
}

/* One host less is needed when the wait is over. A smaller order would be a second one of the same need. */
void a_smaller_need_repeats_the_order(void)
{
    static const int32_t demands[] = { 190, 182, 174 };
    for (size_t i = 0; i < 2 * COUNT_OF(demands); i++) {
        struct site *site = sites(1, i % 2 == 0, 20, 200);
        site->is_key_honoured = true;
        site->policy.scale_down_window_ms = 2 * HOUR;
        site->scales = (struct script){ ANSWER_LATE, 2 };
        site->late_ms = 12 * MINUTE;
        run_on(5 * MINUTE);
        site_set_demand(site, demands[i / 2]);
        world_run(&world, HOUR);
        assert_int_equal(site->repeat_count, 1);
        assert_int_equal(site->applied_count, 1);
        assert_int_equal(ordered_since(0), 2 * 4);
        assert_int_equal(site_owned_hosts(site), 24);
        world_fini(&world);
    }
}

/* The need is gone when the wait is over; when it returns, it is another order. */
void an_order_that_is_not_wanted_is_given_up(void)
{
    struct site *site = sites(1, true, 20, 200);
    site->scales = (struct script){ ANSWER_TIMEOUT, 1 };
    run_on(5 * MINUTE);
    site_set_demand(site, 160);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(site->repeat_count, 0);
    assert_int_equal(world.events[EVENT_SCALE_NOT_APPLIED], 1);
    site_set_demand(site, 200);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(site->repeat_count, 0);
    assert_int_equal(site_owned_hosts(site), 24);
    world_fini(&world);
}

void orders_without_hosts_expire(void)
{
    struct site *site = sites(1, false, 20, 200);
    site->fill_percent = 0;
    run_on(25 * MINUTE);
    assert_int_equal(site->scale_count, 1);
    assert_int_equal(world.events[EVENT_ORDER_BACKOFF_STARTED], 1);
    site->fill_percent = 100;
    world_run(&world, 7 * MINUTE);
    assert_int_equal(site->scale_count, 2);
    assert_int_equal(site->last_delta, 1);
    world_run(&world, 30 * MINUTE);
    assert_int_equal(world.events[EVENT_ORDER_BACKOFF_ENDED], 1);
    assert_int_equal(site_owned_hosts(site), 24);
    world_fini(&world);
}

/*
 * Hosts of an order come hours later, all of them: an API that keeps orders while it is out of stock. Counted when
 * ordered, they look like hosts of a broken image.
 */
void an_order_without_stock_is_kept(void)
{
    for (int kind = 0; kind < 2; kind++) {
        struct site *site = sites(1, kind == 0, 60, 600);
        site->boot_ms = 5 * HOUR;
        site->allowed_hosts += 5; /* probes */
        run_on(5 * HOUR);
        assert_in_range(ordered_since(0), 11, 11 + 4);
        assert_in_range(world_count(&world, EFFECT_SCALE, 0, world.now.ms - 2 * HOUR), 0, 1);
        assert_int_equal(world.events[EVENT_ORDER_BACKOFF_STARTED], 1);
        assert_int_equal(reason_of(0), REASON_ORDER_BACKOFF);
        site->boot_ms = MINUTE;
        world_run(&world, 2 * HOUR);
        assert_in_range(ordered_since(0), 11, 11 + 5);
        assert_int_equal(world.events[EVENT_ORDER_BACKOFF_ENDED], 1);
        world_fini(&world);
    }
}

/* Hosts of a broken image are owed, and by now fewer are needed: the next ones may serve. */
void a_broken_image_is_tried_with_less_demand(void)
{
    struct site *site = sites(1, true, 60, 600);
    site->boot_ms = 10 * HOUR;
    run_on(15 * MINUTE);
    assert_int_equal(ordered_since(0), 11);
    site_set_demand(site, 530);
    site->boot_ms = 2 * MINUTE;
    site->allowed_hosts += 11;
    int64_t from_ms = world.now.ms;
    world_run(&world, 16 * MINUTE);
    assert_int_equal(ordered_since(from_ms), 1);
    world_run(&world, 20 * MINUTE);
    assert_int_equal(ordered_since(from_ms), 3);
    assert_int_equal(site->truth.ready, 63);
    world_fini(&world);
}

/* 22 hosts are allowed, 24 are needed: two of the four that are missing can be had. */
void a_refused_order_is_asked_in_parts(void)
{
    struct site *site = sites(1, true, 20, 200);
    site->quota = 22;
    run_on(5 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 22);
    int64_t from_ms = world.now.ms;
    world_run(&world, 2 * HOUR);
    assert_in_range(world_count(&world, EFFECT_SCALE, 0, from_ms), 11, 18);
    assert_int_equal(world.events[EVENT_ORDER_BACKOFF_STARTED], 1);
    site->quota = 0;
    world_run(&world, 11 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 24);
    assert_int_equal(world.events[EVENT_ORDER_BACKOFF_ENDED], 1);
    world_fini(&world);
}

/* The demand is gone before stock returns. Only an API that takes unbooted hosts first is asked to take them back. */
void orders_that_are_given_up_are_taken_back(void)
{
    for (int kind = 0; kind < 2; kind++) {
        struct site *site = sites(1, false, 60, 600);
        world.config.is_pending_removable = kind == 1;
        site->boot_ms = 10 * HOUR;
        run_on(15 * MINUTE);
        site_set_demand(site, 510);
        world_run(&world, 30 * MINUTE);
        assert_int_equal(site_owned_hosts(site), kind == 1 ? 60 : 71);
        world_fini(&world);
    }
}

/* Status responses take longer than a pass, a scale takes even longer, and an operator requests immediate passes. */
void passes_never_overlap(void)
{
    struct site *site = sites(1, false, 20, 200);
    world.read_ms = 40 * SECOND;
    world.scale_ms = 2 * MINUTE;
    world_start(&world);
    for (int i = 0; i < 240; i++) {
        reconciler_request_pass(world.reconciler, world.now);
        world_run(&world, 5 * SECOND);
        assert_true(world.requests_high <= 2);
    }
    check_ordered_once(site);
}

void no_change_sends_nothing(void)
{
    struct site *site = sites(20, true, 11, 90);
    run_on(6 * HOUR);
    assert_true(site->read_count >= 700);
    assert_int_equal(scales_since(0), 0);
    world_fini(&world);
}

/* --- statuses that cannot be read ---------------------------------------------------------------- */

/* 40 idle hosts; the minimum is lowered while no status can be read. */
static void check_unread(enum answer answer)
{
    struct site *site = sites(1, true, 40, 0);
    site->policy.min_hosts = 40;
    run_on(10 * MINUTE);
    site->reads = (struct script){ answer, FOREVER };
    world_run(&world, 2 * MINUTE);
    site->policy.min_hosts = 2;
    reload();
    world_run(&world, HOUR);
    assert_int_equal(site->scale_count, 0);
    site->reads.left = 0;
    world_run(&world, 10 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 2);
    world_fini(&world);
}

void without_statuses_nothing_shrinks(void)
{
    static const enum answer answers[] = {
        ANSWER_ERROR,        ANSWER_TIMEOUT, ANSWER_MISSING,
        ANSWER_UNAUTHORIZED, ANSWER_GARBAGE, ANSWER_IMPLAUSIBLE
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        check_unread(answers[i]);
}

/* A busy fleet does not change during hours without a status. Other deployments have no influence. */
void without_a_response_there_is_no_fallback(void)
{
    struct site *site = sites(6, true, 40, 340);
    run_on(10 * MINUTE);
    site->reads = (struct script){ ANSWER_TIMEOUT, FOREVER };
    for (size_t i = 1; i < world.site_count; i++)
        site_set_demand(&world.sites[i], 100);
    world_run(&world, 6 * HOUR);
    assert_int_equal(site->scale_count, 0);
    for (size_t i = 1; i < world.site_count; i++)
        assert_int_equal(site_owned_hosts(&world.sites[i]), 12);
    world_fini(&world);
}

/* --- wrong lists --------------------------------------------------------------------------------- */

void an_empty_list_is_not_used(void)
{
    struct site *site = sites(10, true, 11, 90);
    run_on(10 * MINUTE);
    world.discoveries = (struct script){ ANSWER_EMPTY, FOREVER };
    world_run(&world, 5 * HOUR);
    assert_int_equal(scales_since(0), 0);
    assert_int_equal(world.events[EVENT_DEPLOYMENT_GONE], 0);
    /* They are still scaled. */
    site_set_demand(site, 160);
    world_run(&world, 10 * MINUTE);
    assert_int_equal(site_owned_hosts(site), 19);
    world_fini(&world);
}

void an_incomplete_list_shrinks_nothing(void)
{
    sites(10, true, 19, 160);
    run_on(10 * MINUTE);
    int64_t from_ms = world.now.ms;
    for (size_t i = 0; i < world.site_count; i++) {
        world.sites[i].is_listed = i % 2 == 0;
        world.sites[i].demand = 0;
    }
    world_run(&world, 9 * MINUTE);
    assert_int_equal(reason_of(0), REASON_DISCOVERY_SHRANK);
    assert_int_equal(scales_since(from_ms), 0);
    world_fini(&world);
}

/* A reload, a list without the deployment, and time do not end the pause. */
void only_an_operator_ends_a_pause(void)
{
    struct site *site = sites(10, true, 11, 90);
    struct command_ack ack;
    run_on(10 * MINUTE);
    struct command pause = { .kind = COMMAND_PAUSE, .slot = world_deployment(&world, 0)->slot };
    snprintf(pause.id, sizeof pause.id, "%s", site->id);
    assert_true(world_command(&world, &pause, &ack));
    site_set_demand(site, 160);
    reload();
    world_run(&world, 10 * MINUTE);
    site->is_listed = false;
    world_run(&world, 3 * GONE_KEEP_MS);
    site->is_listed = true;
    reload();
    world_run(&world, HOUR);
    assert_int_equal(site->scale_count, 0);
    assert_int_equal(reason_of(0), REASON_PAUSED);
    world_fini(&world);
}

/*
 * Regressions in which all users leave at once while the program does not look: it restarts, or its API does not answer.
 */
#include "tests/regressions/regressions.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/world.h"
#include "tests/support/world_restart.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define HOSTS 38 /* for 320 busy servers of ten a host, target 15 % free */

static struct world world;

/* All defaults. Some users are there again before the hold ends: for them the hosts are kept. */
static void start(void)
{
    world_init(&world, 1);
    world_add_sites(&world, 2, true, HOSTS, 320);
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].policy = policy_default;
    world_start(&world);
    world_run(&world, HOUR);
}

static void leave(int32_t busy)
{
    for (size_t i = 0; i < world.site_count; i++)
        site_set_demand(&world.sites[i], busy);
}

static int32_t removals(void)
{
    int32_t count = 0;
    for (size_t i = 0; i < world.log_count; i++)
        count += world.log[i].kind == EFFECT_SCALE && world.log[i].delta < 0;
    return count;
}

/* The hold lasts 30 minutes from the first status on, and then the hosts go. */
static void check_hold(void)
{
    int32_t before = removals();
    world_run(&world, 29 * MINUTE);
    assert_int_equal(removals(), before);
    assert_int_equal(world.events[EVENT_DEMAND_COLLAPSED], world.site_count);
    world_run(&world, 5 * MINUTE);
    for (size_t i = 0; i < world.site_count; i++)
        assert_true(site_owned_hosts(&world.sites[i]) < HOSTS / 2);
}

void a_collapse_behind_a_restart_is_held(void)
{
    static const int64_t downs_ms[] = { SECOND, MINUTE, 10 * MINUTE, 14 * MINUTE };
    for (size_t i = 0; i < COUNT_OF(downs_ms); i++) {
        start();
        leave(i % 2 ? 0 : 100);
        world_restart_restored(&world, true, downs_ms[i]);
        check_hold();
        world_fini(&world);
    }
}

/* A restart without a silence of the API, two statuses after the collapse. */
void a_restart_in_a_collapse_does_not_end_its_hold(void)
{
    start();
    leave(0);
    world_run(&world, MINUTE);
    world_restart_restored(&world, true, MINUTE);
    world_run(&world, 26 * MINUTE);
    assert_int_equal(removals(), 0);
    world_run(&world, 10 * MINUTE);
    assert_true(removals() > 0);
    world_fini(&world);
}

static void fail_reads(int32_t count)
{
    for (size_t i = 0; i < world.site_count; i++)
        world.sites[i].reads = (struct script){ count > 0 ? ANSWER_TIMEOUT : ANSWER_OK, count };
}

void a_collapse_behind_a_silence_is_held(void)
{
    static const int64_t silences_ms[] = { 2 * MINUTE, 5 * MINUTE, 13 * MINUTE };
    for (size_t i = 0; i < COUNT_OF(silences_ms); i++) {
        start();
        fail_reads(INT32_MAX);
        world_run(&world, silences_ms[i]);
        leave(i % 2 ? 0 : 100);
        fail_reads(0);
        check_hold();
        world_fini(&world);
    }
}

/*
 * regression_world - the reconciler that ships, in a simulated world of sites with the formula alone.
 *
 * Include it in one .c file of the regressions: the functions and the world belong to that file. Time is simulated. One
 * thread. Errors fail the test.
 */
#ifndef TESTS_REGRESSIONS_REGRESSION_WORLD_H
#define TESTS_REGRESSIONS_REGRESSION_WORLD_H

#include "tests/support/test.h"
#include "tests/support/world.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define ALL SIZE_MAX

static struct world world;

/* Ten servers for each host, target 15 % free: 90 busy need 11 hosts, 160 need 19, 200 need 24. */
static inline struct site *sites(size_t count, bool is_counted_when_ordered, int32_t hosts,
                                 int32_t busy)
{
    world_init(&world, 1);
    world_add_sites(&world, count, is_counted_when_ordered, hosts, busy);
    return &world.sites[0];
}

static inline void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

static inline enum reason reason_of(size_t site)
{
    return world_deployment(&world, site)->reason;
}

static inline void reload(void)
{
    reconciler_configure(world.reconciler, &world.config, world.now);
}

static inline int32_t scales_since(int64_t from_ms)
{
    return world_count(&world, EFFECT_SCALE, ALL, from_ms);
}

/* No site owns fewer hosts than its minimum or more than its maximum at any time. */
static inline void check_bounds(struct world *at, void *context)
{
    (void)context;
    for (size_t i = 0; i < at->site_count; i++) {
        assert_true(site_owned_hosts(&at->sites[i]) >= at->sites[i].policy.min_hosts);
        assert_true(site_owned_hosts(&at->sites[i]) <= at->sites[i].policy.max_hosts);
    }
}

#endif

/*
 * reconciler_fixture - a reconciler in a simulated world, and single reads whose order and outcome the test decides.
 *
 * Include it in one .c file of a test: the functions and the world belong to that file. Time is simulated. One thread.
 * Errors fail the test.
 */
#ifndef TESTS_SUPPORT_RECONCILER_FIXTURE_H
#define TESTS_SUPPORT_RECONCILER_FIXTURE_H

#include "engine/base/arith.h"
#include "tests/support/test.h"
#include "tests/support/world.h"

#include <stdio.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;

/* Ninety busy servers need eleven hosts. */
static inline void one_site(bool is_counted_when_ordered, int32_t hosts, int32_t busy)
{
    world_init(&world, 1);
    world_add_sites(&world, 1, is_counted_when_ordered, hosts, busy);
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

/* --- single reads ------------------------------------------------------------------------------------------------- */

#define MANY 11000

/* Lists this number of deployments; returns the number of reads in flight, with their slots. */
static inline size_t start_many(size_t count, int32_t concurrency, uint32_t *ret_slots)
{
    static struct definition definitions[MANY];
    static char ids[MANY][8];
    for (size_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "%zu", i);
        definitions[i] = (struct definition){ ids[i], 10, 15 * SHARE_PERCENT, REASON_NONE, NULL };
    }
    struct discovery_result list = { .discovery = { definitions, count }, .is_ok = true };
    struct effect effect;
    world_init(&world, 1);
    world.config.concurrency = concurrency;
    world_start(&world);
    assert_true(reconciler_next(world.reconciler, world.now, &effect));
    reconciler_discovery_done(world.reconciler, world.now, &list);
    size_t requested = 0;
    while (reconciler_next(world.reconciler, world.now, &effect))
        ret_slots[requested++] = effect.slot;
    return requested;
}

static inline void end_read(uint32_t slot, enum reason reason, bool is_transient)
{
    struct read_result result = { .status = { 11, 110, 20 },
                                  .reason = reason,
                                  .is_transient = is_transient,
                                  .retry_after_ms = RETRY_AFTER_NONE,
                                  .text = "" };
    reconciler_read_done(world.reconciler, world.now, slot, &result);
}

/* The next read of the reconciler, at its time. */
static inline uint32_t next_read(void)
{
    struct effect effect;
    while (!reconciler_next(world.reconciler, world.now, &effect))
        world.now = reconciler_wakeup(world.reconciler);
    assert_int_equal(effect.kind, EFFECT_READ);
    return effect.slot;
}

static inline void fail_reads(const uint32_t *slots, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        end_read(slots[i], REASON_READ_FAILED, false);
}

#endif

/*
 * read_fleet - 100,000 deployments that have been read for a while: a reconciler without an API, for benches.
 *
 * Statuses are drawn from a seed. Owns the reconciler. One thread. The process ends when memory is exhausted.
 */
#ifndef TESTS_BENCH_READ_FLEET_H
#define TESTS_BENCH_READ_FLEET_H

#include "engine/base/random.h"
#include "engine/core/reconciler.h"

#define READ_FLEET_DEPLOYMENTS 100000
#define READ_FLEET_ONE_PERCENT (READ_FLEET_DEPLOYMENTS / 100)

struct read_fleet {
    struct reconciler *reconciler;
    struct fleet *fleet;
    struct random random;
    struct mono now;
};

void read_fleet_init(struct read_fleet *read_fleet);
void read_fleet_fini(struct read_fleet *read_fleet);

/* A discovery if one is due, and a status of each deployment. */
void read_fleet_pass(struct read_fleet *read_fleet);

/* The deployment has another status, as after a read: what has changed of it is in the cache. */
void read_fleet_change(struct read_fleet *read_fleet, uint32_t slot);

/* So many of them, anywhere. */
void read_fleet_change_some(struct read_fleet *read_fleet, size_t count);

#endif

/*
 * recorded_fleet - deployments with any values, as they are sampled; and whether a recording shows the same.
 *
 * The caller owns the struct. The same calls give the same values. One thread at a time.
 */
#ifndef TESTS_SUPPORT_RECORDED_FLEET_H
#define TESTS_SUPPORT_RECORDED_FLEET_H

#include "engine/base/random.h"
#include "engine/recording/recording_table.h"

#define RECORDED_POLICIES 3

struct recorded_fleet {
    struct fleet *fleet;
    struct random random;
    struct policy policies[RECORDED_POLICIES];
    int next_id;
};

void recorded_fleet_init(struct recorded_fleet *recorded);
void recorded_fleet_fini(struct recorded_fleet *recorded);

uint64_t recorded_fleet_draw(struct recorded_fleet *recorded, uint64_t below);

/* Adds listed deployments. */
void recorded_fleet_add(struct recorded_fleet *recorded, size_t count);

/* Changes some fields, each to any value that it can have. */
void recorded_fleet_change(struct recorded_fleet *recorded, struct deployment *deployment,
                           size_t count);

/* Fails the test unless the table shows the listed deployments as they are, and no others. */
void recorded_fleet_assert(const struct recorded_fleet *recorded,
                           const struct recording_table *table);

#endif

/*
 * trial - what a seed is put through: a life, now and then the same life again, and a pair of lives of which one has
 * faults beside deployments that have none.
 *
 * The trial's storage is its own; one trial at a time, one thread.
 */
#ifndef TESTS_SIM_TRIAL_H
#define TESTS_SIM_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trial {
    uint64_t seed;
    int64_t steps_max;
    bool is_repeated; /* the life is lived twice */
    bool is_paired;
    bool is_told; /* print the events of the deployment that failed, and shrink */
};

struct trial_sum {
    int64_t lives;
    int64_t reads;
    int64_t scales;
    int64_t steps;
    uint64_t trace; /* of the first life */
};

/* False: a law is broken, and printed if wanted. Adds to *sum. */
bool trial_run(const struct trial *trial, struct trial_sum *sum);

/* The seeds that once failed. */
size_t trial_seed_count(void);
uint64_t trial_seed(size_t index);

#endif

/*
 * trial - the runs for one seed: one run, optionally the same run again, and optionally a pair of runs. In the first
 * run of a pair half of the deployments have faults, in the second none has.
 *
 * Has static storage: one trial at a time, one thread.
 */
#ifndef TESTS_SIM_TRIAL_H
#define TESTS_SIM_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trial {
    uint64_t seed;
    int64_t steps_max;
    bool is_repeated; /* repeat the run and compare the traces */
    bool is_paired;
    bool is_verbose; /* print the events of the deployment that failed, and shrink */
};

struct trial_sum {
    int64_t runs;
    int64_t reads;
    int64_t scales;
    int64_t steps;
    uint64_t trace; /* of the first run */
};

/* False: an invariant is broken and was printed. Adds to *sum. */
bool trial_run(const struct trial *trial, struct trial_sum *sum);

/* The seeds in seeds.def. */
size_t trial_seed_count(void);
uint64_t trial_seed(size_t index);

#endif

/*
 * shrink - what a failing life needs to fail: families, deployments, incidents and faults are left out one after the
 * other while the same law is still broken.
 *
 * Big: keep it static. One thread.
 */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "tests/sim/run.h"

#define SHRINK_RUNS_MAX 1500

struct shrunk {
    struct run_options options; /* points into the arrays below */
    bool is_left_out[PLAN_SITES_MAX];
    bool is_cancelled[INCIDENTS_MAX];
    size_t cancelled_count;
    struct fault cancelled[LIFE_FAULTS_MAX];
    int32_t runs;
};

/* `result` is that of the plan with `options`; it becomes that of what is left, with its faults and `focus` records. */
void shrink_life(const struct plan *plan, const struct run_options *options,
                 struct run_result *result, struct shrunk *ret_shrunk);

#endif

/*
 * shrink - reduces a failing run: leaves out families, deployments, incidents and faults while the same invariant
 * still breaks.
 *
 * struct shrunk is large: keep it static. One thread.
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
    struct fault cancelled[RUN_FAULTS_MAX];
    int32_t runs;
};

/* `result` is the result of the plan with `options`. It is replaced by that of the reduced run, with its records. */
void shrink_run(const struct plan *plan, const struct run_options *options,
                struct run_result *result, struct shrunk *ret_shrunk);

#endif

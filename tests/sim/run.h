/*
 * run - one simulated run from start to end; every invariant is checked after every step.
 *
 *     faults ----------> recovery -----------------> calm ----------> loss ----------> stop
 *     (fault_ms)         (recovery_time_ms)          (ten passes)     (see loss.h)
 *
 * The reconciler is the one that ships. This file selects the next event and advances the clock; a stall (incidents)
 * is the only other change of the clock. Families, deployments, incidents and single faults can be left out without
 * changing anything else: see plan.h. The same plan and options give the same trace. A failed internal check of the
 * core ends the run like a broken invariant; the core's memory is then lost.
 *
 * One thread, one run at a time. A result is large: keep it static.
 */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/run_options.h"

extern const struct run_options run_options_default;

void run_seed(const struct plan *plan, const struct run_options *options,
              struct run_result *ret_result);

#endif

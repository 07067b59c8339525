/*
 * life - one world from its seed to its end: faults, healing, rest; every law is checked after every step.
 *
 *     faults ----------> heal and come to rest ----------> calm ----------> stop
 *     (fault_ms)         (as long as the slowest may take)  (ten passes)
 *
 * The reconciler is the one that ships. Life decides what happens next, and when; only a process that stands still
 * moves the clock beside it. What is left out (families, deployments, incidents, single faults) changes nothing
 * else: see plan.h. The same plan and options give the same trace. An internal check of the core that fails ends the
 * life like any broken law; the core's memory is lost then.
 *
 * One thread, one life at a time. A result is big: keep it static.
 */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/run_options.h"

extern const struct run_options run_options_default;

void run_seed(const struct plan *plan, const struct run_options *options,
              struct run_result *ret_result);

#endif

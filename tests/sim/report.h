/*
 * report - prints a broken invariant: the seed, the step, the invariant, and earlier events of the deployment.
 *
 * Standard output. One thread.
 */
#ifndef TESTS_SIM_REPORT_H
#define TESTS_SIM_REPORT_H

#include "tests/sim/run.h"

void report_breach(const struct plan *plan, const struct run_result *result, const char *title);
/* The last `count_max` records, without repetitions. */
void report_records(const struct run_result *result, size_t count_max);
void report_faults(const struct run_result *result);

#endif

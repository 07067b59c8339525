/*
 * report - a broken law in words: the seed, the step, the law, what happened to the deployment before.
 *
 * Standard output. One thread.
 */
#ifndef TESTS_SIM_REPORT_H
#define TESTS_SIM_REPORT_H

#include "tests/sim/run.h"

void report_breach(const struct plan *plan, const struct run_result *result, const char *title);
/* The last so many; what only repeats the one before is left out. */
void report_records(const struct run_result *result, size_t count_max);
void report_faults(const struct run_result *result);

#endif

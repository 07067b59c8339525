/*
 * crash - a failed internal check of the core ends the run, not the program.
 *
 * Replaces engine/base/panic: it is linked before the base archive, so the linker does not take the original. Like the
 * original it has file-scope state: the place to return to. One thread, one run at a time.
 */
#ifndef TESTS_SIM_CRASH_H
#define TESTS_SIM_CRASH_H

#include "engine/base/panic.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Calls `run`. False: a check failed, and *ret_text names it; memory that the run had allocated is lost. A check that
 * fails outside of crash_run ends the program.
 */
bool crash_run(void (*run)(void *context), void *context, char *ret_text, size_t size);

#endif

/*
 * crash - a check of the core that fails ends what runs, not the program.
 *
 * Stands in for engine/base/panic: linked before the base archive, whose own is then left out. Like that one it may
 * remember something between calls: where to go on. One thread, one run at a time; calls nobody but what it runs.
 */
#ifndef TESTS_SIM_CRASH_H
#define TESTS_SIM_CRASH_H

#include "engine/base/panic.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Runs it to its end; false: a check failed, and *ret_text says which. What was taken meanwhile is lost. A check that
 * fails outside ends the program.
 */
bool crash_run(void (*run)(void *context), void *context, char *ret_text, size_t size);

#endif

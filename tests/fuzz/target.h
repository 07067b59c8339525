/*
 * target - one fuzz target: takes bytes, and fails a must() when an invariant is broken.
 *
 * libFuzzer calls it under this name; the replay of stored inputs links each target under a name of its own. It keeps
 * no state between calls, so that one input is enough to repeat a failure.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

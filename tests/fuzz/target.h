/*
 * target - one fuzz target: bytes go in, whatever is not as it should be fails a must().
 *
 * libFuzzer calls it under this name; where stored inputs are played again all targets are linked under their own.
 * Keeps nothing from call to call: an input that fails does so by itself.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

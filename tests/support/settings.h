/*
 * settings - numbers that change the length or the seed of a random test, from the environment of the test program.
 *
 * Owns nothing. Any thread.
 */
#ifndef TESTS_SUPPORT_SETTINGS_H
#define TESTS_SUPPORT_SETTINGS_H

#include <stdint.h>

/* `otherwise`: the variable is not set, or is not an integer. */
int64_t setting(const char *name, int64_t otherwise);

#endif

/*
 * environment - the environment variables of a program that a test starts, and no others of the test's own.
 *
 * The first variable of a name is the one that the program finds. The caller's storage; large, so keep it static. One
 * thread. A must() fails when there are too many variables or one is too long.
 */
#ifndef TESTS_SUPPORT_ENVIRONMENT_H
#define TESTS_SUPPORT_ENVIRONMENT_H

#include <stddef.h>

#define ENVIRONMENT_VARIABLES_MAX 32
#define ENVIRONMENT_VARIABLE_SIZE 512

struct environment {
    size_t count;
    char *variables[ENVIRONMENT_VARIABLES_MAX + 1]; /* for execve */
    char storage[ENVIRONMENT_VARIABLES_MAX][ENVIRONMENT_VARIABLE_SIZE];
};

/*
 * Starts anew with the `wanted` variables ("NAME=value", up to NULL; may be NULL itself), then those that every program
 * needs: PATH, libraries, the sanitizers' options, HOME (NULL: none), a directory for the state and one for the
 * control socket in it (none without HOME), and no configuration of this machine.
 */
void environment_init(struct environment *environment, const char *const *wanted, const char *home);

/* Adds `name`, which ends with "=", with this value. */
void environment_add(struct environment *environment, const char *name, const char *value);

#endif

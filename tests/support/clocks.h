/*
 * clocks - the clocks of a program, moved by the test that starts it.
 *
 * The program loads clock_shim.so, which is built beside it. The owner's storage; it must stay where it is while a program
 * that was started with its environment may run. Ended by clocks_close. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_CLOCKS_H
#define TESTS_SUPPORT_CLOCKS_H

#include "tests/support/clock_shim.h"

#include <stdbool.h>

#define CLOCKS_VARIABLE_SIZE 512

struct clocks {
    struct clock_shim *shared;
    const char *environment[4]; /* for programs that start from now on */
    char preload[CLOCKS_VARIABLE_SIZE];
    char file[CLOCKS_VARIABLE_SIZE];
};

/* Creates the file `path`, with clocks that are right. False: there is no library, and nothing was done. */
bool clocks_open(struct clocks *clocks, const char *path);

/* Accepts what was not opened, if it is zeroed. */
void clocks_close(struct clocks *clocks);

/* Moves all clocks, as for a stopped process. */
void clocks_pass(struct clocks *clocks, long long ms);

#endif

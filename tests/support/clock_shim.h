/*
 * clock_shim - a library that is put before all others of a program (LD_PRELOAD) and moves its clocks.
 *
 * The environment variable CLOCK_SHIM names a file that holds a struct clock_shim; whoever writes into it moves the
 * clocks of the program that runs. Words are written one by one: a clock moves when its word does.
 */
#ifndef TESTS_SUPPORT_CLOCK_SHIM_H
#define TESTS_SUPPORT_CLOCK_SHIM_H

#include <stdatomic.h>

struct clock_shim {
    _Atomic long long wall_ms; /* added to the clock of the day */
    _Atomic long long mono_ms; /* to those that stand still while the reconciler is suspended */
    _Atomic long long boot_ms; /* to that which does not */
    _Atomic long long
        is_wall_double; /* the clock of the day runs twice as fast, from the program's start on */
};

#endif

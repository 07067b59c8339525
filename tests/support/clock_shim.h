/*
 * clock_shim - a library for LD_PRELOAD that changes the clocks of a program, and counts what it reads from a terminal.
 *
 * The environment variable CLOCK_SHIM names a file that has a struct clock_shim. Writing to the file changes the
 * clocks of the running program. The values are written one by one, and each changes one clock.
 */
#ifndef TESTS_SUPPORT_CLOCK_SHIM_H
#define TESTS_SUPPORT_CLOCK_SHIM_H

#include <stdatomic.h>

struct clock_shim {
    _Atomic long long wall_ms;        /* added to the wall clock */
    _Atomic long long mono_ms;        /* added to clocks that stop while the machine is suspended */
    _Atomic long long boot_ms;        /* added to the clock that does not stop */
    _Atomic long long is_wall_double; /* the wall clock runs twice as fast from the start */
    _Atomic long long bytes_read;     /* from terminals; the library counts them */
};

#endif

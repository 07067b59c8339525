/*
 * crash_shim - ends or disturbs a program from outside, at a place that the test names.
 *
 * It is linked into BUILD/autoscaler-failpoints. The environment variable CRASH_SHIM names a file that has a struct
 * crash_shim: the test and the program share it. What concerns a start is written before it. Without the variable the
 * program is as any other.
 */
#ifndef TESTS_SUPPORT_CRASH_SHIM_H
#define TESTS_SUPPORT_CRASH_SHIM_H

#include "engine/store/failpoint.h"
#include "tests/store/fault_vfs.h"

#define CRASH_NOWHERE (-1)

struct crash_shim {
    _Atomic int failpoint;     /* at which the program ends; CRASH_NOWHERE: at none */
    _Atomic int hit;           /* the time at which it is reached, from 1 */
    _Atomic int is_power_lost; /* there: what was not synced is lost, too; set before the start */
    _Atomic int power_seed;    /* see fault_vfs_record */
    _Atomic int hits[FAILPOINT_COUNT]; /* how often each was reached; counted by the program */
    struct fault_switch disk;
};

#endif

/*
 * fault_vfs - the file system below SQLite, with faults: operations that fail, block, are cut, or are lost with the
 * power.
 *
 * Installed as the default of SQLite, so that the program needs no change. Operations that change a file are counted:
 * writes, syncs, truncations, deletions. Syncs are counted and recorded, not carried out: the machine stays up. One for
 * the process; any thread.
 *
 * While it records, what was written and not synced is kept apart. When the power fails, every file is put back to what
 * was synced, with any part of what was not, in sectors. Deletions count as synced.
 */
#ifndef TESTS_STORE_FAULT_VFS_H
#define TESTS_STORE_FAULT_VFS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum fault {
    FAULT_NONE,
    FAULT_FULL,      /* writes: no space is left */
    FAULT_ERROR,     /* every operation: input/output error */
    FAULT_SHORT,     /* writes: the first half is written, then an input/output error */
    FAULT_SYNC,      /* syncs fail */
    FAULT_READ_ONLY, /* writes: it may only be read */
    FAULT_KILL,      /* the process ends */
    FAULT_POWER,     /* the power fails: what was not synced is lost, and the process ends */
};

void fault_vfs_install(void);

/* No fault, nothing is recorded, the count is 0. */
void fault_vfs_reset(void);

/* The fault from operation `first` on (from 1, counted from now), `count` times; -1: without end. */
void fault_vfs_set(enum fault fault, int64_t first, int64_t count);

/* Operations since then. */
int64_t fault_vfs_count(void);

/* Operations that have failed since then. */
int64_t fault_vfs_failed(void);

/* Syncs wait until they are let go. */
void fault_vfs_block_syncs(bool is_blocked);

/* Waits until a sync is blocked. */
void fault_vfs_await_block(void);

/*
 * Records from now on, for FAULT_POWER. `seed` selects the sectors that were not synced and are there anyway; 0: none,
 * 1: all.
 */
void fault_vfs_record(uint64_t seed);

/* The power fails now, and the process ends. */
_Noreturn void fault_vfs_lose_power(void);

/* Faults that another process sets, in memory that it shares. Each value is read before each operation. */
struct fault_switch {
    _Atomic int
        fault; /* of each operation that it concerns; FAULT_FULL to FAULT_SYNC, or FAULT_NONE */
    _Atomic int is_recording_only; /* the other databases have no fault */
    _Atomic int are_syncs_blocked; /* until the other process has unlocked its file */
};

/*
 * It is obeyed from now on, beside fault_vfs_set. Borrowed. `file`: a descriptor of the file that the other process has
 * locked, with flock(2), while it blocks syncs.
 */
void fault_vfs_obey(struct fault_switch *fault_switch, int file);

#endif

/*
 * crash_program - the headless program in a build that can be ended at failpoints, and its disk made to fail.
 *
 * BUILD/autoscaler-failpoints is built beside the program. The owner's storage; it must stay where it is while a
 * program that was started with it may run. Ended by crash_program_close. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_CRASH_PROGRAM_H
#define TESTS_SUPPORT_CRASH_PROGRAM_H

#include "tests/support/api_fixture.h"
#include "tests/support/clocks.h"
#include "tests/support/crash_shim.h"

#define CRASH_PROGRAM_PATH_SIZE 512
#define CRASH_PROGRAM_VARIABLES_MAX 4

struct crash_program {
    struct crash_shim *shared;
    int fd;               /* of its file */
    struct clocks clocks; /* of both programs */
    char file[CRASH_PROGRAM_PATH_SIZE];
    const char *environment[CRASH_PROGRAM_VARIABLES_MAX + 1];
};

/* The place at which a program ends. */
struct crash_place {
    enum failpoint_id failpoint;
    int hit; /* 0: it does not end */
    bool is_power_lost;
    int power_seed;
};

/* In the directory of the fixture; nothing fails. */
void crash_program_open(struct crash_program *program, const struct api_fixture *fixture);
void crash_program_close(struct crash_program *program);

/* Of the files of the recording alone. */
void crash_program_set_recording_fault(struct crash_program *program, enum fault fault);

/* Starts it as api_fixture_start does; it ends at this place. */
void crash_program_start(struct crash_program *program, struct api_fixture *fixture,
                         const struct crash_place *place, const char *const *arguments);

/* The usual program, with the same clocks. */
void crash_program_start_usual(struct crash_program *program, struct api_fixture *fixture,
                               const char *const *arguments);

/* How often the program that was started last has reached a failpoint. */
int crash_program_hits(const struct crash_program *program, enum failpoint_id failpoint);

/* Operations of its disk fail from now on; FAULT_NONE: no more. */
void crash_program_set_fault(struct crash_program *program, enum fault fault);

/* Its syncs do not end from now on, or end again. */
void crash_program_block_syncs(struct crash_program *program, bool is_blocked);

#endif

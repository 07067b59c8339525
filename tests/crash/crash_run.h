/*
 * crash_run - the program is ended at a place, started again, and has to meet one need.
 *
 * A scenario is a deployment with a need, an API with its kind of counting and its faults, and what happens beside. A
 * run starts the program of crash_program.h, lets the need arise, and stops the program unless it was killed; then the
 * usual program continues with the same state and the same API. Time passes by the clocks of the programs: what the
 * API does depends on the number of statuses alone. One thread: the test's.
 */
#ifndef TESTS_CRASH_CRASH_RUN_H
#define TESTS_CRASH_CRASH_RUN_H

#include "tests/support/crash_program.h"

enum crash_beside {
    BESIDE_NOTHING,
    BESIDE_RELOAD, /* a new configuration, before the need arises and after it */
    BESIDE_DAMAGE, /* the journal of an earlier run, which has ordered, has a damaged header */
    BESIDE_DISK,   /* when the need arises, the disk fails for some time */
};

struct crash_scenario {
    const char *name;
    int32_t hosts_before; /* what is needed before */
    bool counts_ordered;  /* see hosts_api_count_ordered */
    enum trouble trouble; /* of the first scale */
    enum crash_beside beside;
};

#define CRASH_SCENARIO_COUNT 10

extern const struct crash_scenario crash_scenarios[CRASH_SCENARIO_COUNT];

struct crash_run {
    const struct crash_scenario *scenario;
    struct api_fixture fixture;
    struct crash_program program;
};

void crash_run_init(struct crash_run *run, const struct crash_scenario *scenario);
void crash_run_fini(struct crash_run *run);

/* True: the program was killed there; false: it came to its end, which is success. */
bool crash_run_begin(struct crash_run *run, const struct crash_place *place);

/* The usual program continues. Fails unless the need is met, and was met once. */
void crash_run_continue(struct crash_run *run);

/*
 * The program is killed after `reads` statuses at the latest, or at the place, and `pass_ms` pass. The need exists from
 * the first time on.
 */
void crash_run_kill(struct crash_run *run, const struct crash_place *place, int64_t reads,
                    int64_t pass_ms);

/* Hosts boot at no time: the API does not count them, if it counts those that have booted. An order is confirmed. */
void crash_run_order_for_ever(struct crash_run *run);

#endif

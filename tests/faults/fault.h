/*
 * fault - the fault suite: every row of faults.def has a function with its number, declared here and defined in the
 * file of its kind (network, http, documents ...).
 *
 * Each function gets its own fixture: the real binary, headless, with a real server that has faults. It starts the
 * program, injects the fault, and checks the promise. Requests are counted at the server, not by the program's output.
 * Tests do not wait for a time. After the fault they wait until the program has recovered. One thread: the test's.
 */
#ifndef TESTS_FAULTS_FAULT_H
#define TESTS_FAULTS_FAULT_H

#include "tests/support/api_fixture.h"

#define FAULT(number, name, promise) void fault_##number(struct api_fixture *fixture);
#define LATER(number, name, lacks)
#include "tests/faults/faults.def"
#undef FAULT
#undef LATER

/* Parts of faults 66 and 75 that concern the state. */
void state_refuses_a_second_engine(struct api_fixture *fixture);
void state_survives_a_full_disk(struct api_fixture *fixture);

/* This machine or this build cannot inject the fault; the table shows the reason. */
_Noreturn void fault_skip(const char *why);

/* The same for a part of a fault; the test continues. */
void fault_leave_out(const char *what);

#endif

/*
 * fault - the fault suite: every row of faults.def is a function of that number, here declared, and written in the file
 * of its kind (network, http, json ...).
 *
 * Each gets a scene of its own: the real binary, headless, against a real server that misbehaves. It starts the program
 * with the arguments that it needs, brings the fault about, and asserts what has to hold then: what was sent is counted
 * at the server, never taken from the program. Nothing waits for time; a fault that ends is followed until the program
 * has recovered. One thread: the test's.
 */
#ifndef TESTS_FAULTS_FAULT_H
#define TESTS_FAULTS_FAULT_H

#include "tests/support/scene.h"

#define FAULT(number, name, promise) void fault_##number(struct scene *scene);
#define LATER(number, name, lacks)
#include "tests/faults/faults.def"
#undef FAULT
#undef LATER

/* This machine cannot bring the fault about: the row ends here, and the table says why. */
void fault_skip(struct scene *scene, const char *why);

#endif

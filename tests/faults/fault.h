/*
 * fault - the fault suite: every row of faults.def is a function of that number, here declared, and written in the file
 * of its kind (network, http, json ...).
 *
 * Each gets a fixture of its own: the real binary, headless, against a real server that misbehaves. It starts the
 * program with the arguments that it needs, brings the fault about, and asserts what has to hold then: what was sent
 * is counted at the server, never taken from the program. Nothing waits for time; a fault that ends is followed
 * until the program has recovered. One thread: the test's.
 */
#ifndef TESTS_FAULTS_FAULT_H
#define TESTS_FAULTS_FAULT_H

#include "tests/support/api_fixture.h"

/* Memory cannot be limited, nor libraries put first, as in the program that people run. */
#if defined(__has_feature)
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

#define FAULT(number, name, promise) void fault_##number(struct api_fixture *fixture);
#define LATER(number, name, lacks)
#include "tests/faults/faults.def"
#undef FAULT
#undef LATER

/* This reconciler, or this build of the program, cannot bring the fault about: the table says why. */
_Noreturn void fault_skip(const char *why);

/* The same for a part of a fault: the rest goes on. */
void fault_leave_out(const char *what);

#endif

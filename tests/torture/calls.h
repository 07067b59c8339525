/*
 * calls - intercepts the program's library calls, counts them, and makes selected calls fail.
 *
 * The linker's --wrap redirects every call in calls.def to this file. Calls within a library are not redirected, and
 * the fake API uses none of these libraries. A failing call does nothing and returns the failure of its row. Owns
 * nothing. Calls are counted on any thread. The functions below run on the test's thread while the program does not
 * run.
 */
#ifndef TESTS_TORTURE_CALLS_H
#define TESTS_TORTURE_CALLS_H

#include <stdint.h>

/*
 * Resets the count; calls `first` to `last`, counted from 1, fail. Each of them calls `failed` (may be NULL) with its
 * number, on the calling thread, before it returns.
 */
void calls_fail(int64_t first, int64_t last, void (*failed)(int64_t count));

/* Ends the failures and the counting. Returns the number of failed calls. */
int64_t calls_end(void);

/* The first failed call since calls_fail, as "curl_easy_setopt(10002)", or "nothing". Async-signal-safe. */
const char *calls_first_failed(void);

#endif

/*
 * calls - stands between the program and the libraries that it calls, counts the calls, and lets chosen ones fail.
 *
 * The linker's --wrap leads every call in calls.def here; what the libraries call among themselves is not concerned,
 * and a fake API uses neither of them. A call that fails does nothing and returns the failure of its row. Owns
 * nothing. Calls are counted on any thread; the functions are for the test's, while nothing of the program runs.
 */
#ifndef TESTS_TORTURE_CALLS_H
#define TESTS_TORTURE_CALLS_H

#include <stdint.h>

/*
 * Counts from 1 again; calls `first` to `last` fail. `failed` (NULL: nobody) hears that the how manieth one fails,
 * on the thread that called, before it returns.
 */
void calls_fail(int64_t first, int64_t last, void (*failed)(int64_t count));

/* From now on all work, and none is counted. Returns how many failed. */
int64_t calls_end(void);

/* "curl_easy_setopt(10002)": the first one that failed since calls_fail; "nothing". From a signal handler too. */
const char *calls_first_failed(void);

#endif

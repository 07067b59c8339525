/*
 * inside - the program's own main, run within the test: its exit code and what it printed, hundreds of times a second.
 *
 * Standard output and error are the program's while it runs, as the FILEs and not as descriptors: what a sanitizer or a
 * failed check says still reaches the tester. Time runs INSIDE_SPEED times as fast for the program (for its waits and
 * its clock, not for libcurl), so that retries do not keep anybody. One thread: the test's.
 */
#ifndef TESTS_TORTURE_INSIDE_H
#define TESTS_TORTURE_INSIDE_H

#define INSIDE_SPEED 200
#define INSIDE_ARGUMENTS_MAX 32

/* Behind the name; NULL ends them. With `stop_at`, SIGTERM comes as soon as this stands in its output. */
int inside_run(const char *const *arguments, const char *stop_at);

/* Of the last run; with a NUL behind it. */
const char *inside_output(void);
const char *inside_errors(void);

#endif

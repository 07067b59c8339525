/*
 * inside - runs the program's main inside the test process, and captures its exit code and output.
 *
 * While it runs, the FILEs stdout and stderr are replaced, but not the descriptors: reports of a sanitizer or of a
 * failed check are still visible. The program's timers and clock run INSIDE_SPEED times as fast, libcurl's do not, so
 * that retries take little time. One thread: the test's.
 */
#ifndef TESTS_TORTURE_INSIDE_H
#define TESTS_TORTURE_INSIDE_H

#define INSIDE_SPEED 200
#define INSIDE_ARGUMENTS_MAX 32

/* `arguments` without the program's name, ended by NULL. If `stop_at` is set, its output triggers SIGTERM. */
int inside_run(const char *const *arguments, const char *stop_at);

/* Of the last run, terminated by NUL. */
const char *inside_output(void);
const char *inside_errors(void);

#endif

/*
 * process - the processes that a benchmark starts, and what they cost.
 *
 * Owns nothing: the caller ends and awaits each process. Any thread. What a benchmark cannot begin without ends it.
 */
#ifndef TESTS_BENCH_PROCESS_H
#define TESTS_BENCH_PROCESS_H

#include <sys/types.h>

/* Ends the benchmark: what has failed, and errno. */
_Noreturn void process_fail(const char *what);

/* A port of loopback that is free now. */
int process_free_port(void);

/* Starts argv[0], with this descriptor as its output and its errors. It does not outlive the benchmark. */
pid_t process_start(const char *const argv[], int output);

/* Seconds that the first thread of the process has been on a processor; other processes do not add to it. 0: not known. */
double process_thread_seconds(pid_t pid);

#endif

/*
 * program - the real binary, started by a test: what it prints is collected, what it is waited for is bounded.
 *
 * The binary is what the environment variable AUTOSCALER names, else build/release/autoscaler. It gets no terminal, an
 * environment that holds nothing of the tester's own settings, and pipes for what it prints. There is no thread: the
 * pipes are read while something here waits, so a test that waits for anything else while the program is talkative
 * waits with program_wait_until. Waits fail the test after PROGRAM_PATIENCE_MS and show the end of the log.
 *
 * One thread: the test's.
 */
#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_PATIENCE_MS ((int64_t)120 * 1000)
#define PROGRAM_ARGUMENTS_MAX 32

/* Arguments for tests that count scales: nothing is asked for but what the formula says, whatever was seen before. */
#define FORMULA_ALONE                                                                              \
    "--set=defaults.lookahead=off", "--set=defaults.surge_reserve=0%",                             \
        "--set=defaults.saturation_step=0%", "--set=defaults.outage_hold=0s"
#define FORMULA_ALONE_COUNT 4

struct program_config {
    const char *const *arguments;   /* behind the name; NULL ends them */
    const char *const *environment; /* "NAME=value"; NULL ends them; NULL: none */
    const char *home;               /* $HOME */
    const char *input;              /* the file that is its standard input; NULL: an empty one */
    unsigned files_max;             /* descriptors that it may have open; 0: as many as the test */
};

struct program;

struct program *program_start(const struct program_config *config);

/* Kills what still runs. Accepts NULL. */
void program_destroy(struct program *program);

/*
 * Waits for the next line of standard error that contains `text`, behind the line that was found last. The line without
 * its end; lives until the program is destroyed.
 */
const char *program_wait_line(struct program *program, const char *text);

/* The same for standard output. */
const char *program_wait_output(struct program *program, const char *text);

/* Waits until `is_true` says so, reading what the program prints meanwhile; `what` is for the failure. */
void program_wait_until(struct program *program, bool (*is_true)(void *context), void *context,
                        const char *what);

void program_signal(struct program *program, int number);

/* Sets a soft limit (RLIMIT_...) of the program that runs; what it was before. */
uint64_t program_set_limit(struct program *program, int resource, uint64_t limit);

/* Waits for the end. Its exit code, or 128 and the signal that ended it. */
int program_finish(struct program *program);

/* What was collected so far: whole after program_finish. With a NUL behind it. */
const char *program_output(const struct program *program, size_t *ret_size);
const char *program_log(const struct program *program, size_t *ret_size);

/* Lines of standard error so far that contain `text`. */
int64_t program_count_lines(const struct program *program, const char *text);

/*
 * The how manieth of these lines, from 0; NULL when there are not so many. Lives until the next call of any
 * function.
 */
const char *program_find_line(struct program *program, const char *text, int64_t index);

#endif

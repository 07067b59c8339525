/*
 * program - starts the real binary, collects its output, and waits for it with a time limit.
 *
 * The environment variable AUTOSCALER names the binary; the default is build/release/autoscaler. It gets no terminal,
 * a clean environment, and pipes for its output. There is no reader thread: the pipes are read only while a function
 * here waits. To wait for something else while the program prints, use program_wait_until. Waits fail the test after
 * PROGRAM_PATIENCE_MS and print the end of the log.
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

/* Arguments for tests that count scales: only the formula decides, without history. */
#define FORMULA_ALONE                                                                              \
    "--set=defaults.lookahead=off", "--set=defaults.surge_reserve=0%",                             \
        "--set=defaults.saturation_step=0%", "--set=defaults.outage_hold=0s"
#define FORMULA_ALONE_COUNT 4

struct program_config {
    const char *const *arguments;   /* without the program's name, ended by NULL */
    const char *const *environment; /* "NAME=value"; NULL ends them; NULL: none */
    const char *home;               /* $HOME */
    const char *input;              /* the file for standard input; NULL: empty input */
    unsigned files_max;             /* limit of open descriptors; 0: the test's limit */
    bool is_ctl;                    /* autoscalerctl, which is beside the binary */
};

struct program;

struct program *program_start(const struct program_config *config);

/* Kills the program if it still runs. Accepts NULL. */
void program_destroy(struct program *program);

/*
 * Waits for the next line of standard error that contains `text`, after the line that was found last. Returns the line
 * without its newline; valid until the program is destroyed.
 */
const char *program_wait_line(struct program *program, const char *text);

/* The same for standard output. */
const char *program_wait_output(struct program *program, const char *text);

/* Waits until `is_true` returns true, and reads the program's output meanwhile. `what` is for the failure text. */
void program_wait_until(struct program *program, bool (*is_true)(void *context), void *context,
                        const char *what);

/* The same; false: it has ended before. */
bool program_wait_or_end(struct program *program, bool (*is_true)(void *context), void *context,
                         const char *what);

void program_signal(struct program *program, int number);

/* Sets a soft limit (RLIMIT_...) of the running program; returns the old limit. */
uint64_t program_set_limit(struct program *program, int resource, uint64_t limit);

/* The memory of its own that it has in RAM now, in KiB. */
int64_t program_memory_kib(const struct program *program);

/* Waits for the end. Returns the exit code, or 128 plus the signal. */
int program_finish(struct program *program);

/* The output so far, terminated by NUL; complete after program_finish. */
const char *program_output(const struct program *program, size_t *ret_size);
const char *program_log(const struct program *program, size_t *ret_size);

/* The end of the log, as much as the text of a failed test can have. */
const char *program_log_end(const struct program *program);

/* Lines of standard error so far that contain `text`. */
int64_t program_count_lines(const struct program *program, const char *text);

/*
 * The line with this index among those lines, from 0; NULL: there are fewer. Valid until the next call of any
 * function.
 */
const char *program_find_line(struct program *program, const char *text, int64_t index);

#endif

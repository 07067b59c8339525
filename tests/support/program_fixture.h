/*
 * program_fixture - the fixture for tests of the whole program: a fake API, a temporary directory, and the program.
 *
 * program_fixture_enter and program_fixture_leave are setup and teardown of a cmocka test: they set *state to the
 * program_fixture and keep its old value, a row, in `row`. Teardown always kills the program and removes the
 * directory, also after a failed test.
 *
 *     program_fixture_run(program_fixture, (const char *const[]){ "--once", "--output=json", NULL });
 *
 * Every program gets the address of the fake API, unless its arguments have one. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_PROGRAM_FIXTURE_H
#define TESTS_SUPPORT_PROGRAM_FIXTURE_H

#include "tests/support/fake_api.h"
#include "tests/support/program.h"

#define PROGRAM_FIXTURE_PATH_SIZE 128

struct program_fixture {
    const void *row;
    struct fake_api *api;
    struct program *program;
    struct program *partner; /* an optional second program; ends with the fixture */
    char directory[PROGRAM_FIXTURE_PATH_SIZE];
    const char *const *environment; /* for programs that are started later */
    const char *input;              /* the same; NULL: nothing */
    unsigned files_max;
};

int program_fixture_enter(void **state);
int program_fixture_leave(void **state);

/* The same without cmocka's signature. */
void program_fixture_init(struct program_fixture *program_fixture);
void program_fixture_fini(struct program_fixture *program_fixture);

/* Starts the program with --api and these arguments; kills an earlier one. */
void program_fixture_start(struct program_fixture *program_fixture, const char *const *arguments);

/* Starts it and waits for its end. Returns the exit code. */
int program_fixture_run(struct program_fixture *program_fixture, const char *const *arguments);

/* Stops it. Returns the exit code. */
int program_fixture_stop(struct program_fixture *program_fixture);

/* Waits until the server has received `count` matching requests; NULL matches any. */
void program_fixture_wait(struct program_fixture *program_fixture, const char *method,
                          const char *path, int64_t count);

/* The path of a file in the directory, in the caller's storage. */
const char *program_fixture_path(const struct program_fixture *program_fixture, const char *name,
                                 char ret_path[PROGRAM_FIXTURE_PATH_SIZE]);

/* Writes or replaces a file in the directory. */
void program_fixture_write(const struct program_fixture *program_fixture, const char *name,
                           const char *text, unsigned mode);

/* The content of a file, "" if it does not exist. The caller frees it with heap_free. */
char *program_fixture_read(const char *path);

/* Fails unless every byte is part of a printable character, or a newline. */
void assert_printable(const char *bytes, size_t size);

#endif

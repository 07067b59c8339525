/*
 * program_fixture - where a test of the whole program takes place: a fake API, a folder of its own, and the program
 * between them.
 *
 * program_fixture_enter and program_fixture_leave are the setup and teardown of a cmocka test: *state is the
 * program_fixture from then on, and what *state was before (a row) is `row`. Whatever becomes of the test, the
 * program is gone and the folder removed.
 *
 *     program_fixture_run(program_fixture, (const char *const[]){ "--once", "--output=json", NULL });
 *
 * Every program is told where the fake API is, unless a list of its own says so. One thread: the test's.
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
    struct program
        *partner; /* another one that the test may have started; gone with the program_fixture */
    char folder[PROGRAM_FIXTURE_PATH_SIZE];
    const char *const *environment; /* of the programs that are started from now on */
    const char *input;              /* the same; NULL: nothing */
    unsigned files_max;
};

int program_fixture_enter(void **state);
int program_fixture_leave(void **state);

/* The same without cmocka's shape. */
void program_fixture_init(struct program_fixture *program_fixture);
void program_fixture_fini(struct program_fixture *program_fixture);

/* Starts the program with --api and these arguments; one that was started before is gone. */
void program_fixture_start(struct program_fixture *program_fixture, const char *const *arguments);

/* Starts it and waits for its end: the exit code. */
int program_fixture_run(struct program_fixture *program_fixture, const char *const *arguments);

/* Asks it to stop: the exit code. */
int program_fixture_stop(struct program_fixture *program_fixture);

/* Waits until the server got so many of these; NULL means any. */
void program_fixture_wait(struct program_fixture *program_fixture, const char *method,
                          const char *path, int64_t count);

/* The path of a file in the folder, in storage of the caller's. */
const char *program_fixture_path(const struct program_fixture *program_fixture, const char *name,
                                 char ret_path[PROGRAM_FIXTURE_PATH_SIZE]);

/* Writes a file into the folder, anew. */
void program_fixture_write(const struct program_fixture *program_fixture, const char *name,
                           const char *text, unsigned mode);

/* The whole of a file, "" when there is none; for the caller to heap_free. */
char *program_fixture_read(const char *path);

/* Fails unless every byte is part of a character that people see as itself, or a newline. */
void assert_printable(const char *bytes, size_t size);

#endif

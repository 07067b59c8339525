/*
 * stage - where a test of the whole program takes place: a fake API, a folder of its own, and the program between them.
 *
 * stage_enter and stage_leave are the setup and teardown of a cmocka test: *state is the stage from then on, and what
 * *state was before (a row) is `row`. Whatever becomes of the test, the program is gone and the folder removed.
 *
 *     stage_run(stage, (const char *const[]){ "--once", "--output=json", NULL });
 *
 * Every program is told where the fake API is, unless a list of its own says so. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_PROGRAM_FIXTURE_H
#define TESTS_SUPPORT_PROGRAM_FIXTURE_H

#include "tests/support/fake_api.h"
#include "tests/support/program.h"

#define STAGE_PATH_SIZE 128

struct stage {
    const void *row;
    struct fake_api *api;
    struct program *program;
    struct program *partner; /* another one that the test may have started; gone with the stage */
    char folder[STAGE_PATH_SIZE];
    const char *const *environment; /* of the programs that are started from now on */
    const char *input;              /* the same; NULL: nothing */
    unsigned files_max;
};

int stage_enter(void **state);
int stage_leave(void **state);

/* The same without cmocka's shape. */
void stage_init(struct stage *stage);
void stage_fini(struct stage *stage);

/* Starts the program with --api and these arguments; one that was started before is gone. */
void stage_start(struct stage *stage, const char *const *arguments);

/* Starts it and waits for its end: the exit code. */
int stage_run(struct stage *stage, const char *const *arguments);

/* Asks it to stop: the exit code. */
int stage_stop(struct stage *stage);

/* Waits until the server got so many of these; NULL means any. */
void stage_wait(struct stage *stage, const char *method, const char *path, int64_t count);

/* The path of a file in the folder, in storage of the caller's. */
const char *stage_path(const struct stage *stage, const char *name, char ret_path[STAGE_PATH_SIZE]);

/* Writes a file into the folder, anew. */
void stage_write(const struct stage *stage, const char *name, const char *text, unsigned mode);

/* The whole of a file, "" when there is none; for the caller to heap_free. */
char *stage_read(const char *path);

/* Fails unless every byte is part of a character that people see as itself, or a newline. */
void assert_printable(const char *bytes, size_t size);

#endif

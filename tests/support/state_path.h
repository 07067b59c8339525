/*
 * state_path - where the program of a fixture has its journal. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_STATE_PATH_H
#define TESTS_SUPPORT_STATE_PATH_H

#include "tests/support/program_fixture.h"

#define STATE_PATH_TEXT_SIZE 512

/* Fails unless there is exactly one. */
const char *state_path_journal(const struct program_fixture *program_fixture,
                               char ret_path[STATE_PATH_TEXT_SIZE]);

/* The directories of APIs in it. */
int state_path_count(const struct program_fixture *program_fixture);

#endif

/*
 * golden - compares screens as text with expected files that were reviewed.
 *
 * tests/data/golden/NAME.txt has the rows of a screen. With GOLDEN=write in the environment the file is written
 * instead (`make golden`), and the difference must be reviewed. Fails the test (cmocka) and prints both screens if
 * they differ. The path is relative to the root of the sources, where `make test` runs the tests.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include "tui/draw/canvas.h"

void golden_check(const char *name, const struct canvas *canvas);

/* The same for roles: one letter for each cell. */
void golden_check_roles(const char *name, const struct canvas *canvas);

/* The letter of a cell's role and marks: '.' normal, 'A' the next role; lower case: cursor row, '#': a match. */
char golden_letter(const struct cell *cell);

/* The same for any text, in the file at this path. */
void golden_check_file(const char *path, const char *text);

#endif

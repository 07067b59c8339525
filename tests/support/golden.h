/*
 * golden - screens as text, compared with files that people have looked at.
 *
 * tests/data/golden/NAME.txt holds the rows of a screen. With GOLDEN=write in the environment the file is written
 * instead (`make golden`), and the difference is for a person to judge. Fails the test (cmocka) and prints both
 * screens when they differ. The folder is found from the working directory of `make test`: the root of the sources.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include "tui/draw/canvas.h"

void golden_check(const char *name, const struct canvas *canvas);

/* The same for roles: one letter a cell, for screens in which they matter. */
void golden_check_roles(const char *name, const struct canvas *canvas);

#endif

/*
 * museum - tests of published bugs, one an exhibit of museum.def.
 *
 * Each test fails by cmocka's assertions and by nothing else. Those of pure functions and worlds take nothing; those of
 * the program find it not yet started. One thread: the test's.
 */
#ifndef TESTS_MUSEUM_MUSEUM_H
#define TESTS_MUSEUM_MUSEUM_H

#include "tests/support/scene.h"

#define EXHIBIT(test, name, source, did) void test(void);
#define PROGRAM_EXHIBIT(test, name, source, did) void test(struct scene *scene);
#include "tests/museum/museum.def"
#undef EXHIBIT
#undef PROGRAM_EXHIBIT

#endif

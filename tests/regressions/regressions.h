/*
 * museum - tests of published bugs, one an exhibit of museum.def.
 *
 * Each test fails by cmocka's assertions and by nothing else. Those of pure functions and worlds take nothing; those of
 * the program find it not yet started. One thread: the test's.
 */
#ifndef TESTS_REGRESSIONS_REGRESSIONS_H
#define TESTS_REGRESSIONS_REGRESSIONS_H

#include "tests/support/api_fixture.h"

#define EXHIBIT(test, name, source, did) void test(void);
#define PROGRAM_EXHIBIT(test, name, source, did) void test(struct api_fixture *fixture);
#include "tests/regressions/regressions.def"
#undef EXHIBIT
#undef PROGRAM_EXHIBIT

#endif

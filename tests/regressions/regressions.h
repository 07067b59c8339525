/*
 * regressions - the tests of the published bugs in regressions.def, one function for each row.
 *
 * Each test fails by cmocka's assertions and by nothing else. Those of pure functions and worlds take nothing; those of
 * the program find it not yet started. One thread: the test's.
 */
#ifndef TESTS_REGRESSIONS_REGRESSIONS_H
#define TESTS_REGRESSIONS_REGRESSIONS_H

#include "tests/support/api_fixture.h"

#define REGRESSION(test, name, source, did) void test(void);
#define PROGRAM_REGRESSION(test, name, source, did) void test(struct api_fixture *fixture);
#include "tests/regressions/regressions.def"
#undef REGRESSION
#undef PROGRAM_REGRESSION

#endif

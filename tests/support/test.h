/*
 * test - cmocka with the headers it needs before it, in the order it needs them.
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
/* Each row of a table is a separate test: its `name`, and `check` with the row as *state. */
#define TESTS_FROM_ROWS(tests, rows, check)                                                        \
    for (size_t row_index = 0; row_index < COUNT_OF(rows); row_index++)                            \
    (tests)[row_index] = (struct CMUnitTest){ .name = (rows)[row_index].name,                      \
                                              .test_func = (check),                                \
                                              .initial_state = (void *)(uintptr_t)&(rows)[row_index] }

/* clang-format on */

#endif

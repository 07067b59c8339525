/*
 * once_fixture - the whole program with --once against a small fleet, one run for each test.
 *
 * once_fixture_enter and once_fixture_leave are setup and teardown: they set *state to the fixture and keep its old
 * value, a row, in program_fixture.row. Requests are counted at the server. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_ONCE_FIXTURE_H
#define TESTS_SUPPORT_ONCE_FIXTURE_H

#include "tests/support/document.h"
#include "tests/support/listing.h"
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdint.h>

#define EXIT_OK 0
#define EXIT_TROUBLE 1
#define EXIT_NO_DISCOVERY 3

#define JSON_BARE                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        "--once", "--bare", "--output=json", NULL                                                  \
    }

/* A test of its own, with the fixture. */
#define ONCE_FIXTURE_TEST(function)                                                                \
    {                                                                                              \
#function, function, once_fixture_enter, once_fixture_leave, NULL                          \
    }

#define ID_ROW_COUNT 19
#define WORKED_ROW_COUNT 15

struct once_fixture {
    struct program_fixture program_fixture;
    struct listing *listing; /* what the server has: a deployment for each of the rows below */
};

/* Ids that need escaping in a path or in the output. */
extern const struct id_row {
    const char *name;
    const char *id;
    const char *path;
    const char *shown; /* in the table */
} id_rows[ID_ROW_COUNT];

/* Cases computed by hand, and limits of the formula. */
extern const struct worked_row {
    const char *name;
    struct listed_numbers numbers;
    int64_t delta;
} worked_rows[WORKED_ROW_COUNT];

int once_fixture_enter(void **state);
int once_fixture_leave(void **state);

/* These tests get the fixture. */
void once_fixture_set(struct CMUnitTest *tests, size_t count);

/* The document that the program has printed. */
void keep_output(struct program_fixture *program_fixture, struct document *ret_document);

/* The deployments of the fleet that need hosts, or have too many. */
int64_t count_small_fleet_scales(void);

#endif

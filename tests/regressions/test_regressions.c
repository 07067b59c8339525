/*
 * Runs the test of each published bug in regressions.def. Prints a table and the number of rows that passed.
 */
#include "tests/regressions/regressions.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdio.h>

static const struct regression {
    const char *name;
    const char *source;
    const char *did;
    void (*test)(void);                                /* NULL: test_program */
    void (*test_program)(struct api_fixture *fixture); /* NULL: test */
} regressions[] = {
#define REGRESSION(test, name, source, did) { name, source, did, test, NULL },
#define PROGRAM_REGRESSION(test, name, source, did) { name, source, did, NULL, test },
#include "tests/regressions/regressions.def"
#undef REGRESSION
#undef PROGRAM_REGRESSION
};

struct test_run {
    const struct regression *regression;
    struct api_fixture *fixture;
    bool is_passed;
};

static int enter(void **state)
{
    struct test_run *run = *state;
    void *fixture = NULL;
    int failed = run->regression->test_program ? api_fixture_enter(&fixture) : 0;
    run->fixture = fixture;
    return failed;
}

static int leave(void **state)
{
    struct test_run *run = *state;
    void *fixture = run->fixture;
    return fixture ? api_fixture_leave(&fixture) : 0;
}

/* A failed assertion does not return, so is_passed stays false. */
static void check_regression(void **state)
{
    struct test_run *run = *state;
    if (run->regression->test)
        run->regression->test();
    else
        run->regression->test_program(run->fixture);
    run->is_passed = true;
}

static void print_table(const struct test_run *runs)
{
    int count = 0;
    for (size_t i = 0; i < COUNT_OF(regressions); i++) {
        const struct regression *regression = runs[i].regression;
        count += runs[i].is_passed;
        printf("| %2zu %-33s %-24s %s%s\n", i + 1, regression->name, regression->source,
               runs[i].is_passed ? "passed" : "failed: ", runs[i].is_passed ? "" : regression->did);
    }
    printf("count: %d published bugs kept out\n", count);
}

int main(void)
{
    struct test_run runs[COUNT_OF(regressions)];
    struct CMUnitTest tests[COUNT_OF(regressions)];
    for (size_t i = 0; i < COUNT_OF(regressions); i++) {
        runs[i] = (struct test_run){ .regression = &regressions[i] };
        tests[i] = (struct CMUnitTest){ .name = regressions[i].name,
                                        .test_func = check_regression,
                                        .setup_func = enter,
                                        .teardown_func = leave,
                                        .initial_state = &runs[i] };
    }
    int failed = cmocka_run_group_tests_name("regressions", tests, NULL, NULL);
    print_table(runs);
    return failed;
}

/*
 * The museum: published bugs, and that they are kept out. Prints a table of them when it is done; what counts is what
 * passed in this very run.
 */
#include "tests/regressions/regressions.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <stdio.h>

static const struct exhibit {
    const char *name;
    const char *source;
    const char *did;
    void (*test)(void); /* either this */
    void (*test_program)(struct api_fixture *fixture);
} exhibits[] = {
#define EXHIBIT(test, name, source, did) { name, source, did, test, NULL },
#define PROGRAM_EXHIBIT(test, name, source, did) { name, source, did, NULL, test },
#include "tests/regressions/regressions.def"
#undef EXHIBIT
#undef PROGRAM_EXHIBIT
};

struct visit {
    const struct exhibit *exhibit;
    struct api_fixture *fixture;
    bool is_passed;
};

static int enter(void **state)
{
    struct visit *visit = *state;
    void *fixture = NULL;
    int failed = visit->exhibit->test_program ? api_fixture_enter(&fixture) : 0;
    visit->fixture = fixture;
    return failed;
}

static int leave(void **state)
{
    struct visit *visit = *state;
    void *fixture = visit->fixture;
    return fixture ? api_fixture_leave(&fixture) : 0;
}

/* An assertion that fails does not come back. */
static void is_kept_out(void **state)
{
    struct visit *visit = *state;
    if (visit->exhibit->test)
        visit->exhibit->test();
    else
        visit->exhibit->test_program(visit->fixture);
    visit->is_passed = true;
}

static void print_table(const struct visit *visits)
{
    int count = 0;
    for (size_t i = 0; i < COUNT_OF(exhibits); i++) {
        const struct exhibit *exhibit = visits[i].exhibit;
        count += visits[i].is_passed;
        printf(
            "| %2zu %-33s %-24s %s%s\n", i + 1, exhibit->name, exhibit->source,
            visits[i].is_passed ? "passed" : "failed: ", visits[i].is_passed ? "" : exhibit->did);
    }
    printf("count: %d published bugs kept out\n", count);
}

int main(void)
{
    struct visit visits[COUNT_OF(exhibits)];
    struct CMUnitTest tests[COUNT_OF(exhibits)];
    for (size_t i = 0; i < COUNT_OF(exhibits); i++) {
        visits[i] = (struct visit){ .exhibit = &exhibits[i] };
        tests[i] = (struct CMUnitTest){ .name = exhibits[i].name,
                                        .test_func = is_kept_out,
                                        .setup_func = enter,
                                        .teardown_func = leave,
                                        .initial_state = &visits[i] };
    }
    int failed = cmocka_run_group_tests_name("museum", tests, NULL, NULL);
    print_table(visits);
    return failed;
}

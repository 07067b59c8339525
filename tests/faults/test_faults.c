/*
 * The fault suite: runs every row of tests/faults/faults.def against the real binary, and prints a table of results.
 * With numbers as arguments, those rows only.
 */
#include "tests/faults/fault.h"

#include "tests/support/api_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum outcome { NOT_RUN, FAILED, SKIPPED, SURVIVED };

struct fault {
    int number;
    const char *name;
    const char *promise;                        /* LATER: the missing feature */
    void (*check)(struct api_fixture *fixture); /* NULL: LATER */
    enum outcome outcome;
    const char *left_out; /* why the fault, or a part of it, was not injected */
};

/* clang-format off */
static struct fault faults[] = {
#define FAULT(number, name, promise) { number, name, promise, fault_##number, NOT_RUN, NULL },
#define LATER(number, name, lacks) { number, name, lacks, NULL, NOT_RUN, NULL },
#include "tests/faults/faults.def"
#undef FAULT
#undef LATER
};
/* clang-format on */

static struct fault *running;

_Noreturn void fault_skip(const char *why)
{
    running->outcome = SKIPPED;
    running->left_out = why;
    skip();
    abort();
}

void fault_leave_out(const char *what)
{
    running->left_out = what;
}

static void check_fault(void **state)
{
    struct api_fixture *fixture = *state;
    struct fault *fault = (struct fault *)(uintptr_t)fixture->program_fixture.row;
    running = fault;
    fault->outcome = FAILED;
    fault->check(fixture);
    fault->outcome = SURVIVED;
}

static const char *outcome_word(const struct fault *fault)
{
    static const char *const words[] = {
        [NOT_RUN] = "not run",
        [FAILED] = "FAILED",
        [SKIPPED] = "skipped",
        [SURVIVED] = "survived",
    };
    return fault->check ? words[fault->outcome] : "later";
}

static void print_table(void)
{
    int survived = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        const struct fault *fault = &faults[i];
        printf("| F%02d %-8s %s: %s%s%s%s\n", fault->number, outcome_word(fault), fault->name,
               fault->check ? "" : "lacks ", fault->promise,
               fault->left_out ? "; left out here: " : "", fault->left_out ? fault->left_out : "");
        survived += fault->outcome == SURVIVED;
    }
    printf("count: %d faults survived\n", survived);
}

static bool is_chosen(const struct fault *fault, int argc, char **argv)
{
    bool is_named = argc == 1;
    for (int i = 1; i < argc; i++)
        is_named = is_named || strtol(argv[i], NULL, 10) == fault->number;
    return is_named && fault->check;
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[COUNT_OF(faults)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (is_chosen(&faults[i], argc, argv))
            tests[count++] = (struct CMUnitTest){ .name = faults[i].name,
                                                  .test_func = check_fault,
                                                  .setup_func = api_fixture_enter,
                                                  .teardown_func = api_fixture_leave,
                                                  .initial_state = &faults[i] };
    }
    int failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
    print_table();
    return failed;
}

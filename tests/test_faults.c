/*
 * The fault suite: every row of tests/faults/faults.def against the real binary, and a table of what became of each.
 */
#include "tests/faults/fault.h"

#include "tests/support/scene.h"
#include "tests/support/test.h"

#include <stdio.h>

enum outcome { NOT_RUN, FAILED, SURVIVED };

struct fault {
    int number;
    const char *name;
    const char *promise;                /* or what it lacks */
    void (*check)(struct scene *scene); /* NULL: it befalls what the program does not have */
    enum outcome outcome;
};

/* clang-format off */
static struct fault faults[] = {
#define FAULT(number, name, promise) { number, name, promise, fault_##number, NOT_RUN },
#define LATER(number, name, lacks) { number, name, lacks, NULL, NOT_RUN },
#include "tests/faults/faults.def"
#undef FAULT
#undef LATER
};
/* clang-format on */

static void check_fault(void **state)
{
    struct scene *scene = *state;
    struct fault *fault = (struct fault *)(uintptr_t)scene->stage.row;
    fault->outcome = FAILED;
    fault->check(scene);
    fault->outcome = SURVIVED;
}

static const char *outcome_word(const struct fault *fault)
{
    if (!fault->check)
        return "later";
    return fault->outcome == SURVIVED ? "survived"
           : fault->outcome == FAILED ? "FAILED"
                                      : "not run";
}

static void print_table(void)
{
    int survived = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        const struct fault *fault = &faults[i];
        printf("| F%02d %-8s %s: %s%s\n", fault->number, outcome_word(fault), fault->name,
               fault->check ? "" : "lacks ", fault->promise);
        survived += fault->outcome == SURVIVED;
    }
    printf("count: %d faults survived\n", survived);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(faults)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (faults[i].check)
            tests[count++] = (struct CMUnitTest){ .name = faults[i].name,
                                                  .test_func = check_fault,
                                                  .setup_func = scene_enter,
                                                  .teardown_func = scene_leave,
                                                  .initial_state = &faults[i] };
    }
    int failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
    print_table();
    return failed;
}

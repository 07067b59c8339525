#include "tests/sim/trial.h"
#include "tests/support/test.h"

#include <inttypes.h>
#include <stdio.h>

/* A few seeds; `make sim` runs more. */
#define SEEDS 40
#define REPEATED_EVERY 20
#define PAIRED_EVERY 10

/* Deployment-passes of all runs. */
static int64_t passes;

static void check(uint64_t seed, bool is_repeated, bool is_paired)
{
    struct trial trial = {
        .seed = seed,
        .steps_max = INT64_MAX,
        .is_repeated = is_repeated,
        .is_paired = is_paired,
        .is_verbose = true,
    };
    struct trial_sum sum = { 0 };
    assert_true(trial_run(&trial, &sum));
    assert_true(sum.runs > 0);
    passes += sum.reads;
}

static void stored_seeds_keep_every_invariant(void **state)
{
    (void)state;
    for (size_t i = 0; i < trial_seed_count(); i++)
        check(trial_seed(i), false, true);
}

static void new_seeds_keep_every_invariant(void **state)
{
    (void)state;
    for (uint64_t seed = 1000; seed < 1000 + SEEDS; seed++)
        check(seed, seed % REPEATED_EVERY == 0, seed % PAIRED_EVERY == 0);
}

static void another_seed_gives_another_run(void **state)
{
    (void)state;
    struct trial trial = { .seed = 1, .steps_max = 2000 };
    struct trial_sum first = { 0 };
    struct trial_sum again = { 0 };
    struct trial_sum other = { 0 };
    assert_true(trial_run(&trial, &first));
    assert_true(trial_run(&trial, &again));
    trial.seed = 2;
    assert_true(trial_run(&trial, &other));
    assert_true(first.trace == again.trace);
    assert_true(first.trace != other.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_seeds_keep_every_invariant),
        cmocka_unit_test(new_seeds_keep_every_invariant),
        cmocka_unit_test(another_seed_gives_another_run),
    };
    int failed = cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
    printf("count: %" PRId64 " deployment-passes simulated\n", passes);
    return failed;
}

/*
 * sim - simulates seeds until the time is over or an invariant is broken.
 *
 *     sim [seed=N] [steps=N] [seconds=N] [seeds=N] [first=TEXT] [brief]
 *
 * Without `seed`: the seeds in seeds.def, then new ones until `seconds` or `seeds` is reached. `first` is any text,
 * such as a commit id, and selects the first new seed. Exit 0: every invariant held.
 */
#include "engine/base/random.h"
#include "tests/sim/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_USUAL 10
#define SEEDS_SHORT 1000000000u /* seeds are short enough to type */
#define REPEAT_EVERY 100
#define PAIR_EVERY 20

struct options {
    bool is_one;
    uint64_t seed;
    uint64_t first;
    int64_t steps;
    int64_t seconds; /* for new seeds, if `seeds` is 0 */
    uint64_t seeds;
    bool is_brief;
};

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 0;
    for (; *text; text++)
        hash = random_mix(hash ^ (unsigned char)*text) + 1;
    return hash;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        if (strcmp(argv[i], "brief") == 0) {
            options->is_brief = true;
        } else if (!value || !value[1]) {
            if (!value)
                return false; /* an empty value counts as not given */
        } else if (strncmp(argv[i], "seed=", 5) == 0) {
            options->is_one = true;
            options->seed = strtoull(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "steps=", 6) == 0) {
            options->steps = strtoll(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "seconds=", 8) == 0) {
            options->seconds = strtoll(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "seeds=", 6) == 0) {
            options->seeds = strtoull(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "first=", 6) == 0) {
            options->first = hash_text(value + 1);
        } else {
            return false;
        }
    }
    return true;
}

static double seconds_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct trial trial_of(const struct options *options, uint64_t seed, uint64_t number)
{
    return (struct trial){
        .seed = seed,
        .steps_max = options->steps,
        .is_repeated = options->is_one || number % REPEAT_EVERY == 0,
        .is_paired = options->is_one || number % PAIR_EVERY == 0,
        .is_verbose = !options->is_brief,
    };
}

static bool run_seeds(const struct options *options, struct trial_sum *sum, uint64_t *ret_count)
{
    double end = seconds_now(CLOCK_MONOTONIC) + (double)options->seconds;
    uint64_t number = 0;
    for (size_t i = 0; i < trial_seed_count(); i++, number++) {
        struct trial trial = trial_of(options, trial_seed(i), number);
        trial.is_paired = true;
        if (!trial_run(&trial, sum))
            return false;
    }
    uint64_t first = random_mix(options->first) % SEEDS_SHORT;
    for (uint64_t i = 0; options->seeds ? i < options->seeds : seconds_now(CLOCK_MONOTONIC) < end;
         i++, number++) {
        struct trial trial = trial_of(options, first + i, number);
        if (!trial_run(&trial, sum))
            return false;
    }
    *ret_count = number;
    return true;
}

int main(int argc, char **argv)
{
    struct options options = { .steps = INT64_MAX, .seconds = SECONDS_USUAL };
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr,
                "usage: sim [seed=N] [steps=N] [seconds=N] [seeds=N] [first=TEXT] [brief]\n");
        return 2;
    }
    struct trial_sum sum = { 0 };
    uint64_t count = 1;
    double begun = seconds_now(CLOCK_PROCESS_CPUTIME_ID);
    struct trial one = trial_of(&options, options.seed, 0);
    bool is_kept = options.is_one ? trial_run(&one, &sum) : run_seeds(&options, &sum, &count);
    double took = seconds_now(CLOCK_PROCESS_CPUTIME_ID) - begun;
    if (!is_kept)
        return 1;
    printf("sim: every invariant held: %" PRIu64 " seeds, %" PRId64
           " runs, %.1f million deployment-passes, "
           "%" PRId64 " scales, %.2f million deployment-passes a second\n",
           count, sum.runs, (double)sum.reads / 1e6, sum.scales,
           (double)sum.reads / 1e6 / (took > 0 ? took : 1));
    return 0;
}

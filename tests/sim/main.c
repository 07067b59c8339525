/*
 * sim - worlds from seeds until the time is over or a law is broken.
 *
 *     sim [seed=N] [steps=N] [seconds=N] [seeds=N] [first=TEXT] [brief]
 *
 * Without a seed: those that once failed, then new ones, for so long or so many; `first` (a commit, say) chooses which.
 * Exit 0: every law held.
 */
#include "engine/base/random.h"
#include "tests/sim/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS_USUAL 10
#define SEEDS_SHORT 1000000000u /* so that people can type them */
#define REPEAT_EVERY 100
#define PAIR_EVERY 20

struct wish {
    bool is_one;
    uint64_t seed;
    uint64_t first;
    int64_t steps;
    int64_t seconds; /* for new seeds, unless their number is given */
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

static bool read_wish(int argc, char **argv, struct wish *wish)
{
    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        if (strcmp(argv[i], "brief") == 0) {
            wish->is_brief = true;
        } else if (!value || !value[1]) {
            if (!value)
                return false; /* an empty one is one that was not given */
        } else if (strncmp(argv[i], "seed=", 5) == 0) {
            wish->is_one = true;
            wish->seed = strtoull(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "steps=", 6) == 0) {
            wish->steps = strtoll(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "seconds=", 8) == 0) {
            wish->seconds = strtoll(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "seeds=", 6) == 0) {
            wish->seeds = strtoull(value + 1, NULL, 10);
        } else if (strncmp(argv[i], "first=", 6) == 0) {
            wish->first = hash_text(value + 1);
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

static struct trial trial_of(const struct wish *wish, uint64_t seed, uint64_t number)
{
    return (struct trial){
        .seed = seed,
        .steps_max = wish->steps,
        .is_repeated = wish->is_one || number % REPEAT_EVERY == 0,
        .is_paired = wish->is_one || number % PAIR_EVERY == 0,
        .is_told = !wish->is_brief,
    };
}

static bool run_seeds(const struct wish *wish, struct trial_sum *sum, uint64_t *ret_count)
{
    double end = seconds_now(CLOCK_MONOTONIC) + (double)wish->seconds;
    uint64_t number = 0;
    for (size_t i = 0; i < trial_seed_count(); i++, number++) {
        struct trial trial = trial_of(wish, trial_seed(i), number);
        trial.is_paired = true;
        if (!trial_run(&trial, sum))
            return false;
    }
    uint64_t first = random_mix(wish->first) % SEEDS_SHORT;
    for (uint64_t i = 0; wish->seeds ? i < wish->seeds : seconds_now(CLOCK_MONOTONIC) < end;
         i++, number++) {
        struct trial trial = trial_of(wish, first + i, number);
        if (!trial_run(&trial, sum))
            return false;
    }
    *ret_count = number;
    return true;
}

int main(int argc, char **argv)
{
    struct wish wish = { .steps = INT64_MAX, .seconds = SECONDS_USUAL };
    if (!read_wish(argc, argv, &wish)) {
        fprintf(stderr,
                "usage: sim [seed=N] [steps=N] [seconds=N] [seeds=N] [first=TEXT] [brief]\n");
        return 2;
    }
    struct trial_sum sum = { 0 };
    uint64_t count = 1;
    double begun = seconds_now(CLOCK_PROCESS_CPUTIME_ID);
    struct trial one = trial_of(&wish, wish.seed, 0);
    bool is_kept = wish.is_one ? trial_run(&one, &sum) : run_seeds(&wish, &sum, &count);
    double took = seconds_now(CLOCK_PROCESS_CPUTIME_ID) - begun;
    if (!is_kept)
        return 1;
    printf("sim: every law held: %" PRIu64 " seeds, %" PRId64
           " lives, %.1f million deployment-passes, "
           "%" PRId64 " scales, %.2f million deployment-passes a second\n",
           count, sum.lives, (double)sum.reads / 1e6, sum.scales,
           (double)sum.reads / 1e6 / (took > 0 ? took : 1));
    return 0;
}

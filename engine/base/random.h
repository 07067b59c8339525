/*
 * random - seeded pseudo-random numbers: the same seed gives the same numbers on every machine.
 *
 * SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Good enough for jitter,
 * simulated fleets and tests; not for secrets. The state belongs to its owner; one thread at a time. Cannot fail.
 */
#ifndef ENGINE_BASE_RANDOM_H
#define ENGINE_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* One well-mixed value of `x`: noise that can be computed in any order. */
uint64_t random_mix(uint64_t x);

uint64_t random_next(struct random *random);

/* Evenly from 0 to bound - 1; bound > 0. */
int64_t random_below(struct random *random, int64_t bound);

#endif

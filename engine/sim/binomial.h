/*
 * binomial - how many of n sessions end, when each one ends with the same small probability: whole numbers only.
 *
 * Probabilities are in parts of PROBABILITY_WHOLE (2^32). The same state gives the same number on every machine.
 * While fewer than BINOMIAL_MEAN_EXACT are likely to end, or not to end, the distribution is the binomial one, by
 * inversion (off by less than 2^-13, and 2^-40 below a mean of ten); otherwise the normal one with the same mean and
 * variance. A certain result draws no random number. Any thread. Cannot fail.
 */
#ifndef ENGINE_SIM_BINOMIAL_H
#define ENGINE_SIM_BINOMIAL_H

#include "engine/base/random.h"

#include <stdint.h>

#define PROBABILITY_WHOLE ((int64_t)1 << 32)
#define BINOMIAL_MEAN_EXACT 24

/* 1 - exp(-passed / mean): probability that an exponential length with this mean ends in `passed_ms`. mean_ms > 0. */
int64_t probability_of_end(int64_t passed_ms, int64_t mean_ms);

/* How many of `count` end; 0 <= count <= INT32_MAX, 0 <= probability <= PROBABILITY_WHOLE. */
int64_t binomial_draw(struct random *random, int64_t count, int64_t probability);

/* About normal, in 1/256 of a deviation: 256 coins have a deviation of 8 heads. */
int64_t normal_draw_q8(struct random *random);

#endif

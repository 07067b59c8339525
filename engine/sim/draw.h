/*
 * draw - random numbers by lookup, not in sequence: the same key, lane and number give the same value.
 *
 * This makes a simulated world independent of the order of calls: a call never changes the result of another call. A
 * key belongs to one deployment; a lane to one purpose (spikes, noise, boot times ...). Any thread. Cannot fail.
 */
#ifndef ENGINE_SIM_DRAW_H
#define ENGINE_SIM_DRAW_H

#include "engine/base/random.h"

#include <stdint.h>

static inline struct random draw(uint64_t key, uint32_t lane, uint64_t number)
{
    return (struct random){ key ^ random_mix(((uint64_t)lane << 48) + number + 1) };
}

static inline uint64_t draw_bits(uint64_t key, uint32_t lane, uint64_t number)
{
    struct random random = draw(key, lane, number);
    return random_next(&random);
}

/* Evenly from 0 to bound - 1; bound > 0. */
static inline int64_t draw_below(uint64_t key, uint32_t lane, uint64_t number, int64_t bound)
{
    struct random random = draw(key, lane, number);
    return random_below(&random, bound);
}

#endif

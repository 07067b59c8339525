#include "engine/base/random.h"

#include "engine/base/panic.h"

#define GOLDEN_GAMMA 0x9e3779b97f4a7c15u

uint64_t random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint64_t random_next(struct random *random)
{
    random->state += GOLDEN_GAMMA;
    return random_mix(random->state);
}

int64_t random_below(struct random *random, int64_t bound)
{
    must(bound > 0);
    __extension__ unsigned __int128 product =
        (unsigned __int128)random_next(random) * (uint64_t)bound;
    return (int64_t)(product >> 64);
}

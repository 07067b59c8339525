#include "engine/sim/binomial.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

/* Fixed point: fractions in this file have 60 bits. */
#define FRACTION_BITS 60
#define FRACTION_WHOLE ((int64_t)1 << FRACTION_BITS)
#define HALVINGS 8 /* e^-x is the power of e^-(x / 256), where four terms suffice: 8 squarings */
#define PASSED_MEANS_MAX 32 /* after so many means nothing is left */

static int64_t fraction_mul(int64_t a, int64_t b)
{
    __extension__ __int128 product = (__int128)a * b;
    return (int64_t)(product >> FRACTION_BITS);
}

static int64_t fraction_div(int64_t numerator, int64_t denominator)
{
    __extension__ __int128 wide = (__int128)numerator << FRACTION_BITS;
    return (int64_t)(wide / denominator);
}

/* e^-x for 0 <= x <= 1/8. The error of the cut series is below 2^-34 after the squarings. */
static int64_t exp_of_small(int64_t x)
{
    int64_t x2 = fraction_mul(x, x);
    int64_t x3 = fraction_mul(x2, x);
    int64_t x4 = fraction_mul(x2, x2);
    return FRACTION_WHOLE - x + x2 / 2 - x3 / 6 + x4 / 24;
}

int64_t probability_of_end(int64_t passed_ms, int64_t mean_ms)
{
    must(mean_ms > 0);
    must(passed_ms >= 0);
    if (passed_ms / mean_ms >= PASSED_MEANS_MAX)
        return PROBABILITY_WHOLE;
    int64_t left = exp_of_small(fraction_div(passed_ms, mean_ms << HALVINGS));
    for (int i = 0; i < HALVINGS; i++)
        left = fraction_mul(left, left);
    return (FRACTION_WHOLE - left) >> (FRACTION_BITS - 32);
}

int64_t normal_draw_q8(struct random *random)
{
    int64_t heads = 0;
    for (int i = 0; i < 4; i++)
        heads += __builtin_popcountll(random_next(random));
    return (heads - 128) * (256 / 8);
}

static int64_t power(int64_t base, int64_t exponent)
{
    int64_t result = FRACTION_WHOLE;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = fraction_mul(result, base);
        base = fraction_mul(base, base);
    }
    return result;
}

/*
 * Walks up the distribution until a uniform number is below the sum of the masses. The ratio of neighbouring masses
 * is below 2^6. It is rounded only after the multiplication with the count: rounded before, it would lose the tail.
 */
static int64_t draw_exact(struct random *random, int64_t count, int64_t probability)
{
    int64_t p = probability << (FRACTION_BITS - 32);
    int64_t q = FRACTION_WHOLE - p;
    int64_t odds = fraction_div(p, q);
    int64_t mass = power(q, count);
    int64_t left = (int64_t)(random_next(random) >> (64 - FRACTION_BITS)) - mass;
    int64_t drawn = 0;
    while (left >= 0 && drawn < count && mass > 0) {
        __extension__ __int128 ratio = (__int128)odds * (count - drawn);
        drawn++;
        mass = (int64_t)(mass * (ratio / drawn) >> FRACTION_BITS);
        left -= mass;
    }
    return drawn;
}

/* The mean plus a normal number of deviations; a uniform fraction replaces rounding. */
static int64_t draw_normal(struct random *random, int64_t count, int64_t probability)
{
    int64_t mean_q16 = count * probability >> 16;
    int64_t variance_q16 = (mean_q16 >> 8) * ((PROBABILITY_WHOLE - probability) >> 16) >> 8;
    int64_t deviation_q8 = floor_sqrt(variance_q16);
    int64_t dither_q16 = random_below(random, 1 << 16);
    int64_t drawn_q16 = mean_q16 + deviation_q8 * normal_draw_q8(random) + dither_q16;
    return clamp_i64(floor_div(drawn_q16, 1 << 16), 0, count);
}

/* For a probability of at most a half. */
static int64_t draw_rare(struct random *random, int64_t count, int64_t probability)
{
    if (count == 0 || probability == 0)
        return 0;
    if (count * probability / PROBABILITY_WHOLE < BINOMIAL_MEAN_EXACT)
        return draw_exact(random, count, probability);
    return draw_normal(random, count, probability);
}

int64_t binomial_draw(struct random *random, int64_t count, int64_t probability)
{
    must(0 <= count && count <= INT32_MAX);
    must(0 <= probability && probability <= PROBABILITY_WHOLE);
    if (probability > PROBABILITY_WHOLE / 2) /* the sessions that do not end are the rare case */
        return count - draw_rare(random, count, PROBABILITY_WHOLE - probability);
    return draw_rare(random, count, probability);
}

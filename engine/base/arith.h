/*
 * arith - integer arithmetic whose rounding is named at the division, and sizes that cannot wrap.
 *
 * Any thread. Cannot fail: a saturated size is SIZE_MAX, which the allocator refuses.
 */
#ifndef ENGINE_BASE_ARITH_H
#define ENGINE_BASE_ARITH_H

#include "engine/base/panic.h"

#include <stddef.h>
#include <stdint.h>

/* Shares are parts per billion: exact to seven decimals of a percent. A count times a share fits int64_t. */
#define SHARE_WHOLE 1000000000
#define SHARE_PERCENT (SHARE_WHOLE / 100)

/* The smallest integer that is not below numerator / denominator; denominator > 0. */
static inline int64_t ceil_div(int64_t numerator, int64_t denominator)
{
    must(denominator > 0);
    return numerator / denominator + (numerator % denominator > 0);
}

/* The largest integer that is not above numerator / denominator; denominator > 0. */
static inline int64_t floor_div(int64_t numerator, int64_t denominator)
{
    must(denominator > 0);
    return numerator / denominator - (numerator % denominator < 0);
}

/* A share of an amount, rounded down; 0 <= ppb <= SHARE_WHOLE. */
static inline int64_t share_floor(int64_t amount, int64_t ppb)
{
    must(amount >= 0 && ppb >= 0 && ppb <= SHARE_WHOLE);
    return amount / SHARE_WHOLE * ppb + amount % SHARE_WHOLE * ppb / SHARE_WHOLE;
}

/* a * b / denominator without overflow in between, rounded to the nearest (halves up); saturated; denominator > 0. */
static inline int64_t mul_div(int64_t a, int64_t b, int64_t denominator)
{
    must(denominator > 0);
    int64_t small;
    if (!__builtin_mul_overflow(a, b, &small) &&
        !__builtin_add_overflow(small, denominator / 2, &small))
        return floor_div(small, denominator);
    __extension__ __int128 product = (__int128)a * b + denominator / 2;
    __extension__ __int128 quotient = product / denominator - (product % denominator < 0);
    return quotient > INT64_MAX ? INT64_MAX : quotient < INT64_MIN ? INT64_MIN : (int64_t)quotient;
}

/* The largest integer whose square is not above value; value >= 0. */
static inline int64_t floor_sqrt(int64_t value)
{
    must(value >= 0);
    if (value < 2)
        return value;
    unsigned bits = 64u - (unsigned)__builtin_clzll((unsigned long long)value);
    int64_t root = (int64_t)1 << ((bits + 1) / 2);
    /* Newton's method from above: the first value that does not fall is the root. */
    for (;;) {
        int64_t next = (root + value / root) / 2;
        if (next >= root)
            return root;
        root = next;
    }
}

static inline int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline int64_t clamp_i64(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static inline int32_t saturate_i32(int64_t value)
{
    return (int32_t)clamp_i64(value, INT32_MIN, INT32_MAX);
}

static inline size_t size_mul(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static inline size_t size_add(size_t a, size_t b)
{
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

#endif

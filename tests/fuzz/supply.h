/*
 * supply - takes the bytes of an input piece by piece; zeros after the end.
 *
 * Texts and bytes are copies of exactly their size, so that a sanitizer detects reads beyond the end.
 * One thread. Fails a must() without memory.
 */
#ifndef TESTS_FUZZ_SUPPLY_H
#define TESTS_FUZZ_SUPPLY_H

#include "engine/base/panic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct supply {
    const uint8_t *at;
    size_t left;
};

static inline uint8_t supply_byte(struct supply *supply)
{
    if (supply->left == 0)
        return 0;
    supply->left--;
    return *supply->at++;
}

/* 0 .. bound - 1, from one byte. */
static inline int32_t supply_below(struct supply *supply, int32_t bound)
{
    return supply_byte(supply) % bound;
}

static inline uint64_t supply_u64(struct supply *supply)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | supply_byte(supply);
    return value;
}

/* The rest; the caller releases it with free(). */
static inline char *supply_rest(const struct supply *supply)
{
    char *copy = malloc(supply->left > 0 ? supply->left : 1);
    must(copy);
    if (supply->left > 0)
        memcpy(copy, supply->at, supply->left);
    return copy;
}

/* The rest as a string that ends with its first NUL. */
static inline char *supply_text(const struct supply *supply)
{
    const uint8_t *nul = supply->left > 0 ? memchr(supply->at, 0, supply->left) : NULL;
    size_t length = nul ? (size_t)(nul - supply->at) : supply->left;
    char *copy = malloc(length + 1);
    must(copy);
    if (length > 0)
        memcpy(copy, supply->at, length);
    copy[length] = '\0';
    return copy;
}

#endif

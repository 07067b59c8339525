/*
 * order_key - the Idempotency-Key of a scale request: "EPOCH-NUMBER" in hexadecimal.
 *
 * The epoch is random and belongs to one run of the program; the number counts its orders, from 1. A repeat of an order
 * has the key of that order, also in a later run. Pure. Any thread.
 */
#ifndef ENGINE_CORE_ORDER_KEY_H
#define ENGINE_CORE_ORDER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_SIZE 40

struct order_key {
    uint64_t epoch;
    uint64_t number; /* 0: none */
};

void order_key_format(const struct order_key *key, char ret_text[KEY_SIZE]);

/* Only what order_key_format writes. False: another text. */
bool order_key_parse(const char *text, struct order_key *ret_key);

static inline bool order_key_is_equal(const struct order_key *a, const struct order_key *b)
{
    return a->epoch == b->epoch && a->number == b->number;
}

#endif

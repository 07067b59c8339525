/*
 * order_key - the Idempotency-Key of a scale request: "EPOCH-NUMBER" in hexadecimal.
 *
 * The epoch is random and belongs to one run of the program; the number counts its orders. A repeat of an order has the
 * key of that order. Pure. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_ORDER_KEY_H
#define ENGINE_CORE_ORDER_KEY_H

#include <stdint.h>

#define KEY_SIZE 40

void order_key_format(uint64_t epoch, uint64_t number, char ret_text[KEY_SIZE]);

#endif

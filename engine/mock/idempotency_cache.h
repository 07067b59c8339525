/*
 * receipts - the last RECEIPTS_MAX requests with an Idempotency-Key and how each was answered.
 *
 * A request that comes again gets its first answer and is not carried out a second time. The oldest receipt makes room
 * for a new one. All room is taken at creation, so that keeping a receipt cannot fail after the deed. Keys are compared
 * byte by byte. Owns its copies; what receipts_find returns lives until the next receipts_keep. One thread at a time.
 */
#ifndef ENGINE_MOCK_IDEMPOTENCY_CACHE_H
#define ENGINE_MOCK_IDEMPOTENCY_CACHE_H

#include "engine/base/error.h"

#include <stddef.h>

#define RECEIPTS_MAX 4096
#define RECEIPT_KEY_SIZE_MAX ((size_t)128)  /* bytes of a key, without the NUL */
#define RECEIPT_BODY_SIZE_MAX ((size_t)640) /* bytes of an answer, without the NUL */

struct receipt {
    char key[RECEIPT_KEY_SIZE_MAX + 1];
    char body[RECEIPT_BODY_SIZE_MAX + 1];
    size_t body_size;
    unsigned status; /* of HTTP */
};

struct receipts;

int receipts_create(struct receipts **ret_receipts, struct error *err);
void receipts_destroy(struct receipts *receipts);

/* NULL when the key was never seen, or so long ago that it is forgotten. */
const struct receipt *receipts_find(const struct receipts *receipts, const char *key);

/* The key is new and no longer than RECEIPT_KEY_SIZE_MAX, the body no longer than RECEIPT_BODY_SIZE_MAX. */
void receipts_keep(struct receipts *receipts, const char *key, unsigned status, const char *body,
                   size_t body_size);

#endif

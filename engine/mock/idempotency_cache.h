/*
 * idempotency_cache - the last IDEMPOTENCY_CACHE_MAX requests with an Idempotency-Key and how each was answered.
 *
 * A request that comes again gets its first answer and is not carried out a second time. The oldest receipt makes room
 * for a new one. All room is taken at creation, so that keeping a receipt cannot fail after the deed. Keys are compared
 * byte by byte. Owns its copies; what idempotency_cache_find returns lives until the next idempotency_cache_keep.
 * One thread at a time.
 */
#ifndef ENGINE_MOCK_IDEMPOTENCY_CACHE_H
#define ENGINE_MOCK_IDEMPOTENCY_CACHE_H

#include "engine/base/error.h"

#include <stddef.h>

#define IDEMPOTENCY_CACHE_MAX 4096
#define IDEMPOTENCY_CACHE_KEY_SIZE_MAX ((size_t)128)  /* bytes of a key, without the NUL */
#define IDEMPOTENCY_CACHE_BODY_SIZE_MAX ((size_t)640) /* bytes of an answer, without the NUL */

struct receipt {
    char key[IDEMPOTENCY_CACHE_KEY_SIZE_MAX + 1];
    char body[IDEMPOTENCY_CACHE_BODY_SIZE_MAX + 1];
    size_t body_size;
    unsigned status; /* of HTTP */
};

struct idempotency_cache;

int idempotency_cache_create(struct idempotency_cache **ret_receipts, struct error *err);
void idempotency_cache_destroy(struct idempotency_cache *idempotency_cache);

/* NULL when the key was never seen, or so long ago that it is forgotten. */
const struct receipt *idempotency_cache_find(const struct idempotency_cache *idempotency_cache,
                                             const char *key);

/*
 * The key is new and no longer than IDEMPOTENCY_CACHE_KEY_SIZE_MAX, the body no longer than
 * IDEMPOTENCY_CACHE_BODY_SIZE_MAX.
 */
void idempotency_cache_keep(struct idempotency_cache *idempotency_cache, const char *key,
                            unsigned status, const char *body, size_t body_size);

#endif

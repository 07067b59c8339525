/*
 * idempotency_cache - the last IDEMPOTENCY_CACHE_MAX requests with an Idempotency-Key and their responses.
 *
 * A repeated request gets its first response and is not carried out again. A new receipt replaces the oldest one. All
 * memory is allocated at creation, so that storing a receipt cannot fail after the request was applied. Keys are
 * compared byte by byte. Owns its copies; the result of idempotency_cache_find is valid until the next
 * idempotency_cache_keep. One thread at a time.
 */
#ifndef ENGINE_MOCK_IDEMPOTENCY_CACHE_H
#define ENGINE_MOCK_IDEMPOTENCY_CACHE_H

#include "engine/base/error.h"

#include <stddef.h>

#define IDEMPOTENCY_CACHE_MAX 4096
#define IDEMPOTENCY_CACHE_KEY_SIZE_MAX ((size_t)128)  /* bytes of a key, without the NUL */
#define IDEMPOTENCY_CACHE_BODY_SIZE_MAX ((size_t)640) /* bytes of a response, without the NUL */

struct receipt {
    char key[IDEMPOTENCY_CACHE_KEY_SIZE_MAX + 1];
    char body[IDEMPOTENCY_CACHE_BODY_SIZE_MAX + 1];
    size_t body_size;
    unsigned status; /* of HTTP */
};

struct idempotency_cache;

int idempotency_cache_create(struct idempotency_cache **ret_cache, struct error *err);
void idempotency_cache_destroy(struct idempotency_cache *cache);

/* NULL when the key is unknown, or so old that its receipt was replaced. */
const struct receipt *idempotency_cache_find(const struct idempotency_cache *cache,
                                             const char *key);

/*
 * The key must be new and no longer than IDEMPOTENCY_CACHE_KEY_SIZE_MAX, the body no longer than
 * IDEMPOTENCY_CACHE_BODY_SIZE_MAX.
 */
void idempotency_cache_keep(struct idempotency_cache *cache, const char *key, unsigned status,
                            const char *body, size_t body_size);

#endif

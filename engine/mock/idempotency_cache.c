#include "engine/mock/idempotency_cache.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"

#include <stdint.h>
#include <string.h>

#define BUCKET_COUNT IDEMPOTENCY_CACHE_MAX

/* A ring by age; each entry is also in the chain of its key's bucket. Links are an entry's index + 1, or 0. */
struct idempotency_cache {
    struct receipt ring[IDEMPOTENCY_CACHE_MAX];
    uint16_t following[IDEMPOTENCY_CACHE_MAX];
    uint16_t buckets[BUCKET_COUNT];
    size_t oldest; /* the next entry to replace once the ring is full */
    size_t count;
};

static size_t bucket_of(const char *key)
{
    uint64_t hash = 0;
    for (; *key; key++)
        hash = random_mix(hash + (unsigned char)*key);
    return hash % BUCKET_COUNT;
}

int idempotency_cache_create(struct idempotency_cache **ret_cache, struct error *err)
{
    struct idempotency_cache *cache = heap_alloc(1, sizeof *cache);
    if (!cache)
        return error_no_memory(err);
    *ret_cache = cache;
    return 0;
}

void idempotency_cache_destroy(struct idempotency_cache *cache)
{
    heap_free(cache);
}

const struct receipt *idempotency_cache_find(const struct idempotency_cache *cache, const char *key)
{
    uint16_t link = cache->buckets[bucket_of(key)];
    while (link && strcmp(cache->ring[link - 1].key, key) != 0)
        link = cache->following[link - 1];
    return link ? &cache->ring[link - 1] : NULL;
}

static void unlink_entry(struct idempotency_cache *cache, size_t index)
{
    uint16_t *link = &cache->buckets[bucket_of(cache->ring[index].key)];
    while (*link != index + 1) {
        must(*link);
        link = &cache->following[*link - 1];
    }
    *link = cache->following[index];
}

/* The index of an entry that is in no chain. */
static size_t take_entry(struct idempotency_cache *cache)
{
    if (cache->count < IDEMPOTENCY_CACHE_MAX)
        return cache->count++;
    size_t index = cache->oldest;
    cache->oldest = (index + 1) % IDEMPOTENCY_CACHE_MAX;
    unlink_entry(cache, index);
    return index;
}

void idempotency_cache_keep(struct idempotency_cache *cache, const char *key, unsigned status,
                            const char *body, size_t body_size)
{
    size_t key_size = strlen(key);
    must(key_size <= IDEMPOTENCY_CACHE_KEY_SIZE_MAX);
    must(body_size <= IDEMPOTENCY_CACHE_BODY_SIZE_MAX);
    must_slow(!idempotency_cache_find(cache, key));

    size_t index = take_entry(cache);
    struct receipt *receipt = &cache->ring[index];
    memcpy(receipt->key, key, key_size + 1);
    memcpy(receipt->body, body, body_size);
    receipt->body[body_size] = '\0';
    receipt->body_size = body_size;
    receipt->status = status;

    uint16_t *bucket = &cache->buckets[bucket_of(key)];
    cache->following[index] = *bucket;
    *bucket = (uint16_t)(index + 1);
}

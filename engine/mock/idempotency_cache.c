#include "engine/mock/idempotency_cache.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define BUCKET_COUNT RECEIPTS_MAX

/* A ring in order of age; each entry is also in the chain of its key's bucket. Links are an entry's index + 1, or 0. */
struct receipts {
    struct receipt ring[RECEIPTS_MAX];
    uint16_t following[RECEIPTS_MAX];
    uint16_t buckets[BUCKET_COUNT];
    size_t oldest; /* the entry to be replaced next once the ring is full */
    size_t count;
};

static size_t bucket_of(const char *key)
{
    uint64_t hash = 0;
    for (; *key; key++)
        hash = random_mix(hash + (unsigned char)*key);
    return hash % BUCKET_COUNT;
}

int receipts_create(struct receipts **ret_receipts, struct error *err)
{
    struct receipts *receipts = heap_alloc(1, sizeof *receipts);
    if (!receipts)
        return error_set(err, -ENOMEM, "no memory for %d receipts", RECEIPTS_MAX);
    *ret_receipts = receipts;
    return 0;
}

void receipts_destroy(struct receipts *receipts)
{
    heap_free(receipts);
}

const struct receipt *receipts_find(const struct receipts *receipts, const char *key)
{
    uint16_t link = receipts->buckets[bucket_of(key)];
    while (link && strcmp(receipts->ring[link - 1].key, key) != 0)
        link = receipts->following[link - 1];
    return link ? &receipts->ring[link - 1] : NULL;
}

static void unlink_entry(struct receipts *receipts, size_t index)
{
    uint16_t *link = &receipts->buckets[bucket_of(receipts->ring[index].key)];
    while (*link != index + 1) {
        must(*link);
        link = &receipts->following[*link - 1];
    }
    *link = receipts->following[index];
}

/* The index of an entry that is in no chain. */
static size_t take_entry(struct receipts *receipts)
{
    if (receipts->count < RECEIPTS_MAX)
        return receipts->count++;
    size_t index = receipts->oldest;
    receipts->oldest = (index + 1) % RECEIPTS_MAX;
    unlink_entry(receipts, index);
    return index;
}

void receipts_keep(struct receipts *receipts, const char *key, unsigned status, const char *body,
                   size_t body_size)
{
    size_t key_size = strlen(key);
    must(key_size <= RECEIPT_KEY_SIZE_MAX);
    must(body_size <= RECEIPT_BODY_SIZE_MAX);
    must_slow(!receipts_find(receipts, key));

    size_t index = take_entry(receipts);
    struct receipt *receipt = &receipts->ring[index];
    memcpy(receipt->key, key, key_size + 1);
    memcpy(receipt->body, body, body_size);
    receipt->body[body_size] = '\0';
    receipt->body_size = body_size;
    receipt->status = status;

    uint16_t *bucket = &receipts->buckets[bucket_of(key)];
    receipts->following[index] = *bucket;
    *bucket = (uint16_t)(index + 1);
}

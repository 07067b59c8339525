#include "engine/core/record_pool.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

struct free_record {
    struct free_record *next;
};

struct record_slab {
    struct record_slab *next;
    alignas(max_align_t) unsigned char records[];
};

void record_pool_init(struct record_pool *pool, size_t record_size)
{
    size_t grain = alignof(max_align_t);
    must(record_size >= sizeof(struct free_record));
    *pool = (struct record_pool){ .size = (record_size + grain - 1) / grain * grain };
}

void record_pool_fini(struct record_pool *pool)
{
    while (pool->slabs) {
        struct record_slab *slab = pool->slabs;
        pool->slabs = slab->next;
        heap_free(slab);
    }
    pool->free_records = NULL;
}

void record_pool_release(struct record_pool *pool, void *record)
{
    struct free_record *free_record = record;
    free_record->next = pool->free_records;
    pool->free_records = free_record;
}

static bool add_slab(struct record_pool *pool)
{
    struct record_slab *slab =
        heap_alloc(1, size_add(sizeof *slab, size_mul(RECORDS_PER_SLAB, pool->size)));
    if (!slab)
        return false;
    slab->next = pool->slabs;
    pool->slabs = slab;
    for (size_t i = 0; i < RECORDS_PER_SLAB; i++)
        record_pool_release(pool, slab->records + i * pool->size);
    return true;
}

void *record_pool_take(struct record_pool *pool)
{
    if (!pool->free_records && !add_slab(pool))
        return NULL;
    struct free_record *record = pool->free_records;
    pool->free_records = record->next;
    memset(record, 0, pool->size);
    return record;
}

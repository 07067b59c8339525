/*
 * record_pool - records of one size that few deployments have at a time: ledgers, accounts of growth.
 *
 * Owns the memory of the records, in slabs of RECORDS_PER_SLAB. A record that is released is used again; memory is
 * freed at the end only, and a record never moves. One thread at a time. Taking a record may fail.
 */
#ifndef ENGINE_CORE_RECORD_POOL_H
#define ENGINE_CORE_RECORD_POOL_H

#include <stddef.h>

#define RECORDS_PER_SLAB 64

struct record_slab;
struct free_record;

struct record_pool {
    size_t size; /* of a record, with room for a link */
    struct record_slab *slabs;
    struct free_record *free_records;
};

void record_pool_init(struct record_pool *pool, size_t record_size);
void record_pool_fini(struct record_pool *pool);

/* A zeroed record; NULL: no memory. */
void *record_pool_take(struct record_pool *pool);
void record_pool_release(struct record_pool *pool, void *record);

#endif

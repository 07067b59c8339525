/*
 * retention - bounds the journal by age and by size.
 *
 * Deleted are decisions and scales older than `keep_ms`, overrides that ended and deployments that were gone before
 * that, and the oldest decisions, then the oldest scales that are not live, when the file is larger than `size_max`:
 * size wins. The state of listed deployments is always kept. A step deletes at most RETENTION_ROWS rows of each table,
 * in a transaction of its own, and returns pages to the file system.
 *
 * Borrows the connection. One thread at a time. Errors as in database.h.
 */
#ifndef ENGINE_STORE_RETENTION_H
#define ENGINE_STORE_RETENTION_H

#include "engine/base/clock.h"
#include "engine/store/database.h"

#define RETENTION_ROWS 500

struct retention_limits {
    int64_t keep_ms;
    int64_t size_max; /* bytes of the file */
};

/* *ret_has_more: another step would delete more. */
int retention_step(struct database *database, const struct retention_limits *limits,
                   struct wall now, bool *ret_has_more, struct error *err);

#endif

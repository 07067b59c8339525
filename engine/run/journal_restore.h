/*
 * journal_restore - gives the reconciler what the journal remembers, before its first discovery.
 *
 * A state of a deployment that cannot be read is left out: the deployment starts as one that was never seen, so that
 * nothing of it shrinks at first. Borrows reconciler and book. Engine thread only.
 */
#ifndef ENGINE_RUN_JOURNAL_RESTORE_H
#define ENGINE_RUN_JOURNAL_RESTORE_H

#include "engine/core/reconciler.h"
#include "engine/run/override_book.h"
#include "engine/store/restore.h"

struct journal_restore {
    struct reconciler *reconciler;
    struct override_book *book;
    struct mono now;
    bool is_without_record; /* the deployment that came last */
    int64_t refused;        /* states, scales and overrides that could not be used */
};

void journal_restore_init(struct journal_restore *restore, struct reconciler *reconciler,
                          struct override_book *book, struct mono now);

struct restore_sink journal_restore_sink(struct journal_restore *restore);

#endif

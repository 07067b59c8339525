/*
 * attention - the deployments that need an operator: since when, until when, and whether it was acknowledged.
 *
 * A deployment is in trouble while it is starved, failed, unconfirmed, unread, held by something that does not end by
 * itself, or flapping. It has an entry from then on. The entry stays until the trouble has ended and the operator has
 * acknowledged it. Trouble that becomes worse, or comes back, removes the acknowledgement.
 *
 *     starved, failed, unconfirmed    states of the row
 *     unread                          the state, once something was read or a read failed
 *     held                            the state, unless the reason is transient, delays a removal, or is the operator's
 *     flapping                        FLAP_TURNS scales within an hour went in another direction than the one before
 *
 * Follows every snapshot; only pages that differ from those of the previous snapshot are read. Memory: 64 bytes for
 * each slot. Instants are those of the snapshots (UTC).
 * Owns its table. Console thread.
 */
#ifndef TUI_LIST_ATTENTION_H
#define TUI_LIST_ATTENTION_H

#include "engine/snapshot.h"

#include <stdbool.h>

#define ATTENTION_FLAP_TURNS 3
#define ATTENTION_FLAP_MS INT64_C(3600000)

struct attention_entry {
    struct wall since; /* of the first snapshot that showed the trouble */
    struct wall ended; /* 0: it goes on */
    uint8_t worst;     /* enum state: the worst since then */
    bool is_flapping;  /* now */
    bool is_acknowledged;
};

/* Is a deployment in trouble, flapping apart? */
bool attention_is_troubled(const struct snapshot_row *row);

struct attention;

/* An empty one. -ENOMEM. */
int attention_create(struct attention **ret_attention);
void attention_destroy(struct attention *attention);

/*
 * From `before` (the snapshot of the previous call, which must still be valid; NULL: none) to `now`. The entry of a
 * deployment that has left its slot is dropped. -ENOMEM: nothing changed; the next call may pass the same `before`.
 */
int attention_follow(struct attention *attention, const struct snapshot *before,
                     const struct snapshot *now);

/* NULL: the deployment in this slot has no entry, or `attention` is NULL. Valid until the next attention_follow. */
const struct attention_entry *attention_at(const struct attention *attention, uint32_t slot);

/* Entries, those of them that go on, and those that are not acknowledged. */
struct attention_counts {
    size_t entries;
    size_t open;
    size_t unacknowledged;
};

struct attention_counts attention_counts(const struct attention *attention);

/* Acknowledges an entry; one that has ended goes. False: there is none, or it is acknowledged already. */
bool attention_acknowledge(struct attention *attention, uint32_t slot);

/* Acknowledges every entry. Returns how many were not. */
size_t attention_acknowledge_all(struct attention *attention);

#endif

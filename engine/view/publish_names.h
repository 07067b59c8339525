/*
 * publish_names - the names of the deployments, made once and shown by every snapshot in which they are there.
 *
 * A deployment keeps its name's address for as long as it stays in its slot. A name that goes retires as pages do
 * (publish_pages.h). One piece of memory a name. Engine thread only. -ENOMEM: nothing changed.
 */
#ifndef ENGINE_VIEW_PUBLISH_NAMES_H
#define ENGINE_VIEW_PUBLISH_NAMES_H

#include "engine/core/fleet.h"
#include "engine/view/publish_pages.h"

struct kept_name {
    struct snapshot_name name;
    struct kept_name *next;
    uint64_t born;
    bool is_entry;
};

/* Who has a slot, and up to which pass his trend has been made; 0: not yet. */
struct name_slot {
    struct kept_name *kept;
    uint32_t trend_pass;
};

/* By slot. Zeroed memory is an empty one. */
struct names {
    struct name_slot *slots;
    size_t count;
};

/* The names of the table; those with holders are handed down first. */
void names_fini(struct names *names);

int names_reserve(struct names *names, size_t slot_count);

/* NULL: nobody has the slot. */
const struct snapshot_name *names_at(const struct names *names, uint32_t slot);

/* This deployment, or nobody (NULL), has the slot from `version` on. The name that is there stays if it is its own. */
int names_set(struct names *names, uint32_t slot, const struct deployment *deployment,
              uint64_t version, struct holder *newest);

void names_hand_down(struct holder *from, struct holder *older);

#endif

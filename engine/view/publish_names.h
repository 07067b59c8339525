/*
 * publish_names - the names of the deployments, made once and shared by all snapshots that show them.
 *
 * A deployment keeps its name's address for as long as it stays in its slot. A removed name is held and freed like a
 * replaced page (publish_pages.h). One allocation per name. Engine thread only. -ENOMEM: nothing changed.
 */
#ifndef ENGINE_VIEW_PUBLISH_NAMES_H
#define ENGINE_VIEW_PUBLISH_NAMES_H

#include "engine/base/redaction.h"
#include "engine/core/fleet.h"
#include "engine/view/publish_pages.h"

struct kept_name {
    struct snapshot_name name;
    struct kept_name *next;
    uint64_t born;
    bool is_entry;
};

/* The name in a slot, and the last pass in its trend; 0: none yet. */
struct name_slot {
    struct kept_name *kept;
    uint32_t trend_pass;
};

/* By slot. Zeroed memory is an empty one. */
struct names {
    struct name_slot *slots;
    size_t count;
    struct redaction *redaction; /* for what is shown; NULL: none */
};

/* Frees the names of the table; those with holders must be handed down first. */
void names_fini(struct names *names);

int names_reserve(struct names *names, size_t slot_count);

/* NULL: the slot is empty. */
const struct snapshot_name *names_at(const struct names *names, uint32_t slot);

/* From `version` on, the slot has the deployment with this id or none (NULL). A name that is already its own stays. */
int names_set(struct names *names, uint32_t slot, const char *id, bool is_entry, uint64_t version,
              struct holder *newest);

void names_hand_down(struct holder *from, struct holder *older);

#endif

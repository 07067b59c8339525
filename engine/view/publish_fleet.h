/*
 * publish_fleet - the rows, names and sums of the next snapshot.
 *
 * Only marked slots are made anew. When memory runs out in the middle (-ENOMEM), the rest keeps its marks, and the
 * next attempt for the same version continues there. Engine thread only.
 */
#ifndef ENGINE_VIEW_PUBLISH_FLEET_H
#define ENGINE_VIEW_PUBLISH_FLEET_H

#include "engine/core/fleet_summary.h"
#include "engine/view/publish_context.h"
#include "engine/view/publish_names.h"
#include "engine/view/publish_pages.h"
#include "engine/view/publish_policies.h"

/* Zeroed memory is an empty one. */
struct shown_fleet {
    struct fleet_reader changes;
    struct pages pages;
    struct names names;
    struct policy_names policies;
    uint64_t names_version; /* of the fleet whose names are stored */
    struct fleet_totals totals;
};

/* The content that snapshots still hold must be handed down before. */
void shown_fleet_fini(struct shown_fleet *shown);

/* At least so many slots; further ones are empty. */
int shown_fleet_reserve(struct shown_fleet *shown, size_t slot_count, uint64_t version);

/* `summary` is up to date; NULL: -ENOMEM. `newest`: the newest outstanding snapshot; NULL: none. */
int shown_fleet_update(struct shown_fleet *shown, const struct fleet *fleet,
                       const struct fleet_summary *summary, const struct publish_context *context,
                       uint64_t version, struct holder *newest);

/* A row that another engine has made. */
struct shown_row {
    const char *id;
    bool is_entry;
    const struct snapshot_row *row; /* without its name */
};

/* The row in a slot that is reserved, without a fleet; NULL: it is empty. -ENOMEM: nothing changed that is shown. */
int shown_fleet_put(struct shown_fleet *shown, uint32_t slot, const struct shown_row *given,
                    uint64_t version, struct holder *newest);

#endif

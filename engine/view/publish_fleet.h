/*
 * publish_fleet - the rows, names and sums of the snapshot that comes next.
 *
 * What is marked is made anew, all else stays as it was. When memory runs out half way (-ENOMEM), the rest keeps its
 * marks, and the next attempt for the same version goes on from there. Engine thread only.
 */
#ifndef ENGINE_VIEW_PUBLISH_FLEET_H
#define ENGINE_VIEW_PUBLISH_FLEET_H

#include "engine/view/publish.h"
#include "engine/view/publish_names.h"
#include "engine/view/publish_pages.h"

/* Zeroed memory is an empty one. */
struct shown_fleet {
    struct pages pages;
    struct names names;
    uint64_t names_version; /* of the fleet whom the names are of */
    struct snapshot_totals totals;
};

/* What snapshots that are out hold of it has been handed down before. */
void shown_fleet_fini(struct shown_fleet *shown);

/* `newest`: the youngest snapshot that is out; NULL: none. */
int shown_fleet_update(struct shown_fleet *shown, struct reconciler *reconciler,
                       const struct publish_context *context, uint64_t version,
                       struct holder *newest);

#endif

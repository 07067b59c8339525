/*
 * publish - makes snapshots of the fleet: only pages that changed since the last snapshot are made anew.
 *
 * A reader of the slots that changed (fleet_changes.h). Publishing copies their pages, shares all others, takes the
 * totals of the core, and offers the result to the feed. When the feed does not take it, nothing is lost: marks,
 * log lines (at most PUBLISH_LINES_MAX and PUBLISH_LINES_SIZE, then the oldest are counted as lost) and
 * acknowledgements are kept for the next one.
 *
 * A page, a name or a batch of lines lives from the version in which it appeared to the last version before its
 * replacement. It is freed when no snapshot of these versions is outstanding: no page needs a counter. Snapshots may
 * return in any order, and the console may hold one for any time.
 *
 * Engine thread only. Without memory nothing is published this time (-ENOMEM is not fatal); everything is kept.
 */
#ifndef ENGINE_VIEW_PUBLISH_H
#define ENGINE_VIEW_PUBLISH_H

#include "engine/base/redaction.h"
#include "engine/core/reconciler.h"
#include "engine/view/feed_source.h"
#include "engine/view/publish_context.h"
#include "engine/view/publish_fleet.h"

struct publisher;

/* What a snapshot is made of, beside lines and acknowledgements. */
struct publish_source {
    const struct reconciler *reconciler;  /* NULL: a recording */
    const struct fleet *fleet;            /* the one that the publisher reads the changes of */
    const struct fleet_summary *summary;  /* up to date; NULL: there was no memory for it */
    uint64_t version;                     /* changes with what no mark of the fleet shows */
    const struct snapshot_engine *engine; /* of a recording; else NULL, as the two below */
    const struct snapshot_pass *pass;
    const struct snapshot_past *past;
    struct snapshot_difference *difference; /* of the heap; the publisher's once it is published */
};

/* A reader of the changes of this reconciler, whose snapshots it makes. */
int publisher_create(struct feed *feed, const struct reconciler *reconciler,
                     struct publisher **ret_publisher, struct error *err);

/* The same for the fleet of a recording, with publisher_publish_source. */
int publisher_create_past(struct feed *feed, struct fleet *fleet, struct publisher **ret_publisher,
                          struct error *err);

/* Makes snapshots of what another engine has published (publish_mirror). */
int publisher_create_mirror(struct feed *feed, struct publisher **ret_publisher, struct error *err);

/* Every snapshot has returned, or none is read any more. The reconciler may be gone. Accepts NULL. */
void publisher_destroy(struct publisher *publisher);

/* No text of a snapshot has what it removes; it lives as long as the publisher. Call it before anything else. */
void publisher_redact(struct publisher *publisher, struct redaction *redaction);

/* A line for the console's log. An event_reader of log_lines; `context` is the publisher. */
void publisher_take_line(void *context, const struct event *event, struct wall at);

/* The lines that are not in a snapshot yet. */
void publisher_forget_lines(struct publisher *publisher);

void publisher_acknowledge(struct publisher *publisher, const struct command_ack *ack);

/* The deployment with its detail in the snapshots from now on (SLOT_NONE: none), and the manual scale to check. */
void publisher_focus(struct publisher *publisher, uint32_t slot, int32_t manual_delta);

/* Has anything changed since the last snapshot? */
bool publisher_has_news(const struct publisher *publisher, const struct reconciler *reconciler);

/* Makes a snapshot and offers it. False: not taken, or no memory; the changes are kept for the next one. */
bool publisher_publish(struct publisher *publisher, const struct reconciler *reconciler,
                       const struct publish_context *context);
bool publisher_publish_source(struct publisher *publisher, const struct publish_source *source,
                              const struct publish_context *context);

/* --- a mirror ---------------------------------------------------------------------------------------------------- */

/* What is not in its rows, lines and acknowledgements. Copied, except the texts that it points to. */
struct publish_mirror {
    struct wall at;
    size_t slot_count; /* as reserved */
    const struct snapshot_engine *engine;
    const struct snapshot_pass *pass;
    const struct fleet_totals *totals;
    const struct snapshot_remote *remote;
    const struct snapshot_detail *detail; /* without its name; NULL: none */
};

/* As in publish_fleet.h and publish_policies.h. */
int publisher_mirror_reserve(struct publisher *publisher, size_t slot_count);
int publisher_mirror_row(struct publisher *publisher, uint32_t slot, const struct shown_row *row);
int publisher_mirror_policy(struct publisher *publisher, const char *name, uint16_t *ret_index);

/* Of a slot that is reserved; NULL: it is empty. */
const struct snapshot_name *publisher_mirror_name(const struct publisher *publisher, uint32_t slot);
const struct snapshot_row *publisher_mirror_row_at(const struct publisher *publisher,
                                                   uint32_t slot);

void publisher_mirror_line(struct publisher *publisher, const struct snapshot_line *line);
void publisher_mirror_lost(struct publisher *publisher, int64_t lines);

bool publisher_publish_mirror(struct publisher *publisher, const struct publish_mirror *mirror);

#endif

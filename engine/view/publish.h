/*
 * publish - the fleet made into snapshots: only pages that changed since the last one are made anew.
 *
 * The fleet marks the slots that changed (fleet_mark); publishing copies their pages, shares all others, keeps the sums
 * up to date by the difference, and offers the result to the feed. When the console does not take it, nothing is lost:
 * marks, log lines (at most PUBLISH_LINES_MAX and PUBLISH_LINES_SIZE, then the oldest are counted as lost) and
 * acknowledgements wait for the next one.
 *
 * A page, a name, a batch of lines lives from the version in which it appeared to the one before it was replaced. It is
 * given back when no snapshot of these versions is out any more: that needs no counter in any page. Snapshots may come
 * back in any order, and one may stay out for as long as the console likes.
 *
 * Engine thread only. Without memory nothing is published this time (-ENOMEM is not fatal); everything waits.
 */
#ifndef ENGINE_VIEW_PUBLISH_H
#define ENGINE_VIEW_PUBLISH_H

#include "engine/core/reconciler.h"
#include "engine/view/feed_source.h"

#define PUBLISH_LINES_MAX 10000
#define PUBLISH_LINES_SIZE ((size_t)4 << 20)

/* What the reconciler does not know, as of now. */
struct publish_context {
    struct mono now;      /* the reconciler's time */
    struct wall wall;     /* the same instant for people */
    int32_t speed_millis; /* reconciler time in a second, thousandths */
    const char *version;  /* these two live as long as the publisher */
    const char *api_url;
    bool is_insecure;
    bool is_demo;
};

struct publisher;

int publisher_create(struct feed *feed, struct publisher **ret_publisher, struct error *err);

/* Every snapshot has come back or nobody will look at one again. Accepts NULL. */
void publisher_destroy(struct publisher *publisher);

/* A line for the log of the console. A sink as log_set_tap wants it; `context` is the publisher. */
void publisher_take_line(void *context, const struct event *event, struct wall at);

void publisher_acknowledge(struct publisher *publisher, const struct command_ack *ack);

/* Whose detail comes with the snapshots from now on (SLOT_NONE: nobody's), and which scale by hand it judges. */
void publisher_focus(struct publisher *publisher, uint32_t slot, int32_t manual_delta);

/* Is there anything that the last snapshot does not say? */
bool publisher_has_news(const struct publisher *publisher, const struct reconciler *reconciler);

/* Makes a snapshot and offers it. False: not taken, or no memory; it stays news. */
bool publisher_publish(struct publisher *publisher, struct reconciler *reconciler,
                       const struct publish_context *context);

#endif

/*
 * feed_source - the engine's end of a feed: offers snapshots, takes released ones and commands.
 *
 * For publish and the engine only; the console sees engine/feed.h. Engine thread only, except that creating and
 * destroying happen while the other side does not run. Never waits.
 */
#ifndef ENGINE_VIEW_FEED_SOURCE_H
#define ENGINE_VIEW_FEED_SOURCE_H

#include "engine/base/error.h"
#include "engine/feed.h"

#define FEED_SNAPSHOTS_MAX 8 /* offered and not taken */
#define FEED_OUT_MAX 64      /* offered and not returned: the maximum in circulation */
#define FEED_COMMANDS_MAX 256

/*
 * `wake` is called on the console's thread when the engine should check the feed. It may only use calls allowed
 * there.
 */
int feed_create(void (*wake)(void *context), void *context, struct feed **ret_feed,
                struct error *err);

/* Neither thread uses it any more. Pending commands are lost. Accepts NULL. */
void feed_destroy(struct feed *feed);

/* False: the console has too many unread ones. Offer a newer one after it has read (it wakes the engine then). */
bool feed_offer(struct feed *feed, const struct snapshot *snapshot);

/* The next released snapshot; NULL: none. */
const struct snapshot *feed_take_spent(struct feed *feed);

/* Takes the next command into *ret_command; false: none. */
bool feed_take_command(struct feed *feed, struct command *ret_command);

/* No further offers follow. */
void feed_close(struct feed *feed);

#endif

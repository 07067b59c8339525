/*
 * feed_source - the engine's end of a feed: snapshots are offered, spent ones come back, commands are taken.
 *
 * For publish and the engine only; the console sees engine/feed.h. Engine thread only, but for creating and destroying
 * while the other side does not run. Never waits.
 */
#ifndef ENGINE_VIEW_FEED_SOURCE_H
#define ENGINE_VIEW_FEED_SOURCE_H

#include "engine/base/error.h"
#include "engine/feed.h"

#define FEED_SNAPSHOTS_MAX 8 /* offered and not taken */
#define FEED_OUT_MAX 64      /* offered and not back: no more may be in circulation */
#define FEED_COMMANDS_MAX 256

/* `wake` is called on the console's thread when the engine should look: it may only do what is allowed there. */
int feed_create(void (*wake)(void *context), void *context, struct feed **ret_feed,
                struct error *err);

/* Both threads are done with it. Commands that nobody took are lost. Accepts NULL. */
void feed_destroy(struct feed *feed);

/* False: the console has too many waiting; offer a newer one when it has looked (it wakes the engine then). */
bool feed_offer(struct feed *feed, const struct snapshot *snapshot);

/* The next one given back; NULL: none. */
const struct snapshot *feed_take_spent(struct feed *feed);

/* The next command into *ret_command; false: none. */
bool feed_take_command(struct feed *feed, struct command *ret_command);

/* Nothing will be offered any more. */
void feed_close(struct feed *feed);

#endif

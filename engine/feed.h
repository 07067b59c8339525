/*
 * feed - the console's end of the line to an engine: snapshots come, commands go.
 *
 *                  snapshots  ---- ring --->
 *     engine       spent ones <--- ring ----      console
 *                  commands   <--- ring ----
 *
 * Three lock-free rings and a descriptor; nobody ever waits for the other. Several snapshots may be held at once; each
 * is given back exactly once. When the console does not look for long, snapshots in between are missing, and nothing
 * else: log lines and acknowledgements are kept and come with the next one.
 *
 * Console thread only.
 */
#ifndef ENGINE_FEED_H
#define ENGINE_FEED_H

#include "engine/command.h"
#include "engine/snapshot.h"

#include <stdbool.h>

struct feed;

/* Readable when there may be something new: then feed_settle, then feed_next until NULL. For poll(2). */
int feed_descriptor(const struct feed *feed);

/* Makes the descriptor quiet. Before looking: what comes later wakes again. */
void feed_settle(struct feed *feed);

/* The oldest snapshot not taken yet; NULL: none. The caller holds it from now on. */
const struct snapshot *feed_next(struct feed *feed);

/* Nothing of the snapshot may be looked at any more. */
void feed_release(struct feed *feed, const struct snapshot *snapshot);

/* -EAGAIN: too many commands are waiting; -ENOMEM. Nothing was sent then. */
int feed_send(struct feed *feed, const struct command *command);

/* The engine has ended; what it left can still be taken. */
bool feed_is_over(const struct feed *feed);

#endif

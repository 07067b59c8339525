/*
 * feed - the console's end of the connection to an engine: snapshots come, commands go.
 *
 *                  snapshots  ---- ring --->
 *     engine       spent ones <--- ring ----      console
 *                  commands   <--- ring ----
 *
 * Three lock-free rings and a descriptor; neither side waits for the other. The console may hold several snapshots at
 * once and releases each exactly once. When it does not read for a long time, intermediate snapshots are skipped.
 * Nothing else is lost: log lines and acknowledgements are kept for the next snapshot.
 *
 * Console thread only.
 */
#ifndef ENGINE_FEED_H
#define ENGINE_FEED_H

#include "engine/command.h"
#include "engine/snapshot.h"

#include <stdbool.h>

struct feed;

/* Readable when something new may be there: call feed_settle, then feed_next until NULL. For poll(2). */
int feed_descriptor(const struct feed *feed);

/* Makes the descriptor unreadable. Call it before feed_next: a later snapshot makes it readable again. */
void feed_settle(struct feed *feed);

/* The oldest snapshot not taken yet; NULL: none. The caller holds it until feed_release. */
const struct snapshot *feed_next(struct feed *feed);

/* The snapshot must not be read any more. */
void feed_release(struct feed *feed, const struct snapshot *snapshot);

/* -EAGAIN: too many commands are pending; -ENOMEM. Nothing was sent then. */
int feed_send(struct feed *feed, const struct command *command);

/* The engine has ended, and all its snapshots have been taken. */
bool feed_is_over(const struct feed *feed);

#endif

/*
 * past_feed - a recording as a feed: the same snapshots as those of a running engine, of any recorded moment.
 *
 *     past_feed_open    the file; errors are those of recording_reader.h and recording_place.h
 *     past_feed_start   its thread, which reads and answers; begins with the last moment of the recording
 *     past_feed_close   waits for the thread: at most for one recorded frame
 *
 * The console sends LOOK and FOCUS, and STOP, after which the feed is over; anything else is refused. A snapshot has
 * the whole fleet after a pass, and the lines of what happened up to then, as far as it was read: from a group of
 * passes before the moment on, or since the last jump. Nothing but the file is read, nothing is written, nothing is
 * contacted.
 *
 * A thread of its own; all calls on the console's thread.
 */
#ifndef ENGINE_RUN_PAST_PAST_FEED_H
#define ENGINE_RUN_PAST_PAST_FEED_H

#include "engine/base/error.h"
#include "engine/base/redaction.h"
#include "engine/feed.h"

struct past_feed;

struct past_feed_config {
    const char *path; /* of the recording, as in recording_place.h */
    const char *version;
    /* No text of a snapshot has what this one removes, also what it removes later. It lives on. NULL: none */
    const struct redaction *redaction;
    /* INT, TERM and HUP end it, as STOP does. The caller has blocked them. */
    bool takes_signals;
    void (*over)(void); /* on its thread, as the last step; NULL: nothing */
};

int past_feed_open(const struct past_feed_config *config, struct past_feed **ret_past,
                   struct error *err);
int past_feed_start(struct past_feed *past, struct error *err);

struct feed *past_feed_feed(struct past_feed *past);

/* No snapshot of it is read any more. Accepts NULL. */
void past_feed_close(struct past_feed *past);

#endif

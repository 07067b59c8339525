/*
 * remote_feed - an engine elsewhere on this machine as a feed: snapshots and commands over its control socket.
 *
 *     remote_feed_open    connects, and waits until the engine has said what it is
 *     remote_feed_start   its thread, which reads the stream and sends what the console asks for
 *     remote_feed_close   waits for the thread; it waits for nothing
 *
 * Each command is one request, in the order of sending, with what the console shows as its guard. STOP ends the feed,
 * and not the engine. When the connection is lost, a snapshot says so (snapshot_remote), and the feed connects again
 * until it is closed: REMOTE_RETRY_MS after the loss, then after longer and longer times. A command is refused
 * meanwhile. An engine that says nothing for REMOTE_SILENCE_MS is lost.
 *
 * A thread of its own; all calls on the console's thread.
 */
#ifndef ENGINE_REMOTE_REMOTE_FEED_H
#define ENGINE_REMOTE_REMOTE_FEED_H

#include "engine/base/error.h"
#include "engine/feed.h"

#define REMOTE_OPEN_MS 5000 /* to wait for an engine at first */
#define REMOTE_RETRY_MS 100
#define REMOTE_RETRY_MS_MAX 5000
#define REMOTE_SILENCE_MS 7000 /* more than three times what the engine waits (stream_hub.h) */
#define REMOTE_ACT_MS 10000    /* for the response to a command */

struct remote_feed;

struct remote_feed_config {
    const char *socket; /* lives as long as the feed */
    /* INT, TERM and HUP end it, as STOP does. The caller has blocked them. */
    bool takes_signals;
    void (*over)(void); /* on its thread, as the last step; NULL: nothing */
};

/*
 * -ECONNREFUSED: no engine listens; -EACCES: this user may not connect, or not read; -ETIMEDOUT: it says nothing;
 * ERR_PROTOCOL: it is of another version. Each with a sentence that names the socket.
 */
int remote_feed_open(const struct remote_feed_config *config, struct remote_feed **ret_remote,
                     struct error *err);
int remote_feed_start(struct remote_feed *remote, struct error *err);

struct feed *remote_feed_feed(struct remote_feed *remote);

/* No snapshot of it is read any more. Accepts NULL. */
void remote_feed_close(struct remote_feed *remote);

#endif

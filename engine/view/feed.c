#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/ring.h"
#include "engine/view/feed_source.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct feed {
    struct ring *snapshots; /* engine to console */
    struct ring *spent;     /* console to engine; never full, see feed_release() */
    struct ring *commands;  /* console to engine */
    int descriptor;
    void (*wake)(void *context);
    void *context;
    size_t taken; /* snapshots taken since the ring was last found empty */
};

int feed_create(void (*wake)(void *context), void *context, struct feed **ret_feed,
                struct error *err)
{
    struct feed *feed = heap_alloc(1, sizeof *feed);
    if (!feed)
        return error_no_memory(err);
    feed->wake = wake;
    feed->context = context;
    feed->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int failed = feed->descriptor < 0 ? -errno : 0;
    failed = failed ? failed : ring_create(FEED_SNAPSHOTS_MAX, &feed->snapshots);
    failed = failed ? failed : ring_create(FEED_OUT_MAX, &feed->spent);
    failed = failed ? failed : ring_create(FEED_COMMANDS_MAX, &feed->commands);
    if (failed) {
        feed_destroy(feed);
        return error_set(err, failed, "cannot make the console's feed: %s", strerror(-failed));
    }
    *ret_feed = feed;
    return 0;
}

void feed_destroy(struct feed *feed)
{
    if (!feed)
        return;
    struct command *command;
    while (feed->commands && (command = ring_pop(feed->commands)))
        heap_free(command);
    ring_destroy(feed->snapshots);
    ring_destroy(feed->spent);
    ring_destroy(feed->commands);
    if (feed->descriptor >= 0)
        close(feed->descriptor);
    heap_free(feed);
}

/* --- the engine's end ---------------------------------------------------------------------------- */

/* A counter at its maximum (EAGAIN) already holds the wake-up. */
static void wake_console(const struct feed *feed)
{
    uint64_t one = 1;
    ssize_t written = write(feed->descriptor, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
}

bool feed_offer(struct feed *feed, const struct snapshot *snapshot)
{
    /* The ring only passes the pointer on; the snapshot is never written through it. */
    if (!ring_push(feed->snapshots, (void *)(uintptr_t)snapshot))
        return false;
    wake_console(feed);
    return true;
}

const struct snapshot *feed_take_spent(struct feed *feed)
{
    return ring_pop(feed->spent);
}

bool feed_take_command(struct feed *feed, struct command *ret_command)
{
    struct command *command = ring_pop(feed->commands);
    if (!command)
        return false;
    *ret_command = *command;
    heap_free(command);
    return true;
}

void feed_close(struct feed *feed)
{
    ring_close(feed->snapshots);
    wake_console(feed);
}

/* --- the console's end --------------------------------------------------------------------------- */

int feed_descriptor(const struct feed *feed)
{
    return feed->descriptor;
}

void feed_settle(struct feed *feed)
{
    uint64_t count;
    ssize_t size = read(feed->descriptor, &count, sizeof count);
    must(size == (ssize_t)sizeof count || errno == EAGAIN);
}

/* After a full ring's worth of snapshots, the engine may have a newer one that did not fit: wake it. */
const struct snapshot *feed_next(struct feed *feed)
{
    const struct snapshot *snapshot = ring_pop(feed->snapshots);
    if (snapshot) {
        feed->taken++;
        return snapshot;
    }
    bool was_full = feed->taken >= FEED_SNAPSHOTS_MAX;
    feed->taken = 0;
    if (was_full)
        feed->wake(feed->context);
    return NULL;
}

/*
 * Releasing must never wait. The ring has a slot for every snapshot in circulation, so a full ring means that the
 * engine has offered more than FEED_OUT_MAX.
 */
void feed_release(struct feed *feed, const struct snapshot *snapshot)
{
    bool are_few_enough_out = ring_push(feed->spent, (void *)(uintptr_t)snapshot);
    must(are_few_enough_out);
}

int feed_send(struct feed *feed, const struct command *command)
{
    struct command *copy = heap_alloc(1, sizeof *copy);
    if (!copy)
        return -ENOMEM;
    *copy = *command;
    if (!ring_push(feed->commands, copy)) {
        heap_free(copy);
        return -EAGAIN;
    }
    feed->wake(feed->context);
    return 0;
}

bool feed_is_over(const struct feed *feed)
{
    return ring_is_over(feed->snapshots);
}

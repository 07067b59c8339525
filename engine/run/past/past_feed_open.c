#include "engine/run/past/past_feed_state.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/redaction.h"
#include "engine/base/text.h"
#include "engine/run/past/recording_place.h"
#include "engine/store/schema.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void signal_descriptor(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
}

/* On the console's thread. */
static void wake(void *context)
{
    struct past_feed *past = context;
    signal_descriptor(past->watched[WATCH_WAKE].fd);
}

static int open_descriptors(struct past_feed *past, struct error *err)
{
    past->watched[WATCH_WAKE].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    past->watched[WATCH_CLOSE].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (past->watched[WATCH_WAKE].fd < 0 || past->watched[WATCH_CLOSE].fd < 0)
        return error_set(err, -errno, "cannot make a wake-up: %s", strerror(errno));
    if (!past->config.takes_signals)
        return 0;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    past->watched[WATCH_SIGNALS].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (past->watched[WATCH_SIGNALS].fd < 0)
        return error_set(err, -errno, "cannot watch for signals: %s", strerror(errno));
    return 0;
}

/* The path of the command line may have any bytes. */
static int with_path(const struct past_feed *past, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, past->file);
    return error_prefix(err, "%s", storage);
}

/* Its API, and whether there is anything to show. */
static int look_into(struct past_feed *past, struct error *err)
{
    struct recorded_moment last;
    int found = recording_moments_last(past->reader, &last, err);
    if (found == 0)
        error_set(err, -ENOENT, "no pass is recorded");
    int failed = found < 0 ? found : found == 0 ? -ENOENT : 0;
    failed = failed ? failed
                    : schema_get(recording_reader_database(past->reader), "api", past->api,
                                 sizeof past->api, err);
    return failed ? with_path(past, err) : 0;
}

/* An API that has repeated the token in an id is recorded as it was. */
static int redact(struct past_feed *past, struct error *err)
{
    if (redaction_create(&past->redaction) ||
        redaction_follow(past->redaction, past->config.redaction))
        return error_no_memory(err);
    publisher_redact(past->publisher, past->redaction);
    return 0;
}

static int open_parts(struct past_feed *past, struct error *err)
{
    struct event_sink sink = { past_feed_take_line, past };
    int failed = recording_place_find(past->config.path, past->file, err);
    failed = failed ? failed : recording_reader_open(past->file, &past->reader, err);
    failed = failed ? failed : look_into(past, err);
    failed = failed ? failed : open_descriptors(past, err);
    if (!failed && past_fleet_create(&sink, &past->fleet))
        failed = error_no_memory(err);
    failed = failed ? failed : feed_create(wake, past, &past->feed, err);
    failed = failed ? failed
                    : publisher_create_past(past->feed, past_fleet_fleet(past->fleet),
                                            &past->publisher, err);
    if (!failed)
        past->pauses = past_pauses_open(past->file, past->api);
    return failed ? failed : redact(past, err);
}

int past_feed_open(const struct past_feed_config *config, struct past_feed **ret_past,
                   struct error *err)
{
    struct past_feed *past = heap_alloc(1, sizeof *past);
    if (!past)
        return error_no_memory(err);
    past->config = *config;
    for (size_t i = 0; i < WATCH_COUNT; i++)
        past->watched[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
    int failed = open_parts(past, err);
    if (failed) {
        past_feed_close(past);
        return failed;
    }
    *ret_past = past;
    return 0;
}

int past_feed_start(struct past_feed *past, struct error *err)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = uv_thread_create(&past->thread, past_feed_run, past);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set(err, failed, "cannot start a thread: %s", uv_strerror(failed));
    past->is_started = true;
    return 0;
}

struct feed *past_feed_feed(struct past_feed *past)
{
    return past->feed;
}

void past_feed_close(struct past_feed *past)
{
    if (!past)
        return;
    if (past->is_started) {
        signal_descriptor(past->watched[WATCH_CLOSE].fd);
        uv_thread_join(&past->thread);
    }
    past_difference_destroy(past->comparison);
    heap_free(past->difference);
    publisher_destroy(past->publisher);
    lines_fini(&past->lines);
    redaction_destroy(past->redaction);
    past_fleet_destroy(past->fleet);
    past_pauses_close(past->pauses);
    feed_destroy(past->feed);
    recording_reader_close(past->reader);
    for (size_t i = 0; i < WATCH_COUNT; i++)
        if (past->watched[i].fd >= 0)
            close(past->watched[i].fd);
    heap_free(past);
}

/*
 * past_feed_state - what past_feed.c, the thread, and past_feed_open.c, its beginning and its end, share.
 *
 * Only these two include it.
 */
#ifndef ENGINE_RUN_PAST_PAST_FEED_STATE_H
#define ENGINE_RUN_PAST_PAST_FEED_STATE_H

#include "engine/recording/recording_moments.h"
#include "engine/run/past/past_difference.h"
#include "engine/run/past/past_feed.h"
#include "engine/run/past/past_fleet.h"
#include "engine/run/past/past_pauses.h"
#include "engine/store/api_identity.h"
#include "engine/store/state_dir.h"
#include "engine/view/publish.h"
#include "engine/view/publish_lines.h"

#include <poll.h>
#include <uv.h>

enum watched { WATCH_WAKE, WATCH_CLOSE, WATCH_SIGNALS };
#define WATCH_COUNT 3

/* A comparison: to its first moment, to its second one, and back to what is shown. */
enum comparing { COMPARE_NOT, COMPARE_TO_FIRST, COMPARE_TO_SECOND, COMPARE_BACK };

struct past_feed {
    struct past_feed_config config;
    char file[STATE_PATH_SIZE];
    char api[API_IDENTITY_SIZE];
    struct recording_reader *reader;
    struct past_fleet *fleet;
    struct past_pauses *pauses; /* NULL: nothing is known of them */
    struct feed *feed;
    struct publisher *publisher;
    struct redaction *redaction; /* of the publisher */
    struct lines lines;          /* since the last jump, for passes that are shown again */
    struct pollfd watched[WATCH_COUNT];
    uv_thread_t thread;
    bool is_started;
    bool is_over;
    bool is_publish_due;
    struct mono publish_at; /* not before: the console has taken nothing */
    uint64_t version;

    struct recorded_moment wanted; /* the one that the operator looks at, as soon as it is read */
    struct recorded_moment target; /* of the walk: usually the same */
    struct wall at;                /* of what was read, when not walking */
    bool is_read;                  /* something was */
    bool is_walking;
    bool is_jump; /* lines begin anew with the next snapshot */

    int32_t speed_millis; /* 0: it stands */
    bool is_play_moved;   /* playing goes on from the moment that is arrived at */
    struct wall play_from;
    struct mono play_since;

    enum comparing comparing;
    struct recorded_moment second;
    struct past_difference *comparison;
    struct snapshot_difference *difference; /* for the next snapshot */
};

/* An event of a pass that is read. */
void past_feed_take_line(void *context, const struct event *event);

/* The thread. */
void past_feed_run(void *context);

#endif

/*
 * recorder_thread - the thread of the recorder: takes pages, makes frames of them, stores those.
 *
 * Private to the recorder. What is shared with the engine's thread are the two rings, the descriptor, and the contents
 * of pages and of the notice, which belong to the side that holds them.
 */
#ifndef ENGINE_RECORDING_RECORDER_THREAD_H
#define ENGINE_RECORDING_RECORDER_THREAD_H

#include "engine/base/ring.h"
#include "engine/recording/compression.h"
#include "engine/recording/recorder_config.h"

/* A page, or the notice: both pass through both rings. */
struct parcel {
    bool is_notice;
};

struct parcel_page {
    struct parcel parcel;
    struct recording_page rows;
};

/* What has happened, for the engine; the newest is enough. */
struct recorder_notice {
    struct parcel parcel;
    bool is_available;
    bool needs_group; /* what follows cannot be used: begin a group */
    uint32_t replace_count;
    uint32_t cut_count;
    int64_t kept_ms;
    char reason[ERROR_MSG_SIZE];
    char damage[ERROR_MSG_SIZE];
    char quarantine[STATE_PATH_SIZE];
};

struct recorder_thread {
    /* Written once, before the thread starts. */
    struct recorder_config config;
    struct ring *to_thread;
    struct ring *to_engine;
    int wake; /* an eventfd that the engine writes */

    /* The thread's own from then on. */
    struct recording_file *file; /* NULL: it could not be opened */
    struct frame_builder *builder;
    struct compressor *compressor;
    struct recorder_notice state; /* what the next notice says */
    struct recorder_notice *spare;
    bool is_notice_due;
    bool is_skipping; /* until a group begins */
    bool is_over;
    struct mono retry_at;
    struct mono trim_at;
    struct mono part_at; /* when the rows that wait are stored; MONO_NEVER: none wait */
};

/* Until the ring of the engine is over; then the ring to it is closed. For uv_thread_create. */
void recorder_thread_run(void *thread);

#endif

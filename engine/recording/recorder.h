/*
 * recorder - the recording of an engine: samples in, a file out.
 *
 *     engine's thread   sampler  --- ring of pages ------>  recorder's thread   frames, zstd, SQLite
 *                                <-- ring: pages, notices
 *
 * The engine's side never waits and never allocates. When no page is free, because the disk is slow, rows are left out,
 * and the next pass begins a group. A disk that is full or fails ends the recording until a write succeeds, which is
 * tried every `retry_ms`; what comes meanwhile is lost. `wake` is called on the recorder's thread when recorder_take
 * has something; it may only send a wake-up (uv_async_send).
 *
 * Owns the file, the thread and the memory of the pages (RECORDER_PAGES). The lock of the directory is held by the
 * caller for as long as the recorder exists. Engine's thread only.
 */
#ifndef ENGINE_RECORDING_RECORDER_H
#define ENGINE_RECORDING_RECORDER_H

#include "engine/recording/recorder_config.h"
#include "engine/recording/sampler.h"

struct recorder;

/* Starts the thread, which opens the file: this does not wait for the disk. -ENOMEM, or why there is no thread. */
int recorder_create(const struct recorder_config *config, struct recorder **ret_recorder,
                    struct error *err);

/* What passes and deployments are given to (sampler.h). */
struct sampler *recorder_sampler(struct recorder *recorder);

struct recorder_status {
    bool is_available;
    const char *reason;     /* a sentence; "": available */
    uint32_t replace_count; /* damaged files that were replaced */
    const char *damage;     /* of the last one: a sentence */
    const char *quarantine; /* where it is */
    uint32_t cut_count;     /* groups that were deleted for the size before their time */
    int64_t kept_ms;        /* how long the last one was kept */
};

/* Takes in what the thread has sent. The status is valid until the next call. */
const struct recorder_status *recorder_take(struct recorder *recorder);

/* No sample may follow. What was sampled is written, if it can be. */
void recorder_stop(struct recorder *recorder);

/* After recorder_stop: the thread does not use the disk any more. Look after each wake. */
bool recorder_is_stopped(struct recorder *recorder);

/* Only when stopped. Accepts NULL. */
void recorder_destroy(struct recorder *recorder);

#endif

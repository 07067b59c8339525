#include "engine/recording/recorder.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/recording/recorder_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#define RING_SIZE 64 /* all pages and the notice; a power of two */
_Static_assert(RECORDER_PAGES + 1 <= RING_SIZE, "nothing waits for a ring");

struct recorder {
    struct parcel_page *free[RECORDER_PAGES]; /* a stack */
    size_t free_count;
    struct sampler sampler;
    struct recorder_notice notice;
    struct recorder_notice seen; /* what the last notice said */
    struct recorder_status status;
    bool is_stopping;
    uv_thread_t handle;
    char *path;
    char *identity;
    struct parcel_page *pages;
    struct recorder_thread thread;
};

/* --- pages ----------------------------------------------------------------------------------------------------- */

static struct recording_page *take_page(void *context)
{
    struct recorder *recorder = context;
    if (recorder->free_count == 0)
        recorder_take(recorder);
    if (recorder->free_count == 0)
        return NULL;
    struct recording_page *page = &recorder->free[--recorder->free_count]->rows;
    page->used = 0;
    return page;
}

static void wake_thread(const struct recorder *recorder)
{
    uint64_t one = 1;
    ssize_t written = write(recorder->thread.wake, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
}

static void push(struct recorder *recorder, struct parcel *parcel)
{
    bool is_taken = ring_push(recorder->thread.to_thread, parcel);
    must(is_taken);
}

static void pass_page(void *context, struct recording_page *page)
{
    struct recorder *recorder = context;
    char *place = (char *)page - offsetof(struct parcel_page, rows);
    push(recorder, &((struct parcel_page *)(void *)place)->parcel);
    wake_thread(recorder);
}

/* --- creation -------------------------------------------------------------------------------------------------- */

static int make_parts(struct recorder *recorder, const struct recorder_config *config,
                      struct error *err)
{
    struct recorder_thread *thread = &recorder->thread;
    struct sampler_pages pages = { take_page, pass_page, recorder };
    recorder->pages = heap_alloc(RECORDER_PAGES, sizeof *recorder->pages);
    recorder->path = heap_copy_text(config->path, strlen(config->path));
    recorder->identity = heap_copy_text(config->identity, strlen(config->identity));
    if (!recorder->pages || !recorder->path || !recorder->identity ||
        ring_create(RING_SIZE, &thread->to_thread) || ring_create(RING_SIZE, &thread->to_engine) ||
        frame_builder_create(&thread->builder) ||
        compressor_create(FRAME_SIZE_MAX, &thread->compressor) ||
        sampler_init(&recorder->sampler, &pages))
        return error_no_memory(err);
    thread->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (thread->wake < 0)
        return error_set(err, -errno, "cannot make a wake-up for the recording: %s",
                         strerror(errno));
    for (size_t i = 0; i < RECORDER_PAGES; i++)
        recorder->free[recorder->free_count++] = &recorder->pages[i];
    return 0;
}

static void init_thread(struct recorder *recorder, const struct recorder_config *config)
{
    struct recorder_thread *thread = &recorder->thread;
    thread->config = *config;
    thread->config.path = recorder->path;
    thread->config.identity = recorder->identity;
    thread->state.parcel.is_notice = true;
    thread->state.is_available = true;
    thread->spare = &recorder->notice;
    thread->is_skipping = true;
    thread->retry_at = mono_now();
    thread->trim_at = MONO_NEVER;
    thread->part_at = MONO_NEVER;
    recorder->seen = thread->state;
}

/* The engine's thread takes the signals. */
static int start_thread(struct recorder *recorder, struct error *err)
{
    sigset_t before;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = uv_thread_create(&recorder->handle, recorder_thread_run, &recorder->thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? error_set(err, failed, "cannot start the thread of the recording: %s",
                              uv_strerror(failed))
                  : 0;
}

static void free_parts(struct recorder *recorder)
{
    struct recorder_thread *thread = &recorder->thread;
    sampler_fini(&recorder->sampler);
    frame_builder_destroy(thread->builder);
    compressor_destroy(thread->compressor);
    ring_destroy(thread->to_thread);
    ring_destroy(thread->to_engine);
    if (thread->wake >= 0)
        close(thread->wake);
    heap_free(recorder->pages);
    heap_free(recorder->path);
    heap_free(recorder->identity);
    heap_free(recorder);
}

int recorder_create(const struct recorder_config *config, struct recorder **ret_recorder,
                    struct error *err)
{
    struct recorder *recorder = heap_alloc(1, sizeof *recorder);
    if (!recorder)
        return error_no_memory(err);
    recorder->thread.wake = -1;
    int failed = make_parts(recorder, config, err);
    if (!failed) {
        init_thread(recorder, config);
        failed = start_thread(recorder, err);
    }
    if (failed) {
        free_parts(recorder);
        return failed;
    }
    *ret_recorder = recorder;
    return 0;
}

struct sampler *recorder_sampler(struct recorder *recorder)
{
    return &recorder->sampler;
}

/* --- from the thread ------------------------------------------------------------------------------------------- */

static void take_notice(struct recorder *recorder, struct recorder_notice *notice)
{
    if (notice->needs_group)
        recorder->sampler.is_open = false;
    recorder->seen = *notice;
    if (!recorder->is_stopping)
        push(recorder, &notice->parcel);
}

const struct recorder_status *recorder_take(struct recorder *recorder)
{
    struct parcel *parcel;
    while ((parcel = ring_pop(recorder->thread.to_engine))) {
        if (parcel->is_notice)
            take_notice(recorder, (struct recorder_notice *)(void *)parcel);
        else
            recorder->free[recorder->free_count++] = (struct parcel_page *)(void *)parcel;
    }
    recorder->status = (struct recorder_status){
        .is_available = recorder->seen.is_available,
        .reason = recorder->seen.reason,
        .replace_count = recorder->seen.replace_count,
        .damage = recorder->seen.damage,
        .quarantine = recorder->seen.quarantine,
        .cut_count = recorder->seen.cut_count,
        .kept_ms = recorder->seen.kept_ms,
    };
    return &recorder->status;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

void recorder_stop(struct recorder *recorder)
{
    sampler_flush(&recorder->sampler);
    recorder->is_stopping = true;
    ring_close(recorder->thread.to_thread);
    wake_thread(recorder);
}

bool recorder_is_stopped(struct recorder *recorder)
{
    recorder_take(recorder);
    return ring_is_over(recorder->thread.to_engine);
}

void recorder_destroy(struct recorder *recorder)
{
    if (!recorder)
        return;
    int failed = uv_thread_join(&recorder->handle);
    must(failed == 0);
    free_parts(recorder);
}

#include "engine/recording/recorder_thread.h"

#include "engine/base/arith.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- to the engine --------------------------------------------------------------------------------------------- */

static void send(struct recorder_thread *thread, struct parcel *parcel)
{
    bool is_taken = ring_push(thread->to_engine, parcel);
    must(is_taken);
    thread->config.wake(thread->config.context);
}

/* The engine gets the newest state; states in between may be left out. */
static void send_notice(struct recorder_thread *thread)
{
    struct recorder_notice *notice = thread->spare;
    if (!thread->is_notice_due || !notice)
        return;
    thread->is_notice_due = false;
    thread->spare = NULL;
    *notice = thread->state;
    thread->state.needs_group = false;
    send(thread, &notice->parcel);
}

static void ask_for_group(struct recorder_thread *thread)
{
    thread->state.needs_group = true;
    thread->is_notice_due = true;
}

/* --- the file -------------------------------------------------------------------------------------------------- */

static void fail(struct recorder_thread *thread, const struct error *err)
{
    recording_file_close(thread->file, false);
    thread->file = NULL;
    thread->is_skipping = true;
    thread->retry_at = mono_after(mono_now(), thread->config.retry_ms);
    thread->state.is_available = false;
    thread->is_notice_due = true;
    snprintf(thread->state.reason, sizeof thread->state.reason, "%s", err->msg);
}

static void note_damage(struct recorder_thread *thread, const struct recording_opening *opening)
{
    thread->state.replace_count++;
    thread->is_notice_due = true;
    memcpy(thread->state.damage, opening->damage, sizeof thread->state.damage);
    memcpy(thread->state.quarantine, opening->quarantine, sizeof thread->state.quarantine);
}

static void open_file(struct recorder_thread *thread)
{
    struct recording_opening opening;
    struct error err;
    int failed = recording_file_open(thread->config.path, thread->config.identity, wall_now(),
                                     &thread->file, &opening, &err);
    if (failed) {
        thread->file = NULL;
        fail(thread, &err);
        return;
    }
    if (opening.is_damaged)
        note_damage(thread, &opening);
    thread->trim_at = mono_now();
    if (!thread->state.is_available)
        ask_for_group(thread);
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

static int store(struct recorder_thread *thread, const struct frame_facts *facts,
                 const unsigned char *bytes, size_t size, struct error *err)
{
    const void *block = NULL;
    size_t block_size = 0;
    if (compress_block(thread->compressor, bytes, size, &block, &block_size))
        return error_no_memory(err);
    int failed = recording_file_put(thread->file, facts, block, block_size, size, err);
    return failed ? error_prefix(err, "%s", thread->config.path) : 0;
}

/* Opening a file writes nothing: only a frame that was stored shows that it can be written again. */
static void note_stored(struct recorder_thread *thread)
{
    if (thread->state.is_available)
        return;
    thread->state.is_available = true;
    thread->state.reason[0] = '\0';
    thread->is_notice_due = true;
}

/* A file that turns out to be damaged is replaced at once. */
static void give_up(struct recorder_thread *thread, int failed, const struct error *err)
{
    fail(thread, err);
    if (failed == ERR_DAMAGED)
        thread->retry_at = mono_now();
}

static void store_frame(struct recorder_thread *thread)
{
    struct frame_facts facts;
    const unsigned char *bytes;
    size_t size;
    struct error err;
    frame_builder_make(thread->builder, &facts, &bytes, &size);
    frame_builder_reset(thread->builder);
    thread->part_at = MONO_NEVER;
    thread->is_skipping = thread->is_skipping && !facts.is_group_first;
    if (!thread->file)
        thread->is_skipping = true;
    if (thread->is_skipping)
        return;
    int failed = store(thread, &facts, bytes, size, &err);
    if (failed)
        give_up(thread, failed, &err);
    else
        note_stored(thread);
}

static void take_page(struct recorder_thread *thread, struct parcel_page *page)
{
    size_t from = 0;
    while (frame_builder_add(thread->builder, &page->rows, &from))
        store_frame(thread);
    if (thread->part_at.ms == MONO_NEVER.ms && !frame_builder_is_empty(thread->builder))
        thread->part_at = mono_after(mono_now(), RECORDER_PART_MS);
    send(thread, &page->parcel);
}

static void take_parcels(struct recorder_thread *thread)
{
    struct parcel *parcel;
    while ((parcel = ring_pop(thread->to_thread))) {
        if (parcel->is_notice)
            thread->spare = (struct recorder_notice *)(void *)parcel;
        else
            take_page(thread, (struct parcel_page *)(void *)parcel);
    }
    thread->is_over = ring_is_over(thread->to_thread);
}

/* --- bounds ---------------------------------------------------------------------------------------------------- */

static void trim(struct recorder_thread *thread, struct mono now)
{
    struct recording_trim trimmed;
    struct error err;
    int failed =
        recording_file_trim(thread->file, &thread->config.limits, wall_now(), &trimmed, &err);
    if (failed) {
        error_prefix(&err, "%s", thread->config.path);
        give_up(thread, failed, &err);
        return;
    }
    thread->trim_at = trimmed.has_more ? now : mono_after(now, RECORDER_TRIM_MS);
    if (trimmed.needs_group)
        ask_for_group(thread);
    if (!trimmed.is_cut)
        return;
    thread->state.cut_count++;
    thread->state.kept_ms = trimmed.kept_ms;
    thread->is_notice_due = true;
}

/* --- the loop -------------------------------------------------------------------------------------------------- */

static void work(struct recorder_thread *thread)
{
    struct mono now = mono_now();
    if (!thread->file && now.ms >= thread->retry_at.ms)
        open_file(thread);
    take_parcels(thread);
    if (now.ms >= thread->part_at.ms)
        store_frame(thread);
    if (thread->file && now.ms >= thread->trim_at.ms)
        trim(thread, now);
    send_notice(thread);
}

static int wait_ms(const struct recorder_thread *thread)
{
    struct mono until =
        mono_min(thread->file ? thread->trim_at : thread->retry_at, thread->part_at);
    return (int)clamp_i64(until.ms - mono_now().ms, 0, INT_MAX);
}

static void wait_for_work(const struct recorder_thread *thread)
{
    struct pollfd place = { .fd = thread->wake, .events = POLLIN };
    uint64_t count;
    if (poll(&place, 1, wait_ms(thread)) > 0) {
        ssize_t size = read(thread->wake, &count, sizeof count);
        must(size == (ssize_t)sizeof count || errno == EAGAIN);
    }
}

static void finish(struct recorder_thread *thread)
{
    if (!frame_builder_is_empty(thread->builder))
        store_frame(thread);
    send_notice(thread);
    recording_file_close(thread->file, true);
    thread->file = NULL;
    ring_close(thread->to_engine);
    thread->config.wake(thread->config.context);
}

void recorder_thread_run(void *context)
{
    struct recorder_thread *thread = context;
    for (work(thread); !thread->is_over; work(thread))
        wait_for_work(thread);
    finish(thread);
}

#include "engine/store/journal_thread.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/store/failpoint.h"
#include "engine/store/schema.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define FAILURES_MAX 8

/* --- messages -------------------------------------------------------------------------------------------------- */

static void send_message(struct journal_thread *thread, struct message *message)
{
    bool is_taken = ring_push(thread->messages, message);
    must(is_taken);
    thread->config.wake(thread->config.context);
}

static void take_back_notices(struct journal_thread *thread)
{
    struct notice *notice;
    while ((notice = ring_pop(thread->notices)))
        thread->spare[thread->spare_count++] = notice;
}

/* The engine gets the newest state; states in between may be left out. */
static void send_notice(struct journal_thread *thread)
{
    take_back_notices(thread);
    if (!thread->is_notice_due || thread->spare_count == 0)
        return;
    struct notice *notice = thread->spare[--thread->spare_count];
    thread->is_notice_due = false;
    notice->is_available = thread->is_available;
    notice->replace_count = thread->replace_count;
    memcpy(notice->reason, thread->reason, sizeof notice->reason);
    send_message(thread, &notice->message);
}

static void set_available(struct journal_thread *thread, struct mono now)
{
    thread->is_notice_due = thread->is_notice_due || !thread->is_available;
    thread->is_available = true;
    thread->available_since = now;
    thread->reason[0] = '\0';
}

/* --- the file -------------------------------------------------------------------------------------------------- */

int journal_thread_open(struct journal_thread *thread, struct journal_opening *ret_opening,
                        struct error *err)
{
    struct database *database;
    int failed = journal_file_open(thread->config.path, thread->config.identity, wall_now(),
                                   &database, ret_opening, err);
    if (failed)
        return failed;
    if (ret_opening->is_damaged || (ret_opening->is_new && thread->run.number != 0))
        thread->replace_count++;
    failed = record_writer_create(database, &thread->run, &thread->writer, err);
    if (failed) {
        database_close(database, false);
        return error_prefix(err, "%s", thread->config.path);
    }
    failpoint(FAILPOINT_RUN_RECORDED);
    thread->database = database;
    thread->commits = schema_commits(database);
    commit_stamp_open(&thread->stamp, thread->config.path,
                      api_identity_hash(thread->config.identity));
    return 0;
}

/* Without a checkpoint: it could take long, and what is not on the disk is still in the log. */
static void abandon_file(struct journal_thread *thread)
{
    record_writer_destroy(thread->writer);
    database_close(thread->database, false);
    commit_stamp_close(&thread->stamp);
    thread->writer = NULL;
    thread->database = NULL;
}

/* A disk that is nearly full takes a commit now and then: each failure in a row asks for a longer proof. */
static void count_failure(struct journal_thread *thread, struct mono now)
{
    if (!thread->is_available)
        return;
    bool is_in_row = now.ms - thread->available_since.ms < JOURNAL_PROOF_MS_MAX;
    thread->failures = is_in_row ? (uint8_t)min_i64(thread->failures + 1, FAILURES_MAX) : 1;
}

static int64_t proof_ms(const struct journal_thread *thread)
{
    if (thread->failures <= 1)
        return 0;
    return min_i64(thread->config.retry_ms << (thread->failures - 1), JOURNAL_PROOF_MS_MAX);
}

void journal_thread_fail(struct journal_thread *thread, const struct error *err, struct mono now)
{
    count_failure(thread, now);
    thread->is_notice_due = true;
    thread->is_available = false;
    memcpy(thread->reason, err->msg, sizeof thread->reason);
    thread->retry_at = mono_after(now, thread->config.retry_ms);
}

static void reopen(struct journal_thread *thread, struct mono now)
{
    struct journal_opening opening;
    struct error err;
    if (journal_thread_open(thread, &opening, &err)) {
        journal_thread_fail(thread, &err, now);
        return;
    }
    failpoint(FAILPOINT_REOPENED);
    thread->proven_at = mono_after(now, proof_ms(thread));
    thread->sync_at = now; /* a commit comes first */
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static bool take_pages(struct journal_thread *thread)
{
    struct journal_page *page;
    while ((page = ring_pop(thread->pages))) {
        page->next = NULL;
        if (thread->last)
            thread->last->next = page;
        else
            thread->first = page;
        thread->last = page;
    }
    thread->is_over = ring_is_over(thread->pages);
    return thread->first;
}

static void refuse_page(struct journal_thread *thread, struct journal_page *page)
{
    if (!page->records.has_intent)
        return;
    record_page_refuse_intents(&page->records);
    send_message(thread, &page->refused);
}

static void refuse_intents(struct journal_thread *thread)
{
    for (struct journal_page *page = thread->first; page; page = page->next)
        refuse_page(thread, page);
    failpoint(FAILPOINT_INTENTS_REFUSED);
}

static void return_pages(struct journal_thread *thread)
{
    struct journal_page *page = thread->first;
    thread->first = NULL;
    thread->last = NULL;
    while (page) {
        struct journal_page *next = page->next; /* the engine owns the page after the message */
        failpoint(FAILPOINT_RECEIPT_SENT);
        send_message(thread, &page->stored);
        failpoint(FAILPOINT_PAGE_RETURNED);
        page = next;
    }
}

/* --- transactions ---------------------------------------------------------------------------------------------- */

/* *ret_record: the one that failed; NULL: another step did. */
static int write_page(struct journal_thread *thread, struct journal_page *page,
                      struct page_record **ret_record, struct error *err)
{
    for (struct page_record *record = page->records.first; record; record = record->next) {
        int failed = record_writer_put(thread->writer, record, err);
        if (failed) {
            *ret_record = record;
            return failed;
        }
        failpoint(FAILPOINT_RECORD_WRITTEN);
    }
    return 0;
}

static int write_pages(struct journal_thread *thread, struct journal_page **ret_page,
                       struct page_record **ret_record, struct error *err)
{
    for (struct journal_page *page = thread->first; page; page = page->next) {
        *ret_page = page;
        int failed = write_page(thread, page, ret_record, err);
        if (failed)
            return failed;
    }
    return 0;
}

static int beat(struct journal_thread *thread, struct mono now, struct error *err)
{
    struct stamp stamp = stamp_now();
    if (now.ms < thread->beat_at.ms)
        return 0;
    thread->beat_at = mono_after(now, JOURNAL_BEAT_MS);
    return record_writer_beat(thread->writer, &stamp, err);
}

static bool must_sync(const struct journal_thread *thread, struct mono now)
{
    if (now.ms >= thread->sync_at.ms || thread->is_over)
        return true;
    if (thread->config.sync == JOURNAL_SYNC_BATCH)
        return false;
    for (const struct journal_page *page = thread->first; page; page = page->next)
        if (page->records.must_sync)
            return true;
    return false;
}

static int commit(struct journal_thread *thread, bool is_durable, struct mono now,
                  struct error *err)
{
    int failed = record_writer_count(thread->writer, thread->commits + 1, err);
    failpoint(FAILPOINT_BATCH_WRITTEN);
    failed = failed ? failed : database_run(thread->database, "COMMIT", err);
    if (failed)
        return failed;
    failpoint(FAILPOINT_BATCH_COMMITTED);
    thread->commits++;
    if (is_durable)
        commit_stamp_put(&thread->stamp, thread->commits);
    thread->sync_at =
        is_durable ? MONO_NEVER : mono_min(thread->sync_at, mono_after(now, JOURNAL_SYNC_MS));
    return 0;
}

static int write_batch(struct journal_thread *thread, struct mono now,
                       struct journal_page **ret_page, struct page_record **ret_record,
                       struct error *err)
{
    bool is_durable = must_sync(thread, now);
    if (!thread->first)
        thread->beat_at = now; /* a commit without a change would not reach the disk */
    int failed = database_check_place(thread->database, err);
    failed = failed ? failed : database_set_sync(thread->database, is_durable, err);
    failed = failed ? failed : database_run(thread->database, "BEGIN IMMEDIATE", err);
    failpoint(FAILPOINT_BATCH_BEGUN);
    failed = failed ? failed : beat(thread, now, err);
    failed = failed ? failed : write_pages(thread, ret_page, ret_record, err);
    return failed ? failed : commit(thread, is_durable, now, err);
}

/* A record that the schema refuses would fail for ever. It is left out; an intent is refused with its page. */
static void drop_record(struct journal_thread *thread, struct journal_page *page,
                        struct page_record *record)
{
    database_roll_back(thread->database);
    if (record->record.kind == RECORD_INTENT)
        refuse_page(thread, page);
    record->record.kind = RECORD_NONE;
}

static void give_up(struct journal_thread *thread, struct error *err, struct mono now)
{
    error_prefix(err, "%s", thread->config.path);
    failpoint(FAILPOINT_BATCH_FAILED);
    database_roll_back(thread->database);
    abandon_file(thread);
    journal_thread_fail(thread, err, now);
    refuse_intents(thread);
}

static void write_waiting(struct journal_thread *thread, struct mono now)
{
    for (;;) {
        struct journal_page *page = NULL;
        struct page_record *record = NULL;
        struct error err;
        int failed = write_batch(thread, now, &page, &record, &err);
        if (!failed) {
            return_pages(thread);
            return;
        }
        if (failed != ERR_BAD_VALUE || !record) {
            give_up(thread, &err, now);
            return;
        }
        drop_record(thread, page, record);
    }
}

static void keep_bounds(struct journal_thread *thread, struct mono now)
{
    bool has_more;
    struct error err;
    if (retention_step(thread->database, &thread->config.limits, wall_now(), &has_more, &err)) {
        give_up(thread, &err, now);
        return;
    }
    thread->retention_at = has_more ? now : mono_after(now, JOURNAL_RETENTION_MS);
}

/* --- the loop -------------------------------------------------------------------------------------------------- */

/* The file has taken a commit. Until it has for long enough, another one follows. */
static void prove(struct journal_thread *thread, struct mono now)
{
    if (now.ms >= thread->proven_at.ms)
        set_available(thread, now);
    else
        thread->sync_at = mono_min(thread->proven_at, mono_after(now, thread->config.retry_ms));
}

static void work(struct journal_thread *thread)
{
    struct mono now = mono_now();
    bool is_waiting = take_pages(thread);
    failpoint(FAILPOINT_BATCH_TAKEN);
    if (!thread->database && (now.ms >= thread->retry_at.ms || thread->is_over))
        reopen(thread, now);
    if (!thread->database || !thread->is_available)
        refuse_intents(thread);
    if (thread->database && (is_waiting || now.ms >= thread->sync_at.ms))
        write_waiting(thread, now);
    if (thread->database && !thread->is_available)
        prove(thread, now);
    if (thread->database && now.ms >= thread->retention_at.ms)
        keep_bounds(thread, now);
    send_notice(thread);
}

/* -1: until the engine has something. */
static int wait_ms(const struct journal_thread *thread)
{
    struct mono until =
        thread->database ? mono_min(thread->sync_at, thread->retention_at) : thread->retry_at;
    if (until.ms == MONO_NEVER.ms)
        return -1;
    return (int)clamp_i64(until.ms - mono_now().ms, 0, INT_MAX);
}

static void wait_for_work(const struct journal_thread *thread)
{
    struct pollfd place = { .fd = thread->wake, .events = POLLIN };
    int ready = poll(&place, 1, wait_ms(thread));
    uint64_t count;
    if (ready > 0) {
        ssize_t size = read(thread->wake, &count, sizeof count);
        must(size == (ssize_t)sizeof count || errno == EAGAIN);
    }
}

/* What could not be written at the end is lost. */
static void finish(struct journal_thread *thread)
{
    failpoint(FAILPOINT_STOPPING);
    if (thread->writer)
        record_writer_end(thread->writer, wall_now(),
                          NULL); /* it is said to have been killed, else */
    record_writer_destroy(thread->writer);
    commit_stamp_close(&thread->stamp);
    database_close(thread->database, true);
    thread->writer = NULL;
    thread->database = NULL;
    failpoint(FAILPOINT_CLOSED);
    send_message(thread, &thread->stopped);
}

void journal_thread_run(void *context)
{
    struct journal_thread *thread = context;
    do {
        work(thread);
        if (!thread->is_over)
            wait_for_work(thread);
    } while (!thread->is_over);
    finish(thread);
}

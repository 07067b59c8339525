#include "engine/store/journal.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/thread_owner.h"
#include "engine/store/failpoint.h"
#include "engine/store/journal_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

struct journal {
    struct thread_owner owner;
    struct journal_page *open;                /* is filled; NULL: none yet */
    struct journal_page *free[JOURNAL_PAGES]; /* a stack */
    size_t free_count;
    uint64_t next_ticket;
    uint32_t out_head; /* pages that are out, in their order: a ring of JOURNAL_PAGES */
    uint32_t out_tail;
    struct mono out_since[JOURNAL_PAGES];
    bool is_available;
    uint32_t replace_count;
    char reason[ERROR_MSG_SIZE];
    char slow_reason[ERROR_MSG_SIZE];
    char *path;
    char *identity;
    bool is_stopping;
    bool is_stopped;
    uv_thread_t handle;
    struct notice notices[JOURNAL_NOTICES];
    struct journal_page *pages;
    struct journal_thread thread;
};

/* --- creation -------------------------------------------------------------------------------------------------- */

static void init_pages(struct journal *journal)
{
    for (size_t i = 0; i < JOURNAL_PAGES; i++) {
        struct journal_page *page = &journal->pages[i];
        page->refused = (struct message){ .kind = MESSAGE_REFUSED, .page = page };
        page->stored = (struct message){ .kind = MESSAGE_STORED, .page = page };
        journal->free[journal->free_count++] = page;
    }
    for (size_t i = 0; i < JOURNAL_NOTICES; i++) {
        struct notice *notice = &journal->notices[i];
        notice->message = (struct message){ .kind = MESSAGE_NOTICE, .notice = notice };
        journal->thread.spare[journal->thread.spare_count++] = notice;
    }
    journal->thread.stopped = (struct message){ .kind = MESSAGE_STOPPED };
}

static int make_parts(struct journal *journal, const struct journal_config *config,
                      struct error *err)
{
    struct journal_thread *thread = &journal->thread;
    journal->pages = heap_alloc(JOURNAL_PAGES, sizeof *journal->pages);
    journal->path = heap_copy_text(config->path, strlen(config->path));
    journal->identity = heap_copy_text(config->identity, strlen(config->identity));
    if (!journal->pages || !journal->path || !journal->identity ||
        ring_create(JOURNAL_PAGES, &thread->pages) ||
        ring_create(JOURNAL_NOTICES, &thread->notices) ||
        ring_create(JOURNAL_MESSAGES_MAX, &thread->messages))
        return error_no_memory(err);
    thread->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (thread->wake < 0)
        return error_set(err, -errno, "cannot make a wake-up for the journal: %s", strerror(errno));
    thread->config = *config;
    thread->config.path = journal->path;
    thread->config.identity = journal->identity;
    init_pages(journal);
    return 0;
}

static void init_times(struct journal_thread *thread, const struct stamp *now)
{
    thread->run.begun = *now;
    boot_id_read(thread->run.boot_id);
    thread->sync_at = MONO_NEVER;
    thread->beat_at = now->boot;
    thread->retention_at = now->boot;
}

/* Failures that may pass. With a file that is refused, the program does not start. */
static bool may_pass(int code)
{
    return code == -ENOSPC || code == -EIO || code == -EBUSY;
}

/* What is remembered can be read without space on the disk. */
static int restore_alone(struct journal *journal, const struct stamp *now,
                         const struct restore_sink *sink, struct restore_summary *ret_summary,
                         struct error *err)
{
    struct database *database;
    int failed = journal_file_read(journal->path, journal->identity, true, &database, err);
    if (failed)
        return failed;
    failed = restore(database, journal->thread.run.boot_id, false, now, sink, ret_summary, err);
    database_close(database, false);
    return failed;
}

static int open_and_restore(struct journal *journal, const struct stamp *now,
                            const struct restore_sink *sink, struct journal_start *start,
                            struct error *err)
{
    struct journal_thread *thread = &journal->thread;
    int failed = journal_thread_open(thread, &start->opening, err);
    if (!failed) {
        start->is_available = true;
        thread->is_available = true;
        return restore(thread->database, thread->run.boot_id, start->opening.is_lossy, now, sink,
                       &start->restored, err);
    }
    if (!may_pass(failed))
        return failed;
    struct error read_err;
    if (restore_alone(journal, now, sink, &start->restored, &read_err))
        return failed;
    journal_thread_fail(thread, err, now->boot);
    return 0;
}

static void settle_start(struct journal *journal, const struct journal_start *start)
{
    journal->next_ticket = (uint64_t)start->restored.ticket_max + 1;
    journal->is_available = start->is_available;
    journal->replace_count = 0;
    journal->thread.replace_count = 0;
    memcpy(journal->reason, journal->thread.reason, sizeof journal->reason);
}

/* The engine's thread takes the signals. */
static int start_thread(struct journal *journal, struct error *err)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = uv_thread_create(&journal->handle, journal_thread_run, &journal->thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set(err, failed, "cannot start the thread of the journal: %s",
                         uv_strerror(failed));
    return 0;
}

static void free_parts(struct journal *journal)
{
    record_writer_destroy(journal->thread.writer);
    commit_stamp_close(&journal->thread.stamp);
    database_close(journal->thread.database, true);
    ring_destroy(journal->thread.pages);
    ring_destroy(journal->thread.notices);
    ring_destroy(journal->thread.messages);
    if (journal->thread.wake >= 0)
        close(journal->thread.wake);
    heap_free(journal->pages);
    heap_free(journal->path);
    heap_free(journal->identity);
    heap_free(journal);
}

int journal_create(const struct journal_config *config, const struct restore_sink *sink,
                   struct journal_start *ret_start, struct journal **ret_journal, struct error *err)
{
    struct stamp now = stamp_now();
    struct journal_start start = { 0 };
    struct journal *journal = heap_alloc(1, sizeof *journal);
    if (!journal)
        return error_no_memory(err);
    thread_owner_take(&journal->owner);
    journal->thread.wake = -1;
    journal->thread.stamp.fd = -1;
    int failed = make_parts(journal, config, err);
    init_times(&journal->thread, &now);
    failed = failed ? failed : open_and_restore(journal, &now, sink, &start, err);
    if (!failed) {
        settle_start(journal, &start);
        failed = start_thread(journal, err);
    }
    if (failed) {
        free_parts(journal);
        return failed;
    }
    *ret_start = start;
    *ret_journal = journal;
    return 0;
}

void journal_adopt(struct journal *journal)
{
    thread_owner_take(&journal->owner);
}

/* --- records --------------------------------------------------------------------------------------------------- */

static void wake_thread(const struct journal *journal)
{
    uint64_t one = 1;
    ssize_t written = write(journal->thread.wake, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
}

static void pass_on(struct journal *journal, struct mono now)
{
    struct journal_page *page = journal->open;
    if (!page)
        return;
    journal->open = NULL;
    journal->out_since[journal->out_head++ % JOURNAL_PAGES] = now;
    bool is_taken = ring_push(journal->thread.pages, page);
    must(is_taken);
    failpoint(FAILPOINT_PAGE_PUSHED);
    wake_thread(journal);
}

/* While few pages are free, the open one is filled: turns of the loop are faster than the disk. */
void journal_flush(struct journal *journal, struct mono now)
{
    must(thread_owner_is_current(&journal->owner));
    if (journal->free_count >= JOURNAL_PAGES_KEPT)
        pass_on(journal, now);
}

static size_t pages_kept(enum record_kind kind)
{
    bool can_wait = kind == RECORD_STATE || kind == RECORD_GONE || kind == RECORD_DECISION;
    return can_wait ? JOURNAL_PAGES_KEPT : 0;
}

static void open_page(struct journal *journal)
{
    struct journal_page *page = journal->free[--journal->free_count];
    record_page_reset(&page->records);
    page->first_ticket = journal->next_ticket;
    journal->open = page;
}

/* The open page counts: it may be one of those that are kept. */
static bool has_room_for(const struct journal *journal, enum record_kind kind)
{
    return journal->free_count + (journal->open != NULL) > pages_kept(kind);
}

static bool add(struct journal *journal, const struct record *record)
{
    struct journal_page *page = journal->open;
    if (!page || !record_page_add(&page->records, record, journal->next_ticket))
        return false;
    page->last_ticket = journal->next_ticket;
    return true;
}

static bool add_to_next(struct journal *journal, const struct record *record)
{
    pass_on(journal, record->at.boot);
    if (!has_room_for(journal, record->kind))
        return false;
    open_page(journal);
    return add(journal, record);
}

int journal_put(struct journal *journal, const struct record *record, uint64_t *ret_ticket)
{
    must(thread_owner_is_current(&journal->owner));
    must(!journal->is_stopping);
    if (record->kind == RECORD_INTENT && !journal->is_available)
        return -EAGAIN;
    if (!has_room_for(journal, record->kind))
        return -EAGAIN;
    if (!add(journal, record) && !add_to_next(journal, record))
        return -EAGAIN;
    if (ret_ticket)
        *ret_ticket = journal->next_ticket;
    journal->next_ticket++;
    return 0;
}

/* --- receipts -------------------------------------------------------------------------------------------------- */

static void take_notice(struct journal *journal, struct notice *notice)
{
    journal->is_available = notice->is_available;
    journal->replace_count = notice->replace_count;
    memcpy(journal->reason, notice->reason, sizeof journal->reason);
    bool is_taken = ring_push(journal->thread.notices, notice);
    must(is_taken);
}

/* The message is pushed before the wake-up is given: only the end of the thread ends its use of what it wakes. */
static void join_thread(struct journal *journal)
{
    int failed = uv_thread_join(&journal->handle);
    must(failed == 0);
    journal->is_stopped = true;
}

static bool take_message(struct journal *journal, const struct message *message,
                         struct receipt *ret_receipt)
{
    struct journal_page *page = message->page;
    switch (message->kind) {
    case MESSAGE_STORED:
        *ret_receipt = (struct receipt){ RECEIPT_STORED, page->first_ticket, page->last_ticket };
        journal->free[journal->free_count++] = page;
        journal->out_tail++;
        return true;
    case MESSAGE_REFUSED:
        *ret_receipt = (struct receipt){ RECEIPT_REFUSED, page->first_ticket, page->last_ticket };
        return true;
    case MESSAGE_NOTICE:
        take_notice(journal, message->notice);
        return false;
    case MESSAGE_STOPPED:
        join_thread(journal);
        return false;
    }
    must(false);
    return false;
}

bool journal_next(struct journal *journal, struct receipt *ret_receipt)
{
    must(thread_owner_is_current(&journal->owner));
    const struct message *message;
    while ((message = ring_pop(journal->thread.messages)))
        if (take_message(journal, message, ret_receipt))
            return true;
    return false;
}

static int64_t waited_ms(const struct journal *journal, struct mono now)
{
    if (journal->out_head == journal->out_tail)
        return 0;
    return now.ms - journal->out_since[journal->out_tail % JOURNAL_PAGES].ms;
}

void journal_get_status(struct journal *journal, struct mono now, struct journal_status *ret_status)
{
    must(thread_owner_is_current(&journal->owner));
    *ret_status = (struct journal_status){
        .is_available = journal->is_available,
        .reason = journal->reason,
        .waited_ms = waited_ms(journal, now),
        .replace_count = journal->replace_count,
    };
    if (!journal->is_available || ret_status->waited_ms < JOURNAL_SLOW_MS)
        return;
    struct error err;
    error_set(&err, -ETIMEDOUT, "%s: the disk has not confirmed a write for %lld s", journal->path,
              (long long)(ret_status->waited_ms / 1000));
    memcpy(journal->slow_reason, err.msg, sizeof journal->slow_reason);
    ret_status->is_available = false;
    ret_status->reason = journal->slow_reason;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

void journal_stop(struct journal *journal, struct mono now)
{
    pass_on(journal, now);
    journal->is_stopping = true;
    ring_close(journal->thread.pages);
    wake_thread(journal);
}

bool journal_is_stopped(struct journal *journal)
{
    must(thread_owner_is_current(&journal->owner));
    return journal->is_stopped;
}

void journal_destroy(struct journal *journal)
{
    if (!journal)
        return;
    must(journal->is_stopped);
    free_parts(journal);
}

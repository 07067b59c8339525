/*
 * journal_thread - the store thread of the journal: takes pages, writes them, sends receipts.
 *
 * Private to the journal. What is shared with the engine's thread are the two rings, the descriptor, and the contents
 * of pages and notices, which belong to the side that holds them.
 */
#ifndef ENGINE_STORE_JOURNAL_THREAD_H
#define ENGINE_STORE_JOURNAL_THREAD_H

#include "engine/base/ring.h"
#include "engine/store/commit_stamp.h"
#include "engine/store/journal_config.h"
#include "engine/store/journal_file.h"
#include "engine/store/record_writer.h"

#define JOURNAL_NOTICES 2
#define JOURNAL_MESSAGES_MAX 128 /* two for each page, the notices, the end; a power of two */

enum message_kind { MESSAGE_STORED, MESSAGE_REFUSED, MESSAGE_NOTICE, MESSAGE_STOPPED };

struct journal_page;
struct notice;

/* From the store thread. A page that is stored is returned with its message. */
struct message {
    enum message_kind kind;
    struct journal_page *page; /* STORED, REFUSED */
    struct notice *notice;     /* NOTICE */
};

struct journal_page {
    struct record_page records;
    uint64_t first_ticket;
    uint64_t last_ticket;
    struct mono flushed; /* engine's thread */
    struct journal_page *next;
    struct message refused;
    struct message stored;
};

struct notice {
    struct message message;
    bool is_available;
    uint32_t replace_count;
    char reason[ERROR_MSG_SIZE];
};

struct journal_thread {
    /* Written once, before the thread starts. */
    struct journal_config config;
    struct ring *pages;   /* from the engine */
    struct ring *notices; /* from the engine: they were read */
    struct ring *messages;
    int wake; /* an eventfd that the engine writes */
    struct message stopped;

    /* The thread's own from then on. */
    struct run run;
    struct database *database; /* NULL: it could not be opened */
    struct record_writer *writer;
    struct commit_stamp stamp;
    int64_t commits;            /* in the file */
    struct journal_page *first; /* that wait, in their order */
    struct journal_page *last;
    struct mono retry_at;
    struct mono available_since;
    struct mono proven_at; /* after a failure: available again from then on */
    uint8_t failures;      /* in a row, each soon after it was available */
    struct mono sync_at;   /* MONO_NEVER: everything is durable */
    struct mono beat_at;
    struct mono retention_at;
    bool is_over;
    bool is_notice_due;
    bool is_available;
    uint32_t replace_count;
    char reason[ERROR_MSG_SIZE];
    struct notice *spare[JOURNAL_NOTICES]; /* notices that are free */
    size_t spare_count;
};

/* Opens the file for writing, and records the run. */
int journal_thread_open(struct journal_thread *thread, struct journal_opening *ret_opening,
                        struct error *err);

/* Why the journal is unavailable, from now on. */
void journal_thread_fail(struct journal_thread *thread, const struct error *err, struct mono now);

/* Until the ring of pages is over. For uv_thread_create. */
void journal_thread_run(void *thread);

#endif

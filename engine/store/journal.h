/*
 * journal - the memory of the engine on the disk: records in, receipts out.
 *
 *     engine's thread   put, flush  --- ring of pages ----------->  store thread   SQLite, one transaction
 *                       next        <-- ring: receipts, notices --                  for all pages that wait
 *
 * The engine's side never waits for the disk and never allocates: journal_put copies a record into a page, and
 * journal_flush, at the end of a turn of the loop, passes the page on, unless JOURNAL_PAGES_KEPT are left: those are
 * passed on when they are full, or an earlier one is back. `wake` is called on the store thread when journal_next has
 * something; it may only send a wake-up (uv_async_send).
 *
 * A receipt is for a range of tickets. STORED: intents, overrides and their ends are on stable storage, whatever ends
 * the program or the machine (with JOURNAL_SYNC_BATCH: whatever ends the program; the machine within JOURNAL_SYNC_MS);
 * other records are written, and on stable storage within JOURNAL_SYNC_MS. REFUSED: the intents of the range were not
 * stored and will not be; the scales must not be sent. The other records of the range are kept, and their receipt
 * follows.
 *
 * A disk that fails or hangs makes the journal unavailable: journal_get_status says since when and why. Intents are
 * refused then. Other records wait in their pages; when no page is free, journal_put says -EAGAIN, and the caller tries
 * again after a wake. The store thread opens the file again every `retry_ms` until a write succeeds;
 * when it failed soon after that, commits must succeed for longer and longer, up to JOURNAL_PROOF_MS_MAX.
 *
 * Owns the file, the thread and the memory of the pages (JOURNAL_PAGES of them). The lock of the directory is held by
 * the caller for as long as the journal exists. Engine's thread only.
 */
#ifndef ENGINE_STORE_JOURNAL_H
#define ENGINE_STORE_JOURNAL_H

#include "engine/store/journal_config.h"
#include "engine/store/journal_file.h"
#include "engine/store/record.h"
#include "engine/store/restore.h"

struct journal_start {
    struct journal_opening opening; /* is_damaged: start in hold, and put every state again */
    struct restore_summary restored;
    bool is_available; /* false: it could be read, but not written; see the status */
};

struct journal;

/*
 * Opens the file, restores through `sink`, and starts the thread. Blocks for as long as the disk does. When the disk is
 * full or fails, but what is remembered could be read, this succeeds and the journal is unavailable. Errors are those
 * of journal_file.h and of the sink.
 */
int journal_create(const struct journal_config *config, const struct restore_sink *sink,
                   struct journal_start *ret_start, struct journal **ret_journal,
                   struct error *err);

/* The calling thread is the engine's from now on; the previous one has stopped using the journal. */
void journal_adopt(struct journal *journal);

/*
 * Hands over a record. -EAGAIN: no page is free; or for an intent: the journal is unavailable. Nothing happened then.
 * Tickets grow; they are of one run. `ret_ticket` may be NULL.
 */
int journal_put(struct journal *journal, const struct record *record, uint64_t *ret_ticket);

/* Passes on what was put. Call it before the loop waits. */
void journal_flush(struct journal *journal, struct mono now);

enum receipt_kind { RECEIPT_STORED, RECEIPT_REFUSED };

struct receipt {
    enum receipt_kind kind;
    uint64_t first_ticket;
    uint64_t last_ticket;
};

/* The next receipt; false: none for now. Also takes in notices: look at the status afterwards. */
bool journal_next(struct journal *journal, struct receipt *ret_receipt);

struct journal_status {
    bool is_available;
    const char *reason; /* a sentence; "": available; valid until the next call for the journal */
    int64_t waited_ms;  /* of the oldest records without a receipt */
    uint32_t
        replace_count; /* damaged or removed files that were replaced since the start: when it grows, put all again */
};

/* Slow is unavailable too: records have waited for JOURNAL_SLOW_MS. */
void journal_get_status(struct journal *journal, struct mono now,
                        struct journal_status *ret_status);

/* No record may follow. What was put is written, once more also when unavailable; receipts still come. */
void journal_stop(struct journal *journal, struct mono now);

/* After journal_stop: the thread has ended, and gives no wake-up any more. Look after each wake. */
bool journal_is_stopped(struct journal *journal);

/* Only when stopped. Accepts NULL. */
void journal_destroy(struct journal *journal);

#endif

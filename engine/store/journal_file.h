/*
 * journal_file - opens the journal's file: recovers it, checks it, replaces it when it is damaged.
 *
 *     journal.db       the file             journal.db-wal, -shm   of SQLite, beside it while it is in use
 *     journal.db.new   a file that is built; it takes the place of the other one when it is complete
 *     journal.db.damaged-20260102T030405Z   a damaged file that was replaced; nothing reads it again
 *
 * Opening ends with a checkpoint, so that what was read is also on the disk, whatever failed before. Damage is what
 * SQLite finds, a row with a wrong checksum, a commit that is missing (commit_stamp.h), or the file of another API. The
 * valid rows of a damaged file are copied into a new one; decisions are not. A file of a newer program is refused and
 * stays as it is.
 *
 * Needs the lock of the directory, except for journal_file_read. One thread at a time. Blocks for as long as the disk
 * does. Errors are those of database.h with the path, and ERR_TOO_NEW, ERR_CONFIG (not a regular file).
 */
#ifndef ENGINE_STORE_JOURNAL_FILE_H
#define ENGINE_STORE_JOURNAL_FILE_H

#include "engine/base/clock.h"
#include "engine/store/api_identity.h"
#include "engine/store/database.h"
#include "engine/store/state_dir.h"

/* What was lost with a damaged file may matter for so long, also over restarts. */
#define JOURNAL_LOSS_MS ((int64_t)24 * 60 * 60 * 1000)

struct journal_opening {
    bool is_new;        /* there was none */
    bool is_damaged;    /* it was replaced: the caller starts in hold */
    int64_t kept_count; /* rows that were copied from the damaged file */
    bool is_lossy;      /* it was replaced within the last JOURNAL_LOSS_MS: states may be missing */
    int64_t loss_age_ms;
    char damage[ERROR_MSG_SIZE];
    char quarantine[STATE_PATH_SIZE]; /* where the damaged file is */
};

/* `identity` is that of api_identity; `now` is for the name of a damaged file. */
int journal_file_open(const char *path, const char *identity, struct wall now,
                      struct database **ret_database, struct journal_opening *ret_opening,
                      struct error *err);

/*
 * Opens it for reading, also while an engine runs, or, `is_alone`, when the disk is full and no other process uses it.
 * Nothing is repaired: ERR_DAMAGED.
 */
int journal_file_read(const char *path, const char *identity, bool is_alone,
                      struct database **ret_database, struct error *err);

#endif

/*
 * commit_stamp - the number of the last durable commit, beside the journal: journal.db-commits.
 *
 * SQLite uses the valid first part of a log that was cut, and reports nothing. Each commit of the journal therefore
 * writes its number into the database, and this file has the number of the newest commit that was certainly on the
 * disk. A database with a smaller number lacks commits. The file is written after the commit and not synced: after a
 * loss of power its number may be too small, never too large.
 *
 * A file that is missing, damaged or of another API counts as 0, and one that cannot be written stays as it is: then a
 * cut may not be noticed, and nothing else depends on it. One thread at a time. Blocks for as long as the disk does.
 * Cannot fail.
 */
#ifndef ENGINE_STORE_COMMIT_STAMP_H
#define ENGINE_STORE_COMMIT_STAMP_H

#include <stdint.h>

struct commit_stamp {
    int fd; /* -1: it cannot be written */
    uint64_t seed;
};

/* Of the journal at `journal_path`; 0: none. `seed` is the hash of its API. */
int64_t commit_stamp_read(const char *journal_path, uint64_t seed);

void commit_stamp_open(struct commit_stamp *stamp, const char *journal_path, uint64_t seed);
void commit_stamp_put(const struct commit_stamp *stamp, int64_t number);
void commit_stamp_close(struct commit_stamp *stamp);

#endif

/*
 * record_writer - writes records into the tables of the journal.
 *
 * Every write can be repeated: a transaction that failed may have reached the disk, and its records are written again.
 * Borrows the connection. One thread at a time. Errors as in database.h.
 */
#ifndef ENGINE_STORE_RECORD_WRITER_H
#define ENGINE_STORE_RECORD_WRITER_H

#include "engine/store/database.h"
#include "engine/store/record_page.h"

struct record_writer;

/* A run of the program. */
struct run {
    int64_t number; /* 0: a new one, the next that is free */
    struct stamp begun;
    char boot_id[BOOT_ID_SIZE];
};

/* Records the run durably; sets its number. */
int record_writer_create(struct database *database, struct run *run,
                         struct record_writer **ret_writer, struct error *err);
void record_writer_destroy(struct record_writer *writer);

/* Within a transaction. */
int record_writer_put(struct record_writer *writer, const struct page_record *record,
                      struct error *err);

/* The run has lived until now; stored ages of another boot are lower bounds by it. */
int record_writer_beat(struct record_writer *writer, const struct stamp *now, struct error *err);

/* The number of commits, this one included; see commit_stamp.h. */
int record_writer_count(struct record_writer *writer, int64_t commits, struct error *err);

/* The run has ended in order. */
int record_writer_end(struct record_writer *writer, struct wall now, struct error *err);

#endif

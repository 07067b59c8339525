/*
 * database - a connection to one SQLite file: the only user of the library.
 *
 * Rows that matter carry a checksum, which SQLite itself does not have for the database file: the SQL function
 * row_sum(values...) gives it, from the values and the seed of the connection; file_sum(values...) has a seed that is
 * the same for all files.
 *
 * One thread at a time; a connection may move to another thread with its own happens-before. Blocks for as long as the
 * disk does. Errors have a sentence in plain words without the path, and a code:
 *
 *     -ENOSPC      no space          -EIO     the disk fails           -EROFS, -EACCES   it may not be written
 *     -EBUSY       another process has locked it                       -ENOMEM           no memory
 *     ERR_DAMAGED  the file is not what SQLite has written             ERR_BAD_VALUE     a statement was refused
 */
#ifndef ENGINE_STORE_DATABASE_H
#define ENGINE_STORE_DATABASE_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;
struct statement;

enum database_mode {
    DATABASE_CREATE, /* a new file; the path must be free */
    DATABASE_WRITE,  /* an existing file, with other processes as readers */
    DATABASE_READ,   /* an existing file, of another process; also where nothing may be written */
    DATABASE_READ_ALONE, /* an existing file without other users; needs no space on the disk */
};

/* Symbolic links in `path` are refused. `seed` is that of row_sum. */
int database_open(const char *path, enum database_mode mode, uint64_t seed,
                  struct database **ret_database, struct error *err);

/* `with_checkpoint`: the write-ahead log is moved into the file and removed. Accepts NULL. */
void database_close(struct database *database, bool with_checkpoint);

/* One or more statements without results. */
int database_run(struct database *database, const char *sql, struct error *err);

/* Ends a transaction that is open, without its changes. */
void database_roll_back(struct database *database);

/* Moves everything that is in the write-ahead log into the file, durably, and empties the log. -EBUSY: readers. */
int database_checkpoint(struct database *database, struct error *err);

/* True: the next commits are durable when they return. False: they are with the next one that is, or a checkpoint. */
int database_set_sync(struct database *database, bool is_durable, struct error *err);

/* -ENOENT: the path has another file now, or none; what is written would be lost. */
int database_check_place(struct database *database, struct error *err);

/* It is read without its log, for its directory may not be written: SQLite does not say which kind of log it has. */
bool database_is_immutable(const struct database *database);

/* The first column of the first row; -ENOENT: no row. A text that is too long is cut. */
int database_read_integer(struct database *database, const char *sql, int64_t *ret_value,
                          struct error *err);
int database_read_text(struct database *database, const char *sql, char *ret_text, size_t size,
                       struct error *err);

/* Statements belong to their connection and are destroyed before it is closed. Parameters are numbered from 1. */
int statement_create(struct database *database, const char *sql, struct statement **ret_statement,
                     struct error *err);
void statement_destroy(struct statement *statement);

/* What is bound is borrowed until the next statement_reset. NULL is bound as NULL. */
void statement_bind_integer(struct statement *statement, int index, int64_t value);
void statement_bind_text(struct statement *statement, int index, const char *text);
void statement_bind_blob(struct statement *statement, int index, const void *bytes, size_t size);

/* 1: a row, whose columns are numbered from 0 and valid until the next step; 0: no more; else an error. */
int statement_step(struct statement *statement, struct error *err);
void statement_reset(struct statement *statement);

/* Steps to the end, and resets. */
int statement_run(struct statement *statement, struct error *err);

int64_t statement_integer(struct statement *statement, int column);

/* "" for NULL. */
const char *statement_text(struct statement *statement, int column);
bool statement_is_null(struct statement *statement, int column);
const void *statement_blob(struct statement *statement, int column, size_t *ret_size);

/* Runs `to` with the columns of the current row of `from` as parameters. */
int statement_copy_row(struct statement *from, struct statement *to, struct error *err);

/* Rows changed by the last statement. */
int64_t database_change_count(const struct database *database);

#endif

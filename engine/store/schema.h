/*
 * schema - the tables of the journal, and the steps from one version of them to the next.
 *
 * The tables are private to the program; their columns may change with the schema. The views are for people and
 * scripts with sqlite3, and stay:
 *
 *     v_scales      time deployment delta outcome attempts hosts servers free_servers pending reason actor ended detail
 *                   key
 *     v_decisions   time deployment desired delta raw_delta action reason hosts servers free_servers pending
 *     v_overrides   number kind match value begun ends ended author ended_by reason
 *
 * Times of the views are UTC, as in the log. `outcome` is open, unknown, not_sent, accepted or refused. `ends` is NULL
 * when the override lasts until it is ended.
 *
 * The file says what it is: application_id, user_version, and in `meta` the schema and the API that it is for. `meta`
 * is the same in every version, so that an older program can tell a newer file from a damaged one. Each row that is
 * restored has a checksum, `sum`, over its other columns; its seed is a hash of the API, so that rows of another
 * API's file are damage here. Rows of `decisions` are for people only and have none.
 *
 * Sizes: about 120 bytes and the state for a deployment, 165 for a scale, 75 for a decision; retention.h bounds the
 * file, and the log beside it stays below 4 MiB unless a reader holds a transaction open. A copy can be made while the
 * engine runs: sqlite3 journal.db ".backup copy.db". A damaged file is replaced, see journal_file.h; what is left of it
 * can be looked at with sqlite3's .recover, and is deleted by hand.
 *
 * One thread at a time, that of the connection.
 */
#ifndef ENGINE_STORE_SCHEMA_H
#define ENGINE_STORE_SCHEMA_H

#include "engine/store/database.h"

#define SCHEMA_VERSION 3
#define SCHEMA_APPLICATION_ID 0x61757363 /* "ausc" */

/* The columns under the checksum, in its order. */
#define RUN_COLUMNS "run, boot_id, pid, host, version, begun_ms, last_wall_ms, last_boot_ms"
#define DEPLOYMENT_COLUMNS "id, run, wall_ms, boot_ms, version, state, gone_ms"
#define SCALE_COLUMNS                                                                              \
    "seq, key, last_seq, attempts, deployment, delta, hosts, servers, free_servers, pending, "     \
    "reason, actor, run, wall_ms, boot_ms, outcome, detail, ended_ms, is_live"
#define OVERRIDE_COLUMNS                                                                           \
    "number, kind, match, value, author, reason, run, wall_ms, boot_ms, for_ms, ended_ms, "        \
    "ended_by"

/* The number of commits is its only parameter; see commit_stamp.h. */
#define SCHEMA_PUT_COMMITS                                                                         \
    "INSERT OR REPLACE INTO commits (rowid, number, sum) VALUES (1, ?1, row_sum(?1))"

/* A table with checksums. */
struct schema_table {
    const char *find_damage;  /* counts rows with a wrong sum among those that are restored */
    const char *copy_from[2]; /* valid rows, from the first on and from the last on */
    const char *copy_to;
};

#define SCHEMA_TABLE_COUNT 4

extern const struct schema_table schema_tables[SCHEMA_TABLE_COUNT];

/* Settings of a new file that must come before its first table. */
int schema_prepare(struct database *database, struct error *err);

/* From `version` (0: empty) to SCHEMA_VERSION, in one transaction for each step. */
int schema_migrate(struct database *database, int64_t version, struct error *err);

/* How many commits of the journal it has; 0: it does not say. See commit_stamp.h. */
int64_t schema_commits(struct database *database);
int schema_set_commits(struct database *database, int64_t number, struct error *err);

/* Sets a row of `meta`. */
int schema_set(struct database *database, const char *key, const char *value, struct error *err);

/* -ENOENT: no such row with a valid checksum; ERR_BAD_VALUE: there is no `meta`. */
int schema_get(struct database *database, const char *key, char *ret_value, size_t size,
               struct error *err);

#endif

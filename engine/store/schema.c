#include "engine/store/schema.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/store/failpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STRING_OF(x) #x
#define NUMBER_STRING(x) STRING_OF(x)

/* clang-format off */
#define UTC(ms)                                                                                    \
    "strftime('%Y-%m-%dT%H:%M:%S', (" ms ") / 1000, 'unixepoch')"                                  \
    " || printf('.%03dZ', (" ms ") % 1000)"

/* Steps are never changed once released: a new version is a new step. */
static const char *const steps[SCHEMA_VERSION] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL);"

    "CREATE TABLE runs (run INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, pid INTEGER NOT NULL,"
    " host TEXT NOT NULL, version TEXT NOT NULL, begun_ms INTEGER NOT NULL,"
    " last_wall_ms INTEGER NOT NULL, last_boot_ms INTEGER NOT NULL, sum INTEGER NOT NULL);"

    "CREATE TABLE deployments (id TEXT PRIMARY KEY, run INTEGER NOT NULL,"
    " wall_ms INTEGER NOT NULL, boot_ms INTEGER NOT NULL, version INTEGER NOT NULL,"
    " state BLOB NOT NULL, gone_ms INTEGER, sum INTEGER NOT NULL);"

    "CREATE TABLE scales (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " last_seq INTEGER NOT NULL, attempts INTEGER NOT NULL, deployment TEXT NOT NULL,"
    " delta INTEGER NOT NULL, hosts INTEGER NOT NULL, servers INTEGER NOT NULL,"
    " free_servers INTEGER NOT NULL, pending INTEGER NOT NULL, reason TEXT NOT NULL,"
    " actor TEXT NOT NULL, run INTEGER NOT NULL, wall_ms INTEGER NOT NULL,"
    " boot_ms INTEGER NOT NULL, outcome TEXT, detail TEXT, ended_ms INTEGER,"
    " is_live INTEGER NOT NULL, sum INTEGER NOT NULL);"
    "CREATE INDEX scales_live ON scales (deployment, seq) WHERE is_live = 1;"

    "CREATE TABLE overrides (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, match TEXT NOT NULL,"
    " value TEXT, author TEXT NOT NULL, reason TEXT, run INTEGER NOT NULL,"
    " wall_ms INTEGER NOT NULL, boot_ms INTEGER NOT NULL, for_ms INTEGER NOT NULL,"
    " ended_ms INTEGER, ended_by TEXT, sum INTEGER NOT NULL);"

    "CREATE TABLE decisions (seq INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL,"
    " deployment TEXT NOT NULL, hosts INTEGER NOT NULL, servers INTEGER NOT NULL,"
    " free_servers INTEGER NOT NULL, pending INTEGER NOT NULL, desired INTEGER NOT NULL,"
    " raw_delta INTEGER NOT NULL, delta INTEGER NOT NULL, action TEXT NOT NULL,"
    " reason TEXT NOT NULL);"

    "CREATE VIEW v_scales AS SELECT " UTC("wall_ms") " AS time, deployment, delta,"
    " coalesce(outcome, 'open') AS outcome, attempts, hosts, servers, free_servers, pending,"
    " reason, actor, " UTC("ended_ms") " AS ended, detail, key FROM scales ORDER BY last_seq;"

    "CREATE VIEW v_decisions AS SELECT " UTC("wall_ms") " AS time, deployment, desired, delta,"
    " raw_delta, action, reason, hosts, servers, free_servers, pending FROM decisions"
    " ORDER BY seq;"

    "CREATE VIEW v_overrides AS SELECT number, kind, match, value, " UTC("wall_ms") " AS begun,"
    " CASE WHEN for_ms > 0 THEN " UTC("wall_ms + for_ms") " END AS ends,"
    " " UTC("ended_ms") " AS ended, author, ended_by, reason FROM overrides ORDER BY number;",

    /* For people only, and not under the checksums. */
    "ALTER TABLE scales ADD COLUMN desired INTEGER;"
    "ALTER TABLE scales ADD COLUMN first_ms INTEGER;" /* of the first attempt; wall_ms: the last */
    "ALTER TABLE runs ADD COLUMN stopped_ms INTEGER;" /* NULL: it was killed, or still runs */

    "DROP VIEW v_scales;"
    "CREATE VIEW v_scales AS SELECT " UTC("wall_ms") " AS time, deployment, delta,"
    " coalesce(outcome, 'open') AS outcome, attempts, hosts, servers, free_servers, pending,"
    " reason, actor, " UTC("ended_ms") " AS ended, detail, key, desired,"
    " " UTC("coalesce(first_ms, wall_ms)") " AS first_time FROM scales ORDER BY last_seq;"

    "CREATE VIEW v_runs AS SELECT run, " UTC("begun_ms") " AS begun, " UTC("stopped_ms") " AS ended,"
    " " UTC("last_wall_ms") " AS last_written, version, pid, host FROM runs ORDER BY run;",

    /* One row: see commit_stamp.h. Not in `meta`, which must not be in each log: it says whose file it is. */
    "CREATE TABLE commits (number INTEGER NOT NULL, sum INTEGER NOT NULL);",
};

static const char settings[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "PRAGMA application_id = " NUMBER_STRING(SCHEMA_APPLICATION_ID) ";"
    "PRAGMA journal_mode = WAL;";
/* clang-format on */

#define TABLE(name, columns, parameters, is_restored)                                              \
    {                                                                                              \
        .find_damage = "SELECT count(*) FROM " name " WHERE " is_restored                          \
                       " AND sum IS NOT row_sum(" columns ")",                                     \
        .copy_from = { "SELECT " columns " FROM " name                                             \
                       " NOT INDEXED WHERE sum IS row_sum(" columns ") ORDER BY rowid",            \
                       "SELECT " columns " FROM " name                                             \
                       " NOT INDEXED WHERE sum IS row_sum(" columns ") ORDER BY rowid DESC" },     \
        .copy_to = "INSERT OR IGNORE INTO " name " (" columns ", sum) VALUES (" parameters         \
                   ", row_sum(" parameters "))",                                                   \
    }

const struct schema_table schema_tables[SCHEMA_TABLE_COUNT] = {
    TABLE("runs", RUN_COLUMNS, "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", "1"),
    TABLE("deployments", DEPLOYMENT_COLUMNS, "?1, ?2, ?3, ?4, ?5, ?6, ?7", "1"),
    TABLE("scales", SCALE_COLUMNS,
          "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19",
          "is_live IS NOT 0"),
    TABLE("overrides", OVERRIDE_COLUMNS, "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12", "1"),
};

int schema_prepare(struct database *database, struct error *err)
{
    return database_run(database, settings, err);
}

int schema_set(struct database *database, const char *key, const char *value, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(
        database, "INSERT OR REPLACE INTO meta VALUES (?1, ?2, file_sum(?1, ?2))", &statement, err);
    if (failed)
        return failed;
    statement_bind_text(statement, 1, key);
    statement_bind_text(statement, 2, value);
    failed = statement_run(statement, err);
    statement_destroy(statement);
    return failed;
}

int schema_get(struct database *database, const char *key, char *ret_value, size_t size,
               struct error *err)
{
    struct statement *statement = NULL;
    int failed = statement_create(
        database, "SELECT value FROM meta WHERE key = ?1 AND sum IS file_sum(key, value)",
        &statement, err);
    if (failed)
        return failed;
    statement_bind_text(statement, 1, key);
    int stepped = statement_step(statement, err);
    if (stepped > 0) {
        struct text text;
        text_init(&text, ret_value, size);
        text_add(&text, statement_text(statement, 0));
    }
    statement_destroy(statement);
    if (stepped == 0)
        return error_set(err, -ENOENT, "it does not say its %s", key);
    return stepped < 0 ? stepped : 0;
}

int64_t schema_commits(struct database *database)
{
    int64_t number = 0;
    database_read_integer(database, "SELECT number FROM commits WHERE sum IS row_sum(number)",
                          &number, NULL);
    return number;
}

int schema_set_commits(struct database *database, int64_t number, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(database, SCHEMA_PUT_COMMITS, &statement, err);
    if (failed)
        return failed;
    statement_bind_integer(statement, 1, number);
    failed = statement_run(statement, err);
    statement_destroy(statement);
    return failed;
}

static int take_step(struct database *database, int64_t version, struct error *err)
{
    char number[24];
    char pragma[64];
    snprintf(number, sizeof number, "%" PRId64, version + 1);
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %" PRId64, version + 1);
    int failed = database_run(database, steps[version], err);
    failed = failed ? failed : schema_set(database, "schema", number, err);
    failed = failed ? failed : database_run(database, pragma, err);
    failpoint(FAILPOINT_MIGRATE_BEGUN);
    return failed;
}

int schema_migrate(struct database *database, int64_t version, struct error *err)
{
    must(version >= 0);
    for (; version < SCHEMA_VERSION; version++) {
        int failed = database_run(database, "BEGIN IMMEDIATE", err);
        failed = failed ? failed : take_step(database, version, err);
        failed = failed ? failed : database_run(database, "COMMIT", err);
        if (failed) {
            database_roll_back(database);
            return failed;
        }
    }
    return 0;
}

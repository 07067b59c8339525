#include "engine/recording/recording_schema.h"

#include "engine/base/text.h"
#include "engine/store/api_identity.h"
#include "engine/store/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STRING_OF(x) #x
#define NUMBER_STRING(x) STRING_OF(x)

/* clang-format off */
#define UTC(ms)                                                                                    \
    "strftime('%Y-%m-%dT%H:%M:%S', " ms " / 1000, 'unixepoch') || printf('.%03dZ', " ms " % 1000)"

static const char settings[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "PRAGMA application_id = " NUMBER_STRING(RECORDING_APPLICATION_ID) ";"
    "PRAGMA journal_mode = WAL;";

static const char tables[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE formats (format INTEGER PRIMARY KEY, version TEXT NOT NULL, fields TEXT NOT NULL,"
    " policy_fields TEXT NOT NULL, reasons TEXT NOT NULL, actions TEXT NOT NULL);"
    "CREATE TABLE groups (grp INTEGER PRIMARY KEY, begun_ms INTEGER NOT NULL);"
    "CREATE TABLE frames (seq INTEGER PRIMARY KEY, grp INTEGER NOT NULL, format INTEGER NOT NULL,"
    " is_end INTEGER NOT NULL, pass INTEGER NOT NULL, begun_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL, deployments INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " sum INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE VIEW v_passes AS SELECT " UTC("begun_ms") " AS time, pass,"
    " sum(deployments) AS deployments, max(ended_ms) - begun_ms AS took_ms,"
    " sum(length(data)) AS size FROM frames GROUP BY begun_ms, pass ORDER BY min(seq);"
    "PRAGMA user_version = " NUMBER_STRING(RECORDING_SCHEMA_VERSION) ";";
/* clang-format on */

int recording_schema_create(struct database *database, const char *identity, struct error *err)
{
    int failed = database_run(database, settings, err);
    failed = failed ? failed : database_run(database, "BEGIN IMMEDIATE", err);
    failed = failed ? failed : database_run(database, tables, err);
    failed = failed ? failed : schema_set(database, "api", identity, err);
    failed = failed ? failed
                    : schema_set(database, "schema", NUMBER_STRING(RECORDING_SCHEMA_VERSION), err);
    return failed ? failed : database_run(database, "COMMIT", err);
}

/* --- the check ------------------------------------------------------------------------------------------------- */

static int as_damage(int failed, struct error *err)
{
    if (failed == ERR_BAD_VALUE || failed == -ENOENT)
        return error_set(err, ERR_DAMAGED, "its tables are not those of a recording");
    return failed;
}

static int check_version(struct database *database, struct error *err)
{
    char found[32];
    int64_t version = 0;
    int failed = schema_get(database, "schema", found, sizeof found, err);
    if (failed)
        return as_damage(failed, err);
    if (!integer_parse(found, strlen(found), &version) || version < 1)
        return error_set(err, ERR_DAMAGED, "it does not say which schema it has");
    if (version > RECORDING_SCHEMA_VERSION)
        return error_set(err, ERR_TOO_NEW,
                         "it was written by a newer version of the program (schema %" PRId64
                         ", this one has %d)",
                         version, RECORDING_SCHEMA_VERSION);
    return 0;
}

static int check_api(struct database *database, const char *identity, struct error *err)
{
    char found[API_IDENTITY_SIZE];
    int failed = schema_get(database, "api", found, sizeof found, err);
    if (failed)
        return as_damage(failed, err);
    if (identity && strcmp(found, identity) != 0)
        return error_set(err, ERR_DAMAGED, "it is the recording of another API");
    return 0;
}

int recording_schema_check(struct database *database, const char *identity, struct error *err)
{
    int64_t id = 0;
    int failed = database_read_integer(database, "PRAGMA application_id", &id, err);
    if (failed)
        return as_damage(failed, err);
    if (id != RECORDING_APPLICATION_ID)
        return error_set(err, ERR_DAMAGED, "it is not a recording");
    failed = check_version(database, err);
    return failed ? failed : check_api(database, identity, err);
}

/* --- formats --------------------------------------------------------------------------------------------------- */

static void bind_names(struct statement *statement, const struct recording_names *names)
{
    statement_bind_text(statement, 1, AUTOSCALER_VERSION);
    statement_bind_text(statement, 2, names->fields);
    statement_bind_text(statement, 3, names->policy_fields);
    statement_bind_text(statement, 4, names->reasons);
    statement_bind_text(statement, 5, names->actions);
}

/* 1: found; 0: there is none. */
static int find_format(struct database *database, const struct recording_names *names,
                       int64_t *ret_format, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(database,
                                  "SELECT format FROM formats WHERE version = ?1 AND fields = ?2"
                                  " AND policy_fields = ?3 AND reasons = ?4 AND actions = ?5",
                                  &statement, err);
    if (failed)
        return failed;
    bind_names(statement, names);
    int found = statement_step(statement, err);
    if (found > 0)
        *ret_format = statement_integer(statement, 0);
    statement_destroy(statement);
    return found;
}

int recording_schema_put_format(struct database *database, const struct recording_names *names,
                                int64_t *ret_format, struct error *err)
{
    struct statement *statement;
    int found = find_format(database, names, ret_format, err);
    if (found != 0)
        return found > 0 ? 0 : found;
    int failed =
        statement_create(database,
                         "INSERT INTO formats (version, fields, policy_fields, reasons, actions)"
                         " VALUES (?1, ?2, ?3, ?4, ?5)",
                         &statement, err);
    if (failed)
        return failed;
    bind_names(statement, names);
    failed = statement_run(statement, err);
    statement_destroy(statement);
    return failed ? failed
                  : database_read_integer(database, "SELECT max(format) FROM formats", ret_format,
                                          err);
}

static void copy_text(char ret_text[FORMAT_TEXT_SIZE], struct statement *statement, int column)
{
    struct text text;
    text_init(&text, ret_text, FORMAT_TEXT_SIZE);
    text_add(&text, statement_text(statement, column));
}

int recording_schema_get_format(struct database *database, int64_t number,
                                struct recording_names *ret_names, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(
        database, "SELECT fields, policy_fields, reasons, actions FROM formats WHERE format = ?1",
        &statement, err);
    if (failed)
        return failed;
    statement_bind_integer(statement, 1, number);
    int found = statement_step(statement, err);
    if (found > 0) {
        copy_text(ret_names->fields, statement, 0);
        copy_text(ret_names->policy_fields, statement, 1);
        copy_text(ret_names->reasons, statement, 2);
        copy_text(ret_names->actions, statement, 3);
    }
    statement_destroy(statement);
    if (found == 0)
        return error_set(err, ERR_DAMAGED, "the names of its fields are missing");
    return found < 0 ? found : 0;
}

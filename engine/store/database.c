#include "engine/store/database.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/store/failpoint.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BUSY_TIMEOUT_MS 1000
#define COLUMNS_MAX 32
#define PATH_SIZE 4096
#define MULTIPLIER 0x9e3779b97f4a7c15u

static const uint64_t file_seed = MULTIPLIER;

struct database {
    sqlite3 *handle;
    uint64_t seed;
    bool is_immutable;
    bool is_sync_set;
    bool is_durable; /* as it was set */
};

/* Statements are sqlite3_stmt: the type is hidden, not wrapped. */
static sqlite3_stmt *handle_of(struct statement *statement)
{
    return (sqlite3_stmt *)(void *)statement;
}

/* --- errors ---------------------------------------------------------------------------------------------------- */

static const struct reason_row {
    int result; /* of SQLite, primary */
    int code;
    const char *sentence;
} reason_rows[] = {
    { SQLITE_FULL, -ENOSPC, "no space is left on the disk" },
    { SQLITE_IOERR, -EIO, "the disk reports an error" },
    { SQLITE_READONLY, -EROFS, "it may only be read" },
    { SQLITE_BUSY, -EBUSY, "another process has locked it" },
    { SQLITE_LOCKED, -EBUSY, "another process has locked it" },
    { SQLITE_PROTOCOL, -EBUSY, "another process has locked it" },
    { SQLITE_NOMEM, -ENOMEM, "out of memory" },
    { SQLITE_CORRUPT, ERR_DAMAGED, "it is damaged" },
    { SQLITE_NOTADB, ERR_DAMAGED, "it is not a journal" },
    { SQLITE_CANTOPEN, -EACCES, "it cannot be opened" },
    { SQLITE_PERM, -EACCES, "it cannot be opened" },
    { SQLITE_AUTH, -EACCES, "it cannot be opened" },
};

static const struct reason_row *find_reason(int result)
{
    for (size_t i = 0; i < sizeof reason_rows / sizeof reason_rows[0]; i++)
        if (reason_rows[i].result == (result & 0xff))
            return &reason_rows[i];
    return NULL;
}

static bool is_sync_failure(int result)
{
    return result == SQLITE_IOERR_FSYNC || result == SQLITE_IOERR_DIR_FSYNC;
}

static int report(sqlite3 *handle, int result, struct error *err)
{
    const struct reason_row *row = find_reason(result);
    if (result == SQLITE_IOERR_NOMEM)
        return error_no_memory(err);
    if (is_sync_failure(result))
        return error_set(err, -EIO, "the disk did not confirm a write (fsync failed)");
    if (!row)
        return error_set(err, ERR_BAD_VALUE, "SQLite refuses a statement: %s",
                         handle ? sqlite3_errmsg(handle) : sqlite3_errstr(result));
    int cause = handle && row->code == -EIO ? sqlite3_system_errno(handle) : 0;
    if (cause > 0)
        return error_set(err, row->code, "%s: %s", row->sentence, strerror(cause));
    return error_set(err, row->code, "%s", row->sentence);
}

static int fail(struct database *database, struct error *err)
{
    return report(database->handle, sqlite3_extended_errcode(database->handle), err);
}

/* --- row_sum --------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * MULTIPLIER;
    return sum ^ (sum >> 29);
}

static uint64_t mix_bytes(uint64_t sum, const unsigned char *bytes, size_t size)
{
    sum = mix(sum, size);
    uint64_t word;
    for (; size >= sizeof word; bytes += sizeof word, size -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        sum = mix(sum, word);
    }
    word = 0;
    if (size > 0)
        memcpy(&word, bytes, size);
    return mix(sum, word);
}

static uint64_t mix_value(uint64_t sum, sqlite3_value *value)
{
    int type = sqlite3_value_type(value);
    sum = mix(sum, (uint64_t)type);
    if (type == SQLITE_NULL)
        return sum;
    if (type == SQLITE_INTEGER)
        return mix(sum, (uint64_t)sqlite3_value_int64(value));
    const void *bytes = sqlite3_value_blob(value);
    return mix_bytes(sum, bytes, bytes ? (size_t)sqlite3_value_bytes(value) : 0);
}

static void row_sum(sqlite3_context *context, int count, sqlite3_value **values)
{
    const uint64_t *seed = sqlite3_user_data(context);
    uint64_t sum = *seed;
    for (int i = 0; i < count; i++)
        sum = mix_value(sum, values[i]);
    sqlite3_result_int64(context, (sqlite3_int64)sum);
}

/* The library takes no constant; the seed is only read. */
static int define_sum(struct database *database, const char *name, const uint64_t *seed,
                      struct error *err)
{
    int result =
        sqlite3_create_function(database->handle, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                (void *)(uintptr_t)seed, row_sum, NULL, NULL);
    return result ? report(database->handle, result, err) : 0;
}

/* --- the connection -------------------------------------------------------------------------------------------- */

static const int open_flags[] = {
    [DATABASE_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
    [DATABASE_WRITE] = SQLITE_OPEN_READWRITE,
    [DATABASE_READ] = SQLITE_OPEN_READONLY,
    [DATABASE_READ_ALONE] = SQLITE_OPEN_READWRITE,
};

/* The journal of this program is small in memory, and trusts nothing that a damaged file defines. */
static const char settings[] = "PRAGMA cache_size = -512;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA journal_size_limit = 4194304;";

static int configure(struct database *database, enum database_mode mode, struct error *err)
{
    sqlite3 *handle = database->handle;
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    int failed = define_sum(database, "row_sum", &database->seed, err);
    failed = failed ? failed : define_sum(database, "file_sum", &file_seed, err);
    if (failed)
        return failed;
    if (mode == DATABASE_READ_ALONE &&
        sqlite3_exec(handle, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL))
        return fail(database, err);
    return database_run(database, settings, err);
}

static int open_as(const char *name, enum database_mode mode, int flags, uint64_t seed,
                   struct database **ret_database, struct error *err)
{
    struct database *database = heap_alloc(1, sizeof *database);
    if (!database)
        return error_no_memory(err);
    database->seed = seed;
    flags |= open_flags[mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    int result = sqlite3_open_v2(name, &database->handle, flags, NULL);
    int failed = result ? report(database->handle, result, err) : configure(database, mode, err);
    if (failed) {
        database_close(database, false);
        return failed;
    }
    *ret_database = database;
    return 0;
}

/* --- a directory that may not be written ----------------------------------------------------------------------- */

/* A log is read with a file of shared memory beside it, which a reader makes when there is none. */
static int check_readable(struct database *database, struct error *err)
{
    return database_run(database, "SELECT 1 FROM sqlite_schema LIMIT 1", err);
}

static bool is_refusal(int code)
{
    return code == -EACCES || code == -EROFS;
}

/* Is anything in PATH-wal? */
static bool has_log(const char *path)
{
    char storage[PATH_SIZE];
    struct stat st;
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s-wal", path);
    return text.was_cut || (stat(storage, &st) == 0 && st.st_size > 0);
}

static void add_uri(struct text *text, const char *path)
{
    text_add(text, "file:");
    for (const char *c = path; *c; c++) {
        if (*c == '%' || *c == '?' || *c == '#')
            text_addf(text, "%%%02X", (unsigned)*c);
        else
            text_add_char(text, *c);
    }
    text_add(text, "?immutable=1");
}

/* Without a log, the file alone is everything; and a program that would write it would have one. */
static int open_immutable(const char *path, uint64_t seed, struct database **ret_database,
                          struct error *err)
{
    char storage[3 * PATH_SIZE];
    struct text uri;
    if (has_log(path))
        return error_set(err, -EROFS,
                         "its directory may not be written, and a part of it is in its log: copy "
                         "it and the files beside it to a directory that may be written");
    text_init(&uri, storage, sizeof storage);
    add_uri(&uri, path);
    if (uri.was_cut)
        return error_set(err, -ENAMETOOLONG, "its path is too long");
    int failed = open_as(storage, DATABASE_READ, SQLITE_OPEN_URI, seed, ret_database, err);
    if (!failed)
        (*ret_database)->is_immutable = true;
    return failed;
}

int database_open(const char *path, enum database_mode mode, uint64_t seed,
                  struct database **ret_database, struct error *err)
{
    struct database *database = NULL;
    struct stat st;
    int failed = open_as(path, mode, 0, seed, &database, err);
    bool is_checked = !failed && database && mode == DATABASE_READ;
    int refused = is_checked ? check_readable(database, err) : failed;
    if (mode == DATABASE_READ && is_refusal(refused) && stat(path, &st) == 0) {
        database_close(database, false);
        return open_immutable(path, seed, ret_database, err);
    }
    if (failed)
        return failed;
    *ret_database = database;
    return 0;
}

void database_close(struct database *database, bool with_checkpoint)
{
    if (!database)
        return;
    if (database->handle)
        sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !with_checkpoint,
                          NULL);
    int result = sqlite3_close(database->handle);
    must(result == SQLITE_OK);
    heap_free(database);
}

int database_run(struct database *database, const char *sql, struct error *err)
{
    return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) ? fail(database, err) : 0;
}

void database_roll_back(struct database *database)
{
    if (!sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}

int database_checkpoint(struct database *database, struct error *err)
{
    failpoint(FAILPOINT_CHECKPOINT_BEGUN);
    int result =
        sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    failpoint(FAILPOINT_CHECKPOINT_DONE);
    return result ? fail(database, err) : 0;
}

int database_set_sync(struct database *database, bool is_durable, struct error *err)
{
    if (database->is_sync_set && database->is_durable == is_durable)
        return 0;
    int failed = database_run(
        database, is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
    database->is_sync_set = !failed;
    database->is_durable = is_durable;
    return failed;
}

static int read_first(struct database *database, const char *sql, struct statement **ret_statement,
                      struct error *err)
{
    struct statement *statement = NULL;
    int failed = statement_create(database, sql, &statement, err);
    if (failed)
        return failed;
    int stepped = statement_step(statement, err);
    if (stepped > 0) {
        *ret_statement = statement;
        return 0;
    }
    statement_destroy(statement);
    return stepped < 0 ? stepped : error_set(err, -ENOENT, "a row is missing");
}

int database_read_integer(struct database *database, const char *sql, int64_t *ret_value,
                          struct error *err)
{
    struct statement *statement = NULL;
    int failed = read_first(database, sql, &statement, err);
    if (failed)
        return failed;
    *ret_value = statement_integer(statement, 0);
    statement_destroy(statement);
    return 0;
}

int database_read_text(struct database *database, const char *sql, char *ret_text, size_t size,
                       struct error *err)
{
    struct statement *statement = NULL;
    int failed = read_first(database, sql, &statement, err);
    if (failed)
        return failed;
    struct text text;
    text_init(&text, ret_text, size);
    text_add(&text, statement_text(statement, 0));
    statement_destroy(statement);
    return 0;
}

int database_check_place(struct database *database, struct error *err)
{
    int has_moved = 0;
    sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return has_moved ? error_set(err, -ENOENT, "it was removed or replaced while it was in use")
                     : 0;
}

bool database_is_immutable(const struct database *database)
{
    return database->is_immutable;
}

int64_t database_change_count(const struct database *database)
{
    return sqlite3_changes(database->handle);
}

/* --- statements ------------------------------------------------------------------------------------------------ */

int statement_create(struct database *database, const char *sql, struct statement **ret_statement,
                     struct error *err)
{
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL))
        return fail(database, err);
    *ret_statement = (struct statement *)(void *)handle;
    return 0;
}

void statement_destroy(struct statement *statement)
{
    sqlite3_finalize(handle_of(statement));
}

/* A wrong index is a bug; memory is not allocated for what is only borrowed. */
static void must_bind(int result)
{
    must(result == SQLITE_OK);
}

void statement_bind_integer(struct statement *statement, int index, int64_t value)
{
    must_bind(sqlite3_bind_int64(handle_of(statement), index, value));
}

void statement_bind_text(struct statement *statement, int index, const char *text)
{
    must_bind(sqlite3_bind_text(handle_of(statement), index, text, -1, SQLITE_STATIC));
}

void statement_bind_blob(struct statement *statement, int index, const void *bytes, size_t size)
{
    must_bind(sqlite3_bind_blob64(handle_of(statement), index, bytes, size, SQLITE_STATIC));
}

int statement_step(struct statement *statement, struct error *err)
{
    sqlite3_stmt *handle = handle_of(statement);
    int result = sqlite3_step(handle);
    if (result == SQLITE_ROW)
        return 1;
    return result == SQLITE_DONE ? 0 : report(sqlite3_db_handle(handle), result, err);
}

void statement_reset(struct statement *statement)
{
    sqlite3_reset(handle_of(statement));
}

int statement_run(struct statement *statement, struct error *err)
{
    int stepped;
    do
        stepped = statement_step(statement, err);
    while (stepped > 0);
    statement_reset(statement);
    return stepped;
}

int64_t statement_integer(struct statement *statement, int column)
{
    return sqlite3_column_int64(handle_of(statement), column);
}

const char *statement_text(struct statement *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(handle_of(statement), column);
    return text ? (const char *)text : "";
}

bool statement_is_null(struct statement *statement, int column)
{
    return sqlite3_column_type(handle_of(statement), column) == SQLITE_NULL;
}

const void *statement_blob(struct statement *statement, int column, size_t *ret_size)
{
    const void *bytes = sqlite3_column_blob(handle_of(statement), column);
    *ret_size = bytes ? (size_t)sqlite3_column_bytes(handle_of(statement), column) : 0;
    return bytes;
}

int statement_copy_row(struct statement *from, struct statement *to, struct error *err)
{
    int count = sqlite3_column_count(handle_of(from));
    must(count <= COLUMNS_MAX);
    for (int i = 0; i < count; i++)
        if (sqlite3_bind_value(handle_of(to), i + 1, sqlite3_column_value(handle_of(from), i)))
            return error_no_memory(err);
    return statement_run(to, err);
}

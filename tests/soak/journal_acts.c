#include "tests/soak/journal_acts.h"

#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>

#define PATH_SIZE 512

static const char query[] =
    "SELECT count(*) FILTER (WHERE author = ?2),"
    " count(*) FILTER (WHERE author = ?2 AND ended_by = ?2),"
    " count(*) FILTER (WHERE author <> ?2) FROM overrides WHERE reason LIKE ?1 || ' %'";

static bool read_counts(sqlite3_stmt *statement, struct journal_acts *ret_acts)
{
    if (sqlite3_step(statement) != SQLITE_ROW)
        return false;
    *ret_acts = (struct journal_acts){
        .pauses = sqlite3_column_int64(statement, 0),
        .ended = sqlite3_column_int64(statement, 1),
        .others = sqlite3_column_int64(statement, 2),
    };
    return true;
}

static bool count_in(const char *path, const char *reason, const char *author,
                     struct journal_acts *ret_acts)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    bool is_read = sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
                   sqlite3_prepare_v2(database, query, -1, &statement, NULL) == SQLITE_OK &&
                   sqlite3_bind_text(statement, 1, reason, -1, SQLITE_STATIC) == SQLITE_OK &&
                   sqlite3_bind_text(statement, 2, author, -1, SQLITE_STATIC) == SQLITE_OK &&
                   read_counts(statement, ret_acts);
    if (!is_read)
        fprintf(stderr, "soak: %s: %s\n", path, sqlite3_errmsg(database));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return is_read;
}

bool journal_acts_count(const char *state_directory, const char *reason, const char *author,
                        struct journal_acts *ret_acts)
{
    char pattern[PATH_SIZE];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*/journal.db", state_directory);
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    bool is_read = found.gl_pathc == 1 && count_in(found.gl_pathv[0], reason, author, ret_acts);
    globfree(&found);
    return is_read;
}
